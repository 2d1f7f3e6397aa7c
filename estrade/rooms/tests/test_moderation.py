"""What crew do to others, and what stays true afterwards."""

from __future__ import annotations

import pytest

from estrade.base.errors import Forbidden, NotFound
from estrade.rooms import actions, queries
from estrade.rooms.errors import NoStage, RoomEnded, SeatRemoved, Silenced
from estrade.rooms.models import Message
from estrade.rooms.permissions import ROLE_POWERS, Power, Role, grants, outranks
from estrade.rooms.tests.conftest import HERE, fresh


def test_who_is_removed_is_out_on_every_generation_until_admitted(bob_inside, tonight):
    actions.remove(bob_inside.pk, tonight)

    assert fresh(bob_inside).generation == 2
    with pytest.raises(SeatRemoved):
        actions.take_seat(bob_inside.pk, HERE, tonight, takeover=True)
    actions.admit(bob_inside.pk, tonight)
    assert actions.take_seat(bob_inside.pk, HERE, tonight).generation == 3


def test_removing_twice_says_it_once(bob_inside, tonight):
    assert actions.remove(bob_inside.pk, tonight) is not None
    assert actions.remove(bob_inside.pk, tonight) is None
    assert actions.ban(bob_inside.pk, tonight).messages == []
    assert Message.objects.filter(kind="removed").count() == 1


def test_a_removed_performer_comes_back_to_the_audience(bob_inside, tonight):
    actions.promote(bob_inside.pk, tonight)

    actions.remove(bob_inside.pk, tonight)

    assert not fresh(bob_inside).is_on_stage


def test_the_silenced_may_not_write_until_they_may_again(bob_inside, tonight):
    actions.silence(bob_inside.pk, tonight)
    with pytest.raises(Silenced):
        actions.say(fresh(bob_inside), HERE, "Hello?", "", tonight)

    actions.unsilence(bob_inside.pk, tonight)

    assert actions.say(fresh(bob_inside), HERE, "Hello!", "", tonight).text == "Hello!"


def test_the_promoted_may_publish_and_their_hand_goes_down(bob_inside, tonight):
    actions.raise_hand(bob_inside, HERE, tonight)

    actions.promote(bob_inside.pk, tonight)

    seat = fresh(bob_inside)
    assert (seat.is_on_stage, seat.hand_raised_at) == (True, None)
    assert grants("stage", seat.role, is_on_stage=seat.is_on_stage).may_publish


def test_promoting_twice_says_it_once_and_sending_back_ends_it(bob_inside, tonight):
    assert actions.promote(bob_inside.pk, tonight) is not None
    assert actions.promote(bob_inside.pk, tonight) is None
    assert actions.send_back(bob_inside.pk, tonight) is not None
    assert actions.send_back(bob_inside.pk, tonight) is None


def test_a_class_has_no_stage(bob_inside, concert, tonight):
    type(concert).objects.filter(pk=concert.pk).update(kind="class")

    with pytest.raises(NoStage):
        actions.promote(bob_inside.pk, tonight)


def test_only_who_may_be_seen_is_put_in_the_spotlight(bob_inside, room, tonight):
    with pytest.raises(Forbidden):
        actions.set_spotlight(room.pk, bob_inside.pk, tonight)
    actions.promote(bob_inside.pk, tonight)

    message = actions.set_spotlight(room.pk, bob_inside.pk, tonight)

    assert message.data == {"seat_id": str(bob_inside.pk)}
    assert actions.set_spotlight(room.pk, bob_inside.pk, tonight) is None
    assert actions.set_spotlight(room.pk, None, tonight).data == {"seat_id": None}


def test_a_stranger_to_the_room_is_not_put_in_its_spotlight(bob_inside, room, tonight):
    with pytest.raises(NotFound):
        actions.set_spotlight(room.pk, room.pk, tonight)


def test_the_end_is_for_good_and_said_once(bob_inside, room, tonight):
    assert actions.end(room.pk, tonight).kind == "ended"
    assert actions.end(room.pk, tonight) is None
    for act in (actions.open_doors, actions.lock, actions.go_backstage):
        with pytest.raises(RoomEnded):
            act(room.pk, tonight)
    with pytest.raises(RoomEnded):
        actions.say(fresh(bob_inside), HERE, "Encore!", "", tonight)


def test_a_crew_member_who_is_removed_is_out_and_their_link_holds_no_more(crew_seat, room, tonight):
    seat = actions.take_seat(crew_seat("speaker").pk, HERE, tonight)
    member = seat.crew_member
    secret = queries.crew_secret(member)
    assert queries.crew_member_by_secret(member.pk, secret) == member

    actions.remove_crew_member(member, tonight)

    with pytest.raises(NotFound):
        queries.crew_member_by_secret(member.pk, secret)
    assert isinstance(queries.refusal(fresh(seat), tonight), SeatRemoved)
    assert fresh(seat).generation == 2


def test_who_is_invited_again_gets_another_link(crew_seat, concert, noon):
    member = crew_seat("speaker", "Eve").crew_member
    secret = queries.crew_secret(member)
    actions.remove_crew_member(member, noon)

    again = actions.invite(concert, "Eve", "eve@example.org", "cohost")

    assert again.pk == member.pk
    assert queries.crew_secret(again) != secret


@pytest.mark.parametrize("role", Role)
def test_nobody_outranks_an_equal_or_the_host(role):
    assert not outranks(role, role)
    assert not outranks(role, Role.HOST)


def test_powers_narrow_from_role_to_role():
    assert ROLE_POWERS[Role.HOST] == ROLE_POWERS[Role.COHOST] == frozenset(Power)
    assert Power.RUN not in ROLE_POWERS[Role.MODERATOR]
    assert Power.MODERATE not in ROLE_POWERS[Role.SPEAKER]
    assert not ROLE_POWERS[Role.ATTENDEE]


@pytest.mark.parametrize(
    ("kind", "role", "is_on_stage", "may_publish", "has_backstage"),
    [
        ("class", "attendee", False, True, False),
        ("class", "host", False, True, False),
        ("stage", "attendee", False, False, False),
        ("stage", "attendee", True, True, False),
        ("stage", "moderator", False, False, True),
        ("stage", "moderator", True, True, True),
        ("stage", "speaker", False, True, True),
        ("stage", "host", False, True, True),
    ],
)
def test_what_the_engine_is_told(kind, role, is_on_stage, may_publish, has_backstage):
    found = grants(kind, role, is_on_stage=is_on_stage)

    assert (found.may_publish, found.has_backstage) == (may_publish, has_backstage)
