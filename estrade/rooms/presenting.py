"""Rooms, people and messages as JSON, for browsers and for the message engine alike."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from estrade.rooms import engine, messages, queries
from estrade.rooms.models import Message, Room, Seat
from estrade.rooms.permissions import grants_of


def moment(at: datetime) -> str:
    """A time as it stands in answers (RFC 3339, UTC)."""
    return at.isoformat().replace("+00:00", "Z")


def message(row: Message) -> dict[str, Any]:
    """A message as it is published and read; of a hidden one, only that it was there."""
    return {
        "number": row.number,
        "at": moment(row.at),
        "kind": row.kind,
        "seat_id": str(row.seat_id) if row.seat_id else None,
        "name": row.name,
        "role": row.role,
        "text": "" if row.hidden_at else row.text,
        "data": row.data,
    }


def state(room: Room, seat: Seat | None, device: str, now: datetime) -> dict[str, Any]:
    """The room as somebody in it, or before it, sees it. `me` is None for a program."""
    occurrence = room.occurrence
    return {
        "id": str(room.pk),
        "event_title": occurrence.event.title,
        "kind": occurrence.event.kind,
        "phase": room.phase_at(now),
        "doors_at": moment(occurrence.doors_at),
        "starts_at": moment(occurrence.starts_at),
        "ends_at": moment(occurrence.ends_at),
        "is_locked": room.is_locked,
        "spotlight_seat": str(room.spotlight_seat) if room.spotlight_seat else None,
        "last_number": room.last_number,
        "me": _me(seat, device, now) if seat else None,
        "server_time": moment(now),
    }


def _me(seat: Seat, device: str, now: datetime) -> dict[str, Any]:
    return {
        "seat_id": str(seat.pk),
        "name": seat.name,
        "role": seat.role,
        "generation": seat.generation,
        "is_seated": bool(seat.device) and seat.device == device,
        "is_held_elsewhere": seat.is_held_elsewhere(device, now),
        "is_on_stage": seat.is_on_stage,
        "may_publish": grants_of(seat).may_publish,
        "is_silenced": seat.is_silenced,
        "hand_raised_at": moment(seat.hand_raised_at) if seat.hand_raised_at else None,
        "must_wait": queries.must_wait(seat, now),
    }


def person(found: queries.Person, *, is_whole: bool) -> dict[str, Any]:
    """Somebody in the room; who is silenced or was removed is the crew's business."""
    seat = found.seat
    return {
        "seat_id": str(seat.pk),
        "name": seat.name,
        "role": seat.role,
        "is_on_stage": seat.is_on_stage,
        "hand_raised_at": moment(seat.hand_raised_at) if seat.hand_raised_at else None,
        "is_silenced": is_whole and seat.is_silenced,
        "is_here": found.is_here,
        "is_removed": is_whole and (bool(seat.removed_at) or seat.is_banned),
        "is_banned": is_whole and seat.is_banned,
    }


def admission(request: HttpRequest, seat: Seat, now: datetime) -> dict[str, Any]:
    """What a seat needs to be in the room: where the engines are, and tokens for this generation."""
    room, allowed = seat.room, grants_of(seat)
    stage, backstage = engine.names(room.pk)
    origin = socket_origin(request)
    return {
        "state": state(queries.room(room.pk), seat, seat.device, now),
        "engine": {"url": origin, "token": _engine_token(seat, stage, may_publish=allowed.may_publish)},
        "backstage": {"url": origin, "token": _engine_token(seat, backstage, may_publish=True)} if allowed.has_backstage else None,
        "messages": {
            "url": f"{origin}/connection/websocket",
            "token": messages.token(seat.pk, seat.generation, room.pk, seat.role, seat.name, is_crew=seat.is_crew),
        },
    }


def _engine_token(seat: Seat, name: str, *, may_publish: bool) -> str:
    return engine.token(seat.pk, seat.generation, seat.role, seat.name, name, may_publish=may_publish)


def socket_origin(request: HttpRequest) -> str:
    """Where this browser's long-lived connections go: the site, under the name by which the browser knows it."""
    return f"{'wss' if settings.IS_HTTPS else 'ws'}://{request.get_host()}"
