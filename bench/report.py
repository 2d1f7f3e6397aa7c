"""The results as a file for programs and a page for people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.bars import BARS, best
from bench.machine import OTHER_PERCENT_MAX

REPOSITORY = Path(__file__).resolve().parents[1]
RESULTS = REPOSITORY / "bench" / "results.json"
PAGE = REPOSITORY / "docs" / "operate" / "measured.md"


def write(results: dict[str, Any]) -> list[dict[str, Any]]:
    """Judge `results`, write both files; every figure beside its bars."""
    chosen = {case: best(case, runs) for case, runs in results["runs"].items()}
    judged = [bar.judged(chosen[bar.case].get(bar.figure)) for bar in BARS if bar.case in chosen]
    results |= {"best": chosen, "judged": judged}
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    PAGE.write_text(_page(results, judged))
    return judged


def _page(results: dict[str, Any], judged: list[dict[str, Any]]) -> str:
    machine = results["machine"]
    busy = [case for case, run in results["best"].items() if not run["is_quiet"]]
    rows = "\n".join(_row(row) for row in judged)
    others = "\n".join(f"- {case}: {plain(run)}" for case, run in results["best"].items())
    warning = f"\n!!! warning\n    Somebody else used more than {OTHER_PERCENT_MAX:.0f} % of the machine in: {', '.join(busy)}.\n"
    return f"""# Measured

`make bench` wrote this page. One machine runs everything, those who ask included: {machine["cores"]} cores ({machine["cpu"]}),
{machine["memory_gib"]} GiB, Linux {machine["kernel"]}, Python {machine["python"]}; commit {results["commit"]}, {results["at"]}.
Each figure is the best of {results["rounds"]} runs of {results["seconds"]} s; every run is in `bench/results.json`.
{warning if busy else ""}
| case | measured | floor | aim |
| --- | --- | --- | --- |
{rows}

- *orders_api*: `POST /api/v1/orders` with an idempotency key, one paid ticket: reservation, order, payment, entries, ticket
  and the job of its mail. Dates of {results["capacity"]:,} places sell out one after the other with every client at them.
- *the limit*: the least thinkable sale by `pgbench` on one hot row of the same cluster ({results["limit_per_second"]:,} a second).
- *checkouts*: 32 buyers by HTTP: event page, choice, checkout, payment at the simulator, page of the order, ticket. The
  simulator's own requests are not counted; callbacks and mail are on the machine too.
- *event_page*: whole HTML through `front`, by {results["best"].get("event_page", {}).get("client", "-")}.
- *first_picture*: in Chromium, from the click on Enter (nothing fetched, nothing open) to the first picture shown, beside a
  page of the engine's own client with a token in hand. *room*: one performer and 30 who watch.
- *statement*: of an event with {results["best"].get("statement", {}).get("entries", "-")} entries in the ledger, the entries
  behind each of its figures, and every file to take away: whole answers through `front`, one after the other.
- Places sold, books and the simulator's list are compared after every run by an oracle that shares no code with the product.
- Jobs give way to pages (`nice`), so mails of a rush follow it: see `jobs_done_after_s`.

## All figures of the best runs

{others}
"""


def _row(row: dict[str, Any]) -> str:
    value = "-" if row["value"] is None else f"{row['value']:,}"
    bars = [f"{row[bar]:,} {_verdict(row[bar + '_met'])}" for bar in ("floor", "aim")]
    return f"| {row['case']} | {value} {row['unit']} | {' | '.join(bars)} |"


def _verdict(is_met: bool) -> str:
    return "met" if is_met else "**missed**"


def plain(run: dict[str, Any]) -> str:
    shown = {name: value for name, value in run.items() if name != "raw"}
    return ", ".join(f"{name} {json.dumps(value) if isinstance(value, dict) else value}" for name, value in shown.items())
