"""To the stage and from it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from estrade.base.errors import Forbidden, NotFound
from estrade.base.jobs import defer
from estrade.events.models import Event
from estrade.rooms import queries
from estrade.rooms.actions.rows import check_not_ended, locked_room, locked_seat, write
from estrade.rooms.errors import NoStage
from estrade.rooms.models import Message, Seat
from estrade.rooms.permissions import grants_of


@transaction.atomic
def promote(seat_id: UUID, now: datetime) -> Message | None:
    """Let somebody be seen and heard by everybody; None when they are on stage.

    The row says so, so that it stays true when the engine has forgotten.

    Raises:
        NoStage: it is a class.
        Refusal: they may not be in the room at all.
    """
    seat = locked_seat(seat_id)
    if seat.room.occurrence.event.kind == Event.Kind.CLASS:
        raise NoStage
    queries.check_open(seat, now)
    if seat.is_on_stage:
        return None
    seat.is_on_stage, seat.hand_raised_at = True, None
    seat.save(update_fields=["is_on_stage", "hand_raised_at"])
    defer("rooms.apply_permission", seat_id=str(seat.pk))
    return write(seat.room_id, "promoted", now, seat)


@transaction.atomic
def send_back(seat_id: UUID, now: datetime) -> Message | None:
    """Back to the audience, or backstage; None when they are not on stage."""
    seat = locked_seat(seat_id)
    check_not_ended(seat.room, now)
    if not seat.is_on_stage:
        return None
    seat.is_on_stage = False
    seat.save(update_fields=["is_on_stage"])
    defer("rooms.apply_permission", seat_id=str(seat.pk))
    return write(seat.room_id, "sent_back", now, seat)


@transaction.atomic
def set_spotlight(room_id: UUID, seat_id: UUID | None, now: datetime) -> Message | None:
    """Show one person large to everybody, or nobody with None; None when nothing changes.

    Raises:
        NotFound: there is no such seat in this room.
        Forbidden: they may not be seen.
    """
    if seat_id is not None:
        _check_visible(room_id, seat_id)
    room = locked_room(room_id)
    check_not_ended(room, now)
    if room.spotlight_seat == seat_id:
        return None
    room.spotlight_seat = seat_id
    room.save(update_fields=["spotlight_seat"])
    return write(room_id, "spotlight", now, seat_id=str(seat_id) if seat_id else None)


def _check_visible(room_id: UUID, seat_id: UUID) -> None:
    seat: Seat = queries.seat(seat_id)
    if seat.room_id != room_id:
        raise NotFound
    if not grants_of(seat).may_publish:
        raise Forbidden
