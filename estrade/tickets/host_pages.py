"""Where hosts see all their events, and one event with what is sold of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from estrade.events import actions as event_actions
from estrade.events import queries as events
from estrade.events.models import Event, Occurrence
from estrade.tickets import listings, queries
from estrade.tickets.actions import copies
from estrade.users.access import SignedIn, signed_in
from estrade.users.permissions import Permission
from estrade.users.queries import organisations_of

EVENTS_SHOWN = 100


@dataclass(frozen=True)
class Step:
    """One thing that an event needs, whether it has it, and where it is done."""

    text: str
    url: str
    is_done: bool


@dataclass(frozen=True)
class Row:
    """An event on the dashboard: with its next date, or its last."""

    event: Event
    occurrence: Occurrence | None
    taken: int
    capacity: int
    is_over: bool


def steps(event: Event, now: datetime) -> list[Step]:
    """What has to be done before the event can be announced, in order."""
    missing = {error.field: error.detail for error in event_actions.missing_to_publish(event, now)}

    def step(field: str, done: str, page: str) -> Step:
        return Step(missing.get(field, done), reverse(page, args=[event.pk]), field not in missing)

    found = [
        step("short_text", _("One line for the directory"), "events:edit"),
        step("description", _("Description"), "events:edit"),
        step("occurrences", _("A date to come"), "events:dates"),
    ]
    if "picture_alt" in missing:
        found.append(step("picture_alt", "", "events:edit"))
    has_prices = bool(queries.ticket_types(event.pk))
    text = _("Tickets on the price list") if has_prices else _("Put a ticket on the price list.")
    return [*found, Step(text, reverse("tickets:prices", args=[event.pk]), has_prices)]


def rows_of(found: list[Event], now: datetime) -> list[Row]:
    """The events with their next dates and what is taken, the soonest first; those without a date before, those over last."""
    dates = events.occurrences_of_all(event.pk for event in found)
    chosen: dict[UUID, Occurrence] = {}
    for event in found:
        mine = dates.get(event.pk, [])
        to_come = [date for date in mine if date.ends_at > now]
        if mine:
            chosen[event.pk] = to_come[0] if to_come else mine[-1]
    taken = listings.places(date.pk for date in chosen.values())
    rows = []
    for event in found:
        date = chosen.get(event.pk)
        capacity, sold = taken.get(date.pk, (event.capacity, 0)) if date else (event.capacity, 0)
        rows.append(Row(event, date, sold, capacity, bool(date and date.ends_at <= now)))
    return sorted(rows, key=lambda row: (row.is_over, row.occurrence.starts_at if row.occurrence else row.event.created_at))


@require_GET
@signed_in
def host(request: SignedIn) -> HttpResponse:
    """The dashboard: what is next, what is sold, what to do."""
    mine = organisations_of(request.viewer)
    if not mine:
        return redirect("users:create_organisation")
    now = timezone.now()
    rows = rows_of(list(events.events_of(request.viewer)[:EVENTS_SHOWN]), now)
    to_come = [row for row in rows if not row.is_over and row.event.status != Event.Status.CANCELLED]
    announced = [row for row in to_come if row.event.status == Event.Status.PUBLISHED]
    following = next(iter(announced or to_come), None)
    context: dict[str, Any] = {
        "here": "host",
        "now": now,
        "organisations": mine,
        "to_come": to_come,
        "past": [row for row in rows if row not in to_come],
        "following": following,
        "is_live": bool(following and following.occurrence and following.occurrence.doors_at <= now),
        "steps": steps(following.event, now) if following else [],
        "may_write": any(request.viewer.may(Permission.EVENTS_WRITE, each.pk) for each in mine),
    }
    return render(request, "tickets/host.html", context)


@require_GET
@signed_in
def manage(request: SignedIn, event_id: UUID) -> HttpResponse:
    """One event: what it still needs, its link, what is sold of each date, and what can be done with it."""
    event = events.event_for(request.viewer, event_id, Permission.EVENTS_READ)
    now = timezone.now()
    dates = events.occurrences_of(event)
    taken = listings.places(date.pk for date in dates)
    todo = steps(event, now)
    may = request.viewer.may
    context = {
        "here": "host",
        "tab": "manage",
        "event": event,
        "now": now,
        "dates": [(date, *taken.get(date.pk, (event.capacity, 0))) for date in dates],
        "steps": todo,
        "is_ready": all(step.is_done for step in todo[:-1]),
        "public_url": settings.SITE_URL + reverse("events:event", args=[event.slug]),
        "may_write": may(Permission.EVENTS_WRITE, event.organisation_id),
        "may_sell_at_door": may(Permission.CHECK_IN, event.organisation_id) and event.status == Event.Status.PUBLISHED,
        "may_read_money": may(Permission.MONEY_READ, event.organisation_id),
        "may_enter": may(Permission.ROOM_CREW, event.organisation_id),
    }
    return render(request, "tickets/manage.html", context)


@require_POST
@signed_in
def duplicate(request: SignedIn, event_id: UUID) -> HttpResponse:
    """A draft that says and sells the same."""
    event = events.event_for(request.viewer, event_id, Permission.EVENTS_WRITE)
    copy = copies.duplicate(event, timezone.now())
    messages.success(request, _("This is the copy. Give it its dates."))
    return redirect("events:manage", copy.pk)
