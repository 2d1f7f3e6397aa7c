"""What happens with transfers: an account is named, a buyer says they will transfer, statements come in, a person decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from estrade.base.errors import FieldError, NotFound
from estrade.base.ids import new_id
from estrade.base.jobs import defer
from estrade.base.text import clean_line
from estrade.payments import actions as payments
from estrade.payments.bank import camt, csv_statements, numbers, queries
from estrade.payments.bank.lines import STATEMENT_BYTES_MAX, Line, NotAStatement, keyed
from estrade.payments.errors import BankAccountInvalid, StatementInvalid, TransferKnown, TransferNotOffered, TransferUnfitting
from estrade.payments.models import BankAccount, BankLine, BankStatement, Payment
from estrade.payments.processors import bank
from estrade.tickets import actions as tickets
from estrade.tickets import queries as orders
from estrade.tickets.actions.orders import Buyer
from estrade.tickets.models import Order
from estrade.users import queries as users
from estrade.users.models import Organisation

# Whoever has taken over an owner's mail would send the evening's takings elsewhere: there is time to notice.
CHANGE_WAITS = timedelta(hours=72)
DAYS = range(1, 31)
PLACED_WITHIN = timedelta(days=90)  # of what nobody placed before, looked at again with every statement
HOLDER_LENGTH_MAX = 70


@transaction.atomic
def set_account(organisation: Organisation, holder: str, iban: str, bic: str, days: str, by: UUID, now: datetime) -> BankAccount:
    """Receive transfers at `iban` from now on; an empty one: take none any more.

    The first account holds at once. Another in its place waits CHANGE_WAITS, also after transfers were ended meanwhile, and every
    owner is told, so that they can stop it.

    Raises:
        BankAccountInvalid: a field is wrong; names it.
    """
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    row = BankAccount(
        organisation=organisation,
        holder=clean_line(holder),
        iban=numbers.compact(iban),
        bic=numbers.compact(bic),
        days=int(days) if days.isascii() and days.isdigit() and len(days) < 3 else 0,
        set_at=now,
        set_by=by,
        effective_at=now,
    )
    _check_account(row)
    before, last = queries.account(organisation.pk, now), queries.last_account(organisation.pk, now)
    if last and row.iban and row.iban != last.iban:
        row.effective_at = now + CHANGE_WAITS
    BankAccount.objects.filter(organisation=organisation, effective_at__gt=now, withdrawn_at=None).update(withdrawn_at=now)
    row.save()
    if row.iban != (before.iban if before else ""):
        _tell_owners(row)
    return row


def _check_account(row: BankAccount) -> None:
    errors = []
    if row.iban:
        if not row.holder or len(row.holder) > HOLDER_LENGTH_MAX:
            errors.append(FieldError("holder", "length", _("Say whose account it is, in at most 70 characters.")))
        if not numbers.is_iban(row.iban):
            errors.append(FieldError("iban", "wrong", _("There is a mistake in this IBAN. Copy it from your bank’s papers.")))
        if row.bic and not numbers.is_bic(row.bic):
            errors.append(FieldError("bic", "wrong", _("A BIC has 8 or 11 characters. You may leave it out.")))
    if row.days not in DAYS:
        errors.append(FieldError("days", "range", _("Between 1 and 30 days.")))
    if errors:
        raise BankAccountInvalid(errors)


@transaction.atomic
def stop_change(organisation: Organisation, now: datetime) -> None:
    """Take back a change of the account that does not hold yet; nothing when there is none."""
    waiting = BankAccount.objects.filter(organisation=organisation, effective_at__gt=now, withdrawn_at=None)
    waiting.update(withdrawn_at=now)


def _tell_owners(row: BankAccount) -> None:
    for user in users.owners(row.organisation_id):
        defer("payments.mail_bank_account", account_id=str(row.pk), user_id=str(user))


@transaction.atomic
def await_transfer(order_id: UUID, buyer: Buyer | None, now: datetime) -> Payment:
    """The buyer will transfer the money: the places are kept for it, and they are told what to write. Twice is once.

    Raises:
        TransferNotOffered: the order cannot be paid so.
        OrderEnded, NotPossibleNow: the reservation ran out, or there is nothing to pay.
        OrderInvalid, NotOnGuestList, GuestListTooShort: as `tickets.actions.give_details`.
    """
    order = orders.order(order_id)
    offer = queries.offer(order, now)
    if offer is None:
        raise TransferNotOffered
    known = Payment.objects.filter(processor=bank.NAME, processor_session=numbers.reference(order.number)).first()
    # Said again, it does not keep the places longer.
    order = tickets.mark_awaiting_payment(order_id, now, buyer, until=None if known else offer.until)
    if known:
        return known
    payment = _transfer(order, now)
    defer("payments.mail_transfer", payment_id=str(payment.pk))
    return payment


def _transfer(order: Order, now: datetime) -> Payment:
    return Payment.objects.create(
        order=order,
        processor=bank.NAME,
        processor_session=numbers.reference(order.number),
        state=Payment.State.OPEN,
        amount_minor=order.total_minor,
        currency=order.currency,
        intended_at=now,
    )


@transaction.atomic
def remind(payment_id: UUID, now: datetime) -> None:
    """Write to a buyer once that their transfer has not arrived and their places are soon given back."""
    if Payment.objects.filter(pk=payment_id, state=Payment.State.OPEN, reminded_at=None).update(reminded_at=now):
        defer("payments.mail_transfer", payment_id=str(payment_id), is_reminder=True)


def read_in(organisation: Organisation, body: bytes, filename: str, by: UUID, now: datetime) -> tuple[BankStatement, int]:
    """Keep what a statement says, and place every line that says itself what it is for; how many were placed.

    A line that another file had is kept once. Stopped half-way, reading the file in again goes on.

    Raises:
        StatementInvalid: the file cannot be read, or is of another account; it says what to do.
    """
    lines = _lines(organisation, body)
    with transaction.atomic():
        statement = BankStatement.objects.create(
            organisation=organisation, filename=clean_line(filename)[:120], imported_at=now, imported_by=by
        )
        rows = [_row(statement, line) for line in lines]
        BankLine.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1_000)
    return statement, place_lines(organisation, now)


def _lines(organisation: Organisation, body: bytes) -> Sequence[Line]:
    try:
        return list(keyed(_read(organisation, body)))
    except NotAStatement as trouble:
        raise StatementInvalid([FieldError("file", "unreadable", str(trouble))]) from trouble


def _read(organisation: Organisation, body: bytes) -> Iterable[Line]:
    if len(body) > STATEMENT_BYTES_MAX:
        raise NotAStatement(_("This file is larger than 10 MB. Export fewer months at once."))
    if not camt.looks_like(body):
        return csv_statements.read(body, organisation.currency)
    root = camt.parse(body)
    iban = camt.account(root)
    if iban and not queries.is_own_account(organisation.pk, iban):
        text = _("This statement is of the account %(iban)s, where you do not receive transfers.")
        raise NotAStatement(text % {"iban": numbers.grouped(iban)})
    return camt.lines(root)


def _row(statement: BankStatement, line: Line) -> BankLine:
    return BankLine(
        id=new_id(),
        organisation_id=statement.organisation_id,
        statement=statement,
        key=line.key,
        booked_on=line.booked_on,
        amount_minor=line.amount.minor,
        currency=line.amount.currency,
        name=line.name,
        iban=line.iban,
        text=line.text,
    )


def place_lines(organisation: Organisation, now: datetime) -> int:
    """Settle the order of every line whose reference and amount agree with it, each in a transaction of its own; how many."""
    since = now.date() - PLACED_WITHIN
    waiting = BankLine.objects.filter(
        organisation=organisation, state=BankLine.State.OPEN, text__icontains="RF", booked_on__gte=since
    )
    return sum(_place(line_id, now) for line_id in waiting.order_by("booked_on", "key").values_list("pk", flat=True))


@transaction.atomic
def _place(line_id: UUID, now: datetime) -> bool:
    row = _locked(line_id)
    payment = queries.exact(row) if row.state == BankLine.State.OPEN else None
    if payment is None:
        return False
    _receive(row, payment, None, now)
    return True


@transaction.atomic
def assign(organisation: Organisation, line_id: UUID, number: str, by: UUID, now: datetime) -> Order:
    """Somebody says that a line pays for the order `number`, whatever its amount and its text are.

    Raises:
        NotFound: there is no such line here.
        TransferUnfitting: there is no such order, or it cannot be for it.
        TransferKnown: the line was placed already.
    """
    row = _locked(line_id)
    if row.organisation_id != organisation.pk:
        raise NotFound
    if row.state != BankLine.State.OPEN:
        raise TransferKnown
    order = orders.order_of_number(organisation.pk, number)
    if order is None or order.currency != row.currency or not order.buyer_email or not order.total_minor:
        raise TransferUnfitting
    found = Payment.objects.filter(processor=bank.NAME, order=order).first()
    if order.state == Order.State.PAID or (found and found.state == Payment.State.SUCCEEDED):
        raise TransferUnfitting
    _receive(row, found or _transfer(order, now), by, now)
    return orders.order(order.pk)


@transaction.atomic
def set_aside(organisation: Organisation, line_id: UUID, by: UUID, now: datetime) -> None:
    """Somebody says that a line is for nothing that was sold here. Twice is once."""
    row = _locked(line_id)
    if row.organisation_id != organisation.pk:
        raise NotFound
    if row.state == BankLine.State.OPEN:
        row.state, row.decided_by, row.decided_at = BankLine.State.SET_ASIDE, by, now
        row.save(update_fields=["state", "decided_by", "decided_at"])


def _receive(row: BankLine, payment: Payment, by: UUID | None, now: datetime) -> None:
    payments.receive_transfer(payment.pk, row.key, now)
    row.state, row.payment, row.decided_by, row.decided_at = BankLine.State.RECEIVED, payment, by, now
    row.save(update_fields=["state", "payment", "decided_by", "decided_at"])


def _locked(line_id: UUID) -> BankLine:
    row = BankLine.objects.select_for_update().filter(pk=line_id).first()
    if row is None:
        raise NotFound
    return row
