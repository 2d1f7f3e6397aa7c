"""Limits on attempts, per network and per subject, shared by all processes."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.http import HttpRequest

from estrade.base.errors import TooManyRequests

COUNT = """
INSERT INTO base_attempts (what, subject, began_at, count) VALUES (%s, %s, %s, 1)
ON CONFLICT (what, subject) DO UPDATE SET
    count = CASE WHEN base_attempts.began_at <= %s THEN 1 ELSE base_attempts.count + 1 END,
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


def count_attempt(what: str, subject: str, limit: int, per: timedelta, now: datetime) -> None:
    """Count one attempt of `subject` at `what`.

    Raises:
        TooManyRequests: it is past `limit` in the window of length `per`; `facts["retry_after"]` is in seconds.
    """
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [what, subject[:200], now, now - per, now - per])
        count, began_at = cursor.fetchone()
    if count > limit * settings.LIMITS_FACTOR:
        raise TooManyRequests(retry_after=max(1, int((began_at + per - now).total_seconds())))
