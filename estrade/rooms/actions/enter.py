"""From the link to the seat: a seat is there from the first look at the lobby; taking it is an act of its own."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from estrade.base.errors import Forbidden, NotFound
from estrade.base.jobs import defer
from estrade.events.models import Occurrence
from estrade.rooms import queries
from estrade.rooms.actions.rows import locked_room, locked_seat, write
from estrade.rooms.errors import SeatLost, SeatTaken
from estrade.rooms.models import CrewMember, Message, Room, Seat
from estrade.tickets import actions as tickets
from estrade.tickets.models import Ticket
from estrade.users.models import User
from estrade.users.permissions import Permission

HOSTING = (Seat.Role.HOST, Seat.Role.COHOST)


def room_of(occurrence: Occurrence) -> Room:
    """The room of an occurrence, made when first asked for."""
    Room.objects.bulk_create([Room(occurrence=occurrence)], ignore_conflicts=True)
    return Room.objects.select_related("occurrence__event__organisation").get(occurrence=occurrence)


def seat_ticket(ticket: Ticket) -> Seat:
    """The one seat of a ticket, made when first asked for. Nobody sits there yet."""
    found = Seat.objects.filter(ticket=ticket).first()
    if found is None:
        room = room_of(ticket.occurrence)
        row = Seat(room=room, ticket=ticket, role=Seat.Role.ATTENDEE, name=ticket.attendee_name)
        Seat.objects.bulk_create([row], ignore_conflicts=True)
        found = Seat.objects.get(ticket=ticket)
    return queries.seat(found.pk)


def seat_crew_member(room: Room, member: CrewMember) -> Seat:
    """The crew member's seat in this room.

    Raises:
        NotFound: they were invited to another event.
    """
    if member.event_id != room.occurrence.event_id:
        raise NotFound
    row = Seat(room=room, crew_member=member, role=member.role, name=member.name)
    Seat.objects.bulk_create([row], ignore_conflicts=True)
    return queries.seat(Seat.objects.get(room=room, crew_member=member).pk)


@transaction.atomic
def seat_user(room: Room, user: User, permission: Permission | None) -> Seat:
    """A member's seat: the first who may host is the host, later ones are co-hosts, the crew moderate.

    Raises:
        Forbidden: their role in the organisation does not go into rooms.
    """
    if permission is None:
        raise Forbidden
    locked_room(room.pk)  # two who come first at the same instant: one is the host
    found = Seat.objects.filter(room=room, user=user).first()
    role = _role(room, permission, found)
    if found is None:
        found = Seat.objects.create(room=room, user=user, role=role, name=str(user).split("@", 1)[0])
    elif found.role != role:
        Seat.objects.filter(pk=found.pk).update(role=role)
    return queries.seat(found.pk)


def _role(room: Room, permission: Permission, found: Seat | None) -> str:
    if permission != Permission.ROOM_HOST:
        return Seat.Role.MODERATOR
    if found and found.role in HOSTING:
        return found.role
    is_first = not Seat.objects.filter(room=room, role=Seat.Role.HOST).exists()
    return Seat.Role.HOST if is_first else Seat.Role.COHOST


@transaction.atomic
def take_seat(seat_id: UUID, device: str, now: datetime, *, takeover: bool = False) -> Seat:
    """Sit down on `device`. A new generation begins; whatever was given to the one before opens nothing any more.

    Raises:
        SeatTaken: somebody sits there on another device, and `takeover` was not asked for.
        Refusal: the door is closed to this seat; see `queries.refusal`.
    """
    seat = locked_seat(seat_id)
    queries.check_open(seat, now)
    if seat.is_held_elsewhere(device, now) and not takeover:
        raise SeatTaken
    was_held, seat.generation, seat.device, seat.leased_at = bool(seat.device), seat.generation + 1, device, now
    seat.save(update_fields=["generation", "device", "leased_at"])
    if was_held:
        defer("rooms.put_out", seat_id=str(seat.pk), generation_min=seat.generation, notice="taken_over")
    _note_entry(seat, now)
    return seat


def _note_entry(seat: Seat, now: datetime) -> None:
    """The first entry on a ticket checks it in; the first of the crew brings the room backstage."""
    if seat.ticket_id:
        tickets.check_in(seat.ticket_id, now)
    elif seat.room.phase == Room.Phase.WAITING:
        Room.objects.filter(pk=seat.room_id, phase=Room.Phase.WAITING).update(phase=Room.Phase.BACKSTAGE)
        seat.room.phase = seat.room.phase_at(now) if seat.room.phase_at(now) == Room.Phase.OPEN else Room.Phase.BACKSTAGE


@transaction.atomic
def leave(seat_id: UUID, device: str, now: datetime) -> tuple[Seat, Message | None]:
    """Stand up: the seat is free at once, and what was given to this generation opens nothing any more.

    A raised hand goes down with it; the message says so.

    Raises:
        SeatLost: somebody sits there on another device.
    """
    seat = locked_seat(seat_id)
    if seat.device and seat.device != device:
        raise SeatLost
    was_raised = bool(seat.device and seat.hand_raised_at)
    if seat.device:
        seat.admitted_at = now if seat.room.is_locked else seat.admitted_at  # who was in may come back
        vacate(seat)
    return seat, write(seat.room_id, "hand_lowered", now, seat) if was_raised else None


def vacate(seat: Seat, notice: str = "") -> None:
    """Let nobody sit on this locked seat, and have put out who did; `notice` tells them why."""
    seat.generation, seat.device, seat.hand_raised_at = seat.generation + 1, "", None
    seat.save(update_fields=["generation", "device", "hand_raised_at", "admitted_at"])
    defer("rooms.put_out", seat_id=str(seat.pk), generation_min=seat.generation, notice=notice)
