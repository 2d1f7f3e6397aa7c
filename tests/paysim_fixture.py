"""The simulator of the processor as a process of its own, started once for all tests that ask for it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


class Paysim:
    """Steers the simulator over its control interface."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def call(self, method, path, body=None):
        data = json.dumps(body or {}).encode() if method != "GET" else None
        request = Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
        with urlopen(request, timeout=5) as answer:
            return json.loads(answer.read() or b"{}")

    def choose(self, session, choice, **how):
        return self.call("POST", f"/control/sessions/{session}/{choice}", how)

    def approve(self, payment):
        return self.choose(payment.processor_session, "approve")

    def decline(self, payment):
        return self.choose(payment.processor_session, "decline")

    def fault(self, **fault):
        return self.call("POST", "/control/faults", fault)

    def ledger(self):
        """All that ever happened to money here: the witness."""
        return self.call("GET", "/control/ledger")

    def events(self):
        """What the simulator has to tell, newest first, at most a hundred: the bodies of its callbacks."""
        request = Request(self.url + "/v1/events?limit=100", headers={"Authorization": "Bearer sk_test_estrade"})
        with urlopen(request, timeout=5) as answer:
            return json.loads(answer.read())["data"]


@pytest.fixture(scope="session")
def _simulator(tmp_path_factory):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    state = tmp_path_factory.mktemp("paysim") / "state.jsonl"
    command = [sys.executable, "-m", "paysim", "--port", str(port), "--state", str(state), "--sync", "never"]
    process = subprocess.Popen(command, cwd=REPOSITORY, env={**os.environ, "PAYSIM_WEBHOOK_URL": ""}, stdout=subprocess.DEVNULL)
    simulator = Paysim(port)
    try:
        for _attempt in range(100):
            try:
                simulator.call("GET", "/control/health")
                break
            except (URLError, OSError):
                time.sleep(0.1)
        yield simulator
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def paysim(_simulator, monkeypatch):
    """The simulator, empty, with our adapter pointed at it."""
    from django.conf import settings

    from estrade.payments.processors import stripe

    _simulator.call("DELETE", "/control/faults")
    _simulator.call("POST", "/control/reset")
    monkeypatch.setattr(settings, "STRIPE_API_BASE", _simulator.url)
    stripe._client.cache_clear()
    yield _simulator
    _simulator.call("DELETE", "/control/faults")
    stripe._client.cache_clear()
