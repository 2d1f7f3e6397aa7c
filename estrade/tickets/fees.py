"""What the instance keeps, and who bears it. The schedule is the operator's; a sale is priced by what holds at its moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.core.cache import cache

from estrade.base.money import Money
from estrade.events.models import Event, FeeBearer
from estrade.tickets.models import FeePeriod

KEPT = "fee-periods"
KEPT_SECONDS = 5  # so that a new period holds, five seconds later, in every process


@dataclass(frozen=True)
class Fee:
    """`basis_points` of a price and, of each that is not free, `fixed_minor` besides."""

    basis_points: int = 0
    fixed_minor: int = 0

    def __bool__(self) -> bool:
        return bool(self.basis_points or self.fixed_minor)

    def of(self, price: Money) -> Money:
        """What is kept of `price`: nothing of nothing, and never more than it."""
        if not price:
            return price
        return min(price, price.portion(self.basis_points) + Money(self.fixed_minor, price.currency))


@dataclass(frozen=True)
class Fees:
    """What is kept of the places and of the donations of one event, and who bears it."""

    place: Fee = field(default_factory=Fee)
    donation: Fee = field(default_factory=Fee)
    bearer: str = FeeBearer.ABSORBED


class Period(NamedTuple):
    """A row of the schedule; see `FeePeriod`."""

    starts_at: datetime
    kind: str
    plan: str
    currency: str
    basis_points: int
    fixed_minor: int

    @property
    def fee(self) -> Fee:
        """What is kept while it lasts."""
        return Fee(self.basis_points, self.fixed_minor)


def fees(event: Event, now: datetime) -> Fees:
    """What holds for an order of `event` that is made at `now`."""
    place, donation = (_of(event, kind, now) for kind in (FeePeriod.Kind.PLACE, FeePeriod.Kind.DONATION))
    return Fees(place, donation, event.fee_bearer)


def coming(event: Event, now: datetime) -> tuple[datetime, Fee] | None:
    """When what the instance keeps of a place of `event` changes next, and to what; or None."""
    standing = _of(event, FeePeriod.Kind.PLACE, now)
    for moment in sorted({period.starts_at for period in schedule() if period.starts_at > now}):
        then = _of(event, FeePeriod.Kind.PLACE, moment)
        if then != standing:
            return moment, then
    return None


def _of(event: Event, kind: str, at: datetime) -> Fee:
    return in_force(schedule(), kind, event.organisation.plan, event.currency, at)


def in_force(periods: Sequence[Period], kind: str, plan: str, currency: str, at: datetime) -> Fee:
    """What holds `at` a moment, by the period that began last of those that name both `plan` and `currency`, else the plan, else
    the currency, else neither. Nothing before the first.
    """
    plans, currencies = {"", plan}, {"", currency}
    begun = [
        period
        for period in periods
        if period.kind == kind and period.starts_at <= at and period.plan in plans and period.currency in currencies
    ]
    found = max(begun, key=lambda period: (period.plan != "", period.currency != "", period.starts_at), default=None)
    return found.fee if found else Fee()


def schedule() -> list[Period]:
    """Every period, those to come too. Kept for a moment: each sale asks."""
    periods: list[Period] | None = cache.get(KEPT)
    if periods is None:
        periods = read_schedule()
        cache.set(KEPT, periods, timeout=KEPT_SECONDS)
    return periods


def read_schedule() -> list[Period]:
    """Every period, as it is in the database now."""
    return [Period(*row) for row in FeePeriod.objects.order_by("starts_at").values_list(*Period._fields)]
