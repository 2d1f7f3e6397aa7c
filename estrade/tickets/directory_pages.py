"""What is on, over all organisations."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from estrade.events import queries as events
from estrade.events.clock import HOME_ZONE
from estrade.events.models import Event
from estrade.events.templatetags.posters import category_name
from estrade.tickets.listings import listings

DAYS = 7


@require_GET
def directory(request: HttpRequest) -> HttpResponse:
    """What is on and to come: led by the next event, narrowed by day, category or words."""
    now = timezone.now()
    today = now.astimezone(ZoneInfo(HOME_ZONE)).date()
    asked = {name: request.GET.get(name, "").strip()[:100] for name in ("q", "category", "date")}
    asked["category"] = asked["category"] if asked["category"] in Event.Category.values else ""
    day = _day(asked["date"])
    asked["date"] = day.isoformat() if day else ""
    cursor = request.GET.get("cursor", "")[:400]
    found = events.directory(
        now,
        category=asked["category"],
        text=asked["q"],
        begins=_midnight(day) if day else None,
        ends=_midnight(day + timedelta(days=1)) if day else None,
        cursor=cursor,
    )
    rows = listings([(listing.event, listing.occurrence) for listing in found.listings], now)
    leads = 3 if not any(asked.values()) and not cursor else 0
    context = {
        "first": rows[0] if leads and rows else None,
        "beside": rows[1:leads],
        "listings": rows[leads:],
        "heading": _heading(asked, day),
        "query": asked["q"],
        "kept": {name: asked[name] for name in ("category", "date") if asked[name]},
        "page": {
            "previous_url": _url(asked) if cursor else "",
            "next_url": _url(asked, cursor=found.next_cursor) if found.next_cursor else "",
        },
        "search_url": reverse("events:directory"),
        "host_url": reverse("events:create"),
        "here": "directory",
    }
    return render(request, "events/directory.html", context | _days(now, today, day, asked) | _categories(asked))


def _days(now: datetime, today: date, chosen: date | None, asked: dict[str, str]) -> dict[str, Any]:
    """The next seven days and how many events each has, and how many come later."""
    zone = ZoneInfo(HOME_ZONE)
    end = today + timedelta(days=DAYS)
    counts: dict[date, set[object]] = {}
    for event, moment in events.starts(now):
        # What began yesterday and is still on counts as today's.
        counts.setdefault(max(moment.astimezone(zone).date(), today), set()).add(event)
    days = [
        {
            "date": day,
            "zone": HOME_ZONE,
            "moment": datetime.combine(day, time(12), zone),
            "count": len(counts.get(day, ())),
            "url": _url(asked | {"date": day.isoformat()}),
            "is_current": day == chosen,
        }
        for day in (today + timedelta(days=number) for number in range(DAYS))
    ]
    later = set().union(*(found for day, found in counts.items() if day >= end))
    return {"days": days, "later": {"count": len(later), "url": _url(asked | {"date": ""})} if later else None, "zone": HOME_ZONE}


def _categories(asked: dict[str, str]) -> dict[str, Any]:
    categories = [
        {"code": code, "url": _url(asked | {"category": code}), "is_current": code == asked["category"]}
        for code in Event.Category.values
    ]
    return {"categories": categories, "all_url": reverse("events:directory"), "is_all": not asked["category"]}


def _heading(asked: dict[str, str], day: date | None) -> str:
    if asked["q"]:
        return _("Results for “%(words)s”") % {"words": asked["q"]}
    if day:
        text = format_date(day, "EEEE d MMMM", locale=(translation.get_language() or "en").replace("-", "_"))
        return text[:1].upper() + text[1:]
    return category_name(asked["category"]) if asked["category"] else _("Coming up")


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(HOME_ZONE))


def _url(asked: dict[str, str], **more: str) -> str:
    query = urlencode({name: value for name, value in (asked | more).items() if value})
    return reverse("events:directory") + (f"?{query}" if query else "")
