"""How many SQL statements the paths of a sale take, BEGIN, COMMIT and SAVEPOINT included: each is a round trip."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from estrade.tickets import actions as tickets
from estrade.users import actions as users
from estrade.users.permissions import TOKEN_SCOPES

ORDER_MAX = 15
CHECKOUT_MAX = 40
# The paths are the same for every order but the first of a process, which makes accounts and fills caches.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def on_sale(concert, evening, seat_type):
    """`concert`, eight days from now, with quotas."""
    evening.starts_at = timezone.now() + timedelta(days=8)
    evening.ends_at = evening.starts_at + timedelta(hours=2)
    evening.save()
    tickets.open_sale(concert)
    return concert


@pytest.fixture
def note():
    """Write a figure down for the bench, in the file that ESTRADE_STATEMENTS names."""

    def write(name, figure):
        if path := os.environ.get("ESTRADE_STATEMENTS"):
            with open(path, "a") as file:
                file.write(f"{name} {figure}\n")

    return write


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement that the block sends, in its order."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield found
    found += [each["sql"] for each in captured.captured_queries]


def told(found: list[str]) -> str:
    return f"{len(found)} statements:\n" + "\n".join(re.sub(r"\s+", " ", each)[:150] for each in found)


def test_an_order_by_the_api_takes_few_statements(alice, house, on_sale, evening, seat_type, note):
    _, token = users.create_token(house, "Till", sorted(TOKEN_SCOPES), alice)
    client = Client(headers={"Authorization": f"Bearer {token}"})

    def order() -> None:
        body = {
            "occurrence": str(evening.pk),
            "choices": [{"ticket_type": str(seat_type.pk), "quantity": 1}],
            "name": "Bob",
            "email": "bob@example.org",
        }
        key = {"Idempotency-Key": uuid.uuid4().hex}
        assert client.post("/api/v1/orders", body, content_type="application/json", headers=key).status_code == 201

    order()
    with statements() as found:
        order()

    note("sql_per_order", len(found))
    assert len(found) <= ORDER_MAX, told(found)


def test_a_checkout_takes_few_statements(on_sale, evening, seat_type, paysim, note):
    def buy() -> list[str]:
        visitor = Client()
        with statements() as found:
            assert visitor.get(f"/e/{on_sale.slug}").status_code == 200
            choice = {"occurrence": str(evening.pk), f"quantity-{seat_type.pk}": "1"}
            checkout = visitor.post(f"/e/{on_sale.slug}/reserve", choice).headers["Location"]
            assert visitor.get(checkout).status_code == 200
            pay_url = visitor.post(checkout, {"name": "Bob", "email": "bob@example.org"}).headers["Location"]
            paysim.choose(re.search(r"cs_\w+", pay_url)[0], "approve")
            page = visitor.get(checkout.replace("/checkout", "/return"), follow=True)
            ticket = re.search(r"/tickets/[0-9a-f-]{36}(?=\")", page.content.decode())[0]
            assert b"<svg" in visitor.get(ticket).content
        return found

    buy()
    found = buy()

    note("sql_per_checkout", len(found))
    assert len(found) <= CHECKOUT_MAX, told(found)
