"""What goes over the line between the message engine and browsers; `deploy/protocol.py` writes web/protocol from it.

Imports nothing of ours and nothing of Django's, so that whoever checks it needs no database.
"""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

MessageKind = Literal[
    "chat", "chat_hidden", "hand_raised", "hand_lowered", "promoted", "sent_back", "spotlight", "opened", "locked", "unlocked",
    "ended", "removed", "silenced", "unsilenced", "muted",
]  # fmt: skip
SeatNoticeKind = Literal["taken_over", "removed", "banned", "promoted", "sent_back", "muted", "silenced", "unsilenced", "admitted"]
Reaction = Literal["heart", "clap", "laugh", "wow", "thanks"]


class MessageData(TypedDict, total=False):
    """Of `chat_hidden` the number of the hidden message, of `spotlight` the seat that is shown large, or null."""

    number: int
    seat_id: str | None


class ReactionsNotice(TypedDict):
    """On the channel of the room, every 500 ms when there were any: how many came since the last. It carries no number."""

    kind: Literal["reactions"]
    counts: dict[Reaction, int]


class SeatNotice(TypedDict):
    """On the channel of one seat: something that concerns whoever sits there."""

    kind: SeatNoticeKind
    generation: int


class Heartbeat(TypedDict):
    """What a browser tells the message engine every 15 s; it stands in for attendance and delivery.

    Since the last one: pictures decoded, milliseconds of sound played, milliseconds in which picture or sound arrived.
    """

    frames: int
    audio_ms: int
    watched_ms: int
    state: Literal["watching", "hidden", "reconnecting"]
