"""Entries with what a person wants to know of them: of which order, from where to where."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from estrade.base.money import Money
from estrade.charities import queries as charities
from estrade.events.clock import HOME_ZONE
from estrade.ledger import queries as ledger
from estrade.ledger.queries import Side, Written
from estrade.payments.models import Payment, Refund
from estrade.payments.statements.figures import Figure, cause_name, kind_name
from estrade.payments.statements.scopes import Scope
from estrade.tickets import queries as orders

PAGE = 100
OF_PAYMENTS = ("payment", "processing_fee")
OF_REFUNDS = ("refund", "refund_came_back", "refund_elsewhere")


@dataclass(frozen=True)
class Row:
    """An entry and the order that it is about; `amount` as the figure counts it, or as it moved where no figure is named."""

    entry: Written
    order_id: UUID | None
    order_number: str
    amount: Money

    @property
    def event_id(self) -> UUID | None:
        """The event of that order."""
        return self.entry.debit.event or self.entry.credit.event

    @property
    def why(self) -> str:
        """What it explains, in words."""
        return cause_name(self.entry.cause_kind)


@dataclass(frozen=True)
class Page:
    """Entries behind a figure, the newest first; `before` leads on, None at the end."""

    figure: Figure
    rows: Sequence[Row]
    before: int | None


def page(scope: Scope, figure: Figure, before: int | None) -> Page:
    """The entries behind `figure` that are older than the one called `before`, at most PAGE."""
    found = ledger.newest(figure.wanted(scope), before, PAGE + 1)
    events = {event.pk for event in scope.events}
    rows = _rows(found[:PAGE], lambda entry: _amount(entry, figure, events))
    return Page(figure, rows, found[PAGE - 1].id if len(found) > PAGE else None)


def every(scope: Scope) -> Iterator[Row]:
    """Every entry of `scope`, the oldest first; never more than some thousand in memory."""
    wanted = ledger.Wanted([event.pk for event in scope.events], scope.currency, scope.since, scope.until)
    for found in ledger.all_entries(wanted):
        yield from _rows(found, lambda entry: entry.amount)


def accounts(scope: Scope) -> list[Side]:
    """Every account of `scope`."""
    return ledger.sides(ledger.Wanted([event.pk for event in scope.events], scope.currency))


class Names:
    """What the accounts of a scope are called, for people and for programs."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._charities: dict[UUID, str] = {}
        self._said: dict[Side, str] = {}

    def of(self, side: Side) -> str:
        """For people, in the language that is active when it is first asked."""
        if side not in self._said:
            self._said[side] = self._name(side)
        return self._said[side]

    def _name(self, side: Side) -> str:
        if side.kind == "charity" and side.owner:
            return self.charity(side.owner)
        if side.kind == "buyers":
            return _("Buyers")
        if side.kind == "organisation":
            return self.scope.organisation.name
        return f"{kind_name(side.kind)} ({side.processor_account})" if side.processor_account else kind_name(side.kind)

    def charity(self, owner: UUID) -> str:
        """A charity's name."""
        if owner not in self._charities:
            self._charities[owner] = charities.charity(owner).name
        return self._charities[owner]


def _rows(found: Sequence[Written], amount_of: Callable[[Written], Money]) -> list[Row]:
    known = _orders(found)
    rows = []
    for entry in found:
        order, number = known.get((entry.cause_kind, entry.cause), (None, ""))
        rows.append(Row(entry, order, number, amount_of(entry)))
    return rows


def _amount(entry: Written, figure: Figure, events: Container[UUID | None]) -> Money:
    in_debit, in_credit = figure.counts(entry.debit, events), figure.counts(entry.credit, events)
    if in_debit and in_credit:  # from one processor's account to another's: to the figure it is nothing
        return Money(0, entry.amount.currency)
    grows_by_debit = figure.kind == "clearing"  # cost and claim are shown as what they take away
    return entry.amount if in_debit == grows_by_debit else -entry.amount


def _orders(found: Iterable[Written]) -> dict[tuple[str, UUID], tuple[UUID, str]]:
    """The order of each cause, by a query for each kind that is there."""
    causes: dict[str, set[UUID]] = {}
    for entry in found:
        causes.setdefault(entry.cause_kind, set()).add(entry.cause)
    known: dict[tuple[str, UUID], tuple[UUID, str]] = {}
    for kind, ids in causes.items():
        known |= {(kind, cause): (order, number) for cause, order, number in _of_kind(kind, ids)}
    return known


def _of_kind(kind: str, causes: set[UUID]) -> Iterable[tuple[UUID, UUID, str]]:
    if kind in OF_PAYMENTS:
        return Payment.objects.filter(pk__in=causes).values_list("pk", "order", "order__number")
    if kind in OF_REFUNDS:
        return Refund.objects.filter(pk__in=causes).values_list("pk", "order", "order__number")
    return orders.orders_of_causes(kind, causes)


def takings_by_day(scope: Scope) -> list[tuple[date, Money]]:
    """What buyers paid through the processor on each day on which they did, the first day first."""
    wanted = ledger.Wanted(
        [event.pk for event in scope.events], scope.currency, scope.since, scope.until, "clearing", None, ["payment"]
    )
    return [(day, Money(minor, scope.currency)) for day, minor in ledger.debits_by_day(wanted, HOME_ZONE)]
