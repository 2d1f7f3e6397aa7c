"""The message engine: what is said in a room reaches everyone in it. PostgreSQL is the history, not this."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt
from django.conf import settings

from estrade.rooms import wire
from estrade.rooms.errors import MessagesUnavailable

TOKEN_LIFE = timedelta(minutes=10)
NAME_BYTES_MAX = 240  # the engine takes 1,024 bytes of role and name, in which JSON may write a letter as twelve


def room_channel(room_id: UUID) -> str:
    """What everybody in the room hears."""
    return f"room:{room_id}"


def seat_channel(seat_id: UUID) -> str:
    """What one seat is told."""
    return f"seat:{seat_id}"


def backstage_channel(room_id: UUID) -> str:
    """What the crew hear."""
    return f"backstage:{room_id}"


def token(seat_id: UUID, generation: int, room_id: UUID, role: str, name: str, *, is_crew: bool) -> str:
    """Lets a seat listen to its room and to what concerns itself, for TOKEN_LIFE; the crew to the backstage too."""
    channels = [room_channel(room_id), seat_channel(seat_id)] + ([backstage_channel(room_id)] if is_crew else [])
    claims = {
        "aud": "messages",
        "sub": f"{seat_id}.{generation}",
        "exp": int(time.time() + TOKEN_LIFE.total_seconds()),
        "room": str(room_id),
        "channels": channels,
        "info": {"name": name.encode()[:NAME_BYTES_MAX].decode(errors="ignore"), "role": role},
    }
    return jwt.encode(claims, settings.MESSAGES_TOKEN_SECRET, algorithm="HS256")


def publish(channel: str, data: dict[str, Any], idempotency_key: str = "") -> None:
    """Tell everyone who listens to `channel`; the same key is told once in five minutes.

    Raises:
        MessagesUnavailable: the engine does not answer.
    """
    body: dict[str, Any] = {"channel": channel, "data": data}
    _call("publish", body | ({"idempotency_key": idempotency_key} if idempotency_key else {}))


def broadcast(channels: list[str], data: dict[str, Any]) -> None:
    """Tell everyone who listens to any of `channels`."""
    for start in range(0, len(channels), 1_000):
        _call("broadcast", {"channels": channels[start : start + 1_000], "data": data})


def disconnect(seat_id: UUID, generation: int) -> None:
    """Put out one generation of a seat."""
    _call("disconnect", {"user": f"{seat_id}.{generation}"})


def disconnect_seat(seat_id: UUID, generation_min: int) -> None:
    """Put out every generation of a seat below `generation_min`, for longer than any of their tokens lives."""
    _call("disconnect_seat", {"seat": str(seat_id), "generation_min": generation_min})


def presence(channel: str) -> set[str]:
    """Who listens to a room's channel, as "<seat id>.<generation>"."""
    return {str(found["user"]) for found in _call("presence", {"channel": channel}).get("presence", {}).values()}


def _call(method: str, body: dict[str, Any]) -> dict[str, Any]:
    try:
        result = send(method, body).get("result")
    except (wire.Answered, wire.Unreachable) as error:
        raise MessagesUnavailable from error
    return result if isinstance(result, dict) else {}


def send(method: str, body: dict[str, Any]) -> dict[str, Any]:
    """Ask the engine over HTTP. Tests put `messages_fake.Fake.send` in this place."""
    return wire.post(settings.MESSAGES_URL, f"/api/{method}", body, {"X-API-Key": settings.MESSAGES_API_KEY})
