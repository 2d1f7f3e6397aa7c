"""Where an organisation receives transfers, which are awaited, and which nobody can place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from estrade.base.errors import NotFound
from estrade.base.money import Money
from estrade.payments.bank import epc, numbers
from estrade.payments.models import BankAccount, BankLine, BankStatement, Payment
from estrade.payments.processors import bank
from estrade.tickets.models import Order
from estrade.users.models import Organisation

# What is transferred on a Friday is there on Monday, and then somebody has to read the statement.
LEAST_NOTICE = timedelta(days=3)
IN_HAND_BEFORE = timedelta(days=1)
REMINDED_BEFORE = timedelta(days=2)  # a transfer takes a working day; nobody is reminded two days after they chose it
# In euro an account of the SEPA area takes transfers of everybody; otherwise in the money of its own country.
OWN_CURRENCY = {
    "CH": "CHF", "CZ": "CZK", "DK": "DKK", "GB": "GBP", "LI": "CHF", "NO": "NOK", "PL": "PLN", "SE": "SEK",
}  # fmt: skip
REFERENCE_LENGTH = 12  # RF, two digits, the eight characters of an order's number
SHOWN_AT_ONCE = 100
_ORDER_NUMBER = re.compile(r"(?<![A-Z0-9])([2-9B-DF-HJ-KM-NP-TV-Z]{4})[- ]?([2-9B-DF-HJ-KM-NP-TV-Z]{4})(?![A-Z0-9])")


@dataclass(frozen=True)
class Offer:
    """A transfer that a buyer may make: to which account, and until when the places are kept for it."""

    account: BankAccount
    until: datetime


@dataclass(frozen=True)
class Instructions:
    """What a buyer writes into a transfer."""

    holder: str
    iban: str
    bic: str
    amount: Money
    reference: str
    code: str | None  # what the code for a bank's app says; None where there is none

    @property
    def shown_iban(self) -> str:
        """In groups of four."""
        return numbers.grouped(self.iban)

    @property
    def shown_reference(self) -> str:
        """In groups of four."""
        return numbers.grouped(self.reference)


@dataclass
class Found:
    """A line that nobody has placed, and the orders that it may be for, the likeliest first."""

    line: BankLine
    candidates: list[Payment] = field(default_factory=list)


def account(organisation: UUID, now: datetime) -> BankAccount | None:
    """Where the organisation receives transfers at `now`; None when it takes none."""
    rows = BankAccount.objects.filter(organisation=organisation, effective_at__lte=now, withdrawn_at=None)
    row = rows.order_by("-effective_at", "-set_at").first()
    return row if row and row.iban else None


def last_account(organisation: UUID, now: datetime) -> BankAccount | None:
    """Where the organisation receives transfers at `now`, or did before it ended that; None when it never has."""
    rows = BankAccount.objects.filter(organisation=organisation, effective_at__lte=now, withdrawn_at=None).exclude(iban="")
    return rows.order_by("-effective_at", "-set_at").first()


def coming_account(organisation: UUID, now: datetime) -> BankAccount | None:
    """The change that does not hold yet."""
    rows = BankAccount.objects.filter(organisation=organisation, effective_at__gt=now, withdrawn_at=None)
    return rows.order_by("-set_at").first()


def is_own_account(organisation: UUID, iban: str) -> bool:
    """Whether the organisation ever received transfers there."""
    return BankAccount.objects.filter(organisation=organisation, iban=iban, withdrawn_at=None).exists()


def offer(order: Order, now: datetime) -> Offer | None:
    """The transfer that the buyer of `order` may make instead of paying at once; None when there is no time, or no account."""
    last = order.occurrence.starts_at - IN_HAND_BEFORE
    if not order.total_minor or now + LEAST_NOTICE > order.occurrence.starts_at:
        return None
    found = account(order.event.organisation_id, now)
    if found is None or not accepts(found.iban, order.currency):
        return None
    return Offer(found, min(now + timedelta(days=found.days), last))


def accepts(iban: str, currency: str) -> bool:
    """Whether people may transfer `currency` to the account."""
    return currency == "EUR" or OWN_CURRENCY.get(iban[:2]) == currency


def instructions(payment: Payment, now: datetime) -> Instructions | None:
    """What to transfer for `payment`, where its organisation still has an account."""
    found = account(payment.order.event.organisation_id, now)
    if found is None:
        return None
    code = epc.payload(found.holder, found.iban, found.bic, payment.amount, payment.processor_session)
    return Instructions(found.holder, found.iban, found.bic, payment.amount, payment.processor_session, code)


def statements(organisation: Organisation) -> list[BankStatement]:
    """The last files that were read in, newest first."""
    return list(BankStatement.objects.filter(organisation=organisation).order_by("-imported_at")[:10])


def line(organisation: Organisation, line_id: UUID) -> BankLine:
    """A line of one of the organisation's statements.

    Raises:
        NotFound: there is none.
    """
    row = BankLine.objects.filter(pk=line_id, organisation=organisation).first()
    if row is None:
        raise NotFound
    return row


def iban_of(payment: Payment) -> str:
    """The account that a transfer came from; empty where the statement did not say."""
    return BankLine.objects.filter(payment=payment).values_list("iban", flat=True).first() or ""


def awaited(organisation: Organisation) -> list[Payment]:
    """The transfers that buyers said they would make, of orders that are still kept, the oldest first."""
    rows = _transfers(organisation.pk).filter(state=Payment.State.OPEN, order__state=Order.State.AWAITING_PAYMENT)
    return list(rows.order_by("intended_at")[:SHOWN_AT_ONCE])


def to_remind_of(now: datetime) -> list[UUID]:
    """Transfers that have not arrived and whose places are given back within REMINDED_BEFORE; at most 500, each once."""
    rows = Payment.objects.filter(
        processor=bank.NAME,
        state=Payment.State.OPEN,
        reminded_at=None,
        intended_at__lt=now - REMINDED_BEFORE,
        order__state=Order.State.AWAITING_PAYMENT,
        order__expires_at__gt=now,
        order__expires_at__lte=now + REMINDED_BEFORE,
    )
    return list(rows.order_by("intended_at").values_list("pk", flat=True)[:500])


def open_lines(organisation: Organisation) -> list[BankLine]:
    """Lines that nobody has placed, newest first."""
    rows = BankLine.objects.filter(organisation=organisation, state=BankLine.State.OPEN)
    return list(rows.order_by("-booked_on", "key")[:SHOWN_AT_ONCE])


def to_decide(organisation: Organisation) -> list[Found]:
    """Lines that nobody has placed, each with the orders that it may be for: by reference, by order number, by name and amount."""
    lines = open_lines(organisation)
    known = list(_transfers(organisation.pk).filter(state=Payment.State.OPEN).order_by("-intended_at")[:1_000])
    named = {reference for row in lines for reference in numbers.references_in(row.text, REFERENCE_LENGTH)}
    paid = list(_transfers(organisation.pk).filter(processor_session__in=named, state=Payment.State.SUCCEEDED))
    return [Found(row, _candidates(row, [*known, *paid])) for row in lines]


def exact(row: BankLine) -> Payment | None:
    """The one transfer that `row` says it is, by a reference without a mistake and an amount that agrees."""
    named = numbers.references_in(row.text, REFERENCE_LENGTH)
    found = list(_transfers(row.organisation_id).filter(processor_session__in=named)[:2])
    if len(found) != 1 or found[0].state != Payment.State.OPEN or found[0].amount != row.amount:
        return None
    return found[0]


def order_numbers_in(text: str) -> set[str]:
    """What in `text` may be the number of an order."""
    return {f"{first}-{second}" for first, second in _ORDER_NUMBER.findall(text.upper())}


def _transfers(organisation: UUID) -> QuerySet[Payment]:
    rows = Payment.objects.filter(processor=bank.NAME, order__event__organisation=organisation)
    return rows.select_related("order__event", "order__occurrence")


def _candidates(row: BankLine, known: Sequence[Payment]) -> list[Payment]:
    named = numbers.references_in(row.text, REFERENCE_LENGTH)
    orders = order_numbers_in(row.text)
    words = _words(row.name)

    def likeness(payment: Payment) -> int:
        if payment.processor_session in named:
            return 3
        if payment.order.number in orders:
            return 2
        return int(payment.amount == row.amount and bool(words & _words(payment.order.buyer_name)))

    likely = sorted(((likeness(payment), payment) for payment in known), key=lambda each: -each[0])
    return [payment for how, payment in likely if how][:3]


def _words(name: str) -> set[str]:
    return {word for word in re.findall(r"\w+", name.casefold()) if len(word) > 2}
