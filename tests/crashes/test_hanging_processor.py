"""A processor that takes every call and never answers: those who pay are told so, and everybody else notices nothing."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import requests

from bench.loop import NotAsExpected, Request, drive
from tests.crashes.test_sales import Buyer
from tests.journeys.people import an_event

PAYING = 48  # more than all web threads together
SECONDS = 3
# What is left of the pages while everybody who pays waits. They share two cores with the buyers: a part, not a speed.
SHARE_MIN = 0.2


def pages_per_second(instance, event):
    """Event pages by eight readers; none may fail."""

    def look():
        answer = yield Request(("127.0.0.1", instance.port), "GET", f"/e/{event['slug']}")
        if answer.status != 200 or event["slug"].encode() not in answer.body:
            raise NotAsExpected(str(answer.status))

    outcome = drive(look, clients=8, seconds=SECONDS)
    assert not outcome.errors, outcome.errors
    return outcome.per_second


def test_event_pages_are_served_while_the_processor_hangs(instance):
    event = an_event(instance, capacity=100, title="The night the bank slept")
    buyers = [Buyer(number, instance, event, lambda _stage: None) for number in range(PAYING)]
    checkouts = [reserved(buyer, event) for buyer in buyers]
    undisturbed = max(pages_per_second(instance, event) for _ in range(2))
    instance.paysim("POST", "/control/faults", {"kind": "hang", "path": "/v1/checkout/sessions*", "calls": 10_000})
    over, told = threading.Event(), []

    def pay(buyer, checkout):
        while not over.is_set():
            told.append(answer_to_paying(buyer, checkout))
            time.sleep(1)

    try:
        with ThreadPoolExecutor(PAYING) as crowd:
            for buyer, checkout in zip(buyers, checkouts, strict=True):
                crowd.submit(pay, buyer, checkout)
            time.sleep(1)  # everybody has pressed the button
            meanwhile = pages_per_second(instance, event)
            over.set()
    finally:
        over.set()
        requests.delete(f"http://127.0.0.1:{instance.port + 6}/control/faults", timeout=10)

    print(f"\n{undisturbed:.0f} pages/s, {meanwhile:.0f} while {PAYING} buyers waited for a processor that hangs")
    assert set(told) == {503}
    assert meanwhile >= SHARE_MIN * undisturbed
    assert answer_to_paying(buyers[0], checkouts[0]) == 302  # it answers again, and nothing was lost


def reserved(buyer, event):
    """The page on which the buyer is to pay."""
    form = {"occurrence": event["occurrence"], f"quantity-{event['seat']}": "1"}
    answer = buyer.ask("POST", f"/e/{event['slug']}/reserve", form)
    return answer.headers["Location"]


def answer_to_paying(buyer, checkout):
    details = {"name": f"Buyer {buyer.number}", "email": f"buyer{buyer.number}@example.org"}
    headers = {"Host": f"localhost:{buyer.instance.port}"}
    return buyer.browser.post(buyer.site + checkout, details, headers=headers, timeout=30, allow_redirects=False).status_code
