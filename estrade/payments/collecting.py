"""Asking the processor and recording its answer: what pages and tasks share. Never inside a transaction."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from estrade.payments import actions, queries
from estrade.payments.errors import PaymentRefused
from estrade.payments.models import Payment, Refund
from estrade.payments.processors import Reading, RefundReading, Request
from estrade.payments.processors.known import named
from estrade.tickets import actions as tickets
from estrade.tickets import queries as orders
from estrade.tickets.actions.orders import Buyer
from estrade.tickets.models import Order

log = logging.getLogger(__name__)
LOST_AFTER = timedelta(minutes=1)  # many times as long as we wait for an answer


def start_payment(order: Order, now: datetime, buyer: Buyer | None = None) -> Payment:
    """A payment that the buyer can make at its `pay_url`, or one that turns out to be made already.

    `buyer`, if given, is written into the order first.

    An open payment of the same order is taken up again rather than doubled. One that was intended and never answered
    for is left to the task that looks after such: nobody was ever sent to its page.

    Raises:
        OrderEnded: the reservation ran out.
        OrderInvalid, NotOnGuestList, GuestListTooShort: `buyer` is not whom the order can be for.
        ProcessorUnavailable: the processor does not answer; trying again is harmless.
        PaymentRefused: it does not take such a payment.
    """
    for payment in queries.open_payments(order.pk):
        if payment.state == Payment.State.INTENDED:
            continue
        if buyer:
            tickets.give_details(order.pk, buyer, now)
        standing = bring_up_to_date(payment, now)
        if standing.state in {Payment.State.OPEN, Payment.State.SUCCEEDED}:
            return standing
    return _open(actions.intend_payment(order.pk, now, buyer), now)


def _open(payment: Payment, now: datetime) -> Payment:
    try:
        opened = named(payment.processor).open(_request(payment))
    except PaymentRefused:
        actions.record_reading(payment.pk, Reading("failed"), now)
        raise
    return actions.record_opened(payment, opened)


def bring_up_to_date(payment: Payment, now: datetime) -> Payment:
    """Ask the processor what has become of `payment` and record it.

    Raises:
        ProcessorUnavailable: it does not answer.
    """
    if payment.state == Payment.State.INTENDED:
        payment = _found_again(payment, now)
    if not payment.processor_session:
        return payment
    processor = named(payment.processor)
    reading = processor.read(payment.processor_session)
    if reading.state == "open" and is_over(orders.order(payment.order_id), now):
        processor.close(payment.processor_session)
        reading = processor.read(payment.processor_session)
    return actions.record_reading(payment.pk, reading, now)


def _found_again(payment: Payment, now: datetime) -> Payment:
    """A payment whose making we asked for and never wrote down: asking again with the same id finds it.

    Not for long: later the processor makes no session that ends so soon, or repeats for a day that it failed. As nobody
    was ever sent to its page, it is given up.
    """
    if now - payment.intended_at >= LOST_AFTER:
        return actions.record_reading(payment.pk, Reading("failed"), now)
    try:
        return _open(payment, now)
    except PaymentRefused:
        return queries.payment(payment.pk)


def is_over(order: Order, now: datetime) -> bool:
    """Whether nobody should pay `order` any more."""
    waiting = {Order.State.RESERVED, Order.State.AWAITING_PAYMENT}
    return order.state not in waiting or now >= order.expires_at


def bring_session_up_to_date(name: str, session: str, now: datetime) -> None:
    """The same for what a processor calls `session`; one that is not ours is left alone."""
    payment = queries.payment_of_session(name, session)
    if payment is None or (payment.state == Payment.State.SUCCEEDED and payment.processing_fee_minor is not None):
        return  # mostly the buyer came back before the callback did, and all there is to know is known
    bring_up_to_date(payment, now)


def send_refund(refund_id: UUID, now: datetime) -> None:
    """Ask the processor to give the money back, and record its answer. It knows the refund by its id, however often asked."""
    refund = queries.refund(refund_id)
    if refund.state == Refund.State.REQUESTED:
        asked = named(refund.payment.processor)
        _record(refund, asked.refund(refund.pk, refund.payment.processor_payment, refund.amount), now)


def bring_refund_up_to_date(refund: Refund, now: datetime) -> None:
    """Ask the processor whether a refund that succeeded still has, and record its answer.

    Raises:
        ProcessorUnavailable: it does not answer.
    """
    reading = named(refund.payment.processor).read_refund(refund.processor_refund)
    if reading:
        _record(refund, reading, now)


def bring_processor_refund_up_to_date(name: str, processor_refund: str, now: datetime) -> None:
    """The same for what a processor calls `processor_refund`; one that is not ours is left alone."""
    refund = queries.refund_of_processor(name, processor_refund)
    if refund is not None and refund.state == Refund.State.FAILED:
        return
    reading = named(name).read_refund(processor_refund)
    if reading is None:
        return
    # Perhaps we died before we wrote down what the processor calls it: then it knows what we call it.
    refund = refund or (queries.known_refund(reading.ours) if reading.ours else None)
    if refund is not None:
        _record(refund, reading, now)


def _record(refund: Refund, reading: RefundReading, now: datetime) -> None:
    after = actions.record_refund(refund.pk, reading, now)
    if after.needs_somebody and not after.is_by_hand:
        log.error("refund %s of order %s failed (%s): its host has to see to it", after.pk, after.order_id, after.failure)


def _request(payment: Payment) -> Request:
    order = payment.order
    # The buyer comes back to one address of ours whatever happened; what happened is read from the processor.
    back = settings.SITE_URL + reverse("payments:return", args=[order.pk])
    return Request(
        payment=payment.pk,
        order=order.pk,
        order_number=order.number,
        description=order.event.title,
        amount=payment.amount,
        email=order.buyer_email,
        language=order.language,
        success_url=back,
        cancel_url=settings.SITE_URL + reverse("tickets:checkout", args=[order.pk]),
    )
