"""The shape of what the message engine hands over: docs/build/messages.md."""

from __future__ import annotations

from typing import Annotated, get_args
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from estrade.rooms.actions.life import Heartbeat, Reactions
from estrade.rooms.protocol import Reaction

REACTIONS = frozenset(get_args(Reaction))
Count = Annotated[int, Field(ge=0, lt=2**31)]


class ReactionRow(BaseModel):
    """How often each reaction was sent in a room."""

    room: UUID
    counts: dict[str, Count]


class HeartbeatRow(BaseModel):
    """A heartbeat of one seat."""

    seat: UUID
    generation: Count
    watched_ms: Count
    at: AwareDatetime


class Batch(BaseModel):
    """Everything since the batch before."""

    batch_id: UUID
    reactions: list[ReactionRow] | None = None
    heartbeats: list[HeartbeatRow] | None = None

    def sums(self) -> list[Reactions]:
        """The reactions that there are, as the action takes them."""
        rows = self.reactions or []
        return [Reactions(row.room, {name: count for name, count in row.counts.items() if name in REACTIONS}) for row in rows]

    def beats(self) -> list[Heartbeat]:
        """The heartbeats, as the action takes them."""
        return [Heartbeat(row.seat, row.generation, row.watched_ms, row.at) for row in self.heartbeats or []]
