"""What hosts type about events and dates, to what actions want, and back."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any, cast

from django.http import QueryDict
from django.utils.translation import gettext as _

from estrade.base.errors import FieldError, Invalid
from estrade.events.actions import EventFields, OccurrencePlan
from estrade.events.clock import HOME_ZONE, TimeDoesNotExist, ZoneUnknown, moment_of
from estrade.events.models import Event, Occurrence

TEXTS = ("title", "short_text", "description", "category", "language", "kind", "visibility", "refund_policy")
DATES = ("date", "begins", "ends", "time_zone", "doors_minutes")


def event_fields(form: QueryDict) -> EventFields:
    """The fields of an event that the form has; tags are separated by commas."""
    fields: dict[str, Any] = {name: form.get(name, "") for name in (*TEXTS, "currency", "picture_alt") if name in form}
    if "tags" in form:
        fields["tags"] = [tag for tag in form.get("tags", "").split(",") if tag.strip()]
    return cast("EventFields", fields)


def said_of(event: Event) -> dict[str, Any]:
    """The event as its form shows it."""
    return {name: getattr(event, name) for name in (*TEXTS, "currency", "picture_alt")} | {"tags": ", ".join(event.tags)}


def said_of_date(row: Occurrence) -> dict[str, Any]:
    """A date as its form shows it, in its own zone."""
    starts, ends = row.starts_at.astimezone(row.zone), row.ends_at.astimezone(row.zone)
    return {
        "date": starts.strftime("%Y-%m-%d"),
        "begins": starts.strftime("%H:%M"),
        "ends": ends.strftime("%H:%M"),
        "time_zone": row.time_zone,
        "doors_minutes": str(row.doors_minutes),
    }


def occurrence_plan(form: QueryDict, standing: Occurrence | None = None) -> OccurrencePlan:
    """The date that the form means. An end that is not after the beginning is on the next day.

    Raises:
        Invalid: a field is empty or not a date, a time or a number.
    """
    errors: list[FieldError] = []
    day = _read(form, "date", date.fromisoformat, _("Choose a date."), errors)
    begins = _read(form, "begins", time.fromisoformat, _("Say when it begins, for example 20:30."), errors)
    ends = _read(form, "ends", time.fromisoformat, _("Say when it ends, for example 22:00."), errors)
    doors = _read(form, "doors_minutes", whole, _("Say how many minutes before the start doors open."), errors, empty=15)
    if errors:
        raise Invalid(errors)
    zone = form.get("time_zone", HOME_ZONE)
    starts_local = datetime.combine(day, begins.replace(tzinfo=None))
    ends_local = datetime.combine(day, ends.replace(tzinfo=None)) + timedelta(days=int(ends <= begins))
    starts, length = starts_local, ends_local - starts_local
    if standing and all(said_of_date(standing)[name] == form.get(name) for name in ("date", "begins", "time_zone")):
        starts = standing.starts_at  # untouched: in the hour that comes twice it stays the one it was
    try:
        length = moment_of(ends_local, zone) - moment_of(starts, zone)
    except TimeDoesNotExist:
        _check_end(ends_local, zone)
    except ZoneUnknown:
        pass  # the action names the field
    return OccurrencePlan(starts=starts, length=length, time_zone=zone, doors_minutes=doors, id=standing.pk if standing else None)


def _check_end(ends_local: datetime, zone: str) -> None:
    try:
        moment_of(ends_local, zone)
    except TimeDoesNotExist:
        detail = _("The clocks go forward over this time. Choose one an hour earlier or later.")
        raise Invalid([FieldError("ends", "does_not_exist", detail)]) from None


def _read(form: QueryDict, name: str, parse: Any, detail: str, errors: list[FieldError], empty: Any = None) -> Any:
    text = form.get(name, "").strip()
    if not text and empty is not None:
        return empty
    try:
        return parse(text)
    except (ValueError, OverflowError):
        errors.append(FieldError(name, "missing", detail))
        return None


def whole(text: str) -> int:
    """A whole number of at most six digits.

    Raises:
        ValueError: it is none.
    """
    if not re.fullmatch(r"\d{1,6}", text.strip(), re.ASCII):
        raise ValueError(text)
    return int(text)
