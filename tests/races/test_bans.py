"""A host bans somebody who is entering at the same instant.

The second test was seen failing without the lock on all seats of the person, and when a seat is not read again behind its lock.
"""

from __future__ import annotations

from functools import partial

import pytest

from estrade.rooms import actions, queries
from estrade.rooms.actions.moderate import PutOut
from estrade.rooms.errors import Banned
from estrade.rooms.models import Seat
from estrade.tickets import actions as tickets
from estrade.tickets.models import Order
from estrade.tickets.pricing import Choice
from tests.races.barrier import at_once
from tests.races.conftest import BOB

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


@pytest.fixture
def seats(on_sale, evening, free_type, now):
    """Six seats of Bob's in an open room; he sits on the first."""
    _order, bought = tickets.sell(evening.pk, [Choice(free_type.pk, 6)], BOB, Order.Method.FREE, now)
    found = [actions.seat_ticket(ticket) for ticket in bought]
    actions.open_doors(found[0].room_id, now)
    actions.take_seat(found[0].pk, "a" * 64, now)
    return found


@pytest.mark.parametrize("attempt", range(5))
def test_nobody_banned_sits_anywhere_however_fast_they_enter(seats, now, attempt):
    entering = [partial(actions.take_seat, seat.pk, f"{number}" * 64, now, takeover=True) for number, seat in enumerate(seats)]

    results = at_once(*entering, partial(actions.ban, seats[0].pk, now))

    assert all(isinstance(result, Seat | Banned | PutOut) for result in results)
    assert [seat.device for seat in queries.seats(seat.pk for seat in seats)] == [""] * 6


def test_two_who_ban_the_same_person_do_it_once(seats, now):
    results = at_once(*[partial(actions.ban, seat.pk, now) for seat in seats])

    assert sorted(len(result.seats) for result in results) == [0] * 5 + [6]
