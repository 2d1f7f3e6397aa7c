"""Where hosts write their events: what it is, when, who is let in, its picture; publishing and cancelling."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from estrade.base.errors import FieldError, NotFound
from estrade.base.forms import attempt, form_page
from estrade.base.money import EXPONENTS
from estrade.events import actions, forms, previews, queries
from estrade.events.clock import HOME_ZONE, zones
from estrade.events.models import CLASS_CAPACITY_MAX, SPOKEN, Event, Occurrence
from estrade.events.pictures import BYTES_MAX
from estrade.events.templatetags.posters import CATEGORY_NAMES, day_of
from estrade.users.access import SignedIn, signed_in
from estrade.users.models import Organisation
from estrade.users.permissions import Permission
from estrade.users.queries import organisations_of, viewer

HOST = {"here": "host"}  # which part of the menu these pages belong to
STAGE_CAPACITY_USUAL = 250


def _choices() -> dict[str, Any]:
    """What the selects of the editor offer."""
    return {
        "categories": list(CATEGORY_NAMES.items()),
        "languages": list(SPOKEN.items()),
        "currencies": [(code, code) for code in EXPONENTS],
        "visibilities": [
            ("public", _("Public: in the directory")),
            ("unlisted", _("Unlisted: whoever has the link")),
            ("private", _("Private: those on the guest list may buy")),
        ],
        "refund_policies": [
            ("host", _("I decide, order by order")),
            ("start", _("Until it begins")),
            ("day", _("Until a day before")),
            ("week", _("Until a week before")),
            ("month", _("Until 30 days before")),
        ],
        "zones": [(zone, zone.replace("_", " ")) for zone in zones()],
    }


@require_GET
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """The picture beside a link to the event, for whoever may see the event itself."""
    event = queries.visible_event(viewer(request), slug)
    if event.picture:
        response = HttpResponse(previews.of_picture(settings.MEDIA_ROOT / event.picture), "image/jpeg")
    else:
        date = queries.next_occurrence(event, timezone.now())
        drawn = previews.of_title(event.title, event.category, day_of(date), event.organisation.name)
        response = HttpResponse(drawn, "image/png")
    response.headers["Cache-Control"] = "public, max-age=3600" if event.published_at else "no-store"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # pages elsewhere show it beside the link
    return response


@require_http_methods(["GET", "POST"])
@signed_in
def create(request: SignedIn) -> HttpResponse:
    """A new event: what it is, and its first date if it is known."""
    mine = [each for each in organisations_of(request.viewer) if request.viewer.may(Permission.EVENTS_WRITE, each.pk)]
    if not mine:
        return redirect("users:create_organisation")
    errors: list[FieldError] = []
    said: dict[str, Any] = {"kind": "stage", "category": "music", "language": request.user.language, "visibility": "public"}
    said |= (
        {"time_zone": HOME_ZONE, "doors_minutes": "15", "organisation": str(mine[0].pk)} | request.GET.dict() | request.POST.dict()
    )
    if request.method == "POST":
        chosen = next((each for each in mine if str(each.pk) == said["organisation"]), None)
        if chosen is None:
            raise NotFound
        made: list[Event] = []
        errors = attempt(lambda: made.append(_written(request, chosen)), starts="date")
        if not errors:
            messages.success(request, _("The draft is kept. Nobody sees it until you publish."))
            return redirect("events:manage", made[0].pk)
    context = _choices() | {"said": said, "organisations": [(str(each.pk), each.name) for each in mine], "is_new": True}
    return form_page(request, "events/edit.html", HOST | context, errors)


@transaction.atomic
def _written(request: SignedIn, organisation: Organisation) -> Event:
    """The draft, with its date when there is one, or neither."""
    now = timezone.now()
    capacity = CLASS_CAPACITY_MAX if request.POST.get("kind") == Event.Kind.CLASS else STAGE_CAPACITY_USUAL
    event = actions.create_event(organisation, now, capacity=capacity, **forms.event_fields(request.POST))
    if request.POST.get("date", "").strip():
        actions.add_occurrence(event, forms.occurrence_plan(request.POST), now)
    return event


def _event(request: SignedIn, event_id: UUID) -> Event:
    return queries.event_for(request.viewer, event_id, Permission.EVENTS_WRITE)


@require_http_methods(["GET", "POST"])
@signed_in
def edit(request: SignedIn, event_id: UUID) -> HttpResponse:
    """What the event is. Everything typed is kept when something is wrong."""
    event = _event(request, event_id)
    said = forms.said_of(event) | request.POST.dict()
    errors: list[FieldError] = []
    if request.method == "POST":
        errors = attempt(lambda: actions.edit_event(event, **forms.event_fields(request.POST)))
        if not errors:
            messages.success(request, _("Saved."))
            return redirect("events:edit", event.pk)
    return _edit_page(request, event, said, errors)


def _edit_page(request: SignedIn, event: Event, said: dict[str, Any], errors: list[FieldError]) -> HttpResponse:
    context = _choices() | {
        "event": event,
        "tab": "edit",
        "said": said,
        "occurrence": queries.next_occurrence(event, timezone.now()),
    }
    return form_page(request, "events/edit.html", HOST | context, errors)


@require_POST
@signed_in
def picture(request: SignedIn, event_id: UUID) -> HttpResponse:
    """Take a picture instead of the poster, describe it anew, or show the poster again."""
    event = _event(request, event_id)
    file = request.FILES.get("picture")
    alt = request.POST.get("picture_alt", "")
    if "remove" in request.POST:
        errors = attempt(lambda: actions.remove_picture(event))
    elif file is not None:
        errors = attempt(lambda: actions.set_picture(event, file.read(BYTES_MAX + 1), alt))
    elif event.picture:
        errors = attempt(lambda: actions.edit_event(event, picture_alt=alt))
    else:
        errors = [FieldError("picture", "missing", _("Choose a picture first."))]
    if errors:
        return _edit_page(request, event, forms.said_of(event) | {"picture_alt": alt}, errors)
    messages.success(request, _("Saved."))
    return redirect(reverse("events:edit", args=[event.pk]) + "#picture-heading")


@require_http_methods(["GET", "POST"])
@signed_in
def dates(request: SignedIn, event_id: UUID) -> HttpResponse:
    """When it is: the dates, and a form for one more."""
    event = _event(request, event_id)
    rows = queries.occurrences_of(event)
    said = {"time_zone": rows[-1].time_zone if rows else HOME_ZONE, "doors_minutes": "15"} | request.POST.dict()
    errors: list[FieldError] = []
    if request.method == "POST":
        now = timezone.now()
        errors = attempt(lambda: actions.add_occurrence(event, forms.occurrence_plan(request.POST), now), starts="date")
        if not errors:
            messages.success(request, _("The date is added."))
            return redirect("events:dates", event.pk)
    return _dates_page(request, event, said, errors)


def _dates_page(request: SignedIn, event: Event, said: dict[str, Any], errors: list[FieldError]) -> HttpResponse:
    context = _choices() | {
        "event": event,
        "tab": "dates",
        "said": said,
        "dates": queries.occurrences_of(event),
        "now": timezone.now(),
    }
    return form_page(request, "events/dates.html", HOST | context, errors)


def _date(event: Event, occurrence_id: UUID) -> Occurrence:
    row = queries.occurrence(occurrence_id)
    if row.event_id != event.pk:
        raise NotFound
    return row


@require_http_methods(["GET", "POST"])
@signed_in
def move(request: SignedIn, event_id: UUID, occurrence_id: UUID) -> HttpResponse:
    """Give a date another time."""
    event = _event(request, event_id)
    row = _date(event, occurrence_id)
    said = forms.said_of_date(row) | request.POST.dict()
    errors: list[FieldError] = []
    if request.method == "POST":
        now = timezone.now()
        errors = attempt(lambda: actions.move_occurrence(row, forms.occurrence_plan(request.POST, row), now), starts="date")
        if not errors:
            messages.success(request, _("Saved."))
            return redirect("events:dates", event.pk)
    context = _choices() | {"event": event, "tab": "dates", "said": said, "occurrence": row}
    return form_page(request, "events/move.html", HOST | context, errors)


@require_POST
@signed_in
def remove_date(request: SignedIn, event_id: UUID, occurrence_id: UUID) -> HttpResponse:
    """Take a date away that nobody has ordered tickets for."""
    event = _event(request, event_id)
    row = _date(event, occurrence_id)
    errors = attempt(lambda: actions.remove_occurrence(row))
    if errors:
        return _dates_page(request, event, {"time_zone": row.time_zone, "doors_minutes": "15"}, errors)
    messages.success(request, _("The date is removed."))
    return redirect("events:dates", event.pk)


@require_http_methods(["GET", "POST"])
@signed_in
def guests(request: SignedIn, event_id: UUID) -> HttpResponse:
    """Who may buy tickets of a private event: one e-mail address a line."""
    event = _event(request, event_id)
    typed = request.POST.get("guests", "\n".join(queries.guests(event)))
    errors: list[FieldError] = []
    if request.method == "POST":
        addresses = typed.replace(",", "\n").replace(";", "\n").splitlines()
        errors = attempt(lambda: actions.set_guests(event, addresses))
        if not errors:
            messages.success(request, _("The guest list is kept."))
            return redirect("events:guests", event.pk)
    context = {"event": event, "tab": "guests", "said": {"guests": typed}, "count": len(queries.guests(event))}
    return form_page(request, "events/guests.html", HOST | context, errors)


@require_POST
@signed_in
def publish(request: SignedIn, event_id: UUID) -> HttpResponse:
    """Let everybody see the event, or say what is missing."""
    event = _event(request, event_id)
    errors = attempt(lambda: actions.publish(event, timezone.now()))
    for error in errors:
        messages.error(request, error.detail)
    if not errors:
        messages.success(request, _("The event is announced. Share its link."))
    return redirect("events:manage", event.pk)


@require_http_methods(["GET", "POST"])
@signed_in
def cancel(request: SignedIn, event_id: UUID) -> HttpResponse:
    """Asks first, then calls the event off."""
    event = _event(request, event_id)
    if request.method == "POST" or event.status == Event.Status.CANCELLED:
        if request.method == "POST":
            actions.cancel(event, timezone.now())
            messages.success(request, _("The event is cancelled. Buyers are told, and get their money back."))
        return redirect("events:manage", event.pk)
    context = {
        "here": "host",
        "title": _("Cancel %(title)s?") % {"title": event.title},
        "text": _("Everybody who bought is told by mail and gets the whole price back. This cannot be undone."),
        "action": request.path,
        "confirm_text": _("Cancel the event for everybody"),
        "keep_url": reverse("events:manage", args=[event.pk]),
        "keep_text": _("Keep the event"),
    }
    return render(request, "confirm.html", context)
