"""The process that runs tasks."""

from __future__ import annotations

import os

from django.core.management import call_command


def run_worker() -> None:
    """Run tasks until SIGTERM; those that have begun are given a moment to end, and run again elsewhere otherwise."""
    concurrency = os.environ.get("ESTRADE_WORKER_THREADS") or "4"
    call_command("procrastinate", "worker", concurrency=int(concurrency), shutdown_graceful_timeout=5)
