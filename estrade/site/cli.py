"""The `estrade` command."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable

from estrade.site.supervisor import control
from estrade.site.supervisor.doctor import examine
from estrade.site.supervisor.errors import CannotRun
from estrade.site.supervisor.instance import Instance


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; the exit status."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.do(options)
    except CannotRun as refusal:
        print(f"estrade: {refusal}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="estrade", description="Sell places in a live video event, and hold it.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, do: Callable[[argparse.Namespace], int], about: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=about, description=about)
        added.set_defaults(do=do)
        return added

    up = command("up", _up, "start every process of this instance and watch them, until Ctrl-C")
    up.add_argument("--detach", action="store_true", help="return when everything is ready")
    up.add_argument("--demo", action="store_true", help="with simulated payments, a mailbox and a robot performer")
    status = command("status", _status, "say how every process is doing")
    status.add_argument("--json", action="store_true", help="for programs")
    command("down", _down, "stop every process")
    command("doctor", _doctor, "look at each part and say how to mend it")
    command("demo", _demo, "start the demo if it does not run, fill it, say where to look")
    command("migrate", _migrate, "bring the tables up to date and grant the application's role its rights")
    command("dump", _dump, "write the embedded database as SQL, for a server of your own or another version")
    command("worker", _worker, "run the tasks of this instance")
    fee = command("fee", _fee, "say what the instance keeps, or change it from a moment to come on")
    fee.add_argument("--percent", help="of each price, for example 2.5; without it the schedule is printed")
    fee.add_argument("--fixed", default="0", help="of each place besides, in --currency, for example 0.30")
    fee.add_argument("--from", dest="starts_at", help="the moment it begins, with its zone: 2027-01-01T00:00+01:00")
    fee.add_argument("--currency", default="", help="only of what is sold in this currency")
    fee.add_argument("--plan", default="", help="only of what organisations on this plan sell: free, pro or education")
    fee.add_argument("--donations", action="store_true", help="of donations instead of places")
    plan = command("plan", _plan, "put an organisation on a plan")
    plan.add_argument("organisation", help="its short name, as in the address of its page")
    plan.add_argument("plan", help="free, pro or education")
    register = command("register", _register, "read public registers of charities in, and list charities from them")
    does = register.add_subparsers(required=True, metavar="DO", dest="does")
    reads = does.add_parser("import", help="read the files of a register in; may be stopped and run again")
    reads.add_argument("register", help="us_irs, uk_ccew, fr_rna, fr_rup or plain")
    reads.add_argument("files", nargs="+", metavar="FILE", help="all files of the register together; .zip is read as it is")
    reads.add_argument("--part", action="store_true", help="these are not all: nothing counts as gone")
    reads.add_argument("--may-shrink", action="store_true", help="more than a tenth may be gone")
    lists = does.add_parser("list", help="put a charity on the operator's list, from its entry")
    lists.add_argument("register", help="us_irs, uk_ccew, fr_rna, fr_rup or plain")
    lists.add_argument("number", help="its number there")
    lists.add_argument("--purpose", required=True, help="what it does, in a sentence that buyers read")
    lists.add_argument("--website", default="", help="https://...")
    does.add_parser("proposals", help="say which charities hosts have proposed")
    for verb in ("accept", "decline"):
        decides = does.add_parser(verb, help=f"{verb} what a host has proposed")
        decides.add_argument("proposal", help="its id, from `estrade register proposals`")
    robot = command("robot", _robot, "perform in a room, until Ctrl-C")
    robot.add_argument("link", nargs="?", default="", help="a crew link; without it the demo's, as soon as it is filled")
    command("mailbox", _mailbox, "keep every mail in var/mail instead of sending it")
    manage = command("manage", _manage, "run a command of Django's on this instance")
    manage.add_argument("rest", nargs=argparse.REMAINDER, metavar="...")
    return parser


def _up(options: argparse.Namespace) -> int:
    instance = Instance.here(is_demo=options.demo)
    if options.detach:
        control.up_detached(instance)
        print(f"Estrade runs at {instance.site_url} (`estrade status`, `estrade down`).")
    else:
        control.up(instance)
    return 0


def _status(options: argparse.Namespace) -> int:
    state = control.status(Instance.here())
    if options.json:
        print(json.dumps(state, indent=2))
    else:
        print(f"{state['phase']}  {state.get('site_url', '')}".rstrip())
        if state.get("refusal"):
            print(f"  the last start was refused: {state['refusal']}")
        parts = state["parts"]
        assert isinstance(parts, dict)
        for name, facts in parts.items():
            restarts = f", restarted {facts['restarts']} times" if facts["restarts"] else ""
            print(f"  {name:<10} {facts['state']}{restarts}" + (f" (process {facts['pid']})" if facts["pid"] else ""))
    return 0 if state["phase"] == "ready" else 3


def _down(_: argparse.Namespace) -> int:
    stopped = control.down(Instance.here())
    print("Stopped." if stopped else "Nothing was running.")
    return 0


def _doctor(_: argparse.Namespace) -> int:
    findings = examine(Instance.here())
    for name, found, is_well in findings:
        print(f"  {'well' if is_well else 'MEND'}  {name:<12} {found}")
    return 0 if all(is_well for _, _, is_well in findings) else 1


def _demo(_: argparse.Namespace) -> int:
    instance = Instance.here(is_demo=True)
    control.up_detached(instance)
    _set_up_django(instance.web_environment())
    try:
        demo = importlib.import_module("estrade.site.demo")
    except ModuleNotFoundError as error:
        raise CannotRun("The demo's data is missing (estrade/site/demo.py): this clone is incomplete.") from error
    facts = demo.fill()
    print(f"""
  What's on          {facts["site"]}
  On now             {facts["event_url"]}
  Sign in as host    {facts["sign_in_link"]}
                     (works once; `make demo` gives a new one)
  Mail of the demo   {facts["mail_page"]}

  For programs       {instance.var / "demo.json"}
  To stop            .venv/bin/estrade down
""")
    return 0


def _migrate(_: argparse.Namespace) -> int:
    instance = Instance.here()
    owner_url, role = instance.database_owner_url, instance.application_role
    _set_up_django(instance.web_environment() | {"DATABASE_URL": owner_url})
    from django.core.management import call_command
    from django.db import connection, transaction

    from estrade.base.database import grant_to_application

    call_command("migrate", interactive=False, verbosity=1)
    with transaction.atomic():  # at no moment may the role do more than it should
        grant_to_application(connection, role)
    return 0


def _dump(_: argparse.Namespace) -> int:
    instance = Instance.here()
    if not (instance.has_own_database and control.is_running(instance)):
        raise CannotRun("Only a running instance with its own database is dumped: `estrade up --detach` first.")
    program = instance.cluster.binaries / "pg_dump"
    if not program.exists():
        raise CannotRun(f"{program} is missing.")
    return subprocess.run([str(program), "--no-owner", "--no-privileges", instance.database_owner_url], check=False).returncode


def _worker(_: argparse.Namespace) -> int:
    _set_up_django(Instance.here().web_environment())
    from estrade.site.supervisor.worker import run_worker

    run_worker()
    return 0


def _fee(options: argparse.Namespace) -> int:
    _set_up_django(Instance.here().web_environment())
    from estrade.site import operating

    return operating.say_fees() if options.percent is None else operating.change_fee(options)


def _plan(options: argparse.Namespace) -> int:
    _set_up_django(Instance.here().web_environment())
    from estrade.site import operating

    return operating.change_plan(options.organisation, options.plan)


def _register(options: argparse.Namespace) -> int:
    _set_up_django(Instance.here().web_environment())
    from estrade.charities.registers import READERS
    from estrade.site import operating

    if options.does == "proposals":
        return operating.say_proposals()
    if options.does in {"accept", "decline"}:
        return operating.decide_proposal(options)
    if options.register not in READERS:
        raise CannotRun(f"There is no register {options.register}: name one of {', '.join(READERS)}.")
    return operating.import_register(options) if options.does == "import" else operating.list_from_register(options)


def _robot(options: argparse.Namespace) -> int:
    os.environ["ESTRADE_VAR"] = str(Instance.here().var)
    robot = importlib.import_module("estrade.site.robot")
    status: int = robot.main([options.link] if options.link else [])
    return status


def _mailbox(_: argparse.Namespace) -> int:
    from estrade.site.supervisor.mailbox import keep_mail

    instance = Instance.here()
    keep_mail(instance.var / "mail", instance.port_of("mailbox"))
    return 0


def _manage(options: argparse.Namespace) -> int:
    _set_up_django(Instance.here().web_environment())
    from django.core.management import execute_from_command_line

    execute_from_command_line(["estrade manage", *options.rest])
    return 0


def _set_up_django(environment: dict[str, str]) -> None:
    """Settings are read from the environment, which therefore comes first."""
    os.environ.update(environment)
    import django

    django.setup()
