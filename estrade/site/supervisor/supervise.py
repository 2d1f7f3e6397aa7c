"""Starts the children of an instance in their order, keeps them running, and stops them all."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import FrameType

from estrade.site.supervisor.children import Child, check_parts, children
from estrade.site.supervisor.errors import CannotRun, DiskFull, ListensBeyondLoopback, PortTaken
from estrade.site.supervisor.instance import Instance, read_json, write_private
from estrade.site.supervisor.listeners import exposed, is_taken
from estrade.site.supervisor.postgres import end_processes_in
from estrade.site.supervisor.process import Process, end_supervised, members

FREE_MEGABYTES_MIN = 200
RESTART_DELAYS_S = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
STEADY_AFTER_S = 20.0  # after this long a restart is a first one again
START_ATTEMPTS_MAX = 4
READY_SECONDS_MAX = 90.0
FREED_PORT_SECONDS_MAX = 5.0
STOP_SECONDS_MAX = 8.0
LISTENERS_EVERY_S = 15.0
TICK_S = 0.5
STARTING_TICK_S = 0.03


@dataclass
class Part:
    """A child and how it is doing."""

    child: Child
    process: Process | None = None
    state: str = "waiting"  # starting, ready, done, restarting, stopped
    was_ready: bool = False
    ready_at: float = 0.0
    restarts: int = 0
    failures: int = 0
    start_at: float = 0.0

    def facts(self) -> dict[str, object]:
        """For `estrade status`."""
        return {"state": self.state, "pid": self.process.pid if self.process else None, "restarts": self.restarts}


@dataclass
class Supervisor:
    """One run of an instance, from `run` to its return."""

    instance: Instance
    parts: dict[str, Part] = field(default_factory=dict)
    phase: str = "starting"
    stop_asked: bool = False
    looked_at_listeners: float = 0.0
    _keeper: int = 0
    _lifeline: int = -1

    def run(self) -> None:
        """Run until SIGINT or SIGTERM; no process is left when it returns or raises.

        Raises:
            CannotRun: something is missing, taken or full, or a part does not start.

        """
        self.instance.var.mkdir(parents=True, exist_ok=True)
        for folder in (self.instance.run, self.instance.log):
            folder.mkdir(mode=0o700, exist_ok=True)
        with only_one(self.instance):
            self._write_state()
            try:
                self._clear_the_way()
                self.parts = {child.name: Part(child) for child in children(self.instance)}
                self._check_ports()
                self._watch()
            except CannotRun as refusal:
                self._write_state(str(refusal))
                raise
            finally:
                self._stop()

    def _clear_the_way(self) -> None:
        check_parts(self.instance)
        free_megabytes = shutil.disk_usage(self.instance.var).free // 1_000_000
        if free_megabytes < FREE_MEGABYTES_MIN:
            raise DiskFull(str(self.instance.var), free_megabytes)
        left_behind = end_supervised(self.instance.var)
        if left_behind:
            _say(f"Ended {left_behind} processes that an earlier run had left behind.")
        self._keep_lifeline()

    def _check_ports(self) -> None:
        give_up_at = time.monotonic() + FREED_PORT_SECONDS_MAX
        for part in self.parts.values():
            for ports, is_udp in ((part.child.tcp_ports, False), (part.child.udp_ports, True)):
                for port in ports:
                    while is_taken(port, is_udp=is_udp):
                        if time.monotonic() > give_up_at or not self._may_be_ours():
                            raise PortTaken(port, part.child.name)
                        time.sleep(0.1)

    def _may_be_ours(self) -> bool:
        """Whether a taken port may still be that of a process that was just ended."""
        return bool(read_json(self.instance.run / "ports.json").get("port") == self.instance.port)

    def _watch(self) -> None:
        write_private(self.instance.run / "ports.json", json.dumps({"port": self.instance.port}))
        with signals_on_a_pipe(self._ask_to_stop) as pipe:
            while not self.stop_asked:
                self._tick()
                is_busy = any(part.state in {"waiting", "starting"} for part in self.parts.values())
                next_start = min((part.start_at for part in self.parts.values() if part.state == "restarting"), default=None)
                patience = STARTING_TICK_S if is_busy else TICK_S
                if next_start is not None:
                    patience = max(0.0, min(patience, next_start - time.monotonic()))
                if select.select([pipe], [], [], patience)[0]:
                    os.read(pipe, 4096)

    def _ask_to_stop(self, number: int, _frame: FrameType | None) -> None:
        self.stop_asked = number in {signal.SIGINT, signal.SIGTERM} or self.stop_asked

    def _tick(self) -> None:
        before = self._picture()
        for part in self.parts.values():
            self._look_at(part)
        self._look_at_listeners()
        self._look_at_keeper()
        if self.phase == "starting" and all(part.was_ready for part in self.parts.values()):
            self.phase = "ready"
            _say(f"Ready: {self.instance.site_url}")
        if self._picture() != before:
            self._write_state()

    def _picture(self) -> object:
        return self.phase, [part.facts() for part in self.parts.values()]

    def _look_at(self, part: Part) -> None:
        is_its_turn = part.state == "waiting" and all(self._is_up(name) for name in part.child.waits_for)
        if is_its_turn or (part.state == "restarting" and time.monotonic() >= part.start_at):
            self._start(part)
        elif part.process and part.process.has_ended():
            self._ended(part, part.process)
        elif part.state == "starting" and part.process:
            self._look_whether_ready(part, part.process)

    def _is_up(self, name: str) -> bool:
        return name not in self.parts or self.parts[name].was_ready

    def _start(self, part: Part) -> None:
        child = part.child
        child.prepare()
        part.process = Process(
            child.command(),
            child.environment(),
            self.instance.log / f"{child.name}.log",
            identity=child.identity(),
            signal_when_orphaned=child.signal_when_orphaned,
        )
        part.state = "starting"

    def _look_whether_ready(self, part: Part, process: Process) -> None:
        if time.monotonic() - process.started_at < part.child.steady_after_s:
            return
        if part.child.is_ready():
            part.child.once_ready()
            self._check_listeners(part)
            if not part.was_ready:
                _say(f"{part.child.name} is ready after {time.monotonic() - process.started_at:.1f} s")
            part.state, part.was_ready, part.ready_at = "ready", True, time.monotonic()
        elif time.monotonic() - process.started_at > READY_SECONDS_MAX:
            process.send_to_group(signal.SIGKILL)

    def _ended(self, part: Part, process: Process) -> None:
        part.process = None
        if part.child.is_done_when_ended and process.status == 0:
            part.state, part.was_ready = "done", True
            _say(f"{part.child.name} is done after {time.monotonic() - process.started_at:.1f} s")
            return
        was_steady = part.state == "ready" and time.monotonic() - part.ready_at > STEADY_AFTER_S
        part.failures = 1 if was_steady else part.failures + 1
        if not part.was_ready and (part.failures >= START_ATTEMPTS_MAX or part.child.is_done_when_ended):
            raise CannotRun(f"{part.child.name} does not start (see {process.log}): {process.last_words()}")
        delay_s = RESTART_DELAYS_S[min(part.failures - 1, len(RESTART_DELAYS_S) - 1)]
        _say(f"{part.child.name} ended with status {process.status}; starting it again in {delay_s} s")
        part.state, part.restarts, part.start_at = "restarting", part.restarts + 1, time.monotonic() + delay_s

    def _look_at_listeners(self) -> None:
        if time.monotonic() - self.looked_at_listeners > LISTENERS_EVERY_S:
            self.looked_at_listeners = time.monotonic()
            for part in self.parts.values():
                self._check_listeners(part)

    def _check_listeners(self, part: Part) -> None:
        if part.process:
            for address in exposed(members(part.process.pid), is_caller=part.child.is_caller):
                raise ListensBeyondLoopback(part.child.name, address)

    def _keep_lifeline(self) -> None:
        """A small process that outlives a `kill -9` of this one, ends what our children had started, and ends."""
        reading, self._lifeline = os.pipe()
        self._keeper = os.fork()
        if self._keeper:
            os.close(reading)
            return
        try:
            os.setsid()
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            for descriptor in range(3, 256):
                if descriptor != reading:
                    with contextlib.suppress(OSError):
                        os.close(descriptor)
            if os.read(reading, 1) == b"":  # closed without a word: we were killed
                end_supervised(self.instance.var)
        finally:
            os._exit(0)

    def _look_at_keeper(self) -> None:
        if self._keeper and os.waitpid(self._keeper, os.WNOHANG)[0]:
            os.close(self._lifeline)
            self._keep_lifeline()

    def _let_keeper_go(self) -> None:
        if self._keeper:
            with contextlib.suppress(OSError):
                os.write(self._lifeline, b".")
            os.close(self._lifeline)
            os.waitpid(self._keeper, 0)
            self._keeper = 0

    def _stop(self) -> None:
        """Who asks before who answers: front first, the database when nobody needs it any more."""
        self.phase = "stopping"
        self._write_state()
        running = [part for part in reversed(self.parts.values()) if part.process]
        database = [part for part in running if part.child.name == "database"]
        for group in ([part for part in running if part not in database], database):
            _end(group)
        if self.instance.has_own_database and (self.instance.var / "postgres").exists():
            end_processes_in(self.instance.cluster.folder)
        end_supervised(self.instance.var)
        self._let_keeper_go()
        self.phase = "stopped"
        self._write_state()

    def _write_state(self, refusal: str = "") -> None:
        refusal = refusal or str(read_json(self.instance.run / "state.json").get("refusal", "")) * (self.phase != "starting")
        state = {
            "pid": os.getpid(),
            "phase": self.phase,
            "refusal": refusal,
            "port": self.instance.port,
            "site_url": self.instance.site_url,
            "is_demo": self.instance.is_demo,
            "parts": {name: part.facts() for name, part in self.parts.items()},
        }
        with contextlib.suppress(OSError):  # a full disk must not keep us from stopping
            write_private(self.instance.run / "state.json", json.dumps(state, indent=2))


def _end(parts: list[Part]) -> None:
    """End all of `parts` together: each of its signals a second apart, then no more patience."""
    began_at = time.monotonic()
    sent = dict.fromkeys((part.child.name for part in parts), 0)
    while running := [part for part in parts if part.process and not part.process.has_ended()]:
        waited_s = time.monotonic() - began_at
        for part in running:
            process, signals = part.process, part.child.stop_signals
            assert process
            if waited_s > STOP_SECONDS_MAX:
                process.send_to_group(signal.SIGKILL)
            elif sent[part.child.name] < len(signals) and waited_s >= sent[part.child.name]:
                process.send(signals[sent[part.child.name]])
                sent[part.child.name] += 1
        time.sleep(0.02)
    for part in parts:
        part.process, part.state = None, "stopped"


@contextlib.contextmanager
def only_one(instance: Instance) -> Iterator[None]:
    """Holds the instance's lock, which the kernel lets go when this process ends, however it ends.

    Raises:
        CannotRun: another supervisor runs this instance.

    """
    path = instance.run / "lock"
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotRun(f"This instance runs already ({instance.var}): `estrade status`, `estrade down`.") from error
        yield


@contextlib.contextmanager
def signals_on_a_pipe(handler: object) -> Iterator[int]:
    """Wakes the loop for SIGINT, SIGTERM and SIGCHLD; yields what to wait for."""
    reading, writing = os.pipe()
    for end in (reading, writing):
        os.set_blocking(end, False)
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)
    before = [(number, signal.signal(number, handler)) for number in numbers]  # type: ignore[arg-type]
    wakeup = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield reading
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, former in before:
            # A second Ctrl-C must not interrupt the stop that the first one asked for.
            signal.signal(number, former if number == signal.SIGCHLD else signal.SIG_IGN)
        os.close(reading)
        os.close(writing)


def _say(line: str) -> None:
    print(line, file=sys.stdout, flush=True)
