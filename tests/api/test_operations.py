"""What every operation promises: problem documents, keys that make a repeat harmless, pages, limits."""

from __future__ import annotations

import json
import uuid

import pytest

EVENT = {"title": "Low tides", "category": "music", "kind": "stage"}


@pytest.fixture
def on_sale(concert, evening, seat_type, free_type):
    from estrade.tickets import actions

    actions.open_sale(concert)
    return concert


def order_of(evening, kind, quantity=1, name="Bob"):
    choices = [{"ticket_type": str(kind.pk), "quantity": quantity}]
    return {"occurrence": str(evening.pk), "choices": choices, "name": name, "email": "bob@example.org"}


def is_problem(answer, status, code):
    document = answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.status_code, document["status"], document["type"]) == (status, status, f"/problems/{code}")
    assert document["title"]
    return document


def test_an_invalid_body_is_a_problem_that_names_the_fields(program, house):
    answer = program.ask("POST", f"/organisations/{house.pk}/events", {"title": "x" * 500, "category": "music"})

    fields = {error["field"] for error in is_problem(answer, 422, "invalid")["errors"]}
    assert {"title", "kind"} <= fields


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"null", b"[]", b'{"title": 1e999}'])
def test_a_body_that_is_no_json_is_a_problem_too(program, house, body):
    answer = program.client.post(f"/api/v1/organisations/{house.pk}/events", body, content_type="application/json")

    is_problem(answer, 422, "invalid")


def test_who_is_nobody_is_told_how_to_sign_in(client, db):
    answer = client.get("/api/v1/me")

    is_problem(answer, 401, "not_signed_in")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_wrong_token_is_a_problem(client, db):
    is_problem(client.get("/api/v1/directory", headers={"authorization": "Bearer wrong"}), 401, "token_invalid")


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/events/not-an-id", "/api/v1/", f"/api/v1/events/{uuid.uuid4()}"])
def test_an_unknown_address_below_the_api_is_a_problem(program, path):
    is_problem(program.client.get(path), 404, "not_found")


def test_a_method_that_an_operation_does_not_have_is_refused(program):
    answer = program.client.patch("/api/v1/me")

    assert answer.status_code == 405
    assert answer["Allow"]


def test_the_title_is_in_the_readers_language(program):
    answer = program.ask("GET", f"/events/{uuid.uuid4()}", **{"accept-language": "fr"})

    assert is_problem(answer, 404, "not_found")["title"].startswith("Il n’y a rien")


WRITES = [
    ("/organisations/{house}/events", EVENT),
    ("/events/{concert}/occurrences", {"starts_at": "2027-05-01T20:00:00Z", "minutes": 90, "time_zone": "UTC"}),
    ("/events/{concert}/ticket-types", {"name": "Balcony", "price_kind": "fixed", "price_minor": 3000}),
    ("/events/{concert}/duplicate", None),
    ("/events/{concert}/crew", {"name": "Sam", "email": "sam@example.org", "role": "speaker"}),
]


@pytest.mark.parametrize(("path", "body"), WRITES, ids=[path for path, _ in WRITES])
def test_the_same_key_is_done_once_and_answered_alike(program, house, on_sale, path, body):
    path = path.format(house=house.pk, concert=on_sale.pk)
    first = program.ask("POST", path, body, **{"idempotency-key": "k"})

    again = program.ask("POST", path, body, **{"idempotency-key": "k"})

    assert (first.status_code, again.status_code) == (201, 201)
    assert json.loads(first.content) == json.loads(again.content)


@pytest.mark.parametrize(("path", "body"), [write for write in WRITES if write[1]], ids=[path for path, body in WRITES if body])
def test_the_same_key_for_something_else_is_refused(program, house, on_sale, path, body):
    path = path.format(house=house.pk, concert=on_sale.pk)
    program.ask("POST", path, body, **{"idempotency-key": "k"})
    field = next(name for name in ("title", "name", "minutes") if name in body)
    other = body | {field: 60 if field == "minutes" else "Something else"}

    answer = program.ask("POST", path, other, **{"idempotency-key": "k"})

    is_problem(answer, 422, "idempotency_key_reused")


def test_an_order_with_the_same_key_sells_once(program, on_sale, evening, seat_type):
    from estrade.tickets.models import Ticket

    body = order_of(evening, seat_type, 2)
    answers = [program.ask("POST", "/orders", body, **{"idempotency-key": "k"}) for _ in range(3)]

    assert len({answer.content for answer in answers}) == 1
    assert Ticket.objects.count() == 2


def test_a_refused_write_keeps_no_key(program, on_sale, evening, free_type):
    body = order_of(evening, free_type, 20)
    assert program.ask("POST", "/orders", body, **{"idempotency-key": "k"}).status_code >= 400

    assert program.ask("POST", "/orders", order_of(evening, free_type), **{"idempotency-key": "k"}).status_code == 201


def test_a_key_of_one_organisation_says_nothing_of_anothers(program, house, mallory):
    from estrade.users import actions
    from estrade.users.models import Membership
    from tests.api.conftest import Program

    theirs = Membership.objects.get(user=mallory).organisation
    other = Program(actions.create_token(theirs, "Till", ["events:write"], mallory)[1])
    program.ask("POST", f"/organisations/{house.pk}/events", EVENT, **{"idempotency-key": "k"})

    answer = other.ask("POST", f"/organisations/{theirs.pk}/events", EVENT, **{"idempotency-key": "k"})

    assert answer.status_code == 201
    assert answer.json()["organisation_id"] == str(theirs.pk)


def test_a_key_that_is_too_long_is_refused(program, house):
    answer = program.ask("POST", f"/organisations/{house.pk}/events", EVENT, **{"idempotency-key": "k" * 201})

    is_problem(answer, 422, "invalid")


def pages_of(program, path, limit):
    found, cursor, asked = [], "", 0
    while True:
        answer = program.ask("GET", f"{path}?limit={limit}{cursor}").json()
        asked += 1
        assert len(answer["items"]) <= limit
        found += [item["id"] for item in answer["items"]]
        if answer["next_cursor"] is None:
            return found, asked
        cursor = f"&cursor={answer['next_cursor']}"


@pytest.mark.parametrize("limit", [1, 3, 7, 100])
def test_paging_walks_everything_once(program, house, on_sale, evening, seat_type, limit):
    for number in range(7):
        program.ask("POST", f"/organisations/{house.pk}/events", EVENT | {"title": f"Event {number}"})
        program.ask("POST", "/orders", order_of(evening, seat_type, name=f"Buyer {number}"))

    for path, count in (("/events", 8), (f"/events/{on_sale.pk}/orders", 7), (f"/events/{on_sale.pk}/tickets", 7)):
        found, _asked = pages_of(program, path, limit)
        assert len(found) == len(set(found)) == count, path


def test_what_arrives_while_one_pages_moves_nothing(program, on_sale, evening, seat_type):
    for number in range(4):
        program.ask("POST", "/orders", order_of(evening, seat_type, name=f"Buyer {number}"))
    first = program.ask("GET", f"/events/{on_sale.pk}/orders?limit=2").json()
    program.ask("POST", "/orders", order_of(evening, seat_type, name="Late"))

    second = program.ask("GET", f"/events/{on_sale.pk}/orders?limit=2&cursor={first['next_cursor']}").json()

    ids = [order["id"] for order in first["items"] + second["items"]]
    assert len(set(ids)) == 4


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor='", "limit=-1"])
def test_a_page_that_cannot_be_is_refused(program, query):
    is_problem(program.ask("GET", f"/events?{query}"), 422, "invalid")


def test_a_cursor_that_means_nothing_is_no_error_of_ours(program):
    for cursor in ("x", "%00", "a" * 400, "eyJ4IjogMX0=", "2026-01-01T00:00:00_x"):
        assert program.ask("GET", f"/directory?cursor={cursor}").status_code in (200, 422), cursor
