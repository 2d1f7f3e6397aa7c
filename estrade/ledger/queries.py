"""What the books say."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from estrade.base.money import Money

BALANCES = """
SELECT account.kind, account.owner, account.currency, account.processor_account,
    COALESCE(SUM(CASE WHEN entry.debit_id = account.id THEN entry.amount_minor ELSE -entry.amount_minor END), 0)
FROM ledger_account account
JOIN ledger_entry entry ON account.id IN (entry.debit_id, entry.credit_id)
WHERE account.event = %s
GROUP BY account.id
ORDER BY account.kind, account.owner, account.currency
"""
DEBIT_KINDS = {"clearing", "cost", "claim"}


@dataclass(frozen=True)
class Balance:
    """What one account holds: of clearing, cost and claim accounts what we have, of the others what we owe or earned."""

    kind: str
    owner: UUID | None
    amount: Money
    processor_account: str


def balances_of_event(event: UUID) -> list[Balance]:
    """Every account of `event` with its balance."""
    with connection.cursor() as cursor:
        cursor.execute(BALANCES, [event])
        rows = cursor.fetchall()
    return [
        Balance(kind, owner, Money(int(debits if kind in DEBIT_KINDS else -debits), currency), processor_account)
        for kind, owner, currency, processor_account, debits in rows
    ]
