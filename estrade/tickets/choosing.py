"""What a form with a price list says: how many of which, at what price, and what is left to the instance."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from estrade.base.errors import FieldError, Invalid
from estrade.tickets import presenting
from estrade.tickets.amounts import amount_minor
from estrade.tickets.models import TicketType
from estrade.tickets.pricing import Choice, Tip


def typed(form: QueryDict, row: TicketType, errors: Sequence[FieldError]) -> dict[str, Any]:
    """What was typed into a row before, and what was wrong with it."""
    wrong = {error.field: error.detail for error in errors}
    return {
        "quantity": form.get(f"quantity-{row.pk}", ""),
        "amount": form.get(f"amount-{row.pk}", ""),
        "error": wrong.get(f"quantity-{row.pk}", ""),
        "amount_error": wrong.get(f"amount-{row.pk}", ""),
    }


def choices(form: QueryDict, types: Sequence[TicketType], currency: str) -> list[Choice]:
    """What the form says, checked as far as a form can be: whole numbers and amounts of money.

    Raises:
        Invalid: names the field that is neither.
    """
    chosen, errors = [], []
    for row in types:
        quantity_text = form.get(f"quantity-{row.pk}", "").strip()
        amount_text = form.get(f"amount-{row.pk}", "").strip()
        is_donation = row.price_kind == TicketType.PriceKind.DONATION
        if is_donation and not amount_text:
            continue
        quantity = 1 if is_donation and not quantity_text else _whole(quantity_text)
        amount = amount_minor(amount_text, currency) if amount_text else None
        if quantity is None:
            errors.append(FieldError(f"quantity-{row.pk}", "not_a_number", _("Say how many, as a whole number.")))
        elif amount_text and amount is None:
            errors.append(FieldError(f"amount-{row.pk}", "not_an_amount", _("Write an amount, for example 12.50.")))
        elif quantity and not (is_donation and amount == 0):
            chosen.append(Choice(row.pk, quantity, amount))
    if errors:
        raise Invalid(errors)
    return chosen


def tip(form: QueryDict, currency: str) -> Tip:
    """What the buyer leaves to the instance, as the form says: one of the parts it offers, or an amount of their own.

    Raises:
        Invalid: the amount is none.
    """
    said = form.get("tip", "")
    if said != presenting.OWN_TIP:
        return Tip(int(said)) if said in presenting.TIPS else Tip()
    minor = amount_minor(form.get("tip-amount", "") or "0", currency)
    if minor is None:
        raise Invalid([FieldError("tip", "not_an_amount", _("Write an amount, for example 12.50."))])
    return Tip(amount_minor=minor)


def _whole(text: str) -> int | None:
    if not text:
        return 0
    return int(text) if re.fullmatch(r"\d{1,4}", text, re.ASCII) else None
