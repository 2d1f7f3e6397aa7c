"""One ticket, one seat."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from estrade.base.errors import NotFound
from estrade.rooms import actions, queries
from estrade.rooms.errors import RoomEnded, RoomLocked, RoomNotOpen, SeatLost, SeatRemoved, SeatTaken, TicketCancelled
from estrade.rooms.models import Room, Seat
from estrade.rooms.tests.conftest import ELSEWHERE, HERE, fresh
from estrade.users.permissions import Permission


def test_looking_at_the_lobby_twice_makes_one_seat_that_nobody_holds(bobs_ticket, room):
    first, second = actions.seat_ticket(bobs_ticket), actions.seat_ticket(bobs_ticket)

    assert first.pk == second.pk
    assert (first.generation, first.device) == (0, "")


def test_taking_the_seat_begins_a_generation_and_checks_the_ticket_in(bobs_seat, open_room, tonight):
    seat = actions.take_seat(bobs_seat.pk, HERE, tonight)

    assert (seat.generation, seat.device) == (1, HERE)
    assert fresh(seat).ticket.checked_in_at == tonight


def test_a_second_device_is_offered_a_takeover_and_does_not_get_in_by_itself(bob_inside, tonight):
    with pytest.raises(SeatTaken):
        actions.take_seat(bob_inside.pk, ELSEWHERE, tonight)

    assert fresh(bob_inside).generation == 1


def test_a_takeover_ends_the_generation_before(bob_inside, tonight):
    taken = actions.take_seat(bob_inside.pk, ELSEWHERE, tonight, takeover=True)

    assert taken.generation == 2
    with pytest.raises(SeatLost):
        queries.check_seated(taken, HERE, tonight, generation=1)
    with pytest.raises(SeatLost):
        queries.check_seated(taken, HERE, tonight, generation=2)
    queries.check_seated(taken, ELSEWHERE, tonight, generation=2)


def test_a_takeover_has_the_generation_before_put_out_by_a_job_too(bob_inside, tonight):
    actions.take_seat(bob_inside.pk, ELSEWHERE, tonight, takeover=True)

    job = ProcrastinateJob.objects.get(task_name="rooms.put_out")
    assert job.args == {"seat_id": str(bob_inside.pk), "generation_min": 2, "notice": "taken_over"}


def test_the_same_device_comes_back_without_being_asked(bob_inside, tonight):
    assert actions.take_seat(bob_inside.pk, HERE, tonight).generation == 2


def test_a_seat_that_was_silent_for_long_is_free_to_take(bob_inside, tonight):
    later = tonight + timedelta(seconds=31)

    assert actions.take_seat(bob_inside.pk, ELSEWHERE, later).generation == 2


def test_heartbeats_keep_the_seat(bob_inside, tonight):
    Seat.objects.filter(pk=bob_inside.pk).update(last_heartbeat_at=tonight + timedelta(seconds=15))

    with pytest.raises(SeatTaken):
        actions.take_seat(bob_inside.pk, ELSEWHERE, tonight + timedelta(seconds=40))


def test_who_leaves_frees_the_seat_at_once_and_what_they_had_opens_nothing(bob_inside, tonight):
    left, _ = actions.leave(bob_inside.pk, HERE, tonight)

    assert (left.generation, left.device) == (2, "")
    with pytest.raises(SeatLost):
        queries.check_seated(left, HERE, tonight, generation=1)
    assert actions.take_seat(bob_inside.pk, ELSEWHERE, tonight).generation == 3


def test_who_sits_nowhere_any_more_cannot_leave_for_another_device(bob_inside, tonight):
    actions.take_seat(bob_inside.pk, ELSEWHERE, tonight, takeover=True)

    with pytest.raises(SeatLost):
        actions.leave(bob_inside.pk, HERE, tonight)


def test_nobody_of_the_audience_enters_before_the_doors_open(bobs_seat, tonight):
    with pytest.raises(RoomNotOpen):
        actions.take_seat(bobs_seat.pk, HERE, tonight)


def test_the_crew_enter_before_the_doors_and_that_brings_the_room_backstage(alices_seat, room):
    assert alices_seat.generation == 1
    assert queries.room(room.pk).phase == Room.Phase.BACKSTAGE


def test_doors_that_nobody_opened_open_at_the_start(bobs_seat, evening):
    assert actions.take_seat(bobs_seat.pk, HERE, evening.starts_at).generation == 1


def test_a_locked_room_keeps_out_who_was_not_in(bob_inside, carols_seat, room, tonight):
    actions.lock(room.pk, tonight)

    with pytest.raises(RoomLocked):
        actions.take_seat(carols_seat.pk, ELSEWHERE, tonight)
    assert queries.must_wait(fresh(carols_seat), tonight)
    assert actions.take_seat(bob_inside.pk, HERE, tonight).generation == 2


def test_who_leaves_a_locked_room_may_come_back_unless_they_were_removed(bob_inside, room, tonight):
    actions.lock(room.pk, tonight)

    actions.leave(bob_inside.pk, HERE, tonight)

    assert actions.take_seat(bob_inside.pk, ELSEWHERE, tonight).device == ELSEWHERE
    actions.remove(bob_inside.pk, tonight)
    actions.unlock(room.pk, tonight)
    with pytest.raises(SeatRemoved):
        actions.take_seat(bob_inside.pk, HERE, tonight)


def test_a_locked_room_lets_in_whom_the_host_admits(open_room, carols_seat, tonight):
    actions.lock(open_room.pk, tonight)

    actions.admit(carols_seat.pk, tonight)

    assert actions.take_seat(carols_seat.pk, HERE, tonight).generation == 1


def test_an_event_that_is_over_lets_nobody_in(bobs_seat, open_room, tonight):
    actions.end(open_room.pk, tonight)

    with pytest.raises(RoomEnded):
        actions.take_seat(bobs_seat.pk, HERE, tonight)


def test_a_cancelled_event_lets_nobody_in_at_once(bobs_seat, concert, evening, tonight):
    type(concert).objects.filter(pk=concert.pk).update(status="cancelled", cancelled_at=tonight)

    with pytest.raises(RoomEnded):
        actions.take_seat(bobs_seat.pk, HERE, evening.starts_at)


def test_a_cancelled_ticket_admits_nobody_whatever_the_row_of_the_seat_says(bob_inside, bobs_ticket, tonight):
    type(bobs_ticket).objects.filter(pk=bobs_ticket.pk).update(state="cancelled", cancelled_at=tonight)

    assert isinstance(queries.refusal(fresh(bob_inside), tonight), TicketCancelled)
    assert actions.close_seat(bob_inside.pk)
    assert fresh(bob_inside).generation == 2
    assert not actions.close_seat(bob_inside.pk)


def test_the_first_who_may_host_is_the_host_and_the_next_a_cohost(alice, carol, room):
    assert actions.seat_user(room, alice, Permission.ROOM_HOST).role == "host"
    assert actions.seat_user(room, carol, Permission.ROOM_HOST).role == "cohost"
    assert actions.seat_user(room, alice, Permission.ROOM_HOST).role == "host"


def test_a_host_who_became_crew_moderates(alice, room):
    actions.seat_user(room, alice, Permission.ROOM_HOST)

    assert actions.seat_user(room, alice, Permission.ROOM_CREW).role == "moderator"


def test_a_crew_member_has_no_seat_at_another_event(room, mallory, noon):
    from estrade.events.models import Event

    organisation = mallory_house(mallory)
    other = Event.objects.create(
        organisation=organisation, slug="other", title="Other", category="music", kind="stage", created_at=noon
    )
    member = actions.invite(other, "Mallory", "mallory@example.org", "cohost")

    with pytest.raises(NotFound):
        actions.seat_crew_member(room, member)


def mallory_house(mallory):
    from estrade.users.models import Membership

    return Membership.objects.get(user=mallory).organisation


@pytest.mark.django_db(transaction=True)
def test_of_ten_devices_at_the_same_instant_one_gets_the_seat(bobs_seat, open_room, tonight):
    go = Barrier(10)  # without it the race is too rare to catch a missing lock

    def sits(number):
        connection.ensure_connection()
        go.wait()
        try:
            return actions.take_seat(bobs_seat.pk, str(number) * 64, tonight).generation
        except SeatTaken:
            return 0
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as devices:
        assert sorted(devices.map(sits, range(10))) == [0] * 9 + [1]
