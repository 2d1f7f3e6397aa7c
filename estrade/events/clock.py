"""Wall time to moments, right across changes of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

HOME_ZONE = "Europe/Luxembourg"  # the zone of a page that is nobody's in particular


class TimeDoesNotExist(ValueError):
    """The clocks jump over this wall time."""


class ZoneUnknown(ValueError):
    """There is no time zone of this name."""


@cache
def zones() -> tuple[str, ...]:
    """The names of places that people choose from, in order: Africa/Abidjan, ..., Pacific/Wallis, UTC."""
    areas = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
    return (*sorted(name for name in available_timezones() if name.startswith(areas)), "UTC")


def moment_of(time: datetime, zone: str) -> datetime:
    """The moment, in UTC, at which the clocks of `zone` show `time`; a time with an offset of its own is taken as it is.

    In the hour that comes twice when the clocks go back, the first is meant; to mean the second, give an offset.

    Raises:
        TimeDoesNotExist: the clocks go forward over it.
        ZoneUnknown: no such zone.
    """
    if zone not in zones():
        raise ZoneUnknown(zone)
    if time.tzinfo is not None:
        return _utc(time)
    local = time.replace(tzinfo=ZoneInfo(zone), fold=0)
    moment = _utc(local)
    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != time.replace(fold=0):
        raise TimeDoesNotExist(time)
    return moment


def _utc(time: datetime) -> datetime:
    try:
        return time.astimezone(UTC)
    except (OverflowError, ValueError):  # the year 1 or 9999
        raise TimeDoesNotExist(time) from None
