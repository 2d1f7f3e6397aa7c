"""Checkout Sessions and what they lead to, through the official SDK."""

import time

import pytest
import stripe

from paysim.tests.conftest import order


def test_a_new_session_is_open_unpaid_and_has_a_page(session):
    assert session.object == "checkout.session"
    assert session.id.startswith("cs_test_")
    assert (session.status, session.payment_status, session.mode) == ("open", "unpaid", "payment")
    assert (session.amount_total, session.currency) == (5000, "eur")
    assert session.payment_intent is None
    assert session.url.endswith(f"/pay/{session.id}")
    assert session.client_reference_id == "order-1"
    assert session.metadata.to_dict() == {"order": "1", "7": "seven"}
    assert session.customer_details.email == "bob@example.org"
    assert session.livemode is False


def test_an_answer_names_its_request_and_version(session):
    assert session.last_response.headers["Request-Id"].startswith("req_")
    assert session.last_response.headers["Stripe-Version"] == stripe.api_version


def test_a_session_lives_a_day_unless_it_says_otherwise(stripe_client):
    values = order()
    del values["expires_at"]

    session = stripe_client.v1.checkout.sessions.create(values)

    assert session.expires_at == session.created + 86_400


@pytest.mark.parametrize(("seconds", "words"), [(1_700, "at least 30 minutes"), (86_500, "less than 24 hours")])
def test_a_session_lives_between_thirty_minutes_and_a_day(stripe_client, seconds, words):
    with pytest.raises(stripe.InvalidRequestError, match=words) as refusal:
        stripe_client.v1.checkout.sessions.create(order(expires_at=int(time.time()) + seconds))

    assert refusal.value.param == "expires_at"


def _with_price(**price):
    data = {"currency": "eur", "unit_amount": 2500, "product_data": {"name": "Seat"}} | price
    return {"line_items": [{"quantity": 1, "price_data": {key: value for key, value in data.items() if value is not None}}]}


@pytest.mark.parametrize(
    ("changes", "param", "code"),
    [
        ({"line_items": []}, "line_items", "parameter_missing"),
        ({"mode": "subscription"}, "mode", None),
        ({"colour": "red"}, "colour", "parameter_unknown"),
        ({"payment_intent_data": {"colour": "red"}}, "payment_intent_data[colour]", "parameter_unknown"),
        ({"success_url": "orders/1"}, "success_url", "url_invalid"),
        ({"success_url": "javascript:alert(1)"}, "success_url", "url_invalid"),
        ({"customer_email": "bob"}, "customer_email", "email_invalid"),
        ({"client_reference_id": ""}, "client_reference_id", "parameter_invalid_empty"),
        ({"locale": "tlh"}, "locale", None),
        ({"metadata": {"a": "x" * 501}}, "metadata", None),
        ({"metadata": {f"key{n}": "x" for n in range(51)}}, "metadata", None),
        (_with_price(unit_amount="ten"), "line_items[0][price_data][unit_amount]", "parameter_invalid_integer"),
        (_with_price(unit_amount=-1), "line_items[0][price_data][unit_amount]", "parameter_invalid_integer"),
        (_with_price(unit_amount=49), "line_items", "amount_too_small"),
        (_with_price(unit_amount=100_000_000), "line_items", "amount_too_large"),
        (_with_price(currency="euro"), "line_items[0][price_data][currency]", None),
        (_with_price(product_data=None), "line_items[0][price_data][product_data]", "parameter_missing"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(stripe_client, changes, param, code):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        stripe_client.v1.checkout.sessions.create(order(**changes))

    assert refusal.value.http_status == 400
    assert refusal.value.error.type == "invalid_request_error"
    assert (refusal.value.param, refusal.value.code) == (param, code)


def test_one_session_has_one_currency(stripe_client):
    lines = order()["line_items"]
    lines.append({"quantity": 1, "price_data": {"currency": "usd", "unit_amount": 100, "product_data": {"name": "Mug"}}})

    with pytest.raises(stripe.InvalidRequestError, match="different currencies"):
        stripe_client.v1.checkout.sessions.create(order(line_items=lines))


def test_what_is_paid_can_be_read_back_down_to_the_fee(stripe_client, paid):
    session = stripe_client.v1.checkout.sessions.retrieve(
        paid.id, {"expand": ["payment_intent.latest_charge.balance_transaction", "line_items"]}
    )

    intent = session.payment_intent
    charge = intent.latest_charge
    movement = charge.balance_transaction
    assert (session.status, session.payment_status, session.url) == ("complete", "paid", None)
    assert intent.id.startswith("pi_")
    assert (intent.object, intent.status, intent.amount_received) == ("payment_intent", "succeeded", 5000)
    assert intent.metadata["order"] == charge.metadata["order"] == "1"
    assert charge.id.startswith("ch_")
    assert (charge.object, charge.status, charge.paid, charge.captured, charge.refunded) == (
        "charge",
        "succeeded",
        True,
        True,
        False,
    )
    assert charge.outcome.network_status == "approved_by_network"
    assert charge.payment_method_details.card.last4 == "4242"
    assert movement.id.startswith("txn_")
    assert (movement.amount, movement.fee, movement.net, movement.type) == (5000, 100, 4900, "charge")
    assert movement.fee_details[0].amount == 100
    assert movement.status == "pending"
    assert [(line.description, line.quantity, line.amount_total) for line in session.line_items] == [("Seat & <show>", 2, 5000)]


def test_line_items_can_be_listed(stripe_client, session):
    lines = stripe_client.v1.checkout.sessions.line_items.list(session.id)

    assert [line.price.unit_amount for line in lines.data] == [2500]


def test_a_fee_may_be_known_later_than_the_payment(stripe_client, control, session):
    control("PUT", "bank", fee_late_s=60)
    control("POST", f"sessions/{session.id}/approve")
    intent_id = stripe_client.v1.checkout.sessions.retrieve(session.id).payment_intent
    expand = {"expand": ["latest_charge.balance_transaction"]}

    before = stripe_client.v1.payment_intents.retrieve(intent_id, expand).latest_charge.balance_transaction
    control("PUT", "clock", advance_s=61)
    after = stripe_client.v1.payment_intents.retrieve(intent_id, expand).latest_charge.balance_transaction

    assert before is None
    assert after.fee == 100


def test_nothing_is_paid_for_a_session_of_nothing(stripe_client, control):
    session = stripe_client.v1.checkout.sessions.create(order(**_with_price(unit_amount=0)))

    control("POST", f"sessions/{session.id}/approve")

    session = stripe_client.v1.checkout.sessions.retrieve(session.id)
    assert (session.status, session.payment_status, session.payment_intent) == ("complete", "no_payment_required", None)


def test_a_declined_card_is_on_record_and_another_try_succeeds(stripe_client, control, session):
    control("POST", f"sessions/{session.id}/decline", code="insufficient_funds")

    declined = stripe_client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    control("POST", f"sessions/{session.id}/approve")
    charges = stripe_client.v1.charges.list({"payment_intent": declined.payment_intent.id}).data

    assert (declined.status, declined.payment_status) == ("open", "unpaid")
    assert declined.payment_intent.status == "requires_payment_method"
    assert declined.payment_intent.last_payment_error.decline_code == "insufficient_funds"
    assert declined.payment_intent.latest_charge.outcome.type == "issuer_declined"
    assert [charge.status for charge in charges] == ["succeeded", "failed"]


def test_an_open_session_can_be_ended_and_then_not_paid(stripe_client, control, session):
    expired = stripe_client.v1.checkout.sessions.expire(session.id)

    assert (expired.status, expired.url) == ("expired", None)
    assert control.refused("POST", f"sessions/{session.id}/approve")[0] == 409


def test_a_paid_session_cannot_be_ended(stripe_client, paid):
    with pytest.raises(stripe.InvalidRequestError, match="status of `complete`"):
        stripe_client.v1.checkout.sessions.expire(paid.id)


def test_a_session_ends_by_itself_when_its_time_is_over(stripe_client, control, session):
    control("POST", f"sessions/{session.id}/decline")

    control("PUT", "clock", advance_s=1_900)

    session = stripe_client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert session.status == "expired"
    assert session.payment_intent.status == "canceled"


def test_a_payment_the_bank_sits_on_outlives_the_session_and_may_still_succeed(stripe_client, control, session):
    control("POST", f"sessions/{session.id}/never")
    control("PUT", "clock", advance_s=1_900)

    with pytest.raises(stripe.InvalidRequestError, match="being processed"):
        stripe_client.v1.checkout.sessions.expire(session.id)
    waiting = stripe_client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    control("POST", f"sessions/{session.id}/approve")

    assert (waiting.status, waiting.payment_intent.status) == ("open", "processing")
    assert stripe_client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_a_payment_the_bank_refuses_too_late_ends_the_session(stripe_client, control, session):
    control("POST", f"sessions/{session.id}/never")
    control("PUT", "clock", advance_s=1_900)

    control("POST", f"sessions/{session.id}/decline")

    assert stripe_client.v1.checkout.sessions.retrieve(session.id).status == "expired"


def test_metadata_can_be_changed_key_by_key(stripe_client, session):
    changed = stripe_client.v1.checkout.sessions.update(session.id, {"metadata": {"seen": "yes"}})

    assert changed.metadata.to_dict() == {"order": "1", "7": "seven", "seen": "yes"}


def test_what_does_not_exist_is_not_found(stripe_client):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        stripe_client.v1.checkout.sessions.retrieve("cs_test_nothing")

    assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")


def test_an_address_stripe_does_not_have_is_refused(stripe_client):
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        stripe_client.v1.customers.list()


@pytest.mark.parametrize("path", ["colour", "payment_intent.latest_charge.balance_transaction.source.refunds"])
def test_only_what_can_be_expanded_is_expanded(stripe_client, paid, path):
    with pytest.raises(stripe.InvalidRequestError, match="expand"):
        stripe_client.v1.checkout.sessions.retrieve(paid.id, {"expand": [path]})


@pytest.mark.parametrize("key", ["sk_live_mallory", "mallory"])
def test_a_key_that_is_not_a_test_key_is_refused(stripe_client, key):
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key") as refusal:
        stripe_client.v1.checkout.sessions.list(options={"api_key": key})

    assert key not in str(refusal.value)


def test_an_account_behind_the_key_is_refused(stripe_client):
    with pytest.raises(stripe.PermissionError):
        stripe_client.v1.checkout.sessions.list(options={"stripe_account": "acct_mallory"})
