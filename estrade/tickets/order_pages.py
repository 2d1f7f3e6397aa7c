"""Where hosts see orders and attendees arrive, and take them away as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from estrade.base.forms import safe_cell
from estrade.events import queries as events
from estrade.events.models import Event
from estrade.tickets import queries
from estrade.users.access import SignedIn, signed_in
from estrade.users.permissions import Permission

PAGE = 50


def _event(request: SignedIn, event_id: UUID) -> Event:
    return events.event_for(request.viewer, event_id, Permission.ORDERS_READ)


def _state_names() -> dict[str, str]:
    return {
        "reserved": _("Reserved"),
        "awaiting_payment": _("Awaiting payment"),
        "paid": _("Paid"),
        "lapsed": _("Lapsed"),
        "cancelled": _("Cancelled"),
        "valid": _("Valid"),
    }


@require_GET
@signed_in
def orders(request: SignedIn, event_id: UUID) -> HttpResponse:
    """The orders of an event, the newest first; the one called `number` alone, where one is named."""
    event = _event(request, event_id)
    rows, number = queries.orders_of_event(request.viewer, event), request.GET.get("number", "")[:9]
    page = Paginator(rows.filter(number=number) if number else rows, PAGE).get_page(request.GET.get("page"))
    context = {"here": "host", "tab": "orders", "event": event, "page": page, "states": _state_names(), "number": number}
    context["may_cancel"] = request.viewer.may(Permission.ORDERS_WRITE, event.organisation_id)
    return render(request, "tickets/orders.html", context)


@require_GET
@signed_in
def attendees(request: SignedIn, event_id: UUID) -> HttpResponse:
    """Whom the event's tickets admit, by date and name."""
    event = _event(request, event_id)
    page = Paginator(queries.attendees(request.viewer, event), PAGE).get_page(request.GET.get("page"))
    context = {"here": "host", "tab": "attendees", "event": event, "page": page, "states": _state_names()}
    return render(request, "tickets/attendees.html", context)


@require_GET
@signed_in
def orders_csv(request: SignedIn, event_id: UUID) -> HttpResponse:
    """The orders as CSV, amounts with a point."""
    event = _event(request, event_id)
    head = ["number", "state", "name", "email", "total", "currency", "method", "starts_at", "reserved_at", "paid_at"]
    rows = (
        [
            order.number, order.state, order.buyer_name, order.buyer_email, order.total.decimal, order.currency, order.method,
            order.occurrence.starts_at.isoformat(), order.reserved_at.isoformat(),
            order.paid_at.isoformat() if order.paid_at else "",
        ]
        for order in queries.orders_of_event(request.viewer, event).iterator(500)
    )  # fmt: skip
    return _csv(f"{event.slug}-orders.csv", head, rows)


@require_GET
@signed_in
def attendees_csv(request: SignedIn, event_id: UUID) -> HttpResponse:
    """The attendees as CSV."""
    event = _event(request, event_id)
    head = ["name", "email", "ticket", "state", "order", "starts_at", "checked_in_at"]
    rows = (
        [
            ticket.attendee_name, ticket.attendee_email, ticket.line.name, ticket.state, ticket.order.number,
            ticket.occurrence.starts_at.isoformat(), ticket.checked_in_at.isoformat() if ticket.checked_in_at else "",
        ]
        for ticket in queries.attendees(request.viewer, event).iterator(500)
    )  # fmt: skip
    return _csv(f"{event.slug}-attendees.csv", head, rows)


def _csv(name: str, head: list[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    response = HttpResponse(
        content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
    response.write("\ufeff")  # so that spreadsheets read it as UTF-8
    writer = csv.writer(response)
    writer.writerow(head)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return response
