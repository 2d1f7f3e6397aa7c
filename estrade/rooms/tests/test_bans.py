"""A ban keeps the person out of the event, not the seat out of the room."""

from __future__ import annotations

from datetime import timedelta

import pytest

from estrade.events import queries as events
from estrade.events.models import Ban, Occurrence
from estrade.rooms import actions, queries
from estrade.rooms.errors import Banned
from estrade.rooms.models import Message
from estrade.rooms.tests.conftest import ELSEWHERE, HERE, fresh
from estrade.tickets.models import Ticket
from estrade.users.permissions import Permission


@pytest.fixture
def bobs_second_seat(ticket_of, bobs_ticket):
    return actions.seat_ticket(ticket_of("Bob"))


@pytest.fixture
def next_week(evening):
    starts_at = evening.starts_at + timedelta(days=7)
    return Occurrence.objects.create(
        event=evening.event, starts_at=starts_at, ends_at=starts_at + timedelta(hours=2), time_zone=evening.time_zone
    )


def test_the_banned_neither_sit_down_again_nor_are_admitted(bob_inside, tonight):
    actions.ban(bob_inside.pk, tonight)

    with pytest.raises(Banned):
        actions.take_seat(bob_inside.pk, HERE, tonight)
    with pytest.raises(Banned):
        actions.admit(bob_inside.pk, tonight)


def test_a_ban_puts_out_who_sits_on_another_ticket_of_the_same_address(bob_inside, bobs_second_seat, open_room, tonight):
    second = actions.take_seat(bobs_second_seat.pk, ELSEWHERE, tonight)

    done = actions.ban(bob_inside.pk, tonight)

    assert {seat.pk for seat in done.seats} == {bob_inside.pk, second.pk}
    assert fresh(second).device == ""
    assert fresh(second).generation == second.generation + 1
    assert isinstance(queries.refusal(fresh(second), tonight), Banned)
    assert Message.objects.filter(kind="removed").count() == 2


def test_a_ticket_bought_by_the_banned_for_somebody_else_admits_nobody(bob_inside, ticket_of, tonight):
    third = ticket_of("Bob")
    Ticket.objects.filter(pk=third.pk).update(attendee_email="friend@example.org")
    seat = actions.seat_ticket(third)

    actions.ban(bob_inside.pk, tonight)

    assert isinstance(queries.refusal(fresh(seat), tonight), Banned)


def test_a_ban_holds_for_tickets_that_come_later(bob_inside, ticket_of, tonight):
    actions.ban(bob_inside.pk, tonight)

    seat = actions.seat_ticket(ticket_of("Bob"))

    with pytest.raises(Banned):
        actions.take_seat(seat.pk, HERE, tonight)


def test_a_ban_holds_on_every_date_of_the_event(bob_inside, ticket_of, next_week, tonight):
    ticket = ticket_of("Bob")
    Ticket.objects.filter(pk=ticket.pk).update(occurrence=next_week)
    later = actions.seat_ticket(Ticket.objects.get(pk=ticket.pk))
    actions.open_doors(later.room_id, tonight)
    later = actions.take_seat(later.pk, HERE, tonight)

    actions.ban(bob_inside.pk, tonight)

    assert fresh(later).device == ""
    with pytest.raises(Banned):
        actions.take_seat(later.pk, HERE, next_week.starts_at)


def test_a_ban_leaves_others_alone(bob_inside, carol_inside, tonight):
    actions.ban(bob_inside.pk, tonight)

    assert queries.refusal(fresh(carol_inside), tonight) is None
    assert fresh(carol_inside).generation == carol_inside.generation


def test_a_ban_holds_however_the_address_was_written(bob_inside, tonight):
    actions.ban(bob_inside.pk, tonight)

    assert events.is_banned(bob_inside.room.occurrence.event_id, " BOB@example.org ")


def test_banning_twice_is_banning_once(bob_inside, bobs_second_seat, tonight):
    actions.ban(bob_inside.pk, tonight)

    again = actions.ban(bobs_second_seat.pk, tonight)

    assert (again.seats, again.messages) == ([], [])
    assert Ban.objects.count() == 1


def test_who_is_no_longer_banned_comes_in_on_every_ticket(bob_inside, bobs_second_seat, tonight):
    actions.remove(bob_inside.pk, tonight)
    actions.ban(bob_inside.pk, tonight)

    actions.unban(bobs_second_seat.pk, tonight)

    assert actions.take_seat(bob_inside.pk, HERE, tonight).device == HERE
    assert actions.take_seat(bobs_second_seat.pk, ELSEWHERE, tonight).device == ELSEWHERE
    assert not events.is_banned(bob_inside.room.occurrence.event_id, "bob@example.org")


def test_lifting_a_ban_that_is_not_there_does_not_admit_the_removed(bob_inside, tonight):
    actions.remove(bob_inside.pk, tonight)

    actions.unban(bob_inside.pk, tonight)

    assert fresh(bob_inside).removed_at


def test_a_ticket_bought_in_the_hosts_name_does_not_ban_the_host(alices_seat, alice, ticket_of, open_room, tonight):
    mallorys = ticket_of("Mallory")
    Ticket.objects.filter(pk=mallorys.pk).update(attendee_email=alice.email)
    seat = actions.seat_ticket(Ticket.objects.get(pk=mallorys.pk))

    actions.ban(seat.pk, tonight)

    assert isinstance(queries.refusal(fresh(seat), tonight), Banned)
    assert queries.refusal(fresh(alices_seat), tonight) is None


def test_banned_crew_are_out_of_every_room_of_the_event_and_come_back_on_no_ticket(crew_seat, ticket_of, next_week, tonight):
    seat = actions.take_seat(crew_seat("speaker", "Eve").pk, HERE, tonight)
    ticket = actions.seat_ticket(ticket_of("Eve"))

    actions.ban(seat.pk, tonight)

    later = actions.seat_crew_member(actions.room_of(next_week), seat.crew_member)
    assert all(isinstance(queries.refusal(fresh(each), tonight), Banned) for each in (seat, later, ticket))
    actions.unban(later.pk, tonight)
    assert not any(isinstance(queries.refusal(fresh(each), tonight), Banned) for each in (seat, later, ticket))


def test_a_banned_member_is_out_of_every_room_of_the_event(bob, room, next_week, tonight):
    seat = actions.seat_user(room, bob, Permission.ROOM_CREW)

    actions.ban(seat.pk, tonight)

    later = actions.seat_user(actions.room_of(next_week), bob, Permission.ROOM_CREW)
    assert isinstance(queries.refusal(later, tonight), Banned)


def test_the_crew_see_who_is_banned(bob_inside, bobs_second_seat, room, tonight):
    actions.ban(bob_inside.pk, tonight)

    found = queries.people(room, frozenset(queries.Power), tonight)

    assert [person.seat.is_banned for person in found if person.seat.name == "Bob"] == [True, True]
