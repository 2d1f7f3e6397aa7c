"""What an event is to bring its charities, and how far it is."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from estrade.base.money import Money
from estrade.tickets import actions, presenting, queries
from estrade.tickets.actions.orders import Buyer
from estrade.tickets.models import Order, TicketType
from estrade.tickets.pricing import Choice

BOB = Buyer("Bob", "bob@example.org")
pytestmark = pytest.mark.django_db


@pytest.fixture
def on_sale(concert, evening, seat_type, charity):
    """`concert` in a week, of each seat 2.00 for the charity, and gifts; it is to bring 100.00."""
    now = timezone.now()
    evening.starts_at, evening.ends_at = now + timedelta(days=7), now + timedelta(days=7, hours=2)
    evening.save()
    concert.goal_minor = 100_00
    concert.save()
    TicketType.objects.create(event=concert, name="Gift", price_kind="donation", share_basis_points=10_000, charity=charity)
    actions.open_sale(concert)
    return concert


def give(event, evening, minor):
    gift = TicketType.objects.get(event=event, name="Gift")
    return actions.sell(evening.pk, [Choice(gift.pk, 1, minor)], BOB, Order.Method.EXTERNAL, timezone.now())[0]


def page(client, event):
    cache.clear()
    return client.get(f"/e/{event.slug}").content.decode()


def test_a_gift_is_seen_on_the_bar_and_one_that_went_back_is_not(client, on_sale, evening):
    assert "0 % of" in page(client, on_sale)

    order = give(on_sale, evening, 25_50)
    shown = page(client, on_sale)
    assert "25 % of" in shown
    assert "€25.50" in shown

    actions.cancel(order.pk, timezone.now())
    assert "€25.50" not in page(client, on_sale)


@pytest.mark.parametrize(
    ("minor", "percent", "width"), [(0, 0, 0), (1, 0, 0), (99_99, 99, 99), (100_00, 100, 100), (250_00, 250, 100)]
)
def test_nothing_is_called_reached_before_it_is(minor, percent, width):
    goal = presenting.Goal(Money(minor, "EUR"), Money(100_00, "EUR"))

    assert (goal.percent, goal.width) == (percent, width)


def test_shares_count_too(on_sale, evening, seat_type):
    actions.sell(evening.pk, [Choice(seat_type.pk, 2)], BOB, Order.Method.EXTERNAL, timezone.now())

    assert queries.raised(on_sale).minor == 2 * 200


def test_more_than_the_goal_is_thanked_for(client, on_sale, evening):
    give(on_sale, evening, 150_00)

    shown = page(client, on_sale)
    assert "150 % of" in shown
    assert "The goal is reached." in shown


def test_a_host_sets_the_goal_and_takes_it_away(client, alice, on_sale):
    client.force_login(alice)
    where = f"/host/events/{on_sale.pk}/goal"

    client.post(where, {"goal": "1 200,50"})
    on_sale.refresh_from_db()
    assert on_sale.goal_minor == 1200_50
    client.post(where, {"goal": " "})
    on_sale.refresh_from_db()
    assert on_sale.goal_minor is None
    assert "of the goal" not in page(client, on_sale)


@pytest.mark.parametrize("said", ["much", "0", "-5", "99999999999999"])
def test_what_is_no_goal_is_refused_and_kept_as_typed(client, alice, on_sale, said):
    client.force_login(alice)

    answer = client.post(f"/host/events/{on_sale.pk}/goal", {"goal": said})

    assert answer.status_code == 422
    assert f'value="{said}"' in answer.content.decode()
    on_sale.refresh_from_db()
    assert on_sale.goal_minor == 100_00
