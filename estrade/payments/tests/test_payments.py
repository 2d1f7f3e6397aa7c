"""Collecting and giving back, against the simulator through the official SDK."""

import hmac
import json
import time
from datetime import timedelta
from hashlib import sha256

import pytest
from django.conf import settings

from estrade.ledger import queries as ledger
from estrade.payments import actions, collecting, queries
from estrade.payments.errors import PaymentRefused, ProcessorUnavailable, RefundWindowClosed
from estrade.payments.models import Callback, Payment, Refund
from estrade.payments.processors.stripe import processor
from estrade.payments.tasks import look_after
from estrade.tickets import actions as tickets
from estrade.tickets import queries as orders
from estrade.tickets.actions.orders import Buyer
from estrade.tickets.models import Order, Quota
from estrade.tickets.pricing import Choice

BOB = Buyer("Bob", "bob@example.org")


@pytest.fixture
def now():
    """The simulator lives in real time, and so do these tests."""
    from django.utils import timezone

    return timezone.now()


@pytest.fixture
def order(concert, evening, seat_type, now):
    tickets.open_sale(concert)
    made = tickets.reserve(evening.pk, [Choice(seat_type.pk, 2)], now)
    return tickets.give_details(made.pk, BOB, now)


def balances(event):
    return {balance.kind: balance.amount.minor for balance in ledger.balances_of_event(event.pk) if balance.amount}


def refunds_are_sent(now):
    for refund in Refund.objects.filter(state="requested"):
        collecting.send_refund(refund.pk, now)


def test_a_payment_that_succeeds_gives_tickets_and_books_every_cent(paysim, order, concert, now):
    payment = collecting.start_payment(order, now)
    paysim.approve(payment)

    payment = collecting.bring_up_to_date(payment, now)

    assert payment.state == Payment.State.SUCCEEDED
    assert len(orders.tickets_of(order.pk)) == 2
    # 50.00, of which the simulator keeps 1.5 % and 0.25; 8 % for the charity.
    assert balances(concert) == {"clearing": 4900, "cost": 100, "charity": 400, "organisation": 4600}


def test_reading_a_success_twice_changes_nothing(paysim, order, concert, now):
    payment = collecting.start_payment(order, now)
    paysim.approve(payment)

    collecting.bring_up_to_date(payment, now)
    collecting.bring_up_to_date(queries.payment(payment.pk), now)

    assert len(orders.tickets_of(order.pk)) == 2
    assert balances(concert)["clearing"] == 4900


def test_a_declined_card_leaves_the_payment_open_and_the_places_kept(paysim, order, now):
    payment = collecting.start_payment(order, now)
    paysim.decline(payment)

    assert collecting.bring_up_to_date(payment, now).state == Payment.State.OPEN
    assert orders.order(order.pk).state == Order.State.AWAITING_PAYMENT


def test_going_to_pay_twice_takes_up_the_same_payment(paysim, order, now):
    first = collecting.start_payment(order, now)

    assert collecting.start_payment(order, now) == first
    assert len(paysim.ledger()["sessions"]) == 1


def test_a_payment_whose_making_was_never_recorded_is_found_again(paysim, order, now):
    intended = actions.intend_payment(order.pk, now)
    collecting._open(intended, now)  # recorded elsewhere, but our row forgot
    Payment.objects.filter(pk=intended.pk).update(state="intended", processor_session="", pay_url="")

    found = collecting.bring_up_to_date(queries.payment(intended.pk), now)

    assert found.state == Payment.State.OPEN
    assert len(paysim.ledger()["sessions"]) == 1


def test_money_for_an_order_that_lapsed_and_sold_out_goes_back_whole(paysim, order, concert, evening, now):
    payment = collecting.start_payment(order, now)
    paysim.approve(payment)
    later = now + timedelta(hours=1)
    tickets.expire(order.pk, later)
    Quota.objects.filter(occurrence=evening, ticket_type=None).update(size=1)

    collecting.bring_up_to_date(payment, later)
    refunds_are_sent(later)

    (refund,) = queries.refunds_of(order.pk)
    assert (refund.state, refund.amount_minor, refund.reason) == ("succeeded", 5000, "too_late")
    assert orders.tickets_of(order.pk) == []
    assert balances(concert) == {"clearing": -100, "cost": 100}


def test_an_order_paid_twice_gives_the_second_payment_back(paysim, order, now):
    first = collecting.start_payment(order, now)
    second = collecting._open(actions.intend_payment(order.pk, now), now)
    for payment in (first, second):
        paysim.approve(payment)
        collecting.bring_up_to_date(payment, now)

    refunds_are_sent(now)

    (refund,) = queries.refunds_of(order.pk)
    assert (refund.payment, refund.reason, refund.state) == (second, "paid_twice", "succeeded")
    assert len(orders.tickets_of(order.pk)) == 2


def test_an_unpaid_session_is_closed_once_the_order_is_over(paysim, order, now):
    payment = collecting.start_payment(order, now)
    later = now + timedelta(minutes=26)
    tickets.expire(order.pk, later)

    assert collecting.bring_up_to_date(payment, later).state == Payment.State.EXPIRED


def test_cancelling_refunds_everything_once(paysim, order, concert, now):
    payment = collecting.start_payment(order, now)
    paysim.approve(payment)
    collecting.bring_up_to_date(payment, now)

    actions.cancel_order(order.pk, Refund.Reason.HOST, now)
    actions.cancel_order(order.pk, Refund.Reason.HOST, now)
    refunds_are_sent(now)
    refunds_are_sent(now)

    assert [refund["amount"] for refund in paysim.ledger()["refunds"]] == [5000]
    assert balances(concert) == {"clearing": -100, "cost": 100}


def test_a_refund_sent_twice_is_one_refund_even_after_the_key_is_forgotten(paysim, order, now):
    payment = collecting.start_payment(order, now)
    paysim.approve(payment)
    collecting.bring_up_to_date(payment, now)
    actions.cancel_order(order.pk, Refund.Reason.HOST, now)
    (refund,) = queries.refunds_of(order.pk)
    processor.refund(refund.pk, refund.payment.processor_payment, refund.amount)  # and we died before we wrote it down
    paysim.call("PUT", "/control/clock", {"advance_s": 2 * 86_400})

    refunds_are_sent(now)

    assert len(paysim.ledger()["refunds"]) == 1
    assert queries.refunds_of(order.pk)[0].state == Refund.State.SUCCEEDED


def test_a_buyer_may_give_a_paid_order_back_in_the_window_of_a_moved_date_alone(paysim, order, evening, now):
    payment = collecting.start_payment(order, now)
    paysim.approve(payment)
    collecting.bring_up_to_date(payment, now)

    with pytest.raises(RefundWindowClosed):
        actions.cancel_by_buyer(order.pk, now)
    evening.refundable_until = now + timedelta(days=1)
    evening.save()
    actions.cancel_by_buyer(order.pk, now)

    assert queries.refunds_of(order.pk)[0].reason == "buyer"


def test_a_processor_that_fails_loses_nothing_and_can_be_tried_again(paysim, order, now):
    paysim.fault(kind="error", when="before", method="POST", path="/v1/checkout/sessions", calls=1, status=500)

    with pytest.raises(ProcessorUnavailable):
        collecting.start_payment(order, now)

    assert orders.order(order.pk).state == Order.State.AWAITING_PAYMENT
    assert collecting.start_payment(order, now).state == Payment.State.OPEN


def test_a_processing_fee_that_is_worked_out_late_is_booked_once_it_is_known(paysim, order, concert, now):
    paysim.call("PUT", "/control/bank", {"fee_late_s": 3600})
    payment = collecting.start_payment(order, now)
    paysim.approve(payment)
    collecting.bring_up_to_date(payment, now)
    assert "cost" not in balances(concert)
    paysim.call("PUT", "/control/clock", {"advance_s": 3700})

    look_after(0)
    look_after(0)

    assert balances(concert)["cost"] == 100


@pytest.fixture
def lost(paysim, order, now):
    """A payment that was intended, and whose making the processor never heard of."""
    paysim.fault(kind="error", when="before", method="POST", path="/v1/checkout/sessions", calls=1, status=500)
    with pytest.raises(ProcessorUnavailable):
        collecting.start_payment(order, now)
    return queries.open_payments(order.pk)[0]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_payment_whose_making_failed_is_given_up_and_asked_about_no_more(paysim, order, now, when):
    """The key answers with the same failure for a day: one such payment must not keep the others waiting."""
    paysim.fault(kind="error", when=when, method="POST", path="/v1/checkout/sessions", calls=1, status=500)
    with pytest.raises(ProcessorUnavailable):
        collecting.start_payment(order, now)
    (lost,) = queries.open_payments(order.pk)

    later = now + timedelta(minutes=2)

    assert collecting.bring_up_to_date(lost, later).state == Payment.State.FAILED
    assert collecting.start_payment(order, later).state == Payment.State.OPEN


def test_a_payment_too_young_to_be_given_up_is_refused_once_it_cannot_be_made(paysim, lost, now):
    paysim.call("PUT", "/control/clock", {"advance_s": 120})

    assert collecting.bring_up_to_date(lost, now).state == Payment.State.FAILED


def test_a_payment_made_for_an_order_that_has_changed_since_is_given_up(paysim, order, now):
    paysim.fault(kind="error", when="after", method="POST", path="/v1/checkout/sessions", calls=1, status=500)
    with pytest.raises(ProcessorUnavailable):
        collecting.start_payment(order, now)
    (first,) = queries.open_payments(order.pk)
    tickets.give_details(order.pk, Buyer("Bob", "bob@example.com"), now)
    second = collecting.start_payment(orders.order(order.pk), now)
    paysim.approve(second)

    for payment in (first, second):
        collecting.bring_up_to_date(queries.payment(payment.pk), now)

    assert [queries.payment(payment.pk).state for payment in (first, second)] == ["failed", "succeeded"]


def test_a_payment_that_the_processor_does_not_take_is_refused_and_remembered_as_failed(paysim, order, now):
    Order.objects.update(total_minor=3)  # we know of no such total; the processor may know more than we

    with pytest.raises(PaymentRefused):
        collecting.start_payment(orders.order(order.pk), now)

    assert Payment.objects.get().state == Payment.State.FAILED


def test_one_payment_that_cannot_be_read_does_not_keep_others_waiting(paysim, order, lost, now, monkeypatch):
    payment = collecting.start_payment(order, now)
    paysim.approve(payment)
    Payment.objects.update(intended_at=now - timedelta(minutes=2))
    Payment.objects.filter(pk=lost.pk).update(
        state="open", processor_session="cs_test_unknown", intended_at=now - timedelta(hours=1)
    )

    look_after(0)

    assert queries.payment(payment.pk).state == Payment.State.SUCCEEDED


def signed(body, secret=None, at=None):
    moment = int(at or time.time())
    mac = hmac.new((secret or settings.STRIPE_WEBHOOK_SECRET).encode(), f"{moment}.{body}".encode(), sha256).hexdigest()
    return {"HTTP_STRIPE_SIGNATURE": f"t={moment},v1={mac}"}


def callback(client, payment, *, event="evt_1", headers=None):
    session = {"id": payment.processor_session, "object": "checkout.session", "payment_status": "paid", "status": "complete"}
    body = json.dumps({"id": event, "object": "event", "type": "checkout.session.completed", "data": {"object": session}})
    return client.post("/callbacks/stripe", body, content_type="application/json", **(headers or signed(body)))


def test_a_callback_is_kept_once_and_believed_in_nothing(paysim, client, order, now):
    from estrade.payments.tasks import read_session

    payment = collecting.start_payment(order, now)

    assert [callback(client, payment).status_code for _ in range(2)] == [200, 200]
    (kept,) = Callback.objects.all()
    read_session("stripe", payment.processor_session, kept.pk)

    # It said paid; the simulator, asked, said open.
    assert queries.payment(payment.pk).state == Payment.State.OPEN
    assert orders.tickets_of(order.pk) == []


@pytest.mark.parametrize("headers", [{}, {"HTTP_STRIPE_SIGNATURE": "t=1,v1=00"}, "other secret", "too old"])
def test_a_callback_that_is_not_signed_by_the_processor_is_refused(paysim, client, order, now, headers):
    payment = collecting.start_payment(order, now)
    body = json.dumps({"id": "evt_1", "type": "x", "data": {"object": {"id": payment.processor_session}}})
    if headers == "other secret":
        headers = signed(body, "whsec_mallory")
    if headers == "too old":
        headers = signed(body, at=time.time() - 3600)

    answer = client.post("/callbacks/stripe", body, content_type="application/json", **headers)

    assert answer.status_code == 400
    assert not Callback.objects.exists()
