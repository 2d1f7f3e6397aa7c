"""The process that runs tasks, in two lanes: mail, and everything that people wait for."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

from procrastinate.contrib.django import app
from procrastinate.jobs import DEFAULT_QUEUE, DeleteJobCondition

from estrade.base import mail

NICENESS = 10
MAILS_AT_ONCE = 4


def run_worker() -> None:
    """Run tasks until SIGTERM; those that have begun are given a moment to end, and run again elsewhere otherwise."""
    _give_way()
    lanes = {DEFAULT_QUEUE: int(os.environ.get("ESTRADE_WORKER_THREADS") or "4"), mail.LANE: MAILS_AT_ONCE}
    asyncio.run(_run(lanes))


async def _run(lanes: dict[str, int]) -> None:
    """Run the jobs of each lane, so many at once."""
    with app.replace_connector(app.connector.get_worker_connector()) as working:  # type: ignore[attr-defined]
        async with working.open_async(), asyncio.TaskGroup() as group:
            running = [
                group.create_task(
                    working.run_worker_async(
                        name=lane,
                        queues=[lane],
                        concurrency=at_once,
                        install_signal_handlers=False,  # one for all lanes, below
                        shutdown_graceful_timeout=5,
                        # Rooms are looked after every five seconds: kept, that would be 17,000 rows a day. What failed is kept.
                        delete_jobs=DeleteJobCondition.SUCCESSFUL,
                    )
                )
                for lane, at_once in lanes.items()
            ]

            def stop() -> None:
                while running:
                    running.pop().cancel()

            for asked in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(asked, stop)


def _give_way() -> None:
    """Let those whom somebody waits for go first: what follows may come a moment later, a page may not."""
    os.nice(NICENESS)
    # Where the kernel groups processes by session, it is the group that gives way.
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(NICENESS))
