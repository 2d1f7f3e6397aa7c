"""`python -m bench [CASE …]`: measure, judge, write. Without cases it measures everything."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from bench import checkouts, event_page, first_picture, limit, machine, orders_api, report, room, statement_page, statements
from bench.stage import CAPACITY, Stage, stage

CASES = ("orders_api", "checkouts", "event_page", "first_picture", "room", "statement")
ATTEMPTS_MAX = 2  # for a run that somebody disturbed


def main() -> int:
    """Nothing when every floor is met."""
    asked = _arguments()
    machine.adopt_orphans()
    if "room" in asked.cases:
        room.build()
    results: dict[str, Any] = {
        "commit": machine.commit(report.REPOSITORY),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine.facts(),
        "rounds": asked.rounds,
        "seconds": asked.seconds,
        "capacity": CAPACITY,
    }
    counts = statements.counted()
    with stage() as playing:
        runs, limits = _measure(playing, asked)
    best_limit = max(limits, default=0.0)
    for case, all_runs in runs.items():
        for run in all_runs:
            if case.startswith("orders_api"):
                run["share_of_limit_percent"] = round(100 * run["per_second"] / best_limit, 1)
                run["sql_per_order"] = counts["sql_per_order"]
            if case == "checkouts":
                run["sql_per_checkout"] = counts["sql_per_checkout"]
    judged = report.write(results | {"limit_per_second": best_limit, "limits": limits, "runs": runs})
    for row in judged:
        verdict = "aim met" if row["aim_met"] else "floor met" if row["floor_met"] else "FLOOR MISSED"
        print(f"{row['case']:24} {row['figure']:24} {row['value']!s:>10} {row['unit']:22} {verdict}")
    return 0 if all(row["floor_met"] for row in judged) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("cases", nargs="*", default=CASES, metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--patience", type=float, default=60, help="seconds to wait for others to let the machine rest")
    asked = parser.parse_args()
    unknown = set(asked.cases) - set(CASES)
    if unknown:
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    return asked


def _measure(playing: Stage, asked: argparse.Namespace) -> tuple[dict[str, list[dict[str, Any]]], list[float]]:
    runs: dict[str, list[dict[str, Any]]] = {}
    limits: list[float] = []

    def measured(case: str, run: Callable[[], dict[str, Any]]) -> None:
        found = _undisturbed(playing, run, asked.patience)
        runs.setdefault(case, []).append(found)
        print(f"{case}: {report.plain(found)}", flush=True)

    with playing.robot_asleep():
        if "orders_api" in asked.cases:
            orders_api.warm_up(playing)
        if "checkouts" in asked.cases:
            checkouts.warm_up(playing)
        for _round in range(asked.rounds):
            if "orders_api" in asked.cases:
                playing.settle()
                machine.wait_until_quiet(playing.pids(), asked.patience)
                limits.append(limit.hot_row_per_second(playing.instance.cluster, max(3, int(asked.seconds / 2))))
                for clients in (8, 32):
                    measured(f"orders_api, {clients} clients", lambda: orders_api.run(playing, clients, asked.seconds))  # noqa: B023
            if "checkouts" in asked.cases:
                measured("checkouts", lambda: checkouts.run(playing, asked.seconds))
            if "event_page" in asked.cases:
                measured("event_page", lambda: event_page.run(playing, asked.seconds))
    for _round in range(asked.rounds):
        if "first_picture" in asked.cases:
            measured("first_picture", lambda: first_picture.run(playing))
    if "room" in asked.cases:
        measured("room", lambda: room.run(playing) | {"per_second": 0})
    if "statement" in asked.cases:  # the last: what it books nobody sold, as every oracle would say
        measured("statement", lambda: statement_page.run(playing))
    return runs, limits


def _undisturbed(playing: Stage, run: Callable[[], dict[str, Any]], patience: float) -> dict[str, Any]:
    """A run with the load of the machine beside it, and how long its jobs went on; repeated when somebody disturbed it."""
    found: dict[str, Any] = {}
    for _attempt in range(ATTEMPTS_MAX):
        playing.settle()
        machine.wait_until_quiet(playing.pids(), patience)
        with machine.Load(playing.pids()) as load:
            figures = run()
        found = figures | {"jobs_done_after_s": playing.settle(), "is_quiet": load.is_quiet} | load.as_json()
        if load.is_quiet:
            break
    return found


if __name__ == "__main__":
    sys.exit(main())
