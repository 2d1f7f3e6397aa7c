"""From what a buyer chose to the lines of an order. Pure: no row is read or written here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from estrade.base.errors import FieldError
from estrade.base.ids import new_id
from estrade.base.money import Money
from estrade.tickets.errors import OrderInvalid
from estrade.tickets.limits import Limits
from estrade.tickets.models import OrderLine, TicketType

AMOUNT_MINOR_MAX = 10_000_00


@dataclass(frozen=True)
class Choice:
    """How many of a ticket type, and for pay-what-you-want and donations at which price each."""

    ticket_type: UUID
    quantity: int
    amount_minor: int | None = None


def lines(
    order: UUID, choices: Sequence[Choice], types: Mapping[UUID, TicketType], currency: str, fee_basis_points: int
) -> list[OrderLine]:
    """The order lines that `choices` come to, with each unit's price divided into fee, share and the rest.

    Raises:
        OrderInvalid: a choice is unknown, too many, or its amount is missing or too small; names the field.
    """
    errors: list[FieldError] = []
    made = []
    chosen: Counter[UUID] = Counter()
    for choice in choices:
        ticket_type = types.get(choice.ticket_type)
        chosen[choice.ticket_type] += max(0, choice.quantity)  # named twice is asked for twice
        error = _error(choice, chosen[choice.ticket_type], ticket_type, currency)
        if error or ticket_type is None:
            errors.append(error or FieldError("choices", "unknown", _("This ticket type is not on sale.")))
        else:
            made.append(_line(order, choice, ticket_type, currency, fee_basis_points))
    if not made and not errors:
        errors.append(FieldError("choices", "empty", _("Choose at least one ticket.")))
    if errors:
        raise OrderInvalid(errors)
    return made


def _line(order: UUID, choice: Choice, ticket_type: TicketType, currency: str, fee_basis_points: int) -> OrderLine:
    unit = Money(unit_minor(ticket_type, choice.amount_minor), currency)
    # A donation goes where it was meant to go: the instance keeps nothing of it.
    fee = unit.portion(fee_basis_points if ticket_type.gives_ticket else 0)
    share, _rest = (unit - fee).split([ticket_type.share_basis_points, 10_000 - ticket_type.share_basis_points])
    return OrderLine(
        id=new_id(),
        order_id=order,
        ticket_type=ticket_type,
        name=ticket_type.name,
        quantity=choice.quantity,
        unit_minor=unit.minor,
        fee_minor=fee.minor,
        share_minor=share.minor,
        charity_id=ticket_type.charity_id,
        gives_ticket=ticket_type.gives_ticket,
    )


def unit_minor(ticket_type: TicketType, amount_minor: int | None) -> int:
    """The price of one, all in."""
    kinds = TicketType.PriceKind
    if ticket_type.price_kind == kinds.FREE:
        return 0
    if ticket_type.price_kind == kinds.FIXED:
        return ticket_type.price_minor
    return ticket_type.suggested_minor or ticket_type.minimum_minor if amount_minor is None else amount_minor


def _error(choice: Choice, in_all: int, ticket_type: TicketType | None, currency: str) -> FieldError | None:
    if ticket_type is None:
        return FieldError(f"quantity-{choice.ticket_type}", "unknown", _("This ticket type is not on sale."))
    if choice.quantity < 1 or in_all > ticket_type.per_order_max:
        detail = _("At most %(count)d per order.") % {"count": ticket_type.per_order_max}
        return FieldError(f"quantity-{ticket_type.pk}", "too_many", detail)
    minor = unit_minor(ticket_type, choice.amount_minor)
    least = ticket_type.minimum_minor
    if ticket_type.price_kind == TicketType.PriceKind.DONATION:
        least = max(1, least)
    if minor < least:
        detail = _("At least %(amount)s.") % {"amount": Money(least, currency).format(get_language() or "en")}
        return FieldError(f"amount-{ticket_type.pk}", "too_small", detail)
    if minor > AMOUNT_MINOR_MAX:
        return FieldError(f"amount-{ticket_type.pk}", "too_large", _("This is more than one order can take."))
    return None


def collectable(choices: Sequence[Choice], types: Mapping[UUID, TicketType], total: Money, limits: Limits) -> None:
    """Let only totals pass that can be collected in one payment: nothing, or what is within `limits`.

    Raises:
        OrderInvalid: names what the buyer can change: the amounts they said, or else how many they chose.
    """
    error = _out_of_limits(total, limits)
    if error is None:
        return
    said = [choice for choice in choices if choice.amount_minor and _buyer_says(types[choice.ticket_type])]
    code, detail = error
    if said:
        raise OrderInvalid([FieldError(f"amount-{choice.ticket_type}", code, detail) for choice in said])
    raise OrderInvalid([FieldError(f"quantity-{choice.ticket_type}", code, detail) for choice in choices])


def _out_of_limits(total: Money, limits: Limits) -> tuple[str, str] | None:
    if 0 < total.minor < limits.least_minor:
        code, bound = "too_small", limits.least_minor
        text = _("Cards are charged %(amount)s or more: give that much in all, or nothing.")
    elif total.minor > limits.most_minor:
        code, bound = "too_large", limits.most_minor
        text = _("One order comes to %(amount)s at most.")
    elif total.minor % limits.step_minor:
        code, bound = "step", limits.step_minor
        text = _("Cards are charged in steps of %(amount)s.")
    else:
        return None
    return code, text % {"amount": Money(bound, total.currency).format(get_language() or "en")}


def _buyer_says(ticket_type: TicketType) -> bool:
    return ticket_type.price_kind in {TicketType.PriceKind.PAY_WHAT_YOU_WANT, TicketType.PriceKind.DONATION}


def on_sale(ticket_type: TicketType, ends_at: datetime, now: datetime) -> bool:
    """Whether `ticket_type` can be bought at `now` for an occurrence that ends at `ends_at`."""
    if ticket_type.retired_at or (ticket_type.sale_starts_at and now < ticket_type.sale_starts_at):
        return False
    return now < (ticket_type.sale_ends_at or ends_at)
