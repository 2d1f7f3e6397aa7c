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


class TransferKnown(Conflict):
    """This transfer has been recorded already."""


class TransferNotOffered(Conflict):
    """This order cannot be paid by transfer: it is too late for one to arrive, or the host takes none."""


class TransferUnfitting(Conflict):
    """This transfer cannot be for that order: it is unknown here, in another currency, or paid already."""


class BankAccountInvalid(Invalid):
    """The account cannot be used as it is written."""


class SecondFactorNeeded(Conflict):
    """Another account in the place of one that holds needs a passkey or an app’s codes: see “Passkeys and security”."""


class StatementInvalid(Invalid):
    """The file cannot be read as a bank statement."""
