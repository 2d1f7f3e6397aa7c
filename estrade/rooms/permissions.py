"""Who may do what in a room: one table from roles to powers, and from kind and role to what the engine is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from estrade.events.models import Event
from estrade.rooms.models import Seat

Role = Seat.Role


class Power(StrEnum):
    """What one may do to the room or to others in it."""

    SEE_EVERYBODY = "see_everybody"  # silenced, removed and absent people too
    HIDE = "hide"  # a chat message
    MODERATE = "moderate"  # mute, silence, unsilence, remove
    RUN = "run"  # doors, lock, end, promote, send back, spotlight, admit, ban, unban


_HOSTING = frozenset(Power)
ROLE_POWERS: dict[str, frozenset[Power]] = {
    Role.HOST: _HOSTING,
    Role.COHOST: _HOSTING,
    Role.MODERATOR: frozenset({Power.SEE_EVERYBODY, Power.HIDE, Power.MODERATE}),
    Role.SPEAKER: frozenset({Power.SEE_EVERYBODY, Power.HIDE}),
    Role.ATTENDEE: frozenset(),
}
_RANK: dict[str, int] = {Role.HOST: 3, Role.COHOST: 2, Role.SPEAKER: 1, Role.MODERATOR: 1, Role.ATTENDEE: 0}


def outranks(role: str, other: str) -> bool:
    """Whether somebody in `role` may act on somebody in the role `other`: never on an equal."""
    return _RANK[role] > _RANK[other]


@dataclass(frozen=True)
class Grants:
    """What the media engine lets a seat do. Data never goes through it: that is the message engine's."""

    may_publish: bool
    has_backstage: bool


def grants(kind: str, role: str, *, is_on_stage: bool) -> Grants:
    """In a class everyone may be seen and heard. On a stage: those who run or perform, and whoever is promoted."""
    performs = role in {Role.HOST, Role.COHOST, Role.SPEAKER}
    is_class = kind == Event.Kind.CLASS
    return Grants(may_publish=is_class or performs or is_on_stage, has_backstage=not is_class and role != Role.ATTENDEE)


def grants_of(seat: Seat) -> Grants:
    """The same for a seat, read with its room, occurrence and event."""
    return grants(seat.room.occurrence.event.kind, seat.role, is_on_stage=seat.is_on_stage)
