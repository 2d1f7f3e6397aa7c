"""Statements, of an event or of an organisation over a time: to read, to follow to the entries, and to take away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from estrade.base.errors import NotFound
from estrade.events import queries as events
from estrade.payments.statements import charts, entries, figures, printed, scopes, tables
from estrade.payments.statements.scopes import Scope
from estrade.users import queries as users
from estrade.users.access import SignedIn, signed_in
from estrade.users.models import Organisation
from estrade.users.permissions import Permission

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
@signed_in
def statement(request: SignedIn, event_id: UUID) -> HttpResponse:
    """The money of one event."""
    event = events.event_for(request.viewer, event_id, Permission.MONEY_READ)
    address = reverse("payments:statement", args=[event.pk])
    back = {"url": reverse("events:manage", args=[event.pk]), "text": event.title}
    return _statement_page(request, scopes.of_event(event), address, "", {"event": event, "back": back})


@require_GET
@signed_in
def of_organisation(request: SignedIn, organisation_id: UUID) -> HttpResponse:
    """The money of an organisation over a time, this year at first."""
    found = users.organisation_for(request.viewer, organisation_id, Permission.MONEY_READ)
    scope, said = _scope(request, found)
    address = reverse("payments:organisation_statement", args=[found.pk])
    context = {
        "organisation": found,
        "back": {"url": reverse("events:host"), "text": _("Host")},
        "said": said,
        "times": _times(address, said),
        "currencies": [(code, code) for code in events.currencies_of(found)],
    }
    return _statement_page(request, scope, address, _query(said), context)


def _times(address: str, said: dict[str, str]) -> list[tuple[str, str, bool]]:
    """The usual times: name, address, whether it is the one that is shown."""
    found = []
    for name, first, last in scopes.usual_times(timezone.localdate()):
        days = {"from": first.isoformat(), "to": last.isoformat()}
        found.append((name, address + _query({"currency": said["currency"]} | days), days == {key: said[key] for key in days}))
    return found


def _statement_page(request: HttpRequest, scope: Scope, address: str, query: str, context: dict[str, Any]) -> HttpResponse:
    found = figures.statement(scope)
    files = [("pdf", "PDF"), ("xlsx", "XLSX"), ("csv", "CSV"), ("journal", "hledger"), ("fec", "FEC")]
    bars = charts.takings(found)
    common = {
        "here": "host",
        "statement": found,
        "files": [(f"{address}.{form}{query}", name) for form, name in files],
        "entries_url": f"{address}/entries{query or '?'}{'&' if query else ''}figure=",
        "bars": bars,
        "highest": max(bars, key=lambda bar: bar.amount.minor, default=None),
        "by_event": [(event, found.due_by_event[event.pk]) for event in scope.events if event.pk in found.due_by_event],
        "portions": charts.portions(found),
        "size": (charts.WIDTH, charts.HEIGHT),
    }
    return render(request, "payments/statement.html", common | context)


@require_GET
@signed_in
def event_entries(request: SignedIn, event_id: UUID) -> HttpResponse:
    """The entries behind a figure of an event's statement."""
    event = events.event_for(request.viewer, event_id, Permission.MONEY_READ)
    return _entries_page(request, scopes.of_event(event), reverse("payments:statement", args=[event.pk]), {})


@require_GET
@signed_in
def organisation_entries(request: SignedIn, organisation_id: UUID) -> HttpResponse:
    """The entries behind a figure of an organisation's statement."""
    found = users.organisation_for(request.viewer, organisation_id, Permission.MONEY_READ)
    scope, said = _scope(request, found)
    return _entries_page(request, scope, reverse("payments:organisation_statement", args=[found.pk]), said)


def _entries_page(request: HttpRequest, scope: Scope, address: str, said: dict[str, str]) -> HttpResponse:
    figure = figures.figure(scope, request.GET.get("figure", "clearing~payment"))
    asked = request.GET.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else None
    found = entries.page(scope, figure, before)
    query = _query(said)
    names = entries.Names(scope)
    context = {
        "here": "host",
        "scope": scope,
        "page": found,
        "names": [(row, _other(row, figure, names)) for row in found.rows],
        "more": f"{address}/entries{query or '?'}{'&' if query else ''}figure={figure.key}&before={found.before}",
        "back": address + query,
    }
    return render(request, "payments/entries.html", context)


def _other(row: entries.Row, figure: figures.Figure, names: entries.Names) -> str:
    """The account at the other end."""
    side = row.entry.credit if row.entry.debit.kind == figure.kind else row.entry.debit
    return names.of(side)


@require_GET
@signed_in
def event_file(request: SignedIn, event_id: UUID, form: str) -> HttpResponseBase:
    """An event's statement to take away."""
    event = events.event_for(request.viewer, event_id, Permission.MONEY_READ)
    return _file(scopes.of_event(event), form)


@require_GET
@signed_in
def organisation_file(request: SignedIn, organisation_id: UUID, form: str) -> HttpResponseBase:
    """An organisation's statement to take away."""
    found = users.organisation_for(request.viewer, organisation_id, Permission.MONEY_READ)
    return _file(_scope(request, found)[0], form)


def _file(scope: Scope, form: str) -> HttpResponseBase:
    makers: dict[str, Callable[[], HttpResponseBase]] = {
        "csv": lambda: _streamed(tables.csv_lines(scope), "text/csv"),
        "xlsx": lambda: FileResponse(tables.workbook(figures.statement(scope)), content_type=XLSX),
        "pdf": lambda: HttpResponse(printed.pdf(figures.statement(scope), timezone.now()), content_type="application/pdf"),
        "journal": lambda: _streamed(tables.hledger_lines(scope), "text/plain"),
        "fec": lambda: _streamed(tables.fec_lines(scope), "text/plain"),
    }
    if form not in makers:
        raise NotFound
    response = makers[form]()
    extension = "txt" if form == "fec" else form
    response.headers["Content-Disposition"] = f'attachment; filename="{scope.slug}-statement.{extension}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _streamed(lines: Iterator[str], kind: str) -> HttpResponseBase:
    return StreamingHttpResponse(tables.in_pieces(lines), content_type=f"{kind}; charset=utf-8")


def _scope(request: HttpRequest, found: Organisation) -> tuple[Scope, dict[str, str]]:
    """The time and the currency that were asked for; what cannot be read is this year and the organisation's own."""
    today = timezone.localdate()
    first = _day(request.GET.get("from", "")) or date(today.year, 1, 1)
    last = _day(request.GET.get("to", "")) or date(today.year, 12, 31)
    first, last = min(first, last), max(first, last)
    known = events.currencies_of(found)
    currency = request.GET.get("currency", "")
    currency = currency if currency in known else known[0]
    said = {"currency": currency, "from": first.isoformat(), "to": last.isoformat()}
    return scopes.of_organisation(found, currency, first, last), said


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 else None


def _query(said: dict[str, str]) -> str:
    return "?" + "&".join(f"{name}={value}" for name, value in said.items()) if said else ""
