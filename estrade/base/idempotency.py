"""The same key gives the same answer: every write over HTTP may be repeated."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from estrade.base.errors import Conflict
from estrade.base.models import IdempotencyKey


class IdempotencyKeyReused(Conflict):
    """This idempotency key was used for another request."""

    status = 422


BEGIN = """
INSERT INTO base_idempotencykey (scope, key, request_hash, status, response, created_at) VALUES (%s, %s, %s, 0, '{}', %s)
ON CONFLICT (scope, key) DO NOTHING RETURNING id
"""
KEEP = "UPDATE base_idempotencykey SET status = %s, response = %s WHERE id = %s"


def fingerprint(*parts: Any) -> str:
    """A hash of the request's content, by which a repeat is known from another request with the same key."""
    return sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


@transaction.atomic
def once(scope: str, key: str, request_hash: str, now: datetime, work: Callable[[], tuple[int, Any]]) -> tuple[int, Any]:
    """Do `work` and keep its answer (status, JSON), or give the answer kept when `key` was used before in `scope`.

    Two at the same instant: the second waits for the first to commit, then gets its answer. A refusal rolls back and
    keeps nothing, so the key may be tried again.

    Raises:
        IdempotencyKeyReused: the key stands for a request with another hash.
    """
    with connection.cursor() as cursor:
        # Waits for another transaction that has the same key, until that is over.
        cursor.execute(BEGIN, [scope, key, request_hash, now])
        begun = cursor.fetchone()
    if begun is None:
        kept = IdempotencyKey.objects.get(scope=scope, key=key)
        if kept.request_hash != request_hash:
            raise IdempotencyKeyReused
        return kept.status, kept.response
    status, response = work()
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [status, json.dumps(response, cls=DjangoJSONEncoder), begun[0]])
    return status, response
