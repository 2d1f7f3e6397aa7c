"""What survives: the program is killed and started again."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading

import pytest
import stripe

from paysim.tests.conftest import Control, order


class Process:
    """The program itself, on a state file."""

    def __init__(self, state):
        self._state = state
        self.start()

    def start(self):
        command = [sys.executable, "-m", "paysim", "--port", "0", "--state", str(self._state)]
        environment = {"PATH": os.environ["PATH"]}
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        self.port = int(self._process.stdout.readline().rpartition(":")[2])
        self.control = Control(self.port)

    def stop(self, number):
        self._process.send_signal(number)
        self._process.wait(10)
        self._process.stdout.close()
        return self._process.returncode

    def client(self):
        return stripe.StripeClient(
            "sk_test_alice",
            base_addresses={"api": f"http://127.0.0.1:{self.port}"},
            http_client=stripe.RequestsClient(timeout=5),
            max_network_retries=0,
        )


@pytest.fixture
def process(tmp_path):
    process = Process(tmp_path / "paysim.jsonl")
    yield process
    process.stop(signal.SIGKILL)


def test_everything_is_there_again_after_a_restart(process):
    values = order()
    session = process.client().v1.checkout.sessions.create(values, {"idempotency_key": "payment:1"})
    process.control("POST", f"sessions/{session.id}/approve")
    intent = process.client().v1.checkout.sessions.retrieve(session.id).payment_intent
    process.client().v1.refunds.create({"payment_intent": intent, "amount": 100})
    process.control("PUT", "clock", offset_s=120)
    before = process.control("GET", "ledger")
    events = [event.to_dict() for event in process.client().v1.events.list().data]

    assert process.stop(signal.SIGTERM) == 0
    process.start()

    after = process.control("GET", "ledger")
    assert {**before, "now": 0} == {**after, "now": 0}
    assert after["now"] >= before["now"]
    assert [event.to_dict() for event in process.client().v1.events.list().data] == events
    assert process.client().v1.checkout.sessions.create(values, {"idempotency_key": "payment:1"}).id == session.id


def test_no_acknowledged_charge_is_lost_when_it_is_killed(process):
    acknowledged = []
    ids = [process.client().v1.checkout.sessions.create(order()).id for _ in range(150)]

    def approve(mine):
        connection = http.client.HTTPConnection("127.0.0.1", process.port, timeout=5)
        try:
            for session_id in mine:
                connection.request("POST", f"/control/sessions/{session_id}/approve", "{}")
                if connection.getresponse().read():
                    acknowledged.append(session_id)
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=approve, args=(ids[start::5],)) for start in range(5)]
    for thread in threads:
        thread.start()
    while len(acknowledged) < 20:
        pass
    process.stop(signal.SIGKILL)
    for thread in threads:
        thread.join()
    process.start()

    charged = [charge["session"] for charge in process.control("GET", "ledger")["charges"]]
    assert set(acknowledged) <= set(charged)
    assert len(charged) == len(set(charged))


def test_a_line_torn_by_a_crash_is_cut_off(process, tmp_path):
    session = process.client().v1.checkout.sessions.create(order())
    process.stop(signal.SIGKILL)
    with (tmp_path / "paysim.jsonl").open("a") as file:
        file.write('{"put":[["checkout.session",{"id":"cs_test_torn"')

    process.start()
    other = process.client().v1.checkout.sessions.create(order())
    process.stop(signal.SIGKILL)
    process.start()

    assert [one.id for one in process.client().v1.checkout.sessions.list().data] == [other.id, session.id]


def test_a_slow_payment_succeeds_although_the_program_was_down(process):
    session = process.client().v1.checkout.sessions.create(order())
    process.control("POST", f"sessions/{session.id}/slow", after_ms=100)
    process.stop(signal.SIGKILL)

    process.start()
    process.control("PUT", "clock", advance_s=1)

    assert process.client().v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_what_was_not_told_before_the_crash_is_told_after_it(process, merchant):
    session = process.client().v1.checkout.sessions.create(order())
    process.control("PUT", "webhooks", url=merchant.url, secret="whsec_simulated", paused=True)
    process.control("POST", f"sessions/{session.id}/approve")
    process.stop(signal.SIGKILL)

    process.start()
    process.control("PUT", "webhooks", url=merchant.url, secret="whsec_simulated")
    process.control("POST", "webhooks/resume")
    process.control("POST", "webhooks/drain")

    assert merchant.types() == ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]


def test_two_programs_do_not_share_a_state(process, tmp_path):
    command = [sys.executable, "-m", "paysim", "--port", "0", "--state", str(tmp_path / "paysim.jsonl")]

    second = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)

    assert second.returncode == 1
    assert second.stderr.startswith("paysim: another simulator uses")


def test_the_ledger_is_json_that_a_stranger_can_add_up(process):
    session = process.client().v1.checkout.sessions.create(order())
    process.control("POST", f"sessions/{session.id}/approve")

    ledger = json.loads(json.dumps(process.control("GET", "ledger")))

    charge = ledger["charges"][0]
    assert (charge["amount"], charge["fee"], charge["client_reference_id"]) == (5000, 100, "order-1")
    assert charge["session_metadata"]["order"] == charge["metadata"]["order"] == "1"
    assert sum(movement["net"] for movement in ledger["balance_transactions"]) == 4900
