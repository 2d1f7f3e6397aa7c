"""Failures of the API, ordered by tests."""

from __future__ import annotations

import threading
import time
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

from paysim.errors import ApiError, NoAnswer

if TYPE_CHECKING:
    from paysim.records import JsonObject

When = Literal["before", "after"]
KINDS = ("hang", "drop", "delay", "error")


@dataclass
class Fault:
    """What goes wrong with the next `calls` calls of a path (`*` matches anything).

    `kind`: `hang` accepts the call and never answers, `drop` closes the connection, `delay` waits `delay_ms`,
    `error` answers `status`. `when`: before the call had its effect, or after it.
    """

    kind: str
    path: str = "/v1/*"
    method: str = "*"
    when: str = "before"
    calls: int = 1
    delay_ms: int = 0
    status: int = 500

    def error(self) -> ApiError:
        """What is answered. After the effect it is what the idempotency key remembers, as with Stripe."""
        is_kept = self.when == "after"
        is_limit = self.status == HTTPStatus.TOO_MANY_REQUESTS
        return ApiError(
            "Too many requests hit the API too quickly." if is_limit else "An unknown error occurred",
            status=self.status,
            type="invalid_request_error" if is_limit else "api_error",
            code="rate_limit" if is_limit else None,
            is_kept=is_kept,
            headers={"Stripe-Should-Retry": "false" if is_kept else "true"},
        )

    def apply(self) -> None:
        """Let it happen.

        Raises:
            NoAnswer: nothing is to be sent.
            ApiError: this is to be sent.
        """
        if self.kind == "delay":
            time.sleep(self.delay_ms / 1000)
        elif self.kind == "error":
            raise self.error()
        else:
            raise NoAnswer(is_hanging=self.kind == "hang")


class Faults:
    """The failures still to come."""

    def __init__(self) -> None:
        """None at first."""
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self.released = threading.Event()

    def add(self, fault: Fault) -> None:
        """Order a failure."""
        with self._lock:
            self._faults.append(fault)

    def take(self, method: str, path: str, when: When) -> Fault | None:
        """The first failure that is meant for this call and moment; one call fewer is left of it."""
        if not self._faults:
            return None
        with self._lock:
            for fault in self._faults:
                if fault.when == when and fault.method in ("*", method) and fnmatchcase(path, fault.path):
                    fault.calls -= 1
                    if fault.calls <= 0:
                        self._faults.remove(fault)
                    return fault
        return None

    def clear(self) -> None:
        """No more failures; connections that hang are closed."""
        with self._lock:
            self._faults.clear()
            self.released.set()
            self.released = threading.Event()

    def shape(self) -> list[JsonObject]:
        """What is still to come."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]
