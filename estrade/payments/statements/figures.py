"""The figures of a statement: each is a sum of entries, and the tables add up because debits and credits do."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from estrade.base.errors import NotFound
from estrade.base.money import Money
from estrade.charities import queries as charities
from estrade.ledger import queries as ledger
from estrade.ledger.queries import Part, Side, Wanted
from estrade.payments.models import Payment
from estrade.payments.statements.scopes import Scope

GIVEN_BACK_BY_HOST = "refund_elsewhere"
REFUNDS = ("refund", "refund_came_back")
# In the order in which a page shows them; a kind that is not here is shown last, by its own name.
KINDS = ("charity", "fee", "organisation", "buyers", "cost", "claim")
TAKEN_BY_HOST = ("bank", "door", "external")


@dataclass(frozen=True)
class Figure:
    """An amount of a statement and the entries behind it: of accounts of `kind` and `owner`, for `causes`, or all but `but`.

    `key` names it in an address.
    """

    label: str
    amount: Money
    kind: str
    owner: UUID | None = None
    causes: tuple[str, ...] = ()
    but: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Such as clearing~payment, charity.UUID, organisation~!refund_elsewhere, clearing~refund,refund_came_back."""
        owner = f".{self.owner}" if self.owner else ""
        causes = ",".join([*self.causes, *(f"!{cause}" for cause in self.but)])
        return f"{self.kind}{owner}{'~' if causes else ''}{causes}"

    def counts(self, side: Side, events: Container[UUID | None]) -> bool:
        """Whether its sum, over `events`, has the account in it."""
        return side.kind == self.kind and (self.owner is None or side.owner == self.owner) and side.event in events

    def wanted(self, scope: Scope) -> Wanted:
        """The entries behind it."""
        return _wanted(scope, self.kind, self.owner, self.causes, self.but)


@dataclass(frozen=True)
class Table:
    """Figures that add up to `total`."""

    figures: Sequence[Figure]
    total: Money


@dataclass(frozen=True)
class Taken:
    """Money that buyers paid to the organisation itself, by `processor` (bank, door or external), in so many payments."""

    processor: str
    count: int
    amount: Money


@dataclass(frozen=True)
class Statement:
    """The money of `scope`. What came in through the processor is the same sum as whose it is."""

    scope: Scope
    came_in: Table
    whose: Table
    due: Table
    due_by_event: dict[UUID, Money]  # the events for which anything was booked
    taken: Sequence[Taken]

    @property
    def adds_up(self) -> bool:
        """Whether the two sides agree. They do, by the way that entries are written; a page that finds otherwise says so."""
        return self.came_in.total == self.whose.total

    def of(self, kind: str, *causes: str) -> Money:
        """The sum of the figures of `kind`, for these causes alone where some are named; costs and claims positive."""
        figures = [*self.came_in.figures, *self.whose.figures]
        found = [figure.amount for figure in figures if figure.kind == kind and (not causes or figure.causes == causes)]
        total = sum(found, Money(0, self.scope.currency))
        return -total if kind in {"cost", "claim"} and total else total

    @property
    def charities(self) -> list[Figure]:
        """What each charity has coming."""
        return [figure for figure in self.whose.figures if figure.kind == "charity"]

    @property
    def taken_total(self) -> Money:
        """What the organisation took itself."""
        return sum((each.amount for each in self.taken), Money(0, self.scope.currency))


def statement(scope: Scope) -> Statement:
    """The statement of `scope`. Whoever calls has checked that it may be read."""
    parts = ledger.parts(_wanted(scope))
    came_in = _came_in(scope, parts)
    whose = _whose(scope, parts)
    due = [figure for figure in whose if figure.kind in {"organisation", "cost", "claim"}]
    by_event = _due_by_event(scope, parts)
    return Statement(scope, _table(scope, came_in), _table(scope, whose), _table(scope, due), by_event, _taken(scope))


def figure(scope: Scope, key: str) -> Figure:
    """The figure that an address calls `key`.

    Raises:
        NotFound: the statement has none of that name.
    """
    parts = ledger.parts(_wanted(scope))
    for each in [*_came_in(scope, parts), *_whose(scope, parts)]:
        if each.key == key:
            return each
    raise NotFound


def _due_by_event(scope: Scope, parts: Sequence[Part]) -> dict[UUID, Money]:
    """What each event leaves its organisation."""
    due: dict[UUID, int] = {}
    for part in parts:
        sign = {"organisation": 1, "cost": -1, "claim": -1}.get(part.kind, 0)
        due[part.event] = due.get(part.event, 0) + sign * part.balance_minor
    return {event: Money(minor, scope.currency) for event, minor in due.items()}


def _came_in(scope: Scope, parts: Sequence[Part]) -> list[Figure]:
    mine = [part for part in parts if part.kind == "clearing"]
    known = {("payment",): _("Paid by buyers"), REFUNDS: _("Refunded to buyers"), ("processing_fee",): _("Kept by the processor")}
    others = sorted({part.cause_kind for part in mine} - {cause for causes in known for cause in causes})
    names = known | {(cause,): cause_name(cause) for cause in others}
    return [_figure(scope, parts, label, "clearing", causes=causes) for causes, label in names.items()]


def _whose(scope: Scope, parts: Sequence[Part]) -> list[Figure]:
    kinds = {part.kind for part in parts} - {"clearing"}
    found: list[Figure] = []
    for kind in [*KINDS, *sorted(kinds - set(KINDS))]:
        found += _of_kind(scope, parts, kind)
    return found


def _of_kind(scope: Scope, parts: Sequence[Part], kind: str) -> list[Figure]:
    mine = [part for part in parts if part.kind == kind]
    if kind == "charity":
        owners = charities.names({part.owner for part in mine if part.owner})
        return [_figure(scope, parts, name, kind, owner) for owner, name in sorted(owners.items(), key=lambda each: each[1])]
    if kind == "organisation":
        sold = _figure(scope, parts, _("Your part of what was sold"), kind, but=(GIVEN_BACK_BY_HOST,))
        back = _figure(scope, parts, _("What you gave back to buyers yourself"), kind, causes=(GIVEN_BACK_BY_HOST,))
        return [sold, back] if back.amount else [sold]
    found = _figure(scope, parts, kind_name(kind), kind)
    return [found] if kind == "fee" or (mine and (found.amount or kind != "buyers")) else []


def _figure(
    scope: Scope,
    parts: Sequence[Part],
    label: str,
    kind: str,
    owner: UUID | None = None,
    causes: tuple[str, ...] = (),
    but: tuple[str, ...] = (),
) -> Figure:
    """What we have in clearing, owe or earned is positive; what the processor kept and the organisation owes is taken away."""
    minor = sum(
        part.balance_minor
        for part in parts
        if part.kind == kind
        and (owner is None or part.owner == owner)
        and (not causes or part.cause_kind in causes)
        and part.cause_kind not in but
    )
    sign = -1 if kind in {"cost", "claim"} else 1
    return Figure(label, Money(sign * minor, scope.currency), kind, owner, causes, but)


def _table(scope: Scope, figures: Sequence[Figure]) -> Table:
    return Table(figures, sum((each.amount for each in figures), Money(0, scope.currency)))


def _taken(scope: Scope) -> list[Taken]:
    rows = Payment.objects.filter(
        order__event__in=[event.pk for event in scope.events],
        currency=scope.currency,
        processor__in=TAKEN_BY_HOST,
        state=Payment.State.SUCCEEDED,
    )
    if scope.since:
        rows = rows.filter(succeeded_at__gte=scope.since)
    if scope.until:
        rows = rows.filter(succeeded_at__lt=scope.until)
    found = rows.values_list("processor").annotate(Count("pk"), Sum("amount_minor")).order_by("processor")
    return [Taken(processor, count, Money(minor, scope.currency)) for processor, count, minor in found]


def _wanted(scope: Scope, kind: str = "", owner: UUID | None = None, causes: Sequence[str] = (), but: Sequence[str] = ()) -> Wanted:
    events = [event.pk for event in scope.events]
    return Wanted(events, scope.currency, scope.since, scope.until, kind, owner, causes, but)


KIND_NAMES = {
    "clearing": gettext_lazy("At the processor"),
    "cost": gettext_lazy("Kept by the processor"),
    "claim": gettext_lazy("Fee and shares of money you took yourself"),
    "buyers": gettext_lazy("On its way back to buyers"),
    "organisation": gettext_lazy("Organisation"),
    "charity": gettext_lazy("Charity"),
    "fee": gettext_lazy("Fee of the house"),
}
CAUSE_NAMES = {
    "payment": gettext_lazy("A payment arrived"),
    "processing_fee": gettext_lazy("The processor’s cut"),
    "sale": gettext_lazy("An order was sold"),
    "ticket_cancelled": gettext_lazy("A ticket was cancelled"),
    "part_refund": gettext_lazy("A part of a price went back"),
    "donation_returned": gettext_lazy("A donation went back"),
    "refund": gettext_lazy("A refund was made"),
    "refund_came_back": gettext_lazy("A refund came back"),
    "refund_elsewhere": gettext_lazy("A refund was given by other means"),
}


def kind_name(kind: str) -> str:
    """An account's kind in words."""
    return str(KIND_NAMES.get(kind, kind))


def cause_name(cause_kind: str) -> str:
    """What an entry explains, in words."""
    return str(CAUSE_NAMES.get(cause_kind, cause_kind))
