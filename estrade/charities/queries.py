"""The operator's list of charities."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from estrade.base.errors import NotFound
from estrade.charities import searching
from estrade.charities.models import Charity, CharityProposal, RegisterEntry
from estrade.users.models import Organisation


def listed() -> list[Charity]:
    """The charities that a share can be promised to, by name."""
    return list(Charity.objects.filter(retired_at=None, suspended_at=None).select_related("entry").order_by("name", "pk"))


def is_listed(charity_id: UUID) -> bool:
    """Whether a new share may be promised to this charity."""
    return Charity.objects.filter(pk=charity_id, retired_at=None, suspended_at=None).exists()


def may_receive(charity_id: UUID) -> bool:
    """Whether money may be transferred to this charity now; one that was retired still gets what it is owed."""
    return Charity.objects.filter(pk=charity_id, suspended_at=None).exists()


def why_not(charity_id: UUID) -> str:
    """Why nothing may be transferred to this charity now, as a code: dissolved, removed, revoked or gone; empty when it may.

    Raises:
        NotFound: there is no such charity.
    """
    found = charity(charity_id)
    return found.suspended_because if found.suspended_at else ""


def charity(charity_id: UUID) -> Charity:
    """One charity, retired ones too: what was promised to it stands."""
    found = Charity.objects.filter(pk=charity_id).first()
    if found is None:
        raise NotFound
    return found


def names(charity_ids: Collection[UUID]) -> dict[UUID, str]:
    """What these charities are called, retired ones too."""
    return dict(Charity.objects.filter(pk__in=charity_ids).values_list("pk", "name"))


def entry(register: str, number: str) -> RegisterEntry:
    """What a register says about the organisation of this number."""
    found = RegisterEntry.objects.filter(register=register, number=number).first()
    if found is None:
        raise NotFound
    return found


def suspended(register: str) -> list[Charity]:
    """The listed charities whose entries in this register have lost their status."""
    return list(Charity.objects.filter(entry__register=register).exclude(suspended_at=None).order_by("name", "pk"))


def found(text: str, country: str = "") -> list[Charity]:
    """The listed charities that somebody means by `text`, words of their name, place or number; all for no text."""
    return searching.among((each for each in listed() if country in {"", each.country}), text)


def found_entries(text: str, country: str = "", after: int | None = None, limit: int = 20) -> list[RegisterEntry]:
    """The entries of registers that somebody means by `text`, by name; those after the entry `after`. Nothing for no text."""
    last = RegisterEntry.objects.filter(pk=after).first() if after else None
    return searching.entries(text, country, last, limit)


def proposals_of(organisation: Organisation) -> list[CharityProposal]:
    """What an organisation has proposed, the newest first."""
    return list(
        CharityProposal.objects.filter(organisation=organisation).select_related("entry", "charity").order_by("-proposed_at", "pk")
    )


def open_proposals() -> list[CharityProposal]:
    """What waits for the operator, the oldest first."""
    waiting = CharityProposal.objects.filter(decided_at=None).select_related("entry", "organisation")
    return list(waiting.order_by("proposed_at", "pk"))


def by_slug(slug: str) -> Charity:
    """The charity with this address, suspended and retired ones too: who gave to it finds it."""
    found = Charity.objects.filter(slug=slug).select_related("entry__last_import").first()
    if found is None:
        raise NotFound
    return found
