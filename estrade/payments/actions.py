"""Collecting and giving back. The network is never called here: edges and tasks ask the processor, then come here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from estrade.base.errors import FieldError, NotFound
from estrade.base.ids import new_id
from estrade.base.jobs import defer
from estrade.base.money import Money
from estrade.base.reading import composed_once, only
from estrade.base.writing import insert, together, whole
from estrade.ledger import actions as ledger
from estrade.ledger.actions import Movement, Place
from estrade.payments import queries
from estrade.payments.errors import RefundNeedsNobody, RefundReferenceInvalid, RefundWindowClosed, TransferKnown
from estrade.payments.models import Callback, Payment, Refund
from estrade.payments.processors import Notice, Opened, Reading, RefundReading, bank
from estrade.tickets import actions as tickets
from estrade.tickets import queries as orders
from estrade.tickets.actions.orders import Buyer
from estrade.tickets.models import Order, Ticket
from estrade.tickets.pricing import Choice

Kind = ledger.Kind
STRIPE = "stripe"
EXTERNAL = "external"
DOOR = "door"
REFERENCE_LENGTH_MAX = 120
KEEP_CALLBACK = """
INSERT INTO payments_callback (processor, processor_event, kind, body, received_at) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (processor, processor_event) DO NOTHING RETURNING id
"""


@transaction.atomic
def intend_payment(order_id: UUID, now: datetime, buyer: Buyer | None = None) -> Payment:
    """Say, before any processor is called, that an order is about to be paid, by `buyer` if that is news.

    Raises:
        OrderEnded: its reservation ran out.
        NotPossibleNow: it has no buyer yet, or nothing to pay.
        OrderInvalid, NotOnGuestList, GuestListTooShort: as `tickets.actions.give_details`.
    """
    order = tickets.mark_awaiting_payment(order_id, now, buyer)
    return Payment.objects.create(
        order=order, processor=STRIPE, amount_minor=order.total_minor, currency=order.currency, intended_at=now
    )


def record_opened(payment: Payment, opened: Opened) -> Payment:
    """The processor has made the payment: the buyer can go there. Recording it twice changes nothing."""
    intended = Payment.objects.filter(pk=payment.pk, state=Payment.State.INTENDED)
    if not intended.update(state=Payment.State.OPEN, processor_session=opened.session, pay_url=opened.pay_url):
        return queries.payment(payment.pk)
    payment.state, payment.processor_session, payment.pay_url = Payment.State.OPEN, opened.session, opened.pay_url
    return payment


@transaction.atomic
def record_reading(payment_id: UUID, reading: Reading, now: datetime) -> Payment:
    """Make what the processor said of a payment true here: once, however often it is read.

    Money that has arrived is booked, then its order is settled; what the order does not accept goes back whole.
    """
    payment = _locked(payment_id)
    if payment.state == Payment.State.SUCCEEDED:
        _note_processing_fee(payment, reading, now)
    elif reading.state == "succeeded":
        _receive(payment, reading, now)
    elif reading.state in {"expired", "failed"} and payment.state in {Payment.State.OPEN, Payment.State.INTENDED}:
        payment.state = Payment.State(reading.state)
        payment.save(update_fields=["state"])
    return payment


@transaction.atomic
def receive_transfer(payment_id: UUID, bank_line: str, now: datetime) -> Payment:
    """The money of a transfer is on its organisation's account: its order is settled, or it has to go back by hand.

    Nothing is booked for it: it never comes to our account, and fee and share are a claim on the organisation.

    Raises:
        TransferKnown: it arrived before.
    """
    payment = _locked(payment_id)
    if payment.state == Payment.State.SUCCEEDED:
        raise TransferKnown
    payment.state, payment.succeeded_at = Payment.State.SUCCEEDED, now
    payment.processor_payment, payment.processing_fee_minor = bank_line, 0
    payment.save(update_fields=["state", "succeeded_at", "processor_payment", "processing_fee_minor"])
    outcome = tickets.settle(payment.order_id, now, Order.Method.BANK)
    if not outcome.accepted:
        _request(payment, payment.amount, Refund.Reason(outcome.reason), now)
    return payment


def _receive(payment: Payment, reading: Reading, now: datetime) -> None:
    assert reading.amount == payment.amount, "the processor took another amount than we asked for"
    payment.state, payment.succeeded_at = Payment.State.SUCCEEDED, now
    payment.processor_payment, payment.processing_fee_minor = reading.processor_payment, reading.processing_fee_minor
    payment.save(update_fields=["state", "succeeded_at", "processor_payment", "processing_fee_minor"])
    clearing, buyers = _places(payment)
    with together():
        ledger.book("payment", payment.pk, [Movement(clearing, buyers, payment.amount)], now)
        _book_processing_fee(payment, now)
        outcome = tickets.settle(payment.order_id, now)
    if not outcome.accepted:
        _request(payment, payment.amount, Refund.Reason(outcome.reason), now)


def _note_processing_fee(payment: Payment, reading: Reading, now: datetime) -> None:
    """Book what the processor kept, once it is known."""
    if payment.processing_fee_minor is not None or reading.processing_fee_minor is None:
        return
    payment.processing_fee_minor = reading.processing_fee_minor
    payment.save(update_fields=["processing_fee_minor"])
    _book_processing_fee(payment, now)


def _book_processing_fee(payment: Payment, now: datetime) -> None:
    if not payment.processing_fee_minor:
        return
    clearing, _buyers = _places(payment)
    organisation = payment.order.event.organisation_id
    cost = Place(Kind.COST, payment.currency, payment.order.event_id, organisation, payment.processor_account)
    fee = Money(payment.processing_fee_minor, payment.currency)
    ledger.book("processing_fee", payment.pk, [Movement(cost, clearing, fee)], now)


def _places(payment: Payment) -> tuple[Place, Place]:
    """Where a payment's money is at the processor, and the account of the buyers who are owed something for it."""
    event = payment.order.event_id
    clearing = Place(Kind.CLEARING, payment.currency, event, None, payment.processor_account or payment.processor)
    return clearing, Place(Kind.BUYERS, payment.currency, event)


def record_callback(processor: str, notice: Notice, body: str, now: datetime) -> bool:
    """Keep a verified callback and let a task act on it; whether that was done. A double is kept once, and what is not about
    a session or a refund not at all: nothing would follow from it.
    """
    if not (notice.session or notice.refund):
        return False
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(KEEP_CALLBACK, [processor, notice.event, notice.kind, body, now])
            kept = cursor.fetchone()
        if kept and notice.session:
            defer("payments.read_session", processor=processor, session=notice.session, callback=kept[0])
        elif kept:
            defer("payments.read_refund", processor=processor, refund=notice.refund, callback=kept[0])
    return kept is not None


@transaction.atomic
def mark_handled(callback_id: int, now: datetime) -> None:
    """What a callback said has been read back and recorded."""
    Callback.objects.filter(pk=callback_id).update(handled_at=now)


@transaction.atomic
def cancel_order(order_id: UUID, reason: Refund.Reason, now: datetime) -> Order:
    """Cancel an order and give back what its buyer is owed for it. Twice is once."""
    order, owed = tickets.cancel(order_id, now, by=_by(reason))
    _give_back(order, owed, reason, now)
    return order


@transaction.atomic
def refund_tickets(order_id: UUID, chosen: Collection[UUID], reason: Refund.Reason, now: datetime) -> Order:
    """Cancel some tickets of an order and give back what is left of their price. Twice is once.

    Raises:
        NotPossibleNow: the order was never sold, or is over.
    """
    order, owed = tickets.cancel_tickets(order_id, chosen, now, by=_by(reason))
    _give_back(order, owed, reason, now)
    return order


@transaction.atomic
def refund_part(order_id: UUID, chosen: Collection[UUID], amount: Money, now: datetime) -> Order:
    """Give back `amount` of the price of some tickets of an order (none named: of all); they go on to admit.

    Raises:
        NotPossibleNow: the order was never sold, is over, or was paid elsewhere.
        OrderInvalid: it is nothing, or more than what is left of their price.
    """
    order, owed = tickets.give_back_part(order_id, chosen, amount, now)
    _give_back(order, owed, Refund.Reason.HOST, now)
    return order


def _by(reason: Refund.Reason) -> str:
    return "buyer" if reason == Refund.Reason.BUYER else "organisation"


def _give_back(order: Order, owed: Money, reason: Refund.Reason, now: datetime) -> None:
    """Ask for refunds of `owed` out of what was paid for `order`, the first payment first."""
    ours = Payment.objects.filter(order=order, state=Payment.State.SUCCEEDED).exclude(processor__in=[EXTERNAL, DOOR])
    paid = list(ours.order_by("succeeded_at"))
    for payment in paid:
        part = min(owed, queries.refundable(payment))
        if part:
            _request(payment, part, reason, now)
            owed -= part
    assert not owed, "more is owed than was paid"


@transaction.atomic
def cancel_by_buyer(order_id: UUID, now: datetime, chosen: Collection[UUID] | None = None) -> Order:
    """The buyer gives the whole order back, or the `chosen` of its tickets, while they may by themselves.

    Raises:
        RefundWindowClosed: they may not, or not any more.
    """
    if not queries.may_cancel(orders.order(order_id), now):
        raise RefundWindowClosed
    if chosen is not None:
        return refund_tickets(order_id, chosen, Refund.Reason.BUYER, now)
    return cancel_order(order_id, Refund.Reason.BUYER, now)


def _request(payment: Payment, amount: Money, reason: Refund.Reason, now: datetime) -> Refund:
    refund = Refund.objects.create(
        payment=payment,
        order_id=payment.order_id,
        amount_minor=amount.minor,
        currency=amount.currency,
        reason=reason,
        requested_at=now,
    )
    defer("payments.send_refund", refund_id=str(refund.pk))
    return refund


@transaction.atomic
def record_refund(refund_id: UUID, reading: RefundReading, now: datetime) -> Refund:
    """Make what the processor said of a refund true here, once: booked when it succeeds, booked in reverse when the buyer's
    bank sends it back. Failed is final: what was read before and arrives later changes nothing.
    """
    refund = _locked_refund(refund_id)
    before = Refund.State(refund.state)
    if before == Refund.State.FAILED:
        return refund
    if before == Refund.State.SUCCEEDED:
        refund.looked_at = now
    if before == Refund.State.REQUESTED or reading.state == "failed":
        refund.processor_refund, refund.state = reading.refund or refund.processor_refund, Refund.State(reading.state)
    if before != refund.state:
        _book_refund(refund, before, reading, now)
    refund.save(update_fields=["processor_refund", "state", "succeeded_at", "looked_at", "failed_at", "failure"])
    return refund


def _book_refund(refund: Refund, before: Refund.State, reading: RefundReading, now: datetime) -> None:
    clearing, buyers = _places(refund.payment)
    if refund.state == Refund.State.SUCCEEDED:
        refund.succeeded_at = refund.looked_at = now
        ledger.book("refund", refund.pk, [Movement(buyers, clearing, refund.amount)], now)
    else:
        refund.failed_at, refund.failure = now, reading.failure[:60]
        defer("payments.tell_of_failed_refund", refund_id=str(refund.pk))
        if before == Refund.State.SUCCEEDED:
            ledger.book("refund_came_back", refund.pk, [Movement(clearing, buyers, refund.amount)], now)


@transaction.atomic
def try_refund_again(refund_id: UUID, by: UUID | None, now: datetime) -> Refund:
    """Ask for a new refund in the place of a failed one, which was looked at `by` somebody.

    Raises:
        RefundNeedsNobody: it has not failed, somebody has seen to it, or only a person can give it.
    """
    if queries.refund(refund_id).is_by_hand:
        raise RefundNeedsNobody
    refund = _resolve(refund_id, Refund.Resolution.TRIED_AGAIN, by, now)
    return _request(refund.payment, refund.amount, Refund.Reason(refund.reason), now)


@transaction.atomic
def record_given_elsewhere(refund_id: UUID, reference: str, by: UUID | None, now: datetime) -> Refund:
    """The organisation has given the money of a failed refund back by other means; `reference` says how.

    What the buyer was owed is owed to the organisation from now on: the money itself is still at the processor. Of a transfer
    that the organisation received itself, nothing is booked.

    Raises:
        RefundReferenceInvalid: `reference` says nothing, or too much.
        RefundNeedsNobody: it has not failed, or somebody has seen to it.
    """
    said = " ".join(reference.split())
    if not said or len(said) > REFERENCE_LENGTH_MAX:
        raise RefundReferenceInvalid([FieldError("reference", "length", _("Say how, in at most 120 characters."))])
    refund = _resolve(refund_id, Refund.Resolution.ELSEWHERE, by, now, said)
    if refund.payment.processor == bank.NAME:
        return refund
    event = refund.payment.order.event
    _clearing, buyers = _places(refund.payment)
    organisation = Place(Kind.ORGANISATION, refund.currency, event.pk, event.organisation_id)
    ledger.book("refund_elsewhere", refund.pk, [Movement(buyers, organisation, refund.amount)], now)
    return refund


def _resolve(refund_id: UUID, how: Refund.Resolution, by: UUID | None, now: datetime, reference: str = "") -> Refund:
    refund = _locked_refund(refund_id)
    if not refund.needs_somebody:
        raise RefundNeedsNobody
    refund.resolution, refund.resolved_by, refund.resolved_at, refund.reference = how, by, now, reference
    refund.save(update_fields=["resolution", "resolved_by", "resolved_at", "reference"])
    return refund


def _locked_refund(refund_id: UUID) -> Refund:
    found = Refund.objects.select_for_update(of=("self",)).select_related("payment__order__event").filter(pk=refund_id)
    refund = found.first()
    if refund is None:
        raise NotFound
    return refund


@whole
def record_external_order(
    occurrence_id: UUID, choices: Sequence[Choice], buyer: Buyer, reference: str, now: datetime
) -> tuple[Order, list[Ticket]]:
    """Sell places that were paid for elsewhere, or that cost nothing; `reference` is the other place's own.

    Raises:
        as `tickets.actions.sell`.
    """
    return _sell(occurrence_id, choices, buyer, Order.Method.EXTERNAL, reference, now)


@whole
def record_door_order(
    occurrence_id: UUID, choices: Sequence[Choice], buyer: Buyer, means: str, now: datetime
) -> tuple[Order, list[Ticket]]:
    """Sell places that are paid for at the door; `means` is how: cash, or the door's own card reader.

    Raises:
        as `tickets.actions.sell`.
    """
    return _sell(occurrence_id, choices, buyer, Order.Method.DOOR, means, now)


def _sell(
    occurrence_id: UUID, choices: Sequence[Choice], buyer: Buyer, method: Order.Method, reference: str, now: datetime
) -> tuple[Order, list[Ticket]]:
    with together():
        order, made = tickets.sell(occurrence_id, choices, buyer, method, now)
        if order.total_minor:
            insert([_paid_elsewhere(order, reference, now)])
    return order, made


def _paid_elsewhere(order: Order, reference: str, now: datetime) -> Payment:
    return Payment(
        id=new_id(),
        order=order,
        processor=DOOR if order.method == Order.Method.DOOR else EXTERNAL,
        processor_payment=reference[:120],
        state=Payment.State.SUCCEEDED,
        amount_minor=order.total_minor,
        currency=order.currency,
        processing_fee_minor=0,
        intended_at=now,
        succeeded_at=now,
    )


def _locked(payment_id: UUID) -> Payment:
    return only(_payment_for_update(payment_id))


@composed_once
def _payment_for_update(payment_id: UUID) -> QuerySet[Payment]:
    return Payment.objects.select_for_update(of=("self",)).select_related("order__event").filter(pk=payment_id)
