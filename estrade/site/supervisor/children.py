"""The processes of an instance: how each is started, how one knows that it works, and what it waits for."""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from estrade.site.supervisor.builds import REPOSITORY, engines_folder
from estrade.site.supervisor.engine import engine_environment, write_engine_config
from estrade.site.supervisor.errors import PartMissing
from estrade.site.supervisor.front import front_environment, write_front_config
from estrade.site.supervisor.identity import Identity
from estrade.site.supervisor.instance import STRIPE_CALLBACK_PATH, Instance
from estrade.site.supervisor.listeners import answers

STOP_GENTLY = (signal.SIGTERM,)
# LiveKit waits for the last participant at the first signal, without limit; the second one ends it.
STOP_TWICE = (signal.SIGTERM, signal.SIGTERM)

_GRANIAN = (
    "--interface wsgi --host 127.0.0.1 --http 1 --no-ws --backlog 2048 --no-access-log --log-level warning "
    "--respawn-failed-workers --respawn-interval 0.2 --workers-kill-timeout 5"
)


@dataclass(frozen=True)
class Child:
    """What the supervisor must know about one process."""

    name: str
    command: Callable[[], list[str]]
    environment: Callable[[], Mapping[str, str]]
    is_ready: Callable[[], bool]
    waits_for: tuple[str, ...] = ()
    tcp_ports: tuple[int, ...] = ()
    udp_ports: tuple[int, ...] = ()
    is_done_when_ended: bool = False
    is_caller: bool = False  # it joins rooms as a browser does, see `listeners.exposed`
    steady_after_s: float = 0.0  # for one that cannot be asked: ready when it has lived this long
    stop_signals: tuple[int, ...] = STOP_GENTLY
    signal_when_orphaned: int = signal.SIGKILL
    prepare: Callable[[], None] = field(default=lambda: None)
    once_ready: Callable[[], None] = field(default=lambda: None)
    identity: Callable[[], Identity] = field(default=lambda: Identity.OURSELVES)


def children(instance: Instance) -> list[Child]:
    """Every process that this instance runs itself, in the order in which they are started."""
    makers = {
        "database": _database,
        "engine": _engine,
        "messages": _messages,
        "paysim": _paysim,
        "mailbox": _mailbox,
    }
    found = [make(instance) for part, make in makers.items() if instance.runs(part)]
    found += [_migrate(instance), _web(instance), _worker(instance), _front(instance)]
    if instance.is_demo and importlib.util.find_spec("estrade.site.robot"):
        found.append(_robot(instance))
    known = {child.name for child in found}
    for child in found:
        assert set(child.waits_for) - {"database"} <= known, child.name
    return found


def _database(instance: Instance) -> Child:
    cluster = instance.cluster
    return Child(
        name="database",
        prepare=cluster.prepare,
        command=cluster.command,
        environment=instance.common_environment,
        is_ready=cluster.is_ready,
        once_ready=cluster.make_roles,
        identity=lambda: cluster.identity,
        # Fast but clean; a server that is killed has to recover at its next start.
        stop_signals=(signal.SIGINT,),
        signal_when_orphaned=signal.SIGINT,
    )


def _migrate(instance: Instance) -> Child:
    return Child(
        name="migrate",
        command=lambda: python("-m", "estrade", "migrate"),
        environment=lambda: {**instance.common_environment(), **instance.owner_environment()},
        is_ready=lambda: False,
        is_done_when_ended=True,
        waits_for=("database",),
    )


def _engine(instance: Instance) -> Child:
    return Child(
        name="engine",
        command=lambda: write_engine_config(instance),
        environment=lambda: engine_environment(instance),
        is_ready=lambda: _status(f"http://127.0.0.1:{instance.port_of('engine')}/") == 200,
        tcp_ports=(instance.port_of("engine"),),
        udp_ports=(instance.port_of("media"), instance.port_of("turn")),
        stop_signals=STOP_TWICE,
    )


def _messages(instance: Instance) -> Child:
    return Child(
        name="messages",
        command=lambda: [str(engines_folder() / "messages")],
        environment=lambda: {
            **instance.common_environment(),
            "MESSAGES_LISTEN": f"127.0.0.1:{instance.port_of('messages')}",
            "MESSAGES_TOKEN_SECRET": instance.secret("MESSAGES_TOKEN_SECRET"),
            "MESSAGES_API_KEY": instance.secret("MESSAGES_API_KEY"),
            "MESSAGES_CALLBACK_URL": instance.web_url,
            "INTERNAL_KEY": instance.secret("INTERNAL_KEY"),
        },
        is_ready=lambda: answers(instance.port_of("messages")),
        tcp_ports=(instance.port_of("messages"),),
    )


def _paysim(instance: Instance) -> Child:
    port = instance.port_of("paysim")
    options = ["--port", str(port), "--public-url", f"http://localhost:{port}"]
    options += ["--state", str(instance.var / "paysim.jsonl"), "--webhook-url", instance.web_url + STRIPE_CALLBACK_PATH]
    return Child(
        name="paysim",
        command=lambda: python("-m", "paysim", *options),
        environment=lambda: {
            **instance.common_environment(),
            "PYTHONPATH": str(REPOSITORY),
            "STRIPE_SECRET_KEY": instance.secret("STRIPE_SECRET_KEY"),
            "STRIPE_WEBHOOK_SECRET": instance.secret("STRIPE_WEBHOOK_SECRET"),
        },
        is_ready=lambda: answers(port),
        tcp_ports=(port,),
    )


def _mailbox(instance: Instance) -> Child:
    port = instance.port_of("mailbox")
    return Child(
        name="mailbox",
        command=lambda: python("-m", "estrade", "mailbox"),
        environment=lambda: {
            **instance.common_environment(),
            "PYTHONPATH": str(REPOSITORY),
            "ESTRADE_VAR": str(instance.var),
            "ESTRADE_PORT": str(instance.port),
        },
        is_ready=lambda: answers(port),
        tcp_ports=(port,),
    )


def _web(instance: Instance) -> Child:
    port = instance.port_of("web")
    workers, threads = os.environ.get("ESTRADE_WEB_WORKERS") or "2", os.environ.get("ESTRADE_WEB_THREADS") or "16"
    options = ["--port", str(port), "--workers", workers, "--blocking-threads", threads]
    return Child(
        name="web",
        command=lambda: python("-m", "granian", *_GRANIAN.split(), *options, "estrade.site.wsgi:application"),
        environment=lambda: {**instance.common_environment(), **instance.web_environment()},
        is_ready=lambda: 0 < _status(f"{instance.web_url}/health/live", urlsplit(instance.site_url).netloc) < 500,
        waits_for=("migrate",),
        tcp_ports=(port,),
    )


def _worker(instance: Instance) -> Child:
    return Child(
        name="worker",
        command=lambda: python("-m", "estrade", "worker"),
        environment=lambda: {**instance.common_environment(), **instance.web_environment()},
        is_ready=lambda: True,
        steady_after_s=2.0,
        waits_for=("migrate",),
    )


def _front(instance: Instance) -> Child:
    return Child(
        name="front",
        command=lambda: write_front_config(instance),
        environment=lambda: front_environment(instance),
        is_ready=lambda: 0 < _status(f"http://127.0.0.1:{instance.port}/health/live", urlsplit(instance.site_url).netloc) < 500,
        waits_for=("web",),
        tcp_ports=(instance.port,),
    )


def _robot(instance: Instance) -> Child:
    return Child(
        name="robot",
        command=lambda: python("-m", "estrade.site.robot"),
        # It comes by its crew link like anybody, and knows no secret but that.
        environment=lambda: {
            **instance.common_environment(),
            "PYTHONPATH": str(REPOSITORY),
            "ESTRADE_VAR": str(instance.var),
            "ESTRADE_PORT": str(instance.port),
        },
        is_ready=lambda: True,
        is_caller=True,
        waits_for=("web", "front"),
    )


def python(*arguments: str) -> list[str]:
    """A command of this very Python."""
    return [sys.executable, *arguments]


def check_parts(instance: Instance) -> None:
    """Whether every program that `instance` runs is there.

    Raises:
        PartMissing: one is not.

    """
    needed = {"caddy": True, "livekit-server": instance.runs("engine"), "messages": instance.runs("messages")}
    for program, is_needed in needed.items():
        if is_needed and not (engines_folder() / program).exists():
            raise PartMissing(f"The program {program}")
    for module in ("granian", "procrastinate", "django", "aiosmtpd"):
        if importlib.util.find_spec(module) is None:
            raise PartMissing(f"The Python package {module}")
    if instance.runs("paysim") and not Path(REPOSITORY / "paysim" / "__main__.py").exists():
        raise PartMissing("The simulator of payments, paysim", "set STRIPE_SECRET_KEY, or use a complete clone.")


def _status(url: str, host: str | None = None) -> int:
    """The status with which `url` answers; 0 when nobody does."""
    request = urllib.request.Request(url, headers={"Host": host} if host else {})
    try:
        with _opener.open(request, timeout=1.0) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, ValueError):
        return 0


# Whatever the machine's settings say, these questions do not leave it.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
