"""Where the door crew sells to whoever comes without a ticket, and takes the money itself."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from estrade.base.errors import FieldError, NotFound
from estrade.base.forms import attempt, form_page
from estrade.base.idempotency import fingerprint, once
from estrade.base.ids import new_id
from estrade.events import queries as events
from estrade.events.models import Event, Occurrence
from estrade.payments import actions
from estrade.tickets import choosing, presenting, queries
from estrade.tickets.actions.orders import Buyer
from estrade.tickets.fees import fees
from estrade.tickets.turns import turn
from estrade.users.access import SignedIn, signed_in
from estrade.users.permissions import Permission

MEANS = ("cash", "card")


@require_http_methods(["GET", "POST"])
@signed_in
def door(request: SignedIn, event_id: UUID) -> HttpResponse:
    """Sell places at the door; the tickets are mailed at once."""
    event = events.event_for(request.viewer, event_id, Permission.CHECK_IN)
    dates = [date for date in events.occurrences_of(event) if date.ends_at > timezone.now()]
    occurrence = next((date for date in dates if str(date.pk) == request.POST.get("occurrence")), None) or next(iter(dates), None)
    errors: list[FieldError] = []
    if request.method == "POST":
        if occurrence is None:
            raise NotFound
        date = occurrence
        errors = attempt(lambda: _sell(request, event, date))
        if not errors:
            return redirect("payments:door", event.pk)
    return form_page(request, "payments/door.html", _context(request, event, dates, occurrence, errors), errors)


def _sell(request: SignedIn, event: Event, occurrence: Occurrence) -> None:
    form, now = request.POST, timezone.now()
    chosen = choosing.choices(form, queries.ticket_types(event.pk), event.currency)
    means = form.get("means", "")
    buyer = Buyer(form.get("name", ""), form.get("email", ""), translation.get_language() or "en")

    def work() -> tuple[int, Any]:
        order, _tickets = actions.record_door_order(occurrence.pk, chosen, buyer, means if means in MEANS else MEANS[0], now)
        return 201, {"number": order.number, "total": order.total.format(buyer.language)}

    # A second click sells nothing a second time.
    said = fingerprint(str(occurrence.pk), [str(each) for each in chosen], buyer.email)
    with turn(occurrence.pk):
        _status, sold = once(f"door:{event.pk}", form.get("key", "")[:200] or str(new_id()), said, now, work)
    messages.success(request, _sold_text(sold, buyer.email))


def _sold_text(sold: dict[str, str], email: str) -> str:
    text = _("Sold: order %(number)s, %(total)s. The tickets are on their way to %(email)s.")
    return text % {"number": sold["number"], "total": sold["total"], "email": email}


def _context(
    request: SignedIn, event: Event, dates: list[Occurrence], occurrence: Occurrence | None, errors: list[FieldError]
) -> dict[str, Any]:
    now = timezone.now()
    offers: list[dict[str, Any]] = []
    if occurrence:
        left, kept = queries.places_left([occurrence.pk], event.capacity)[occurrence.pk], fees(event, now)
        offers = [
            presenting.offer(row, left, occurrence, event.currency, kept, now) | choosing.typed(request.POST, row, errors)
            for row in queries.ticket_types(event.pk)
        ]
    said = {name: request.POST.get(name, "") for name in ("name", "email")} | {"means": request.POST.get("means", MEANS[0])}
    return {
        "here": "host",
        "event": event,
        "dates": dates,
        "occurrence": occurrence,
        "offers": offers,
        "said": said,
        "key": str(new_id()),
        "is_sold": event.status == Event.Status.PUBLISHED,
    }
