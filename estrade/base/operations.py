"""What operations share: keys that make a repeat harmless, and pages of long lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.http import HttpRequest
from ninja import Schema

from estrade.base.errors import FieldError, Invalid
from estrade.base.idempotency import fingerprint, once
from estrade.base.money import Money

T = TypeVar("T")
LIMIT_MAX = 100
KEY_MAX = 200


class Amount(Schema):
    """An amount in whole minor units of its currency."""

    minor: int
    currency: str

    @staticmethod
    def of(money: Money) -> dict[str, Any]:
        """`money` as it stands in answers."""
        return {"minor": money.minor, "currency": money.currency}


def written_once(
    request: HttpRequest, scope: str, body: Any, now: datetime, work: Callable[[], tuple[int, Any]]
) -> tuple[int, Any]:
    """Do `work` and give its status and JSON; with an `Idempotency-Key` header, once, and the same answer ever after.

    Raises:
        Invalid: the key is longer than KEY_MAX.
        IdempotencyKeyReused: the key was used for another request.
    """
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key:
        return work()
    if len(key) > KEY_MAX:
        raise Invalid([FieldError("Idempotency-Key", "too_long", "At most 200 characters.")])
    return once(scope, key, fingerprint(request.method, request.path, body), now, work)


def page_of(rows: Sequence[T], limit: int, key: Callable[[T], UUID]) -> tuple[list[T], str | None]:
    """The first `limit` of `rows` (asked for with one more), and the cursor of what follows."""
    if len(rows) <= limit:
        return list(rows), None
    return list(rows[:limit]), str(key(rows[limit - 1]))
