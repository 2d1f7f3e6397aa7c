"""What the operator does with the schedule of fees. Orders that were made keep what held for them."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _

from estrade.base.errors import FieldError
from estrade.base.jobs import defer
from estrade.base.money import EXPONENTS
from estrade.events import queries as events
from estrade.tickets import fees
from estrade.tickets.errors import FeeInvalid, FeeNeedsNotice
from estrade.tickets.models import FeePeriod
from estrade.users.models import Plan

NOTICE = timedelta(days=30)  # between telling hosts and keeping more
BASIS_POINTS_MAX = 2_000


@transaction.atomic
def set_fee(
    fee: fees.Fee,
    starts_at: datetime,
    now: datetime,
    *,
    kind: str = FeePeriod.Kind.PLACE,
    plan: str = "",
    currency: str = "",
) -> FeePeriod:
    """Let the instance keep `fee` of each place (or donation) from `starts_at` on, and tell the hosts whom it concerns.

    `plan` and `currency` narrow it; empty, it holds for whatever has no period of its own.

    Raises:
        FeeInvalid: names each field that is wrong.
        FeeNeedsNotice: it is more than before, hosts sell already, and it begins sooner than NOTICE from now.
    """
    _check(fee, starts_at, now, kind, plan, currency)
    earliest = now + NOTICE
    if starts_at < earliest and events.anything_was_published() and _is_more(fee, kind, plan, currency, starts_at):
        raise FeeNeedsNotice(earliest=earliest)
    period, _made = FeePeriod.objects.update_or_create(
        starts_at=starts_at,
        kind=kind,
        plan=plan,
        currency=currency,
        defaults={"basis_points": fee.basis_points, "fixed_minor": fee.fixed_minor, "announced_at": None},
    )
    transaction.on_commit(lambda: cache.delete(fees.KEPT))
    defer("tickets.announce_fee", period_id=str(period.pk))
    return period


def _check(fee: fees.Fee, starts_at: datetime, now: datetime, kind: str, plan: str, currency: str) -> None:
    errors = []
    if not 0 <= fee.basis_points <= BASIS_POINTS_MAX:
        errors.append(FieldError("percent", "range", _("A fee is between 0 and 20 %.")))
    if fee.fixed_minor < 0 or (fee.fixed_minor and not currency):
        errors.append(FieldError("fixed", "currency", _("An amount needs its currency, and is not below 0.")))
    if kind not in FeePeriod.Kind.values:
        errors.append(FieldError("kind", "unknown", _("Choose one from the list.")))
    if plan and plan not in Plan.values:
        errors.append(FieldError("plan", "unknown", _("Choose one from the list.")))
    if currency and currency not in EXPONENTS:
        errors.append(FieldError("currency", "unknown", _("Choose one of the currencies on the list.")))
    if starts_at < now:
        errors.append(FieldError("starts_at", "past", _("What has begun stands: choose a moment to come.")))
    if errors:
        raise FeeInvalid(errors)


def _is_more(fee: fees.Fee, kind: str, plan: str, currency: str, at: datetime) -> bool:
    """Whether anybody would be asked for more than what holds for them then: of every plan and currency that it reaches."""
    periods = fees.read_schedule()
    reached = [(each, every) for each in ([plan] if plan else Plan.values) for every in ([currency] if currency else EXPONENTS)]
    standing = [fees.in_force(periods, kind, *pair, at) for pair in reached]
    return any(fee.basis_points > each.basis_points or fee.fixed_minor > each.fixed_minor for each in standing)


@transaction.atomic
def announce_fee(period_id: UUID, now: datetime) -> None:
    """Ask for a mail to every owner of an organisation that `period_id` concerns. Twice is once."""
    period = FeePeriod.objects.select_for_update().filter(pk=period_id, announced_at=None).first()
    if period is None:
        return
    for user_id in events.owners_of_hosts(plan=period.plan, currency=period.currency):
        defer("tickets.mail_fee", period_id=str(period.pk), user_id=str(user_id))
    period.announced_at = now
    period.save(update_fields=["announced_at"])
