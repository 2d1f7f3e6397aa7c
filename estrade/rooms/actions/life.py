"""From the first of the crew to the end, and what the engines tell us meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from estrade.base.errors import Conflict
from estrade.base.jobs import defer
from estrade.rooms.actions.enter import vacate
from estrade.rooms.actions.rows import check_not_ended, locked_room, locked_seat, write
from estrade.rooms.models import EngineBatch, Message, ReactionCount, Room, Seat
from estrade.tickets.models import Ticket

WATCHED_MS_MAX = 60_000  # of one heartbeat; they come every 15 s
Phase = Room.Phase


@transaction.atomic
def go_backstage(room_id: UUID, now: datetime) -> None:
    """Let the crew prepare, unseen. Nothing when they do.

    Raises:
        Conflict: the doors are open.
        RoomEnded: it is over.
    """
    room = locked_room(room_id)
    check_not_ended(room, now)
    if room.phase_at(now) == Phase.OPEN:
        raise Conflict
    room.phase = Phase.BACKSTAGE
    room.save(update_fields=["phase"])


@transaction.atomic
def open_doors(room_id: UUID, now: datetime) -> Message | None:
    """Let the attendees in; None when the doors are open."""
    room = locked_room(room_id)
    check_not_ended(room, now)
    if room.phase == Phase.OPEN:
        return None
    room.phase, room.opened_at = Phase.OPEN, now
    room.save(update_fields=["phase", "opened_at"])
    return write(room_id, "opened", now)


@transaction.atomic
def lock(room_id: UUID, now: datetime) -> Message | None:
    """Let nobody new in, unless admitted by name; None when it is locked. Who is in stays, and may come back."""
    return _set_locked(room_id, now, is_locked=True)


@transaction.atomic
def unlock(room_id: UUID, now: datetime) -> Message | None:
    """Let everybody with a ticket in again."""
    return _set_locked(room_id, now, is_locked=False)


def _set_locked(room_id: UUID, now: datetime, *, is_locked: bool) -> Message | None:
    room = locked_room(room_id)
    check_not_ended(room, now)
    if room.is_locked == is_locked:
        return None
    room.is_locked = is_locked
    room.save(update_fields=["is_locked"])
    return write(room_id, "locked" if is_locked else "unlocked", now)


@transaction.atomic
def end(room_id: UUID, now: datetime) -> Message | None:
    """End the event for all, for good; None when it has ended."""
    room = locked_room(room_id)
    if room.phase == Phase.ENDED:
        return None
    room.phase, room.ended_at = Phase.ENDED, now
    room.save(update_fields=["phase", "ended_at"])
    defer("rooms.close_room", room_id=str(room_id))
    return write(room_id, "ended", now)


def keep_time(room: Room, now: datetime) -> Message | None:
    """Write down what the clock has decided: doors that nobody opened open at the start, a forgotten room ends."""
    phase = room.phase_at(now)
    if phase == room.phase:
        return None
    return end(room.pk, now) if phase == Phase.ENDED else open_doors(room.pk, now)


@transaction.atomic
def close_seat(seat_id: UUID) -> bool:
    """Let nobody sit on a ticket that was cancelled; whether somebody did."""
    seat = locked_seat(seat_id)
    if seat.ticket is None or seat.ticket.state != Ticket.State.CANCELLED or not seat.device:
        return False
    vacate(seat, "removed")
    return True


@transaction.atomic
def give_seat(ticket_id: UUID) -> Seat | None:
    """Name a ticket's seat after whom the ticket admits now; the seat, if somebody else sat there, who no longer does."""
    found = Seat.objects.filter(ticket=ticket_id).first()
    if found is None:
        return None
    seat = locked_seat(found.pk)
    assert seat.ticket is not None
    was_taken = bool(seat.device)
    if was_taken:
        vacate(seat, "removed")
    seat.name = seat.ticket.attendee_name
    seat.save(update_fields=["name"])
    return seat if was_taken else None


@dataclass(frozen=True)
class Reactions:
    """How often each reaction was sent in a room since the last batch."""

    room: UUID
    counts: dict[str, int]


@dataclass(frozen=True)
class Heartbeat:
    """A seat was heard of at `at`, having watched for so long since the last time."""

    seat: UUID
    generation: int
    watched_ms: int
    at: datetime


_ADD_REACTIONS = """
INSERT INTO rooms_reactioncount (room_id, reaction, count)
SELECT said.room, said.reaction, sum(said.count) FROM unnest(%s::uuid[], %s::text[], %s::bigint[]) AS said (room, reaction, count)
JOIN rooms_room ON rooms_room.id = said.room GROUP BY 1, 2 ORDER BY 1, 2
ON CONFLICT (room_id, reaction) DO UPDATE SET count = rooms_reactioncount.count + EXCLUDED.count
"""
_ADD_HEARTBEATS = """
UPDATE rooms_seat SET
    last_heartbeat_at = GREATEST(last_heartbeat_at, heard.at),
    watched_ms = rooms_seat.watched_ms + heard.watched_ms
FROM (
    SELECT seat, generation, max(at) AS at, sum(watched_ms) AS watched_ms
    FROM unnest(%s::uuid[], %s::int[], %s::bigint[], %s::timestamptz[]) AS said (seat, generation, watched_ms, at) GROUP BY 1, 2
) AS heard
WHERE rooms_seat.id = heard.seat AND rooms_seat.generation = heard.generation
"""


@transaction.atomic
def count_batch(batch_id: UUID, reactions: Sequence[Reactions], heartbeats: Sequence[Heartbeat], now: datetime) -> bool:
    """Add what the message engine has counted; False when this batch was added before. What is gone is skipped."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO rooms_enginebatch (id, received_at) VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING id", [batch_id, now]
        )
        if cursor.fetchone() is None:
            return False
        sums = [(each.room, name, count) for each in reactions for name, count in each.counts.items()]
        if sums:
            cursor.execute(_ADD_REACTIONS, [list(column) for column in zip(*sums, strict=True)])
        beats = [(each.seat, each.generation, min(each.watched_ms, WATCHED_MS_MAX), min(each.at, now)) for each in heartbeats]
        if beats:
            cursor.execute(_ADD_HEARTBEATS, [list(column) for column in zip(*beats, strict=True)])
    return True


def forget_batches(now: datetime) -> None:
    """Batches are repeated for minutes; after a day none is."""
    EngineBatch.objects.filter(received_at__lt=now - timedelta(days=1)).delete()


def reactions_in(room_id: UUID) -> dict[str, int]:
    """How often each reaction was sent in a room."""
    return dict(ReactionCount.objects.filter(room=room_id).values_list("reaction", "count"))
