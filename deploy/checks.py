"""`make check` and `make test`: every check and every test of the repository, in an order that fails early.

python -m deploy.checks check     what can be known without running the product
python -m deploy.checks all       that, and every test
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from deploy import bootstrap, locks, protocol, translations
from estrade.site.supervisor.builds import REPOSITORY

DEBIAN_POSTGRES = Path("/usr/lib/postgresql/15/bin")
NO_TESTS_COLLECTED = 5

Step = Callable[[], bool]


def main(arguments: list[str]) -> int:
    """Do every step, then say which of them failed."""
    chosen = arguments[0] if arguments else "all"
    steps = check_steps() | ({} if chosen == "check" else test_steps())
    failed = [name for name, step in steps.items() if not _timed(name, step)]
    if failed:
        print(f"\nFailed: {', '.join(failed)}.", flush=True)
        return 1
    print("\nEverything passed.", flush=True)
    return 0


def check_steps() -> dict[str, Step]:
    """Name and step of each check."""
    python = sys.executable
    # Nothing is asked of the database: Django only needs an address to start with.
    settings = {"DJANGO_SETTINGS_MODULE": "estrade.site.settings", "DATABASE_URL": "postgresql://nobody@/none?host=/nowhere"}
    migrations = [python, "-W", "ignore", "-m", "django", "makemigrations", "--check", "--dry-run"]
    go = bootstrap.find_go()
    engines = REPOSITORY / "engines"
    return {
        "lock files": lambda: _found_nothing(locks.faults()),
        "protocol of the room": lambda: _found_nothing(protocol.faults()),
        "translations": lambda: _found_nothing(translations.faults()),
        "ruff": lambda: _succeeds([python, "-m", "ruff", "check", "."]),
        "mypy": lambda: _succeeds([python, "-m", "mypy", "estrade", "paysim", "deploy"]),
        "import contracts": lambda: _succeeds([str(Path(python).parent / "lint-imports"), "--no-cache"]),
        "migrations": lambda: _succeeds(migrations, settings),
        "go vet": lambda: _succeeds([go, "vet", "./..."], bootstrap.go_environment(), engines),
        "tsc": lambda: _succeeds(["npm", "run", "check"], bootstrap.node_environment(), REPOSITORY / "web"),
    }


def test_steps() -> dict[str, Step]:
    """Name and step of each suite of tests; their output is shown as it comes."""
    python = sys.executable
    go = bootstrap.find_go()
    return {
        "tests of the room and the pages (vitest)": lambda: _runs(
            ["npm", "run", "test"], bootstrap.node_environment(), REPOSITORY / "web"
        ),
        "tests of the engines (go)": lambda: _runs(
            [go, "test", "./messages/..."], bootstrap.go_environment(), REPOSITORY / "engines"
        ),
        "tests (pytest, embedded PostgreSQL)": lambda: _runs([python, "-m", "pytest", "-q"]),
        "tests of the database (pytest, PostgreSQL 15)": _test_on_debians_postgres,
    }


def _test_on_debians_postgres() -> bool:
    if not (DEBIAN_POSTGRES / "postgres").exists():
        print("PostgreSQL 15 is not on this machine (package postgresql-15); these tests ran on the embedded one only.")
        return True
    command = [sys.executable, "-m", "pytest", "-q", "-m", "database"]
    status = subprocess.run(
        command, check=False, cwd=REPOSITORY, env={**os.environ, "ESTRADE_POSTGRES_BIN": str(DEBIAN_POSTGRES)}
    ).returncode
    return status in {0, NO_TESTS_COLLECTED}


def _timed(name: str, step: Step) -> bool:
    print(f"== {name}", flush=True)
    started_at = time.monotonic()
    is_well = step()
    print(f"   {'passed' if is_well else 'FAILED'} in {time.monotonic() - started_at:.0f} s", flush=True)
    return is_well


def _found_nothing(faults: list[str]) -> bool:
    for fault in faults:
        print(f"   {fault}", flush=True)
    return not faults


def _succeeds(command: list[str], environment: Mapping[str, str] | None = None, folder: Path = REPOSITORY) -> bool:
    """Run quietly; what was printed is shown when it fails."""
    done = _run(command, environment, folder, is_shown=False)
    if done.returncode:
        print((done.stdout or "").rstrip(), flush=True)
    return done.returncode == 0


def _runs(command: list[str], environment: Mapping[str, str] | None = None, folder: Path = REPOSITORY) -> bool:
    return _run(command, environment, folder, is_shown=True).returncode == 0


def _run(
    command: list[str], environment: Mapping[str, str] | None, folder: Path, *, is_shown: bool
) -> subprocess.CompletedProcess[str]:
    whole = {**os.environ, **(environment or {})}
    program = bootstrap.find_program(command[0], whole)
    output = None if is_shown else subprocess.PIPE
    return subprocess.run(
        [program, *command[1:]],
        check=False, cwd=folder, env=whole, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
