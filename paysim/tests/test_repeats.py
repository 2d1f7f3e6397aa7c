"""Idempotency keys and failures of the API, through the official SDK."""

import threading
import time

import pytest
import stripe

from paysim.tests.conftest import order

KEY = {"idempotency_key": "payment:1"}


def test_the_same_key_gives_the_same_answer(stripe_client):
    values = order()

    first = stripe_client.v1.checkout.sessions.create(values, KEY)
    second = stripe_client.v1.checkout.sessions.create(values, KEY)

    assert first.to_dict() == second.to_dict()
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert second.last_response.headers["Idempotent-Replayed"] == "true"
    assert second.last_response.headers["Original-Request"] == first.last_response.request_id
    assert len(stripe_client.v1.checkout.sessions.list().data) == 1


def test_the_same_key_with_other_parameters_is_refused(stripe_client):
    stripe_client.v1.checkout.sessions.create(order(), KEY)

    with pytest.raises(stripe.IdempotencyError) as refusal:
        stripe_client.v1.checkout.sessions.create(order(client_reference_id="order-2"), KEY)

    assert (refusal.value.http_status, refusal.value.error.type) == (400, "idempotency_error")


def test_the_same_key_elsewhere_is_refused(stripe_client, paid):
    stripe_client.v1.checkout.sessions.create(order(), KEY)

    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        stripe_client.v1.refunds.create({"payment_intent": paid.payment_intent}, KEY)


def test_a_refusal_that_began_to_execute_is_kept(stripe_client, control, session):
    control("POST", f"sessions/{session.id}/approve")
    intent = stripe_client.v1.checkout.sessions.retrieve(session.id).payment_intent
    values = {"payment_intent": intent, "amount": 9000}

    with pytest.raises(stripe.InvalidRequestError) as first:
        stripe_client.v1.refunds.create(values, KEY)
    with pytest.raises(stripe.InvalidRequestError) as second:
        stripe_client.v1.refunds.create(values, KEY)

    assert first.value.json_body == second.value.json_body
    assert second.value.headers["Idempotent-Replayed"] == "true"


def test_a_refusal_of_parameters_is_not_kept(stripe_client):
    with pytest.raises(stripe.InvalidRequestError):
        stripe_client.v1.checkout.sessions.create(order(mode="setup"), KEY)

    assert stripe_client.v1.checkout.sessions.create(order(), KEY).status == "open"


def test_a_key_is_forgotten_after_a_day(stripe_client, control):
    values = order(expires_at=int(time.time()) + 86_400 + 7_200)
    del values["expires_at"]
    first = stripe_client.v1.checkout.sessions.create(values, KEY)

    control("PUT", "clock", advance_s=86_401)

    assert stripe_client.v1.checkout.sessions.create(values, KEY).id != first.id


def test_a_key_in_use_is_refused_until_the_first_is_done(stripe_client, control):
    values = order()
    control("POST", "faults", kind="delay", delay_ms=700)
    done = []
    first = threading.Thread(target=lambda: done.append(stripe_client.v1.checkout.sessions.create(values, KEY)))
    first.start()
    time.sleep(0.25)

    with pytest.raises(stripe.APIError) as refusal:
        stripe_client.v1.checkout.sessions.create(values, KEY)
    first.join()

    assert (refusal.value.http_status, refusal.value.error.code) == (409, "idempotency_key_in_use")
    assert stripe_client.v1.checkout.sessions.create(values, KEY).id == done[0].id


def test_many_with_one_key_make_one_session(stripe_client):
    values = order()
    barrier = threading.Barrier(12)
    ids, refusals = [], []

    def create():
        barrier.wait()
        try:
            ids.append(stripe_client.v1.checkout.sessions.create(values, KEY).id)
        except stripe.APIError as refusal:
            refusals.append(refusal.error.code)

    threads = [threading.Thread(target=create) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(ids)) == 1
    assert set(refusals) <= {"idempotency_key_in_use"}
    assert len(stripe_client.v1.checkout.sessions.list().data) == 1


def test_a_failure_before_the_effect_leaves_nothing_and_the_key_free(stripe_client, control):
    values = order()
    control("POST", "faults", kind="error", when="before", method="POST", path="/v1/checkout/sessions")

    with pytest.raises(stripe.APIError) as failure:
        stripe_client.v1.checkout.sessions.create(values, KEY)

    assert failure.value.http_status == 500
    assert stripe_client.v1.checkout.sessions.list().data == []
    assert stripe_client.v1.checkout.sessions.create(values, KEY).status == "open"


def test_a_failure_after_the_effect_is_what_the_key_remembers(stripe_client, control):
    values = order()
    control("POST", "faults", kind="error", when="after", path="/v1/checkout/*")

    for _ in range(2):
        with pytest.raises(stripe.APIError) as failure:
            stripe_client.v1.checkout.sessions.create(values, KEY)

    assert failure.value.headers["Idempotent-Replayed"] == "true"
    assert failure.value.headers["Stripe-Should-Retry"] == "false"
    assert [session.client_reference_id for session in stripe_client.v1.checkout.sessions.list().data] == ["order-1"]


def test_an_answer_lost_after_the_effect_can_be_asked_for_again(stripe_client, control):
    values = order()
    control("POST", "faults", kind="drop", when="after", method="POST")

    with pytest.raises(stripe.APIConnectionError):
        stripe_client.v1.checkout.sessions.create(values, KEY)

    again = stripe_client.v1.checkout.sessions.create(values, KEY)
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(stripe_client.v1.checkout.sessions.list().data) == 1


@pytest.mark.parametrize(("when", "sessions"), [("before", 0), ("after", 1)])
def test_a_call_that_hangs_ends_with_the_callers_patience(simulator, stripe_client, control, when, sessions):
    control("POST", "faults", kind="hang", when=when, method="POST")
    http_client = stripe.RequestsClient(timeout=0.3)
    impatient = stripe.StripeClient(
        "sk_test_alice", base_addresses={"api": f"http://127.0.0.1:{simulator.port}"}, http_client=http_client
    )

    with pytest.raises(stripe.APIConnectionError):
        impatient.v1.checkout.sessions.create(order(), {**KEY, "max_network_retries": 0})
    http_client.close()

    assert len(stripe_client.v1.checkout.sessions.list().data) == sessions


def test_a_limit_can_be_hit(stripe_client, control):
    control("POST", "faults", kind="error", status=429)

    with pytest.raises(stripe.RateLimitError):
        stripe_client.v1.checkout.sessions.list()

    assert stripe_client.v1.checkout.sessions.list().data == []


def test_a_failure_happens_as_often_as_it_was_ordered(stripe_client, control):
    control("POST", "faults", kind="error", status=503, calls=2, path="/v1/charges")

    for _ in range(2):
        with pytest.raises(stripe.APIError):
            stripe_client.v1.charges.list()

    assert stripe_client.v1.charges.list().data == []
    assert control("GET", "faults") == []
    assert control("GET", "calls") == {"GET /v1/charges": 3}
