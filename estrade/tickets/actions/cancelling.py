"""What was sold is given back: whole orders, some of their tickets, or a part of a price while the ticket stands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from estrade.base.errors import FieldError
from estrade.base.jobs import announce, defer
from estrade.base.money import Money
from estrade.ledger import actions as ledger
from estrade.ledger.actions import Movement
from estrade.tickets import queries, quotas
from estrade.tickets.actions.orders import Amounts, locked, move, parts
from estrade.tickets.errors import NotCancellable, NotPossibleNow, OrderInvalid
from estrade.tickets.life import Happening, step
from estrade.tickets.models import Order, OrderLine, PartRefund, Ticket


@transaction.atomic
def cancel(order_id: UUID, now: datetime, *, by: str = "buyer") -> tuple[Order, Money]:
    """Cancel a whole order; what its buyer is owed from now on comes with it, for payments to give back.

    `by` is who wanted it, for the mail: "buyer" or "organisation".

    Cancelling twice is cancelling once: the second time nothing is owed.
    """
    order = locked(order_id)
    what_follows = step(order.state, Happening.CANCELLED)
    nothing = Money(0, order.currency)
    if what_follows is None:
        return order, nothing
    order.cancelled_at = now
    if order.state != Order.State.PAID:
        move(order, what_follows)
        return order, nothing
    owed = _cancel_tickets(order, _valid(order), now)
    for line in OrderLine.objects.filter(order=order, gives_ticket=False):
        _turn_round("donation_returned", line.pk, order, line, Amounts.sold(line, line.quantity), now)
        owed += Money(line.unit_minor * line.quantity, order.currency)
    order.state = what_follows.state
    order.save(update_fields=["state", "cancelled_at"])
    return order, _told(order, owed, by)


@transaction.atomic
def cancel_tickets(order_id: UUID, tickets: Collection[UUID], now: datetime, *, by: str = "buyer") -> tuple[Order, Money]:
    """Cancel some tickets of a sold order; what its buyer is owed for them comes with it. The last one cancels the order whole.

    Those that are cancelled already, or not of this order, change nothing.

    Raises:
        NotPossibleNow: the order was never sold, or is over.
    """
    order = locked(order_id)
    if order.state != Order.State.PAID:
        raise NotPossibleNow
    standing = _valid(order)
    chosen = [ticket for ticket in standing if ticket.pk in tickets]
    if not chosen:
        return order, Money(0, order.currency)
    if len(chosen) == len(standing):
        return cancel(order_id, now, by=by)
    return order, _told(order, _cancel_tickets(order, chosen, now), by)


def _told(order: Order, owed: Money, by: str) -> Money:
    """Announce what was cancelled; what the buyer is owed by us for it: nothing for what was paid elsewhere."""
    if order.is_paid_elsewhere:
        owed = Money(0, order.currency)
    announce("tickets.cancelled", order_id=str(order.pk), by=by, refunded_minor=owed.minor)
    return owed


@transaction.atomic
def give_back_part(order_id: UUID, tickets: Collection[UUID], amount: Money, now: datetime) -> tuple[Order, Money]:
    """Owe the buyer `amount` of what was paid for `tickets` (empty: for all that stand), which go on to admit.

    It comes out of the parts of organisation, charity and fee in the proportion in which they still hold the price.

    Raises:
        NotPossibleNow: the order was never sold, is over, or was paid elsewhere.
        OrderInvalid: it is nothing, or more than what is left of the price of those tickets.
    """
    order = locked(order_id)
    if order.state != Order.State.PAID or not order.is_paid_here:
        raise NotPossibleNow
    chosen = [ticket for ticket in _valid(order) if not tickets or ticket.pk in tickets]
    left = _left(chosen)
    _check_part(amount, Money(sum(each.paid_minor for each in left.values()), order.currency))
    weights = [left[ticket.pk].paid_minor for ticket in chosen]
    for ticket, of_ticket in zip(chosen, amount.split(weights), strict=True):
        if of_ticket:
            _give_back_of(order, ticket, left[ticket.pk], of_ticket, now)
    announce("tickets.part_refunded", order_id=str(order.pk), refunded_minor=amount.minor)
    return order, amount


def _check_part(amount: Money, most: Money) -> None:
    if not most:
        raise OrderInvalid([FieldError("amount", "nothing_left", _("Nothing is left of it to give back."))])
    if not 0 < amount.minor <= most.minor:
        bounds = {"most": most.format(get_language() or "en")}
        raise OrderInvalid([FieldError("amount", "range", _("More than nothing, and at most %(most)s.") % bounds)])


def _give_back_of(order: Order, ticket: Ticket, left: Amounts, amount: Money, now: datetime) -> None:
    # No part can be asked for more than it holds: whoever is given a remainder had a fraction of a unit to spare.
    _own, fee, share = amount.split([left.own_minor, left.fee_minor, left.share_minor])
    made = PartRefund.objects.create(ticket=ticket, amount_minor=amount.minor, fee_minor=fee.minor, share_minor=share.minor, at=now)
    _turn_round("part_refund", made.pk, order, ticket.line, Amounts(amount.minor, fee.minor, share.minor), now)


@transaction.atomic
def cancel_free_ticket(ticket_id: UUID, now: datetime) -> Ticket:
    """Give a free ticket back before the occurrence begins; the last one cancels its order.

    Raises:
        NotCancellable: it was paid for.
        NotPossibleNow: it was used, or the occurrence has begun.
    """
    order = locked(queries.ticket(ticket_id).order_id)
    # Locked too: somebody may be entering on it at this moment.
    ticket = Ticket.objects.select_for_update(of=("self",)).select_related("line").get(pk=ticket_id)
    if ticket.line.unit_minor:
        raise NotCancellable
    if ticket.state == Ticket.State.CANCELLED:
        return ticket
    if ticket.checked_in_at or now >= order.occurrence.starts_at:
        raise NotPossibleNow
    _cancel_tickets(order, [ticket], now)
    only_free = order.total_minor == 0
    if only_free and not Ticket.objects.filter(order=order, state=Ticket.State.VALID).exists():
        order.state, order.cancelled_at = Order.State.CANCELLED, now
        order.save(update_fields=["state", "cancelled_at"])
    announce("tickets.cancelled", order_id=str(order.pk), by="buyer", refunded_minor=0)
    return ticket


def _valid(order: Order) -> list[Ticket]:
    return list(Ticket.objects.filter(order=order, state=Ticket.State.VALID).select_related("line").order_by("id"))


def _left(tickets: Sequence[Ticket]) -> dict[UUID, Amounts]:
    """What is left of the price of each, after what went back before."""
    left = {ticket.pk: Amounts.sold(ticket.line) for ticket in tickets}
    for gone in PartRefund.objects.filter(ticket__in=left):
        had = left[gone.ticket_id]
        left[gone.ticket_id] = Amounts(
            had.paid_minor - gone.amount_minor, had.fee_minor - gone.fee_minor, had.share_minor - gone.share_minor
        )
    return left


def _cancel_tickets(order: Order, tickets: Sequence[Ticket], now: datetime) -> Money:
    """Void `tickets`, give their places back and turn what is left of their sale round; what the buyer is owed."""
    left = _left(tickets)
    for ticket in tickets:
        ticket.state, ticket.cancelled_at, ticket.version = Ticket.State.CANCELLED, now, ticket.version + 1
        _turn_round("ticket_cancelled", ticket.pk, order, ticket.line, left[ticket.pk], now)
        if ticket.handed_over_at:  # the buyer is told by the announcement; who holds it would not know
            defer("tickets.mail_holder_cancelled", ticket_id=str(ticket.pk))
    Ticket.objects.bulk_update(tickets, ["state", "cancelled_at", "version"])
    by_line: dict[UUID, OrderLine] = {}
    for ticket in tickets:
        line = by_line.setdefault(ticket.line_id, ticket.line)
        line.quantity = sum(other.line_id == line.pk for other in tickets)
    quotas.give_back(order.occurrence_id, by_line.values())
    return Money(sum(each.paid_minor for each in left.values()), order.currency)


def _turn_round(cause_kind: str, cause: UUID, order: Order, line: OrderLine, amounts: Amounts, now: datetime) -> None:
    sold = parts(order, line, amounts)
    ledger.book(cause_kind, cause, [Movement(movement.credit, movement.debit, movement.amount) for movement in sold], now)
