from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from estrade.base.errors import Invalid, NotFound
from estrade.events import actions, queries
from estrade.events.errors import OccurrenceOver, OccurrenceStands
from estrade.events.models import Occurrence

HOUR = timedelta(hours=1)


def plan(starts, **more):
    return actions.OccurrencePlan(**({"starts": starts, "length": 2 * HOUR, "time_zone": "Europe/Luxembourg"} | more))


@pytest.fixture
def draft(house, noon):
    return actions.create_event(house, noon, title="Low tides", category="music", kind="stage")


def test_a_date_is_kept_as_the_moment_that_the_hosts_clocks_show(draft, noon):
    row = actions.add_occurrence(draft, plan(datetime(2026, 11, 29, 20, 30), doors_minutes=30), noon)  # noqa: DTZ001

    assert row.starts_at == datetime(2026, 11, 29, 19, 30, tzinfo=UTC)
    assert row.ends_at == row.starts_at + 2 * HOUR
    assert row.doors_at == row.starts_at - HOUR / 2


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"starts": datetime(2027, 3, 28, 2, 30)}, "starts", "does_not_exist"),  # noqa: DTZ001
        ({"starts": datetime(2026, 11, 1, 20, 0)}, "starts", "past"),  # noqa: DTZ001
        ({"starts": datetime(9999, 12, 31, 23, 0)}, "starts", "too_far"),  # noqa: DTZ001
        ({"time_zone": "Mars/Olympus"}, "time_zone", "unknown"),
        ({"length": timedelta()}, "ends", "out_of_range"),
        ({"length": timedelta(days=2)}, "ends", "out_of_range"),
        ({"doors_minutes": 999}, "doors_minutes", "out_of_range"),
    ],
)
def test_a_date_that_is_not_as_it_should_be_is_named(draft, noon, changes, field, code):
    with pytest.raises(Invalid) as refusal:
        actions.add_occurrence(draft, plan(**({"starts": noon + HOUR} | changes)), noon)

    assert [(error.field, error.code) for error in refusal.value.errors] == [(field, code)]


def test_setting_the_dates_adds_moves_and_removes(draft, noon):
    first = actions.add_occurrence(draft, plan(noon + HOUR), noon)
    second = actions.add_occurrence(draft, plan(noon + 5 * HOUR), noon)

    dates = actions.set_occurrences(draft, [plan(noon + 2 * HOUR, id=second.pk), plan(noon + 9 * HOUR)], noon)

    assert [row.starts_at for row in dates] == [noon + 2 * HOUR, noon + 9 * HOUR]
    assert dates[0].pk == second.pk
    assert not Occurrence.objects.filter(pk=first.pk).exists()


def test_of_several_wrong_dates_each_is_named(draft, noon):
    with pytest.raises(Invalid) as refusal:
        actions.set_occurrences(draft, [plan(noon + HOUR), plan(noon, length=timedelta()), plan(noon, time_zone="x")], noon)

    assert [error.field for error in refusal.value.errors] == ["occurrences.1.ends", "occurrences.2.time_zone"]


def test_another_events_date_is_not_found(draft, evening, noon):
    for wrong in (evening.pk, uuid4()):
        with pytest.raises(NotFound):
            actions.set_occurrences(draft, [plan(noon + HOUR, id=wrong)], noon)


def test_a_moved_date_of_a_published_event_is_announced_and_opens_a_refund_window(evening, noon):
    before = evening.starts_at

    moved = actions.move_occurrence(evening, plan(before + HOUR), noon)

    assert (moved.moved_at, moved.refundable_until) == (noon, noon + timedelta(days=14))
    job = ProcrastinateJob.objects.get(task_name="tickets.mail_moved")
    assert job.args == {"occurrence_id": str(evening.pk), "moved_from": before.isoformat()}


def test_a_new_length_or_doors_are_no_move(evening, noon):
    changed = actions.move_occurrence(evening, plan(evening.starts_at, length=3 * HOUR, doors_minutes=5), noon)

    assert changed.moved_at is None
    assert not ProcrastinateJob.objects.exists()


def test_a_moved_date_of_a_draft_tells_nobody(draft, noon):
    row = actions.add_occurrence(draft, plan(noon + HOUR), noon)

    assert actions.move_occurrence(row, plan(noon + 2 * HOUR), noon).moved_at is None


def test_a_date_that_is_over_is_not_moved(evening, noon):
    with pytest.raises(OccurrenceOver):
        actions.move_occurrence(evening, plan(noon + timedelta(days=40)), noon + timedelta(days=30))


def test_after_the_first_sale_no_date_is_removed(concert, evening, noon):
    actions.add_occurrence(concert, plan(noon + HOUR), noon)
    actions.note_first_sale(concert, noon)

    with pytest.raises(OccurrenceStands):
        actions.remove_occurrence(evening)
    with pytest.raises(OccurrenceStands):
        actions.set_occurrences(concert, [plan(noon + 3 * HOUR)], noon)
    assert len(queries.occurrences_of(concert)) == 2


def test_a_published_event_keeps_its_last_date(concert, evening, noon):
    with pytest.raises(OccurrenceStands):
        actions.remove_occurrence(evening)
    with pytest.raises(Invalid):
        actions.set_occurrences(concert, [], noon)


def test_cancelling_is_announced_once(concert, noon):
    actions.cancel(concert, noon)
    actions.cancel(concert, noon)

    announced = ProcrastinateJob.objects.filter(args={"event_id": str(concert.pk)})
    assert sorted(job.task_name for job in announced) == ["payments.cancel_orders_of_event", "rooms.end_rooms_of_event"]
