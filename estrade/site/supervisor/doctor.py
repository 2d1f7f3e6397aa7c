"""Looks at every part of an instance and says how to mend what is not well."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable

import psycopg

from estrade.site.supervisor.builds import ENGINES, REPOSITORY, engines_folder
from estrade.site.supervisor.children import children
from estrade.site.supervisor.control import is_running, status
from estrade.site.supervisor.errors import CannotRun
from estrade.site.supervisor.instance import Instance
from estrade.site.supervisor.listeners import exposed, is_taken
from estrade.site.supervisor.postgres import MAJOR_FLOOR, major_version
from estrade.site.supervisor.process import members
from estrade.site.supervisor.supervise import FREE_MEGABYTES_MIN


class Ailing(Exception):
    """What is wrong and what to do, in one line."""


def examine(instance: Instance) -> list[tuple[str, str, bool]]:
    """(what was looked at, what was found, whether it is well), one for each part."""
    checks: list[tuple[str, Callable[[Instance], str]]] = [
        ("Python", _python),
        ("engines", _engines),
        ("pages", _pages),
        ("state folder", _state),
        ("disk", _disk),
        ("secrets", _secrets),
        ("PostgreSQL", _postgres_binaries),
        ("ports", _ports),
        ("processes", _processes),
        ("database", _database),
    ]
    findings = []
    for name, look in checks:
        try:
            findings.append((name, look(instance), True))
        except (Ailing, CannotRun) as ailing:
            findings.append((name, str(ailing), False))
    return findings


def _python(_: Instance) -> str:
    return sys.version.split()[0]


def _engines(_: Instance) -> str:
    missing = [name for name in ENGINES if not (engines_folder() / name).exists()]
    if missing:
        raise Ailing(f"{', '.join(missing)} missing in {engines_folder()}: run `make build`.")
    return ", ".join(ENGINES)


def _pages(_: Instance) -> str:
    static = REPOSITORY / "estrade" / "static"
    count = sum(len(files) for _, _, files in os.walk(static))
    if not count:
        raise Ailing(f"{static} is empty: run `make build`.")
    return f"{count} files"


def _state(instance: Instance) -> str:
    folder = instance.var if instance.var.exists() else instance.var.parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Ailing(f"{folder} cannot be written by this user: set ESTRADE_VAR to a folder of your own.")
    return str(instance.var)


def _disk(instance: Instance) -> str:
    folder = instance.var if instance.var.exists() else instance.var.parent
    free_megabytes = shutil.disk_usage(folder).free // 1_000_000
    if free_megabytes < FREE_MEGABYTES_MIN:
        raise Ailing(f"{free_megabytes} MB free, {FREE_MEGABYTES_MIN} MB are needed: make room.")
    return f"{free_megabytes} MB free"


def _secrets(instance: Instance) -> str:
    path = instance.var / "secrets.json"
    if not path.exists():
        return "none yet; made at the first start"
    if path.stat().st_mode & 0o077:
        raise Ailing(f"others may read {path}: chmod 600 it, and remove it if others have an account here.")
    return str(path)


def _postgres_binaries(instance: Instance) -> str:
    if not instance.has_own_database:
        return "elsewhere, by DATABASE_URL"
    major = major_version(instance.cluster.binaries)
    if major < MAJOR_FLOOR:
        raise Ailing(f"{instance.cluster.binaries} is PostgreSQL {major}: {MAJOR_FLOOR} or later is needed.")
    return f"{major} in {instance.cluster.binaries}"


def _ports(instance: Instance) -> str:
    if is_running(instance):
        return f"{instance.port} and the next ones, in use by this instance"
    wanted = [(port, child.name, False) for child in children(instance) for port in child.tcp_ports]
    wanted += [(port, child.name, True) for child in children(instance) for port in child.udp_ports]
    taken = [f"{port} ({name})" for port, name, is_udp in wanted if is_taken(port, is_udp=is_udp)]
    if taken:
        raise Ailing(f"{', '.join(taken)} taken by another program: stop it, or set ESTRADE_PORT.")
    return f"{instance.port} and the next ones are free"


def _processes(instance: Instance) -> str:
    state = status(instance)
    parts = state["parts"]
    assert isinstance(parts, dict)
    if not parts:
        return "not running; `estrade up` starts it"
    ailing = [name for name, facts in parts.items() if facts["state"] not in {"ready", "done"}]
    if ailing:
        raise Ailing(f"{', '.join(ailing)} not ready: the reason is in {instance.log}.")
    for name, facts in parts.items():
        for address in exposed(members(facts["pid"]), is_caller=name == "robot") if facts["pid"] else ():
            raise Ailing(f"{name} can be reached from other machines at {address}: `estrade down`.")
    return f"{len(parts)} parts ready, all of them on loopback"


def _database(instance: Instance) -> str:
    if instance.has_own_database and not is_running(instance):
        return "not running"
    try:
        with psycopg.connect(instance.database_url, connect_timeout=5) as connection:
            owned = connection.execute("SELECT count(*) FROM pg_tables WHERE tableowner = current_user").fetchone()
            known = connection.execute("SELECT to_regclass('django_migrations') IS NOT NULL").fetchone()
    except psycopg.OperationalError as error:
        raise Ailing(f"does not answer: {str(error).splitlines()[0]}") from error
    if owned and owned[0]:
        raise Ailing(f"the application's role owns {owned[0]} tables: give it another role than DATABASE_OWNER_URL has.")
    if not (known and known[0]):
        raise Ailing("has no tables yet: run `estrade migrate`.")
    return "answers; the application's role owns nothing"
