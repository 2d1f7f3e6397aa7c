"""What entering costs: many come at once when the doors open."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from estrade.events.models import Occurrence
from estrade.tickets import queries as tickets

STATEMENTS_MAX = 9  # the seat is read again after it was locked: a ban may have been written meanwhile


@pytest.fixture
def entering(bobs_ticket, room, evening):
    start = timezone.now() - timedelta(minutes=1)
    Occurrence.objects.filter(pk=evening.pk).update(starts_at=start, ends_at=start + timedelta(hours=2))
    client = Client()
    client.get(f"/t/{bobs_ticket.pk}/{tickets.ticket_secret(bobs_ticket)}")
    client.get(f"/tickets/{bobs_ticket.pk}/enter")
    client.get(f"/rooms/{room.pk}")
    return client


def statements_of(client, address, body):
    with CaptureQueriesContext(connection) as captured:
        answer = client.post(address, json.dumps(body), content_type="application/json")
    assert answer.status_code == 200
    return [query["sql"] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]


def test_taking_the_seat_and_renewing_tokens_cost_few_statements(entering, room):
    taken = statements_of(entering, f"/api/v1/rooms/{room.pk}/seat", {"takeover": False})
    renewed = statements_of(entering, f"/api/v1/rooms/{room.pk}/tokens", {"generation": 1})

    assert len(taken) <= STATEMENTS_MAX, "\n".join(taken)
    assert len(renewed) <= 4, "\n".join(renewed)
