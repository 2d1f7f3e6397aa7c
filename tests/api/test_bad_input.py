"""What nobody would type, in every field of every form and body, and in every query: refused or taken, never broken."""

from __future__ import annotations

import json

import pytest
from django.test import RequestFactory
from django.urls import reverse

from tests.access.asking import _body, _form, arguments, ask, parameters
from tests.access.matrix import ROWS
from tests.access.world import undone

NASTY = (
    "a\x00b", "\ud800", "👩‍🚀", "<script>alert(1)</script>", "'; DROP TABLE users_user; --", "x" * 5_000, "9" * 400, "-1",
    "NaN", "1e309", "٣", "２", "2027-02-30", "0001-01-01", "9999-12-31", "24:00", "2027-03-28T02:30:00", "%s%n", "{{ 7 }}",
)  # fmt: skip
NASTY_JSON = (*NASTY, None, 0, -1, 2**31, 2**63, 2**200, 1.5, True, [], {}, ["\x00"], [[]] * 50)
QUERIES = ("page", "q", "category", "date", "cursor", "on", "limit", "after", "next", "language", "text", "organisation", "x")


def as_whom(row):
    return "attendee" if row.expected["owner"] == "404" else "owner"


def is_answered(answer, what, sent):
    assert answer.status_code < 500 or answer.status_code == 503, f"{what} with {sent!r}: {answer.status_code}"


FORMS = [
    row for row in ROWS if row.what.startswith("POST ") and not row.what.split(" ")[1].startswith(("/", "mfa_", "rooms:batch"))
]
BODIES = [row for row in ROWS if row.what.split(" ")[1].startswith("/") and not row.what.startswith(("GET", "DELETE"))]
READS = [row for row in ROWS if row.what.startswith("GET ") and not row.what.split(" ")[1].startswith("mfa_")]


@pytest.mark.parametrize("row", FORMS, ids=lambda row: row.what)
def test_a_form(row, world):
    place = row.what.split(" ")[1]
    address = reverse(place, kwargs=arguments(world, row.what.split(" ", 1)[1], parameters(row.what)))
    usual = _form(world, place)
    for name in usual:
        for nasty in NASTY:
            data = {**usual, name: nasty.encode("utf-8", "surrogatepass")}
            with undone():
                is_answered(world.client(as_whom(row)).post(address, data), row.what, {name: nasty})


@pytest.mark.parametrize("row", BODIES, ids=lambda row: row.what)
def test_a_body(row, world):
    made = _body(world, row.what)
    if not isinstance(made.get("data"), str):
        return
    usual, method = json.loads(made["data"]), row.what.split(" ")[0]
    path = "/api/v1" + row.what.split(" ")[1].format(**arguments(world, row.what, parameters(row.what)))
    for name in usual:
        for nasty in NASTY_JSON:
            with undone():
                answer = world.client("owner").generic(
                    method, path, json.dumps(usual | {name: nasty}), content_type="application/json"
                )
            is_answered(answer, row.what, {name: nasty})
            if answer.status_code >= 400:
                assert answer["Content-Type"] == "application/problem+json", (row.what, name, nasty)


@pytest.mark.parametrize("row", READS, ids=lambda row: row.what)
def test_a_query(row, world):
    place = row.what.split(" ", 1)[1]
    names = arguments(world, row.what if place.startswith("/") else place, parameters(row.what))
    address = "/api/v1" + place.format(**names) if place.startswith("/") else reverse(place.partition(" @")[0], kwargs=names)
    for nasty in ("\x00", "x" * 300, "-1", "9" * 30, "'", "\udcff", "2027-02-30"):
        query = RequestFactory().get("/", dict.fromkeys(QUERIES, nasty.encode("utf-8", "surrogatepass"))).META["QUERY_STRING"]
        with undone():
            answer = world.client(as_whom(row)).generic("GET", address, QUERY_STRING=query)
        if not row.what.endswith(" ready"):
            is_answered(answer, row.what, nasty)


def test_the_usual_forms_are_those_of_the_table(world):
    """So that what is bent here was straight before."""
    for row in FORMS:
        with undone():
            answer = ask(world, row.what, as_whom(row))
        assert answer.status_code < 500 or answer.status_code == 503, row.what
