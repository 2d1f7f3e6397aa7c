"""What pages with a form share: a refusal shown beside what was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from estrade.base.errors import Conflict, FieldError, Invalid


def attempt(work: Callable[[], Any], **called: str) -> list[FieldError]:
    """Do `work`; what a person has to mend when it is refused, nothing when it is done. Other refusals go on.

    `called` says what the form calls a field that the action names otherwise.
    """
    try:
        work()
    except Invalid as refusal:
        mine = [FieldError(called.get(error.field, error.field), error.code, error.detail) for error in refusal.errors]
        return mine or [FieldError("", refusal.code(), refusal.title)]
    except Conflict as refusal:
        return [FieldError("", refusal.code(), refusal.title)]
    return []


def form_page(request: HttpRequest, template: str, context: dict[str, Any], errors: list[FieldError]) -> HttpResponse:
    """The page with `errors` above its form (`errors`) and beside its fields (`wrong`, details by field)."""
    wrong = {error.field: error.detail for error in errors}
    return render(request, template, {"errors": errors, "wrong": wrong} | context, status=422 if errors else 200)


def safe_cell(text: object) -> str:
    """`text` for a cell of a CSV file: a spreadsheet that opens it must not take it for a formula."""
    plain = str(text)
    return f"'{plain}" if plain[:1] in {"=", "+", "-", "@", "\t", "\r"} else plain
