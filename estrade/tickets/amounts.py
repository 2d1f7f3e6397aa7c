"""Amounts as people type them."""

from __future__ import annotations

import re
from decimal import Decimal

from estrade.base.money import EXPONENTS, Money


def amount_minor(text: str, currency: str) -> int | None:
    """Minor units of what was typed: 12, 12.5, 12,50 €, 1 200,00. Nothing when it is no amount of this currency."""
    # Digits beyond the currency's own are refused even when they are zeros: 1,200 is twelve hundred to some and 1.20 to others.
    bare = re.sub(r"[\s\u00a0\u202f'€$£]", "", text).replace(",", ".")
    decimals = EXPONENTS[currency]
    if not re.fullmatch(rf"\d{{1,7}}(\.\d{{1,{decimals}}})?" if decimals else r"\d{1,7}", bare, re.ASCII):
        return None
    return Money.from_decimal(Decimal(bare), currency).minor
