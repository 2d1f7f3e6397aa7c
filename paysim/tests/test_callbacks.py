"""Callbacks (Stripe calls them webhooks), checked by the official SDK."""

import time

import pytest
import stripe

from paysim.tests.conftest import SECRET

PAID = ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]


@pytest.fixture
def approve(control):
    def approve(session):
        control("POST", f"sessions/{session.id}/approve")
        assert control("POST", "webhooks/drain")["is_idle"]

    return approve


def test_a_payment_is_told_and_the_signature_holds(stripe_client, merchant, session, approve):
    approve(session)

    assert merchant.types() == PAID
    payload, signed = merchant.heard[-1]
    event = stripe.Webhook.construct_event(payload, signed, SECRET)
    assert event.data.object.id == session.id
    assert event.data.object.payment_status == "paid"
    assert event.api_version == stripe.api_version
    assert stripe_client.v1.events.retrieve(event.id).pending_webhooks == 0


@pytest.mark.parametrize("secret", ["whsec_mallory", SECRET + "x"])
def test_another_secret_does_not_verify(merchant, session, approve, secret):
    approve(session)

    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(*merchant.heard[0], secret)


def test_a_changed_payload_does_not_verify(merchant, session, approve):
    approve(session)
    payload, signed = merchant.heard[0]

    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(payload.replace(b"5000", b"5001"), signed, SECRET)


def test_a_callback_can_be_sent_with_a_wrong_signature(control, stripe_client, merchant, session, approve):
    approve(session)
    event = stripe_client.v1.events.list().data[0]

    control("POST", "webhooks/send", event=event.id, secret="whsec_mallory")

    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(*merchant.heard[-1], SECRET)


def test_refunds_declines_and_endings_are_told(control, stripe_client, merchant, session):
    other = stripe_client.v1.checkout.sessions.create(
        {"mode": "payment", "line_items": [{"quantity": 1, "price_data": {"currency": "eur", "unit_amount": 100,
         "product_data": {"name": "Mug"}}}], "success_url": "http://localhost:8000/"}
    )  # fmt: skip
    control("POST", f"sessions/{session.id}/decline")
    control("POST", f"sessions/{session.id}/approve")
    intent = stripe_client.v1.checkout.sessions.retrieve(session.id).payment_intent
    stripe_client.v1.refunds.create({"payment_intent": intent}, {"idempotency_key": "refund:1"})
    stripe_client.v1.checkout.sessions.expire(other.id)
    assert control("POST", "webhooks/drain")["is_idle"]

    refunds = ["refund.created", "charge.refunded", "refund.updated"]
    expected = ["payment_intent.payment_failed", "charge.failed", *PAID, *refunds]
    assert [type_ for type_ in merchant.types() if type_ != "checkout.session.expired"] == expected
    assert "checkout.session.expired" in merchant.types()
    event = stripe_client.v1.events.list({"type": "refund.created"}).data[0]
    assert event.request.idempotency_key == "refund:1"


def test_an_event_shows_the_object_as_it_was(control, stripe_client, merchant, paid):
    for _ in range(2):
        stripe_client.v1.refunds.create({"payment_intent": paid.payment_intent, "amount": 100})

    events = stripe_client.v1.events.list({"types": ["charge.refunded"]}).data

    assert [event.data.object.amount_refunded for event in events] == [200, 100]
    assert [event.data.previous_attributes.amount_refunded for event in events] == [100, 0]


def test_a_callback_is_repeated_until_it_is_heard(control, merchant, session):
    control("PUT", "webhooks", retry_ms=20)
    merchant.status = 500
    control("POST", f"sessions/{session.id}/approve")
    time.sleep(0.2)
    merchant.status = 200

    assert control("POST", "webhooks/drain")["is_idle"]
    seen = [stripe.Webhook.construct_event(*heard, SECRET).id for heard in merchant.heard]
    assert len(seen) > len(set(seen)) == 3


def test_callbacks_can_be_doubled(control, merchant, session, approve):
    control("PUT", "webhooks", doubled=1)

    approve(session)

    assert sorted(merchant.types()) == sorted(PAID * 2)


def test_callbacks_can_be_lost_but_are_still_on_record(control, stripe_client, merchant, session, approve):
    control("PUT", "webhooks", lost_next=2)

    approve(session)

    assert merchant.types() == ["checkout.session.completed"]
    assert len(stripe_client.v1.events.list().data) == 3
    assert control("GET", "webhooks")["lost"] == 2


def test_some_types_can_be_lost(control, merchant, session, approve):
    control("PUT", "webhooks", lost=1, types=["checkout.session.completed"])

    approve(session)

    assert merchant.types() == PAID[:2]


def test_callbacks_can_come_in_the_other_order(control, merchant, session, approve):
    control("PUT", "webhooks", reorder_ms=150)

    approve(session)

    assert merchant.types() == PAID[::-1]


def test_callbacks_can_be_late(control, merchant, session):
    control("PUT", "webhooks", late_ms=300)

    control("POST", f"sessions/{session.id}/approve")
    early = merchant.types()

    assert control("POST", "webhooks/drain")["is_idle"]
    assert (early, merchant.types()) == ([], PAID)


@pytest.mark.parametrize(("order", "expected"), [("created", PAID), ("reversed", PAID[::-1])])
def test_callbacks_can_be_held_and_let_go(control, merchant, session, order, expected):
    control("PUT", "webhooks", paused=True)
    control("POST", f"sessions/{session.id}/approve")
    held = control("GET", "webhooks")["held"]

    told = control("POST", "webhooks/flush", order=order)["delivered"]

    assert [one["type"] for one in held] == PAID
    assert [one["type"] for one in told] == merchant.types() == expected
    assert {one["status"] for one in told} == {200}


def test_what_was_held_goes_its_way_when_the_pause_ends(control, merchant, session):
    control("PUT", "webhooks", paused=True)
    control("POST", f"sessions/{session.id}/approve")

    control("PUT", "webhooks", paused=False)

    assert control("POST", "webhooks/drain")["is_idle"]
    assert merchant.types() == PAID
