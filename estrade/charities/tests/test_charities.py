from __future__ import annotations

from uuid import uuid4

import pytest

from estrade.base.errors import Invalid, NotFound
from estrade.charities import actions, queries


def test_a_charity_on_the_list_can_be_promised_a_share_until_it_is_retired(db, noon):
    listed = actions.list_charity("Rückenwind asbl", "Bicycles for all.", "F9876", "lu", noon, website="https://example.org")

    assert queries.listed() == [listed]
    actions.retire_charity(listed, noon)
    assert queries.listed() == []
    assert queries.charity(listed.pk) == listed


def test_listing_a_charity_again_brings_it_up_to_date(charity, noon):
    actions.list_charity(charity.name, "Another purpose.", charity.registration, "LU", noon)

    assert [each.purpose for each in queries.listed()] == ["Another purpose."]


def test_what_is_missing_is_named(db, noon):
    with pytest.raises(Invalid) as refusal:
        actions.list_charity("", "", "F1", "Luxembourg", noon, website="javascript:alert(1)")

    assert [error.field for error in refusal.value.errors] == ["name", "purpose", "country", "website"]


def test_an_unknown_charity_is_not_found(db):
    with pytest.raises(NotFound):
        queries.charity(uuid4())
