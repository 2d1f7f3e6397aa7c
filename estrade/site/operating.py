"""What the operator does at the command line once Django is set up. Refusals are printed with what to do about them."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.utils import timezone

from estrade.base.errors import Invalid, NotFound, Refusal
from estrade.charities import importing
from estrade.charities.actions import decide, list_from_entry
from estrade.charities.queries import open_proposals, suspended
from estrade.tickets import actions, fees
from estrade.tickets.amounts import amount_minor
from estrade.tickets.fees import Fee
from estrade.tickets.models import FeePeriod
from estrade.tickets.presenting import fee_text
from estrade.users.actions import change_plan as put_on_plan


def say_fees() -> int:
    """Print the schedule, a line for each period."""
    for period in fees.read_schedule():
        whose = " ".join(part for part in (period.plan, period.currency) if part) or "everybody"
        what = fee_text(period.fee, period.currency)
        print(f"  {period.starts_at:%Y-%m-%d %H:%M %Z}  {period.kind:<8}  {whose:<14}  {what}")
    return 0


def change_fee(options: argparse.Namespace) -> int:
    """Let the instance keep something else from a moment to come on."""
    percent, fixed = amount_minor(options.percent, "EUR"), amount_minor(options.fixed, options.currency or "EUR")
    try:
        starts_at = datetime.fromisoformat(options.starts_at or "")
    except ValueError:
        starts_at = None
    if percent is None or fixed is None or starts_at is None or starts_at.tzinfo is None:
        return _refused("Write --percent 2.5, --fixed 0.30 and --from 2027-01-01T00:00+01:00.")
    kind = FeePeriod.Kind.DONATION if options.donations else FeePeriod.Kind.PLACE
    try:
        actions.set_fee(
            Fee(percent, fixed), starts_at, timezone.now(), kind=kind, plan=options.plan, currency=options.currency.upper()
        )
    except Refusal as refusal:
        return _refused(_reason(refusal))
    return say_fees()


def change_plan(slug: str, plan: str) -> int:
    """Put the organisation called `slug` on `plan`."""
    try:
        put_on_plan(slug, plan)
    except NotFound:
        return _refused(f"There is no organisation called {slug}.")
    except Refusal as refusal:
        return _refused(_reason(refusal))
    print(f"{slug} is on the plan {plan}.")
    return 0


def import_register(options: argparse.Namespace) -> int:
    """Read the files of a public register in."""
    paths = [Path(file) for file in options.files]
    try:
        reading = importing.import_register(
            options.register, paths, timezone.now(), is_whole=not options.part, may_shrink=options.may_shrink
        )
    except Refusal as refusal:
        return _refused(_reason(refusal))
    for charity in suspended(options.register):
        print(f"  suspended: {charity.name} ({charity.registration}), {charity.get_suspended_because_display()}")
    print(f"{reading.read_count} read, {reading.unreadable_count} without number or name, {reading.gone_count} gone.")
    return 0


def list_from_register(options: argparse.Namespace) -> int:
    """Put an organisation on the list of charities, from its entry in a register."""
    try:
        charity = list_from_entry(options.register, options.number, options.purpose, timezone.now(), options.website)
    except NotFound:
        return _refused(f"{options.register} has no {options.number}; is it read in?")
    except Refusal as refusal:
        return _refused(_reason(refusal))
    print(f"{charity.name} ({charity.registration}) is on the list.")
    return 0


def say_proposals() -> int:
    """Print what hosts have proposed and nobody has decided."""
    for each in open_proposals():
        entry = each.entry
        print(f"  {each.pk}  {entry.register} {entry.number}  {entry.name} ({entry.place})")
        print(f"      {each.organisation.slug}: {each.purpose}")
    return 0


def decide_proposal(options: argparse.Namespace) -> int:
    """Accept or decline what a host has proposed."""
    try:
        proposal = decide(UUID(options.proposal), timezone.now(), accepted=options.does == "accept")
    except (NotFound, ValueError):
        return _refused(f"No proposal {options.proposal} waits; `estrade register proposals` lists them.")
    except Refusal as refusal:
        return _refused(_reason(refusal))
    print(f"{proposal.entry.name} is {'on the list' if proposal.charity else 'declined'}.")
    return 0


def _reason(refusal: Refusal) -> str:
    details = [error.detail for error in refusal.errors] if isinstance(refusal, Invalid) else []
    facts = [f"{name}: {value}" for name, value in refusal.facts.items()]
    return " ".join([refusal.title, *details, *facts])


def _refused(reason: str) -> int:
    print(f"estrade: {reason}", file=sys.stderr)
    return 1
