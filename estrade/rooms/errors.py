"""What the rooms refuse."""

from __future__ import annotations

from estrade.base.errors import Conflict, Forbidden, Invalid, Unavailable


class SeatTaken(Conflict):
    """Somebody is in the room with this ticket on another device. You can take over from there."""


class SeatLost(Conflict):
    """You are no longer in the room on this device: the seat was left, or taken over by another one."""


class NoSeat(Forbidden):
    """A program has no seat in a room. Enter with a ticket link, with a crew link, or signed in."""


class RoomNotOpen(Forbidden):
    """The doors are not open yet."""


class RoomLocked(Forbidden):
    """The host has locked the room. You can enter as soon as they admit you."""


class RoomEnded(Conflict):
    """This event is over."""


class SeatRemoved(Forbidden):
    """The host has removed you from the room."""


class Banned(Forbidden):
    """The host has banned you from this event."""


class TicketCancelled(Forbidden):
    """This ticket was cancelled. It admits nobody."""


class Silenced(Forbidden):
    """The host has ended your right to write in this room."""


class NoStage(Conflict):
    """In a class everyone may be seen and heard: there is no stage to promote anybody to."""


class MessageInvalid(Invalid):
    """A message has between 1 and 1,000 characters, and a key of at most 64."""


class CrewMemberInvalid(Invalid):
    """This crew member cannot be invited like that."""


class EngineUnavailable(Unavailable):
    """The media engine does not answer. Please try again in a moment."""


class MessagesUnavailable(Unavailable):
    """The message engine does not answer. Please try again in a moment."""
