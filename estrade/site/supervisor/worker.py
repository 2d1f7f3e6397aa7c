"""The process that runs tasks."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from django.core.management import call_command
from procrastinate.jobs import DeleteJobCondition

NICENESS = 10


def run_worker() -> None:
    """Run tasks until SIGTERM; those that have begun are given a moment to end, and run again elsewhere otherwise."""
    _give_way()
    concurrency = os.environ.get("ESTRADE_WORKER_THREADS") or "4"
    # Rooms are looked after every five seconds: kept, that would be 17,000 rows a day. What failed is kept.
    call_command(
        "procrastinate",
        "worker",
        concurrency=int(concurrency),
        shutdown_graceful_timeout=5,
        delete_jobs=DeleteJobCondition.SUCCESSFUL,
    )


def _give_way() -> None:
    """Let those whom somebody waits for go first: a mail may come a moment later, a page may not."""
    os.nice(NICENESS)
    # Where the kernel groups processes by session, it is the group that gives way.
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(NICENESS))
