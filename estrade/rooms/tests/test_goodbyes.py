"""Whoever is put out is told why, by whichever of edge and job comes first."""

from __future__ import annotations

import json

import jwt
import pytest

from estrade.base.errors import Unavailable
from estrade.rooms import actions, engine, messages, relay, tasks
from estrade.rooms.tests.conftest import HERE
from estrade.rooms.tests.test_engines import stage


def test_the_job_says_why_when_it_is_quicker_than_the_edge(bob_inside, line):
    tasks.put_out(str(bob_inside.pk), 2, "removed")
    relay.put_out(bob_inside.pk, bob_inside.room_id, 2, "removed")

    assert line.on(messages.seat_channel(bob_inside.pk)) == [{"kind": "removed", "generation": 2}]


def test_who_leaves_is_told_nothing(bob_inside, line):
    tasks.put_out(str(bob_inside.pk), 2)

    assert line.on(messages.seat_channel(bob_inside.pk)) == []
    assert line.is_out(bob_inside.pk, 1)


def test_an_engine_that_is_away_does_not_keep_anybody_in_at_the_other(bob_inside, room, media, line):
    media.connect(stage(room), bob_inside.pk, 1)
    line.is_away = True

    with pytest.raises(Unavailable):
        relay.put_out(bob_inside.pk, room.pk, 2, "removed")

    assert not media.is_in(stage(room), bob_inside.pk)


def test_a_name_as_long_as_tickets_allow_fits_into_a_connect_token(bob_inside, settings):
    token = messages.token(bob_inside.pk, 1, bob_inside.room_id, "attendee", "\N{PERFORMING ARTS}" * 120, is_crew=False)

    said = jwt.decode(token, settings.MESSAGES_TOKEN_SECRET, algorithms=["HS256"], audience="messages")

    assert len(json.dumps(said["info"])) <= 1_024
    assert said["info"]["name"] == "\N{PERFORMING ARTS}" * 60


def test_a_seat_that_holds_is_not_put_out(bob_inside, room, media):
    media.connect(engine.names(room.pk)[0], bob_inside.pk, bob_inside.generation)

    tasks.put_out(str(bob_inside.pk), bob_inside.generation)

    assert bob_inside.device == HERE
    assert media.is_in(stage(room), bob_inside.pk)


def test_a_raised_hand_goes_down_when_its_owner_leaves(bob_inside, tonight):
    actions.raise_hand(bob_inside, HERE, tonight)

    seat, message = actions.leave(bob_inside.pk, HERE, tonight)

    assert seat.hand_raised_at is None
    assert message is not None
    assert (message.kind, message.seat_id) == ("hand_lowered", bob_inside.pk)
