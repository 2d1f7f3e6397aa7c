"""What the books say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from estrade.base.money import Money

BALANCES = """
SELECT account.kind, account.owner, account.currency, account.processor_account,
    COALESCE((SELECT SUM(amount_minor) FROM ledger_entry WHERE debit_id = account.id), 0)
    - COALESCE((SELECT SUM(amount_minor) FROM ledger_entry WHERE credit_id = account.id), 0)
FROM ledger_account account WHERE account.event = %s
ORDER BY account.kind, account.owner, account.currency
"""
SUMS = """
SELECT account.kind, account.owner, account.event, moved.cause_kind, SUM(moved.debit), SUM(moved.credit) FROM (
    SELECT debit_id AS account_id, cause_kind, SUM(amount_minor) AS debit, 0 AS credit
    FROM ledger_entry entry WHERE debit_id = ANY(%(accounts)s::uuid[]) AND {within} GROUP BY debit_id, cause_kind
    UNION ALL
    SELECT credit_id, cause_kind, 0, SUM(amount_minor)
    FROM ledger_entry entry WHERE credit_id = ANY(%(accounts)s::uuid[]) AND {within} GROUP BY credit_id, cause_kind
) moved JOIN ledger_account account ON account.id = moved.account_id
GROUP BY account.kind, account.owner, account.event, moved.cause_kind
ORDER BY account.kind, account.owner, account.event, moved.cause_kind
"""
ENTRIES = """
SELECT entry.id, entry.at, entry.cause_kind, entry.cause, entry.amount_minor, entry.currency,
    debit.kind, debit.owner, debit.event, debit.processor_account, credit.kind, credit.owner, credit.event, credit.processor_account
FROM ledger_entry entry
JOIN ledger_account debit ON debit.id = entry.debit_id
JOIN ledger_account credit ON credit.id = entry.credit_id
WHERE {within} AND {which} AND entry.id {beyond} ORDER BY entry.id {direction} LIMIT %(limit)s
"""
SIDES = """
SELECT kind, owner, event, processor_account FROM ledger_account WHERE event = ANY(%(events)s) AND currency = %(currency)s
ORDER BY kind, owner, event, processor_account
"""
IDS = "SELECT id FROM ledger_account WHERE event = ANY(%(events)s) AND currency = %(currency)s {which}"
OF_KIND = "AND kind = %(kind)s AND (%(owner)s::uuid IS NULL OR owner = %(owner)s)"
BY_DAY = """
SELECT (entry.at AT TIME ZONE %(zone)s)::date, SUM(entry.amount_minor) FROM ledger_entry entry
WHERE entry.debit_id = ANY(%(accounts)s::uuid[]) AND entry.cause_kind = ANY(%(causes)s) AND {within} GROUP BY 1 ORDER BY 1
"""
WITHIN = "(%(since)s::timestamptz IS NULL OR entry.at >= %(since)s) AND (%(until)s::timestamptz IS NULL OR entry.at < %(until)s)"
DEBIT_KINDS = {"clearing", "cost", "claim"}


@dataclass(frozen=True)
class Balance:
    """What one account holds: of clearing, cost and claim accounts what we have, of the others what we owe or earned."""

    kind: str
    owner: UUID | None
    amount: Money
    processor_account: str


@dataclass(frozen=True)
class Part:
    """What entries of one cause moved into (debit) and out of (credit) the accounts of one kind, owner and event."""

    kind: str
    owner: UUID | None
    event: UUID
    cause_kind: str
    debit_minor: int
    credit_minor: int

    @property
    def balance_minor(self) -> int:
        """As the balance of the account counts it: see `Balance`."""
        sign = 1 if self.kind in DEBIT_KINDS else -1
        return sign * (self.debit_minor - self.credit_minor)


@dataclass(frozen=True)
class Side:
    """One of the two accounts of an entry."""

    kind: str
    owner: UUID | None
    event: UUID | None
    processor_account: str


@dataclass(frozen=True)
class Written:
    """An entry as it stands in the books."""

    id: int
    at: datetime
    cause_kind: str
    cause: UUID
    amount: Money
    debit: Side
    credit: Side


@dataclass(frozen=True)
class Wanted:
    """Which entries: of these events, in this currency and time; of accounts of `kind` and `owner`, for these causes."""

    events: Sequence[UUID]
    currency: str
    since: datetime | None = None
    until: datetime | None = None
    kind: str = ""
    owner: UUID | None = None
    causes: Sequence[str] = ()
    but_causes: Sequence[str] = ()


def balances_of_event(event: UUID) -> list[Balance]:
    """Every account of `event` with its balance."""
    with connection.cursor() as cursor:
        cursor.execute(BALANCES, [event])
        rows = cursor.fetchall()
    return [
        Balance(kind, owner, Money(int(debits if kind in DEBIT_KINDS else -debits), currency), processor_account)
        for kind, owner, currency, processor_account, debits in rows
    ]


def parts(wanted: Wanted) -> list[Part]:
    """What moved, by account and cause. They add up: all debits are all credits."""
    with connection.cursor() as cursor:
        cursor.execute(SUMS.format(within=WITHIN), _parameters(wanted) | {"accounts": _accounts(wanted)})
        found = cursor.fetchall()
    return [Part(kind, owner, event, cause, int(debit), int(credit)) for kind, owner, event, cause, debit, credit in found]


def sides(wanted: Wanted) -> list[Side]:
    """Every account of the wanted events."""
    with connection.cursor() as cursor:
        cursor.execute(SIDES, _parameters(wanted))
        return [Side(*row) for row in cursor.fetchall()]


def newest(wanted: Wanted, before: int | None, limit: int) -> list[Written]:
    """The newest entries that are older than the one called `before`, the newest first."""
    return _entries(wanted, "< %(at)s" if before else "> 0", "DESC", before, limit)


def all_entries(wanted: Wanted, at_once: int = 2_000) -> Iterator[list[Written]]:
    """Every entry, the oldest first, in lists of at most `at_once`: no more is ever in memory."""
    after = 0
    while found := _entries(wanted, "> %(at)s", "ASC", after, at_once):
        yield found
        after = found[-1].id


def debits_by_day(wanted: Wanted, zone: str) -> list[tuple[date, int]]:
    """What entries moved into the wanted accounts on each day of `zone` on which there were any."""
    with connection.cursor() as cursor:
        cursor.execute(BY_DAY.format(within=WITHIN), _parameters(wanted) | {"zone": zone, "accounts": _accounts(wanted)})
        return [(day, int(minor)) for day, minor in cursor.fetchall()]


def _entries(wanted: Wanted, beyond: str, direction: str, at: int | None, limit: int) -> list[Written]:
    query = ENTRIES.format(within=WITHIN, which=_which(wanted), beyond=beyond, direction=direction)
    with connection.cursor() as cursor:
        cursor.execute(query, _parameters(wanted) | {"at": at, "limit": limit, "accounts": _accounts(wanted)})
        return [
            Written(row[0], row[1], row[2], row[3], Money(row[4], row[5]), Side(*row[6:10]), Side(*row[10:14]))
            for row in cursor.fetchall()
        ]


def _accounts(wanted: Wanted) -> list[UUID]:
    """Their ids. By themselves, or the plan of what follows would read the whole ledger for an event of a few entries."""
    with connection.cursor() as cursor:
        cursor.execute(IDS.format(which=OF_KIND if wanted.kind else ""), _parameters(wanted))
        return [row[0] for row in cursor.fetchall()]


def _which(wanted: Wanted) -> str:
    touched = "(entry.debit_id = ANY(%(accounts)s::uuid[]) OR entry.credit_id = ANY(%(accounts)s::uuid[]))"
    if wanted.causes:
        touched += " AND entry.cause_kind = ANY(%(causes)s)"
    if wanted.but_causes:
        touched += " AND entry.cause_kind <> ALL(%(but_causes)s)"
    return touched


def _parameters(wanted: Wanted) -> dict[str, Any]:
    lists = {name: list(getattr(wanted, name)) for name in ("events", "causes", "but_causes")}
    return vars(wanted) | lists
