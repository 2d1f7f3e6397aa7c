"""Ticket holders of the demo's show, on which the robot performs."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urljoin

import requests

from bench.stage import Stage


def ticket_link(stage: Stage) -> str:
    """The link of a new ticket, paid elsewhere: of those there are as many as the room carries."""
    facts = stage.running.facts
    body = {
        "occurrence": facts["occurrence"],
        "choices": [{"ticket_type": facts["ticket_types"]["Full price"], "quantity": 1}],
        "name": "Bob",
        "email": f"bob-{uuid.uuid4().hex[:8]}@example.org",
    }
    return str(stage.running.api("POST", "/orders", body)["ticket_links"][0])


def take_seat(stage: Stage) -> dict[str, Any]:
    """Somebody new in the room, as their browser would come there; the answer holds their grants."""
    visitor = requests.Session()
    ticket_page = visitor.get(ticket_link(stage), timeout=20).url
    visitor.get(urljoin(ticket_page, ticket_page.rstrip("/") + "/enter"), timeout=20).raise_for_status()
    address = f"{stage.running.url}/api/v1/rooms/{stage.running.facts['room']}/seat"
    answer = visitor.post(address, json={"takeover": False}, headers={"Sec-Fetch-Site": "same-origin"}, timeout=20)
    assert answer.ok, f"{answer.status_code} {answer.text[:300]}"
    return dict(answer.json())
