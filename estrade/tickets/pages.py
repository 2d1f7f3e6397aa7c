"""The event page with its price list, the page of a ticket, and finding an order again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from estrade.base.errors import Conflict, FieldError, Invalid, NotFound, Refusal
from estrade.base.forms import attempt, form_page
from estrade.base.jobs import defer
from estrade.base.limits import count_attempt, network
from estrade.base.money import EXPONENTS
from estrade.events import queries as events
from estrade.events.models import Event, FeeBearer, Occurrence, RefundPolicy
from estrade.tickets import access, actions, choosing, presenting, queries
from estrade.tickets.fees import fees
from estrade.tickets.models import Ticket
from estrade.tickets.turns import turn
from estrade.users import queries as users
from estrade.users.permissions import Permission

PAGE_KEPT_SECONDS = 1  # so that a sale shows within a second


@require_GET
def event(request: HttpRequest, slug: str) -> HttpResponse:
    """An event with its price list. For visitors whom we do not know the page is made once a second at most."""
    if settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers:
        return _event_page(request, slug)
    key = f"event-page:{slug}:{translation.get_language()}:{request.COOKIES.get('theme', '')[:16]}:{request.GET.get('on', '')[:36]}"
    kept = cache.get(key)
    if kept is None:
        response = _event_page(request, slug)
        kept = response.content if response.status_code == 200 else b""
        if not kept:
            return response
        cache.set(key, kept, PAGE_KEPT_SECONDS)
    return HttpResponse(kept, headers={"Cache-Control": "no-cache", "Vary": "Cookie, Accept-Language"})


def _event_page(
    request: HttpRequest, slug: str, errors: Sequence[FieldError] = (), occurrence_id: str = "", status: int = 200
) -> HttpResponse:
    viewer = users.viewer(request)
    found = events.visible_event(viewer, slug)
    now = timezone.now()
    dates = events.occurrences_of(found)
    wanted = occurrence_id or request.GET.get("on", "")
    open_dates = [date for date in dates if date.ends_at > now]
    occurrence = next((date for date in dates if str(date.pk) == wanted), None) or next(iter(open_dates or dates), None)
    if occurrence is None:
        raise NotFound
    left = queries.places_left([date.pk for date in dates], found.capacity)
    kept = fees(found, now)
    offers = [
        presenting.offer(row, left[occurrence.pk], occurrence, found.currency, kept, now)
        | choosing.typed(request.POST, row, errors)
        for row in queries.ticket_types(found.pk)
    ]
    until = RefundPolicy(found.refund_policy).deadline(occurrence.starts_at)
    is_crew = viewer.may(Permission.EVENTS_READ, found.organisation_id)
    state = _state(found, occurrence, left[occurrence.pk].left, offers, now)
    context = {
        "event": _shown(found),
        "occurrence": occurrence,
        "occurrences": [
            {
                "occurrence": date,
                "url": f"{reverse('events:event', args=[slug])}?on={date.pk}",
                "is_current": date.pk == occurrence.pk,
                "is_sold_out": left[date.pk].left <= 0,
            }
            for date in open_dates
        ],
        "offers": offers,
        "state": state,
        "left": left[occurrence.pk].left,
        "capacity": left[occurrence.pk].capacity,
        "currency": found.currency,
        "exponent": EXPONENTS[found.currency],
        "errors": errors,
        "is_live": occurrence.starts_at <= now < occurrence.ends_at and found.status == Event.Status.PUBLISHED,
        "is_free": all(row["price_kind"] == "free" for row in offers),
        "tips": presenting.tips(request.POST, errors) if found.fee_bearer == FeeBearer.TIPPED else None,
        "refundable_until": until if until and now < until else None,
        "goal": presenting.goal(found),
        "charities": list({row["charity"].pk: row["charity"] for row in offers if row["charity"]}.values()),
        "urls": {
            "reserve": reverse("tickets:reserve", args=[slug]),
            "share": settings.SITE_URL + reverse("events:event", args=[slug]),
            "edit": reverse("events:manage", args=[found.pk]) if is_crew else "",
            "room": reverse("rooms:of_occurrence", args=[occurrence.pk]) if is_crew else "",
        },
        "here": "directory",
    }
    return render(request, "events/event.html", context, status=status)


def _shown(event: Event) -> Event:
    """The event with what its template asks besides its columns."""
    event.description_html = events.description_html(event)  # type: ignore[attr-defined]
    return event


def _state(event: Event, occurrence: Occurrence, left: int, offers: Sequence[dict[str, Any]], now: datetime) -> str:
    if event.status == Event.Status.CANCELLED:
        return "cancelled"
    if event.status == Event.Status.DRAFT:
        return "draft"
    if now >= occurrence.ends_at:
        return "over"
    if left <= 0:
        return "sold_out"
    if event.visibility == Event.Visibility.PRIVATE:
        return "not_invited"
    if offers and all(row["state"] == "not_yet" for row in offers):
        return "not_yet"
    return "live" if now >= occurrence.starts_at else "on_sale"


@require_POST
def reserve(request: HttpRequest, slug: str) -> HttpResponse:
    """Set the chosen places aside and go on to checkout; when refused, back to the page with what was typed."""
    now = timezone.now()
    count_attempt("reserve", network(request), 120, timedelta(minutes=1), now)
    found = events.visible_event(users.viewer(request), slug)
    types = queries.ticket_types(found.pk)
    occurrence = request.POST.get("occurrence", "")
    try:
        choices = choosing.choices(request.POST, types, found.currency)
        tip = choosing.tip(request.POST, found.currency)
        occurrence_id = _occurrence_id(found, occurrence)
        with turn(occurrence_id):
            order = actions.reserve(occurrence_id, choices, now, language=translation.get_language(), tip=tip)
    except Invalid as refusal:
        return _event_page(request, slug, refusal.errors, occurrence, status=422)
    except Conflict as refusal:
        return _event_page(request, slug, [FieldError("", refusal.code(), refusal.title)], occurrence, status=409)
    response = redirect("tickets:checkout", order.pk)
    access.grant_order(response, order)
    return response


def _occurrence_id(event: Event, text: str) -> UUID:
    """The id of one of the event's own occurrences."""
    for date in events.occurrences_of(event):
        if str(date.pk) == text:
            return date.pk
    raise NotFound


@require_GET
def open_ticket(request: HttpRequest, ticket_id: UUID, secret: str) -> HttpResponse:
    """The ticket link: changes nothing, trades its secret for a cookie and goes on to a clean address."""
    count_attempt("ticket-link", network(request), 300, timedelta(minutes=1), timezone.now())
    ticket = queries.ticket_by_secret(ticket_id, secret)
    response = redirect("tickets:ticket", ticket.pk)
    access.grant(response, ticket)
    return _unkept(response)


@require_GET
def open_order(request: HttpRequest, order_id: UUID, secret: str) -> HttpResponse:
    """The order link: the same for an order."""
    count_attempt("order-link", network(request), 300, timedelta(minutes=1), timezone.now())
    order = queries.order_by_secret(order_id, secret)
    response = redirect("tickets:order", order.pk)
    access.grant_order(response, order)
    return _unkept(response)


def _unkept(response: HttpResponse) -> HttpResponse:
    """No cache keeps it, and no site we link to learns where the reader came from."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def _held(request: HttpRequest, ticket_id: UUID) -> Ticket:
    ticket = access.granted(request, ticket_id)
    if ticket is None:
        raise NotFound
    return ticket


@require_GET
def ticket(request: HttpRequest, ticket_id: UUID) -> HttpResponse:
    """One ticket, for whoever followed its link."""
    held = _held(request, ticket_id)
    occurrence, order = held.occurrence, held.order
    others = [other.pk for other in queries.tickets_of(order.pk)]
    can_cancel = held.line.unit_minor == 0 and held.state == "valid" and timezone.now() < occurrence.starts_at
    context = {
        "event": _shown(occurrence.event),
        "occurrence": occurrence,
        "ticket": presenting.stub(held, order, others.index(held.pk) + 1, len(others)),
        "qr_svg": presenting.qr_svg(held) if held.state == "valid" else "",
        "phase": _phase(occurrence, timezone.now()),
        "urls": {
            "enter": presenting.enter_url(held) if held.state == "valid" else "",
            "calendar": reverse("tickets:calendar", args=[held.pk]),
            "order": _order_url_if_held(request, order.pk),
            "cancel": reverse("tickets:cancel_ticket", args=[held.pk]) if can_cancel else "",
            "hand_over": reverse("tickets:hand_over", args=[held.pk]) if presenting.can_hand_over(held, timezone.now()) else "",
            "send_again": "",
            "event": reverse("events:event", args=[occurrence.event.slug]),
        },
        "here": "tickets",
    }
    return _unkept(render(request, "tickets/ticket.html", context))


def _order_url_if_held(request: HttpRequest, order_id: UUID) -> str:
    return reverse("tickets:order", args=[order_id]) if f"order_{order_id.hex}" in request.COOKIES else ""


def _phase(occurrence: Occurrence, now: datetime) -> str:
    if now < occurrence.doors_at:
        return "waiting"
    return "open" if now < occurrence.ends_at else "ended"


@require_GET
def calendar(request: HttpRequest, ticket_id: UUID) -> HttpResponse:
    """The occurrence for the holder's calendar."""
    held = _held(request, ticket_id)
    body = presenting.calendar_file(held, held.occurrence, held.order.event, timezone.now())
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{held.occurrence.event.slug}.ics"'
    return _unkept(response)


@require_http_methods(["GET", "POST"])
def cancel_ticket(request: HttpRequest, ticket_id: UUID) -> HttpResponse:
    """Give a free ticket back, after asking."""
    held = _held(request, ticket_id)
    if request.method == "POST":
        actions.cancel_free_ticket(held.pk, timezone.now())
        return redirect("events:event", held.occurrence.event.slug)
    context = {
        "title": _("Cancel your place?"),
        "text": _("Somebody else can have it then. The ticket link stops working."),
        "action": request.path,
        "confirm_text": _("Cancel the place"),
        "keep_url": reverse("tickets:ticket", args=[held.pk]),
        "keep_text": _("Keep the place"),
    }
    return _unkept(render(request, "confirm.html", context))


@require_http_methods(["GET", "POST"])
def hand_over(request: HttpRequest, ticket_id: UUID) -> HttpResponse:
    """Let somebody else come on a ticket."""
    held = _held(request, ticket_id)
    now = timezone.now()
    if not presenting.can_hand_over(held, now):
        return redirect("tickets:ticket", held.pk)
    said = {name: request.POST.get(name, "") for name in ("name", "email")}
    errors: list[FieldError] = []
    if request.method == "POST":
        errors = attempt(lambda: actions.hand_over(held.pk, held.version, said["name"], said["email"], now))
        if not errors:
            messages.success(request, _("%(name)s has the ticket now, and a mail with it.") % {"name": said["name"]})
            order_url = _order_url_if_held(request, held.order_id)
            return _unkept(redirect(order_url or reverse("events:event", args=[held.order.event.slug])))
    context = {
        "event": _shown(held.occurrence.event),
        "occurrence": held.occurrence,
        "ticket": held,
        "said": said,
        "here": "tickets",
    }
    return _unkept(form_page(request, "tickets/hand_over.html", context, errors))


@require_http_methods(["GET", "POST"])
def find_order(request: HttpRequest) -> HttpResponse:
    """Have the links of one's orders sent again. The answer is the same whether or not there are any."""
    context: dict[str, Any] = {"email": "", "is_sent": False, "errors": {}, "error_list": [], "orders": [], "here": "tickets"}
    context["urls"] = {"submit": request.path, "sign_in": reverse("account_login")}
    status = 200
    if request.method == "POST":
        context["email"] = email = request.POST.get("email", "").strip()[:254]
        try:
            _send_links(request, email)
            context["is_sent"] = True
        except Refusal as refusal:
            error = refusal.errors[0] if isinstance(refusal, Invalid) and refusal.errors else FieldError("email", "", refusal.title)
            context |= {"errors": {"email": error.detail}, "error_list": [error]}
            status = refusal.status
    return _unkept(render(request, "tickets/find_order.html", context, status=status))


def _send_links(request: HttpRequest, email: str) -> None:
    now = timezone.now()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        raise Invalid([FieldError("email", "incomplete", _("This address is not complete; for example: name@post.lu."))])
    count_attempt("find-order-network", network(request), 20, timedelta(minutes=10), now)
    count_attempt("find-order", email.lower(), 5, timedelta(minutes=10), now)
    # Always a job: looking whether there is an order would take a time that tells.
    defer("tickets.mail_order_links", email=email.lower(), language=translation.get_language())


@require_POST
def release(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Give a reservation back before its time is over."""
    order = access.order_or_refuse(request, order_id)
    if order.state == "reserved":
        actions.cancel(order.pk, timezone.now())
    return redirect("events:event", order.event.slug)


@require_POST
def send_again(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Send the mail with the tickets again, to the address that it went to."""
    order = access.order_or_refuse(request, order_id)
    now = timezone.now()
    count_attempt("send-again", str(order.pk), 3, timedelta(hours=1), now)
    defer("tickets.mail_tickets", order_id=str(order.pk))
    return redirect("tickets:order", order.pk)
