"""Refunds, through the official SDK."""

import pytest
import stripe


def test_a_payment_can_be_refunded_whole(stripe_client, paid):
    refund = stripe_client.v1.refunds.create(
        {"payment_intent": paid.payment_intent, "metadata": {"order": "1"}, "expand": ["charge", "balance_transaction"]}
    )

    assert refund.id.startswith("re_")
    assert (refund.object, refund.amount, refund.status, refund.currency) == ("refund", 5000, "succeeded", "eur")
    assert refund.metadata["order"] == "1"
    assert (refund.charge.amount_refunded, refund.charge.refunded) == (5000, True)
    assert (refund.balance_transaction.amount, refund.balance_transaction.fee) == (-5000, 0)


def test_a_payment_can_be_refunded_in_parts_and_never_beyond(stripe_client, paid):
    intent = paid.payment_intent
    stripe_client.v1.refunds.create({"payment_intent": intent, "amount": 2000, "reason": "requested_by_customer"})

    with pytest.raises(stripe.InvalidRequestError, match=r"Refund amount \(€30.01\) is greater than unrefunded amount") as refusal:
        stripe_client.v1.refunds.create({"payment_intent": intent, "amount": 3001})
    rest = stripe_client.v1.refunds.create({"payment_intent": intent})
    with pytest.raises(stripe.InvalidRequestError) as second_refusal:
        stripe_client.v1.refunds.create({"payment_intent": intent})

    assert refusal.value.param == "amount"
    assert rest.amount == 3000
    assert second_refusal.value.code == "charge_already_refunded"
    charge = stripe_client.v1.charges.retrieve(rest.charge, {"expand": ["refunds"]})
    assert [refund.amount for refund in charge.refunds.data] == [3000, 2000]


def test_what_was_not_paid_cannot_be_refunded(stripe_client, control, session):
    control("POST", f"sessions/{session.id}/decline")
    intent = stripe_client.v1.checkout.sessions.retrieve(session.id).payment_intent

    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        stripe_client.v1.refunds.create({"payment_intent": intent})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "payment_intent or charge"),
        ({"payment_intent": "pi_nothing"}, "No such payment_intent"),
        ({"charge": "ch_nothing"}, "No such charge"),
        ({"payment_intent": "paid", "amount": 0}, "greater than or equal to 1"),
        ({"payment_intent": "paid", "reason": "boredom"}, "must be one of"),
        ({"payment_intent": "paid", "colour": "red"}, "unknown parameter"),
    ],
)
def test_a_wrong_refund_is_refused(stripe_client, paid, values, words):
    if values.get("payment_intent") == "paid":
        values = {**values, "payment_intent": paid.payment_intent}

    with pytest.raises(stripe.InvalidRequestError, match=words):
        stripe_client.v1.refunds.create(values)

    assert stripe_client.v1.refunds.list().data == []


def test_a_refund_the_bank_sends_back_is_on_the_balance_again(stripe_client, control, paid):
    refund = stripe_client.v1.refunds.create({"payment_intent": paid.payment_intent})

    control("POST", f"refunds/{refund.id}/fail")

    refund = stripe_client.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction", "charge"]})
    assert (refund.status, refund.failure_reason) == ("failed", "expired_or_canceled_card")
    assert refund.failure_balance_transaction.amount == 5000
    assert refund.charge.refunded is False


def test_a_refund_can_be_ordered_to_come_back_days_later(stripe_client, control, paid):
    control("PUT", "bank", refunds_come_back_s=5 * 86_400)
    refund = stripe_client.v1.refunds.create({"payment_intent": paid.payment_intent})
    control("PUT", "bank", refunds_come_back_s=None)

    control("PUT", "clock", advance_s=4 * 86_400)
    assert stripe_client.v1.refunds.retrieve(refund.id).status == "succeeded"
    control("PUT", "clock", advance_s=2 * 86_400)

    refund = stripe_client.v1.refunds.retrieve(refund.id)
    assert (refund.status, refund.failure_reason) == ("failed", "expired_or_canceled_card")
    told = [event.type for event in stripe_client.v1.events.list({"limit": 3}).data]
    assert sorted(told) == ["charge.refund.updated", "refund.failed", "refund.updated"]
    again = stripe_client.v1.refunds.create({"payment_intent": paid.payment_intent})
    assert again.status == "succeeded"
