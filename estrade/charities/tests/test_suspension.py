from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from estrade.base.errors import NotFound
from estrade.charities import actions, queries
from estrade.charities.importing import import_register
from estrade.charities.models import Charity

FIRST = "number,name,country,place,status\n"


@pytest.fixture
def edition(db, tmp_path, noon):
    """Reads an edition of the plain register in, in which F1 is so many."""

    def reads(status: str | None, day: int = 0, **how: bool) -> None:
        others = "".join(f"N{number},Others {number},LU,Esch,\n" for number in range(20))
        own = f"F1,Phare,LU,Esch,{status}\n" if status is not None else ""
        (tmp_path / "edition.csv").write_text(FIRST + others + own)
        import_register("plain", [tmp_path / "edition.csv"], noon + timedelta(days=day), **how)

    return reads


@pytest.fixture
def phare(edition, noon) -> Charity:
    """A charity on the list that follows its entry."""
    edition("")
    return actions.list_from_entry("plain", "LU F1", "Light for all.", noon)


@pytest.mark.parametrize(
    ("status", "because"), [("revoked", "revoked"), ("dissolved", "dissolved"), ("removed", "removed"), (None, "gone")]
)
def test_a_charity_whose_entry_lost_its_status_receives_nothing_until_it_is_regained(edition, phare, status, because):
    assert queries.may_receive(phare.pk)

    edition(status, day=1)
    assert (queries.may_receive(phare.pk), queries.why_not(phare.pk)) == (False, because)
    assert not queries.is_listed(phare.pk)
    assert queries.listed() == []
    assert queries.suspended("plain") == [phare]

    edition("", day=2)
    assert (queries.may_receive(phare.pk), queries.why_not(phare.pk)) == (True, "")
    assert queries.listed() == [phare]


def test_the_day_of_the_suspension_stands_when_the_reason_changes(edition, phare, noon):
    edition("revoked", day=1)
    edition("dissolved", day=2)
    phare.refresh_from_db()

    assert (phare.suspended_at, phare.suspended_because) == (noon + timedelta(days=1), "dissolved")


def test_a_part_of_the_register_suspends_whom_it_names_and_nobody_else(edition, phare):
    edition(None, day=1, is_whole=False)
    assert queries.may_receive(phare.pk)

    edition("revoked", day=2, is_whole=False)
    assert not queries.may_receive(phare.pk)


def test_who_was_retired_still_gets_what_it_is_owed(phare, noon):
    actions.retire_charity(phare, noon)

    assert queries.may_receive(phare.pk)
    assert not queries.is_listed(phare.pk)


def test_a_charity_that_nobody_knows_receives_nothing(db):
    assert not queries.may_receive(uuid4())
    with pytest.raises(NotFound):
        queries.why_not(uuid4())
