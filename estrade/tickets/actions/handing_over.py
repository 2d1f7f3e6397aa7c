"""A ticket goes to somebody else: its link ends, and the one who comes instead has a new one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from estrade.base.jobs import announce
from estrade.tickets.actions.people import check_welcome, named
from estrade.tickets.errors import NotPossibleNow
from estrade.tickets.models import Ticket


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
    name, email = named(name, email)
    # Locked: somebody may be entering on it at this moment.
    rows = Ticket.objects.select_for_update(of=("self",)).select_related("order__event", "occurrence")
    ticket = rows.get(pk=ticket_id)
    is_free_to_go = ticket.state == Ticket.State.VALID and ticket.version == version and not ticket.checked_in_at
    if not is_free_to_go or now >= ticket.occurrence.starts_at:
        raise NotPossibleNow
    check_welcome(ticket.order.event, ticket.occurrence_id, email)
    before = {"name": ticket.attendee_name, "email": ticket.attendee_email}
    ticket.attendee_name, ticket.attendee_email, ticket.handed_over_at = name, email, now
    ticket.version += 1
    ticket.save(update_fields=["attendee_name", "attendee_email", "handed_over_at", "version"])
    announce("tickets.handed_over", ticket_id=str(ticket.pk), before_name=before["name"], before_email=before["email"])
    return ticket
