from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from estrade.events.clock import TimeDoesNotExist, ZoneUnknown, moment_of


@pytest.mark.parametrize(
    ("wall", "zone", "utc"),
    [
        ("2026-11-29 20:30", "Europe/Luxembourg", "2026-11-29 19:30"),
        ("2026-07-29 20:30", "Europe/Luxembourg", "2026-07-29 18:30"),
        ("2026-03-29 01:59", "Europe/Luxembourg", "2026-03-29 00:59"),
        ("2026-03-29 03:00", "Europe/Luxembourg", "2026-03-29 01:00"),
        ("2026-10-25 02:30", "Europe/Luxembourg", "2026-10-25 00:30"),  # comes twice: the first
        ("2026-10-25 03:00", "Europe/Luxembourg", "2026-10-25 02:00"),
        ("2026-11-01 01:30", "America/New_York", "2026-11-01 05:30"),
        ("2026-01-01 12:00", "Asia/Kathmandu", "2026-01-01 06:15"),
    ],
)
def test_wall_time_is_the_moment_that_the_clocks_there_show(wall, zone, utc):
    assert moment_of(datetime.fromisoformat(wall), zone) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("wall", "zone"),
    [("2026-03-29 02:30", "Europe/Luxembourg"), ("2026-03-08 02:00", "America/New_York"), ("0001-01-01 00:00", "Asia/Tokyo")],
)
def test_a_time_that_the_clocks_jump_over_is_refused(wall, zone):
    with pytest.raises(TimeDoesNotExist):
        moment_of(datetime.fromisoformat(wall), zone)


def test_an_offset_chooses_the_second_of_two_equal_hours():
    second = datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=1)))

    assert moment_of(second, "Europe/Luxembourg") == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "CET\x00"])
def test_a_zone_that_nobody_knows_is_refused(zone):
    with pytest.raises(ZoneUnknown):
        moment_of(datetime(2026, 1, 1), zone)  # noqa: DTZ001 - wall time
