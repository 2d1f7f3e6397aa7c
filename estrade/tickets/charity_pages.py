"""The public pages of charities: all on the list, and each with the events that give to it."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from estrade.charities import queries as charities
from estrade.charities.models import Charity
from estrade.charities.registers.links import public_page
from estrade.events import queries as events
from estrade.events.models import Event
from estrade.tickets import queries
from estrade.tickets.listings import Listing, listings

SHOWN_MAX = 24


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Every charity on the list, or those that were searched by name and place."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:100]
    return render(request, "charities/index.html", {"charities": charities.found(text), "query": text})


@require_GET
def charity(request: HttpRequest, slug: str) -> HttpResponse:
    """One charity: what it does, what its register says and when that was looked at, and the events that give to it."""
    found = charities.by_slug(slug)
    entry = found.entry
    context = {
        "charity": found,
        "register_name": entry.get_register_display() if entry and entry.register != "plain" else "",
        "register_url": public_page(entry) if entry else "",
        "checked_at": max(found.verified_at, entry.last_seen_at) if entry and entry.status == "registered" else found.verified_at,
        "listings": _coming(found, timezone.now()),
    }
    return render(request, "charities/charity.html", context)


def _coming(charity: Charity, now: datetime) -> list[Listing]:
    """The public events on or to come that give to the charity, the soonest first."""
    giving = queries.giving_to(charity.pk, now).filter(visibility=Event.Visibility.PUBLIC).select_related("organisation")
    found = {event.pk: event for event in giving}
    dates = events.occurrences_of_all(found)
    soonest = [next(date for date in dates[key] if date.ends_at > now) for key in found]
    soonest.sort(key=lambda date: (date.starts_at, date.pk))
    return listings([(found[date.event_id], date) for date in soonest[:SHOWN_MAX]], now)
