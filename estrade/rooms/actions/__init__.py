"""What can be done in a room. Numbers are given under the room's lock, seats change under their own; seat first, then room."""

from estrade.rooms.actions.crew import invite, remove_crew_member
from estrade.rooms.actions.enter import leave, room_of, seat_crew_member, seat_ticket, seat_user, take_seat
from estrade.rooms.actions.life import (
    close_seat,
    count_batch,
    end,
    forget_batches,
    give_seat,
    go_backstage,
    keep_time,
    lock,
    open_doors,
    unlock,
)
from estrade.rooms.actions.moderate import admit, ban, mute, remove, silence, unban, unsilence
from estrade.rooms.actions.say import hide, lower_hand, raise_hand, say
from estrade.rooms.actions.stage import promote, send_back, set_spotlight

__all__ = [
    "admit",
    "ban",
    "close_seat",
    "count_batch",
    "end",
    "forget_batches",
    "give_seat",
    "go_backstage",
    "hide",
    "invite",
    "keep_time",
    "leave",
    "lock",
    "lower_hand",
    "mute",
    "open_doors",
    "promote",
    "raise_hand",
    "remove",
    "remove_crew_member",
    "room_of",
    "say",
    "seat_crew_member",
    "seat_ticket",
    "seat_user",
    "send_back",
    "set_spotlight",
    "silence",
    "take_seat",
    "unban",
    "unlock",
    "unsilence",
]
