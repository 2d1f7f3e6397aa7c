"""Whoever asks for whatever page: only our own files run as script, and only the room asks for camera and microphone."""

from __future__ import annotations

import pytest

from tests import policy
from tests.access.asking import ask
from tests.access.matrix import ROWS
from tests.access.world import VIEWERS, undone

PAGES = [row for row in ROWS if not row.what.split(" ")[1].startswith("/")]
ROOM = "GET rooms:room"


def faults_of(answer, *, may_use_devices=False):
    body = b"" if answer.streaming else answer.content
    return policy.faults(answer.headers, body.decode(errors="replace"), may_use_devices=may_use_devices)


@pytest.mark.parametrize("row", PAGES, ids=lambda row: row.what)
def test_every_answer_to_everybody_forbids_what_it_does_not_need(row, world):
    for viewer in VIEWERS:
        with undone():
            answer = ask(world, row.what, viewer, row.scope)
        is_room = row.what == ROOM and answer.status_code == 200

        assert faults_of(answer, may_use_devices=is_room) == [], viewer


def test_the_room_is_where_devices_are_asked_for(look):
    assert policy.faults(ask(look, ROOM, "attendee").headers, "") != []


@pytest.mark.parametrize(
    ("path", "status"),
    [("/nowhere", 404), ("/e/nothing-here", 404), ("/api/v1/nowhere", 404), ("/health/ready", 500), ("/orders/return", 404)],
)
def test_so_do_the_pages_for_what_went_wrong(path, status, look, monkeypatch):
    from estrade.site import health

    def broken():
        message = "a mistake of ours"
        raise RuntimeError(message)

    monkeypatch.setattr(health, "parts", broken)
    client = look.client("nobody")
    client.raise_request_exception = False

    answer = client.get(path)

    assert (answer.status_code, faults_of(answer)) == (status, [])


def test_so_does_the_page_for_what_nobody_understands(look):
    answer = look.client("nobody").get("/", headers={"host": "somebody-elses.example"})

    assert answer.status_code == 400
    assert "We could not read this request" in answer.content.decode()
    assert faults_of(answer) == []


@pytest.mark.parametrize(
    ("headers", "body", "found"),
    [
        ({}, "", "script-src allows *"),
        ({"Content-Security-Policy": "script-src 'self' 'unsafe-inline'"}, "", "script-src allows 'unsafe-inline'"),
        ({"Permissions-Policy": "camera=(self), microphone=()"}, "", "it may ask for camera"),
        ({}, "<script>alert(1)</script>", "a script that is not one of ours: {}"),
        ({}, '<script src="https://elsewhere.example/a.js"></script>', "a script that is not one of ours"),
        ({}, '<a onclick="alert(1)">', "<a onclick>"),
        ({}, '<a href="javascript:alert(1)">', "<a href=javascript:alert(1)>"),
    ],
)
def test_a_fault_is_found(headers, body, found):
    assert any(fault.startswith(found) for fault in policy.faults({"Content-Type": "text/html", **headers}, body))
