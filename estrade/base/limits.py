"""Limits on attempts, per network and per subject, shared by all processes."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest

from estrade.base.errors import TooManyRequests

COUNT = """
INSERT INTO base_attempts (what, subject, began_at, count) VALUES (%s, %s, %s, %s)
ON CONFLICT (what, subject) DO UPDATE SET
    count = CASE WHEN base_attempts.began_at <= %s THEN %s ELSE base_attempts.count + %s END,
    began_at = CASE WHEN base_attempts.began_at <= %s THEN EXCLUDED.began_at ELSE base_attempts.began_at END
RETURNING count, began_at
"""


def network(request: HttpRequest) -> str:
    """The visitor's network: the IPv4 address, or the /64 of an IPv6 address. `front` sets the header; others cannot."""
    address = request.headers.get("X-Forwarded-For", "").split(",")[-1].strip() or request.META.get("REMOTE_ADDR", "")
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)


# Of a large limit some attempts are set aside at once, so that most are counted without a write.
SET_ASIDE_MAX, SET_ASIDE_PART = 10, 60


def count_attempt(what: str, subject: str, limit: int, per: timedelta, now: datetime) -> None:
    """Count one attempt of `subject` at `what`.

    Never more than `limit` are let through; of a limit of 120 and more, up to a sixtieth for each process may be refused early.

    Raises:
        TooManyRequests: it is past `limit` in the window of length `per`; `facts["retry_after"]` is in seconds.
    """
    together = max(1, min(SET_ASIDE_MAX, limit // SET_ASIDE_PART))
    aside = "attempts:" + sha256(f"{what}:{subject}".encode()).hexdigest()
    if together > 1 and _had_one(aside):
        return
    limit *= settings.LIMITS_FACTOR
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [what, subject[:200], now, together, now - per, together, together, now - per])
        count, began_at = cursor.fetchone()
    granted = min(together, limit - (count - together))
    left_seconds = (began_at + per - now).total_seconds()
    if granted <= 0:
        raise TooManyRequests(retry_after=max(1, int(left_seconds)))
    if granted > 1:
        cache.set(aside, granted - 1, left_seconds)


def _had_one(aside: str) -> bool:
    try:
        return cache.decr(aside) >= 0
    except ValueError:
        return False
