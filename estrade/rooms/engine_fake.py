"""A media engine in memory, for tests: it answers as LiveKit does, carries whom a test lets in, and can be away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from estrade.rooms import wire


class Fake:
    """Stands in for `engine.send`."""

    def __init__(self) -> None:
        self.is_away = False
        self.rooms: dict[str, dict[str, dict[str, Any]]] = {}
        self.places: dict[str, int] = {}
        self.muted: list[str] = []

    def connect(self, name: str, seat_id: UUID | str, generation: int, *, may_publish: bool = False) -> None:
        """Somebody has connected to a room, with a microphone if they may publish."""
        self.rooms.setdefault(name, {})[str(seat_id)] = {
            "identity": str(seat_id),
            "attributes": {"generation": str(generation)},
            "permission": {"can_publish": may_publish},
            "tracks": [{"sid": f"TR_{seat_id}", "type": "AUDIO", "muted": False}] if may_publish else [],
        }

    def is_in(self, name: str, seat_id: UUID) -> bool:
        """Whether the seat is connected to the room."""
        return str(seat_id) in self.rooms.get(name, {})

    def may_publish(self, name: str, seat_id: UUID) -> bool:
        """Whether the seat, which is connected, may publish."""
        return bool(self.rooms[name][str(seat_id)]["permission"].get("can_publish"))

    def send(self, method: str, body: dict[str, Any], _bearer: str) -> dict[str, Any]:
        """What LiveKit would answer."""
        if self.is_away:
            raise wire.Unreachable
        if method == "CreateRoom":
            self.rooms.setdefault(body["name"], {})
            self.places[body["name"]] = body["max_participants"]
            return {}
        people = self.rooms.get(body["room"])
        if people is None or ("identity" in body and body["identity"] not in people):
            if method == "ListParticipants":
                return {}
            raise wire.Answered(404, {"code": "not_found"})
        return self._in_room(method, body, people)

    def _in_room(self, method: str, body: dict[str, Any], people: dict[str, dict[str, Any]]) -> dict[str, Any]:
        if method == "DeleteRoom":
            del self.rooms[body["room"]]
        elif method == "ListParticipants":
            return {"participants": list(people.values())}
        elif method == "GetParticipant":
            return people[body["identity"]]
        elif method == "RemoveParticipant":
            del people[body["identity"]]
        elif method == "UpdateParticipant":
            people[body["identity"]]["permission"] = body["permission"]
        else:
            assert method == "MutePublishedTrack", method
            self.muted.append(body["identity"])
        return {}
