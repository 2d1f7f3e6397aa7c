"""What each figure must at least be, and what it should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Bar:
    """One figure of one case, with its floor and its aim; `at_most` where less is better."""

    case: str
    figure: str
    unit: str
    floor: float
    aim: float
    at_most: bool = False

    def reaches(self, value: float | None, bar: float) -> bool:
        return value is not None and (value <= bar if self.at_most else value >= bar)

    def judged(self, value: float | None) -> dict[str, Any]:
        """The figure beside its bars."""
        return {
            "case": self.case, "figure": self.figure, "unit": self.unit, "value": value, "floor": self.floor, "aim": self.aim,
            "floor_met": self.reaches(value, self.floor), "aim_met": self.reaches(value, self.aim),
        }  # fmt: skip


BARS = [
    Bar("orders_api, 8 clients", "per_second", "orders/s", 150, 400),
    Bar("orders_api, 32 clients", "per_second", "orders/s", 150, 400),
    Bar("orders_api, 32 clients", "p99_ms", "ms", 400, 150, at_most=True),
    Bar("orders_api, 32 clients", "share_of_limit_percent", "% of the limit", 5, 15),
    Bar("orders_api, 32 clients", "oversold", "places", 0, 0, at_most=True),
    Bar("orders_api, 32 clients", "sql_per_order", "statements", 15, 8, at_most=True),
    Bar("checkouts", "per_second", "checkouts/s", 20, 40),
    Bar("checkouts", "p95_ms", "ms", 2_500, 2_500, at_most=True),
    Bar("checkouts", "requests", "requests", 6, 6, at_most=True),
    Bar("checkouts", "sql_per_checkout", "statements", 40, 40, at_most=True),
    Bar("event_page", "per_second", "pages/s", 500, 2_000),
    Bar("event_page", "sale_shows_after_s", "s", 1, 1, at_most=True),
    Bar("first_picture", "over_bare_ms", "ms over the bare page", 300, 150, at_most=True),
    Bar("statement", "statement_p50_ms", "ms over 100,000 entries", 300, 300, at_most=True),
    Bar("statement", "entries_slowest_ms", "ms over 100,000 entries", 300, 300, at_most=True),
]
# By which figure one run is better than another.
BEST = {"first_picture": ("over_bare_ms", False), "statement": ("statement_p50_ms", False)}


def best(case: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The best of the runs that nobody disturbed; of all, when somebody disturbed every one."""
    figure, most = BEST.get(case, ("per_second", True))
    candidates = [run for run in runs if run["is_quiet"]] or runs
    return (max if most else min)(candidates, key=lambda run: run[figure])
