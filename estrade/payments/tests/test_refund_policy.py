"""What a buyer was promised when they ordered, and what becomes of it."""

from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.utils import timezone
from django.utils.html import escape

from estrade.base.templatetags.estrade_ui import time_within
from estrade.events import actions as events
from estrade.events.models import RefundPolicy
from estrade.payments import actions, collecting, queries
from estrade.payments.errors import RefundWindowClosed
from estrade.payments.tests.test_payments import BOB
from estrade.tickets import actions as tickets
from estrade.tickets import queries as orders
from estrade.tickets import tasks
from estrade.tickets.models import Order
from estrade.tickets.pricing import Choice

DAY = timedelta(days=1)


@pytest.fixture
def evening(evening):
    """In ten days by the clock on the wall, in which the simulator lives."""
    evening.starts_at = timezone.now().replace(microsecond=0) + 10 * DAY
    evening.ends_at = evening.starts_at + timedelta(hours=2)
    evening.save()
    return evening


@pytest.fixture
def sold(paysim, concert, evening, seat_type):
    """Bob's seat, paid, under the policy that the event had."""

    def under(policy):
        now = timezone.now()
        events.edit_event(concert, refund_policy=policy)
        tickets.open_sale(concert)
        order = tickets.reserve(evening.pk, [Choice(seat_type.pk, 1)], now)
        payment = collecting.start_payment(order, now, BOB)
        paysim.approve(payment)
        collecting.bring_up_to_date(payment, now)
        return orders.order(order.pk)

    return under


@pytest.mark.parametrize(
    ("policy", "before"),
    [("host", None), ("start", timedelta()), ("day", DAY), ("week", 7 * DAY), ("month", 30 * DAY)],
)
def test_each_policy_has_its_deadline(policy, before):
    starts_at = datetime.fromisoformat("2026-12-04T20:00+01:00")

    assert RefundPolicy(policy).deadline(starts_at) == (None if before is None else starts_at - before)


def test_a_buyer_cancels_by_themselves_until_the_deadline_and_not_after_it(sold, evening):
    order = sold("week")
    deadline = evening.starts_at - 7 * DAY

    assert queries.may_cancel(order, deadline - timedelta(seconds=1))
    assert not queries.may_cancel(order, deadline)
    with pytest.raises(RefundWindowClosed):
        actions.cancel_by_buyer(order.pk, deadline)

    actions.cancel_by_buyer(order.pk, timezone.now())
    (refund,) = queries.refunds_of(order.pk)
    assert (refund.amount, refund.reason) == (order.total, "buyer")


def test_an_order_keeps_the_policy_that_it_was_made_under(sold, concert, evening):
    generous = sold("start")
    strict = sold("month")
    now = evening.starts_at - timedelta(hours=1)

    assert (generous.refund_policy, strict.refund_policy) == ("start", "month")
    assert queries.may_cancel(generous, now)
    assert not queries.may_cancel(strict, timezone.now())


def test_nobody_who_was_there_takes_their_money_back_by_themselves(sold):
    order = sold("start")
    (ticket,) = orders.tickets_of(order.pk)
    tickets.check_in(ticket.pk, timezone.now())

    assert not queries.may_cancel(order, timezone.now())


def test_what_was_paid_elsewhere_is_not_promised_back(concert, evening, seat_type):
    events.edit_event(concert, refund_policy="start")
    tickets.open_sale(concert)
    order, _tickets = tickets.sell(evening.pk, [Choice(seat_type.pk, 1)], BOB, Order.Method.EXTERNAL, timezone.now())

    assert orders.refundable_until(orders.order(order.pk)) is None


def test_of_policy_and_moved_date_the_later_moment_holds(sold, evening):
    order = sold("week")
    earlier = events.OccurrencePlan(evening.starts_at - 5 * DAY, timedelta(hours=2), evening.time_zone)
    moved = events.move_occurrence(evening, earlier, timezone.now())

    assert orders.refundable_until(orders.order(order.pk)) == moved.refundable_until > moved.starts_at - 7 * DAY


def test_pages_and_mail_say_until_when(client, sold, concert, evening):
    order = sold("day")
    until = escape(time_within(evening.starts_at - DAY, evening.time_zone))
    page = client.get(f"/e/{concert.slug}").content.decode()
    assert f"cancel until {until}" in page

    order_page = client.get(orders_link(order), follow=True).content.decode()
    assert f"cancel until {until}" in order_page
    assert f"/orders/{order.pk}/cancel" in order_page

    tasks.mail_tickets(str(order.pk))
    assert f"cancel until {until}" in mail.outbox[-1].body
    assert f"cancel until {until}" in mail.outbox[-1].alternatives[0][0]


def test_checkout_says_it_before_anything_is_paid(client, concert, evening, seat_type):
    events.edit_event(concert, refund_policy="day")
    tickets.open_sale(concert)
    choice = {"occurrence": str(evening.pk), f"quantity-{seat_type.pk}": "1"}
    page = client.post(f"/e/{concert.slug}/reserve", choice, follow=True).content.decode()

    assert f"cancel until {escape(time_within(evening.starts_at - DAY, evening.time_zone))}" in page


def test_without_a_policy_and_after_its_deadline_nothing_is_promised(client, concert, evening, seat_type):
    tickets.open_sale(concert)
    for policy in ("host", "month"):
        events.edit_event(concert, refund_policy=policy)
        page = client.get(f"/e/{concert.slug}").content.decode()
        assert "cancel until" not in page
        assert "you get everything back without asking" in page


def orders_link(order):
    from estrade.tickets import presenting

    return presenting.order_url(order).removeprefix("http://testserver").removeprefix("http://localhost:8000")


@pytest.fixture
def three(paysim, concert, evening, seat_type, client):
    """Bob's three seats, which he may cancel; his browser."""
    now = timezone.now()
    events.edit_event(concert, refund_policy="day")
    tickets.open_sale(concert)
    order = tickets.reserve(evening.pk, [Choice(seat_type.pk, 3)], now)
    payment = collecting.start_payment(order, now, BOB)
    paysim.approve(payment)
    collecting.bring_up_to_date(payment, now)
    client.get(f"/o/{order.pk}/{orders.order_secret(orders.order(order.pk))}")
    return orders.order(order.pk)


def test_a_buyer_cancels_some_of_their_places_and_keeps_the_others(client, three):
    one, _two, last = orders.tickets_of(three.pk)
    page = client.get(f"/orders/{three.pk}/cancel").content.decode()
    assert page.count('type="checkbox"') == 3

    answer = client.post(f"/orders/{three.pk}/cancel", {"tickets": [str(one.pk), str(last.pk)]})

    assert answer.status_code == 302
    assert [(refund.amount_minor, refund.reason) for refund in queries.refunds_of(three.pk)] == [(50_00, "buyer")]
    assert [ticket.state for ticket in orders.tickets_of(three.pk)] == ["cancelled", "valid", "cancelled"]
    assert orders.order(three.pk).state == Order.State.PAID


def test_a_buyer_who_chooses_nothing_cancels_nothing(client, three):
    answer = client.post(f"/orders/{three.pk}/cancel")

    assert answer.status_code == 422
    assert not queries.refunds_of(three.pk)


def test_a_buyer_who_chooses_all_cancels_the_order(client, three):
    client.post(f"/orders/{three.pk}/cancel", {"tickets": [str(ticket.pk) for ticket in orders.tickets_of(three.pk)]})

    assert orders.order(three.pk).state == Order.State.CANCELLED
    assert [refund.amount_minor for refund in queries.refunds_of(three.pk)] == [75_00]


def test_tickets_of_another_order_are_not_cancelled_with_them(client, three, paysim, evening, seat_type):
    other, (theirs,) = tickets.sell(evening.pk, [Choice(seat_type.pk, 1)], BOB, Order.Method.EXTERNAL, timezone.now())

    answer = client.post(f"/orders/{three.pk}/cancel", {"tickets": [str(theirs.pk)]})

    assert answer.status_code == 422
    assert orders.order(other.pk).state == Order.State.PAID


def test_some_of_several_free_places_are_given_back(client, concert, evening, free_type):
    tickets.open_sale(concert)
    order, made = tickets.sell(evening.pk, [Choice(free_type.pk, 2)], BOB, Order.Method.FREE, timezone.now())
    client.get(f"/o/{order.pk}/{orders.order_secret(order)}")

    client.post(f"/orders/{order.pk}/cancel", {"tickets": [str(made[0].pk)]})

    assert sorted(ticket.state for ticket in orders.tickets_of(order.pk)) == ["cancelled", "valid"]
