"""Silence, removal, ban, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from estrade.events import actions as events
from estrade.rooms import queries
from estrade.rooms.actions.enter import vacate
from estrade.rooms.actions.rows import check_not_ended, locked_seat, write
from estrade.rooms.errors import Banned
from estrade.rooms.models import Message, Room, Seat


@transaction.atomic
def mute(seat_id: UUID, now: datetime) -> Message:
    """Say that somebody's sound was ended. The engine does it; they can begin again."""
    seat = locked_seat(seat_id)
    check_not_ended(seat.room, now)
    return write(seat.room_id, "muted", now, seat)


@transaction.atomic
def silence(seat_id: UUID, now: datetime) -> Message | None:
    """End somebody's right to write; None when it had ended."""
    return _set_silenced(seat_id, now, is_silenced=True)


@transaction.atomic
def unsilence(seat_id: UUID, now: datetime) -> Message | None:
    """Give it back."""
    return _set_silenced(seat_id, now, is_silenced=False)


def _set_silenced(seat_id: UUID, now: datetime, *, is_silenced: bool) -> Message | None:
    seat = locked_seat(seat_id)
    check_not_ended(seat.room, now)
    if seat.is_silenced == is_silenced:
        return None
    seat.is_silenced = is_silenced
    seat.save(update_fields=["is_silenced"])
    return write(seat.room_id, "silenced" if is_silenced else "unsilenced", now, seat)


@transaction.atomic
def remove(seat_id: UUID, now: datetime) -> Message | None:
    """Put somebody out of the room until they are admitted again; None when they are out."""
    seat = locked_seat(seat_id)
    check_not_ended(seat.room, now)
    if seat.removed_at or seat.is_banned:
        return None
    seat.removed_at = now
    return _put_out(seat, now, "removed")


@dataclass(frozen=True)
class PutOut:
    """What a ban has done: the seats whose connections end, and what is said of it in their rooms."""

    seats: list[Seat]
    messages: list[Message]


@transaction.atomic
def ban(seat_id: UUID, now: datetime) -> PutOut:
    """Keep the person on this seat out of the whole event: every seat and ticket of theirs, and what they would still buy.

    Nothing when they are banned.
    """
    target = queries.seat(seat_id)
    check_not_ended(target.room, now)
    # All of theirs, locked before the ban is written: nobody sits down on one of them meanwhile.
    seats = [locked_seat(each) for each in queries.seats_of_person(target)]
    if any(seat.is_banned for seat in seats if seat.pk == seat_id):
        return PutOut([], [])
    events.ban(target.room.occurrence.event_id, queries.addresses_of(target)[0], now)
    messages = [_banned(seat, now, is_target=seat.pk == seat_id) for seat in seats]
    return PutOut(seats, [message for message in messages if message])


def _banned(seat: Seat, now: datetime, *, is_target: bool) -> Message | None:
    is_news = not seat.removed_at and (is_target or bool(seat.device))
    seat.banned_at = now if seat.is_crew else None
    return _put_out(seat, now, "banned", is_news=is_news and seat.room.phase_at(now) != Room.Phase.ENDED)


@transaction.atomic
def unban(seat_id: UUID, now: datetime) -> Seat:
    """Let the person on this seat come in and buy again, as if they had been neither banned nor removed."""
    target = queries.seat(seat_id)
    check_not_ended(target.room, now)
    seats = [locked_seat(each) for each in queries.seats_of_person(target)]
    if not target.is_banned:
        return target
    events.lift_ban(target.room.occurrence.event_id, queries.addresses_of(target))
    Seat.objects.filter(pk__in=[seat.pk for seat in seats]).update(banned_at=None, removed_at=None)
    return queries.seat(seat_id)


def _put_out(seat: Seat, now: datetime, notice: str, *, is_news: bool = True) -> Message | None:
    seat.is_on_stage, seat.admitted_at = False, None
    seat.save(update_fields=["removed_at", "banned_at", "is_on_stage", "admitted_at"])
    vacate(seat, notice)
    return write(seat.room_id, "removed", now, seat) if is_news else None


@transaction.atomic
def admit(seat_id: UUID, now: datetime) -> Seat:
    """Let somebody in by name: although the room is locked, or after they were removed.

    Raises:
        Banned: a ban is lifted, not passed by.
    """
    seat = locked_seat(seat_id)
    check_not_ended(seat.room, now)
    if seat.is_banned:
        raise Banned
    seat.removed_at, seat.admitted_at = None, now
    seat.save(update_fields=["removed_at", "admitted_at"])
    return seat
