"""The whole path of a buyer without JavaScript, by HTTP: event page, reserve, checkout, pay at the simulator, order, ticket."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from bench.loop import Answer, Jar, Journey, NotAsExpected, Request, drive, form, target_of
from bench.stage import OnSale, Stage

CLIENTS = 32
PLACES_PER_SECOND = 120
SESSION = re.compile(r"cs_[A-Za-z0-9_]+")
FORM = "Content-Type: application/x-www-form-urlencoded"


def run(stage: Stage, seconds: float) -> dict[str, Any]:
    """Checkouts of one run; afterwards every callback and mail is waited for and the books are compared."""
    on_sale = stage.event_on_sale(int(PLACES_PER_SECOND * seconds) + 1_000)
    outcome = drive(_buyers(stage, on_sale), clients=CLIENTS, seconds=seconds)
    stage.running.paysim("POST", "/control/webhooks/drain", {"timeout_ms": 60_000})
    faults = stage.faults(at_rest=False)
    return {
        "checkouts": outcome.done,
        "per_second": outcome.per_second,
        "p50_ms": outcome.percentile(50),
        "p95_ms": outcome.percentile(95),
        "requests": round(outcome.requests / max(1, outcome.done + sum(outcome.errors.values())) - 1, 1),  # one is the simulator's
        "faults": faults[:10],
        "errors": dict(outcome.errors),
    }


def warm_up(stage: Stage) -> None:
    drive(_buyers(stage, stage.event_on_sale(1_000)), clients=8, seconds=2)


def _buyers(stage: Stage, on_sale: OnSale) -> Callable[[], Journey]:
    count = iter(range(1_000_000))

    def buy() -> Journey:
        number = next(count)
        occurrence = on_sale.occurrences[number // 900]  # a date does not sell out under a buyer's hands
        jar = Jar()

        def ask(method: str, target: str, fields: dict[str, str] | None = None) -> Request:
            headers = (*jar.lines(), FORM) if fields is not None else jar.lines()
            return Request(stage.front, method, target, headers, form(fields or {}))

        _expect(200, (yield ask("GET", f"/e/{on_sale.slug}?on={occurrence}")))
        choice = {"occurrence": occurrence, f"quantity-{on_sale.ticket_type}": "1"}
        answer = _expect(302, (yield ask("POST", f"/e/{on_sale.slug}/reserve", choice)))
        jar.keep(answer)
        checkout = target_of(answer.header("location"))
        _expect(200, (yield ask("GET", checkout)))
        answer = _expect(302, (yield ask("POST", checkout, {"name": "Bob", "email": f"bob{number}@example.org"})))
        session = SESSION.search(answer.header("location"))
        if session is None:
            raise NotAsExpected("not sent to the processor")
        approve = f"/control/sessions/{session[0]}/approve"
        answer = _expect(200, (yield Request(stage.paysim, "POST", approve, ("Content-Type: application/json",), b"{}")))
        back = checkout.removesuffix("/checkout") + "/return"
        answer = yield ask("GET", back)
        if answer.status == 302:
            answer = yield ask("GET", target_of(answer.header("location")))
        jar.keep(_expect(200, answer))
        ticket = re.search(rb'/tickets/[0-9a-f-]{36}(?=")', answer.body)
        if ticket is None:
            raise NotAsExpected("no ticket on the page of the order")
        answer = _expect(200, (yield ask("GET", ticket[0].decode())))
        if b"<svg" not in answer.body:
            raise NotAsExpected("no code on the ticket")

    return buy


def _expect(status: int, answer: Answer) -> Answer:
    if answer.status != status:
        raise NotAsExpected(f"{answer.status} instead of {status}")
    return answer
