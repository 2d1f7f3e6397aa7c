from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from estrade.events.actions import OccurrencePlan, move_occurrence
from estrade.events.models import Occurrence
from estrade.tickets import actions, queries
from estrade.tickets.actions.orders import Buyer
from estrade.tickets.models import Order
from estrade.tickets.pricing import Choice

BOB = Buyer("Bob Martin", "bob@example.org")


@pytest.fixture
def tomorrow(concert, seat_type) -> Occurrence:
    """The concert's date, tomorrow by the clock on the wall, on sale."""
    now = timezone.now()
    Occurrence.objects.filter(event=concert).update(starts_at=now + timedelta(days=1), ends_at=now + timedelta(days=1, hours=2))
    actions.open_sale(concert)
    return Occurrence.objects.get(event=concert)


def follow(client, order: Order) -> str:
    """The page that the order's own link opens."""
    return client.get(f"/o/{order.pk}/{queries.order_secret(order)}", follow=True).content.decode()


def test_a_moved_date_is_told_to_those_who_come(client, tomorrow, seat_type):
    order, _ = actions.sell(tomorrow.pk, [Choice(seat_type.pk, 1, None)], BOB, Order.Method.EXTERNAL, timezone.now())
    plan = OccurrencePlan(tomorrow.starts_at + timedelta(days=2), timedelta(hours=2), "Europe/Luxembourg")
    move_occurrence(tomorrow, plan, timezone.now())

    assert "The date has moved." in follow(client, order)


def test_the_link_of_an_order_that_nobody_has_named_goes_on_at_checkout(client, tomorrow, seat_type):
    order = actions.reserve(tomorrow.pk, [Choice(seat_type.pk, 1, None)], timezone.now())

    assert 'name="email"' in follow(client, order)
