"""The process that runs tasks."""

from __future__ import annotations

import os

from django.core.management import call_command
from procrastinate.jobs import DeleteJobCondition


def run_worker() -> None:
    """Run tasks until SIGTERM; those that have begun are given a moment to end, and run again elsewhere otherwise."""
    concurrency = os.environ.get("ESTRADE_WORKER_THREADS") or "4"
    # Rooms are looked after every five seconds: kept, that would be 17,000 rows a day. What failed is kept.
    call_command(
        "procrastinate",
        "worker",
        concurrency=int(concurrency),
        shutdown_graceful_timeout=5,
        delete_jobs=DeleteJobCondition.SUCCESSFUL,
    )
