"""The demo on a machine that is connected to nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from tests.instance import FOREIGN, REPOSITORY, RunningInstance

ALONE = ["unshare", "--net", "--pid", "--mount", "--mount-proc", "--fork", "--kill-child"]
IS_POSSIBLE = bool(shutil.which("unshare")) and subprocess.run([*ALONE, "true"], check=False, capture_output=True).returncode == 0


@pytest.mark.skipif(not IS_POSSIBLE, reason="this user may not make a network of their own")
def test_with_only_loopback_up_bob_sees_and_hears_the_robot(tmp_path):
    var, port = tmp_path / "var", 8000  # in a network of its own every port is free
    environment = RunningInstance(var, port).environment()
    assert not set(FOREIGN) & set(environment)

    watching = subprocess.run(
        [*ALONE, sys.executable, "-m", "tests.clean_room.offline", str(var), str(port)],
        cwd=REPOSITORY, env=environment, check=False, capture_output=True, text=True, timeout=240,
    )  # fmt: skip

    assert watching.returncode == 0, watching.stdout[-3000:] + watching.stderr[-3000:]
