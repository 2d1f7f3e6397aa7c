"""The media engine. This is the only file that knows that it is LiveKit: rooms, participants, tracks, tokens.

A participant's identity is their seat's id. Everything may be asked twice.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt
from django.conf import settings

from estrade.rooms import wire
from estrade.rooms.errors import EngineUnavailable
from estrade.rooms.models import CREW_PLACES

TOKEN_LIFE = timedelta(minutes=2)
BACKSTAGE = ".backstage"
_SOURCES = {"camera": 1, "microphone": 2, "screen_share": 3, "screen_share_audio": 4}
_AUDIO = {"AUDIO", 0}
_HOURS = 6 * 3600  # an interval, a rehearsal: the room stays although nobody is in it


@dataclass(frozen=True)
class Participant:
    """Somebody connected to an engine's room; `seat_id` is None for who got in by no token of ours."""

    identity: str
    seat_id: UUID | None
    generation: int
    may_publish: bool


@dataclass(frozen=True)
class Admittance:
    """What a verified token says."""

    room_id: UUID
    is_backstage: bool
    seat_id: UUID
    generation: int
    may_publish: bool


def backstage_name(room_id: UUID) -> str:
    """The name of the engine's second room, in which the crew talk unseen."""
    return f"{room_id}{BACKSTAGE}"


def names(room_id: UUID) -> tuple[str, str]:
    """The names of both rooms of the engine."""
    return str(room_id), backstage_name(room_id)


def ensure_room(name: str, capacity: int) -> None:
    """Make sure that the room exists, with places for `capacity` attendees and the crew.

    Raises:
        EngineUnavailable: the engine does not answer.
    """
    places = capacity + CREW_PLACES
    body = {"name": name, "max_participants": places, "empty_timeout": _HOURS, "departure_timeout": _HOURS}
    _call("CreateRoom", body, roomCreate=True)


def close_room(name: str) -> None:
    """End the room for everybody in it."""
    _call("DeleteRoom", {"room": name}, roomCreate=True)


def token(seat_id: UUID, generation: int, role: str, name: str, room_name: str, *, may_publish: bool) -> str:
    """Lets a seat into a room of the engine for TOKEN_LIFE, to do what its role allows and nothing else."""
    now = int(time.time())
    video = {
        "room": room_name,
        "roomJoin": True,
        "canSubscribe": True,
        "canPublish": may_publish,
        "canPublishSources": list(_SOURCES) if may_publish else [],
        "canPublishData": False,
        "canUpdateOwnMetadata": False,
    }
    claims = {
        "iss": settings.LIVEKIT_API_KEY,
        "sub": str(seat_id),
        "nbf": now - 5,
        "exp": now + int(TOKEN_LIFE.total_seconds()),
        "name": name,
        "attributes": {"generation": str(generation), "role": role},
        "video": video,
    }
    return jwt.encode(claims, settings.LIVEKIT_API_SECRET, algorithm="HS256")


def read_token(text: str) -> Admittance | None:
    """What a token of ours says, or one that the engine made of it; None when it is neither, or too old.

    The engine gives every participant fresh tokens that carry the attributes of the first, so the generation survives.
    """
    try:
        claims = jwt.decode(
            text,
            settings.LIVEKIT_API_SECRET,
            algorithms=["HS256"],
            issuer=settings.LIVEKIT_API_KEY,
            options={"require": ["exp", "sub", "iss"], "verify_aud": False},
        )
        video = claims["video"]
        name = str(video["room"])
        return Admittance(
            room_id=UUID(name.removesuffix(BACKSTAGE)),
            is_backstage=name.endswith(BACKSTAGE),
            seat_id=UUID(claims["sub"]),
            generation=int(claims["attributes"]["generation"]),
            may_publish=bool(video.get("canPublish")),
        )
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, AttributeError):
        return None


def participants(name: str) -> list[Participant]:
    """Who is connected to the room; nobody when it does not exist."""
    answer = _call("ListParticipants", {"room": name}, roomAdmin=True, room=name)
    return [_participant(found) for found in (answer or {}).get("participants", [])]


def set_permission(name: str, seat_id: UUID, *, may_publish: bool) -> None:
    """Let a participant publish from now on, or stop them and take their tracks away. Nothing if they are not there."""
    permission = {
        "can_subscribe": True,
        "can_publish": may_publish,
        "can_publish_sources": list(_SOURCES.values()) if may_publish else [],
        "can_publish_data": False,
        "can_update_metadata": False,
    }
    body = {"room": name, "identity": str(seat_id), "permission": permission}
    _call("UpdateParticipant", body, roomAdmin=True, room=name)


def mute(name: str, seat_id: UUID) -> None:
    """End the sound that a participant sends; they can begin again by themselves."""
    found = _call("GetParticipant", {"room": name, "identity": str(seat_id)}, roomAdmin=True, room=name)
    for track in (found or {}).get("tracks", []):
        if track.get("type", "AUDIO") in _AUDIO and not track.get("muted"):
            body = {"room": name, "identity": str(seat_id), "track_sid": track["sid"], "muted": True}
            _call("MutePublishedTrack", body, roomAdmin=True, room=name)


def remove(name: str, seat_id: UUID, *, generation_min: int) -> None:
    """Put a seat's participant out, unless they sit there in generation `generation_min` or a later one."""
    found = _call("GetParticipant", {"room": name, "identity": str(seat_id)}, roomAdmin=True, room=name)
    if found and _participant(found).generation < generation_min:
        remove_identity(name, str(seat_id))


def remove_identity(name: str, identity: str) -> None:
    """Put out whoever is connected as `identity`."""
    _call("RemoveParticipant", {"room": name, "identity": identity}, roomAdmin=True, room=name)


def _participant(found: dict[str, Any]) -> Participant:
    identity = str(found.get("identity", ""))
    generation = str((found.get("attributes") or {}).get("generation", ""))
    try:
        seat_id = UUID(identity)
    except ValueError:
        seat_id = None
    permission = found.get("permission") or {}
    may_publish = permission.get("can_publish", permission.get("canPublish", False))
    return Participant(identity, seat_id, int(generation) if generation.isdigit() else -1, bool(may_publish))


def _call(method: str, body: dict[str, Any], **grants: Any) -> dict[str, Any] | None:
    """The engine's answer, or None when what it is about does not exist."""
    now = int(time.time())
    claims = {"iss": settings.LIVEKIT_API_KEY, "nbf": now - 5, "exp": now + 60, "video": grants}
    bearer = jwt.encode(claims, settings.LIVEKIT_API_SECRET, algorithm="HS256")
    try:
        return send(method, body, bearer)
    except wire.Answered as answer:
        if answer.document.get("code") == "not_found":
            return None
        raise EngineUnavailable from answer
    except wire.Unreachable as error:
        raise EngineUnavailable from error


def send(method: str, body: dict[str, Any], bearer: str) -> dict[str, Any]:
    """Ask the engine over HTTP. Tests put `engine_fake.Fake.send` in this place."""
    return wire.post(settings.LIVEKIT_URL, f"/twirp/livekit.RoomService/{method}", body, {"Authorization": f"Bearer {bearer}"})
