"""Booking: the only way money moves in the books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from estrade.base.ids import new_id
from estrade.base.money import Money
from estrade.base.writing import insert, whole
from estrade.ledger.models import Account, Entry

Kind = Account.Kind


@dataclass(frozen=True)
class Place:
    """Names an account: what kind, whose, for which event, at which processor account, in which currency."""

    kind: Account.Kind
    currency: str
    event: UUID | None = None
    owner: UUID | None = None
    processor_account: str = ""


@dataclass(frozen=True)
class Movement:
    """`amount` that debits one account and credits another."""

    debit: Place
    credit: Place
    amount: Money


# Accounts are never deleted, so what one committed transaction saw stands for the life of the process.
_known: dict[Place, UUID] = {}


@whole
def book(cause_kind: str, cause: UUID, movements: Sequence[Movement], now: datetime) -> None:
    """Write the entries that explain `cause`, inside the caller's transaction; movements of nothing are left out.

    Raises:
        IntegrityError: `cause` was booked before as `cause_kind`; nothing is written twice.
    """
    real = [(number, movement) for number, movement in enumerate(movements) if movement.amount]
    if not real:
        return
    accounts = _accounts({place for _, movement in real for place in (movement.debit, movement.credit)})
    entries = [
        Entry(
            cause=cause,
            cause_kind=cause_kind,
            number=number,
            debit_id=accounts[movement.debit],
            credit_id=accounts[movement.credit],
            amount_minor=movement.amount.minor,
            currency=movement.amount.currency,
            at=now,
        )
        for number, movement in real
    ]
    insert(entries)


def _accounts(places: set[Place]) -> dict[Place, UUID]:
    """The id of each place's account, made if it is missing."""
    missing = {place for place in places if place not in _known}
    if not missing:
        return _known
    found = _find(missing)
    # In one order: two first sales that make the same accounts in different orders would wait for each other.
    new = [Account(id=new_id(), **vars(place)) for place in sorted(missing - found.keys(), key=repr)]
    if new:
        Account.objects.bulk_create(new, ignore_conflicts=True)
        found |= _find(missing - found.keys())
    # Only once committed: an account that was rolled back must not be remembered.
    transaction.on_commit(lambda: _known.update(found))
    return _known | found


def _find(places: set[Place]) -> dict[Place, UUID]:
    condition = Q()
    for place in places:
        filters = {name: value for name, value in vars(place).items() if value is not None}
        empty = {f"{name}__isnull": True for name, value in vars(place).items() if value is None}
        condition |= Q(**filters, **empty)
    return {
        Place(Account.Kind(row.kind), row.currency, row.event, row.owner, row.processor_account): row.id
        for row in Account.objects.filter(condition)
    }
