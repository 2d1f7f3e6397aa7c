"""The engines hold what the rows say: at once, by a job, and by looking after open rooms."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import RequestFactory

from estrade.base.errors import Unavailable
from estrade.rooms import actions, engine, messages, presenting, queries, relay, tasks
from estrade.rooms.models import EngineBatch, Room
from estrade.rooms.reconcile import reconcile
from estrade.rooms.tests.conftest import ELSEWHERE, HERE, fresh


def stage(room):
    return engine.names(room.pk)[0]


def backstage(room):
    return engine.names(room.pk)[1]


def test_a_takeover_puts_the_generation_before_out_of_both_engines(bob_inside, room, tonight, media, line):
    media.connect(stage(room), bob_inside.pk, 1)
    actions.take_seat(bob_inside.pk, ELSEWHERE, tonight, takeover=True)

    tasks.put_out(str(bob_inside.pk), 2)

    assert not media.is_in(stage(room), bob_inside.pk)
    assert line.is_out(bob_inside.pk, 1)
    assert not line.is_out(bob_inside.pk, 2)


def test_the_job_does_not_put_out_who_has_taken_over_meanwhile(bob_inside, room, tonight, media):
    actions.take_seat(bob_inside.pk, ELSEWHERE, tonight, takeover=True)
    media.connect(stage(room), bob_inside.pk, 2)

    tasks.put_out(str(bob_inside.pk), 2)

    assert media.is_in(stage(room), bob_inside.pk)


def test_the_job_fails_while_an_engine_is_away_so_that_it_is_repeated(bob_inside, media):
    media.is_away = True

    with pytest.raises(Unavailable):
        tasks.put_out(str(bob_inside.pk), 2)


def test_the_edge_goes_on_when_an_engine_is_away(bob_inside, room, media, line):
    media.is_away = line.is_away = True

    relay.at_once(relay.put_out, bob_inside.pk, room.pk, 2)
    relay.carry_out(queries.last_message(room.pk, room.occurrence.starts_at - timedelta(days=1)))


def test_whoever_has_no_right_is_found_and_put_out(bob_inside, carol_inside, room, tonight, media):
    media.connect(stage(room), bob_inside.pk, 1)
    media.connect(stage(room), carol_inside.pk, 0)  # a generation that is past
    media.connect(stage(room), uuid4(), 1)  # a seat that is not
    media.connect(stage(room), f"{bob_inside.pk}#x", 1)  # a name that is no seat's
    media.connect(backstage(room), bob_inside.pk, 1)  # not crew

    reconcile(queries.room(room.pk), tonight)

    assert list(media.rooms[stage(room)]) == [str(bob_inside.pk)]
    assert not media.rooms[backstage(room)]


def test_whoever_publishes_without_a_right_stops_and_the_promoted_can(bob_inside, carol_inside, room, tonight, media):
    media.connect(stage(room), bob_inside.pk, 1, may_publish=True)
    media.connect(stage(room), carol_inside.pk, 1)
    actions.promote(carol_inside.pk, tonight)

    reconcile(queries.room(room.pk), tonight)

    assert not media.may_publish(stage(room), bob_inside.pk)
    assert media.may_publish(stage(room), carol_inside.pk)


def test_crew_backstage_are_left_in_peace(alices_seat, room, tonight, media):
    media.connect(backstage(room), alices_seat.pk, 1, may_publish=True)
    media.connect(stage(room), alices_seat.pk, 1, may_publish=True)

    reconcile(queries.room(room.pk), tonight)

    assert media.is_in(backstage(room), alices_seat.pk)
    assert media.may_publish(stage(room), alices_seat.pk)


def test_a_promotion_survives_an_engine_that_forgets(bob_inside, room, tonight, media):
    actions.promote(bob_inside.pk, tonight)
    media.rooms.clear()

    admission = presenting.admission(RequestFactory().get("/"), fresh(bob_inside), tonight)

    assert engine.read_token(admission["engine"]["token"]).may_publish


def test_the_end_closes_the_engines_rooms(bob_inside, room, tonight, media):
    engine.ensure_room(stage(room), 250)
    media.connect(stage(room), bob_inside.pk, 1)
    actions.end(room.pk, tonight)

    tasks.close_room(str(room.pk))

    assert stage(room) not in media.rooms


def test_the_engine_has_places_for_everybody_with_a_ticket_and_for_the_crew(room, media):
    engine.ensure_room(stage(room), 250)

    assert media.places[stage(room)] == 300


def test_refunded_tickets_are_out(bob_inside, bobs_ticket, room, media, line, tonight):
    media.connect(stage(room), bob_inside.pk, 1)
    type(bobs_ticket).objects.filter(pk=bobs_ticket.pk).update(state="cancelled", cancelled_at=tonight)

    tasks.close_seats_of_order(str(bobs_ticket.order_id))

    assert not media.is_in(stage(room), bob_inside.pk)
    assert line.is_out(bob_inside.pk, 1)
    assert line.kinds(messages.seat_channel(bob_inside.pk)) == ["removed"]


def test_a_cancelled_event_ends_its_rooms(open_room, concert, line):
    tasks.end_rooms_of_event(str(concert.pk))

    assert queries.room(open_room.pk).phase == Room.Phase.ENDED
    assert line.kinds(messages.room_channel(open_room.pk)) == ["ended"]


def test_looking_after_writes_down_what_the_clock_decided(room, evening):
    message = actions.keep_time(queries.room(room.pk), evening.starts_at)

    assert message.kind == "opened"
    assert actions.keep_time(queries.room(room.pk), evening.starts_at) is None
    assert actions.keep_time(queries.room(room.pk), evening.ends_at + timedelta(hours=3)).kind == "ended"


def test_the_newest_message_is_said_again_and_arrives_once(bob_inside, room, tonight, line):
    message = actions.say(bob_inside, HERE, "Hello", "", tonight)

    relay.carry_out(message)
    relay.tell(queries.last_message(room.pk, tonight - timedelta(minutes=1)))

    assert [data["text"] for data in line.on(messages.room_channel(room.pk))] == ["Hello"]


def test_a_batch_is_counted_once(bob_inside, room, tonight):
    from estrade.rooms.actions.life import Heartbeat, Reactions, reactions_in

    batch, hearts = (
        uuid4(),
        [Reactions(room.pk, {"heart": 2}), Reactions(room.pk, {"heart": 1, "clap": 4}), Reactions(uuid4(), {"wow": 1})],
    )
    beats = [
        Heartbeat(bob_inside.pk, 1, 15_000, tonight),
        Heartbeat(bob_inside.pk, 1, 5_000, tonight),
        Heartbeat(uuid4(), 1, 9, tonight),
    ]

    assert actions.count_batch(batch, hearts, beats, tonight)
    assert not actions.count_batch(batch, hearts, beats, tonight)

    assert reactions_in(room.pk) == {"heart": 3, "clap": 4}
    assert (fresh(bob_inside).watched_ms, fresh(bob_inside).last_heartbeat_at) == (20_000, tonight)
    actions.forget_batches(tonight + timedelta(days=2))
    assert not EngineBatch.objects.exists()


def test_heartbeats_of_a_generation_that_is_past_keep_nothing_alive(bob_inside, tonight):
    from estrade.rooms.actions.life import Heartbeat

    actions.count_batch(uuid4(), [], [Heartbeat(bob_inside.pk, 0, 15_000, tonight)], tonight)

    assert fresh(bob_inside).last_heartbeat_at is None
