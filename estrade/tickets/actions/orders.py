"""Orders: reserved, paid, given up. Each action is one transaction that moves an order by the table in `life.py`."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from estrade.base.errors import FieldError
from estrade.base.ids import new_id
from estrade.base.jobs import announce
from estrade.base.money import Money
from estrade.base.reading import composed_once, only
from estrade.base.writing import insert, together, whole
from estrade.events import actions as event_actions
from estrade.events import queries as events
from estrade.events.models import Event
from estrade.ledger import actions as ledger
from estrade.ledger.actions import Movement, Place
from estrade.tickets import fees, pricing, queries, quotas
from estrade.tickets.actions.people import check_welcome, named
from estrade.tickets.errors import (
    EventNotOnSale,
    GuestListTooShort,
    NotPossibleNow,
    OrderEnded,
    OrderInvalid,
    SaleClosed,
    SoldOut,
)
from estrade.tickets.life import Happening, Places, Step, step
from estrade.tickets.limits import limits
from estrade.tickets.models import Order, OrderLine, Ticket
from estrade.tickets.pricing import Choice, Tip

RESERVATION_LIFETIME = timedelta(minutes=10)
PAYMENT_LIFETIME = timedelta(minutes=15)  # from its start; the places are kept as long
# What people can read to each other: no 0/O, 1/I/L, nothing that spells.
NUMBER_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
NO_TIP = Tip()
Kind = ledger.Kind


@dataclass(frozen=True)
class Buyer:
    """Who buys, and in which language we write to them."""

    name: str
    email: str
    language: str = "en"


@dataclass(frozen=True)
class Amounts:
    """What was paid for something, and what of it is fee and share; the rest is the organisation's own."""

    paid_minor: int
    fee_minor: int
    share_minor: int

    @classmethod
    def sold(cls, line: OrderLine, quantity: int = 1) -> Amounts:
        """Of `quantity` units of `line`."""
        return cls(line.unit_minor * quantity, line.fee_minor * quantity, line.share_minor * quantity)

    @property
    def own_minor(self) -> int:
        """The organisation's."""
        return self.paid_minor - self.fee_minor - self.share_minor


@dataclass(frozen=True)
class Outcome:
    """What became of an order when its money arrived: `accepted`, or the money must go back for `reason`."""

    order: Order
    accepted: bool
    reason: str = ""


@whole
def reserve(occurrence_id: UUID, choices: Sequence[Choice], now: datetime, language: str = "en", tip: Tip = NO_TIP) -> Order:
    """Set places aside for a buyer until RESERVATION_LIFETIME has passed.

    Raises:
        EventNotOnSale, SaleClosed: it cannot be bought at `now`.
        OrderInvalid: a choice is wrong, or no card can be charged for all of it; names the field.
        SoldOut: there are not that many places left.
    """
    order, lines = _draft(occurrence_id, choices, now, language, tip)
    types = {line.ticket_type.pk: line.ticket_type for line in lines if line.ticket_type}
    pricing.collectable(choices, types, order.total, limits(order.currency))
    with together():
        insert([order])
        insert(lines)
    quotas.take(occurrence_id, lines)
    return order


@whole
def sell(
    occurrence_id: UUID, choices: Sequence[Choice], buyer: Buyer, method: Order.Method, now: datetime
) -> tuple[Order, list[Ticket]]:
    """Reserve, settle and give tickets in one step: for free orders, and for money taken elsewhere.

    Raises:
        as `reserve` and `give_details`, and OrderInvalid when the total is not 0 and not external.
    """
    order, lines = _draft(occurrence_id, choices, now, buyer.language)
    _check_buyer(order, buyer, lines)
    if method == Order.Method.FREE and order.total_minor:
        raise OrderInvalid([FieldError("method", "not_free", _("This order is not free."))])
    order.method = Order.Method.FREE if order.total_minor == 0 else method
    order.state, order.paid_at = Order.State.PAID, now
    with together():
        insert([order])
        insert(lines)
        tickets = _complete_sale(order, lines, now)
    quotas.take(occurrence_id, lines)  # last: the hot row is locked for the commit alone
    return order, tickets


def _draft(
    occurrence_id: UUID, choices: Sequence[Choice], now: datetime, language: str, tip: Tip = NO_TIP
) -> tuple[Order, list[OrderLine]]:
    """An order and its lines, priced and allowed but not saved."""
    # Held before anything is written: an order that is not committed yet would be overlooked by who cancels the event.
    occurrence = events.hold_published(occurrence_id)
    if occurrence is None or now >= occurrence.ends_at:
        raise EventNotOnSale
    event = occurrence.event
    types = queries.price_list(event.pk, event.version)
    for choice in choices:
        if choice.ticket_type in types and not pricing.on_sale(types[choice.ticket_type], occurrence.ends_at, now):
            raise SaleClosed(opens_at=types[choice.ticket_type].sale_starts_at)
    order_id = new_id()
    kept = fees.fees(event, now)
    lines = pricing.lines(order_id, choices, types, event.currency, kept)
    lines += pricing.tip_line(order_id, tip, lines, event.currency, kept)
    total = sum(line.unit_minor * line.quantity for line in lines)
    order = Order(
        id=order_id,
        number=_number(),
        event=event,
        occurrence=occurrence,
        state=Order.State.RESERVED,
        method=Order.Method.PROCESSOR if total else Order.Method.FREE,
        currency=event.currency,
        total_minor=total,
        refund_policy=event.refund_policy,
        language=language,
        reserved_at=now,
        expires_at=now + RESERVATION_LIFETIME,
    )
    return order, lines


def _number() -> str:
    letters = [secrets.choice(NUMBER_ALPHABET) for _place in range(8)]
    return f"{''.join(letters[:4])}-{''.join(letters[4:])}"


@transaction.atomic
def give_details(order_id: UUID, buyer: Buyer, now: datetime) -> Order:
    """Say who buys. A free order is settled by this and has its tickets.

    Raises:
        OrderInvalid: the name or the address is wrong; names the field.
        OrderEnded: the reservation ran out, or the order is over.
        AddressNotAccepted: the address was banned from the event.
        NotOnGuestList, GuestListTooShort: the event is private.
    """
    order = locked(order_id)
    if order.state not in {Order.State.RESERVED, Order.State.AWAITING_PAYMENT}:
        raise OrderEnded
    if now >= order.expires_at:
        raise OrderEnded
    _check_buyer(order, buyer)
    order.save(update_fields=["buyer_name", "buyer_email", "language"])
    if order.total_minor == 0:
        _settle(order, now, Order.Method.FREE)
    return order


def _check_buyer(order: Order, buyer: Buyer, lines: Sequence[OrderLine] | None = None) -> None:
    """Write the buyer into `order`, or refuse with the fields that are wrong; `lines` are its own when it is not saved yet."""
    name, email = named(buyer.name, buyer.email)
    check_welcome(order.event, order.occurrence_id, email)
    if order.event.visibility == Event.Visibility.PRIVATE:
        lines = queries.lines_of(order.pk) if lines is None else lines
        if sum(line.quantity for line in lines if line.gives_ticket) > 1:
            raise GuestListTooShort
    order.buyer_name, order.buyer_email, order.language = name, email, buyer.language


@whole
def mark_awaiting_payment(order_id: UUID, now: datetime, buyer: Buyer | None = None, until: datetime | None = None) -> Order:
    """The buyer is sent to pay; the places are kept PAYMENT_LIFETIME longer, and never past the end of the occurrence.

    `buyer`, if given, is written into the order first. `until` keeps the places longer, for money that takes days.

    Raises:
        OrderEnded: the reservation ran out before, or the event has another currency since.
        NotPossibleNow: nobody to send the tickets to, or nothing to pay.
        OrderInvalid, AddressNotAccepted, NotOnGuestList, GuestListTooShort: as `give_details`.
    """
    order = locked(order_id)
    what_follows = step(order.state, Happening.PAYMENT_STARTED)
    if what_follows is None or now >= order.expires_at:
        raise OrderEnded
    if buyer:
        _check_buyer(order, buyer)
    if not order.buyer_email or not order.total_minor:
        raise NotPossibleNow
    if not _currency_stands(order, now):
        raise OrderEnded
    order.state = what_follows.state
    # From the reservation, not from now: paying again and again does not keep places for ever.
    kept = until or order.reserved_at + RESERVATION_LIFETIME + PAYMENT_LIFETIME
    order.expires_at = min(max(order.expires_at, kept), order.occurrence.ends_at)
    order.save(update_fields=["state", "expires_at", "buyer_name", "buyer_email", "language"])
    return order


def _currency_stands(order: Order, now: datetime) -> bool:
    """Make sure that no money of another currency than the event's comes in: the host may change it until somebody pays."""
    if order.currency != order.event.currency:
        return False
    return order.event.first_sold_at is not None or event_actions.note_first_sale(order.event, now)


@whole
def settle(order_id: UUID, now: datetime, method: Order.Method = Order.Method.PROCESSOR) -> Outcome:
    """The money for an order has arrived by `method`: give its tickets, or say why it must go back. Called by payments alone."""
    return _settle(locked(order_id), now, method)


def _settle(order: Order, now: datetime, method: Order.Method) -> Outcome:
    what_follows = step(order.state, Happening.SETTLED)
    assert what_follows, f"an order that is {order.state} cannot be settled"
    if what_follows.returns_money:
        return Outcome(order, accepted=False, reason="paid_twice" if order.state == Order.State.PAID else "too_late")
    lines = queries.lines_of(order.pk)
    if what_follows.places == Places.TAKEN_AGAIN and not _taken_again(order, lines, now):
        return Outcome(order, accepted=False, reason="too_late")
    order.state, order.paid_at, order.method = what_follows.state, now, method
    order.save(update_fields=["state", "paid_at", "method"])
    _complete_sale(order, lines, now)
    return Outcome(order, accepted=True)


def _taken_again(order: Order, lines: Sequence[OrderLine], now: datetime) -> bool:
    if events.hold_published(order.occurrence_id) is None or now >= order.occurrence.ends_at:
        return False
    try:
        quotas.take(order.occurrence_id, lines)
    except SoldOut:
        return False
    return True


def _complete_sale(order: Order, lines: Sequence[OrderLine], now: datetime) -> list[Ticket]:
    """Tickets, entries, and the mail that will follow the commit."""
    tickets = [
        Ticket(
            id=new_id(),
            order=order,
            line=line,
            occurrence_id=order.occurrence_id,
            attendee_name=order.buyer_name,
            attendee_email=order.buyer_email,
        )
        for line in lines
        if line.gives_ticket
        for _place in range(line.quantity)
    ]
    with together():
        insert(tickets)
        sold = [parts(order, line, Amounts.sold(line, line.quantity)) for line in lines]
        ledger.book("sale", order.pk, [movement for of_line in sold for movement in of_line], now)
    if order.event.first_sold_at is None:
        event_actions.note_first_sale(order.event, now)
    announce("tickets.ordered", order_id=str(order.pk))
    return tickets


def parts(order: Order, line: OrderLine, amounts: Amounts) -> list[Movement]:
    """How what was paid for `line`, or a part of it, divides between organisation, charity and fee.

    Money that the organisation took itself never passes our account: of it, share and fee are a claim on the organisation.
    """
    organisation = order.event.organisation_id

    def place(kind: Kind, owner: UUID | None = None) -> Place:
        return Place(kind, order.currency, order.event_id, owner)

    def amount(minor: int) -> Money:
        return Money(minor, order.currency)

    source = place(Kind.BUYERS) if order.is_held else place(Kind.CLAIM, organisation)
    return [
        Movement(source, place(Kind.ORGANISATION, organisation), amount(amounts.own_minor if order.is_held else 0)),
        Movement(source, place(Kind.CHARITY, line.charity_id), amount(amounts.share_minor)),
        Movement(source, place(Kind.FEE), amount(amounts.fee_minor)),
    ]


@transaction.atomic
def expire(order_id: UUID, now: datetime) -> bool:
    """Give the places of an unpaid order back when its time is over; whether that happened."""
    order = locked(order_id)
    what_follows = step(order.state, Happening.EXPIRED)
    if what_follows is None or now < order.expires_at:
        return False
    move(order, what_follows)
    return True


def move(order: Order, what_follows: Step) -> None:
    """Bring an unpaid order into its next state."""
    if what_follows.places == Places.GIVEN_BACK:
        quotas.give_back(order.occurrence_id, OrderLine.objects.filter(order=order))
    order.state = what_follows.state
    order.save(update_fields=["state", "cancelled_at"])


@transaction.atomic
def check_in(ticket_id: UUID, now: datetime) -> Ticket:
    """Record the first entry on a ticket; later ones change nothing.

    Raises:
        NotPossibleNow: the ticket is cancelled.
    """
    ticket = Ticket.objects.select_for_update().get(pk=ticket_id)
    if ticket.state != Ticket.State.VALID:
        raise NotPossibleNow
    if ticket.checked_in_at is None:
        ticket.checked_in_at = now
        ticket.save(update_fields=["checked_in_at"])
    return ticket


def locked(order_id: UUID) -> Order:
    """The order, locked: whatever happens to it happens one thing after the other."""
    return only(_order_for_update(order_id))


@composed_once
def _order_for_update(order_id: UUID) -> QuerySet[Order]:
    # Only the order's row: locking the event's too would make all its buyers wait for each other.
    return Order.objects.select_for_update(of=("self",)).select_related("event", "occurrence").filter(pk=order_id)
