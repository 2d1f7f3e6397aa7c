"""GET of an event page with its price list, whole HTML, through `front`; and how soon a sale shows on it."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
import urllib.request
from typing import Any

from bench.loop import Journey, NotAsExpected, Request, drive
from bench.stage import OnSale, Stage

CLIENTS = 32
SHOWS_WITHIN_SECONDS = 1.0


def run(stage: Stage, seconds: float) -> dict[str, Any]:
    """Pages of one run, by wrk where it is installed."""
    on_sale = stage.event_on_sale(1_000)
    target = f"/e/{on_sale.slug}"
    page = _read(stage, target)
    figures = _by_wrk(stage, target, seconds) if shutil.which("wrk") else _by_ourselves(stage, target, seconds)
    return {**figures, "bytes": len(page), "sale_shows_after_s": _sale_shows_after(stage, on_sale)}


def _read(stage: Stage, target: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{stage.front[1]}{target}", timeout=10) as answer:
        assert answer.status == 200
        page = str(answer.read().decode())
    assert page.startswith("<!"), "not a page"
    assert page.rstrip().endswith("</html>"), "not a whole page"
    return page


def _by_wrk(stage: Stage, target: str, seconds: float) -> dict[str, Any]:
    url = f"http://127.0.0.1:{stage.front[1]}{target}"
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds:.0f}s", "--latency", url]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    per_second = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert per_second, said
    bad = sum(int(count) for count in re.findall(r"(?:Non-2xx or 3xx responses: |connect |read |write |timeout )(\d+)", said))
    figures = {f"p{percent}_ms": _milliseconds(said, percent) for percent in (50, 99)}
    return {"per_second": float(per_second[1]), **figures, "errors": bad, "client": "wrk"}


def _milliseconds(said: str, percent: int) -> float:
    found = re.search(rf"\s{percent}%\s+([\d.]+)(us|ms|s)", said)
    assert found, said
    return round(float(found[1]) * {"us": 0.001, "ms": 1, "s": 1000}[found[2]], 2)


def _by_ourselves(stage: Stage, target: str, seconds: float) -> dict[str, Any]:
    def look() -> Journey:
        answer = yield Request(stage.front, "GET", target)
        if answer.status != 200:
            raise NotAsExpected(str(answer.status))

    outcome = drive(look, clients=CLIENTS, seconds=seconds)
    figures = {f"p{percent}_ms": outcome.percentile(percent) for percent in (50, 99)}
    return {"per_second": outcome.per_second, **figures, "errors": sum(outcome.errors.values()), "client": "our own"}


def _sale_shows_after(stage: Stage, on_sale: OnSale) -> float | None:
    """Seconds from the answer to the last place's sale until every look at the page says sold out; nothing if it never does."""
    target = f"/e/{on_sale.slug}"
    stage.running.api("PUT", f"/events/{on_sale.event}/capacity", {"capacity": 1})
    time.sleep(SHOWS_WITHIN_SECONDS + 0.2)
    for _ in range(8):  # every process keeps a page that still has a place
        assert "quantity-" in _read(stage, target)
    body = {
        "occurrence": on_sale.occurrences[0],
        "choices": [{"ticket_type": on_sale.ticket_type, "quantity": 1}],
        "name": "Bob",
        "email": "bob@example.org",
    }
    stage.running.api("POST", "/orders", body)
    sold_at = time.monotonic()
    last_stale = sold_at
    while time.monotonic() < sold_at + 2 * SHOWS_WITHIN_SECONDS:
        looked_at = time.monotonic()
        if _has_places(_read(stage, target)):
            last_stale = looked_at
        time.sleep(0.01)
    return None if last_stale > sold_at + 1.9 * SHOWS_WITHIN_SECONDS else round(last_stale - sold_at, 2)


def _has_places(page: str) -> bool:
    return "sold out" not in page.lower() and "every place is taken" not in page.lower()
