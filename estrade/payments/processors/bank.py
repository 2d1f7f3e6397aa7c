"""Transfer to the organisation's own bank account. Nobody can be asked: statements say what came; what goes back goes by hand."""

from __future__ import annotations

from typing import Never
from uuid import UUID

from estrade.base.money import Money
from estrade.payments.processors import Notice, Reading, RefundReading, Request
from estrade.tickets.limits import Limits

NAME = "bank"
BY_HAND = "by_hand"  # why a refund of a transfer needs a person
MOST_MINOR = 99_999_999_999  # of one SEPA transfer


class Bank:
    """What of a processor's verbs a bank account has."""

    name = NAME

    def limits(self, currency: str) -> Limits:  # noqa: ARG002 - of every currency
        """Anything can be transferred."""
        return Limits(1, MOST_MINOR, 1)

    def open(self, request: Request) -> Never:
        """Never asked: the buyer is told a reference, and no page is opened."""
        raise NotImplementedError(request)

    def read(self, session: str) -> Reading:  # noqa: ARG002 - nobody to ask
        """It stays open: statements tell."""
        return Reading("open")

    def close(self, session: str) -> None:
        """Nobody can be kept from transferring money."""

    def refund(self, refund: UUID, processor_payment: str, amount: Money) -> RefundReading:  # noqa: ARG002 - whatever it is
        """It cannot: the organisation has the money, and sends it back itself."""
        return RefundReading("failed", "", failure=BY_HAND, ours=refund)

    def read_refund(self, refund: str) -> RefundReading | None:  # noqa: ARG002 - it knows none
        """It knows of none."""
        return None

    def verify(self, body: bytes, signature: str) -> Notice | None:  # noqa: ARG002 - it says nothing
        """It tells us nothing."""
        return None


processor = Bank()
