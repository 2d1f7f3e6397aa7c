"""A concert on sale, in a database where what others commit can be seen."""

from __future__ import annotations

import pytest
from django.utils import timezone

from estrade.payments import collecting
from estrade.tickets import actions as tickets
from estrade.tickets.actions.orders import Buyer
from estrade.tickets.models import Quota
from estrade.tickets.pricing import Choice

BOB = Buyer("Bob", "bob@example.org")


@pytest.fixture
def now():
    """The simulator lives in real time, and so do races against it."""
    return timezone.now()


@pytest.fixture
def on_sale(transactional_db, concert, seat_type, free_type):
    """`concert` with its quotas open."""
    tickets.open_sale(concert)
    return concert


@pytest.fixture
def limit(evening):
    """Leave as many places as the test says."""
    return lambda places: Quota.objects.filter(occurrence=evening, ticket_type=None).update(size=places)


@pytest.fixture
def paid_up(paysim, on_sale, evening, seat_type, now):
    """A payment that the buyer has made and nobody has told us of."""

    def pay():
        order = tickets.reserve(evening.pk, [Choice(seat_type.pk, 1)], now)
        tickets.give_details(order.pk, BOB, now)
        payment = collecting.start_payment(order, now)
        paysim.approve(payment)
        return payment

    return pay
