"""What is asked too often is refused, per token, per network and per subject, and says when to come back."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from tests.api.test_operations import is_problem


def until_refused(ask, most):
    """How many were answered before the first refusal, and that refusal."""
    for number in range(most):
        answer = ask(number)
        if answer.status_code == 429:
            return number, answer
    return most, None


def test_a_token_is_limited_and_told_when_to_come_back(program, monkeypatch):
    from estrade.site import api

    monkeypatch.setattr(api, "PER_MINUTE", 5)
    answered, refusal = until_refused(lambda _: program.ask("GET", "/me"), 10)

    assert answered == 5
    document = is_problem(refusal, 429, "too_many_requests")
    assert 1 <= int(refusal["Retry-After"]) == document["retry_after"] <= 60


def test_another_token_is_not_held_up(program, house, alice, monkeypatch):
    from estrade.site import api
    from estrade.users import actions
    from tests.api.conftest import Program

    monkeypatch.setattr(api, "PER_MINUTE", 3)
    until_refused(lambda _: program.ask("GET", "/me"), 10)

    assert Program(actions.create_token(house, "Other", ["events:read"], alice)[1]).ask("GET", "/me").status_code == 200


@pytest.fixture
def found_order(concert, evening, free_type, noon):
    from estrade.payments.actions import record_external_order
    from estrade.tickets import actions
    from estrade.tickets.actions.orders import Buyer
    from estrade.tickets.pricing import Choice

    actions.open_sale(concert)
    return record_external_order(evening.pk, [Choice(free_type.pk, 1)], Buyer("Bob", "bob@example.org", "en"), "", noon)[0]


def find(email, address="192.0.2.1"):
    return Client(headers={"x-forwarded-for": address}).post("/find-order", {"email": email})


def test_the_look_up_answers_alike_and_does_alike_whether_or_not_there_is_an_order(found_order):
    known, unknown = find("bob@example.org"), find("zoe@example.org")

    assert known.status_code == unknown.status_code == 200
    without = [re.sub(r'value="\w{64}"|(bob|zoe)@example.org', "", answer.content.decode()) for answer in (known, unknown)]
    assert without[0] == without[1]
    assert ProcrastinateJob.objects.filter(task_name="tickets.mail_order_links").count() == 2


def test_the_look_up_is_limited_for_an_address_from_wherever_it_is_asked(found_order):
    answered, refusal = until_refused(lambda number: find("bob@example.org", f"192.0.2.{number}"), 30)

    assert (answered, refusal is not None) == (5, True)


def test_the_look_up_is_limited_for_a_network_whatever_it_asks(db):
    answered, refusal = until_refused(lambda number: find(f"somebody{number}@example.org"), 60)

    assert (answered, refusal is not None) == (20, True)


def test_a_limit_of_the_look_up_says_nothing_of_orders(found_order):
    def last(email):
        return until_refused(lambda number: find(email, f"192.0.2.{number}"), 30)[0]

    assert last("bob@example.org") == last("zoe@example.org")


def test_an_address_in_ipv6_counts_for_its_network(db):
    answered, refusal = until_refused(lambda number: find(f"somebody{number}@example.org", f"2001:db8::{number + 1:x}"), 60)

    assert (answered, refusal is not None) == (20, True)


def test_what_a_visitor_writes_into_the_header_does_not_make_them_somebody_else(db):
    """Only the last address is front's own word."""
    answered, _refusal = until_refused(lambda number: find(f"s{number}@example.org", f"198.51.100.{number}, 192.0.2.1"), 60)

    assert answered == 20


@pytest.mark.parametrize("email", ["alice@example.org", "nobody.at.all@example.org"])
def test_sign_in_codes_are_limited_for_an_address_whether_or_not_somebody_has_it(alice, email):
    from estrade.users.models import Mail

    for number in range(12):
        Client(headers={"x-forwarded-for": f"192.0.2.{number}"}).post("/account/login/code/", {"email": email})

    assert Mail.objects.filter(to=email).count() == 5


def test_sign_in_codes_are_limited_for_a_network(db):
    from estrade.users.models import Mail

    for number in range(40):
        browser = Client(headers={"x-forwarded-for": "192.0.2.1"})
        browser.post("/account/login/code/", {"email": f"somebody{number}@example.org"})

    assert Mail.objects.count() == 20


def test_a_sign_in_code_cannot_be_guessed_for_long(alice):
    """Three wrong codes, and another has to be asked for."""
    browser = Client()
    browser.post("/account/login/code/", {"email": "alice@example.org"})
    answers = [browser.post("/account/login/code/confirm/", {"code": f"WRONG{number}"}) for number in range(5)]

    assert [answer.status_code for answer in answers].count(200) <= 3
    assert "_auth_user_id" not in browser.session


def test_ticket_links_cannot_be_tried_for_long(db):
    import uuid

    browser = Client(headers={"x-forwarded-for": "192.0.2.1"})
    answered, refusal = until_refused(lambda _: browser.get(f"/t/{uuid.uuid4()}/secret"), 400)

    assert (answered, refusal is not None) == (300, True)


def test_reservations_are_limited_for_a_network(concert, evening, free_type):
    from estrade.tickets import actions

    actions.open_sale(concert)
    browser = Client(headers={"x-forwarded-for": "192.0.2.1"})
    form = {"occurrence": str(evening.pk), f"quantity-{free_type.pk}": "1"}
    answered, refusal = until_refused(lambda _: browser.post(f"/e/{concert.slug}/reserve", form), 200)

    assert (answered, refusal is not None) == (120, True)


def test_the_chat_is_limited_for_a_seat(found_order, evening):
    from django.utils import timezone

    from estrade.rooms import actions
    from estrade.tickets import queries

    actions.open_doors(actions.room_of(evening).pk, timezone.now())
    ticket = queries.tickets_of(found_order.pk)[0]
    browser = Client()
    browser.get(f"/t/{ticket.pk}/{queries.ticket_secret(ticket)}")
    room = browser.get(f"/tickets/{ticket.pk}/enter")["Location"].rpartition("/")[2]
    browser.get(f"/rooms/{room}")
    assert browser.post(f"/api/v1/rooms/{room}/seat", {}, content_type="application/json").status_code == 200

    def say(number):
        return browser.post(f"/api/v1/rooms/{room}/messages", {"text": f"Hello {number}"}, content_type="application/json")

    answered, refusal = until_refused(say, 20)

    assert answered == 5
    is_problem(refusal, 429, "too_many_requests")
