from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from estrade.events import queries
from estrade.events.models import Event
from estrade.users.actions import create_token

EVENT = {"title": "High tides", "category": "music", "kind": "stage", "short_text": "A trio.", "description": "By the sea."}


class Program:
    """Calls the API with a token."""

    def __init__(self, client, token: str) -> None:
        self.client, self.token = client, token

    def __call__(self, method: str, path: str, body=None, **headers: str):
        headers = {"Authorization": f"Bearer {self.token}"} | {name.replace("_", "-"): value for name, value in headers.items()}
        call = getattr(self.client, method)
        return call(f"/api/v1{path}", body, content_type="application/json", headers=headers)


@pytest.fixture
def till(client, house, alice):
    scopes = ["events:read", "events:write", "orders:read"]
    return Program(client, create_token(house, "Till", scopes, alice)[1])


@pytest.fixture
def reader(client, house, alice):
    return Program(client, create_token(house, "Reader", ["events:read"], alice)[1])


def date(days: int = 3):
    starts = timezone.now() + timedelta(days=days)
    return {"starts_at": starts.isoformat(), "minutes": 90, "time_zone": "Europe/Luxembourg"}


def test_a_program_writes_dates_publishes_and_cancels_an_event(till, house):
    event = till("post", f"/organisations/{house.pk}/events", EVENT).json()
    path = f"/events/{event['id']}"

    dated = till("post", f"{path}/occurrences", date())
    edited = till("patch", path, {"title": "Low tides"})
    published = till("post", f"{path}/publish")
    cancelled = till("post", f"{path}/cancel")

    assert (event["status"], event["currency"], event["capacity"]) == ("draft", "EUR", 100)
    assert dated.status_code == 201
    assert (edited.json()["title"], edited.json()["short_text"]) == ("Low tides", "A trio.")
    assert published.json()["status"] == "published"
    assert cancelled.json()["status"] == "cancelled"


def test_what_is_wrong_is_a_problem_document_that_names_the_field(till, house):
    answer = till("post", f"/organisations/{house.pk}/events", EVENT | {"title": " "})

    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "/problems/invalid"
    assert problem["errors"] == [{"field": "title", "code": "missing", "detail": "Give the event a title."}]


def test_publishing_too_early_lists_what_is_missing(till, house):
    event = till("post", f"/organisations/{house.pk}/events", EVENT | {"description": ""}).json()

    answer = till("post", f"/events/{event['id']}/publish")

    assert answer.json()["type"] == "/problems/not_ready_to_publish"
    assert [error["field"] for error in answer.json()["errors"]] == ["description", "occurrences"]


def test_the_same_key_creates_one_event_and_gives_the_same_answer(till, house):
    path = f"/organisations/{house.pk}/events"

    first = till("post", path, EVENT, Idempotency_Key="one")
    again = till("post", path, EVENT, Idempotency_Key="one")
    other = till("post", path, EVENT | {"title": "Other"}, Idempotency_Key="one")

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.json() == again.json()
    assert Event.objects.count() == 1


def test_a_wall_time_is_the_zones_and_one_that_does_not_exist_is_refused(till, concert):
    path = f"/events/{concert.pk}/occurrences"
    spring = {"starts_at": "2027-03-28T02:30:00", "minutes": 60, "time_zone": "Europe/Luxembourg"}

    summer = till("post", path, spring | {"starts_at": "2027-07-01T20:00:00"})
    missing = till("post", path, spring)

    assert summer.json()["starts_at"] == "2027-07-01T18:00:00Z"
    assert [error["field"] for error in missing.json()["errors"]] == ["starts"]


def test_a_page_of_events_is_followed_by_the_next(till, house, noon):
    for number in range(5):
        till("post", f"/organisations/{house.pk}/events", EVENT | {"title": f"Event {number}"})

    first = till("get", "/events?limit=3").json()
    second = till("get", f"/events?limit=3&cursor={first['next_cursor']}").json()

    assert [item["title"] for item in first["items"] + second["items"]] == [f"Event {number}" for number in (4, 3, 2, 1, 0)]
    assert second["next_cursor"] is None


def test_a_scope_that_was_not_given_is_missing(reader, concert):
    assert reader("get", f"/events/{concert.pk}").status_code == 200
    assert reader("patch", f"/events/{concert.pk}", {"title": "Mine"}).status_code == 403
    assert reader("post", f"/events/{concert.pk}/cancel").status_code == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/events/{event}"), ("patch", "/events/{event}"), ("post", "/events/{event}/publish"),
        ("post", "/events/{event}/cancel"),
        ("post", "/events/{event}/duplicate"), ("get", "/events/{event}/guests"), ("put", "/events/{event}/guests"),
        ("post", "/events/{event}/occurrences"), ("put", "/occurrences/{date}"), ("delete", "/occurrences/{date}"),
        ("put", "/events/{event}/capacity"), ("post", "/organisations/{house}/events"), ("delete", "/events/{event}/picture"),
    ],
)  # fmt: skip
def test_another_organisations_program_finds_none_of_it(client, mallory, concert, evening, house, method, path):
    from estrade.users.queries import organisations_of, viewer_of

    other = organisations_of(viewer_of(mallory))[0]
    scopes = ["events:read", "events:write", "orders:read", "orders:write"]
    program = Program(client, create_token(other, "Spy", scopes, mallory)[1])
    body = EVENT | date() | {"emails": [], "capacity": 10}

    answer = program(method, path.format(event=concert.pk, date=evening.pk, house=house.pk), body)

    assert answer.status_code == 404
    assert queries.occurrence(evening.pk).event.title == "High tides"


def test_nobody_writes_and_anybody_reads_the_directory(client, concert, house):
    refused = client.post(f"/api/v1/organisations/{house.pk}/events", EVENT, content_type="application/json")
    listed = client.get("/api/v1/directory?text=tid").json()

    assert (refused.status_code, refused["WWW-Authenticate"]) == (401, "Bearer")
    assert [item["title"] for item in listed["items"]] == ["High tides"]
    assert "organisation_id" not in listed["items"][0]


def test_a_copy_sells_the_same(till, concert, seat_type):
    copy = till("post", f"/events/{concert.pk}/duplicate").json()

    lines = till("get", f"/events/{copy['id']}/ticket-types").json()
    assert [(line["name"], line["price_minor"]) for line in lines] == [("Seat", 2500)]
    assert till("get", f"/events/{copy['id']}").json()["status"] == "draft"


def test_anybody_reads_the_list_of_charities(client, charity):
    assert [item["name"] for item in client.get("/api/v1/charities").json()["items"]] == ["Port d'attache"]
