"""A message engine in memory, for tests: it remembers what was said and who was put out, and can be away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from estrade.rooms import wire


class Fake:
    """Stands in for `messages.send`."""

    def __init__(self) -> None:
        self.is_away = False
        self.said: list[tuple[str, dict[str, Any]]] = []
        self.put_out: dict[str, int] = {}
        self._keys: set[str] = set()

    def on(self, channel: str) -> list[dict[str, Any]]:
        """What was said on one channel."""
        return [data for name, data in self.said if name == channel]

    def kinds(self, channel: str) -> list[str]:
        """Of what kinds it was."""
        return [data["kind"] for data in self.on(channel)]

    def is_out(self, seat_id: UUID, generation: int) -> bool:
        """Whether this generation of the seat was put out."""
        return generation < self.put_out.get(str(seat_id), 0)

    def send(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        """What the engine would answer."""
        if self.is_away:
            raise wire.Unreachable
        if method in {"publish", "broadcast"}:
            key = body.get("idempotency_key", "")
            if not key or key not in self._keys:
                self.said += [(channel, body["data"]) for channel in body.get("channels", [body.get("channel")])]
            self._keys |= {key} - {""}
        elif method == "disconnect_seat":
            self.put_out[body["seat"]] = max(body["generation_min"], self.put_out.get(body["seat"], 0))
        else:
            assert method in {"disconnect", "presence"}, method
        return {"result": {}}
