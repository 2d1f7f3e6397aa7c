"""Refusals: the expected no. Their class name is the public code, their docstring the message, their arguments the facts."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django.utils.translation import gettext


class Refusal(Exception):
    """The request was refused."""

    status: ClassVar[int] = 400

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.code())

    @classmethod
    def code(cls) -> str:
        """The public name of this refusal, from its class name: `AlreadyCheckedIn` is `already_checked_in`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @property
    def title(self) -> str:
        """One sentence for people, in the active language."""
        return gettext(" ".join((self.__doc__ or "").split()))


class Invalid(Refusal):
    """Something in the request is not as it should be."""

    status = 422

    def __init__(self, errors: list[FieldError] | None = None, **facts: Any) -> None:
        self.errors = errors or []
        super().__init__(**facts)


class Forbidden(Refusal):
    """You may not do this."""

    status = 403


class NotFound(Refusal):
    """There is nothing here, or nothing that you may see."""

    status = 404


class Conflict(Refusal):
    """This is not possible in the present state."""

    status = 409


class Unavailable(Refusal):
    """A part of the service does not answer. Please try again in a moment."""

    status = 503


class TooManyRequests(Refusal):
    """Too many attempts. Please wait a moment and try again."""

    status = 429


class FieldError:
    """What is wrong with one field: `code` for programs, `detail` for people, naming the cure."""

    def __init__(self, field: str, code: str, detail: str) -> None:
        self.field, self.code, self.detail = field, code, detail

    def as_dict(self) -> dict[str, str]:
        """The member of a problem document's `errors`."""
        return {"field": self.field, "code": self.code, "detail": self.detail}
