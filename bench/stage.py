"""Where a bench plays: a running instance of this clone, its database, its processes, and events to sell."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from estrade.site.supervisor.instance import Instance, read_json
from tests import oracle
from tests.instance import RunningInstance, running_instance

CAPACITY = 1_000
PRICE_MINOR = 2_500
WAITING_JOBS = """
SELECT count(*) FROM procrastinate_jobs
WHERE status IN ('todo', 'doing') AND (scheduled_at IS NULL OR scheduled_at <= now()) AND task_name NOT LIKE 'rooms.%'
"""


@dataclass(frozen=True)
class OnSale:
    """An event with one ticket type, sold out date by date."""

    slug: str
    event: str
    ticket_type: str
    occurrences: list[str]


@dataclass
class Stage:
    """A running instance and what a bench asks of it."""

    running: RunningInstance

    @property
    def instance(self) -> Instance:
        return Instance(self.running.var, self.running.port, is_demo=True)

    @property
    def front(self) -> tuple[str, int]:
        return "127.0.0.1", self.running.port

    @property
    def paysim(self) -> tuple[str, int]:
        return "127.0.0.1", self.running.port + 6

    def pids(self) -> dict[str, int]:
        """The process of each part, and this one."""
        parts: dict[str, Any] = read_json(self.running.var / "run" / "state.json").get("parts", {})  # type: ignore[assignment]
        return {name: part["pid"] for name, part in parts.items() if part["pid"]} | {"bench": os.getpid()}

    def event_on_sale(self, places: int) -> OnSale:
        """A published stage event with dates enough for `places` places of 25.00 EUR, next week."""
        api = self.running.api
        body = {"title": f"Bench {uuid.uuid4().hex[:8]}", "kind": "stage", "category": "music", "capacity": CAPACITY}
        body |= {"short_text": "Sold as fast as it goes.", "description": "## A bench\n\nSold as *fast* as it goes.\n" * 4}
        event = api("POST", f"/organisations/{self.running.facts['organisation']}/events", body)
        soon = datetime.now(UTC).replace(microsecond=0, tzinfo=None) + timedelta(days=7)
        occurrences = []
        for number in range(-(-places // CAPACITY)):
            plan = {"starts_at": (soon + timedelta(days=number)).isoformat(), "minutes": 90, "time_zone": "Europe/Luxembourg"}
            occurrences.append(api("POST", f"/events/{event['id']}/occurrences", plan)["id"])
        terms = {"name": "Seat", "price_kind": "fixed", "price_minor": PRICE_MINOR}
        seat = api("POST", f"/events/{event['id']}/ticket-types", terms)
        published = api("POST", f"/events/{event['id']}/publish")
        return OnSale(published["slug"], event["id"], seat["id"], occurrences)

    def faults(self, *, at_rest: bool) -> list[str]:
        """What an oracle that shares no code with the product finds wrong: oversold, unbalanced, unpaid, doubled."""
        there = self.running.paysim("GET", "/control/ledger")
        return oracle.check(self.instance.cluster.superuser_url("estrade"), there, at_rest=at_rest)

    def settle(self, seconds: float = 300) -> float:
        """Wait until every mail has gone and every callback was read; how many seconds that took."""
        began_at = time.monotonic()
        with psycopg.connect(self.instance.cluster.superuser_url("estrade"), autocommit=True) as connection:
            while (row := connection.execute(WAITING_JOBS).fetchone()) and row[0]:
                assert time.monotonic() < began_at + seconds, f"{row[0]} jobs are still waiting"
                time.sleep(0.2)
        return round(time.monotonic() - began_at, 1)

    @contextlib.contextmanager
    def robot_asleep(self) -> Iterator[None]:
        """Without the performer of the demo, who would use a third of a core while places are sold."""
        robot = self.pids().get("robot")
        if robot:
            os.kill(robot, signal.SIGSTOP)
        try:
            yield
        finally:
            if robot:
                os.kill(robot, signal.SIGCONT)


@contextlib.contextmanager
def stage() -> Iterator[Stage]:
    """The demo in a folder and on ports of its own, with limits that a bench does not meet."""
    os.environ["ESTRADE_LIMITS_FACTOR"] = "100000"
    with tempfile.TemporaryDirectory(prefix="estrade-bench-") as folder:
        try:
            with running_instance(Path(folder) / "var") as running:
                yield Stage(running)
        except BaseException:
            for log in sorted(Path(folder).glob("var/log/*.log")):
                print(f"--- {log.name}\n{log.read_text(errors='replace')[-1500:]}")
            raise


def as_body(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
