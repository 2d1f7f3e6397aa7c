"""A simulator on a free port, the official SDK pointed at it, and a merchant who listens."""

from __future__ import annotations

import http.client
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode, urlsplit

import pytest
import stripe

from paysim.app import Simulator
from paysim.config import Config
from paysim.server import Server

SECRET = "whsec_simulated"


def call(port, method, path, body=None, headers=None):
    """One HTTP exchange without following redirects: status, headers, text."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read().decode()
    finally:
        connection.close()


class Control:
    """The control interface, as a test would use it."""

    def __init__(self, port):
        self.port = port

    def __call__(self, method, path, /, **values):
        status, _, text = call(self.port, method, f"/control/{path}", json.dumps(values) if values else None)
        assert status == 200, text
        return json.loads(text)

    def refused(self, method, path, /, **values):
        status, _, text = call(self.port, method, f"/control/{path}", json.dumps(values) if values else None)
        return status, json.loads(text)


class Merchant:
    """Listens for callbacks; answers `status`."""

    def __init__(self):
        self.heard = []
        self.status = 200
        merchant = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                payload = self.rfile.read(int(self.headers["Content-Length"]))
                merchant.heard.append((payload, self.headers["Stripe-Signature"]))
                self.send_response(merchant.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/callbacks"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def types(self):
        return [json.loads(payload)["type"] for payload, _ in self.heard]

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="session")
def simulator():
    config = Config(slow_s=0.3)
    simulator = Simulator(config)
    server = Server(0, simulator.handle, lambda: simulator.faults.released)
    config.public_url = f"http://localhost:{server.port}"
    threading.Thread(target=server.serve, daemon=True).start()
    yield server
    server.close()


@pytest.fixture
def control(simulator):
    control = Control(simulator.port)
    control("POST", "reset")
    control("PUT", "webhooks", url=None, secret=None)
    return control


@pytest.fixture
def stripe_client(simulator, control):
    client = stripe.RequestsClient(timeout=5)
    yield stripe.StripeClient(
        "sk_test_alice", base_addresses={"api": f"http://127.0.0.1:{simulator.port}"}, http_client=client, max_network_retries=0
    )
    client.close()


@pytest.fixture
def merchant(control):
    merchant = Merchant()
    control("PUT", "webhooks", url=merchant.url, secret=SECRET)
    yield merchant
    control("POST", "reset")
    control("PUT", "webhooks", url=None, secret=None)
    merchant.close()


def order(**changes):
    """What the product asks for when Bob buys two seats."""
    return {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 2,
                "price_data": {"currency": "eur", "unit_amount": 2500, "product_data": {"name": "Seat & <show>"}},
            }
        ],
        "client_reference_id": "order-1",
        "metadata": {"order": "1", "7": "seven"},
        "payment_intent_data": {"metadata": {"order": "1"}},
        "success_url": "http://localhost:8000/orders/1?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://localhost:8000/orders/1/cancel",
        "customer_email": "bob@example.org",
        "expires_at": int(time.time()) + 1_860,
        **changes,
    }


@pytest.fixture
def session(stripe_client):
    """Bob's session, open."""
    return stripe_client.v1.checkout.sessions.create(order())


@pytest.fixture
def paid(stripe_client, control, session):
    """Bob's session, paid."""
    control("POST", f"sessions/{session.id}/approve")
    return stripe_client.v1.checkout.sessions.retrieve(session.id)


class Browser:
    """Opens and presses, as Bob would without JavaScript."""

    def __init__(self, port):
        self.port = port

    def open(self, url, **headers):
        return call(self.port, "GET", urlsplit(url).path, headers=headers)

    def press(self, url, choice):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return call(self.port, "POST", urlsplit(url).path, urlencode({"choice": choice}), form)


@pytest.fixture
def bobs_browser(simulator):
    return Browser(simulator.port)
