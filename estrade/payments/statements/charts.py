"""Two pictures of a statement: what came in on each day, and where each hundred goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from babel.dates import format_date
from django.utils.translation import get_language, to_locale

from estrade.base.money import Money
from estrade.payments.statements.entries import takings_by_day
from estrade.payments.statements.figures import Statement

BARS_MAX = 92  # days side by side; of longer times each bar is a month
WIDTH, HEIGHT = 640, 120


@dataclass(frozen=True)
class Bar:
    """One day or month of takings, in the coordinates of the picture."""

    name: str
    amount: Money
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Portion:
    """One of those among whom a hundred is divided, beside the others in a bar; all `percent` together are 100."""

    label: str
    kind: str
    percent: float  # exact to a tenth
    x: float

    @property
    def width(self) -> float:
        """In the bar, with a little air to the next."""
        return max(self.percent * WIDTH / 100 - 2, 1)


def takings(found: Statement) -> list[Bar]:
    """A bar for each day on which something came in, or for each month of a long time."""
    days = takings_by_day(found.scope)
    is_long = len(days) > BARS_MAX
    if is_long:
        days = _by_month(days)
    if not days:
        return []
    most = max(amount.minor for _day, amount in days)
    step = WIDTH / max(len(days), 8)
    pattern, locale = "LLLL y" if is_long else "d MMM y", to_locale(get_language() or "en")
    return [
        Bar(format_date(day, pattern, locale), amount, index * step, HEIGHT * (1 - share), step * 0.8, HEIGHT * share)
        for index, (day, amount) in enumerate(days)
        for share in [max(amount.minor / most, 0.01)]
    ]


def _by_month(days: Sequence[tuple[date, Money]]) -> list[tuple[date, Money]]:
    months: dict[date, Money] = {}
    for day, amount in days:
        month = day.replace(day=1)
        months[month] = months.get(month, Money(0, amount.currency)) + amount
    return sorted(months.items())


def portions(found: Statement) -> list[Portion]:
    """How what was kept of the buyers' money divides; nothing while nothing is, or where somebody's part is negative."""
    shared = [figure for figure in found.whose.figures if figure.kind in {"charity", "fee"}]
    cost = found.of("cost")
    own = found.of("organisation") - cost
    parts = [("organisation", found.scope.organisation.name, own), ("cost", "", cost)]
    parts += [(figure.kind, figure.label, figure.amount) for figure in shared]
    parts = [part for part in parts if part[2]]
    total = sum(amount.minor for _kind, _label, amount in parts)
    if total <= 0 or any(amount.minor < 0 for _kind, _label, amount in parts):
        return []
    tenths = [each.minor for each in Money(1_000, "EUR").split([amount.minor for _kind, _label, amount in parts])]
    begins = accumulate([0, *tenths])
    return [
        Portion(label, kind, tenth / 10, begin * WIDTH / 1_000)
        for (kind, label, _amount), tenth, begin in zip(parts, tenths, begins, strict=False)
    ]
