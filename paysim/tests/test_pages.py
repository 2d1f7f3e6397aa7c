"""The payment page, as Bob presses his way through it."""

import time

import pytest

from paysim.tests.conftest import call, order


def test_the_page_says_what_is_bought_and_that_it_is_a_simulator(bobs_browser, session):
    status, headers, text = bobs_browser.open(session.url)

    assert status == 200
    assert '<html lang="en">' in text
    assert "no real money" in text
    assert "€50.00" in text
    assert "Seat &amp; &lt;show&gt;" in text
    assert "<script" not in text
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "form-action 'self' http://localhost:8000;" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(("locale", "accepted"), [("fr", "en"), ("auto", "fr-LU,fr;q=0.9,en;q=0.5"), (None, "de,fr;q=0.9")])
def test_the_page_speaks_french(stripe_client, bobs_browser, locale, accepted):
    session = stripe_client.v1.checkout.sessions.create(order(**({"locale": locale} if locale else {})))

    _, _, text = bobs_browser.open(session.url, **{"Accept-Language": accepted})

    assert '<html lang="fr">' in text
    assert "50,00\u00a0€" in text


def test_approving_pays_and_goes_to_the_merchant(stripe_client, bobs_browser, session):
    status, headers, _ = bobs_browser.press(session.url, "approve")

    assert (status, headers["Location"]) == (303, f"http://localhost:8000/orders/1?session={session.id}")
    assert stripe_client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_pressing_twice_pays_once(stripe_client, bobs_browser, session):
    answers = [bobs_browser.press(session.url, "approve") for _ in range(2)]

    assert {(status, headers["Location"]) for status, headers, _ in answers} == {
        (303, f"http://localhost:8000/orders/1?session={session.id}")
    }
    assert len(stripe_client.v1.charges.list().data) == 1


def test_a_declined_card_stays_on_the_page_and_can_be_tried_again(stripe_client, bobs_browser, session):
    status, headers, _ = bobs_browser.press(session.url, "decline")
    _, _, text = bobs_browser.open(headers["Location"])
    bobs_browser.press(session.url, "approve")

    assert status == 303
    assert 'role="alert"' in text
    assert "The card was declined." in text
    assert [charge.status for charge in stripe_client.v1.charges.list().data] == ["succeeded", "failed"]


def test_extra_authentication_is_a_second_page(stripe_client, bobs_browser, session):
    bobs_browser.press(session.url, "authenticate")
    _, _, asked = bobs_browser.open(session.url)
    bobs_browser.press(session.url, "fail")
    _, _, failed = bobs_browser.open(session.url)
    bobs_browser.press(session.url, "authenticate")
    bobs_browser.press(session.url, "approve")

    charges = stripe_client.v1.charges.list().data
    assert "Your bank wants to be sure" in asked
    assert "could not confirm" in failed
    assert [charge.payment_method_details.card.three_d_secure.result for charge in charges] == ["authenticated"]


def test_a_slow_bank_keeps_the_page_waiting_and_then_goes_on(bobs_browser, session):
    bobs_browser.press(session.url, "slow")
    waiting, headers, text = bobs_browser.open(session.url)
    time.sleep(0.5)
    status, later, _ = bobs_browser.open(session.url)

    assert (waiting, headers["Refresh"]) == (200, "2")
    assert "Waiting for the bank" in text
    assert (status, later["Location"]) == (303, f"http://localhost:8000/orders/1?session={session.id}")


def test_a_bank_that_never_answers_sends_bob_back_unpaid(stripe_client, bobs_browser, session):
    status, headers, _ = bobs_browser.press(session.url, "never")
    _, _, text = bobs_browser.open(session.url)

    found = stripe_client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (status, headers["Location"].startswith("http://localhost:8000/orders/1")) == (303, True)
    assert (found.status, found.payment_status, found.payment_intent.status) == ("open", "unpaid", "processing")
    assert "has not answered yet" in text


def test_cancelling_goes_back_and_leaves_the_session_open(stripe_client, bobs_browser, session):
    status, headers, _ = bobs_browser.press(session.url, "cancel")

    assert (status, headers["Location"]) == (303, "http://localhost:8000/orders/1/cancel")
    assert stripe_client.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_an_expired_page_says_so_and_takes_no_money(stripe_client, bobs_browser, session):
    stripe_client.v1.checkout.sessions.expire(session.id)

    bobs_browser.press(session.url, "approve")
    status, _, text = bobs_browser.open(session.url)

    assert status == 410
    assert "expired" in text
    assert stripe_client.v1.charges.list().data == []


def test_a_page_that_does_not_exist_says_so(bobs_browser):
    status, _, text = bobs_browser.open("/pay/cs_test_nothing")

    assert status == 404
    assert "no such payment page" in text


def test_controls_are_not_for_pages_of_the_web(simulator, control):
    for headers in ({"Origin": "http://mallory.example"}, {"Host": f"mallory.example:{simulator.port}"}):
        status, _, _ = call(simulator.port, "POST", "/control/reset", headers=headers)

        assert status == 403
