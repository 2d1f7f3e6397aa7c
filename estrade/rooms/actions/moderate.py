"""Silence, removal, ban, and the way back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from estrade.rooms.actions.enter import vacate
from estrade.rooms.actions.rows import check_not_ended, locked_seat, write
from estrade.rooms.errors import Banned
from estrade.rooms.models import Message, Seat


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
    if seat.removed_at or seat.banned_at:
        return None
    seat.removed_at = now
    return _put_out(seat, now)


@transaction.atomic
def ban(seat_id: UUID, now: datetime) -> Message | None:
    """Put somebody out for good; None when they are banned."""
    seat = locked_seat(seat_id)
    check_not_ended(seat.room, now)
    if seat.banned_at:
        return None
    was_out, seat.banned_at = bool(seat.removed_at), now
    return _put_out(seat, now, is_news=not was_out)


def _put_out(seat: Seat, now: datetime, *, is_news: bool = True) -> Message | None:
    seat.is_on_stage, seat.admitted_at = False, None
    seat.save(update_fields=["removed_at", "banned_at", "is_on_stage", "admitted_at"])
    vacate(seat, "banned" if seat.banned_at else "removed")
    return write(seat.room_id, "removed", now, seat) if is_news else None


@transaction.atomic
def admit(seat_id: UUID, now: datetime) -> Seat:
    """Let somebody in by name: although the room is locked, or after they were removed.

    Raises:
        Banned: a ban is for good.
    """
    seat = locked_seat(seat_id)
    check_not_ended(seat.room, now)
    if seat.banned_at:
        raise Banned
    seat.removed_at, seat.admitted_at = None, now
    seat.save(update_fields=["removed_at", "admitted_at"])
    return seat
