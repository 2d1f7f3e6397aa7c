"""Mail to buyers, and giving back places whose time is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.mime.image import MIMEImage
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from estrade.base.jobs import defer, periodic, task
from estrade.base.mail import compose, mail_task, send
from estrade.base.money import Money
from estrade.charities import queries as charities
from estrade.events.clock import HOME_ZONE
from estrade.tickets import actions, presenting, queries
from estrade.tickets.fees import Fee
from estrade.tickets.models import FeePeriod, Order, Ticket
from estrade.users import queries as users


@mail_task("tickets.mail_tickets")
def mail_tickets(order_id: str) -> None:
    """The buyer's tickets: a link, a code to scan and a calendar file for each."""
    order = queries.order(UUID(order_id))
    valid = queries.buyers_own(order.pk)
    if not valid or order.state != Order.State.PAID:
        return
    with translation.override(order.language):
        shown = [
            presenting.stub(ticket, order, index + 1, len(valid))
            | {"enter_url": presenting.ticket_url(ticket), "qr_cid": f"ticket-{index + 1}"}
            for index, ticket in enumerate(valid)
        ]
        message = _message("tickets", order, {"tickets": shown, "calendar_url": presenting.ticket_url(valid[0])})
        for index, ticket in enumerate(valid):
            message.attach(_inline_picture(f"ticket-{index + 1}", presenting.qr_png(ticket)))
        calendar = presenting.calendar_file(valid[0], order.occurrence, order.event, timezone.now())
        message.attach(f"{order.event.slug}.ics", calendar, "text/calendar")
    send(message)


@mail_task("tickets.mail_cancelled")
def mail_cancelled(order_id: str, by: str = "buyer", refunded_minor: int = 0) -> None:
    """What was cancelled, and what is on its way back; some tickets of the order may still hold."""
    order = queries.order(UUID(order_id))
    if not order.buyer_email:
        return
    by = "host" if order.event.status == "cancelled" else by
    standing = sum(ticket.state == Ticket.State.VALID for ticket in queries.tickets_of(order.pk))
    refunded = Money(refunded_minor, order.currency)
    with translation.override(order.language):
        facts = {"refunded": refunded, "by": by, "standing": standing, "lines": _given_back(order, refunded, standing)}
        message = _message("cancelled", order, facts)
    send(message)


def _given_back(order: Order, refunded: Money, standing: int) -> list[presenting.LedgerRow]:
    """What a refund is made of, row by row, when all of an order goes back; nothing when only some of it does."""
    if standing or not refunded:
        return []
    rows = presenting.ledger_rows(queries.lines_of(order.pk), order.currency, order.language)
    before = order.total - refunded
    return [*rows, presenting.LedgerRow(_("Given back before"), -before)] if before else rows


@mail_task("tickets.mail_part_refunded")
def mail_part_refunded(order_id: str, refunded_minor: int) -> None:
    """What of the price is on its way back; the tickets hold."""
    order = queries.order(UUID(order_id))
    with translation.override(order.language):
        message = _message("part_refunded", order, {"refunded": Money(refunded_minor, order.currency), "lines": []})
    send(message)


@mail_task("tickets.mail_handed_over")
def mail_handed_over(ticket_id: str, before_name: str = "", before_email: str = "") -> None:
    """Their ticket, to the one who comes instead of `before_name`."""
    _ = before_email
    ticket = queries.ticket(UUID(ticket_id))
    order = ticket.order
    if ticket.state != Ticket.State.VALID or ticket.handed_over_at is None:
        return
    with translation.override(order.language):
        context = {
            "ticket": presenting.stub(ticket, order, 1, 1),
            "before_name": before_name or order.buyer_name,
            "ticket_url": presenting.ticket_url(ticket),
            "qr_cid": "ticket-1",
            "event": order.event,
            "occurrence": ticket.occurrence,
        }
        message = _mail("handed_over", ticket.attendee_email, context)
        message.attach(_inline_picture("ticket-1", presenting.qr_png(ticket)))
        calendar = presenting.calendar_file(ticket, ticket.occurrence, order.event, timezone.now())
        message.attach(f"{order.event.slug}.ics", calendar, "text/calendar")
    send(message)


@mail_task("tickets.mail_gave_away")
def mail_gave_away(ticket_id: str, before_name: str, before_email: str) -> None:
    """That their link no longer works, to the one who had it: should somebody else have handed it over, they know."""
    ticket = queries.ticket(UUID(ticket_id))
    with translation.override(ticket.order.language):
        names = {"before_name": before_name, "name": ticket.attendee_name}
        message = _mail("gave_away", before_email, names | {"event": ticket.order.event, "occurrence": ticket.occurrence})
    send(message)


@mail_task("tickets.mail_holder_cancelled")
def mail_holder_cancelled(ticket_id: str) -> None:
    """That a ticket which was handed over admits nobody any more, to whom it was handed."""
    ticket = queries.ticket(UUID(ticket_id))
    with translation.override(ticket.order.language):
        facts = {
            "ticket": ticket,
            "event": ticket.order.event,
            "occurrence": ticket.occurrence,
            "buyer_name": ticket.order.buyer_name,
        }
        message = _mail("holder_cancelled", ticket.attendee_email, facts)
    send(message)


@mail_task("tickets.mail_moved")
def mail_moved(occurrence_id: str, moved_from: str) -> None:
    """The new date, to everybody who has a ticket for it: to buyers by their orders, to others by the ticket they were handed."""
    valid = queries.valid_tickets(UUID(occurrence_id))
    with transaction.atomic():  # all or none: tried again, it writes to nobody twice
        for order_id in set(valid.values_list("order_id", flat=True)):
            defer("tickets.mail_new_date", order_id=str(order_id), moved_from=moved_from)
        for ticket_id in valid.exclude(handed_over_at=None).values_list("pk", flat=True):
            defer("tickets.mail_new_date_of_ticket", ticket_id=str(ticket_id), moved_from=moved_from)


@mail_task("tickets.mail_new_date")
def mail_new_date(order_id: str, moved_from: str) -> None:
    """The new date, to one buyer; the calendar's link is of a ticket that is theirs still."""
    order = queries.order(UUID(order_id))
    if not any(ticket.state == Ticket.State.VALID for ticket in queries.tickets_of(order.pk)):
        return
    own = queries.buyers_own(order.pk)
    calendar_url = presenting.ticket_url(own[0]) if own else ""
    facts = {"refundable_until": order.occurrence.refundable_until, "calendar_url": calendar_url}
    with translation.override(order.language):
        message = _message("moved", order, facts | {"old_starts_at": datetime.fromisoformat(moved_from)})
    send(message)


@mail_task("tickets.mail_new_date_of_ticket")
def mail_new_date_of_ticket(ticket_id: str, moved_from: str) -> None:
    """The new date, to whom a ticket was handed."""
    ticket = queries.ticket(UUID(ticket_id))
    if ticket.state != Ticket.State.VALID:
        return
    facts = {"event": ticket.order.event, "occurrence": ticket.occurrence, "ticket": ticket}
    moved = {"old_starts_at": datetime.fromisoformat(moved_from), "ticket_url": presenting.ticket_url(ticket)}
    with translation.override(ticket.order.language):
        message = _mail("holder_moved", ticket.attendee_email, facts | moved)
    send(message)


@mail_task("tickets.mail_order_links")
def mail_order_links(email: str, language: str) -> None:
    """The links of the orders of `email`, if there are any; otherwise nothing happens, and nobody is told."""
    since = timezone.now() - timedelta(days=30)
    for ticket_id in queries.tickets_handed_to(email, since):
        defer("tickets.mail_handed_over", ticket_id=str(ticket_id))
    orders = queries.orders_of_buyer(email, since)
    if not orders:
        return
    for order in orders:
        order.url = presenting.order_url(order)  # type: ignore[attr-defined]
    with translation.override(language):
        message = _mail("orders", email, {"orders": orders})
    send(message)


@task(name="tickets.announce_fee")
def announce_fee(period_id: str) -> None:
    """Tell every host whom a change of the fee concerns."""
    actions.announce_fee(UUID(period_id), timezone.now())


@mail_task("tickets.mail_fee")
def mail_fee(period_id: str, user_id: str) -> None:
    """A change of what the instance keeps, to one owner; nothing when it was taken back before."""
    period = FeePeriod.objects.filter(pk=UUID(period_id)).first()
    if period is None:
        return
    user = users.user(UUID(user_id))
    with translation.override(user.language):
        text = presenting.fee_text(Fee(period.basis_points, period.fixed_minor), period.currency)
        message = _mail("fee", user.email, {"period": period, "fee": text, "zone": HOME_ZONE})
    send(message)


@task(name="tickets.tell_of_suspension")
def tell_of_suspension(charity_id: str) -> None:
    """Ask for a mail to every owner of an organisation with coming events that give to a charity that was suspended."""
    with transaction.atomic():  # all or none: tried again, it writes to nobody twice
        for organisation_id in set(queries.giving_to(UUID(charity_id), timezone.now()).values_list("organisation", flat=True)):
            for user_id in users.owners(organisation_id):
                whom = {"organisation_id": str(organisation_id), "user_id": str(user_id)}
                defer("tickets.mail_suspension", None, None, charity_id=charity_id, **whom)


@mail_task("tickets.mail_suspension")
def mail_suspension(charity_id: str, organisation_id: str, user_id: str) -> None:
    """That a charity was suspended, and which events give to it, to one owner; nothing when it was lifted before."""
    charity = charities.charity(UUID(charity_id))
    giving = list(queries.giving_to(charity.pk, timezone.now()).filter(organisation=UUID(organisation_id)))
    if charity.suspended_at is None or not giving:
        return
    user = users.user(UUID(user_id))
    with translation.override(user.language):
        for event in giving:
            event.url = settings.SITE_URL + reverse("tickets:prices", args=[event.pk])  # type: ignore[attr-defined]
        message = _mail("suspension", user.email, {"charity": charity, "events": giving})
    send(message)


@periodic("* * * * *")
@task(name="tickets.give_back_lapsed", queueing_lock="tickets.give_back_lapsed")
def give_back_lapsed(timestamp: int) -> None:
    """Give back the places of orders that nobody paid in time."""
    del timestamp
    for order_id in queries.lapsed_since(timezone.now()):
        actions.expire(order_id, timezone.now())


def _message(name: str, order: Order, context: dict[str, Any]) -> EmailMultiAlternatives:
    lines = presenting.ledger_rows(queries.lines_of(order.pk), order.currency, order.language)
    common = {"order": order, "event": order.event, "occurrence": order.occurrence, "lines": lines}
    common["refundable_until"] = queries.refundable_until(order) if order.total_minor else None
    return _mail(name, order.buyer_email, common | {"order_url": presenting.order_url(order)} | context)


def _mail(name: str, to: str, context: dict[str, Any]) -> EmailMultiAlternatives:
    return compose(name, to, context | {"find_url": settings.SITE_URL + reverse("tickets:find_order")})


def _inline_picture(content_id: str, png: bytes) -> MIMEImage:
    part = MIMEImage(png, "png")
    part.add_header("Content-ID", f"<{content_id}>")
    part.add_header("Content-Disposition", "inline", filename=f"{content_id}.png")
    return part
