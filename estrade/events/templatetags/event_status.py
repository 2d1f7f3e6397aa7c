"""What a host's page says of an event beside its title."""

from __future__ import annotations

from django import template
from django.utils import timezone

from estrade.events import queries
from estrade.events.models import Event

register = template.Library()


@register.inclusion_tag("events/_status_tag.html")
def event_status(event: Event, *, is_over: bool | None = None) -> dict[str, object]:
    """Draft, published, over or cancelled. `is_over` is looked up when it is not given; an event without dates is not over."""
    if is_over is None and event.status == Event.Status.PUBLISHED:
        is_over = queries.is_over(event, timezone.now())
    return {"event": event, "is_over": bool(is_over)}
