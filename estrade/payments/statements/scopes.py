"""What a statement is about: one event, or an organisation's events over a time; always in one currency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from estrade.events import queries as events
from estrade.events.clock import HOME_ZONE
from estrade.events.models import Event
from estrade.users.models import Organisation


@dataclass(frozen=True)
class Scope:
    """Entries of `events` in `currency`, from `since` on and before `until`; None: from the first, to the last."""

    title: str
    organisation: Organisation
    events: Sequence[Event]
    currency: str
    since: datetime | None = None
    until: datetime | None = None

    @property
    def slug(self) -> str:
        """For the name of a file."""
        name = self.events[0].slug if len(self.events) == 1 and not self.since else self.organisation.slug
        return f"{name}-{self.first_day}-{self.last_day}" if self.since else name

    @property
    def first_day(self) -> date | None:
        """The first day of the time, where it has one."""
        return self.since.astimezone(ZoneInfo(HOME_ZONE)).date() if self.since else None

    @property
    def last_day(self) -> date | None:
        """The last day of the time, where it has one."""
        return (self.until - timedelta(microseconds=1)).astimezone(ZoneInfo(HOME_ZONE)).date() if self.until else None


def usual_times(today: date) -> list[tuple[str, date, date]]:
    """Months, quarters and years that people ask for on `today`: their names, first and last days."""
    month = today.replace(day=1)
    quarter = month.replace(month=month.month - (month.month - 1) % 3)
    year = month.replace(month=1)
    return [
        (_("This month"), month, _after(month, 1)),
        (_("Last month"), _after(month, -1, 1), month - timedelta(days=1)),
        (_("This quarter"), quarter, _after(quarter, 3)),
        (_("Last quarter"), _after(quarter, -3, 1), quarter - timedelta(days=1)),
        (_("This year"), year, _after(year, 12)),
        (_("Last year"), _after(year, -12, 1), year - timedelta(days=1)),
    ]


def _after(first: date, months: int, day: int = 0) -> date:
    """So many months after the first of a month: that month's `day`, or the day before it begins."""
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1) - timedelta(days=1 - day)


def of_event(event: Event) -> Scope:
    """All that was ever booked for `event`."""
    return Scope(event.title, event.organisation, (event,), event.currency)


def of_organisation(organisation: Organisation, currency: str, first: date, last: date) -> Scope:
    """What was booked from the beginning of `first` to the end of `last`, days of the instance's clock, for all of its events."""
    zone = ZoneInfo(HOME_ZONE)
    since = datetime(first.year, first.month, first.day, tzinfo=zone)
    after = last + timedelta(days=1)
    until = datetime(after.year, after.month, after.day, tzinfo=zone)
    return Scope(organisation.name, organisation, events.of_organisation(organisation, currency), currency, since, until)
