"""What the operator does with the list of charities, and what registers do to it."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext

from estrade.base.errors import FieldError, Invalid, NotFound
from estrade.base.jobs import announce
from estrade.base.text import clean_line
from estrade.charities import queries
from estrade.charities.errors import EntryNotInForce, TooManyProposals
from estrade.charities.folding import fold
from estrade.charities.models import Charity, CharityProposal, RegisterEntry
from estrade.users.models import Organisation

logger = logging.getLogger(__name__)

PROPOSALS_MAX = 20  # of one organisation that nobody has decided yet


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
    slug = f"{slugify(fold(said['name']))[:40].strip('-') or 'charity'}-{slugify(said['registration'])[:18]}"
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


@transaction.atomic
def propose(
    organisation: Organisation, register: str, number: str, purpose: str, now: datetime, website: str = ""
) -> CharityProposal:
    """Ask the operator to list an organisation of a register; asked again, the purpose is brought up to date.

    Raises:
        NotFound: no such entry.
        EntryNotInForce: the register no longer has it as registered.
        Invalid: the purpose is missing or too long, or the website is none.
        TooManyProposals: PROPOSALS_MAX of this organisation wait already.
    """
    entry = queries.entry(register, number)
    if entry.status != RegisterEntry.Status.REGISTERED:
        raise EntryNotInForce(status=entry.status)
    purpose, errors = clean_line(purpose), []
    if not 1 <= len(purpose) <= 280:
        errors.append(FieldError("purpose", "length", gettext("Say what it does, in at most 280 characters.")))
    if website and not (website.startswith("https://") and len(website) <= 200):
        errors.append(FieldError("website", "unknown", gettext("An address on the web begins with https://.")))
    if errors:
        raise Invalid(errors)
    waiting = CharityProposal.objects.filter(organisation=organisation, decided_at=None).exclude(entry=entry)
    if waiting.count() >= PROPOSALS_MAX:
        raise TooManyProposals(most=PROPOSALS_MAX)
    said = {"purpose": purpose, "website": website, "proposed_at": now, "decided_at": None, "charity": None}
    proposal, _ = CharityProposal.objects.update_or_create(organisation=organisation, entry=entry, defaults=said)
    return proposal


@transaction.atomic
def decide(proposal_id: UUID, now: datetime, *, accepted: bool) -> CharityProposal:
    """Put what was proposed on the list, or decline it. What was decided stays so.

    Raises:
        NotFound: nothing of this id waits.
        EntryNotInForce: the register no longer has it as registered.
    """
    waiting = CharityProposal.objects.select_for_update(of=("self",)).select_related("entry")
    proposal = waiting.filter(pk=proposal_id, decided_at=None).first()
    if proposal is None:
        raise NotFound
    if accepted:
        entry = proposal.entry
        proposal.charity = list_from_entry(entry.register, entry.number, proposal.purpose, now, proposal.website)
    proposal.decided_at = now
    proposal.save(update_fields=["charity", "decided_at"])
    return proposal
