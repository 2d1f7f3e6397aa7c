"""The message engine itself, running: what each viewer may say to it with what web gives them.

The commands are read from its source and from its documentation, so that one without a row fails.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import time
from http.client import HTTPConnection
from uuid import UUID

import pytest
from django.conf import settings
from django.urls import reverse

from estrade.site.supervisor.builds import engines_folder
from tests.access.matrix import HEADING
from tests.access.world import VIEWERS
from tests.instance import REPOSITORY

# `no` is refused at the door, before a token is looked at; `ok` is answered; a number is the engine's error or HTTP status.
TABLE = """
                                                                       nobo mall atte spea door crew fina mana ownr narr prog
connect                                                                  no   no   ok   ok   no   ok   no   ok   ok   no   no
hear room                                                                no   no   ok   ok   no   ok   no   ok   ok   no   no
hear seat                                                                no   no   ok   ok   no   ok   no   ok   ok   no   no
hear backstage                                                           no   no   no   ok   no   ok   no   ok   ok   no   no
rpc react                                                                no   no   ok   ok   no   ok   no   ok   ok   no   no
rpc heartbeat                                                            no   no   ok   ok   no   ok   no   ok   ok   no   no
rpc anything_else                                                        no   no  104  104   no  104   no  104  104   no   no
publish                                                                  no   no  108  108   no  108   no  108  108   no   no
subscribe                                                                no   no  108  108   no  108   no  108  108   no   no
presence                                                                 no   no  108  108   no  108   no  108  108   no   no
presence_stats                                                           no   no  108  108   no  108   no  108  108   no   no
history                                                                  no   no  108  108   no  108   no  108  108   no   no
api publish                                                             401  401  401  401  401  401  401  401  401  401  401
api broadcast                                                           401  401  401  401  401  401  401  401  401  401  401
api disconnect                                                          401  401  401  401  401  401  401  401  401  401  401
api disconnect_seat                                                     401  401  401  401  401  401  401  401  401  401  401
api presence                                                            401  401  401  401  401  401  401  401  401  401  401
api presence_stats                                                      401  401  401  401  401  401  401  401  401  401  401
api info                                                                401  401  401  401  401  401  401  401  401  401  401
"""
ROWS = {line[:70].strip(): line[70:].split() for line in TABLE.splitlines() if line and not line.startswith(" ")}


def test_the_columns_are_those_of_the_other_table():
    assert TABLE.split("\n")[1].split() == HEADING.split()[1:-1]


def test_every_command_of_the_engine_has_its_row():
    source = "".join(path.read_text() for path in (REPOSITORY / "engines/messages").glob("*.go") if "_test" not in path.name)
    told = (REPOSITORY / "docs/build/messages.md").read_text()
    [rpcs] = re.findall(r"map\[string\]func\(admission, \[\]byte\) \(any, error\)\{(.+?)\}\[method\]", source, re.DOTALL)
    [methods] = re.findall(r"map\[string\]func\(\[\]byte\) \(any, error\)\{(.+?)\}\[r\.PathValue", source, re.DOTALL)
    commands = {f"rpc {name}" for name in re.findall(r'"(\w+)":', rpcs)} | {
        f"api {name}" for name in re.findall(r'"(\w+)":', methods)
    }
    client, server = told.split("## Server API")
    rpc_table = client.split("| RPC |")[1].split("\n\n")[0]
    documented = {f"rpc {name}" for name in re.findall(r"^\| `(\w+)` \|", rpc_table, re.MULTILINE)}
    documented |= {f"api {name}" for name in re.findall(r"^\| `(\w+)` \|", server.split("## ")[0], re.MULTILINE)}

    listed = {row for row in ROWS if row.startswith(("rpc ", "api "))} - {"rpc anything_else"}
    assert listed == commands == documented


class Engine:
    """The engine, and a browser's way of talking with it."""

    def __init__(self, port):
        self.port = port

    def post(self, path, body, **headers):
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json", **headers})
        return connection.getresponse()


class Line:
    """One connection of a seat, over the stream that browsers use where no WebSocket passes."""

    def __init__(self, engine, seat, token):
        self.engine, self.seat, self.number = engine, {"X-Seat": seat} if seat else {}, 1
        self.stream = engine.post("/connection/http_stream", {"id": 1, "connect": {"token": token}}, **self.seat)
        self.connected = self.reply()["connect"] if self.stream.status == 200 else None

    def reply(self):
        while True:
            found = json.loads(self.stream.readline())
            if found.get("id") == self.number:
                return found

    def ask(self, command):
        self.number += 1
        data = json.dumps({"id": self.number, **command})
        session = {"session": self.connected["session"], "node": self.connected["node"], "data": data}
        assert self.engine.post("/connection/emulation", session, **self.seat).status < 300
        found = self.reply()
        return str(found["error"]["code"]) if "error" in found else "ok"


@pytest.fixture(scope="module")
def engine():
    program = engines_folder() / "messages"
    assert program.exists(), "The message engine is not built: make build"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "MESSAGES_LISTEN": f"127.0.0.1:{port}",
        "MESSAGES_TOKEN_SECRET": settings.MESSAGES_TOKEN_SECRET,
        "MESSAGES_API_KEY": settings.MESSAGES_API_KEY,
        "MESSAGES_CALLBACK_URL": "http://127.0.0.1:9",
        "INTERNAL_KEY": settings.INTERNAL_KEY,
    }
    with subprocess.Popen([program], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        for _attempt in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield Engine(port)
        process.kill()


def admission(world, viewer):
    """The seat that web vouches for and the token that it gives: nothing, for who has no seat."""
    client = world.client(viewer, "room:host")
    taken = client.post(f"/api/v1/rooms/{world.names['room_id']}/seat", {"takeover": True}, content_type="application/json")
    if taken.status_code != 200:
        return None, "no-token"
    state, token = taken.json()["state"]["me"], taken.json()["messages"]["token"]
    asked = f"/connection/http_stream?seat={state['seat_id']}&generation={state['generation']}"
    headers = {"x-internal-key": settings.INTERNAL_KEY, "x-forwarded-uri": asked}
    return client.get(reverse("rooms:admit_messages"), headers=headers)["X-Seat"], token


def outcome(engine, line, world, row):
    what, _, detail = row.partition(" ")
    room = world.names["room_id"]
    if what == "api":
        return str(engine.post(f"/api/{detail}", {}).status)
    if line.connected is None:
        return {403: "no"}[line.stream.status]
    if what == "connect":
        return "ok"
    if what == "hear":
        return "ok" if any(channel.startswith(f"{detail}:") for channel in line.connected["subs"]) else "no"
    if what == "rpc":
        data = {"react": {"reaction": "heart"}, "heartbeat": {"frames": 1, "audio_ms": 1, "watched_ms": 1, "state": "ok"}}
        return line.ask({"rpc": {"method": detail, "data": data.get(detail, {})}})
    # Another room's channel to listen to; one's own for the rest.
    channel = f"room:{UUID(int=1)}" if what == "subscribe" else f"room:{room}"
    return line.ask({what: {"channel": channel, "data": {}} if what == "publish" else {"channel": channel}})


@pytest.mark.parametrize("viewer", VIEWERS)
def test_each_viewer_is_answered_as_the_table_says(viewer, engine, look):
    seat, token = admission(look, viewer)
    line = Line(engine, seat, token)

    found = {row: outcome(engine, line, look, row) for row in ROWS}

    assert found == {row: cells[VIEWERS.index(viewer)] for row, cells in ROWS.items()}


def test_the_token_of_one_seat_does_not_open_the_line_of_another(engine, look):
    (_, bobs_token), (crews_seat, _) = admission(look, "attendee"), admission(look, "crew")
    line = engine.post("/connection/http_stream", {"id": 1, "connect": {"token": bobs_token}}, **{"X-Seat": crews_seat})

    said = json.loads(line.readline())

    assert "connect" not in said


def test_nobody_names_the_seat_of_somebody_else_to_web(look):
    seat = look.seats["owner"]
    asked = f"/connection/websocket?seat={seat.pk}&generation={seat.generation}"

    for viewer in set(VIEWERS) - {"owner"}:
        headers = {"x-internal-key": settings.INTERNAL_KEY, "x-forwarded-uri": asked}
        assert look.client(viewer, "room:host").get(reverse("rooms:admit_messages"), headers=headers).status_code == 403, viewer
