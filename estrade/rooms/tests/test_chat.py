"""What is said, numbered without a gap."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from estrade.base.errors import NotFound, TooManyRequests
from estrade.rooms import actions, presenting, queries
from estrade.rooms.errors import MessageInvalid, SeatLost
from estrade.rooms.models import Message
from estrade.rooms.tests.conftest import ELSEWHERE, HERE


def test_messages_are_numbered_from_one_whatever_their_kind(bob_inside, room, tonight):
    actions.say(bob_inside, HERE, "Good evening", "", tonight)
    actions.raise_hand(bob_inside, HERE, tonight)
    actions.lock(room.pk, tonight)

    rows = queries.messages_after(room.pk, 0)

    assert [(row.number, row.kind) for row in rows] == [(1, "opened"), (2, "chat"), (3, "hand_raised"), (4, "locked")]
    assert queries.room(room.pk).last_number == 4


def test_who_missed_some_reads_what_came_after(bob_inside, room, tonight):
    for text in ("one", "two", "three"):
        actions.say(bob_inside, HERE, text, "", tonight)

    assert [row.text for row in queries.messages_after(room.pk, 2)] == ["two", "three"]


def test_the_same_key_is_the_same_message(bob_inside, tonight):
    first = actions.say(bob_inside, HERE, "Hello", "k", tonight)

    assert actions.say(bob_inside, HERE, "Hello", "k", tonight).pk == first.pk
    assert Message.objects.filter(kind="chat").count() == 1


def test_two_people_may_use_the_same_key(bob_inside, carol_inside, tonight):
    bobs = actions.say(bob_inside, HERE, "Hello", "k", tonight)

    assert actions.say(carol_inside, ELSEWHERE, "Hello", "k", tonight).pk != bobs.pk


@pytest.mark.parametrize("text", ["", "  \n", "\x00", "x" * 1_001])
def test_nothing_and_too_much_is_not_said(bob_inside, tonight, text):
    with pytest.raises(MessageInvalid):
        actions.say(bob_inside, HERE, text, "", tonight)


def test_a_thousand_characters_are_said(bob_inside, tonight):
    assert len(actions.say(bob_inside, HERE, "x" * 1_000, "", tonight).text) == 1_000


def test_the_sixth_in_ten_seconds_is_too_often_and_the_next_ten_seconds_are_free(bob_inside, carol_inside, tonight):
    for number in range(5):
        actions.say(bob_inside, HERE, str(number), "", tonight)

    with pytest.raises(TooManyRequests):
        actions.say(bob_inside, HERE, "6", "", tonight)
    actions.say(carol_inside, ELSEWHERE, "mine", "", tonight)
    actions.say(bob_inside, HERE, "later", "", tonight + timedelta(seconds=10))


def test_a_repeat_with_the_same_key_is_never_too_often(bob_inside, tonight):
    for number in range(5):
        actions.say(bob_inside, HERE, str(number), str(number), tonight)

    assert actions.say(bob_inside, HERE, "0", "0", tonight).text == "0"


def test_nobody_writes_from_outside(bobs_seat, open_room, tonight):
    with pytest.raises(SeatLost):
        actions.say(queries.seat(bobs_seat.pk), HERE, "Let me in", "", tonight)


def test_the_device_that_was_taken_over_writes_no_more(bob_inside, tonight):
    actions.take_seat(bob_inside.pk, ELSEWHERE, tonight, takeover=True)

    with pytest.raises(SeatLost):
        actions.say(queries.seat(bob_inside.pk), HERE, "It was me", "", tonight)


def test_a_hidden_message_is_read_by_nobody_and_hidden_once(bob_inside, room, tonight):
    said = actions.say(bob_inside, HERE, "Something rude", "", tonight)

    notice = actions.hide(room.pk, said.number, tonight)

    assert notice.data == {"number": said.number}
    assert actions.hide(room.pk, said.number, tonight) is None
    assert "rude" not in str([presenting.message(row) for row in queries.messages_after(room.pk, 0)])


def test_only_chat_can_be_hidden(bob_inside, room, tonight):
    with pytest.raises(NotFound):
        actions.hide(room.pk, 1, tonight)


def test_a_hand_that_is_up_is_not_raised_again(bob_inside, tonight):
    assert actions.raise_hand(bob_inside, HERE, tonight) is not None
    assert actions.raise_hand(bob_inside, HERE, tonight) is None
    assert actions.lower_hand(bob_inside, HERE, tonight) is not None


@pytest.mark.django_db(transaction=True)
def test_ten_who_write_at_the_same_instant_get_ten_numbers_without_a_gap(ticket_of, open_room, tonight):
    seats = [actions.take_seat(actions.seat_ticket(ticket_of(f"Guest{number}")).pk, HERE, tonight) for number in range(10)]
    go = Barrier(10)

    def says(seat):
        connection.ensure_connection()
        go.wait()
        try:
            return actions.say(seat, HERE, "now", "", tonight).number
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as guests:
        numbers = list(guests.map(says, seats))

    assert sorted(numbers) == list(range(2, 12))
    assert queries.room(open_room.pk).last_number == 11
