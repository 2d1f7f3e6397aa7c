"""What the operator does with the list of charities, and what registers do to it."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext

from estrade.base.errors import FieldError, Invalid
from estrade.base.jobs import announce
from estrade.base.text import clean_line
from estrade.charities import queries
from estrade.charities.errors import EntryNotInForce
from estrade.charities.models import Charity, RegisterEntry

logger = logging.getLogger(__name__)


@transaction.atomic
def list_charity(name: str, purpose: str, registration: str, country: str, now: datetime, website: str = "") -> Charity:
    """Put a charity on the list that the operator has checked; listing it again brings it up to date.

    It is known by `registration`, its number in the public register of `country` (ISO 3166, two letters).

    Raises:
        Invalid: a field is missing.
    """
    said = {"name": clean_line(name), "purpose": clean_line(purpose), "registration": clean_line(registration)}
    errors = [FieldError(field, "missing", gettext("This is needed.")) for field, text in said.items() if not text]
    if len(country) != 2 or not country.isalpha():
        errors.append(FieldError("country", "unknown", gettext("Name the country by its two letters, such as LU.")))
    if website and not website.startswith("https://"):
        errors.append(FieldError("website", "unknown", gettext("An address on the web begins with https://.")))
    if errors:
        raise Invalid(errors)
    fields = {"name": said["name"], "purpose": said["purpose"], "website": website, "verified_at": now, "retired_at": None}
    slug = f"{slugify(said['name'])[:40] or 'charity'}-{slugify(said['registration'])[:18]}"
    charity, _ = Charity.objects.update_or_create(
        registration=said["registration"], country=country.upper(), defaults=fields, create_defaults=fields | {"slug": slug}
    )
    return charity


def retire_charity(charity: Charity, now: datetime) -> None:
    """Let no new share name the charity; what it is owed stands."""
    Charity.objects.filter(pk=charity.pk, retired_at=None).update(retired_at=now)


@transaction.atomic
def list_from_entry(register: str, number: str, purpose: str, now: datetime, website: str = "") -> Charity:
    """Put an organisation of a register that was read in on the operator's list; from then on it follows its entry.

    Raises:
        NotFound: no such entry.
        EntryNotInForce: the register no longer has it as registered.
        Invalid: a field is missing.
    """
    entry = queries.entry(register, number)
    if entry.status != RegisterEntry.Status.REGISTERED:
        raise EntryNotInForce(status=entry.status)
    charity = list_charity(entry.name[:120], purpose, entry.number, entry.country, now, website)
    charity.entry, charity.suspended_at, charity.suspended_because = entry, None, ""
    charity.save(update_fields=["entry", "suspended_at", "suspended_because"])
    return charity


@transaction.atomic
def follow(register: str, now: datetime) -> None:
    """Suspend the listed charities whose entries lost their status, and lift it from those that regained it. Twice is once.

    A suspended charity is promised nothing new and transferred nothing; what stands in its account stays there.
    """
    following = Charity.objects.select_for_update(of=("self",), no_key=True).select_related("entry")
    for charity in following.filter(entry__register=register).order_by("pk"):
        assert charity.entry
        has_lost = charity.entry.status != RegisterEntry.Status.REGISTERED
        because = charity.entry.status if has_lost else ""
        if because == charity.suspended_because:
            continue
        is_new, charity.suspended_because = charity.suspended_at is None, because
        charity.suspended_at = (charity.suspended_at or now) if has_lost else None
        charity.save(update_fields=["suspended_at", "suspended_because"])
        logger.warning("charity %s (%s): %s", charity.name, charity.registration, because or "registered again")
        if is_new:
            announce("charities.suspended", charity_id=str(charity.pk))
