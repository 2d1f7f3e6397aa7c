"""The same key gives the same answer: every write over HTTP may be repeated."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction

from estrade.base.errors import Conflict
from estrade.base.models import IdempotencyKey


class IdempotencyKeyReused(Conflict):
    """This idempotency key was used for another request."""

    status = 422


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
    row = IdempotencyKey(scope=scope, key=key, request_hash=request_hash, created_at=now)
    IdempotencyKey.objects.bulk_create([row], ignore_conflicts=True)
    kept = IdempotencyKey.objects.select_for_update().get(scope=scope, key=key)
    if kept.request_hash != request_hash:
        raise IdempotencyKeyReused
    if kept.status:
        return kept.status, kept.response
    status, response = work()
    kept.status, kept.response = status, response
    kept.save(update_fields=["status", "response"])
    return status, response
