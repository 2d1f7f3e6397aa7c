"""Who buys, and who comes: as what they typed is kept, and whether the event is open to them."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from estrade.base.errors import FieldError
from estrade.base.text import clean_line
from estrade.events import queries as events
from estrade.events.models import Event
from estrade.tickets.errors import AddressNotAccepted, GuestListTooShort, NotOnGuestList, OrderInvalid
from estrade.tickets.models import Ticket

NAME_LENGTH_MAX = 120


def named(name: str, email: str) -> tuple[str, str]:
    """Name and address fit to keep.

    Raises:
        OrderInvalid: one of them is wrong; names the field.
    """
    errors = []
    name, email = clean_line(name), email.strip().lower()
    if not name:
        errors.append(FieldError("name", "missing", _("Please give a name; it is shown in the room.")))
    if len(name) > NAME_LENGTH_MAX:
        errors.append(FieldError("name", "too_long", _("At most 120 characters, please.")))
    try:
        validate_email(email)
    except ValidationError:
        errors.append(FieldError("email", "incomplete", _("This address is not complete; for example: name@post.lu.")))
    if errors:
        raise OrderInvalid(errors)
    return name, email


def check_welcome(event: Event, occurrence_id: UUID, email: str) -> None:
    """Let only those on who may come to the occurrence, and have no place there yet where each has one.

    Raises:
        AddressNotAccepted: the address was banned from the event.
        NotOnGuestList, GuestListTooShort: the event is private.
    """
    if events.is_banned(event.pk, email):
        raise AddressNotAccepted
    if event.visibility != Event.Visibility.PRIVATE:
        return
    # Locked: two orders of one guest at the same instant would each find that the other is not there.
    if not events.is_guest(event, email, lock=True):
        raise NotOnGuestList
    # Whom the ticket admits, not who paid for it: it may have been handed over.
    if Ticket.objects.filter(attendee_email=email, occurrence=occurrence_id, state=Ticket.State.VALID).exists():
        raise GuestListTooShort
