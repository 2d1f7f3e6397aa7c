"""Chat, hands, and taking back what was said."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from estrade.base.errors import FieldError
from estrade.base.limits import count_attempt
from estrade.base.text import clean_text
from estrade.rooms import queries
from estrade.rooms.actions.rows import locked_seat, write
from estrade.rooms.errors import MessageInvalid, Silenced
from estrade.rooms.models import Message, Seat

LIMIT, LIMIT_PER = 5, timedelta(seconds=10)
TEXT_MAX, KEY_MAX = 1_000, 64


def say(seat: Seat, device: str, text: str, key: str, now: datetime) -> Message:
    """What somebody who is in the room writes to everybody. The same key is the same message.

    Raises:
        MessageInvalid: it is empty or too long.
        Silenced: the host has ended their right to write.
        TooManyRequests: more than LIMIT in LIMIT_PER.
        SeatLost: they are not in the room on this device.
    """
    said = Message.objects.filter(seat=seat, key=key).first() if key else None
    if said:
        return said
    text = _checked(text, key)
    queries.check_seated(seat, device, now)
    # Outside the transaction: an attempt that is refused counts too.
    count_attempt("chat", str(seat.pk), LIMIT, LIMIT_PER, now)
    return _say(seat.pk, device, text, key or None, now)


@transaction.atomic
def _say(seat_id: UUID, device: str, text: str, key: str | None, now: datetime) -> Message:
    seat = locked_seat(seat_id)  # two with the same key: the second finds the first
    queries.check_seated(seat, device, now)
    if seat.is_silenced:
        raise Silenced
    said = Message.objects.filter(seat=seat, key=key).first() if key else None
    return said or write(seat.room_id, "chat", now, seat, text=text, key=key)


def _checked(text: str, key: str) -> str:
    text = clean_text(text)
    if not text:
        raise MessageInvalid([FieldError("text", "missing", _("Write something."))])
    if len(text) > TEXT_MAX:
        raise MessageInvalid([FieldError("text", "too_long", _("At most 1,000 characters."))])
    if len(key) > KEY_MAX:
        raise MessageInvalid([FieldError("key", "too_long", _("At most 64 characters."))])
    return text


@transaction.atomic
def hide(room_id: UUID, number: int, now: datetime) -> Message | None:
    """Take a chat message away from everybody; None when it was hidden before.

    Raises:
        NotFound: there is no such chat message.
    """
    found = queries.chat_message(room_id, number)
    changed = Message.objects.filter(pk=found.pk, hidden_at=None).update(hidden_at=now)
    return write(room_id, "chat_hidden", now, number=number) if changed else None


def raise_hand(seat: Seat, device: str, now: datetime) -> Message | None:
    """Say that one wishes to speak; None when the hand was up.

    Raises:
        TooManyRequests: the hand goes up and down too often.
        SeatLost: they are not in the room on this device.
    """
    return _hand(seat, device, now, is_raised=True)


def lower_hand(seat: Seat, device: str, now: datetime) -> Message | None:
    """The same, the other way."""
    return _hand(seat, device, now, is_raised=False)


def _hand(seat: Seat, device: str, now: datetime, *, is_raised: bool) -> Message | None:
    queries.check_seated(seat, device, now)
    count_attempt("hand", str(seat.pk), LIMIT, LIMIT_PER, now)
    with transaction.atomic():
        row = locked_seat(seat.pk)
        queries.check_seated(row, device, now)
        if is_raised == bool(row.hand_raised_at):
            return None
        row.hand_raised_at = now if is_raised else None
        row.save(update_fields=["hand_raised_at"])
        return write(row.room_id, "hand_raised" if is_raised else "hand_lowered", now, row)
