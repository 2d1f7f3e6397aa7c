"""Over HTTP: who may do what, and what our own processes are told."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import jwt
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from estrade.events.models import Occurrence
from estrade.rooms import actions, engine, messages, queries
from estrade.rooms.models import Seat
from estrade.rooms.tests.conftest import fresh
from estrade.tickets import queries as tickets
from estrade.users import actions as users

HOST_ACTS = [
    ("POST", "/backstage"),
    ("POST", "/open"),
    ("POST", "/lock"),
    ("POST", "/unlock"),
    ("PUT", "/spotlight"),
    ("POST", "/end"),
]
SEAT_ACTS = ["admit", "promote", "send-back", "mute", "silence", "unsilence", "remove", "ban", "unban"]
MODERATING = {"mute", "silence", "unsilence", "remove"}


@pytest.fixture(autouse=True)
def _on_now(evening):
    """These go through HTTP, whose clock is the real one: the doors opened by themselves a minute ago."""
    start = timezone.now() - timedelta(minutes=1)
    Occurrence.objects.filter(pk=evening.pk).update(starts_at=start, ends_at=start + timedelta(hours=2))


class Browser:
    """A browser with cookies of its own."""

    def __init__(self, room):
        self.client, self.room = Client(), room

    def ask(self, method, path="", body=None, **headers):
        address = f"/api/v1/rooms/{self.room.pk}{path}"
        data = json.dumps(body if body is not None else {"seat_id": None} if path == "/spotlight" else {})
        return self.client.generic(
            method, address, data if method != "GET" else "", content_type="application/json", headers=headers
        )

    def enters(self, **body):
        return self.ask("POST", "/seat", body).json()

    def code(self, method, path="", body=None):
        answer = self.ask(method, path, body)
        return answer.status_code, answer.json()["type"].removeprefix("/problems/") if answer.status_code >= 400 else ""


@pytest.fixture
def browser(room):
    return lambda: Browser(room)


@pytest.fixture
def with_ticket(room):
    def follow(ticket):
        followed = Browser(room)
        followed.client.get(f"/t/{ticket.pk}/{tickets.ticket_secret(ticket)}")
        return followed

    return follow


@pytest.fixture
def with_crew_link(room, concert):
    def follow(role, name="Dana"):
        member = actions.invite(concert, name, f"{name.lower()}@example.org", role)
        followed = Browser(room)
        answer = followed.client.get(queries.crew_url(member).removeprefix(settings.SITE_URL))
        assert answer.url == f"/rooms/{room.pk}"
        return followed

    return follow


@pytest.fixture
def signed_in(room):
    def sign_in(user):
        mine = Browser(room)
        mine.client.force_login(user)
        return mine

    return sign_in


def test_from_the_ticket_link_to_the_seat(with_ticket, bobs_ticket, room):
    bob = with_ticket(bobs_ticket)
    assert not Seat.objects.exists()  # following the link changes nothing

    entered = bob.client.get(f"/tickets/{bobs_ticket.pk}/enter")
    assert entered.url == f"/rooms/{room.pk}"
    page = bob.client.get(entered.url)
    admission = bob.enters()

    assert f'"roomId": "{room.pk}"' in page.content.decode()
    assert admission["state"]["me"]["generation"] == 1
    assert admission["backstage"] is None
    token = engine.read_token(admission["engine"]["token"])
    assert (token.generation, token.may_publish) == (1, False)


def test_only_the_room_may_ask_for_camera_and_microphone_and_nobody_keeps_it(with_ticket, bobs_ticket, room):
    page = with_ticket(bobs_ticket).client.get(f"/rooms/{room.pk}")

    assert "camera=(self)" in page.headers["Permissions-Policy"]
    assert "connect-src 'self' ws://testserver" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"


def test_the_seat_cookie_alone_opens_nothing(with_ticket, bobs_ticket, browser):
    bob, thief = with_ticket(bobs_ticket), browser()
    bob.enters()

    for name, cookie in bob.client.cookies.items():
        if not name.startswith("ticket_"):
            thief.client.cookies[name] = cookie.value

    assert thief.code("GET") == (404, "not_found")
    assert thief.code("POST", "/seat") == (404, "not_found")


def test_a_second_device_is_refused_until_it_takes_over_and_the_first_then_has_nothing(with_ticket, bobs_ticket, line):
    first, second = with_ticket(bobs_ticket), with_ticket(bobs_ticket)
    seat = first.enters()["state"]["me"]["seat_id"]

    assert second.code("POST", "/seat") == (409, "seat_taken")
    assert second.ask("GET").json()["me"]["is_held_elsewhere"]
    assert second.enters(takeover=True)["state"]["me"]["generation"] == 2

    assert line.on(messages.seat_channel(seat)) == [{"kind": "taken_over", "generation": 2}]
    for ask in (
        ("POST", "/tokens", {"generation": 1}),
        ("POST", "/tokens", {"generation": 2}),
        ("GET", "/messages"),
        ("GET", "/people"),
    ):
        assert first.code(*ask) == (409, "seat_lost")
    assert second.code("POST", "/tokens", {"generation": 2}) == (200, "")


def test_nobody_without_a_ticket_learns_that_there_is_a_room(browser, room, mallory, signed_in):
    for who in (browser(), signed_in(mallory)):
        for ask in (
            ("GET",),
            ("POST", "/seat"),
            ("POST", "/tokens", {"generation": 0}),
            ("GET", "/people"),
            ("POST", "/messages", {"text": "x"}),
        ):
            assert who.code(*ask) == (404, "not_found")
        for ask in HOST_ACTS:
            assert who.code(*ask) == (404, "not_found")


@pytest.mark.parametrize("who", ["attendee", "speaker", "moderator"])
def test_only_who_hosts_runs_the_room(who, with_ticket, with_crew_link, bobs_ticket):
    asker = with_ticket(bobs_ticket) if who == "attendee" else with_crew_link(who)
    asker.enters()

    for ask in HOST_ACTS:
        assert asker.code(*ask) == (403, "forbidden")


@pytest.mark.parametrize("who", ["attendee", "speaker", "moderator", "cohost", "host"])
def test_what_each_role_may_do_to_somebody_in_the_audience(
    who, with_ticket, with_crew_link, signed_in, alice, carols_ticket, ticket_of
):
    target = with_ticket(carols_ticket).enters()["state"]["me"]["seat_id"]
    asker = {"attendee": lambda: with_ticket(ticket_of("Bob")), "host": lambda: signed_in(alice)}.get(
        who, lambda: with_crew_link(who)
    )()
    asker.enters()
    allowed = {"host": SEAT_ACTS, "cohost": SEAT_ACTS, "moderator": MODERATING}.get(who, ())

    for act in SEAT_ACTS:
        expected = (204, "") if act in allowed else (403, "forbidden")
        assert asker.code("POST", f"/seats/{target}/{act}") == expected, act


def test_crew_cannot_act_on_their_equals_or_on_the_host(signed_in, alice, with_crew_link):
    host = signed_in(alice).enters()["state"]["me"]["seat_id"]
    other = with_crew_link("cohost", "Erin").enters()["state"]["me"]["seat_id"]
    cohost = with_crew_link("cohost")
    cohost.enters()

    for seat in (host, other):
        for act in SEAT_ACTS:
            assert cohost.code("POST", f"/seats/{seat}/{act}") == (403, "forbidden")


def test_a_host_cannot_reach_into_another_room(signed_in, mallory, with_ticket, bobs_ticket, noon):
    from estrade.events.models import Event
    from estrade.users.models import Membership

    bob = with_ticket(bobs_ticket).enters()["state"]["me"]["seat_id"]
    mine = Event.objects.create(
        organisation=Membership.objects.get(user=mallory).organisation,
        slug="mine",
        title="Mine",
        category="music",
        kind="stage",
        created_at=noon,
    )
    start = timezone.now()
    occurrence = Occurrence.objects.create(
        event=mine, starts_at=start, ends_at=start + timedelta(hours=1), time_zone="Europe/Paris"
    )
    host = signed_in(mallory)
    host.room = actions.room_of(occurrence)
    host.enters()

    assert host.code("POST", f"/seats/{bob}/remove") == (404, "not_found")
    assert host.code("PUT", "/spotlight", {"seat_id": bob}) == (404, "not_found")
    assert fresh(Seat.objects.get(pk=bob)).removed_at is None


def test_the_removed_have_nothing_left(with_ticket, bobs_ticket, signed_in, alice, media, line, room):
    bob, host = with_ticket(bobs_ticket), signed_in(alice)
    admission = bob.enters()
    seat = admission["state"]["me"]["seat_id"]
    media.connect(str(room.pk), seat, 1)
    host.enters()

    assert host.code("POST", f"/seats/{seat}/remove") == (204, "")

    assert not media.is_in(str(room.pk), seat)
    assert line.is_out(seat, 1)
    assert line.on(messages.seat_channel(seat)) == [{"kind": "removed", "generation": 2}]
    asked = [
        ("POST", "/seat"),
        ("POST", "/seat", {"takeover": True}),
        ("POST", "/tokens", {"generation": 2}),
        ("GET", "/messages"),
        ("GET", "/people"),
    ]
    for ask in asked:
        assert bob.code(*ask) == (403, "seat_removed")
    assert admit_engine(admission["engine"]["token"]) == 403


def test_the_banned_are_out_on_every_ticket_until_the_host_lifts_the_ban(
    with_ticket, ticket_of, signed_in, alice, media, line, room, concert
):
    first, second, host = with_ticket(ticket_of("Bob")), with_ticket(ticket_of("Bob")), signed_in(alice)
    entered = [first.enters(), second.enters()]
    seats = [admission["state"]["me"]["seat_id"] for admission in entered]
    for seat in seats:
        media.connect(str(room.pk), seat, 1)
    host.enters()

    asked = [("GET", ""), ("POST", "/seat"), ("POST", "/tokens", {"generation": 2}), ("GET", "/messages")]

    assert host.code("POST", f"/seats/{seats[0]}/ban") == (204, "")

    for seat, admission, bob in zip(seats, entered, [first, second], strict=True):
        assert not media.is_in(str(room.pk), seat)
        assert line.is_out(seat, 1)
        assert line.on(messages.seat_channel(seat)) == [{"kind": "banned", "generation": 2}]
        assert admit_engine(admission["engine"]["token"]) == 403
        assert admit_messages(bob, seat, 2).status_code == 403
        for ask in asked:
            assert bob.code(*ask) == (403, "banned")
    third = with_ticket(ticket_of("Bob"))
    assert third.code("POST", "/seat") == (403, "banned")
    seen = {person["seat_id"]: person for person in host.ask("GET", "/people").json()}
    assert all(seen[seat]["is_banned"] and not seen[seat]["is_here"] for seat in seats)
    assert host.code("POST", f"/seats/{seats[1]}/admit") == (403, "banned")

    assert host.code("POST", f"/seats/{seats[1]}/unban") == (204, "")

    assert [bob.code("POST", "/seat") for bob in (first, second, third)] == [(200, "")] * 3


def test_one_may_send_oneself_back(with_ticket, bobs_ticket, signed_in, alice):
    bob, host = with_ticket(bobs_ticket), signed_in(alice)
    seat = bob.enters()["state"]["me"]["seat_id"]
    host.code("POST", f"/seats/{seat}/promote")
    assert bob.ask("GET").json()["me"]["may_publish"]

    assert bob.code("POST", f"/seats/{seat}/send-back") == (204, "")

    assert not bob.ask("GET").json()["me"]["may_publish"]


def test_what_is_said_is_published_and_read_again(with_ticket, bobs_ticket, room, line):
    bob = with_ticket(bobs_ticket)
    bob.enters()

    said = bob.ask("POST", "/messages", {"text": "Bonsoir", "key": "1"}).json()

    assert (said["kind"], said["text"], said["name"]) == ("chat", "Bonsoir", "Bob")
    assert line.on(messages.room_channel(room.pk))[-1]["number"] == said["number"]
    assert bob.ask("GET", "/messages?after=0").json()["messages"][-1]["text"] == "Bonsoir"


def test_what_is_said_is_kept_when_the_message_engine_is_away(with_ticket, bobs_ticket, line):
    bob = with_ticket(bobs_ticket)
    bob.enters()
    line.is_away = True

    assert bob.code("POST", "/messages", {"text": "Bonsoir"}) == (200, "")


def test_the_audience_sees_the_stage_and_the_crew_and_learns_nothing_about_the_removed(
    with_ticket, bobs_ticket, carols_ticket, with_crew_link
):
    bob, crew = with_ticket(bobs_ticket), with_crew_link("speaker")
    for who in (bob, crew, with_ticket(carols_ticket)):
        who.enters()

    assert [person["name"] for person in bob.ask("GET", "/people").json()] == ["Dana"]
    assert [person["name"] for person in crew.ask("GET", "/people").json()] == ["Bob", "Carol", "Dana"]


def test_a_program_runs_the_room_and_has_no_seat(browser, house, alice, with_ticket, bobs_ticket):
    _, text = users.create_token(house, "Robot", ["room:host"], alice)
    program = {"Authorization": f"Bearer {text}"}
    seat = with_ticket(bobs_ticket).enters()["state"]["me"]["seat_id"]
    asker = browser()

    assert asker.ask("GET", **program).json()["me"] is None
    assert asker.ask("POST", f"/seats/{seat}/promote", **program).status_code == 204
    assert asker.ask("GET", "/people", **program).json()[0]["name"] == "Bob"
    assert asker.ask("POST", "/seat", **program).json()["type"] == "/problems/no_seat"


def test_a_program_without_the_scope_is_refused(browser, house, alice):
    _, text = users.create_token(house, "Reader", ["events:read"], alice)

    assert browser().ask("GET", Authorization=f"Bearer {text}").status_code == 403


def test_crew_links_are_given_to_hosts_alone(client, concert, alice, mallory, bob, house):
    from estrade.users.models import Membership

    Membership.objects.create(organisation=house, user=bob, role="crew")
    body = {"name": "Dana", "email": "dana@example.org", "role": "speaker"}
    for user, status in ((mallory, 404), (bob, 403), (alice, 201)):
        client.force_login(user)
        answer = client.post(f"/api/v1/events/{concert.pk}/crew", body, content_type="application/json")
        assert answer.status_code == status
    assert "/c/" in answer.json()["link"]


def test_entering_goes_on_when_asked_again_and_waits_for_an_engine_that_is_away(with_ticket, bobs_ticket, media):
    bob = with_ticket(bobs_ticket)
    media.is_away = True
    assert bob.code("POST", "/seat") == (503, "engine_unavailable")

    media.is_away = False

    assert bob.enters()["state"]["me"]["is_seated"]


def admit_engine(token, query="", **headers):
    uri = f"/rtc/v1?access_token={token}{query}" if token is not None else "/rtc/v1"
    sent = {"X-Internal-Key": settings.INTERNAL_KEY, "X-Forwarded-Uri": uri, **headers}
    return Client().get("/internal/admit-engine", headers=sent).status_code


def test_front_lets_in_who_sits_there_and_nobody_with_a_trick(with_ticket, bobs_ticket):
    token = with_ticket(bobs_ticket).enters()["engine"]["token"]

    assert admit_engine(token) == 200
    assert admit_engine(None, Authorization=f"Bearer {token}") == 200
    assert admit_engine(token, "&access_token=other") == 403  # which one would the engine read?
    assert admit_engine(token, Authorization="Bearer other") == 403
    assert admit_engine(token, "&publish=x") == 403  # another identity than the seat's
    assert admit_engine(token, **{"X-Forwarded-Method": "POST"}) == 403
    assert admit_engine(token + "x") == 403
    assert admit_engine("") == 403
    assert admit_engine(token, **{"X-Internal-Key": "wrong"}) == 404


def in_header(token, **headers):
    return admit_engine(None, Authorization=f"Bearer {token}", **headers)


@pytest.mark.parametrize("by", ["remove", "ban", "takeover", "leave"])
def test_a_token_in_the_header_is_worth_what_it_is_in_the_address(by, with_ticket, bobs_ticket, signed_in, alice):
    bob, host = with_ticket(bobs_ticket), signed_in(alice)
    admission = bob.enters()
    token, seat = admission["engine"]["token"], admission["state"]["me"]["seat_id"]
    claims = jwt.decode(token, options={"verify_signature": False})
    longer = jwt.encode(claims | {"exp": claims["exp"] + 600}, settings.LIVEKIT_API_SECRET, algorithm="HS256")
    forged = jwt.encode(claims, "x" * 32, algorithm="HS256")
    assert [in_header(each) for each in (token, longer, forged)] == [200, 200, 403]

    if by == "takeover":
        with_ticket(bobs_ticket).enters(takeover=True)
    elif by == "leave":
        bob.ask("DELETE", "/seat")
    else:
        host.code("POST", f"/seats/{seat}/{by}")

    assert [in_header(each) for each in (token, longer)] == [403, 403]


def test_a_header_opens_only_what_the_engine_reads_as_we_do(with_ticket, bobs_ticket):
    token = with_ticket(bobs_ticket).enters()["engine"]["token"]

    refused = [f"bearer {token}", token + " ", f"Bearer  {token}", f"Basic {token}", f"Bearer {token}, Bearer x", "Bearer"]

    assert [admit_engine(None, Authorization=header) for header in refused] == [403] * len(refused)
    assert in_header(token, **{"X-Forwarded-Method": "POST"}) == 403
    assert admit_engine(token, Authorization=f"Bearer {token}") == 403  # even twice the same: it is asked for once


def test_a_token_that_the_engine_made_longer_holds_as_long_as_the_seat_does(with_ticket, bobs_ticket, alice, signed_in):
    bob = with_ticket(bobs_ticket)
    admission = bob.enters()
    claims = jwt.decode(admission["engine"]["token"], options={"verify_signature": False})
    longer = jwt.encode(claims | {"exp": claims["exp"] + 600}, settings.LIVEKIT_API_SECRET, algorithm="HS256")
    unsigned = jwt.encode(claims, "", algorithm="none")
    assert (admit_engine(longer), admit_engine(unsigned)) == (200, 403)

    bob.ask("DELETE", "/seat")

    assert admit_engine(longer) == 403


def test_a_token_from_the_time_on_stage_is_worth_nothing_in_the_audience(with_ticket, bobs_ticket, signed_in, alice):
    bob, host = with_ticket(bobs_ticket), signed_in(alice)
    seat = bob.enters()["state"]["me"]["seat_id"]
    host.code("POST", f"/seats/{seat}/promote")
    on_stage = bob.ask("POST", "/tokens", {"generation": 1}).json()["engine"]["token"]
    assert admit_engine(on_stage) == 200

    host.code("POST", f"/seats/{seat}/send-back")

    assert admit_engine(on_stage) == 403


def test_no_token_of_the_audience_opens_the_backstage(with_ticket, bobs_ticket, room):
    me = with_ticket(bobs_ticket).enters()["state"]["me"]

    forged = engine.token(me["seat_id"], 1, "attendee", "Bob", engine.backstage_name(room.pk), may_publish=True)

    assert admit_engine(forged) == 403


def test_admission_to_the_engine_costs_one_statement(with_ticket, bobs_ticket, django_assert_num_queries):
    token = with_ticket(bobs_ticket).enters()["engine"]["token"]

    with django_assert_num_queries(1):
        assert admit_engine(token) == 200


def admit_messages(browser, seat, generation):
    headers = {
        "X-Internal-Key": settings.INTERNAL_KEY,
        "X-Forwarded-Uri": f"/connection/websocket?seat={seat}&generation={generation}",
    }
    return browser.client.get("/internal/admit-messages", headers=headers)


def test_the_message_engine_is_told_the_seat_of_the_device_that_sits_there(with_ticket, bobs_ticket, carols_ticket):
    bob, carol = with_ticket(bobs_ticket), with_ticket(carols_ticket)
    seat = bob.enters()["state"]["me"]["seat_id"]
    carol.enters()

    assert admit_messages(bob, seat, 1).headers["X-Seat"] == f"{seat}.1"
    assert admit_messages(bob, seat, 2).status_code == 403
    assert admit_messages(bob, uuid4(), 1).status_code == 403
    assert admit_messages(bob, "x", "y").status_code == 403
    assert admit_messages(carol, seat, 1).status_code == 403

    second = with_ticket(bobs_ticket)
    assert admit_messages(second, seat, 1).status_code == 403
    second.enters(takeover=True)
    assert admit_messages(bob, seat, 1).status_code == 403
    assert admit_messages(second, seat, 2).status_code == 200


def test_batches_are_taken_from_our_own_engine_alone(client, with_ticket, bobs_ticket):
    me = with_ticket(bobs_ticket).enters()["state"]["me"]
    beat = {
        "seat": me["seat_id"],
        "generation": 1,
        "room": str(uuid4()),
        "frames": 9,
        "watched_ms": 15_000,
        "at": "2026-11-23T12:00:00Z",
    }
    batch = {"batch_id": str(uuid4()), "reactions": None, "heartbeats": [beat]}

    def bring(key, body):
        return client.post(
            "/internal/messages/batch", body, content_type="application/json", headers={"X-Internal-Key": key}
        ).status_code

    assert bring("wrong", batch) == 404
    assert bring(settings.INTERNAL_KEY, {"batch_id": "x"}) == 400
    assert [bring(settings.INTERNAL_KEY, batch) for _ in range(2)] == [204, 204]
    assert Seat.objects.get(pk=me["seat_id"]).watched_ms == 15_000


def test_a_ticket_in_the_hosts_own_browser_enters_as_the_ticket(signed_in, alice, bobs_ticket, room, evening):
    browser = signed_in(alice)
    browser.client.get(f"/t/{bobs_ticket.pk}/{tickets.ticket_secret(bobs_ticket)}")

    browser.client.get(f"/tickets/{bobs_ticket.pk}/enter")
    assert browser.ask("GET").json()["me"]["role"] == "attendee"

    browser.client.get(f"/host/occurrences/{evening.pk}/room")
    assert browser.ask("GET").json()["me"]["role"] == "host"


def test_the_rooms_of_others_are_not_found_by_hosts(signed_in, mallory, evening):
    assert signed_in(mallory).client.get(f"/host/occurrences/{evening.pk}/room").status_code == 404


def test_a_host_invites_by_mail_whom_the_link_lets_in_until_they_are_removed(signed_in, alice, concert, room, mailoutbox):
    from procrastinate.contrib.django.models import ProcrastinateJob

    from estrade.rooms import tasks

    host = signed_in(alice).client
    page = f"/host/events/{concert.pk}/crew"
    wrong = host.post(page, {"name": "", "email": "dana", "role": "speaker"})
    assert wrong.status_code == 422
    assert host.post(page, {"name": "Dana", "email": "dana@example.org", "role": "speaker"}).status_code == 302
    tasks.mail_crew_link(**ProcrastinateJob.objects.get(task_name="rooms.mail_crew_link").args)

    link = next(line for line in mailoutbox[0].body.splitlines() if "/c/" in line).removeprefix(settings.SITE_URL)
    assert mailoutbox[0].to == ["dana@example.org"]
    assert Client().get(link).url == f"/rooms/{room.pk}"
    assert "dana@example.org" in host.get(page).content.decode()

    member = queries.crew(concert).get()
    host.post(f"{page}/{member.pk}/remove")
    assert Client().get(link).status_code == 404


def test_the_crew_of_others_is_not_for_everybody(signed_in, mallory, bob, house, concert):
    from estrade.users.models import Membership

    Membership.objects.create(organisation=house, user=bob, role="crew")

    for user, status in ((mallory, 404), (bob, 403)):
        assert signed_in(user).client.get(f"/host/events/{concert.pk}/crew").status_code == status
        assert signed_in(user).client.post(f"/host/events/{concert.pk}/crew/{uuid4()}/remove").status_code == status
