"""Plants known mistakes, one at a time, in a copy of the tree; the tests named in each patch must turn red.

    python -m tests.mutants [name ...]

A patch begins with a line that says what is wrong and one that names its tests; then comes the difference. Exits 1 when a
mistake survives, when a patch no longer applies, or when the tests are red without any mistake.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
TESTS_FAILED = 1  # pytest's exit code; any other says that it could not run them


class Mutant(NamedTuple):
    """One mistake: the patch that plants it and the tests that must notice."""

    patch: Path
    mistake: str
    tests: list[str]


class Broken(Exception):
    """A patch or a run that proves nothing."""


def main(names: Sequence[str]) -> int:
    """Try every mutant, or those named; how many prove nothing or survive is the exit status."""
    mutants = [mutant for mutant in read_mutants() if not names or mutant.patch.stem in names]
    with tempfile.TemporaryDirectory(prefix="estrade-mutants-") as folder:
        tree = Path(folder)
        copy_tree(tree)
        print("without any mistake ...", flush=True)
        if run(tree, sorted({test for mutant in mutants for test in mutant.tests})):
            print("The tests are red already; mutants prove nothing.")
            return 1
        width = max(len(mutant.mistake) for mutant in mutants)
        print(f"\n{'mutant':{width}} | killed by\n{'-' * width}-|-{'-' * 40}")
        survivors = 0
        for mutant in mutants:
            killer = verdict(tree, mutant)
            survivors += killer is None
            print(f"{mutant.mistake:{width}} | {killer or 'NOTHING: it survives'}", flush=True)
    return int(survivors > 0)


def read_mutants() -> list[Mutant]:
    """The patches beside this file."""
    found = []
    for patch in sorted(HERE.glob("*.patch")):
        mistake, tests = patch.read_text().splitlines()[:2]
        found.append(Mutant(patch, mistake, tests.removeprefix("Tests: ").split()))
    return found


def copy_tree(tree: Path) -> None:
    """What is under version control and what is about to be, as it lies in the working tree."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=REPOSITORY, capture_output=True, check=True
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (REPOSITORY / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, tree / name)


def verdict(tree: Path, mutant: Mutant) -> str | None:
    """The test that noticed, why nothing is proved (counts as a survivor), or None."""
    with planted(tree, mutant.patch):
        return run(tree, mutant.tests)


@contextmanager
def planted(tree: Path, patch: Path) -> Iterator[None]:
    """The mistake is in the tree until the end of the block.

    Raises:
        Broken: the patch no longer applies.
    """
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(tree.parent)}
    command = ["git", "apply", "--whitespace=nowarn", str(patch)]
    applied = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    if applied.returncode:
        raise Broken(f"{patch.name} no longer applies; plant the mistake again:\n{applied.stderr}")
    try:
        yield
    finally:
        subprocess.run([*command[:2], "-R", *command[2:]], cwd=tree, env=environment, check=True)


def run(tree: Path, tests: Sequence[str]) -> str | None:
    """Run `tests` in `tree`: the first that fails, or None.

    Raises:
        Broken: they could not be run.
    """
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-rf", "--tb=no", "--no-header", *tests]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode == 0:
        return None
    failed = re.search(r"^FAILED (\S+)", done.stdout, re.MULTILINE)
    if done.returncode != TESTS_FAILED or not failed:
        raise Broken(f"the tests could not be run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return failed[1]


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Broken as broken:
        print(broken)
        sys.exit(1)
