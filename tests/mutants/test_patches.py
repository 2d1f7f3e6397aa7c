"""The planted mistakes still fit the code that they are planted in."""

import subprocess

import pytest

from tests.instance import REPOSITORY
from tests.mutants.__main__ import read_mutants


@pytest.mark.parametrize("mutant", read_mutants(), ids=lambda mutant: mutant.patch.stem)
def test_a_mistake_can_be_planted_and_the_tests_that_must_notice_are_there(mutant):
    command = ["git", "apply", "--check", str(mutant.patch)]
    tried = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)

    assert tried.returncode == 0, tried.stderr
    assert mutant.tests
    assert all((REPOSITORY / test.partition("::")[0]).exists() for test in mutant.tests)
