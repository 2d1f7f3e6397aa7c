"""Amounts as people type them."""

from __future__ import annotations

import re
from decimal import Decimal

from estrade.base.money import Money


def amount_minor(text: str, currency: str) -> int | None:
    """Minor units of what was typed: 12, 12.5, 12,50 €, 1 200,00. Nothing when it is no amount of this currency."""
    bare = re.sub(r"[\s\u00a0\u202f'€$£]", "", text).replace(",", ".")
    if not re.fullmatch(r"\d{1,7}(\.\d{1,3})?", bare, re.ASCII):
        return None
    exact = Decimal(bare)
    money = Money.from_decimal(exact, currency)
    return money.minor if money.decimal == exact else None
