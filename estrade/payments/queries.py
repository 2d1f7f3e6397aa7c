"""What was paid, what was given back, and what an event has earned."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum

from estrade.base.errors import NotFound
from estrade.base.money import Money
from estrade.base.reading import composed_once, only
from estrade.events.models import Event
from estrade.payments.models import Payment, Refund
from estrade.payments.processors import bank
from estrade.tickets import queries as orders
from estrade.tickets.models import Order, Ticket
from estrade.users.permissions import Permission, Viewer

# A bank that does not take a refund says so within thirty days, as Stripe has it; two weeks more cost little.
COMES_BACK_WITHIN = timedelta(days=45)
LOOKED_AT_EVERY = timedelta(days=1)
LOOKED_AT_ONCE = 50
MENDED_AT_ONCE = 100


def payment(payment_id: UUID) -> Payment:
    """One payment with its order.

    Raises:
        NotFound: there is none.
    """
    return only(_payment(payment_id))


@composed_once
def _payment(payment_id: UUID) -> QuerySet[Payment]:
    return Payment.objects.select_related("order__event", "order__occurrence").filter(pk=payment_id)


def payment_of_session(processor: str, session: str) -> Payment | None:
    """The payment that a processor knows as `session`."""
    return Payment.objects.filter(processor=processor, processor_session=session).first()


@composed_once
def open_payments(order: UUID) -> QuerySet[Payment]:
    """The payments of an order that may still be made on a page, newest first."""
    states = [Payment.State.INTENDED, Payment.State.OPEN]
    return Payment.objects.filter(order=order, state__in=states).exclude(processor=bank.NAME).order_by("-intended_at")


@composed_once
def awaited_transfers(order: UUID) -> QuerySet[Payment]:
    """The transfer that the buyer of an order said they would make, while it has not arrived."""
    return Payment.objects.filter(order=order, processor=bank.NAME, state=Payment.State.OPEN)


def unsettled(now: datetime) -> list[UUID]:
    """Payments to ask the processor about: those that nobody told us of for a minute, oldest first, at most 500."""
    states = [Payment.State.INTENDED, Payment.State.OPEN]
    rows = Payment.objects.filter(state__in=states, intended_at__lt=now - timedelta(minutes=1)).exclude(processor=bank.NAME)
    return list(rows.order_by("intended_at").values_list("pk", flat=True)[:500])


def fees_unknown(now: datetime) -> list[UUID]:
    """Payments of the last week whose processing fee the processor had not worked out yet, at most 200."""
    rows = Payment.objects.filter(
        state=Payment.State.SUCCEEDED, processing_fee_minor=None, succeeded_at__gt=now - timedelta(days=7)
    )
    return list(rows.exclude(processor="external").values_list("pk", flat=True)[:200])


def refund(refund_id: UUID) -> Refund:
    """One refund with its payment and its order.

    Raises:
        NotFound: there is none.
    """
    row = Refund.objects.select_related("payment", "order__event", "order__occurrence").filter(pk=refund_id).first()
    if row is None:
        raise NotFound
    return row


def known_refund(refund_id: UUID) -> Refund | None:
    """One refund, or None."""
    return Refund.objects.filter(pk=refund_id).first()


def refund_of_processor(processor: str, name: str) -> Refund | None:
    """The refund that a processor knows as `name`."""
    return Refund.objects.filter(payment__processor=processor, processor_refund=name).first()


@composed_once
def refunds_of(order: UUID) -> QuerySet[Refund]:
    """The refunds of an order, oldest first."""
    return Refund.objects.filter(order=order).order_by("requested_at")


def refunds_waiting(now: datetime) -> list[UUID]:
    """Refunds that were asked for more than five minutes ago and have no answer yet, at most 200."""
    rows = Refund.objects.filter(state=Refund.State.REQUESTED, requested_at__lt=now - timedelta(minutes=5))
    return list(rows.order_by("requested_at").values_list("pk", flat=True)[:200])


def refunds_that_may_come_back(now: datetime) -> list[UUID]:
    """Refunds that succeeded in the last `COMES_BACK_WITHIN` and were not asked about for a day, the longest ago first."""
    is_due = Q(looked_at=None) | Q(looked_at__lt=now - LOOKED_AT_EVERY)
    rows = Refund.objects.filter(is_due, state=Refund.State.SUCCEEDED, succeeded_at__gt=now - COMES_BACK_WITHIN)
    return list(rows.order_by(F("looked_at").asc(nulls_first=True)).values_list("pk", flat=True)[:LOOKED_AT_ONCE])


def refunds_to_mend(viewer: Viewer, event: Event | None = None) -> list[Refund]:
    """Failed refunds that nobody has seen to, the oldest first: of `event`, or of all in which `viewer` may read orders."""
    houses = [house for house in viewer.permissions if viewer.may(Permission.ORDERS_READ, house)]
    rows = Refund.objects.filter(state=Refund.State.FAILED, resolution="", order__event__organisation__in=houses)
    if event is not None:
        rows = rows.filter(order__event=event)
    return list(rows.select_related("order__event").order_by("failed_at")[:MENDED_AT_ONCE])


def refunds_of_event(viewer: Viewer, event: Event) -> QuerySet[Refund]:
    """All refunds of `event`.

    Raises:
        NotFound, Forbidden: the viewer may not read orders here.
    """
    viewer.require(Permission.ORDERS_READ, event.organisation_id)
    return Refund.objects.filter(order__event=event)


def refundable(payment: Payment) -> Money:
    """What is left of a payment to give back. What a failed refund was for is spoken for, until another takes its place."""
    replaced = Q(state=Refund.State.FAILED, resolution=Refund.Resolution.TRIED_AGAIN)
    given = Refund.objects.filter(payment=payment).exclude(replaced).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    return Money(payment.amount_minor - given, payment.currency)


def may_cancel(order: Order, now: datetime) -> bool:
    """Whether the buyer may give a paid order back by themselves now: in time, and nobody has entered on it."""
    until = orders.refundable_until(order)
    if order.state != Order.State.PAID or not order.total_minor or until is None or now >= until:
        return False
    return not Ticket.objects.filter(order=order, checked_in_at__isnull=False).exists()
