"""Locking rows, and writing a room's next message: what the other actions are made of."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from estrade.base.errors import NotFound
from estrade.rooms import queries
from estrade.rooms.errors import RoomEnded
from estrade.rooms.models import Message, Room, Seat
from estrade.rooms.protocol import MessageKind


def locked_seat(seat_id: UUID) -> Seat:
    """The seat's row, locked, with all that the rules look at."""
    if Seat.objects.select_for_update().filter(pk=seat_id).values_list("pk").first() is None:
        raise NotFound
    # Read again: a ban that was written while we waited for the lock is not seen by the statement that waited.
    return queries.seat(seat_id)


def locked_room(room_id: UUID) -> Room:
    """The room's row, locked, with its occurrence and event."""
    found = Room.objects.select_for_update(of=("self",)).select_related("occurrence__event").filter(pk=room_id).first()
    if found is None:
        raise NotFound
    return found


def check_not_ended(room: Room, now: datetime) -> None:
    """Let nothing happen in a room that is over.

    Raises:
        RoomEnded: it is.
    """
    if room.phase_at(now) == Room.Phase.ENDED:
        raise RoomEnded


def write(
    room_id: UUID,
    kind: MessageKind,
    now: datetime,
    seat: Seat | None = None,
    *,
    text: str = "",
    key: str | None = None,
    **data: Any,
) -> Message:
    """The room's next message, about or from `seat`.

    The number comes from the room's row, whose lock lasts until the commit: a number that is seen has all before it.
    """
    with connection.cursor() as cursor:
        cursor.execute("UPDATE rooms_room SET last_number = last_number + 1 WHERE id = %s RETURNING last_number", [room_id])
        (number,) = cursor.fetchone()
    return Message.objects.create(
        room_id=room_id,
        number=number,
        kind=kind,
        seat=seat,
        name=seat.name if seat else "",
        role=seat.role if seat else "",
        text=text,
        data=data,
        key=key,
        at=now,
    )
