"""Refunds that come back: the buyer's bank does not take the money, days after the processor said that it had succeeded."""

import json
from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from estrade.ledger.models import Entry
from estrade.payments import actions, collecting, queries
from estrade.payments.errors import RefundNeedsNobody, RefundReferenceInvalid
from estrade.payments.models import Callback, Refund
from estrade.payments.processors import RefundReading
from estrade.payments.processors.stripe import processor
from estrade.payments.statements import figures, scopes
from estrade.payments.tasks import look_after, mail_failed_refund, read_refund, tell_of_failed_refund
from estrade.payments.tests.test_payments import BOB, balances, refunds_are_sent, signed
from estrade.tickets import actions as tickets
from estrade.tickets.pricing import Choice
from estrade.users import queries as users
from estrade.users.models import Membership
from tests import oracle


@pytest.fixture
def now():
    """The simulator lives in real time, and so do these tests."""
    from django.utils import timezone

    return timezone.now()


@pytest.fixture
def order(paysim, concert, evening, seat_type, now):
    """Bob's two seats, paid: 50.00, of which the simulator kept 1.00."""
    tickets.open_sale(concert)
    made = tickets.reserve(evening.pk, [Choice(seat_type.pk, 2)], now)
    payment = collecting.start_payment(made, now, BOB)
    paysim.approve(payment)
    collecting.bring_up_to_date(payment, now)
    return made


@pytest.fixture
def refund(order, now):
    """What Bob got back for it."""
    actions.cancel_order(order.pk, Refund.Reason.HOST, now)
    refunds_are_sent(now)
    (made,) = queries.refunds_of(order.pk)
    assert made.state == Refund.State.SUCCEEDED
    return made


@pytest.fixture
def came_back(paysim, refund, now):
    """The same, after Bob's bank sent it back and we were told."""
    paysim.call("POST", f"/control/refunds/{refund.processor_refund}/fail")
    collecting.bring_refund_up_to_date(refund, now)
    return queries.refund(refund.pk)


@pytest.fixture
def alices_view(client, alice):
    from allauth.account.models import EmailAddress

    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    client.force_login(alice)
    return client


def told(client, paysim, kind):
    """The processor tells us of the last thing of `kind` that happened there."""
    event = next(event for event in paysim.events() if event["type"] == kind)
    body = json.dumps(event)
    return client.post("/callbacks/stripe", body, content_type="application/json", **signed(body))


def disagreements(paysim, *, at_rest=True):
    """What the oracle says, which reads in a transaction of its own: the test must not be in one."""
    from django.db import connection

    connection.ensure_connection()
    return oracle.check(connection.connection, paysim.ledger(), at_rest=at_rest)


@pytest.mark.parametrize("kind", ["refund.failed", "charge.refund.updated", "refund.updated"])
def test_a_callback_about_a_refund_that_came_back_is_read_back_and_booked_in_reverse(paysim, client, refund, concert, kind):
    assert balances(concert) == {"clearing": -100, "cost": 100}
    paysim.call("POST", f"/control/refunds/{refund.processor_refund}/fail")

    assert told(client, paysim, kind).status_code == 200
    kept = Callback.objects.get()
    read_refund("stripe", refund.processor_refund, kept.pk)
    read_refund("stripe", refund.processor_refund, kept.pk)

    refund = queries.refund(refund.pk)
    assert (refund.state, refund.failure) == ("failed", "expired_or_canceled_card")
    assert refund.needs_somebody
    assert None not in (refund.succeeded_at, refund.failed_at)
    assert Callback.objects.get().handled_at
    # What Bob is owed is there again, and so is the money; nothing that was written was changed.
    assert balances(concert) == {"clearing": 4900, "cost": 100, "buyers": 5000}
    assert [entry.cause_kind for entry in Entry.objects.filter(cause=refund.pk).order_by("id")] == ["refund", "refund_came_back"]


def test_a_callback_that_says_failed_is_not_believed(paysim, client, refund):
    about = {"id": refund.processor_refund, "object": "refund", "status": "failed"}
    body = json.dumps({"id": "evt_1", "object": "event", "type": "refund.failed", "data": {"object": about}})
    client.post("/callbacks/stripe", body, content_type="application/json", **signed(body))

    read_refund("stripe", refund.processor_refund, Callback.objects.get().pk)

    assert queries.refund(refund.pk).state == Refund.State.SUCCEEDED


def test_refunds_that_are_not_ours_are_left_alone(order, now):
    collecting.bring_processor_refund_up_to_date("stripe", "re_of_nobody", now)

    assert queries.refunds_of(order.pk) == []


def test_a_refund_whose_callback_was_lost_is_asked_about_every_day_and_found(paysim, refund, now, monkeypatch):
    from django.utils import timezone

    paysim.call("POST", f"/control/refunds/{refund.processor_refund}/fail")
    calls = paysim.call("GET", "/control/calls")

    look_after(0)
    assert paysim.call("GET", "/control/calls") == calls, "it was asked about less than a day ago"
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(days=1, minutes=1))
    look_after(0)

    assert queries.refund(refund.pk).needs_somebody


def test_a_refund_is_asked_about_for_forty_five_days_and_no_longer(refund, now):
    assert queries.refunds_that_may_come_back(now + timedelta(days=44)) == [refund.pk]
    assert queries.refunds_that_may_come_back(now + timedelta(days=46)) == []


@pytest.mark.django_db(transaction=True)
def test_a_refund_that_came_back_before_we_wrote_down_that_it_was_made_is_known_by_our_id(paysim, order, concert, now):
    actions.cancel_order(order.pk, Refund.Reason.HOST, now)
    (refund,) = queries.refunds_of(order.pk)
    made = processor.refund(refund.pk, refund.payment.processor_payment, refund.amount)  # and we died
    paysim.call("POST", f"/control/refunds/{made.refund}/fail")

    collecting.bring_processor_refund_up_to_date("stripe", made.refund, now)

    assert queries.refund(refund.pk).needs_somebody
    assert balances(concert) == {"clearing": 4900, "cost": 100, "buyers": 5000}
    assert disagreements(paysim) == []


def test_what_was_read_before_it_came_back_and_arrives_later_changes_nothing(came_back, concert, now):
    actions.record_refund(came_back.pk, RefundReading("succeeded", came_back.processor_refund), now)

    assert queries.refund(came_back.pk).state == Refund.State.FAILED
    assert balances(concert)["buyers"] == 5000


@pytest.mark.django_db(transaction=True)
def test_tried_again_it_is_a_new_refund_and_the_order_is_given_back_once(paysim, order, came_back, concert, alice, now):
    again = actions.try_refund_again(came_back.pk, alice.pk, now)
    with pytest.raises(RefundNeedsNobody):
        actions.try_refund_again(came_back.pk, alice.pk, now)
    refunds_are_sent(now)

    assert queries.refund(again.pk).state == Refund.State.SUCCEEDED
    assert balances(concert) == {"clearing": -100, "cost": 100}
    assert queries.refunds_to_mend(users.viewer_of(alice)) == []
    assert disagreements(paysim) == []


@pytest.mark.django_db(transaction=True)
def test_given_back_by_other_means_it_is_owed_to_the_organisation_that_did(paysim, came_back, concert, alice, now):
    """The worked example of docs/explain/money.md."""
    with pytest.raises(RefundReferenceInvalid):
        actions.record_given_elsewhere(came_back.pk, "  ", alice.pk, now)
    actions.record_given_elsewhere(came_back.pk, "Transfer of 1 December", alice.pk, now)
    with pytest.raises(RefundNeedsNobody):
        actions.record_given_elsewhere(came_back.pk, "Twice", alice.pk, now)

    assert balances(concert) == {"clearing": 4900, "cost": 100, "organisation": 5000}
    shown = figures.statement(scopes.of_event(concert))
    assert (shown.of("organisation").minor, shown.of("organisation", "refund_elsewhere").minor) == (5000, 5000)
    assert (shown.due.total.minor, shown.of("buyers").minor) == (4900, 0)
    assert disagreements(paysim) == []


def test_what_a_failed_refund_was_for_is_not_given_back_a_second_time_out_of_the_same_payment(came_back, order):
    assert queries.refundable(came_back.payment).minor == 0


@pytest.mark.django_db(transaction=True)
def test_a_refund_that_the_processor_does_not_take_is_for_a_person_at_once(paysim, order, concert, now):
    paysim.fault(kind="error", when="before", method="POST", path="/v1/refunds", calls=1, status=400)
    actions.cancel_order(order.pk, Refund.Reason.HOST, now)

    refunds_are_sent(now)

    (refund,) = queries.refunds_of(order.pk)
    assert (refund.needs_somebody, refund.succeeded_at) == (True, None)
    assert balances(concert) == {"clearing": 4900, "cost": 100, "buyers": 5000}
    assert disagreements(paysim) == []


def test_the_host_sees_it_where_they_look_and_sees_to_it(alices_view, came_back, order, concert):
    page = f"/host/events/{concert.pk}/refunds/{came_back.pk}"
    for place in ("/host", f"/host/events/{concert.pk}", f"/host/events/{concert.pk}/orders"):
        shown = alices_view.get(place).content.decode()
        assert page in shown, place
        assert order.number in shown

    assert "The card has expired or was cancelled." in alices_view.get(page).content.decode()
    empty = alices_view.post(page, {"what": "elsewhere", "reference": " "})
    assert (empty.status_code, queries.refund(came_back.pk).needs_somebody) == (422, True)
    done = alices_view.post(page, {"what": "elsewhere", "reference": "Transfer of 1 December"})

    assert done.status_code == 302
    assert page not in alices_view.get("/host").content.decode()
    assert "Transfer of 1 December" in alices_view.get(page).content.decode()
    assert "gave back to buyers yourself" in alices_view.get(f"/host/events/{concert.pk}/statement").content.decode()


def test_the_host_tries_again(alices_view, came_back, concert):
    page = f"/host/events/{concert.pk}/refunds/{came_back.pk}"

    assert [alices_view.post(page, {"what": "again"}).status_code for _time in range(2)] == [302, 422]
    assert Refund.objects.filter(state="requested").count() == 1


def test_the_buyer_is_told_on_the_page_of_the_order(client, came_back, order):
    from estrade.tickets import queries as orders

    client.get(f"/o/{order.pk}/{orders.order_secret(orders.order(order.pk))}")

    shown = client.get(f"/orders/{order.pk}").content.decode()

    assert "Your refund came back to us." in shown
    assert "We have refunded" not in shown


def test_over_the_api_refunds_are_listed_and_seen_to(client, came_back, house, concert, alice):
    from estrade.users.actions import create_token

    _row, token = create_token(house, "Books", ["orders:read", "orders:write"], alice)
    headers = {"Authorization": f"Bearer {token}"}
    (listed,) = client.get(f"/api/v1/events/{concert.pk}/refunds", headers=headers).json()["items"]
    assert (listed["state"], listed["failure"], listed["resolution"]) == ("failed", "expired_or_canceled_card", "")

    again = client.post(f"/api/v1/refunds/{came_back.pk}/try-again", headers=headers)
    twice = client.post(f"/api/v1/refunds/{came_back.pk}/try-again", headers=headers)

    assert (again.status_code, again.json()["state"]) == (201, "requested")
    assert (twice.status_code, twice.json()["type"]) == (409, "/problems/refund_needs_nobody")


def test_who_entered_or_bought_after_the_date_had_moved_does_not_give_the_order_back(order, evening, now):
    from estrade.tickets import queries as orders

    evening.moved_at, evening.refundable_until = now + timedelta(minutes=1), now + timedelta(days=14)
    evening.save()
    assert queries.may_cancel(orders.order(order.pk), now)

    evening.moved_at = now - timedelta(minutes=1)
    evening.save()
    assert not queries.may_cancel(orders.order(order.pk), now), "they knew the new date"

    evening.moved_at = now + timedelta(minutes=1)
    evening.save()
    tickets.check_in(orders.tickets_of(order.pk)[0].pk, now)
    assert not queries.may_cancel(orders.order(order.pk), now), "they were there"


def test_those_who_see_to_money_are_told_once_of_a_refund_that_did_not_arrive(came_back, alice, bob, carol, house, mailoutbox):
    Membership.objects.create(organisation=house, user=bob, role="finance")
    Membership.objects.create(organisation=house, user=carol, role="manager")

    (job,) = ProcrastinateJob.objects.filter(task_name="payments.tell_of_failed_refund")
    tell_of_failed_refund(**job.args)
    for mailed in ProcrastinateJob.objects.filter(task_name="payments.mail_failed_refund"):
        mail_failed_refund(**mailed.args)

    assert sorted(message.to[0] for message in mailoutbox) == sorted([alice.email, bob.email])
    assert f"/refunds/{came_back.pk}" in mailoutbox[0].body
    assert "€50.00 for Bob did not arrive" in mailoutbox[0].body


def test_nobody_is_told_of_a_failed_refund_that_somebody_has_seen_to(came_back, alice, now, mailoutbox):
    actions.record_given_elsewhere(came_back.pk, "transfer", alice.pk, now)

    mail_failed_refund(str(came_back.pk), str(alice.pk))

    assert mailoutbox == []
