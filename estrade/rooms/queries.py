"""Rooms, seats and messages: what is, and who may go in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from estrade.base import secrets
from estrade.base.errors import NotFound, Refusal
from estrade.events import queries as events
from estrade.events.models import Ban, Event, Occurrence
from estrade.rooms.engine import Admittance
from estrade.rooms.errors import Banned, RoomEnded, RoomLocked, RoomNotOpen, SeatLost, SeatRemoved, TicketCancelled
from estrade.rooms.models import CrewMember, Message, Room, Seat
from estrade.rooms.permissions import Power, grants_of
from estrade.tickets.models import Ticket
from estrade.users.permissions import Permission, Viewer

MESSAGES_MAX = 200
_WITH_ALL = ("room__occurrence__event", "ticket", "crew_member")


def room(room_id: UUID) -> Room:
    """One room, with its occurrence, event and organisation.

    Raises:
        NotFound: there is none.
    """
    found = Room.objects.select_related("occurrence__event__organisation").filter(pk=room_id).first()
    if found is None:
        raise NotFound
    return found


def phase_at(room: Room, now: datetime) -> str:
    """The phase that holds at `now`."""
    return room.phase_at(now)


def read_seats() -> QuerySet[Seat]:
    """Seats, each with its room, occurrence, event, ticket and crew member, and with `is_banned`.

    A ban is of the person, for the whole event: of an address, its holder's or its buyer's, or of one of the crew.
    """
    event = OuterRef("room__occurrence__event")
    addresses = (OuterRef("ticket__attendee_email"), OuterRef("ticket__order__buyer_email"))
    same_crew = Q(crew_member=OuterRef("crew_member")) | Q(user=OuterRef("user"))
    by_address = Ban.objects.filter(event=event, email__in=addresses)
    as_crew = Seat.objects.filter(same_crew, room__occurrence__event=event, banned_at__isnull=False)
    is_banned = Exists(by_address) | Exists(as_crew)
    return Seat.objects.select_related(*_WITH_ALL).annotate(is_banned=is_banned)  # type: ignore[no-redef] # what the model declares


def seat(seat_id: UUID) -> Seat:
    """One seat, as `read_seats` reads it.

    Raises:
        NotFound: there is none.
    """
    found = read_seats().filter(pk=seat_id).first()
    if found is None:
        raise NotFound
    return found


def seat_in(room_id: UUID, seat_id: UUID) -> Seat:
    """A seat of this room."""
    found = seat(seat_id)
    if found.room_id != room_id:
        raise NotFound
    return found


def seats(seat_ids: Iterable[UUID]) -> list[Seat]:
    """The seats that exist of those asked for, each with what `refusal` looks at."""
    return list(read_seats().filter(pk__in=list(seat_ids)))


def addresses_of(seat: Seat) -> list[str]:
    """Where the person on the seat is written to: a ticket's holder, and its buyer behind; else the crew's own address."""
    if seat.ticket is not None:
        return [seat.ticket.attendee_email, seat.ticket.order.buyer_email]
    person = seat.crew_member or seat.user
    return [person.email] if person else []


def seats_of_person(seat: Seat) -> list[UUID]:
    """This seat and all others of its person in the event's rooms, in the order in which they are locked.

    A ticket makes nobody crew: anyone may type the host's address when they buy.
    """
    address = addresses_of(seat)[0]
    same = Q(ticket__attendee_email=address) | Q(ticket__order__buyer_email=address)
    if seat.is_crew:
        same |= Q(crew_member=seat.crew_member_id, crew_member__isnull=False) | Q(user=seat.user_id, user__isnull=False)
    rows = Seat.objects.filter(same, room__occurrence__event=seat.room.occurrence.event_id).order_by("room", "pk")
    return list(rows.values_list("pk", flat=True))


def refusal(seat: Seat, now: datetime) -> Refusal | None:
    """Why nobody may be in the room on this seat at `now`, or None: the one rule of admission.

    The API, the front's questions and the reconciliation all ask this.
    """
    phase = seat.room.phase_at(now)
    if seat.is_banned:
        return Banned()
    if seat.ticket is not None and seat.ticket.state != Ticket.State.VALID:
        return TicketCancelled()
    if phase == Room.Phase.ENDED:
        return RoomEnded()
    if seat.removed_at or (seat.crew_member is not None and seat.crew_member.removed_at):
        return SeatRemoved()
    return None if seat.is_crew else _refusal_of_audience(seat, phase)


def _refusal_of_audience(seat: Seat, phase: str) -> Refusal | None:
    if phase != Room.Phase.OPEN:
        return RoomNotOpen(doors_at=seat.room.occurrence.doors_at)
    if seat.room.is_locked and not seat.admitted_at and not seat.device:
        return RoomLocked()
    return None


def must_wait(seat: Seat, now: datetime) -> bool:
    """Whether the door is closed for now, and waiting helps."""
    return isinstance(refusal(seat, now), RoomNotOpen | RoomLocked)


def check_known(seat: Seat, now: datetime) -> None:
    """Let nobody look at the room any more whom nothing brings back: a ban, a ticket that was cancelled."""
    refused = refusal(seat, now)
    if isinstance(refused, Banned | TicketCancelled):
        raise refused


def check_open(seat: Seat, now: datetime) -> None:
    """Let only those on to whom the door is open.

    Raises:
        Refusal: see `refusal`.
    """
    refused = refusal(seat, now)
    if refused:
        raise refused


def check_seated(seat: Seat, device: str, now: datetime, generation: int | None = None) -> None:
    """Let only those on who are in the room on this device, in `generation` when it is given.

    Raises:
        Refusal: see `refusal`.
        SeatLost: they sit on another device now, or left.
    """
    check_open(seat, now)
    if not seat.device or seat.device != device or generation not in {None, seat.generation}:
        raise SeatLost


def may_connect(token: Admittance, now: datetime) -> bool:
    """Whether the engine may let in who shows this token, which was ours once: one statement, asked before every connection.

    What the token lets them publish must be what their seat may: somebody sent back cannot return with an older token.
    """
    found = read_seats().filter(pk=token.seat_id, room=token.room_id).first()
    if found is None or not may_stay(found, token.generation, is_backstage=token.is_backstage, now=now):
        return False
    return token.may_publish == (token.is_backstage or grants_of(found).may_publish)


def may_stay(seat: Seat, generation: int, *, is_backstage: bool, now: datetime) -> bool:
    """Whether a participant of the engine may be there at all, whatever they publish."""
    if is_backstage and not grants_of(seat).has_backstage:
        return False
    return bool(seat.device) and seat.generation == generation and refusal(seat, now) is None


def messages_after(room_id: UUID, number: int) -> list[Message]:
    """At most MESSAGES_MAX messages after `number`, in their order."""
    rows = Message.objects.filter(room=room_id, number__gt=number).select_related("seat").order_by("number")
    return list(rows[:MESSAGES_MAX])


def last_message(room_id: UUID, since: datetime) -> Message | None:
    """The newest message, if it was said after `since`."""
    return Message.objects.filter(room=room_id, at__gte=since).select_related("seat").order_by("-number").first()


def chat_message(room_id: UUID, number: int) -> Message:
    """One chat message of the room."""
    found = Message.objects.filter(room=room_id, number=number, kind="chat").first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Person:
    """Somebody in a room, as others see them."""

    seat: Seat
    is_here: bool


def people(room: Room, powers: frozenset[Power], now: datetime) -> list[Person]:
    """Crew see everybody; others see the crew and who is on stage, in a class everybody who is there."""
    rows = read_seats().filter(room=room.pk).order_by("name", "pk")
    found = [Person(row, row.is_held(now) and not row.removed_at and not row.is_banned) for row in rows]
    if Power.SEE_EVERYBODY in powers:
        return found
    is_class = room.occurrence.event.kind == Event.Kind.CLASS
    return [person for person in found if person.is_here and (is_class or person.seat.is_crew or person.seat.is_on_stage)]


def seats_of_cancelled_tickets(order_id: UUID) -> list[UUID]:
    """The seats of an order's cancelled tickets."""
    rows = Seat.objects.filter(ticket__order=order_id, ticket__state=Ticket.State.CANCELLED)
    return list(rows.values_list("pk", flat=True))


def rooms_of_event(event_id: UUID) -> list[UUID]:
    """The event's rooms that have not ended."""
    return list(Room.objects.filter(occurrence__event=event_id).exclude(phase=Room.Phase.ENDED).values_list("pk", flat=True))


def rooms_to_look_after(now: datetime) -> list[Room]:
    """Rooms that people may be in, or whose doors are due."""
    due = Q(phase__in=[Room.Phase.BACKSTAGE, Room.Phase.OPEN]) | Q(phase=Room.Phase.WAITING, occurrence__starts_at__lte=now)
    return list(Room.objects.filter(due).select_related("occurrence__event"))


def occurrence_of_crew(event: Event, now: datetime) -> Occurrence:
    """The occurrence that a crew link leads to: the one that is on or comes next, or else the last.

    Raises:
        NotFound: the event has no date.
    """
    found = events.next_occurrence(event, now) or next(reversed(events.occurrences_of(event)), None)
    if found is None:
        raise NotFound
    return found


def crew(event: Event) -> QuerySet[CrewMember]:
    """Who was invited to the event's crew and not removed."""
    return CrewMember.objects.filter(event=event, removed_at=None).order_by("name", "pk")


def crew_member(event: Event, crew_member_id: UUID) -> CrewMember:
    """One of them."""
    found = crew(event).filter(pk=crew_member_id).first()
    if found is None:
        raise NotFound
    return found


def invited(crew_member_id: UUID) -> CrewMember | None:
    """A crew member with their event, unless they were removed."""
    return CrewMember.objects.select_related("event__organisation").filter(pk=crew_member_id, removed_at=None).first()


def crew_secret(member: CrewMember) -> str:
    """The key in the crew link."""
    return secrets.derive("crew", member.pk, member.version)


def crew_url(member: CrewMember) -> str:
    """The crew link: the address that lets its holder in as crew. A secret."""
    return settings.SITE_URL + reverse("rooms:open_crew", args=[member.pk, crew_secret(member)])


def crew_member_by_secret(crew_member_id: UUID, secret: str) -> CrewMember:
    """The crew member whose link this is.

    Raises:
        NotFound: the link holds no more, or never did.
    """
    found = invited(crew_member_id)
    if found is None or not secrets.matches(secret, "crew", found.pk, found.version):
        raise NotFound
    return found


def crew_member_by_version(crew_member_id: UUID, version: int) -> CrewMember | None:
    """The crew member, while the link that a browser followed still holds."""
    return CrewMember.objects.select_related("event").filter(pk=crew_member_id, version=version, removed_at=None).first()


def crew_role(viewer: Viewer, room: Room) -> Permission | None:
    """As what a member of the organisation may go in, or None."""
    organisation = room.occurrence.event.organisation_id
    return next((found for found in (Permission.ROOM_HOST, Permission.ROOM_CREW) if viewer.may(found, organisation)), None)
