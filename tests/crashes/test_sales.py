"""kill -9 in the middle of a sale: nobody pays twice, nobody pays for nothing, nothing is sold twice."""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from estrade.site.supervisor.instance import Instance
from tests import oracle
from tests.crashes.conftest import kill_nine
from tests.journeys.people import an_event

BUYERS = 200
AT_ONCE = 32
PATIENCE_SECONDS = 120
SETTLED_WITHIN_SECONDS = 180
# After how many buyers have been sent to pay which part is killed.
KILLS = {40: "web", 80: "worker", 120: "database", 160: "web"}


class FromTheirOwnNetwork(HTTPAdapter):
    """Each buyer has an address of their own, as buyers have."""

    def __init__(self, number: int) -> None:
        self.address = f"127.1.{number // 200}.{number % 200 + 1}"
        super().__init__()

    def init_poolmanager(self, *args, **options):
        super().init_poolmanager(*args, source_address=(self.address, 0), **options)


class Buyer:
    """Somebody with a browser and some patience: what fails is tried again, as one presses a button again."""

    def __init__(self, number, instance, event, reached):
        self.number, self.instance, self.event, self.reached = number, instance, event, reached
        self.site = f"http://127.0.0.1:{instance.port}"
        self.browser = requests.Session()
        self.browser.mount("http://", FromTheirOwnNetwork(number))
        self.tries = 0

    def ask(self, method, path, data=None):
        """An answer that is one: not a dead connection, not a server that is coming up."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            self.tries += 1
            try:
                answer = self.browser.request(
                    method, self.site + path, data=data, timeout=15, allow_redirects=False,
                    headers={"Host": f"localhost:{self.instance.port}"},
                )  # fmt: skip
                if answer.status_code < 500 and answer.status_code != 429:
                    return answer
                last = f"{answer.status_code} {answer.text[:200]}"
            except requests.RequestException as error:
                last = repr(error)
            assert time.monotonic() < until, f"buyer {self.number}, {method} {path}: {last}"
            time.sleep(0.3 + random.random())

    def buy(self):
        """From the page of the event to the tickets; what became of it."""
        quantity = 1 + self.number % 3
        self.ask("GET", f"/e/{self.event['slug']}")
        form = {"occurrence": self.event["occurrence"], f"quantity-{self.event['seat']}": str(quantity)}
        answer = self.ask("POST", f"/e/{self.event['slug']}/reserve", form)
        if answer.status_code == 409:
            return "sold out"
        checkout = _path(answer)
        order = checkout.removesuffix("/checkout")
        session = self.to_the_processor(checkout)
        self.reached("paying")
        if self.number % 10 == 3:
            self.at_processor(session, "decline")
            session = self.to_the_processor(checkout)
        self.at_processor(session, "approve")
        if self.number % 10 == 7:
            return "closed the window"  # and never comes back: the tickets come by mail
        page = self.ask("GET", f"{order}/return")
        assert page.status_code == 200, page.status_code
        self.reached("bought")
        return "has tickets" if len(set(re.findall(r"/tickets/[0-9a-f-]{36}\"", page.text))) == quantity else "waits"

    def to_the_processor(self, checkout):
        """Give one's name and be sent to pay; the processor's session."""
        details = {"name": f"Buyer {self.number}", "email": f"buyer{self.number}@example.org"}
        answer = self.ask("POST", checkout, details)
        assert answer.status_code == 302, f"{answer.status_code}: {answer.text[:300]}"
        place = urlsplit(answer.headers["Location"])
        assert place.port == self.instance.port + 6, answer.headers["Location"]
        return place.path.rpartition("/")[2]

    def at_processor(self, session, choice):
        self.instance.paysim("POST", f"/control/sessions/{session}/{choice}")


def _path(answer):
    assert answer.status_code in (302, 303), f"{answer.status_code}: {answer.text[:300]}"
    return urlsplit(answer.headers["Location"]).path


def test_a_sale_survives_the_death_of_web_worker_and_database(instance):
    event = an_event(instance, capacity=380, title="The night of the power cuts")
    reached, lock, killed = Counter(), threading.Lock(), []

    def note(stage):
        with lock:
            reached[stage] += 1
            part = KILLS.get(reached[stage]) if stage == "paying" else None
        if part:
            kill_nine(instance, part)
            killed.append(part)

    buyers = [Buyer(number, instance, event, note) for number in range(BUYERS)]
    began = time.monotonic()

    with ThreadPoolExecutor(AT_ONCE) as crowd:
        outcomes = Counter(crowd.map(Buyer.buy, buyers))
    took = time.monotonic() - began

    assert killed == list(KILLS.values())
    left, settled = settle(instance)
    tries = sum(buyer.tries for buyer in buyers)
    print(f"\n{BUYERS} buyers in {took:.0f} s, {tries} requests, killed {killed}: {dict(outcomes)}; at rest after {settled:.0f} s")
    assert left == []
    assert paid_orders(instance, event) == BUYERS - outcomes["sold out"]


def database_of(instance):
    """As the owner of the tables; the environment's own database is another one."""
    return Instance(instance.var, instance.port, is_demo=True).cluster.owner_url()


def settle(instance):
    """What the oracle still finds wrong when nothing moves any more, and after how many seconds that was."""
    began = time.monotonic()
    while True:
        left = oracle.check(database_of(instance), requests.get(f"{instance.paysim_url}/control/ledger", timeout=10).json())
        seconds = time.monotonic() - began
        if not left or seconds > SETTLED_WITHIN_SECONDS:
            return left, seconds
        time.sleep(2)


def paid_orders(instance, event):
    found, cursor = 0, ""
    while True:
        page = instance.api("GET", f"/events/{event['id']}/orders?limit=100{cursor}")
        found += sum(order["state"] == "paid" for order in page["items"])
        if not page["next_cursor"]:
            return found
        cursor = f"&cursor={page['next_cursor']}"
