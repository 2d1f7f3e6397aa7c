"""The operator's list of charities."""

from __future__ import annotations

from uuid import UUID

from estrade.base.errors import NotFound
from estrade.charities.models import Charity, RegisterEntry


def listed() -> list[Charity]:
    """The charities that a share can be promised to, by name."""
    return list(Charity.objects.filter(retired_at=None).order_by("name", "pk"))


def is_listed(charity_id: UUID) -> bool:
    """Whether a new share may be promised to this charity."""
    return Charity.objects.filter(pk=charity_id, retired_at=None).exists()


def charity(charity_id: UUID) -> Charity:
    """One charity, retired ones too: what was promised to it stands."""
    found = Charity.objects.filter(pk=charity_id).first()
    if found is None:
        raise NotFound
    return found


def entry(register: str, number: str) -> RegisterEntry:
    """What a register says about the organisation of this number."""
    found = RegisterEntry.objects.filter(register=register, number=number).first()
    if found is None:
        raise NotFound
    return found
