"""What an operator says to an instance: up, status, down."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time

from estrade.site.supervisor.builds import REPOSITORY
from estrade.site.supervisor.children import python
from estrade.site.supervisor.errors import CannotRun
from estrade.site.supervisor.instance import Instance, read_json
from estrade.site.supervisor.postgres import end_processes_in
from estrade.site.supervisor.process import end_supervised, turn_over
from estrade.site.supervisor.supervise import Supervisor

READY_SECONDS_MAX = 180.0
DOWN_SECONDS_MAX = 40.0


def up(instance: Instance) -> None:
    """Run `instance` in the foreground until Ctrl-C or SIGTERM."""
    Supervisor(instance).run()


def up_detached(instance: Instance) -> None:
    """Start `instance` and return when everything is ready; nothing is done when it is.

    Raises:
        CannotRun: it did not become ready.

    """
    if is_running(instance):
        _wait_until_ready(instance, None)
        return
    log = instance.log / "supervisor.log"
    turn_over(log)
    environment = os.environ | {"ESTRADE_DEMO": "1" if instance.is_demo else "", "PYTHONPATH": str(REPOSITORY)}
    with log.open("ab") as out:
        supervisor = subprocess.Popen(
            python("-m", "estrade", "up"),
            env=environment,
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    _wait_until_ready(instance, supervisor)


def _wait_until_ready(instance: Instance, supervisor: subprocess.Popen[bytes] | None) -> None:
    give_up_at = time.monotonic() + READY_SECONDS_MAX
    told: set[str] = set()
    while time.monotonic() < give_up_at:
        state = read_json(instance.run / "state.json")
        is_current = supervisor is None or state.get("pid") == supervisor.pid
        if is_current:
            _tell_progress(state, told)
            if state.get("phase") == "ready":
                return
        has_ended = supervisor.poll() is not None if supervisor else not is_running(instance)
        if has_ended:
            state = read_json(instance.run / "state.json")
            refusal = str(state.get("refusal") or "") if supervisor is None or state.get("pid") == supervisor.pid else ""
            raise CannotRun(refusal or f"The supervisor ended; the reason is at the end of {instance.log / 'supervisor.log'}.")
        time.sleep(0.1)
    raise CannotRun(f"Not ready after {READY_SECONDS_MAX:.0f} s: `estrade status` says which part, {instance.log} why.")


def _tell_progress(state: dict[str, object], told: set[str]) -> None:
    parts = state.get("parts")
    for name, facts in parts.items() if isinstance(parts, dict) else ():
        if facts["state"] in {"ready", "done"} and name not in told:
            told.add(name)
            print(f"  {name} {'is ready' if facts['state'] == 'ready' else 'is done'}", flush=True)


def down(instance: Instance) -> bool:
    """Stop `instance` and wait until no process of it is left; False when none ran.

    Raises:
        CannotRun: it does not stop.

    """
    if not is_running(instance):
        # Killed with everything: what it may have left behind is ended all the same.
        left_behind = end_supervised(instance.var)
        if instance.has_own_database and (instance.var / "postgres").exists():
            end_processes_in(instance.cluster.folder)
        return left_behind > 0
    pid = read_json(instance.run / "state.json").get("pid")
    assert isinstance(pid, int)
    os.kill(pid, signal.SIGTERM)
    give_up_at = time.monotonic() + DOWN_SECONDS_MAX
    while is_running(instance):
        if time.monotonic() > give_up_at:
            raise CannotRun(f"The supervisor (process {pid}) does not stop; its log is {instance.log / 'supervisor.log'}.")
        time.sleep(0.05)
    return True


def status(instance: Instance) -> dict[str, object]:
    """What the supervisor last wrote down, or that nothing runs."""
    state = read_json(instance.run / "state.json")
    if not is_running(instance):
        return {"phase": "stopped", "refusal": state.get("refusal", ""), "parts": {}}
    return state


def is_running(instance: Instance) -> bool:
    """Whether a supervisor holds the lock."""
    try:
        with (instance.run / "lock").open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def tell(line: str) -> None:
    """To whoever typed the command."""
    print(line, file=sys.stdout, flush=True)
