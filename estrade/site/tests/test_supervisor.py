"""One instance, for real: started, killed in every way, started again, and gone without a trace."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from estrade.site.supervisor.builds import REPOSITORY, engines_folder
from estrade.site.supervisor.listeners import exposed
from estrade.site.supervisor.postgres import processes_in
from estrade.site.supervisor.process import members, supervised

pytestmark = [
    pytest.mark.crash,
    pytest.mark.skipif(not (engines_folder() / "caddy").exists(), reason="needs the engines: make build"),
]
PARTS = ("database", "engine", "messages", "paysim", "mailbox", "web", "worker", "front")


class Instance:
    """An instance of the demo in a folder of its own, steered by the command that operators use."""

    def __init__(self, var: Path, port: int) -> None:
        self.var, self.port = var, port

    def estrade(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
        environment = kept | {"ESTRADE_VAR": str(self.var), "ESTRADE_PORT": str(self.port), "ESTRADE_DEMO": "1"} | more
        command = [sys.executable, "-m", "estrade", *words]
        return subprocess.run(command, check=False, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=240)

    def up(self) -> None:
        done = self.estrade("up", "--detach")
        assert done.returncode == 0, done.stderr + self.said()

    def state(self) -> dict:
        return json.loads((self.var / "run" / "state.json").read_text())

    def pid_of(self, part: str) -> int:
        return self.state()["parts"][part]["pid"]

    def wait_until(self, is_so, seconds: float = 40) -> float:
        began_at = time.monotonic()
        while not is_so():
            assert time.monotonic() - began_at < seconds, self.said()
            time.sleep(0.05)
        return time.monotonic() - began_at

    def is_back(self, part: str, former: int) -> bool:
        facts = self.state()["parts"][part]
        return facts["state"] == "ready" and facts["pid"] not in {None, former}

    def processes(self) -> list[int]:
        return supervised(self.var) + processes_in(self.var / "postgres")

    def said(self) -> str:
        log = self.var / "log" / "supervisor.log"
        return log.read_text()[-3000:] if log.exists() else "nothing"

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str]]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"Host": f"localhost:{self.port}", **headers}
        )
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as response:
                return response.status, dict(response.headers)
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers)


def _free_ports(count: int) -> int:
    """The first of `count` free ports in a row, below those that the kernel hands out."""
    for port in range(20_000 + os.getpid() % 1_000 * 10, 32_000, count):
        with contextlib.ExitStack() as stack:
            try:
                for offset in range(count):
                    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                        stack.enter_context(socket.socket(socket.AF_INET, kind)).bind(("127.0.0.1", port + offset))
            except OSError:
                continue
            return port
    raise AssertionError("no free ports")


@pytest.fixture(scope="module")
def instance(tmp_path_factory):
    made = Instance(tmp_path_factory.mktemp("var"), _free_ports(10))
    yield made
    made.estrade("down")
    assert made.processes() == []


@pytest.fixture
def running(instance):
    instance.up()
    return instance


def test_everything_is_ready_on_loopback_and_says_so(running):
    status = json.loads(running.estrade("status", "--json").stdout)

    assert status["phase"] == "ready"
    assert set(PARTS) <= set(status["parts"])
    pids = [pid for part in PARTS for pid in members(running.pid_of(part))]
    assert exposed(pids) == []
    assert running.get("/health/ready")[0] == 200
    assert "MEND" not in running.estrade("doctor").stdout


@pytest.mark.parametrize("part", PARTS)
def test_what_is_killed_comes_back(running, part):
    former = running.pid_of(part)

    os.kill(former, signal.SIGKILL)

    running.wait_until(lambda: running.is_back(part, former))
    running.wait_until(lambda: running.get("/health/live")[0] == 200)


def test_a_killed_supervisor_leaves_no_process_and_is_started_again(running):
    os.kill(running.state()["pid"], signal.SIGKILL)

    running.wait_until(lambda: running.processes() == [], seconds=10)
    running.up()
    assert running.get("/health/live")[0] == 200


def test_an_instance_of_which_everything_was_killed_is_started_again(running):
    for pid in [running.state()["pid"], *running.processes()]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    running.up()

    assert running.get("/health/live")[0] == 200


def test_a_second_supervisor_is_refused(running):
    second = running.estrade("up")

    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert "runs already" in second.stderr


def test_what_only_our_own_processes_may_ask_is_not_there_for_others(running):
    for path in (
        "/internal/admit-engine",
        "/Internal/x",
        "//internal/x",
        "/%69nternal/x",
        "/x/../internal/x",
        "/twirp/livekit.RoomService/ListRooms",
    ):
        assert running.get(path, **{"X-Internal-Key": "guess"})[0] == 404, path


def test_nobody_reaches_an_engine_without_being_admitted(running):
    assert running.get("/rtc/validate?access_token=made-up")[0] in {401, 403, 404}
    assert running.get("/connection/websocket", **{"X-Seat": "somebody.1"})[0] in {401, 403, 404}


def test_no_log_holds_a_secret_a_token_a_path_or_a_cookie(running):
    planted = "planted-7f3a"
    running.get(f"/rtc?access_token={planted}", Cookie=f"seat={planted}", Authorization=f"Bearer {planted}")
    running.get(f"/t/{planted}?key={planted}")
    os.kill(running.pid_of("engine"), signal.SIGKILL)
    running.get(f"/rtc/validate?access_token={planted}")
    time.sleep(0.5)

    logs = {path.name: path.read_text(errors="replace") for path in (running.var / "log").iterdir()}

    secrets = [*json.loads((running.var / "secrets.json").read_text()).values(), planted]
    held = [(name, secret[:12]) for name, text in logs.items() for secret in secrets if len(secret) > 10 and secret in text]
    assert held == []


def test_a_stopped_instance_leaves_no_process_and_frees_its_ports(running):
    done = running.estrade("down")

    assert done.stdout == "Stopped.\n"
    assert running.processes() == []
    for offset in range(8):
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(("127.0.0.1", running.port + offset))


def test_a_taken_port_is_named_in_one_line(instance):
    instance.estrade("down")
    with socket.create_server(("127.0.0.1", instance.port + 1)):
        done = instance.estrade("up")

    assert done.returncode == 1
    assert done.stderr.startswith(f"estrade: Port {instance.port + 1} (for web) is taken by another program: ")
    assert done.stderr.count("\n") == 1
    assert instance.processes() == []


def test_a_missing_part_is_named_in_one_line(instance, tmp_path):
    instance.estrade("down")

    done = instance.estrade("up", ESTRADE_ENGINES=str(tmp_path))

    assert done.returncode == 1
    assert done.stderr == "estrade: The program caddy is missing: run `make build`.\n"
