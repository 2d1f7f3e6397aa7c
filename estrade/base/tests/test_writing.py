"""Actions inside actions, and rows of many tables in one statement."""

from contextlib import suppress

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from estrade.base.models import Attempts
from estrade.base.writing import insert, together, whole
from estrade.users.models import Membership, Organisation


def _house():
    return Organisation(name="The Pier", slug="the-pier", currency="EUR")


@whole
def _refuse_after_writing():
    insert([_house()])
    raise LookupError


@pytest.mark.django_db(transaction=True)
def test_a_refusal_inside_another_action_undoes_both():
    @whole
    def outer():
        insert([Organisation(name="The Mole", slug="the-mole", currency="EUR")])
        with CaptureQueriesContext(connection) as captured:
            try:
                _refuse_after_writing()
            finally:
                assert not [each for each in captured.captured_queries if "SAVEPOINT" in each["sql"]]

    with pytest.raises(LookupError):
        outer()

    assert not Organisation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_refusal_that_the_outer_action_swallows_still_undoes_it():
    @transaction.atomic
    def outer():
        with suppress(LookupError):
            _refuse_after_writing()
        insert([Organisation(name="The Mole", slug="the-mole", currency="EUR")])

    with pytest.raises(transaction.TransactionManagementError):
        outer()

    assert not Organisation.objects.exists()


def test_rows_of_two_tables_that_name_each_other_are_one_statement(alice):
    house = _house()

    with CaptureQueriesContext(connection) as captured, together():
        insert([house])
        with together():
            insert([Membership(organisation=house, user=alice, role="owner")])

    assert len(captured) == 1
    assert Membership.objects.get(organisation=house).user == alice


def test_nothing_is_written_when_the_block_ends_early(alice):
    @together()
    def insert_and_refuse():
        insert([_house()])
        raise LookupError

    with pytest.raises(LookupError):
        insert_and_refuse()

    assert not Organisation.objects.exists()


def test_a_key_that_the_database_makes_is_left_to_it(noon, db):
    insert([Attempts(what="look", subject=each, began_at=noon, count=1) for each in ("Bob", "Carol")])

    assert Attempts.objects.count() == 2
