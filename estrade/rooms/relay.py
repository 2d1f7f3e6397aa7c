"""What an action has decided, carried out at the engines: at once by the edge, after the commit; again by a task until it is done.

Never inside a transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import ParamSpec
from uuid import UUID

from estrade.base.errors import Unavailable
from estrade.rooms import engine, messages, presenting
from estrade.rooms.models import Message, Seat
from estrade.rooms.permissions import grants_of
from estrade.rooms.protocol import SeatNoticeKind

log = logging.getLogger(__name__)
P = ParamSpec("P")


def at_once(what: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    """Do it now if the engine answers; if not, the task that the action deferred does it, or `rooms.look_after`."""
    try:
        what(*args, **kwargs)
    except Unavailable as refusal:
        log.warning("%s: %s", getattr(what, "__name__", "call"), refusal)


def carry_out(message: Message | None) -> None:
    """Say what an action has written, if it wrote something, to the room."""
    if message:
        at_once(tell, message)


def tell(message: Message) -> None:
    """Publish a message to its room. Twice is once."""
    messages.publish(messages.room_channel(message.room_id), presenting.message(message), f"{message.room_id}.{message.number}")


def ensure_rooms(seat: Seat) -> None:
    """Make sure that the engine has the rooms that the seat may be in: it forgets them when it restarts.

    Raises:
        EngineUnavailable: the media engine does not answer.
    """
    stage, backstage = engine.names(seat.room_id)
    engine.ensure_room(stage, seat.room.occurrence.event.capacity)
    if grants_of(seat).has_backstage:
        engine.ensure_room(backstage, 0)


def notify(seat: Seat, kind: SeatNoticeKind) -> None:
    """Tell one seat something that concerns whoever sits there."""
    messages.publish(messages.seat_channel(seat.pk), {"kind": kind, "generation": seat.generation})


def put_out(seat_id: UUID, room_id: UUID, generation_min: int, notice: str = "") -> None:
    """End every connection of a seat older than `generation_min`, at both engines, and say why before: `notice`, once.

    The edge and the job both come here, and whichever is first must say it: after the end nobody listens.

    Raises:
        Unavailable: an engine does not answer. What the other one has to do is done.
    """
    reached = _reached(_say_why, seat_id, generation_min, notice)
    reached &= _reached(messages.disconnect_seat, seat_id, generation_min)
    for name in engine.names(room_id):
        reached &= _reached(engine.remove, name, seat_id, generation_min=generation_min)
    if not reached:
        raise Unavailable


def _say_why(seat_id: UUID, generation_min: int, notice: str) -> None:
    if notice:
        data = {"kind": notice, "generation": generation_min}
        messages.publish(messages.seat_channel(seat_id), data, f"{seat_id}.{generation_min}.{notice}")


def _reached(what: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> bool:
    try:
        what(*args, **kwargs)
    except Unavailable:
        return False
    return True


def apply_permission(seat: Seat) -> None:
    """Let the engine know what the seat may do now."""
    engine.set_permission(str(seat.room_id), seat.pk, may_publish=grants_of(seat).may_publish)


def close_room(room_id: UUID) -> None:
    """End both rooms of the engine."""
    for name in engine.names(room_id):
        engine.close_room(name)
