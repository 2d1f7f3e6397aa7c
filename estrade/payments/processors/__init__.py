"""What we ask of any processor, in our words. One file beside this one for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from estrade.base.money import Money
from estrade.tickets.limits import Limits


@dataclass(frozen=True)
class Request:
    """A payment to be collected: for which order, from whom, and where the buyer comes back to."""

    payment: UUID
    order: UUID
    order_number: str
    description: str
    amount: Money
    email: str
    language: str
    success_url: str
    cancel_url: str


@dataclass(frozen=True)
class Opened:
    """A payment that the buyer can now make, at `pay_url`."""

    session: str
    pay_url: str


@dataclass(frozen=True)
class Reading:
    """What the processor says of a payment, read from it at this moment."""

    state: str  # open, succeeded, failed, expired
    amount: Money | None = None
    processor_payment: str = ""
    pay_url: str = ""
    processing_fee_minor: int | None = None


@dataclass(frozen=True)
class RefundReading:
    """What the processor says of a refund."""

    state: str  # requested (on its way), succeeded, failed
    refund: str  # empty: it did not take the refund
    failure: str = ""  # its word for why
    ours: UUID | None = None  # our id of it, as the processor keeps it


@dataclass(frozen=True)
class Notice:
    """A verified callback: which event of theirs, of what kind, and the session or the refund it is about, if any."""

    event: str
    kind: str
    session: str = ""
    refund: str = ""


class Processor(Protocol):
    """The verbs, under the `name` that a payment keeps. Every call may be repeated: our ids are its idempotency keys.

    Raises:
        ProcessorUnavailable: it did not answer in time; whether it acted is unknown.
    """

    name: str

    def open(self, request: Request) -> Opened:
        """Create the payment; again with the same id, find the one created before.

        Raises:
            PaymentRefused: it does not take such a payment, or not any more. Whether one was created before is
                unknown, but whoever asked then was not told where it could be made.
        """

    def limits(self, currency: str) -> Limits:
        """What one payment in `currency` can be. Asks nobody."""

    def read(self, session: str) -> Reading:
        """What has become of it."""

    def close(self, session: str) -> None:
        """Let nobody pay it any more; nothing happens when it is paid or closed already."""

    def refund(self, refund: UUID, processor_payment: str, amount: Money) -> RefundReading:
        """Give money back; again with the same id, the same refund. One that it does not take, or cannot give, has failed."""

    def read_refund(self, refund: str) -> RefundReading | None:
        """What has become of what the processor calls `refund`; None when it knows no such thing."""

    def verify(self, body: bytes, signature: str) -> Notice | None:
        """The callback in `body`, or None when it is not signed by the processor."""
