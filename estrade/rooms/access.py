"""Who asks in a room: what a browser holds (a ticket's cookie, a crew cookie, a session), the seat it stands for, the device it is.

The seat cookie only remembers which of them was chosen; it opens nothing by itself.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from estrade.base.errors import Forbidden, NotFound
from estrade.rooms import actions, queries
from estrade.rooms.errors import NoSeat
from estrade.rooms.models import CrewMember, Room, Seat
from estrade.rooms.permissions import ROLE_POWERS, Power, Role, outranks
from estrade.tickets import access as tickets
from estrade.users import queries as users
from estrade.users.models import User
from estrade.users.permissions import Permission

SECONDS_MAX = 400 * 24 * 3600
DEVICE = "device"


@dataclass(frozen=True)
class Asker:
    """Somebody with a seat in the room, or a program of its organisation, which has none."""

    room: Room
    seat: Seat | None
    role: str
    device: str  # as it is kept in the seat; empty for a browser that has not been here

    @property
    def powers(self) -> frozenset[Power]:
        """What they may do to the room and to others in it."""
        return ROLE_POWERS[self.role]

    def own_seat(self) -> Seat:
        """Their seat.

        Raises:
            NoSeat: it is a program.
        """
        if self.seat is None:
            raise NoSeat
        return self.seat

    def require(self, power: Power, now: datetime) -> None:
        """Let only those on who have `power`, and are not out of the room themselves.

        Raises:
            Forbidden: their role has not.
            Refusal: they may not be in the room; see `queries.refusal`.
        """
        if power not in self.powers:
            raise Forbidden
        if self.seat:
            queries.check_open(self.seat, now)

    def require_over(self, power: Power, seat_id: UUID, now: datetime) -> Seat:
        """The same, to act on another seat of this room, whose role must be narrower.

        Raises:
            NotFound: the seat is in no room of theirs.
        """
        self.require(power, now)
        target = queries.seat_in(self.room.pk, seat_id)
        if not outranks(self.role, target.role):
            raise Forbidden
        return target


def asker(request: HttpRequest, room_id: UUID) -> Asker:
    """Who asks.

    Raises:
        NotFound: there is no such room, or they have no business in it.
        Forbidden: a member of the organisation whose role does not go into rooms.
    """
    room = queries.room(room_id)
    viewer = users.viewer(request)
    if viewer.token_id:
        permission = queries.crew_role(viewer, room)
        if permission is None:
            viewer.require(Permission.ROOM_CREW, room.occurrence.event.organisation_id)
        return Asker(room, None, Role.HOST if permission == Permission.ROOM_HOST else Role.MODERATOR, "")
    seat = _chosen(request, room) or _claimed(request, room)
    if seat is None:
        raise NotFound
    return Asker(room, seat, seat.role, device(request))


def _chosen(request: HttpRequest, room: Room) -> Seat | None:
    """The seat that the cookie remembers, while the browser still has a right to it."""
    seat_id = remembered_seat(request, room.pk)
    if seat_id is None:
        return None
    try:
        seat = queries.seat_in(room.pk, seat_id)
    except NotFound:
        return None
    return seat if may_use(request, seat) else None


def may_use(request: HttpRequest, seat: Seat) -> bool:
    """Whether this browser holds what the seat belongs to: the ticket link's cookie, the crew link's, or the user's session."""
    if seat.ticket_id:
        return tickets.granted(request, seat.ticket_id) is not None
    if seat.crew_member is not None:
        return _crew_version(request, seat.crew_member.pk) == seat.crew_member.version
    needed = Permission.ROOM_HOST if seat.role in {Role.HOST, Role.COHOST} else Permission.ROOM_CREW
    viewer = users.viewer(request)
    is_theirs = viewer.user_id is not None and viewer.user_id == seat.user_id
    return is_theirs and viewer.may(needed, seat.room.occurrence.event.organisation_id)


def _claimed(request: HttpRequest, room: Room) -> Seat | None:
    """A seat for what the browser holds, the widest right first."""
    user = getattr(request, "user", None)
    permission = queries.crew_role(users.viewer(request), room)
    if isinstance(user, User) and permission:
        return actions.seat_user(room, user, permission)
    for member in granted_crew(request):
        if member.event_id == room.occurrence.event_id:
            return actions.seat_crew_member(room, member)
    for ticket_id in tickets.granted_tickets(request):
        ticket = tickets.granted(request, ticket_id)
        if ticket and ticket.occurrence_id == room.occurrence_id:
            return actions.seat_ticket(ticket)
    return None


def remember_seat(response: HttpResponse, seat: Seat) -> None:
    """Let this browser be asked no more which of its seats it means."""
    _set(response, f"seat_{seat.room_id.hex}", signing.Signer(salt="seat-cookie").sign(seat.pk.hex))


def remembered_seat(request: HttpRequest, room_id: UUID) -> UUID | None:
    """The seat that this browser chose in the room."""
    try:
        return UUID(signing.Signer(salt="seat-cookie").unsign(request.COOKIES.get(f"seat_{room_id.hex}", "")))
    except (signing.BadSignature, ValueError):
        return None


def grant_crew(response: HttpResponse, member: CrewMember) -> None:
    """Let this browser in as `member`."""
    _set(response, f"crew_{member.pk.hex}", signing.Signer(salt="crew-cookie").sign(f"{member.pk.hex}.{member.version}"))


def granted_crew(request: HttpRequest) -> list[CrewMember]:
    """The crew members whose links this browser followed and that still hold."""
    ids = [name.removeprefix("crew_") for name in request.COOKIES if name.startswith("crew_")]
    found = []
    for text in ids[:20]:
        try:
            crew_member_id = UUID(text)
        except ValueError:
            continue
        version = _crew_version(request, crew_member_id)
        member = queries.crew_member_by_version(crew_member_id, version) if version else None
        found += [member] if member else []
    return found


def _crew_version(request: HttpRequest, crew_member_id: UUID) -> int | None:
    try:
        named, version = signing.Signer(salt="crew-cookie").unsign(request.COOKIES.get(f"crew_{crew_member_id.hex}", "")).split(".")
    except (signing.BadSignature, ValueError):
        return None
    return int(version) if named == crew_member_id.hex else None


def device(request: HttpRequest) -> str:
    """The device as it is kept in seats: a hash of its cookie. Empty for one that has none yet."""
    cookie = request.COOKIES.get(DEVICE, "")
    return sha256(cookie.encode("utf-8", "replace")).hexdigest() if len(cookie) >= 20 else ""


def know_device(request: HttpRequest, response: HttpResponse) -> str:
    """The same, giving the browser its cookie when it has none."""
    known = device(request)
    if known:
        return known
    fresh = secrets.token_urlsafe(24)
    _set(response, DEVICE, fresh)
    return sha256(fresh.encode()).hexdigest()


def _set(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=SECONDS_MAX, httponly=True, samesite="Lax", secure=settings.IS_HTTPS)
