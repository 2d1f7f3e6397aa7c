"""Where hosts write the price list of an event, and say how many places there are."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from estrade.base.errors import FieldError, Invalid, NotFound
from estrade.base.forms import attempt, form_page
from estrade.base.money import Money
from estrade.base.templatetags.estrade_ui import money_input
from estrade.charities import queries as charities
from estrade.charities.models import Charity
from estrade.events import queries as events
from estrade.events.actions import edit_event
from estrade.events.clock import HOME_ZONE, TimeDoesNotExist, ZoneUnknown, moment_of
from estrade.events.forms import whole
from estrade.events.models import Event
from estrade.tickets import actions, fees, listings, presenting, pricing, queries
from estrade.tickets.actions.price_list import Terms
from estrade.tickets.amounts import amount_minor
from estrade.tickets.models import TicketType
from estrade.users.access import SignedIn, signed_in
from estrade.users.permissions import Permission

AMOUNTS = ("price_minor", "minimum_minor", "suggested_minor")
OWN_AMOUNTS = {"fixed": AMOUNTS[:1], "pay_what_you_want": AMOUNTS[1:], "donation": AMOUNTS[1:]}  # what each kind of price has
MOMENTS = ("sale_starts_at", "sale_ends_at")
HOST = {"here": "host", "tab": "prices"}


def _event(request: SignedIn, event_id: UUID) -> Event:
    return events.event_for(request.viewer, event_id, Permission.EVENTS_WRITE)


def _zone(event: Event) -> str:
    """The zone in which the host thinks of this event."""
    dates = events.occurrences_of(event)
    return dates[0].time_zone if dates else HOME_ZONE


@require_http_methods(["GET", "POST"])
@signed_in
def prices(request: SignedIn, event_id: UUID) -> HttpResponse:
    """The price list, and how many places each date has."""
    event = _event(request, event_id)
    errors: list[FieldError] = []
    if request.method == "POST":
        errors = attempt(lambda: actions.change_capacity(event, _capacity(request.POST.get("capacity", ""))))
        if not errors:
            messages.success(request, _("Saved."))
            return redirect("tickets:prices", event.pk)
    return _prices_page(request, event, errors)


@require_POST
@signed_in
def fee(request: SignedIn, event_id: UUID) -> HttpResponse:
    """Say who bears the fee; after the first sale that stands."""
    event = _event(request, event_id)
    errors = attempt(lambda: edit_event(event, fee_bearer=request.POST.get("fee_bearer", "")))
    if errors:
        return _prices_page(request, event, errors)
    messages.success(request, _("Saved."))
    return redirect("tickets:prices", event.pk)


@require_POST
@signed_in
def goal(request: SignedIn, event_id: UUID) -> HttpResponse:
    """Say how much the event is to bring its charities; nothing takes the goal away."""
    event = _event(request, event_id)
    errors = attempt(lambda: edit_event(event, goal_minor=_goal(request.POST.get("goal", ""), event.currency)), goal_minor="goal")
    if errors:
        return _prices_page(request, event, errors)
    messages.success(request, _("Saved."))
    return redirect("tickets:prices", event.pk)


def _goal(text: str, currency: str) -> int | None:
    if not text.strip():
        return None
    minor = amount_minor(text, currency)
    if minor is None:
        raise Invalid([FieldError("goal", "not_an_amount", _("Write an amount, for example 12.50."))])
    return minor


def _prices_page(request: SignedIn, event: Event, errors: list[FieldError]) -> HttpResponse:
    goal = str(Money(event.goal_minor, event.currency).decimal) if event.goal_minor else ""
    said = {"capacity": str(event.capacity), "fee_bearer": event.fee_bearer, "goal": goal} | request.POST.dict()
    now = timezone.now()
    kept = fees.fees(event, now)
    types = [
        (row, _price(row, event.currency), pricing.parts(row, None, event.currency, kept).unit)
        for row in queries.ticket_types(event.pk)
    ]
    taken = listings.places(date.pk for date in events.occurrences_of(event))
    most_taken = max((sold for _size, sold in taken.values()), default=0)
    gives = any(row.charity_id for row, _price, _all_in in types)
    context = {"event": event, "types": types, "said": said, "gives": gives, "most_taken": most_taken, "zone": _zone(event)}
    return form_page(request, "tickets/prices.html", HOST | context | _fee(event, kept, now), errors)


def _fee(event: Event, kept: fees.Fees, now: datetime) -> dict[str, Any]:
    """What the instance keeps, what it will, and who may bear it."""
    change = fees.coming(event, now)
    return {
        "fee": {
            "text": presenting.fee_text(kept.place, event.currency) if kept.place else "",
            "coming": presenting.fee_text(change[1], event.currency) if change else "",
            "coming_at": change[0] if change else None,
            "operator": settings.OPERATOR["name"],
        },
        "bearers": [
            ("absorbed", _("You"), _("It comes out of your price.")),
            ("added", _("The buyer"), _("It is on top of your price, and in every price we show.")),
            ("split", _("Half each"), _("Half of it is on top of your price.")),
            ("tipped", _("Nobody"), _("Buyers may leave something to the site instead, or nothing.")),
        ],
    }


def _capacity(text: str) -> int:
    try:
        return whole(text)
    except ValueError:
        raise Invalid([FieldError("capacity", "not_a_number", _("Say how many places, as a whole number."))]) from None


def _price(row: TicketType, currency: str) -> Money:
    chosen = row.price_kind in {TicketType.PriceKind.PAY_WHAT_YOU_WANT, TicketType.PriceKind.DONATION}
    return Money(row.minimum_minor if chosen else row.price_minor, currency)


@require_http_methods(["GET", "POST"])
@signed_in
def add(request: SignedIn, event_id: UUID) -> HttpResponse:
    """A new line of the price list."""
    event = _event(request, event_id)
    said = {"price_kind": "fixed", "per_order_max": "6"} | request.POST.dict()
    errors: list[FieldError] = []
    if request.method == "POST" and not _is_search(request.POST):
        errors = attempt(
            lambda: actions.add_ticket_type(event, terms(request.POST, event.currency, _zone(event))),
            share_basis_points="share_percent",
        )
        if not errors:
            messages.success(request, _("The ticket is on the price list."))
            return redirect("tickets:prices", event.pk)
    return _edit_page(request, event, None, said, errors)


@require_http_methods(["GET", "POST"])
@signed_in
def edit(request: SignedIn, event_id: UUID, ticket_type_id: UUID) -> HttpResponse:
    """Change a line of the price list. What was sold stands."""
    event = _event(request, event_id)
    row = _row(event, ticket_type_id)
    said = _said(row, event.currency, _zone(event)) | request.POST.dict()
    errors: list[FieldError] = []
    if request.method == "POST" and not _is_search(request.POST):
        errors = attempt(
            lambda: actions.edit_ticket_type(row, terms(request.POST, event.currency, _zone(event))),
            share_basis_points="share_percent",
        )
        if not errors:
            messages.success(request, _("Saved."))
            return redirect("tickets:prices", event.pk)
    return _edit_page(request, event, row, said, errors)


@require_POST
@signed_in
def retire(request: SignedIn, event_id: UUID, ticket_type_id: UUID) -> HttpResponse:
    """Take a line off the price list."""
    event = _event(request, event_id)
    actions.retire_ticket_type(_row(event, ticket_type_id), timezone.now())
    messages.success(request, _("It is no longer sold. Tickets that were sold stay valid."))
    return redirect("tickets:prices", event.pk)


def _row(event: Event, ticket_type_id: UUID) -> TicketType:
    row = queries.ticket_type(ticket_type_id)
    if row.event_id != event.pk or row.retired_at:
        raise NotFound
    return row


def _edit_page(
    request: SignedIn, event: Event, row: TicketType | None, said: dict[str, Any], errors: list[FieldError]
) -> HttpResponse:
    found = _charities(said.get("charity_search", ""), said.get("charity_id", ""), row)
    context = {
        "event": event,
        "ticket_type": row,
        "said": said,
        "zone": _zone(event),
        "price_kinds": [
            ("fixed", _("Fixed price")),
            ("free", _("Free")),
            ("pay_what_you_want", _("Pay what you want")),
            ("donation", _("Donation, without a ticket")),
        ],
        "charities": [("", _("None")), *((str(each.pk), each.name) for each in found)],
        "found": [each.name for each in charities.found(said.get("charity_search", ""))],
    }
    return form_page(request, "tickets/edit_price.html", HOST | context, errors)


def _is_search(form: QueryDict) -> bool:
    """Whether a charity is looked for and nothing is to be saved yet: by the button, or by Enter with words not looked for."""
    return "find" in form or form.get("charity_search", "").strip() != form.get("charity_searched", "").strip()


def _charities(text: str, chosen: str, row: TicketType | None) -> list[Charity]:
    """Those that may be chosen: found by `text`, the one that is chosen, and the one that this line names already."""
    listed = charities.listed()
    standing = [row.charity] if row and row.charity and row.charity not in listed else []
    found = charities.found(text)
    return [*standing, *(each for each in listed if str(each.pk) == chosen and each not in found), *found]


def _said(row: TicketType, currency: str, zone: str) -> dict[str, Any]:
    """A line as its form shows it."""
    said: dict[str, Any] = {name: getattr(row, name) for name in ("name", "description", "price_kind", "per_order_max")}
    for name in AMOUNTS:
        minor = getattr(row, name)
        said[name] = money_input(Money(minor, currency)) if minor else ""
    said["quota_size"] = row.quota_size or ""
    said["share_percent"] = f"{row.share_basis_points / 100:g}" if row.share_basis_points else ""
    said["charity_id"] = str(row.charity_id or "")
    for name in MOMENTS:
        moment = getattr(row, name)
        said[name] = moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M") if moment else ""
    return said


def terms(form: QueryDict, currency: str, zone: str) -> Terms:
    """What the form says, checked as far as a form can be: amounts, whole numbers, percentages, moments.

    Raises:
        Invalid: names each field that is none of these.
    """
    errors: list[FieldError] = []
    values: dict[str, Any] = {name: form.get(name, "").strip() for name in ("name", "description", "price_kind")}
    for name in OWN_AMOUNTS.get(values["price_kind"], ()):
        values[name] = _amount(form.get(name, ""), name, currency, errors)
    values["quota_size"] = _whole(form.get("quota_size", ""), "quota_size", errors)
    values["per_order_max"] = _whole(form.get("per_order_max", ""), "per_order_max", errors) or 6
    if values["price_kind"] != "donation":  # all of it goes to the charity
        values["share_basis_points"] = _percent(form.get("share_percent", ""), errors)
    values["charity_id"] = _charity(form.get("charity_id", ""), errors)
    for name in MOMENTS:
        values[name] = _moment(form.get(name, ""), name, zone, errors)
    if errors:
        raise Invalid(errors)
    return Terms(**values)


def _amount(text: str, name: str, currency: str, errors: list[FieldError]) -> int:
    minor = amount_minor(text, currency) if text.strip() else 0
    if minor is None:
        errors.append(FieldError(name, "not_an_amount", _("Write an amount, for example 12.50.")))
    return minor or 0


def _whole(text: str, name: str, errors: list[FieldError]) -> int | None:
    try:
        return whole(text) if text.strip() else None
    except ValueError:
        errors.append(FieldError(name, "not_a_number", _("Write a whole number.")))
        return None


def _percent(text: str, errors: list[FieldError]) -> int:
    bare = text.replace("%", "").replace(",", ".").strip() or "0"
    basis_points = amount_minor(bare, "EUR")  # two digits after the point, as hundredths of a percent
    if basis_points is None:
        errors.append(FieldError("share_percent", "not_a_number", _("Write a percentage, for example 8 or 12.5.")))
    return min(basis_points or 0, 1_000_000)


def _charity(text: str, errors: list[FieldError]) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        errors.append(FieldError("charity_id", "unknown", _("Choose a charity from the list.")))
        return None


def _moment(text: str, name: str, zone: str, errors: list[FieldError]) -> datetime | None:
    try:
        return moment_of(datetime.fromisoformat(text), zone) if text.strip() else None
    except (TimeDoesNotExist, ZoneUnknown, ValueError):
        errors.append(FieldError(name, "not_a_time", _("Choose a day and a time that exist.")))
        return None
