"""The ways into a room, its page, and what our own processes ask before they let anybody connect."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import ValidationError

from estrade.base.errors import FieldError, NotFound, Refusal
from estrade.base.forms import attempt, form_page
from estrade.base.limits import count_attempt, network
from estrade.events import queries as events
from estrade.rooms import access, actions, engine, presenting, queries
from estrade.rooms.batches import Batch
from estrade.rooms.errors import TicketCancelled
from estrade.rooms.models import Seat
from estrade.tickets import access as tickets
from estrade.tickets.models import Ticket
from estrade.users.access import SignedIn, signed_in
from estrade.users.permissions import Permission

PERMISSIONS = "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=()"
QUERY_BYTES_MAX = 16_384


@require_GET
def enter(request: HttpRequest, ticket_id: UUID) -> HttpResponse:
    """From the ticket to its room. Nobody sits anywhere yet: that takes a POST, which mail scanners do not send."""
    ticket = tickets.granted(request, ticket_id)
    if ticket is None:
        raise NotFound
    if ticket.state != Ticket.State.VALID:
        raise TicketCancelled
    return _to_room(actions.seat_ticket(ticket))


@signed_in
@require_GET
def of_occurrence(request: SignedIn, occurrence_id: UUID) -> HttpResponse:
    """Members of the organisation, to the room of one of its occurrences."""
    occurrence = events.occurrence(occurrence_id)
    if occurrence.event.organisation_id not in request.viewer.permissions:
        raise NotFound
    room = actions.room_of(occurrence)
    return _to_room(actions.seat_user(room, request.user, queries.crew_role(request.viewer, room)))


@require_GET
def open_crew(request: HttpRequest, crew_member_id: UUID, secret: str) -> HttpResponse:
    """The crew link: trades its secret for a cookie and goes on to a clean address."""
    now = timezone.now()
    count_attempt("crew-link", network(request), 300, timedelta(minutes=1), now)
    member = queries.crew_member_by_secret(crew_member_id, secret)
    room = actions.room_of(queries.occurrence_of_crew(member.event, now))
    response = _to_room(actions.seat_crew_member(room, member))
    access.grant_crew(response, member)
    return response


def _to_room(seat: Seat) -> HttpResponse:
    response = redirect("rooms:room", seat.room_id)
    access.remember_seat(response, seat)
    return _unkept(response)


def _unkept(response: HttpResponse) -> HttpResponse:
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


@require_GET
def room(request: HttpRequest, room_id: UUID) -> HttpResponse:
    """The lobby and the room. The one document that may ask for camera and microphone."""
    asker = access.asker(request, room_id)
    config = {
        "roomId": str(room_id),
        "language": translation.get_language() or "en",
        "leaveUrl": _leave_url(asker.own_seat()),
        "apiBase": "/api/v1",
        "isDemo": settings.DEMO,
    }
    response = _unkept(render(request, "rooms/room.html", {"event": asker.room.occurrence.event, "config": config}))
    access.know_device(request, response)
    response.permissions = PERMISSIONS  # type: ignore[attr-defined]
    response.policy = {  # type: ignore[attr-defined]
        "connect-src": f"'self' {presenting.socket_origin(request)}",
        "worker-src": "'self' blob:",
        "media-src": "'self' blob: mediastream:",
    }
    return response


def _leave_url(seat: Seat) -> str:
    if seat.ticket_id:
        return reverse("tickets:ticket", args=[seat.ticket_id])
    if seat.user_id:
        return reverse("events:manage", args=[seat.room.occurrence.event_id])
    return reverse("events:event", args=[seat.room.occurrence.event.slug])


@require_http_methods(["GET", "POST"])
@signed_in
def crew(request: SignedIn, event_id: UUID) -> HttpResponse:
    """Who is invited to the event's crew; inviting somebody sends them their link."""
    event = events.event_for(request.viewer, event_id, Permission.ROOM_HOST)
    said = {name: request.POST.get(name, "") for name in ("name", "email", "role")}
    errors: list[FieldError] = []
    if request.method == "POST":
        language = translation.get_language() or "en"
        errors = attempt(lambda: actions.invite(event, **said, mail_in=language))
        if not errors:
            messages.success(request, _("The link is on its way to %(email)s.") % {"email": said["email"]})
            return redirect("rooms:crew", event.pk)
    roles = {"speaker": _("Speaker"), "cohost": _("Co-host"), "moderator": _("Moderator")}
    members = [
        {"id": row.pk, "name": row.name, "email": row.email, "role": roles[row.role], "link": queries.crew_url(row)}
        for row in queries.crew(event)
    ]
    context = {"here": "host", "event": event, "tab": "crew", "members": members, "roles": list(roles.items()), "said": said}
    return form_page(request, "rooms/crew.html", context, errors)


@require_POST
@signed_in
def remove_crew_member(request: SignedIn, event_id: UUID, crew_member_id: UUID) -> HttpResponse:
    """The link stops working, and whoever came by it is put out."""
    event = events.event_for(request.viewer, event_id, Permission.ROOM_HOST)
    member = queries.crew_member(event, crew_member_id)
    actions.remove_crew_member(member, timezone.now())
    messages.success(request, _("The link of %(name)s no longer works.") % {"name": member.name})
    return redirect("rooms:crew", event.pk)


def _internal(page: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Only our own processes may ask: `front` hides these addresses, and the key is theirs."""

    @wraps(page)
    def answer(request: HttpRequest) -> HttpResponse:
        key = request.headers.get("X-Internal-Key", "")
        if not settings.INTERNAL_KEY or not hmac.compare_digest(key.encode(), settings.INTERNAL_KEY.encode()):
            return HttpResponse(status=404)
        return page(request)

    return answer


@_internal
@require_GET
def admit_engine(request: HttpRequest) -> HttpResponse:
    """Whether what an engine token claims still holds: asked before every connection, whoever made the token longer."""
    text = _engine_token(request)
    token = engine.read_token(text) if text else None
    return HttpResponse(status=200 if token and queries.may_connect(token, timezone.now()) else 403)


def _engine_token(request: HttpRequest) -> str | None:
    """The token that the engine will read; None where there could be two opinions on which that is.

    The engine reads the header before the address, the first of several, and forms besides; `publish` would give
    the participant another name than the seat's.
    """
    query = _query(request)
    shown = [value for name, value in query if name == "access_token"]
    header = request.headers.get("Authorization", "")
    if header:
        shown.append(header.removeprefix("Bearer "))
    is_plain = request.headers.get("X-Forwarded-Method", "GET") == "GET" and all(name != "publish" for name, _ in query)
    return shown[0] if is_plain and len(shown) == 1 else None


@_internal
@require_GET
def admit_messages(request: HttpRequest) -> HttpResponse:
    """Whether this browser sits on the seat it names; the answer tells the message engine which one that is."""
    asked = dict(_query(request))
    try:
        seat, generation = queries.seat(UUID(asked.get("seat", ""))), int(asked.get("generation", ""))
        queries.check_seated(seat, access.device(request), timezone.now(), generation)
    except (ValueError, Refusal):
        return HttpResponse(status=403)
    is_theirs = access.remembered_seat(request, seat.room_id) == seat.pk and access.may_use(request, seat)
    return HttpResponse(status=200, headers={"X-Seat": f"{seat.pk}.{generation}"}) if is_theirs else HttpResponse(status=403)


def _query(request: HttpRequest) -> list[tuple[str, str]]:
    """The query of the address that was asked for first; nothing when it is not one that everybody reads alike."""
    text = urlsplit(request.headers.get("X-Forwarded-Uri", "")).query
    if len(text) > QUERY_BYTES_MAX or ";" in text:
        return []
    return parse_qsl(text, keep_blank_values=True)


@_internal
@require_POST
def batch(request: HttpRequest) -> HttpResponse:
    """Reactions and heartbeats, from the message engine. Each batch is counted once, however often it comes."""
    try:
        given = Batch.model_validate_json(request.body)
    except ValidationError as trouble:
        return HttpResponse(str(trouble.error_count()), status=400)
    actions.count_batch(given.batch_id, given.sums(), given.beats(), timezone.now())
    return HttpResponse(status=204)
