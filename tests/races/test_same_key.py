"""One idempotency key, many requests."""

from functools import partial

import pytest
from django.test import Client

from estrade.tickets.models import Order, Ticket
from estrade.users.actions import create_token
from tests.races.barrier import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


@pytest.fixture
def post(on_sale, house, alice, evening, seat_type):
    """Record an order of two seats by the API."""
    _row, token = create_token(house, "Till", ["orders:write"], alice)

    def send(key, name="Bob"):
        body = {
            "occurrence": str(evening.pk),
            "choices": [{"ticket_type": str(seat_type.pk), "quantity": 2}],
            "name": name,
            "email": "bob@example.org",
        }
        headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
        return Client().post("/api/v1/orders", body, content_type="application/json", headers=headers)

    return send


def test_the_same_key_ten_times_at_once_is_one_order_and_one_answer(post, discrepancies):
    answers = at_once(*[partial(post, "till-7")] * 10)

    assert [answer.status_code for answer in answers] == [201] * 10
    assert len({answer.content for answer in answers}) == 1
    assert (Order.objects.count(), Ticket.objects.count()) == (1, 2)
    assert discrepancies() == []


def test_the_same_key_later_gives_the_same_answer(post):
    first = post("till-7")

    assert post("till-7").json() == first.json()
    assert Order.objects.count() == 1


def test_one_key_for_two_different_requests_is_refused(post):
    post("till-7")

    answer = post("till-7", name="Mallory")

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/idempotency_key_reused")
    assert Order.objects.count() == 1


def test_ten_keys_at_once_are_ten_orders(post, discrepancies):
    answers = at_once(*[partial(post, f"till-{number}") for number in range(10)])

    assert [answer.status_code for answer in answers] == [201] * 10
    assert Order.objects.count() == 10
    assert discrepancies() == []
