"""What the simulator remembers. A record never changes: a change puts a new one in its place, so keeping one is a snapshot."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

JsonObject = dict[str, Any]


class LineItem(TypedDict):
    """One row of what is bought; `unit_amount` in the currency's smallest unit."""

    id: str
    name: str
    description: str | None
    unit_amount: int
    quantity: int
    product: str
    price: str


@dataclass(frozen=True)
class Record:
    """Something that has an id and a place in a list ordered by creation."""

    kind: ClassVar[str]

    id: str
    created: int


@dataclass(frozen=True)
class CheckoutSession(Record):
    """One visit to the hosted payment page."""

    kind = "checkout.session"

    amount_total: int
    currency: str
    line_items: Sequence[LineItem]
    success_url: str
    cancel_url: str | None
    expires_at: int
    client_reference_id: str | None
    customer_email: str | None
    locale: str | None
    metadata: Mapping[str, str]
    intent_metadata: Mapping[str, str]
    intent_description: str | None
    submit_type: str | None = None
    status: str = "open"
    payment_status: str = "unpaid"
    payment_intent: str | None = None

    @property
    def session(self) -> str:
        """The session all that follows belongs to: itself."""
        return self.id


@dataclass(frozen=True)
class PaymentIntent(Record):
    """The payment of one session, over all its attempts."""

    kind = "payment_intent"

    session: str
    amount: int
    currency: str
    metadata: Mapping[str, str]
    description: str | None
    receipt_email: str | None
    status: str = "requires_payment_method"
    amount_received: int = 0
    latest_charge: str | None = None
    last_payment_error: Mapping[str, Any] | None = None
    settles_at: float | None = None
    canceled_at: int | None = None
    cancellation_reason: str | None = None


@dataclass(frozen=True)
class Charge(Record):
    """One attempt to take money from a card."""

    kind = "charge"

    session: str
    payment_intent: str
    amount: int
    currency: str
    metadata: Mapping[str, str]
    description: str | None
    receipt_email: str | None
    status: str = "succeeded"
    is_authenticated: bool = False
    amount_refunded: int = 0
    refunds: Sequence[str] = ()
    failure_code: str | None = None
    decline_code: str | None = None
    balance_transaction: str | None = None


@dataclass(frozen=True)
class Refund(Record):
    """Money of a charge that goes back."""

    kind = "refund"

    session: str
    charge: str
    payment_intent: str
    amount: int
    currency: str
    reason: str | None
    metadata: Mapping[str, str]
    status: str = "succeeded"
    balance_transaction: str | None = None
    failure_reason: str | None = None
    failure_balance_transaction: str | None = None
    comes_back_at: float | None = None  # when the buyer's bank sends it back, as ordered by a test


@dataclass(frozen=True)
class BalanceTransaction(Record):
    """One movement on the balance: `amount` gross, `fee` kept by the processor, both in smallest units."""

    kind = "balance_transaction"

    amount: int
    fee: int
    currency: str
    source: str
    type: str
    available_on: int
    description: str | None = None


@dataclass(frozen=True)
class Callback(Record):
    """What is told to the merchant (Stripe's word is event): its type and what the subject looked like at that moment."""

    kind = "event"

    type: str
    subject: Record
    session: str
    previous: Mapping[str, Any] | None = None
    request_id: str | None = None
    idempotency_key: str | None = None
    is_pending: bool = True


@dataclass(frozen=True)
class Answer(Record):
    """The stored answer to an idempotency key; the key is the id."""

    kind = "answer"

    path: str
    fingerprint: str
    status: int
    body: str
    request_id: str
    headers: Mapping[str, str] = field(default_factory=dict)


KINDS: dict[str, type[Record]] = {
    kind.kind: kind for kind in (CheckoutSession, PaymentIntent, Charge, Refund, BalanceTransaction, Callback, Answer)
}
