"""Which events and occurrences somebody may see."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils.safestring import SafeString

from estrade.base.errors import NotFound
from estrade.base.reading import composed_once, only, read_one
from estrade.base.text import clean_line
from estrade.events.markdown import to_html
from estrade.events.models import SEARCHED, Event, Guest, Occurrence
from estrade.users.models import Membership, Organisation
from estrade.users.permissions import Permission, Viewer

PAGE = 24
PAGE_MAX = 100
HOLD = """
SELECT occurrence.id, occurrence.event_id, occurrence.starts_at, occurrence.ends_at,
    event.id, event.organisation_id, event.visibility, event.currency, event.refund_policy, event.fee_bearer, event.status,
    event.first_sold_at, event.version, organisation.id, organisation.plan
FROM events_occurrence occurrence
JOIN events_event event ON occurrence.event_id = event.id
JOIN users_organisation organisation ON event.organisation_id = organisation.id
WHERE occurrence.id = %s FOR KEY SHARE OF event
"""
BANNED = "SELECT 1 FROM events_ban WHERE event_id = %s AND email = %s"
# In the order of the models' own fields.
_HELD_OF_OCCURRENCE = ["id", "event_id", "starts_at", "ends_at"]
_HELD_OF_EVENT = [
    "id", "organisation_id", "visibility", "currency", "refund_policy", "fee_bearer", "status", "first_sold_at", "version",
]  # fmt: skip
_HELD_OF_ORGANISATION = ["id", "plan"]


@dataclass(frozen=True)
class Listing:
    """An event as the directory shows it: with its next occurrence."""

    event: Event
    occurrence: Occurrence


@dataclass(frozen=True)
class Directory:
    """One page of the directory; `next_cursor` is empty on the last."""

    listings: list[Listing]
    next_cursor: str


def event_for(viewer: Viewer, event_id: UUID, permission: Permission) -> Event:
    """The event, drafts too, for those who have `permission` in its organisation.

    Raises:
        NotFound: there is none, or the viewer has nothing to do with its organisation.
        Forbidden: the viewer's role may not do this.
    """
    event = Event.objects.select_related("organisation").filter(pk=event_id).first()
    if event is None:
        raise NotFound
    viewer.require(permission, event.organisation_id)
    return event


def events_of(viewer: Viewer, organisation_id: UUID | None = None) -> QuerySet[Event]:
    """Every event of the viewer's organisations (or of that one), the newest first."""
    mine = [each for each in viewer.permissions if viewer.may(Permission.EVENTS_READ, each)]
    if organisation_id is not None:
        mine = [each for each in mine if each == organisation_id]
    return Event.objects.filter(organisation__in=mine).select_related("organisation").order_by("-created_at", "-pk")


def of_organisation(organisation: Organisation, currency: str) -> list[Event]:
    """Every event of the organisation that is sold in `currency`, the oldest first."""
    return list(Event.objects.filter(organisation=organisation, currency=currency).order_by("created_at", "pk"))


def currencies_of(organisation: Organisation) -> list[str]:
    """The currencies in which the organisation sells, its own first."""
    others = set(Event.objects.filter(organisation=organisation).values_list("currency", flat=True)) - {organisation.currency}
    return [organisation.currency, *sorted(others)]


def visible_event(viewer: Viewer, slug: str) -> Event:
    """The event at the address `slug`, for everybody once it is published; a cancelled one says so; drafts for its organisation.

    The address of an unlisted or private event cannot be guessed; who may buy is `may_buy`.

    Raises:
        NotFound: there is none, or the viewer may not see it.
    """
    event = only(_at_address(slug))
    if event.published_at is None and not viewer.may(Permission.EVENTS_READ, event.organisation_id):
        raise NotFound
    return event


@composed_once
def _at_address(slug: str) -> QuerySet[Event]:
    return Event.objects.select_related("organisation").filter(slug=slug)


def may_buy(event: Event, email: str) -> bool:
    """Whether a buyer with this address is let to the price list: everybody, or those on a private event's guest list."""
    return event.visibility != Event.Visibility.PRIVATE or is_guest(event, email)


def is_guest(event: Event, email: str, *, lock: bool = False) -> bool:
    """Whether the address is on the guest list; with `lock`, others who ask for the same guest wait for this transaction."""
    guests = Guest.objects.select_for_update() if lock else Guest.objects
    return guests.filter(event=event, email=email.strip().lower()).first() is not None


def is_banned(event_id: UUID, email: str) -> bool:
    """Whether the address is kept out of the event."""
    return read_one(BANNED, event_id, email.strip().lower()) is not None


def guests(event: Event) -> list[str]:
    """The addresses on the guest list, in order."""
    return list(Guest.objects.filter(event=event).order_by("email").values_list("email", flat=True))


def occurrences_of(event: Event) -> list[Occurrence]:
    """The event's dates, the earliest first."""
    return _dates(event.pk)


@composed_once
def _dates(event: UUID) -> QuerySet[Occurrence]:
    return Occurrence.objects.filter(event=event).order_by("starts_at", "pk")


def occurrences_of_all(events: Iterable[UUID]) -> dict[UUID, list[Occurrence]]:
    """The dates of several events, the earliest first."""
    found: dict[UUID, list[Occurrence]] = {}
    for row in Occurrence.objects.filter(event__in=list(events)).order_by("starts_at", "pk"):
        found.setdefault(row.event_id, []).append(row)
    return found


def next_occurrence(event: Event, now: datetime) -> Occurrence | None:
    """The date that is on or comes next, or nothing when all are over."""
    return Occurrence.objects.filter(event=event, ends_at__gt=now).order_by("starts_at", "pk").first()


def is_over(event: Event, now: datetime) -> bool:
    """Whether every date of the event has ended; not while it has none."""
    ends = Occurrence.objects.filter(event=event).aggregate(last=Max("ends_at"))["last"]
    return ends is not None and now >= ends


def occurrence(occurrence_id: UUID) -> Occurrence:
    """One date, with its event and organisation."""
    found = Occurrence.objects.select_related("event__organisation").filter(pk=occurrence_id).first()
    if found is None:
        raise NotFound
    return found


def hold_published(occurrence_id: UUID) -> Occurrence | None:
    """The date with its event, if that is published; then it is not cancelled before the caller's transaction ends.

    Those who hold it do not wait for each other; whoever cancels waits for them. Only what a sale asks is read with it.

    Raises:
        NotFound: there is no such date.
    """
    found = read_one(HOLD, occurrence_id)
    if found is None:
        raise NotFound
    occurrence = Occurrence.from_db(connection.alias, _HELD_OF_OCCURRENCE, found[:4])
    occurrence.event = event = Event.from_db(connection.alias, _HELD_OF_EVENT, found[4:13])
    event.organisation = Organisation.from_db(connection.alias, _HELD_OF_ORGANISATION, found[13:])
    return occurrence if event.status == Event.Status.PUBLISHED else None


def anything_was_published() -> bool:
    """Whether any event of this instance was ever shown to anybody."""
    return Event.objects.exclude(published_at=None).exists()


def owners_of_hosts(plan: str = "", currency: str = "") -> list[UUID]:
    """The owners of the organisations on `plan` that have, or would make, an event in `currency`; empty means any."""
    houses = Organisation.objects.filter(plan=plan) if plan else Organisation.objects.all()
    if currency:
        sells = Event.objects.filter(organisation=OuterRef("pk"), currency=currency)
        houses = houses.filter(Q(currency=currency) | Exists(sells))
    rows = Membership.objects.filter(organisation__in=houses, role=Membership.Role.OWNER, user__is_active=True)
    return list(rows.order_by("user").values_list("user", flat=True).distinct())


@lru_cache(maxsize=10_000)
def organisation_of(occurrence_id: UUID) -> UUID:
    """Whose date it is, which never changes.

    Raises:
        NotFound: there is no such date.
    """
    found = Occurrence.objects.filter(pk=occurrence_id).values_list("event__organisation", flat=True).first()
    if found is None:
        raise NotFound
    return found


def description_html(event: Event) -> SafeString:
    """The description as safe HTML."""
    return to_html(event.description)


def directory(
    now: datetime,
    *,
    category: str = "",
    text: str = "",
    language: str = "",
    begins: datetime | None = None,
    ends: datetime | None = None,
    cursor: str = "",
    limit: int = PAGE,
) -> Directory:
    """Public events that are on or to come, the soonest first; `text` must be found word by word, the last may be begun only.

    `begins` and `ends` narrow it to dates that start from the one to before the other. An unknown category or language
    finds nothing. A cursor that we did not give begins at the beginning.
    """
    events = _listed_events()
    if category:
        events = events.filter(category=clean_line(category))
    if language:
        events = events.filter(language=clean_line(language))
    words = re.findall(r"\w+", clean_line(text))[:12]
    if words:
        typed = SearchQuery(" & ".join([*words[:-1], words[-1] + ":*"]), config="simple", search_type="raw")
        events = events.annotate(searched=SEARCHED).filter(Q(searched=typed) | Q(organisation__name__icontains=" ".join(words)))
    to_come = Occurrence.objects.filter(event__in=events.values("pk"), ends_at__gt=now)
    if begins:
        to_come = to_come.filter(starts_at__gte=begins)
    if ends:
        to_come = to_come.filter(starts_at__lt=ends)
    return _page(to_come, cursor, max(1, min(limit, PAGE_MAX)))


def starts(now: datetime) -> list[tuple[UUID, datetime]]:
    """The event and the start of every listed date that is not over, for counting them by day."""
    rows = Occurrence.objects.filter(event__in=_listed_events().values("pk"), ends_at__gt=now)
    return list(rows.order_by("starts_at").values_list("event_id", "starts_at"))


def _listed_events() -> QuerySet[Event]:
    return Event.objects.filter(status=Event.Status.PUBLISHED, visibility=Event.Visibility.PUBLIC)


def _page(to_come: QuerySet[Occurrence], cursor: str, limit: int) -> Directory:
    # One row per event: its soonest date.
    soonest = to_come.order_by("event_id", "starts_at", "pk").distinct("event_id")
    rows = Occurrence.objects.filter(pk__in=soonest.values("pk")).select_related("event__organisation").order_by("starts_at", "pk")
    after = _read_cursor(cursor)
    if after:
        rows = rows.filter(Q(starts_at__gt=after[0]) | Q(starts_at=after[0], pk__gt=after[1]))
    found = list(rows[: limit + 1])
    listings = [Listing(row.event, row) for row in found[:limit]]
    last = listings[-1].occurrence if len(found) > limit else None
    return Directory(listings, _write_cursor(last) if last else "")


def _write_cursor(last: Occurrence) -> str:
    return base64.urlsafe_b64encode(json.dumps([last.starts_at.isoformat(), str(last.pk)]).encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[datetime, UUID] | None:
    try:
        starts_at, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        moment = datetime.fromisoformat(starts_at)
        return (moment, UUID(key)) if moment.tzinfo else None
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None
