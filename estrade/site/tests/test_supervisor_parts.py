"""The small promises that the supervisor rests on."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import socket
import sys
import time
from collections import namedtuple
from pathlib import Path

import pytest

from estrade.site.logs import FirstStepOnly
from estrade.site.supervisor import supervise
from estrade.site.supervisor.errors import CannotRun, DiskFull
from estrade.site.supervisor.front import caddyfile
from estrade.site.supervisor.instance import Instance, keep_secrets
from estrade.site.supervisor.listeners import exposed, is_taken
from estrade.site.supervisor.process import Process, members


def test_a_socket_on_every_address_is_seen_and_one_on_loopback_is_not():
    with socket.create_server(("127.0.0.1", 0)):
        assert exposed([os.getpid()]) == []
        with socket.create_server(("0.0.0.0", 0)) as open_to_all:
            assert exposed([os.getpid()]) == [f"0.0.0.0:{open_to_all.getsockname()[1]}"]


def test_a_socket_for_packets_on_every_address_is_seen_too():
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as open_to_all:
        open_to_all.bind(("::", 0))

        assert exposed([os.getpid()]) == [f"[::]:{open_to_all.getsockname()[1]}"]


def test_a_taken_port_is_known_as_taken():
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert is_taken(server.getsockname()[1])


def test_secrets_are_made_once_and_are_for_this_user_alone(tmp_path):
    first = keep_secrets(tmp_path / "secrets.json")

    assert keep_secrets(tmp_path / "secrets.json") == first
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert len(set(first.values())) == len(first)


def test_a_secret_that_a_later_release_needs_is_added_to_those_that_are_there(tmp_path):
    (tmp_path / "secrets.json").write_text(json.dumps({"INTERNAL_KEY": "an-old-one"}))

    secrets = keep_secrets(tmp_path / "secrets.json")

    assert secrets["INTERNAL_KEY"] == "an-old-one"
    assert "MESSAGES_API_KEY" in secrets


def test_what_a_child_started_ends_with_it(tmp_path):
    child = Process(["/bin/sh", "-c", "sleep 60 & exec sleep 60"], {"PATH": os.environ["PATH"]}, tmp_path / "log")
    while len(members(child.pid)) < 2:
        time.sleep(0.01)

    child.send(signal.SIGKILL)

    while not child.has_ended():
        time.sleep(0.01)
    give_up_at = time.monotonic() + 5
    while any(_is_alive(pid) for pid in members(child.pid)):
        assert time.monotonic() < give_up_at
        time.sleep(0.01)


def test_a_child_dies_with_the_process_that_made_it(tmp_path):
    script = f"""
import sys; from pathlib import Path
from estrade.site.supervisor.process import Process
child = Process(["sleep", "60"], {{"PATH": {os.environ["PATH"]!r}}}, Path({str(tmp_path)!r}) / "log")
print(child.pid, flush=True)
import os; os.kill(os.getpid(), 9)
"""
    parent = Process([sys.executable, "-c", script], dict(os.environ), tmp_path / "parent.log")
    while not parent.has_ended():
        time.sleep(0.01)
    pid = int((tmp_path / "parent.log").read_text())

    give_up_at = time.monotonic() + 5
    while _is_alive(pid):
        assert time.monotonic() < give_up_at
        time.sleep(0.01)


def test_a_full_disk_is_refused_before_anything_starts(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")  # noqa: PYI024
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**10, 10**10, 150_000_000))
    monkeypatch.setattr(supervise, "check_parts", lambda _: None)

    with pytest.raises(DiskFull, match="150 MB are free"):
        supervise.Supervisor(Instance(tmp_path, 21_000, is_demo=True)).run()


def test_a_port_that_is_no_number_is_refused(monkeypatch):
    monkeypatch.setenv("ESTRADE_PORT", "http")

    with pytest.raises(CannotRun, match="ESTRADE_PORT must be a number"):
        Instance.here()


def test_fronts_configuration_holds_no_secret(tmp_path, monkeypatch):
    instance = Instance(tmp_path, 21_000, is_demo=True)

    text = caddyfile(instance)

    assert not [name for name, secret in instance.secrets.items() if len(secret) > 10 and secret in text]


def test_a_service_elsewhere_is_not_run_here(tmp_path, monkeypatch):
    monkeypatch.setenv("LIVEKIT_URL", "https://engine.example.org")

    instance = Instance(tmp_path, 21_000, is_demo=False)

    assert not instance.runs("engine")
    assert not instance.runs("paysim")
    assert instance.runs("messages")


def test_the_owners_role_may_not_be_the_applications(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://estrade@db.example.org/estrade")
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://estrade@db.example.org/estrade")

    with pytest.raises(CannotRun, match="the same role"):
        _ = Instance(tmp_path, 21_000, is_demo=False).application_role


def _is_alive(pid: int) -> bool:
    """Whether it still runs: one that has ended may wait for its new parent to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("/", "/"),
        ("/health", "/health"),
        ("/t/01a20aca-54fa-7050-afb2-b986581b109a/JEDgSP6qBn2uRxm-bAasXkIUFcg", "/t/…"),
        ("/rtc?access_token=eyJhbGciOiJIUzI1NiJ9", "/rtc/…"),
        ("/JEDgSP6qBn2uRxm-bAasXkIUFcg", "/…"),
        ("/abcdefghijklmnopqrstuvwxyz/", "/…"),
    ],
)
def test_of_a_logged_address_the_first_step_is_written_if_it_is_a_word(address, written):
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "%s: %s", ("Not Found", address), None)

    FirstStepOnly().filter(record)

    assert record.getMessage() == f"Not Found: {written}"
