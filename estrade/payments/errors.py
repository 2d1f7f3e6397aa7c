"""What collecting and giving back refuse."""

from __future__ import annotations

from estrade.base.errors import Conflict, Invalid, Unavailable


class ProcessorUnavailable(Unavailable):
    """The payment service does not answer at the moment. Nothing was taken; please try again in a minute."""


class PaymentRefused(Conflict):
    """The payment service does not take this payment. Nothing was taken; please choose again."""


class NothingToRefund(Conflict):
    """There is nothing left of this order to give back."""


class RefundWindowClosed(Conflict):
    """The time in which this order could be given back is over; please write to the host."""


class RefundNeedsNobody(Conflict):
    """There is nothing to do about this refund: it is on its way, has arrived, or somebody has seen to it."""


class RefundReferenceInvalid(Invalid):
    """Say how the money was given back."""
