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
from estrade.events.models import FeeBearer
from estrade.tickets.errors import OrderInvalid
from estrade.tickets.fees import Fees
from estrade.tickets.limits import Limits, limits
from estrade.tickets.models import OrderLine, TicketType

AMOUNT_MINOR_MAX = 10_000_00


@dataclass(frozen=True)
class Choice:
    """How many of a ticket type, and for pay-what-you-want and donations at which price each."""

    ticket_type: UUID
    quantity: int
    amount_minor: int | None = None


@dataclass(frozen=True)
class Tip:
    """What the buyer leaves to the instance besides, where nobody is asked for a fee: a part of the price, or an amount."""

    basis_points: int = 0
    amount_minor: int = 0

    def __bool__(self) -> bool:
        return bool(self.basis_points or self.amount_minor)


@dataclass(frozen=True)
class Parts:
    """A price, all in, and whose it is; what is neither fee nor share is the organisation's."""

    unit: Money
    fee: Money
    share: Money


def lines(order: UUID, choices: Sequence[Choice], types: Mapping[UUID, TicketType], currency: str, fees: Fees) -> list[OrderLine]:
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
            made.append(_line(order, choice, ticket_type, currency, fees))
    if not made and not errors:
        errors.append(FieldError("choices", "empty", _("Choose at least one ticket.")))
    if errors:
        raise OrderInvalid(errors)
    return made


def _line(order: UUID, choice: Choice, ticket_type: TicketType, currency: str, fees: Fees) -> OrderLine:
    of_one = parts(ticket_type, choice.amount_minor, currency, fees)
    return OrderLine(
        id=new_id(),
        order_id=order,
        ticket_type=ticket_type,
        name=ticket_type.name,
        quantity=choice.quantity,
        unit_minor=of_one.unit.minor,
        fee_minor=of_one.fee.minor,
        share_minor=of_one.share.minor,
        charity_id=ticket_type.charity_id,
        gives_ticket=ticket_type.gives_ticket,
    )


def parts(ticket_type: TicketType, amount_minor: int | None, currency: str, fees: Fees) -> Parts:
    """What one costs, all in, and how that divides: first the fee, then the charity's share of the rest."""
    price = Money(unit_minor(ticket_type, amount_minor), currency)
    if not ticket_type.gives_ticket:
        fee = fees.donation.of(price)
    else:
        fee = Money(0, currency) if fees.bearer == FeeBearer.TIPPED else fees.place.of(price)
    unit = price + _on_top(ticket_type, fee, fees)
    share, _rest = (unit - fee).split([ticket_type.share_basis_points, 10_000 - ticket_type.share_basis_points])
    return Parts(unit, fee, share)


def _on_top(ticket_type: TicketType, fee: Money, fees: Fees) -> Money:
    """What of the fee the buyer pays besides a fixed price. A price that buyers say is what they pay, whoever bears the fee."""
    if ticket_type.price_kind != TicketType.PriceKind.FIXED:
        return Money(0, fee.currency)
    borne = {FeeBearer.ADDED: fee.minor, FeeBearer.SPLIT: fee.minor // 2}.get(FeeBearer(fees.bearer), 0)
    return Money(borne - borne % limits(fee.currency).step_minor, fee.currency)


def tip_line(order: UUID, tip: Tip, sold: Sequence[OrderLine], currency: str, fees: Fees) -> list[OrderLine]:
    """The line for what the buyer leaves to the instance, if they leave anything.

    Raises:
        OrderInvalid: nothing is asked for at this event, nothing is paid that it could go with, or it is too much.
    """
    if not tip:
        return []
    price = Money(sum(line.unit_minor * line.quantity for line in sold), currency)
    if fees.bearer != FeeBearer.TIPPED or not price:
        raise OrderInvalid([FieldError("tip", "not_here", _("Nothing can be left to this site here."))])
    minor = tip.amount_minor or price.portion(tip.basis_points).minor
    minor -= minor % limits(currency).step_minor
    if minor > AMOUNT_MINOR_MAX:
        raise OrderInvalid([FieldError("tip", "too_large", _("This is more than one order can take."))])
    if not minor:
        return []
    made = OrderLine(id=new_id(), order_id=order, quantity=1, unit_minor=minor, fee_minor=minor, share_minor=0, gives_ticket=False)
    return [made]


def unit_minor(ticket_type: TicketType, amount_minor: int | None) -> int:
    """The price of one, as the host or the buyer said it."""
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


def collectable(choices: Sequence[Choice], types: Mapping[UUID, TicketType], total: Money, within: Limits) -> None:
    """Let only totals pass that can be collected in one payment: nothing, or what is `within` the processor's limits.

    Raises:
        OrderInvalid: names what the buyer can change: the amounts they said, or else how many they chose.
    """
    error = _out_of_limits(total, within)
    if error is None:
        return
    said = [choice for choice in choices if choice.amount_minor and _buyer_says(types[choice.ticket_type])]
    code, detail = error
    if said:
        raise OrderInvalid([FieldError(f"amount-{choice.ticket_type}", code, detail) for choice in said])
    raise OrderInvalid([FieldError(f"quantity-{choice.ticket_type}", code, detail) for choice in choices])


def _out_of_limits(total: Money, within: Limits) -> tuple[str, str] | None:
    if 0 < total.minor < within.least_minor:
        code, bound = "too_small", within.least_minor
        text = _("Cards are charged %(amount)s or more: give that much in all, or nothing.")
    elif total.minor > within.most_minor:
        code, bound = "too_large", within.most_minor
        text = _("One order comes to %(amount)s at most.")
    elif total.minor % within.step_minor:
        code, bound = "step", within.step_minor
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
