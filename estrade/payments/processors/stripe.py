"""Stripe: Checkout Sessions on one account, through the official SDK. The only file that knows it.

In the demo and in tests the same code speaks to `paysim`, by `STRIPE_API_BASE`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

import stripe
from django.conf import settings

from estrade.base.money import EXPONENTS, Money
from estrade.payments.errors import PaymentRefused, ProcessorUnavailable
from estrade.payments.processors import Notice, Opened, Reading, RefundReading, Request
from estrade.tickets.limits import Limits

T = TypeVar("T")
# The least that a card is charged, in minor units: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts, as read
# in November 2026. Of the dinar it says nothing but that the euro's least holds after conversion, so this one leaves room.
LEAST_MINOR = {
    "EUR": 50, "USD": 50, "GBP": 30, "CHF": 50, "CAD": 50, "DKK": 250, "SEK": 300, "NOK": 300, "PLN": 200, "CZK": 1500, "JPY": 50,
    "TND": 2000,
}  # fmt: skip
MOST_MINOR = 99_999_999  # eight digits
# Card networks know two decimals: amounts of currencies with three have to end in a zero.
THREE_DECIMALS_STEP = 10
SECONDS_MAX = 5
# Stripe's own floor is thirty minutes; our reservation ends before, and then closes the session itself.
SESSION_LIFETIME = timedelta(minutes=31)
# Not `refund.created`: who created it was answered.
_REFUND_CHANGED = {"refund.updated", "refund.failed", "charge.refund.updated"}
_PAID = {"paid", "no_payment_required"}
# At most half of the web threads wait for Stripe at once: when it hangs, the other half still serve pages.
_places = threading.BoundedSemaphore(max(1, settings.WEB_THREADS // 2))
# In a rush another quarter may stand in line for a moment, rather than send buyers away.
_line = threading.BoundedSemaphore(max(1, settings.WEB_THREADS // 4))
IN_LINE_SECONDS = 0.5


@cache
def _client() -> stripe.StripeClient:
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        base_addresses={"api": settings.STRIPE_API_BASE},
        http_client=stripe.RequestsClient(timeout=(2, SECONDS_MAX)),
        max_network_retries=0,
    )


def _ask(call: Callable[[], T]) -> T:
    """`call`, unless too many wait for Stripe already; trouble on the line or at Stripe is ProcessorUnavailable."""
    if not _place_found():
        raise ProcessorUnavailable
    try:
        return call()
    except (stripe.APIConnectionError, stripe.RateLimitError) as trouble:
        raise ProcessorUnavailable from trouble
    except stripe.APIError as trouble:
        if trouble.http_status is None or trouble.http_status >= 500 or trouble.http_status == 409:
            raise ProcessorUnavailable from trouble
        raise
    finally:
        _places.release()


def _place_found() -> bool:
    if _places.acquire(blocking=False):
        return True
    if not _line.acquire(blocking=False):
        return False
    try:
        return _places.acquire(timeout=IN_LINE_SECONDS)
    finally:
        _line.release()


def limits(currency: str) -> Limits:
    """What one payment in `currency` can be."""
    return Limits(LEAST_MINOR[currency], MOST_MINOR, THREE_DECIMALS_STEP if EXPONENTS[currency] == 3 else 1)


class Stripe:
    """The instance's own Stripe account."""

    name = "stripe"

    def limits(self, currency: str) -> Limits:
        """As Stripe's documentation says."""
        return limits(currency)

    def open(self, request: Request) -> Opened:
        """A Checkout Session of one line, the order's total."""
        try:
            return self._create(request)
        except (stripe.InvalidRequestError, stripe.IdempotencyError) as refusal:
            raise PaymentRefused from refusal

    def _create(self, request: Request) -> Opened:
        session = _ask(
            lambda: _client().v1.checkout.sessions.create(
                {
                    "mode": "payment",
                    "line_items": [
                        {
                            "quantity": 1,
                            "price_data": {
                                "currency": request.amount.currency.lower(),
                                "unit_amount": request.amount.minor,
                                "product_data": {"name": request.description},
                            },
                        }
                    ],
                    "client_reference_id": str(request.order),
                    "customer_email": request.email,
                    "locale": "fr" if request.language == "fr" else "en",
                    "metadata": {"order": str(request.order), "payment": str(request.payment)},
                    "payment_intent_data": {
                        "metadata": {"order": str(request.order), "payment": str(request.payment)},
                        "description": request.order_number,
                    },
                    "success_url": request.success_url,
                    "cancel_url": request.cancel_url,
                    # From the id's own time: the same payment asks the same thing however often it asks.
                    "expires_at": int((_made_at(request.payment) + SESSION_LIFETIME).timestamp()),
                },
                {"idempotency_key": f"payment:{request.payment}"},
            )
        )
        return Opened(session.id, session.url or "")

    def read(self, session: str) -> Reading:
        """The session with its charge and what Stripe kept of it."""
        found = _ask(
            lambda: _client().v1.checkout.sessions.retrieve(
                session, {"expand": ["payment_intent.latest_charge.balance_transaction"]}
            )
        )
        return _reading(found)

    def close(self, session: str) -> None:
        """Expire the session; one that is complete or expired stays as it is."""
        try:
            _ask(lambda: _client().v1.checkout.sessions.expire(session))
        except stripe.InvalidRequestError:
            return

    def refund(self, refund: UUID, processor_payment: str, amount: Money) -> RefundReading:
        """A refund of `amount` out of the payment intent.

        Stripe keeps idempotency keys for a day or so; a repeat after that would be a second refund, so the
        refunds of this payment are looked through first.
        """
        for known in _ask(lambda: _client().v1.refunds.list({"payment_intent": processor_payment, "limit": 100})).data:
            if known.metadata and "refund" in known.metadata and known.metadata["refund"] == str(refund):
                return _refund_reading(known)
        try:
            made = _ask(
                lambda: _client().v1.refunds.create(
                    {"payment_intent": processor_payment, "amount": amount.minor, "metadata": {"refund": str(refund)}},
                    {"idempotency_key": f"refund:{refund}"},
                )
            )
        except stripe.InvalidRequestError as refusal:
            # Asking again does not help: the charge is disputed, too old, given back by hand in Stripe's dashboard.
            return RefundReading("failed", "", failure=refusal.code or "refused", ours=refund)
        return _refund_reading(made)

    def read_refund(self, refund: str) -> RefundReading | None:
        """The refund as it is now: what had succeeded may have come back from the buyer's bank."""
        try:
            return _refund_reading(_ask(lambda: _client().v1.refunds.retrieve(refund)))
        except stripe.InvalidRequestError as refusal:
            if refusal.code == "resource_missing":
                return None
            raise

    def pages_origin(self) -> str:
        """Where the buyer is sent to pay: Stripe's own pages, or those of the simulator."""
        return settings.STRIPE_PAGES_ORIGIN

    def verify(self, body: bytes, signature: str) -> Notice | None:
        """The event in `body`, if Stripe signed exactly these bytes in the last five minutes."""
        try:
            stripe.WebhookSignature.verify_header(body.decode(), signature, settings.STRIPE_WEBHOOK_SECRET, tolerance=300)
            event = json.loads(body)
        except (stripe.SignatureVerificationError, ValueError):
            return None
        about = event["data"]["object"]
        if about.get("object") == "checkout.session":
            return Notice(event["id"], event["type"], session=about["id"])
        if about.get("object") == "refund" and event["type"] in _REFUND_CHANGED:
            return Notice(event["id"], event["type"], refund=about["id"])
        return Notice(event["id"], event["type"])


def _made_at(payment: UUID) -> datetime:
    """When a payment's id was made: the first 48 bits of a UUID version 7 are milliseconds."""
    return datetime.fromtimestamp((payment.int >> 80) / 1000, tz=UTC)


def _reading(session: Any) -> Reading:
    intent = session.payment_intent
    if session.status == "complete" and session.payment_status in _PAID and intent:
        charge = intent.latest_charge
        balance = getattr(charge, "balance_transaction", None)
        return Reading(
            "succeeded",
            Money(int(session.amount_total), session.currency.upper()),
            intent.id,
            processing_fee_minor=getattr(balance, "fee", None),
        )
    if session.status == "expired":
        return Reading("expired")
    return Reading("open", pay_url=session.url or "")


def _refund_reading(refund: Any) -> RefundReading:
    states = {"succeeded": "succeeded", "failed": "failed", "canceled": "failed"}
    state = states.get(refund.status, "requested")
    failure = getattr(refund, "failure_reason", None) or refund.status if state == "failed" else ""
    return RefundReading(state, refund.id, failure=failure, ours=_ours(refund.metadata))


def _ours(metadata: Any) -> UUID | None:
    try:
        return UUID(metadata["refund"])
    except (KeyError, TypeError, ValueError):  # made by hand in Stripe's dashboard
        return None


processor = Stripe()
