"""Refusals over HTTP: a problem document (RFC 9457) for programs, a page for people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render

from estrade.base.errors import Invalid, NotFound, Refusal
from estrade.base.money import Money


def _plain(fact: Any) -> Any:
    if isinstance(fact, datetime):
        return fact.isoformat().replace("+00:00", "Z")
    if isinstance(fact, Money):
        return {"minor": fact.minor, "currency": fact.currency}
    return str(fact) if isinstance(fact, UUID) else fact


def problem(refusal: Refusal) -> dict[str, Any]:
    """The problem document of `refusal`, in the active language."""
    facts = {name: _plain(fact) for name, fact in refusal.facts.items()}
    document = {"type": f"/problems/{refusal.code()}", "title": refusal.title, "status": refusal.status, **facts}
    if isinstance(refusal, Invalid):
        document["errors"] = [error.as_dict() for error in refusal.errors]
    return document


def problem_response(refusal: Refusal) -> HttpResponse:
    """`refusal` as application/problem+json."""
    response = JsonResponse(problem(refusal), status=refusal.status, content_type="application/problem+json")
    if "retry_after" in refusal.facts:
        response["Retry-After"] = str(refusal.facts["retry_after"])
    return response


def refusal_page(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """`refusal` as a page that says what to do."""
    name = "404.html" if isinstance(refusal, NotFound) else "refusal.html"
    return render(request, name, {"refusal": refusal}, status=refusal.status)


def nothing_here(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django names it
    """What stands at an address that leads nowhere: for a program a problem too."""
    refusal = NotFound()
    return problem_response(refusal) if request.path.startswith("/api/") else refusal_page(request, refusal)


class answer_refusals:  # noqa: N801 - a middleware is named like the function it stands for
    """A refusal that reaches the edge becomes its answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, as it is."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The answer to `exception` when it is a refusal; anything else is a bug and goes on."""
        if not isinstance(exception, Refusal):
            return None
        if request.path.startswith(("/api/", "/internal/")):
            return problem_response(exception)
        return refusal_page(request, exception)
