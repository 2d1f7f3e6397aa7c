"""How many SQL statements an order and a checkout take, as the tests count them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.report import REPOSITORY


def counted() -> dict[str, int]:
    """`sql_per_order` and `sql_per_checkout`."""
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder) / "statements.txt"
        command = [sys.executable, "-m", "pytest", "-q", "tests/statements"]
        environment = os.environ | {"ESTRADE_STATEMENTS": str(notes)}
        done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True, env=environment)
        assert notes.exists(), done.stdout[-3000:]
        return {name: int(figure) for name, figure in (line.split() for line in notes.read_text().splitlines())}
