"""What may happen to events: written, dated, published, moved, cancelled, copied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import F, ProtectedError
from django.utils.crypto import get_random_string
from django.utils.text import slugify
from django.utils.translation import gettext, ngettext

from estrade.base.errors import FieldError, Invalid, NotFound
from estrade.base.jobs import announce
from estrade.base.money import EXPONENTS
from estrade.base.text import clean_line, clean_text
from estrade.events import pictures, queries
from estrade.events.clock import TimeDoesNotExist, ZoneUnknown, moment_of
from estrade.events.errors import EventCancelled, NotReadyToPublish, OccurrenceOver, OccurrenceStands, SoldTermsStand
from estrade.events.models import (
    CAPACITY_MAX,
    CLASS_CAPACITY_MAX,
    SHORT_TEXT_MAX,
    SPOKEN,
    Ban,
    Event,
    FeeBearer,
    Guest,
    Occurrence,
    RefundPolicy,
)
from estrade.users.models import Organisation

REFUND_WINDOW = timedelta(days=14)  # after a date was moved
LENGTH_MAX = timedelta(hours=24)
AHEAD_MAX = timedelta(days=5 * 366)
DOORS_MINUTES_MAX = 240
OCCURRENCES_MAX = 100
GUESTS_MAX = 2_000
TAGS_MAX = 8
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is easily read as another
GOAL_MINOR_MAX = 10**12
_LENGTHS = {"title": 120, "short_text": SHORT_TEXT_MAX, "description": 20_000, "picture_alt": 200}


class EventFields(TypedDict, total=False):
    """What can be said of an event. The capacity of an event that stands is changed by `tickets.actions.change_capacity`."""

    title: str
    short_text: str
    description: str
    picture_alt: str
    category: str
    tags: Sequence[str]
    language: str
    kind: str
    visibility: str
    currency: str
    refund_policy: str
    fee_bearer: str
    goal_minor: int | None


@dataclass(frozen=True)
class OccurrencePlan:
    """A date as a host says it. `starts` without offset is wall time in `time_zone`; with an offset it is that moment.

    `id` names the occurrence that is moved; without it a new one is meant.
    """

    starts: datetime
    length: timedelta
    time_zone: str
    doors_minutes: int = 15
    id: UUID | None = None


@transaction.atomic
def create_event(organisation: Organisation, now: datetime, capacity: int | None = None, **fields: Unpack[EventFields]) -> Event:
    """A draft. `title`, `category` and `kind` are needed; `capacity` is 100 unless said; the currency is the organisation's.

    Raises:
        Invalid: a field is not as it should be.
    """
    given: EventFields = {"title": "", "category": "", "kind": "", "currency": organisation.currency, **fields}
    cleaned, errors = _clean(given)
    capacity = CLASS_CAPACITY_MAX if capacity is None else capacity
    errors += _capacity_errors(str(cleaned.get("kind", "")), capacity)
    if errors:
        raise Invalid(errors)
    event = Event(organisation=organisation, created_at=now, capacity=capacity, **cleaned)
    return _save_with_free_slug(event)


@transaction.atomic
def edit_event(event: Event, **changes: Unpack[EventFields]) -> Event:
    """Change what is said of the event; what is not named stays. Its address follows the title until it is published.

    Raises:
        Invalid: a field is not as it should be.
        SoldTermsStand: tickets were sold, and the currency, the kind or who bears the fee would change.
        EventCancelled: nothing changes any more.
    """
    event = _lock(event)
    cleaned, errors = _clean(changes)
    differs = {name for name, value in cleaned.items() if value != getattr(event, name)}
    if event.first_sold_at and differs & {"currency", "kind", "fee_bearer"}:
        raise SoldTermsStand
    errors += _capacity_errors(str(cleaned.get("kind", event.kind)), event.capacity, field="kind")
    if errors:
        raise Invalid(errors)
    for name, value in cleaned.items():
        setattr(event, name, value)
    event.version += 1
    if differs & {"title", "visibility"} and event.published_at is None:
        return _save_with_free_slug(event)
    event.save()
    return event


@transaction.atomic
def set_capacity(event: Event, capacity: int) -> Event:
    """Change how many attendees the room can carry. Called by tickets, which keeps its quotas in the same transaction.

    Raises:
        Invalid: outside what a class or a stage can carry.
        EventCancelled: nothing changes any more.
    """
    event = _lock(event)
    errors = _capacity_errors(event.kind, capacity)
    if errors:
        raise Invalid(errors)
    event.capacity = capacity
    return _changed(event, "capacity")


@transaction.atomic
def note_first_sale(event: Event, now: datetime) -> bool:
    """Let currency and kind stand from now on; whether the currency is what `event` says. Later calls change nothing.

    Called by tickets with the first sale, or before the first buyer is sent to pay.
    """
    rows = Event.objects.filter(pk=event.pk, currency=event.currency)
    return bool(rows.filter(first_sold_at=None).update(first_sold_at=now)) or rows.exists()


def touch(event: Event) -> None:
    """Say that something shown with `event` has changed, so that kept pages are made anew. Called by tickets."""
    Event.objects.filter(pk=event.pk).update(version=F("version") + 1)


@transaction.atomic
def set_occurrences(event: Event, plans: Sequence[OccurrencePlan], now: datetime) -> list[Occurrence]:
    """Let the event have exactly these dates: those with an id are moved, new ones added, the others removed.

    Raises:
        Invalid: a date is not as it should be; its fields are `occurrences.0.starts` and so on.
        NotFound: an id is not one of the event's dates.
        OccurrenceStands: a date that somebody ordered tickets for would be removed.
        OccurrenceOver: a date that is over would be moved.
        EventCancelled: nothing changes any more.
    """
    event = _lock(event)
    standing = {row.pk: row for row in Occurrence.objects.select_for_update().filter(event=event)}
    if any(plan.id is not None and plan.id not in standing for plan in plans):
        raise NotFound
    times, errors = [], []
    if len(plans) > OCCURRENCES_MAX:
        errors.append(FieldError("occurrences", "too_many", gettext("An event has at most 100 dates.")))
    if not plans and event.published_at:
        errors.append(FieldError("occurrences", "missing", gettext("A published event keeps at least one date.")))
    for index, plan in enumerate(plans):
        try:
            times.append(_times(plan, standing.get(plan.id) if plan.id else None, now, f"occurrences.{index}."))
        except Invalid as refusal:
            errors += refusal.errors
    if errors:
        raise Invalid(errors)
    kept = {plan.id for plan in plans}
    for row in standing.values():
        if row.pk not in kept:
            _remove(event, row)
    for plan, (starts_at, ends_at) in zip(plans, times, strict=True):
        _write(event, standing.get(plan.id) if plan.id else None, plan, starts_at, ends_at, now)
    _changed(event)
    return queries.occurrences_of(event)


@transaction.atomic
def add_occurrence(event: Event, plan: OccurrencePlan, now: datetime) -> Occurrence:
    """One more date.

    Raises:
        Invalid: it is not as it should be.
        EventCancelled: nothing changes any more.
    """
    event = _lock(event)
    if Occurrence.objects.filter(event=event).count() >= OCCURRENCES_MAX:
        raise Invalid([FieldError("occurrences", "too_many", gettext("An event has at most 100 dates."))])
    starts_at, ends_at = _times(plan, None, now)
    row = _write(event, None, plan, starts_at, ends_at, now)
    _changed(event)
    return row


@transaction.atomic
def move_occurrence(occurrence: Occurrence, plan: OccurrencePlan, now: datetime) -> Occurrence:
    """Give a date another time. Once the event is published this is announced, and opens a refund window of 14 days.

    Raises:
        Invalid: the new time is not as it should be.
        OccurrenceOver: the date is over.
        EventCancelled: nothing changes any more.
    """
    event = _lock(occurrence.event)
    row = Occurrence.objects.select_for_update().get(pk=occurrence.pk)
    starts_at, ends_at = _times(plan, row, now)
    row = _write(event, row, plan, starts_at, ends_at, now)
    _changed(event)
    return row


@transaction.atomic
def remove_occurrence(occurrence: Occurrence) -> None:
    """Take a date away that nobody has ordered tickets for.

    Raises:
        OccurrenceStands: somebody has; or it is the last date of a published event.
        EventCancelled: nothing changes any more.
    """
    event = _lock(occurrence.event)
    if event.published_at and Occurrence.objects.filter(event=event).count() == 1:
        raise OccurrenceStands
    _remove(event, occurrence)
    _changed(event)


@transaction.atomic
def publish(event: Event, now: datetime) -> Event:
    """Let everybody see the event; publishing again changes nothing.

    Raises:
        NotReadyToPublish: its `errors` name each field that is missing.
        EventCancelled: it has been cancelled.
    """
    event = _lock(event)
    if event.status == Event.Status.PUBLISHED:
        return event
    missing = missing_to_publish(event, now)
    if missing:
        raise NotReadyToPublish(missing)
    event.status, event.published_at = Event.Status.PUBLISHED, now
    return _changed(event, "status", "published_at")


def missing_to_publish(event: Event, now: datetime) -> list[FieldError]:
    """What the event still needs before people may see it."""
    missing = []
    if not event.short_text:
        missing.append(FieldError("short_text", "missing", gettext("Say in one line what people will see or do.")))
    if not event.description:
        missing.append(FieldError("description", "missing", gettext("Describe the event.")))
    if event.picture and not event.picture_alt:
        missing.append(FieldError("picture_alt", "missing", gettext("Describe the picture for people who cannot see it.")))
    if queries.next_occurrence(event, now) is None:
        missing.append(FieldError("occurrences", "missing", gettext("Add a date that is still to come.")))
    return missing


@transaction.atomic
def cancel(event: Event, now: datetime) -> Event:
    """Call the event off for good: everybody is told and refunded. Cancelling again changes nothing."""
    event = Event.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=event.pk)
    if event.status == Event.Status.CANCELLED:
        return event
    event.status, event.cancelled_at = Event.Status.CANCELLED, now
    _changed(event, "status", "cancelled_at")
    announce("events.cancelled", event_id=str(event.pk))
    return event


@transaction.atomic
def duplicate(event: Event, now: datetime) -> Event:
    """A draft that says the same, without dates and guests. Tickets copies the price list."""
    copied = (
        "short_text",
        "description",
        "picture",
        "picture_alt",
        "category",
        "tags",
        "language",
        "kind",
        "capacity",
        "currency",
        "refund_policy",
        "fee_bearer",
        "goal_minor",
    )
    copy = Event(organisation=event.organisation, created_at=now, title=event.title, visibility=event.visibility)
    for name in copied:
        setattr(copy, name, getattr(event, name))
    return _save_with_free_slug(copy)


@transaction.atomic
def set_guests(event: Event, addresses: Sequence[str]) -> list[str]:
    """Let the guest list be exactly these e-mail addresses, each once.

    Raises:
        Invalid: an entry is not an address (the message names it), or there are more than 2,000.
        EventCancelled: nothing changes any more.
    """
    event = _lock(event)
    wanted = list(dict.fromkeys(address for address in (clean_line(each).lower() for each in addresses) if address))
    wrong = [address for address in wanted if not _is_address(address)]
    errors = []
    if wrong:
        text = ngettext("This is not an e-mail address: %(wrong)s", "These are not e-mail addresses: %(wrong)s", len(wrong))
        errors.append(FieldError("guests", "email", text % {"wrong": ", ".join(wrong[:5])[:300]}))
    if len(wanted) > GUESTS_MAX:
        errors.append(FieldError("guests", "too_many", gettext("A guest list has at most 2,000 addresses.")))
    if errors:
        raise Invalid(errors)
    Guest.objects.filter(event=event).exclude(email__in=wanted).delete()
    Guest.objects.bulk_create([Guest(event=event, email=address) for address in wanted], ignore_conflicts=True)
    return queries.guests(event)


def ban(event_id: UUID, email: str, now: datetime) -> None:
    """Keep an address out of all dates of the event: it buys nothing more, and no ticket of it admits. Twice is once."""
    Ban.objects.bulk_create([Ban(event_id=event_id, email=email.strip().lower(), banned_at=now)], ignore_conflicts=True)


def lift_ban(event_id: UUID, emails: Sequence[str]) -> None:
    """Let these addresses in again."""
    Ban.objects.filter(event=event_id, email__in=[email.strip().lower() for email in emails]).delete()


@transaction.atomic
def set_picture(event: Event, data: bytes, alt: str) -> Event:
    """Show this picture instead of the poster. It is drawn anew at most 1,600 pixels wide, without what the camera noted.

    Raises:
        PictureUnusable: not a JPEG, PNG or WebP picture, or too large.
        EventCancelled: nothing changes any more.
    """
    event = _lock(event)
    event.picture, event.picture_alt = pictures.keep(data), clean_line(alt)[:200]
    return _changed(event, "picture", "picture_alt")


@transaction.atomic
def remove_picture(event: Event) -> Event:
    """Show the poster again. The file stays: a copy of the event may use it."""
    event = _lock(event)
    event.picture = event.picture_alt = ""
    return _changed(event, "picture", "picture_alt")


def _lock(event: Event) -> Event:
    locked = Event.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=event.pk)
    if locked.status == Event.Status.CANCELLED:
        raise EventCancelled
    return locked


def _changed(event: Event, *fields: str) -> Event:
    event.version += 1
    event.save(update_fields=[*fields, "version"])
    return event


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= 254


def _clean(fields: EventFields) -> tuple[dict[str, Any], list[FieldError]]:
    """The fields fit to keep, and what is wrong with the others."""
    cleaned: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name, length in _LENGTHS.items():
        if name not in fields:
            continue
        text = str(fields[name])  # type: ignore[literal-required]
        cleaned[name] = clean_text(text) if name == "description" else clean_line(text)
        if len(cleaned[name]) > length:
            detail = gettext("At most %(length)s characters; these are %(given)s.")
            errors.append(FieldError(name, "too_long", detail % {"length": length, "given": len(cleaned[name])}))
    if "title" in fields and not cleaned["title"]:
        errors.append(FieldError("title", "missing", gettext("Give the event a title.")))
    for name, choices in _choices().items():
        if name in fields:
            cleaned[name] = fields[name]  # type: ignore[literal-required]
            if cleaned[name] not in choices:
                errors.append(FieldError(name, "unknown", gettext("Choose one from the list.")))
    if "goal_minor" in fields:
        cleaned["goal_minor"] = fields["goal_minor"]
        if cleaned["goal_minor"] is not None and not 0 < cleaned["goal_minor"] <= GOAL_MINOR_MAX:
            errors.append(FieldError("goal_minor", "out_of_range", gettext("A goal is more than nothing, or there is none.")))
    if "tags" in fields:
        cleaned["tags"] = list(dict.fromkeys(tag for tag in (clean_line(each).lower() for each in fields["tags"]) if tag))
        if len(cleaned["tags"]) > TAGS_MAX or any(len(tag) > 30 for tag in cleaned["tags"]):
            errors.append(FieldError("tags", "too_many", gettext("At most eight tags of at most 30 characters each.")))
    return cleaned, errors


def _choices() -> dict[str, Sequence[str]]:
    return {
        "category": Event.Category.values,
        "language": list(SPOKEN),
        "kind": Event.Kind.values,
        "visibility": Event.Visibility.values,
        "currency": list(EXPONENTS),
        "refund_policy": RefundPolicy.values,
        "fee_bearer": FeeBearer.values,
    }


def _capacity_errors(kind: str, capacity: int, field: str = "capacity") -> list[FieldError]:
    most = CLASS_CAPACITY_MAX if kind == Event.Kind.CLASS else CAPACITY_MAX
    if 1 <= capacity <= most:
        return []
    if field == "kind":
        detail = gettext("A class has at most 100 places, and this event has more. Lower its places first.")
        return [FieldError("kind", "capacity", detail)]
    if kind == Event.Kind.CLASS:
        return [FieldError("capacity", "out_of_range", gettext("A class has 1 to 100 places."))]
    return [FieldError("capacity", "out_of_range", gettext("A stage has 1 to 1,000 places."))]


def _save_with_free_slug(event: Event) -> Event:
    """Save with an address made from the title. Unless the event is public it ends in letters that nobody guesses."""
    base = slugify(event.title)[:60].strip("-") or "event"
    slug = base if event.visibility == Event.Visibility.PUBLIC else f"{base}-{get_random_string(12, LETTERS)}"
    while True:
        event.slug = slug
        try:
            with transaction.atomic():
                event.save()
        except IntegrityError as error:
            if "slug" not in str(error):
                raise
            slug = f"{base}-{get_random_string(12, LETTERS)}"
        else:
            return event


def _times(plan: OccurrencePlan, standing: Occurrence | None, now: datetime, prefix: str = "") -> tuple[datetime, datetime]:
    """When the date begins and ends, in UTC."""
    errors = []

    def wrong(field: str, code: str, detail: str) -> None:
        errors.append(FieldError(prefix + field, code, detail))

    starts_at = None
    try:
        starts_at = moment_of(plan.starts, plan.time_zone)
    except TimeDoesNotExist:
        wrong("starts", "does_not_exist", gettext("The clocks go forward over this time. Choose one an hour earlier or later."))
    except ZoneUnknown:
        wrong("time_zone", "unknown", gettext("Choose a time zone from the list, such as Europe/Luxembourg."))
    if not timedelta(minutes=1) <= plan.length <= LENGTH_MAX:
        wrong("ends", "out_of_range", gettext("The end must come after the start, at most 24 hours later."))
    if not 0 <= plan.doors_minutes <= DOORS_MINUTES_MAX:
        wrong("doors_minutes", "out_of_range", gettext("Doors open 0 to 240 minutes before the start."))
    if starts_at and starts_at > now + AHEAD_MAX:
        wrong("starts", "too_far", gettext("A date lies at most five years ahead."))
    elif starts_at and not errors and (standing is None or starts_at != standing.starts_at) and starts_at + plan.length <= now:
        wrong("starts", "past", gettext("This is over already. Choose a time to come."))
    if errors:
        raise Invalid(errors)
    assert starts_at is not None
    return starts_at, starts_at + plan.length


def _write(
    event: Event, row: Occurrence | None, plan: OccurrencePlan, starts_at: datetime, ends_at: datetime, now: datetime
) -> Occurrence:
    if row is None:
        return Occurrence.objects.create(
            event=event, starts_at=starts_at, ends_at=ends_at, doors_minutes=plan.doors_minutes, time_zone=plan.time_zone
        )
    before = row.starts_at
    if row.ends_at <= now and (starts_at, ends_at) != (row.starts_at, row.ends_at):
        raise OccurrenceOver
    row.starts_at, row.ends_at, row.doors_minutes, row.time_zone = starts_at, ends_at, plan.doors_minutes, plan.time_zone
    if starts_at != before and event.published_at:
        row.moved_at, row.refundable_until = now, now + REFUND_WINDOW
        announce("events.occurrence_moved", occurrence_id=str(row.pk), moved_from=before.isoformat())
    row.save()
    return row


def _remove(event: Event, row: Occurrence) -> None:
    if event.first_sold_at:
        raise OccurrenceStands
    try:
        with transaction.atomic():
            row.delete()
    except ProtectedError:  # a reservation that is not paid yet
        raise OccurrenceStands from None
