"""Asking each part whether it is there. Each answer is "ok" or what is wrong, in a few words without secrets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone

WORKER_SILENCE_MAX = timedelta(minutes=2)


def parts() -> dict[str, str]:
    """The state of each part by name."""
    checks: dict[str, Callable[[], str]] = {
        "database": _database,
        "worker": _worker,
        "engine": lambda: _answers(settings.LIVEKIT_URL + "/"),
        "messages": lambda: _answers(settings.MESSAGES_URL + "/health"),
    }
    return {name: _safely(check) for name, check in checks.items()}


def _safely(check: Callable[[], str]) -> str:
    try:
        return check()
    except (Error, URLError, OSError) as trouble:
        return f"does not answer ({type(trouble).__name__})"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _worker() -> str:
    """A worker writes a heartbeat every ten seconds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(last_heartbeat) FROM procrastinate_workers")
        (latest,) = cursor.fetchone()
    return "ok" if latest and timezone.now() - latest < WORKER_SILENCE_MAX else "no worker was heard lately"


def _answers(url: str) -> str:
    with urlopen(url, timeout=2) as answer:  # noqa: S310 - the operator's own address
        return "ok" if answer.status == 200 else f"answers {answer.status}"
