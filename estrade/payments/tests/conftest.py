"""A simulator of the processor, started once for these tests."""

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
from django.conf import settings

REPOSITORY = Path(__file__).resolve().parents[3]


class Paysim:
    """Steers the simulator over its control interface."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def call(self, method, path, body=None):
        data = json.dumps(body or {}).encode() if method != "GET" else None
        request = Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
        with urlopen(request, timeout=5) as answer:
            return json.loads(answer.read() or b"{}")

    def approve(self, payment):
        return self.call("POST", f"/control/sessions/{payment.processor_session}/approve")

    def decline(self, payment):
        return self.call("POST", f"/control/sessions/{payment.processor_session}/decline")

    def fault(self, **fault):
        return self.call("POST", "/control/faults", fault)

    def ledger(self):
        return self.call("GET", "/control/ledger")


@pytest.fixture(scope="session")
def _simulator(tmp_path_factory):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    state = tmp_path_factory.mktemp("paysim") / "state.jsonl"
    command = [sys.executable, "-m", "paysim", "--port", str(port), "--state", str(state), "--sync", "never"]
    process = subprocess.Popen(command, cwd=REPOSITORY, env={**os.environ, "PAYSIM_WEBHOOK_URL": ""}, stdout=subprocess.DEVNULL)
    simulator = Paysim(port)
    for _attempt in range(100):
        try:
            simulator.call("GET", "/control/health")
            break
        except (URLError, OSError):
            time.sleep(0.1)
    yield simulator
    process.terminate()
    process.wait(10)


@pytest.fixture
def paysim(_simulator, monkeypatch):
    """The simulator, empty, with our adapter pointed at it."""
    from estrade.payments.processors import stripe

    _simulator.call("DELETE", "/control/faults")
    _simulator.call("POST", "/control/reset")
    monkeypatch.setattr(settings, "STRIPE_API_BASE", _simulator.url)
    stripe._client.cache_clear()
    yield _simulator
    _simulator.call("DELETE", "/control/faults")
    stripe._client.cache_clear()
