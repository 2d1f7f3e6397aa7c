"""One paid ticket by POST /api/v1/orders, each with an idempotency key: through `front`, as programs come."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from bench.loop import Journey, NotAsExpected, NotCounted, Outcome, Request, drive
from bench.stage import OnSale, Stage, as_body

PLACES_PER_SECOND = 900  # more than can be sold: dates must not run out


def run(stage: Stage, clients: int, seconds: float) -> dict[str, Any]:
    """Orders of one run; each date sells out at its capacity with every client at it."""
    on_sale = stage.event_on_sale(int(PLACES_PER_SECOND * seconds) + 1_000)
    outcome = drive(_buyers(stage, on_sale), clients=clients, seconds=seconds)
    faults = stage.faults(at_rest=False)
    return {
        "orders": outcome.done,
        "per_second": outcome.per_second,
        "p50_ms": outcome.percentile(50),
        "p99_ms": outcome.percentile(99),
        "oversold": sum("oversold" in fault for fault in faults),
        "faults": faults[:10],
        "errors": dict(outcome.errors),
    }


def warm_up(stage: Stage) -> Outcome:
    """Every process has connected, compiled and filled its caches."""
    return drive(_buyers(stage, stage.event_on_sale(2_000)), clients=32, seconds=3)


def _buyers(stage: Stage, on_sale: OnSale) -> Callable[[], Journey]:
    dates = list(on_sale.occurrences)
    headers = (f"Authorization: Bearer {stage.running.facts['api_token']}", "Content-Type: application/json")

    def order() -> Journey:
        occurrence, key = dates[0], uuid.uuid4().hex
        body = {
            "occurrence": occurrence,
            "choices": [{"ticket_type": on_sale.ticket_type, "quantity": 1}],
            "name": "Bob",
            "email": f"bob-{key[:8]}@example.org",
            "reference": f"till {key[:6]}",
        }
        answer = yield Request(stage.front, "POST", "/api/v1/orders", (*headers, f"Idempotency-Key: {key}"), as_body(body))
        if answer.status == 409 and b"sold_out" in answer.body:
            if dates[0] == occurrence:
                dates.pop(0)
            raise NotCounted
        if answer.status != 201:
            raise NotAsExpected(f"{answer.status} {answer.body[:120]!r}")
        if not json.loads(answer.body)["ticket_links"]:
            raise NotAsExpected("no ticket")

    return order
