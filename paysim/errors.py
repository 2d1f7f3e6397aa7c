"""Refusals in Stripe's shape."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A refusal of the API.

    `is_kept` says whether an idempotency key remembers it: Stripe forgets what never began to execute, such as
    parameters that fail validation.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",  # noqa: A002 -- Stripe's word
        code: str | None = None,
        param: str | None = None,
        is_kept: bool = False,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Describe the refusal; `status` is the HTTP status."""
        super().__init__(message)
        self.message = message
        self.status = status
        self.type = type
        self.code = code
        self.param = param
        self.is_kept = is_kept
        self.headers = headers or {}

    def body(self) -> dict[str, Any]:
        """The JSON document of the refusal."""
        error: dict[str, Any] = {"message": self.message, "type": self.type}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param:
            error["param"] = self.param
        return {"error": error}


class NotPossible(Exception):
    """The session is no longer in a state where this can happen."""

    def __init__(self, status: str) -> None:
        """Say which state stands in the way."""
        super().__init__(f"The session is {status}.")
        self.status = status


class NoAnswer(Exception):
    """The connection gets no answer: held open if `is_hanging`, closed at once if not."""

    def __init__(self, *, is_hanging: bool) -> None:
        """Say what becomes of the connection."""
        super().__init__()
        self.is_hanging = is_hanging


def missing(kind: str, record_id: str, param: str = "id") -> ApiError:
    """The refusal for an id that names nothing."""
    return ApiError(f"No such {kind}: '{record_id}'", status=404, code="resource_missing", param=param, is_kept=True)
