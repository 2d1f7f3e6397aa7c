"""Events, their dates and guests, and the directory, as JSON."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from ninja import Field, File, Form, Query, Router, Schema, UploadedFile

from estrade.base.operations import LIMIT_MAX, page_of, written_once
from estrade.events import actions, queries
from estrade.events.models import CAPACITY_MAX, SHORT_TEXT_MAX, Event, FeeBearer, Occurrence, RefundPolicy
from estrade.events.pictures import BYTES_MAX
from estrade.users.access import Asked
from estrade.users.permissions import Permission
from estrade.users.queries import organisation_for

router = Router()
public = Router()  # what anybody may read
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX)]
Tags = Annotated[list[str], Field(max_length=20)]


class OccurrenceIn(Schema):
    """A date. `starts_at` without offset is what the clocks of `time_zone` show; of two equal hours the first is meant."""

    starts_at: datetime
    minutes: int = Field(ge=1, le=1440)
    time_zone: str = Field(max_length=64)
    doors_minutes: int = Field(15, ge=0, le=240)


class OccurrenceOut(Schema):
    """A date of an event."""

    id: UUID
    event_id: UUID
    starts_at: datetime
    ends_at: datetime
    doors_at: datetime
    time_zone: str
    moved_at: datetime | None
    refundable_until: datetime | None


class EventIn(Schema):
    """What is said of a new event. The currency is the organisation's unless said."""

    title: str = Field(max_length=120)
    category: Event.Category
    kind: Event.Kind
    short_text: str = Field("", max_length=SHORT_TEXT_MAX)
    description: str = Field("", max_length=20_000)
    tags: Tags = []
    language: str = Field("en", max_length=8)
    visibility: Event.Visibility = Event.Visibility.PUBLIC
    currency: str = Field("", max_length=3)
    refund_policy: RefundPolicy = RefundPolicy.HOST
    fee_bearer: FeeBearer = FeeBearer.ABSORBED
    goal_minor: int | None = Field(None, ge=1, le=10**12, description="What its charities are to receive, in minor units.")
    capacity: int = Field(100, ge=1, le=CAPACITY_MAX)


class EventPatch(Schema):
    """What changes; what is not named stays. The capacity is changed by its own operation."""

    title: str = Field("", max_length=120)
    category: Event.Category = Event.Category.MUSIC
    kind: Event.Kind = Event.Kind.STAGE
    short_text: str = Field("", max_length=SHORT_TEXT_MAX)
    description: str = Field("", max_length=20_000)
    picture_alt: str = Field("", max_length=200)
    tags: Tags = []
    language: str = Field("", max_length=8)
    visibility: Event.Visibility = Event.Visibility.PUBLIC
    currency: str = Field("", max_length=3)
    refund_policy: RefundPolicy = RefundPolicy.HOST
    fee_bearer: FeeBearer = FeeBearer.ABSORBED
    goal_minor: int | None = Field(None, ge=1, le=10**12, description="None: there is no goal any more.")


class EventOut(Schema):
    """An event, for its organisation."""

    id: UUID
    organisation_id: UUID
    slug: str
    url: str
    title: str
    short_text: str
    description: str
    picture_url: str
    picture_alt: str
    category: Event.Category
    tags: list[str]
    language: str
    kind: Event.Kind
    capacity: int
    visibility: Event.Visibility
    currency: str
    refund_policy: RefundPolicy
    fee_bearer: FeeBearer
    goal_minor: int | None
    status: Event.Status
    created_at: datetime
    published_at: datetime | None
    cancelled_at: datetime | None
    first_sold_at: datetime | None
    occurrences: list[OccurrenceOut]


class EventsOut(Schema):
    """A page of events; `next_cursor` asks for the next."""

    items: list[EventOut]
    next_cursor: str | None


class ListingOut(Schema):
    """An event as the directory shows it, with its next date."""

    id: UUID
    organisation: str
    slug: str
    url: str
    title: str
    short_text: str
    picture_url: str
    category: Event.Category
    tags: list[str]
    language: str
    kind: Event.Kind
    currency: str
    occurrence: OccurrenceOut


class DirectoryOut(Schema):
    """A page of the directory; `next_cursor` asks for the next."""

    items: list[ListingOut]
    next_cursor: str | None


class GuestsBody(Schema):
    """The e-mail addresses on the guest list."""

    emails: list[str] = Field(max_length=actions.GUESTS_MAX)


def event_out(event: Event, dates: list[Occurrence] | None = None) -> dict[str, Any]:
    """An event as its organisation reads it."""
    names = (name for name in EventOut.model_fields if name not in {"url", "picture_url", "occurrences"})
    shown = {name: getattr(event, name) for name in names}
    dates = queries.occurrences_of(event) if dates is None else dates
    return shown | _addresses(event) | {"occurrences": [occurrence_out(date) for date in dates]}


def _addresses(event: Event) -> dict[str, str]:
    picture = settings.SITE_URL + event.picture_url if event.picture else ""
    return {"url": settings.SITE_URL + reverse("events:event", args=[event.slug]), "picture_url": picture}


def occurrence_out(row: Occurrence) -> dict[str, Any]:
    """A date."""
    return {name: getattr(row, name) for name in OccurrenceOut.model_fields}


def _json(shape: type[Schema], shown: dict[str, Any]) -> Any:
    return shape.model_validate(shown).model_dump(mode="json")


def _plan(body: OccurrenceIn) -> actions.OccurrencePlan:
    length = timedelta(minutes=body.minutes)
    return actions.OccurrencePlan(body.starts_at, length, body.time_zone, body.doors_minutes)


def _event(request: Asked, event_id: UUID, permission: Permission = Permission.EVENTS_WRITE) -> Event:
    return queries.event_for(request.viewer, event_id, permission)


def _occurrence(request: Asked, occurrence_id: UUID) -> Occurrence:
    row = queries.occurrence(occurrence_id)
    request.viewer.require(Permission.EVENTS_WRITE, row.event.organisation_id)
    return row


@router.get("/events", response=EventsOut, summary="List events")
def list_events(request: Asked, organisation: UUID | None = None, limit: Limit = 50, cursor: UUID | None = None) -> dict[str, Any]:
    """Those of one's organisations, drafts too, the newest first."""
    rows = queries.events_of(request.viewer, organisation).order_by("-id")
    found, following = page_of(list((rows.filter(id__lt=cursor) if cursor else rows)[: limit + 1]), limit, lambda row: row.pk)
    dates = queries.occurrences_of_all(row.pk for row in found)
    return {"items": [event_out(row, dates.get(row.pk, [])) for row in found], "next_cursor": following}


@router.post("/organisations/{uuid:organisation_id}/events", response={201: EventOut}, summary="Create an event")
def create_event(request: Asked, organisation_id: UUID, body: EventIn) -> tuple[int, Any]:
    """A draft. Refusals: `not_found`, `forbidden`, `invalid`."""
    organisation = organisation_for(request.viewer, organisation_id, Permission.EVENTS_WRITE)
    now = timezone.now()
    fields = body.dict() if body.currency else body.dict(exclude={"currency"})

    def work() -> tuple[int, Any]:
        return 201, _json(EventOut, event_out(actions.create_event(organisation, now, **fields)))

    return written_once(request, f"events:{organisation.pk}", body.dict(), now, work)


@router.get("/events/{uuid:event_id}", response=EventOut, summary="Read an event")
def read_event(request: Asked, event_id: UUID) -> dict[str, Any]:
    """An event of one's organisation. Refusals: `not_found`, `forbidden`."""
    return event_out(_event(request, event_id, Permission.EVENTS_READ))


@router.patch("/events/{uuid:event_id}", response=EventOut, summary="Change an event")
def update_event(request: Asked, event_id: UUID, body: EventPatch) -> dict[str, Any]:
    """What is not named stays. Refusals: `not_found`, `forbidden`, `invalid`, `sold_terms_stand`, `event_cancelled`."""
    event = _event(request, event_id)
    return event_out(actions.edit_event(event, **body.dict(exclude_unset=True)))


@router.post("/events/{uuid:event_id}/publish", response=EventOut, summary="Publish an event")
def publish_event(request: Asked, event_id: UUID) -> dict[str, Any]:
    """Publishing again changes nothing. Refusals: `not_found`, `forbidden`, `not_ready_to_publish`, `event_cancelled`."""
    return event_out(actions.publish(_event(request, event_id), timezone.now()))


@router.post("/events/{uuid:event_id}/cancel", response=EventOut, summary="Cancel an event")
def cancel_event(request: Asked, event_id: UUID) -> dict[str, Any]:
    """For good: everybody is told and refunded. Cancelling again changes nothing. Refusals: `not_found`, `forbidden`."""
    return event_out(actions.cancel(_event(request, event_id), timezone.now()))


@router.post("/events/{uuid:event_id}/picture", response=EventOut, summary="Upload a picture")
def upload_picture(
    request: Asked,
    event_id: UUID,
    picture: File[UploadedFile],
    picture_alt: Form[str] = "",
) -> dict[str, Any]:
    """A JPEG, PNG or WebP picture of at most 8 MB. Refusals: `not_found`, `forbidden`, `picture_unusable`, `event_cancelled`."""
    event = _event(request, event_id)
    return event_out(actions.set_picture(event, picture.read(BYTES_MAX + 1), picture_alt))


@router.delete("/events/{uuid:event_id}/picture", response=EventOut, summary="Remove the picture")
def remove_picture(request: Asked, event_id: UUID) -> dict[str, Any]:
    """The generated poster is shown again. Refusals: `not_found`, `forbidden`, `event_cancelled`."""
    return event_out(actions.remove_picture(_event(request, event_id)))


@router.post("/events/{uuid:event_id}/occurrences", response={201: OccurrenceOut}, summary="Add a date")
def create_occurrence(request: Asked, event_id: UUID, body: OccurrenceIn) -> tuple[int, Any]:
    """Refusals: `not_found`, `forbidden`, `invalid`, `event_cancelled`."""
    event = _event(request, event_id)
    now = timezone.now()

    def work() -> tuple[int, Any]:
        return 201, _json(OccurrenceOut, occurrence_out(actions.add_occurrence(event, _plan(body), now)))

    return written_once(request, f"occurrences:{event.pk}", body.dict(), now, work)


@router.put("/occurrences/{uuid:occurrence_id}", response=OccurrenceOut, summary="Move a date")
def move_occurrence(request: Asked, occurrence_id: UUID, body: OccurrenceIn) -> dict[str, Any]:
    """Buyers are told of another start, and may give their tickets back for 14 days. Refusals: `not_found`, `forbidden`,
    `invalid`, `occurrence_over`, `event_cancelled`.
    """
    row = _occurrence(request, occurrence_id)
    return occurrence_out(actions.move_occurrence(row, _plan(body), timezone.now()))


@router.delete("/occurrences/{uuid:occurrence_id}", response={204: None}, summary="Remove a date")
def remove_occurrence(request: Asked, occurrence_id: UUID) -> tuple[int, None]:
    """One that nobody has ordered tickets for. Refusals: `not_found`, `forbidden`, `occurrence_stands`, `event_cancelled`."""
    actions.remove_occurrence(_occurrence(request, occurrence_id))
    return 204, None


@router.get("/events/{uuid:event_id}/guests", response=GuestsBody, summary="Read the guest list")
def read_guests(request: Asked, event_id: UUID) -> dict[str, Any]:
    """Refusals: `not_found`, `forbidden`."""
    return {"emails": queries.guests(_event(request, event_id))}


@router.put("/events/{uuid:event_id}/guests", response=GuestsBody, summary="Write the guest list")
def write_guests(request: Asked, event_id: UUID, body: GuestsBody) -> dict[str, Any]:
    """The list is then exactly this. Refusals: `not_found`, `forbidden`, `invalid`, `event_cancelled`."""
    return {"emails": actions.set_guests(_event(request, event_id), body.emails)}


@public.get("/directory", response=DirectoryOut, summary="What is on")
def read_directory(
    request: Asked,  # noqa: ARG001 - the same for everybody
    category: Event.Category | None = None,
    language: Annotated[str, Query(max_length=8)] = "",
    text: Annotated[str, Query(max_length=200)] = "",
    limit: Limit = queries.PAGE,
    cursor: Annotated[str, Query(max_length=400)] = "",
) -> dict[str, Any]:
    """Public events that are on or to come, the soonest first."""
    found = queries.directory(timezone.now(), category=category or "", language=language, text=text, limit=limit, cursor=cursor)
    items = [
        {
            name: getattr(row.event, name)
            for name in ("id", "slug", "title", "short_text", "category", "tags", "language", "kind", "currency")
        }
        | _addresses(row.event)
        | {"organisation": row.event.organisation.name, "occurrence": occurrence_out(row.occurrence)}
        for row in found.listings
    ]
    return {"items": items, "next_cursor": found.next_cursor or None}
