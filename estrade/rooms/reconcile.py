"""The engine holds what the rows say: whoever is connected without a right goes, and whoever may publish can."""

from __future__ import annotations

from datetime import datetime

from estrade.rooms import engine, queries
from estrade.rooms.models import Room, Seat
from estrade.rooms.permissions import grants_of


def reconcile(room: Room, now: datetime) -> None:
    """Compare both rooms of the engine with the seats.

    Raises:
        EngineUnavailable: the engine does not answer.
    """
    stage, backstage = engine.names(room.pk)
    _reconcile(room, stage, now, is_backstage=False)
    _reconcile(room, backstage, now, is_backstage=True)


def _reconcile(room: Room, name: str, now: datetime, *, is_backstage: bool) -> None:
    # Participants first, seats after: who is admitted in between is not mistaken for somebody put out.
    there = engine.participants(name)
    seats = {seat.pk: seat for seat in queries.seats(found.seat_id for found in there if found.seat_id) if seat.room_id == room.pk}
    for found in there:
        _compare(name, found, seats.get(found.seat_id) if found.seat_id else None, now, is_backstage=is_backstage)


def _compare(name: str, found: engine.Participant, seat: Seat | None, now: datetime, *, is_backstage: bool) -> None:
    if seat is None:
        engine.remove_identity(name, found.identity)
    elif not queries.may_stay(seat, found.generation, is_backstage=is_backstage, now=now):
        engine.remove(name, seat.pk, generation_min=found.generation + 1)
    elif found.may_publish != (is_backstage or grants_of(seat).may_publish):
        engine.set_permission(name, seat.pk, may_publish=is_backstage or grants_of(seat).may_publish)
