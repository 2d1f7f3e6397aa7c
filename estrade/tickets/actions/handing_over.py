"""A ticket goes to somebody else: its link ends, and the one who comes instead has a new one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from estrade.base.errors import FieldError
from estrade.base.jobs import announce
from estrade.events import queries as events
from estrade.events.models import Event
from estrade.tickets.errors import AddressNotAccepted, GuestListTooShort, NotOnGuestList, NotPossibleNow, OrderInvalid
from estrade.tickets.models import Ticket

NAME_LENGTH_MAX = 120


@transaction.atomic
def hand_over(ticket_id: UUID, version: int, name: str, email: str, now: datetime) -> Ticket:
    """Let `name` come instead of whoever the ticket admits now; they are written to, and the old link no longer works.

    `version` is the ticket's that the asker holds: of two who hand it over at once, one does. The order stays its buyer's, who is
    paid back should it be cancelled.

    Raises:
        OrderInvalid: the name or the address is wrong; names the field.
        NotPossibleNow: it is cancelled, was used, went to somebody else meanwhile, or the occurrence has begun.
        AddressNotAccepted: the address was banned from the event.
        NotOnGuestList, GuestListTooShort: the event is private.
    """
    name, email = " ".join(name.split()), email.strip().lower()
    _check(name, email)
    # Locked: somebody may be entering on it at this moment.
    rows = Ticket.objects.select_for_update(of=("self",)).select_related("order__event", "occurrence")
    ticket = rows.get(pk=ticket_id)
    is_free_to_go = ticket.state == Ticket.State.VALID and ticket.version == version and not ticket.checked_in_at
    if not is_free_to_go or now >= ticket.occurrence.starts_at:
        raise NotPossibleNow
    _check_welcome(ticket, email)
    before = {"name": ticket.attendee_name, "email": ticket.attendee_email}
    ticket.attendee_name, ticket.attendee_email, ticket.handed_over_at = name, email, now
    ticket.version += 1
    ticket.save(update_fields=["attendee_name", "attendee_email", "handed_over_at", "version"])
    announce("tickets.handed_over", ticket_id=str(ticket.pk), before_name=before["name"], before_email=before["email"])
    return ticket


def _check(name: str, email: str) -> None:
    errors = []
    if not 0 < len(name) <= NAME_LENGTH_MAX:
        errors.append(FieldError("name", "length", _("Say who comes; the name is shown in the room.")))
    try:
        validate_email(email)
    except ValidationError:
        errors.append(FieldError("email", "incomplete", _("This address is not complete; for example: name@post.lu.")))
    if errors or len(email) > 254:
        raise OrderInvalid(errors or [FieldError("email", "too_long", _("An e-mail address has at most 254 characters."))])


def _check_welcome(ticket: Ticket, email: str) -> None:
    event = ticket.order.event
    if events.is_banned(event.pk, email):
        raise AddressNotAccepted
    if event.visibility != Event.Visibility.PRIVATE:
        return
    if not events.is_guest(event, email, lock=True):
        raise NotOnGuestList
    if Ticket.objects.filter(occurrence=ticket.occurrence_id, attendee_email=email, state=Ticket.State.VALID).exists():
        raise GuestListTooShort
