"""Rows as pages and mails show them. Reads only, and writes nothing down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from typing import Any

import segno
from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from icalendar import Calendar
from icalendar import Event as CalendarEntry

from estrade.base.errors import FieldError
from estrade.base.money import EXPONENTS, Money
from estrade.base.templatetags.estrade_ui import percent
from estrade.events.models import Event, Occurrence
from estrade.tickets import pricing, queries
from estrade.tickets.fees import Fee, Fees
from estrade.tickets.models import Order, OrderLine, Ticket, TicketType
from estrade.tickets.queries import PlacesLeft

PRODUCT = "-//Estrade//Tickets//EN"
_OPERATOR = {"name": settings.OPERATOR["name"]}


@dataclass(frozen=True)
class LedgerRow:
    """One row of a price: what, a note, what of it is given away, how much."""

    label: str
    amount: Money
    note: str = ""
    give: str = ""


def offer(row: TicketType, left: PlacesLeft, occurrence: Occurrence, currency: str, fees: Fees, now: datetime) -> dict[str, Any]:
    """A line of the price list as components/ticket_row.html wants it; its price is what the buyer pays."""
    of_one = pricing.parts(row, None, currency, fees)
    remaining = left.of(row.pk) if row.gives_ticket else None
    state = "open" if pricing.on_sale(row, occurrence.ends_at, now) else "ended"
    if row.sale_starts_at and now < row.sale_starts_at:
        state = "not_yet"
    elif state == "open" and remaining == 0:
        state = "sold_out"
    chosen = row.price_kind in {TicketType.PriceKind.PAY_WHAT_YOU_WANT, TicketType.PriceKind.DONATION}
    return {
        "id": row.pk,
        "name": row.name,
        "description": row.description,
        "price_kind": row.price_kind,
        "price": of_one.unit,
        "minimum": Money(row.minimum_minor, currency) if row.minimum_minor else None,
        "suggested": Money(row.suggested_minor, currency) if row.suggested_minor else None,
        "share": None if chosen or not row.share_basis_points else of_one.share,
        "share_basis_points": row.share_basis_points,
        "charity": row.charity,
        "per_order_max": row.per_order_max,
        "left": remaining,
        "state": state,
        "opens_at": row.sale_starts_at,
        "zone": occurrence.time_zone,
        "currency": currency,
        "exponent": EXPONENTS[currency],
    }


@dataclass(frozen=True)
class Goal:
    """How far an event is on the way to what it is to bring its charities."""

    raised: Money
    goal: Money

    @property
    def percent(self) -> int:
        """Whole, downwards: 100 is said when it is reached. More than the goal is more than 100."""
        return max(self.raised.minor, 0) * 100 // self.goal.minor

    @property
    def width(self) -> int:
        """Of the bar, which ends at 100."""
        return min(self.percent, 100)


def goal(event: Event) -> Goal | None:
    """The event's goal, where it has one."""
    if not event.goal_minor:
        return None
    return Goal(queries.raised(event), Money(event.goal_minor, event.currency))


TIPS = {"0": 0, "300": 300, "500": 500, "1000": 1_000}  # what the form offers, in basis points of the price
OWN_TIP = "own"


def tips(form: Mapping[str, str], errors: Sequence[FieldError]) -> dict[str, Any]:
    """What a buyer may leave to the instance, as components/tips.html wants it; nothing, unless they chose something."""
    said = form.get("tip", "0")
    wrong = next((error.detail for error in errors if error.field == "tip"), "")
    rates = [{"value": value, "text": percent(points) if points else _("Nothing")} for value, points in TIPS.items()]
    return {"rates": rates, "said": said, "amount": form.get("tip-amount", ""), "error": wrong, "name": settings.OPERATOR["name"]}


def ledger_rows(lines: Sequence[OrderLine], currency: str, language: str) -> list[LedgerRow]:
    """The price of an order, row by row, and what of each is given."""
    rows = []
    for line in lines:
        if line.ticket_type_id is None:
            rows.append(LedgerRow(_("For the running of %(name)s") % _OPERATOR, Money(line.unit_minor, currency)))
            continue
        give = note = ""
        if line.fee_minor:
            fee = Money(line.fee_minor * line.quantity, currency).format(language)
            note = _("%(amount)s of it is the fee of %(name)s") % (_OPERATOR | {"amount": fee})
        if line.charity and line.share_minor:
            share = Money(line.share_minor * line.quantity, currency).format(language)
            give = _("%(amount)s of it goes to %(charity)s") % {"amount": share, "charity": line.charity.name}
        label = f"{line.quantity} × {line.name}" if line.quantity > 1 else line.name
        rows.append(LedgerRow(label, Money(line.unit_minor * line.quantity, currency), note, give))
    return rows


def fee_text(fee: Fee, currency: str) -> str:
    """A fee in words: 2.5 % and €0.30; 0 %."""
    text = percent(fee.basis_points)
    if not fee.fixed_minor:
        return text
    amount = Money(fee.fixed_minor, currency).format(get_language() or "en")
    return _("%(percent)s and %(amount)s") % {"percent": text, "amount": amount}


def ticket_url(ticket: Ticket) -> str:
    """The ticket link: the address that lets the ticket in. A secret."""
    return settings.SITE_URL + reverse("tickets:open_ticket", args=[ticket.pk, queries.ticket_secret(ticket)])


def order_url(order: Order) -> str:
    """The order link. A secret."""
    return settings.SITE_URL + reverse("tickets:open_order", args=[order.pk, queries.order_secret(order)])


def enter_url(ticket: Ticket) -> str:
    """Where a ticket's holder goes in."""
    return reverse("rooms:enter", args=[ticket.pk])


def qr_svg(ticket: Ticket) -> SafeString:
    """The ticket link as a code to scan, in the page's own ink."""
    return _svg(ticket_url(ticket))


@lru_cache(maxsize=256)  # a buyer sees the same code on the order's page and on the ticket's a moment later
def _svg(link: str) -> SafeString:
    drawing = _code(link).svg_inline(border=0, omitsize=True, svgclass=None, lineclass=None, dark="#000")
    return mark_safe(drawing.replace('"#000"', '"currentColor"'))  # noqa: S308 - segno's own drawing


def qr_png(ticket: Ticket) -> bytes:
    """The same for mail, which shows no SVG."""
    buffer = BytesIO()
    _code(ticket_url(ticket)).save(buffer, kind="png", scale=6, border=2)
    return buffer.getvalue()


def _code(link: str) -> segno.QRCode:
    # A mask of our choice: to draw all eight and compare them is most of the work, and scanners read any.
    return segno.make(link, error="m", micro=False, mask=3)


def stub(ticket: Ticket, order: Order, index: int, count: int) -> dict[str, Any]:
    """A ticket as components/stub.html wants it."""
    return {
        "id": ticket.pk,
        "attendee_name": ticket.attendee_name,
        "state": ticket.state,
        "type_name": ticket.line.name,
        "price": Money(ticket.line.unit_minor, order.currency),
        "number": order.number,
        "is_handed_over": ticket.handed_over_at is not None,
        "index": index,
        "count": count,
    }


def can_hand_over(ticket: Ticket, now: datetime) -> bool:
    """Whether its holder may let somebody else come: until it begins, or they have entered."""
    return ticket.state == Ticket.State.VALID and ticket.checked_in_at is None and now < ticket.occurrence.starts_at


def calendar_file(ticket: Ticket, occurrence: Occurrence, event: Event, now: datetime) -> bytes:
    """The occurrence as an iCalendar file (RFC 5545). Opened again after a change, it replaces itself."""
    entry = CalendarEntry()
    entry.add("uid", f"{ticket.pk}@{settings.ALLOWED_HOSTS[0]}")
    entry.add("dtstamp", now.astimezone(UTC))
    entry.add("dtstart", occurrence.starts_at.astimezone(UTC))
    entry.add("dtend", occurrence.ends_at.astimezone(UTC))
    entry.add("summary", event.title)
    entry.add("description", event.short_text)
    entry.add("url", settings.SITE_URL + reverse("tickets:ticket", args=[ticket.pk]))
    entry.add("sequence", event.version)
    is_off = ticket.state == Ticket.State.CANCELLED or event.status == Event.Status.CANCELLED
    entry.add("status", "CANCELLED" if is_off else "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(entry)
    return bytes(calendar.to_ical())
