"""Every amount, twice."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from estrade.base.money import Money
from estrade.ledger import actions, queries
from estrade.ledger.actions import Kind, Movement, Place
from estrade.ledger.models import Account, Entry

EVENT, OTHER_EVENT, ORGANISATION, CHARITY = uuid4(), uuid4(), uuid4(), uuid4()
PLACES = [
    Place(kind, currency, event, owner)
    for currency in ("EUR", "JPY")
    for event in (EVENT, OTHER_EVENT)
    for kind, owner in ((Kind.CLEARING, None), (Kind.BUYERS, None), (Kind.ORGANISATION, ORGANISATION), (Kind.CHARITY, CHARITY))
]


@st.composite
def movements(draw):
    debit, credit = draw(st.tuples(st.sampled_from(PLACES), st.sampled_from(PLACES)).filter(lambda pair: pair[0] != pair[1]))
    credit = Place(credit.kind, debit.currency, credit.event, credit.owner)
    if credit == debit:
        credit = Place(Kind.FEE, debit.currency, debit.event)
    return Movement(debit, credit, Money(draw(st.integers(0, 10**9)), debit.currency))


class Books(TestCase):
    """Hypothesis and Django agree on transactions by this class."""

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.lists(movements(), max_size=6), max_size=5))
    def test_every_account_holds_what_was_moved_to_it_and_all_of_them_together_nothing(self, causes):
        actions._known.clear()
        for causing in causes:
            actions.book("test", uuid4(), causing, "2026-11-23T12:00Z")

        must = dict.fromkeys(PLACES, 0)
        for movement in (movement for causing in causes for movement in causing):
            must[movement.debit] = must.get(movement.debit, 0) + movement.amount.minor
            must[movement.credit] = must.get(movement.credit, 0) - movement.amount.minor
        for event in (EVENT, OTHER_EVENT):
            for balance in queries.balances_of_event(event):
                sign = 1 if balance.kind in queries.DEBIT_KINDS else -1
                place = Place(Kind(balance.kind), balance.amount.currency, event, balance.owner)
                assert sign * balance.amount.minor == must.pop(place)
        assert not any(must.values())
        assert Account.objects.count() == len({row.pk for row in Account.objects.all()})


@pytest.fixture
def sale():
    amount = Money(2500, "EUR")
    return [Movement(Place(Kind.CLEARING, "EUR", EVENT), Place(Kind.BUYERS, "EUR", EVENT), amount)]


def test_one_cause_is_booked_once(db, sale, noon):
    cause = uuid4()
    actions.book("payment", cause, sale, noon)

    with pytest.raises(IntegrityError), transaction.atomic():
        actions.book("payment", cause, sale, noon)

    assert Entry.objects.count() == 1


def test_accounts_of_a_booking_that_was_undone_are_not_remembered(transactional_db, sale, noon):
    transaction.set_autocommit(False)
    actions.book("payment", uuid4(), sale, noon)
    transaction.rollback()
    transaction.set_autocommit(True)

    actions.book("payment", uuid4(), sale, noon)

    assert Account.objects.count() == 2


def test_accounts_are_made_in_one_order_so_that_two_first_sales_never_wait_for_each_other(db, noon):
    charities = [uuid4() for _ in range(12)]
    made = []
    for event, asked in ((EVENT, charities), (OTHER_EVENT, charities[::-1])):
        amount, buyers = Money(100, "EUR"), Place(Kind.BUYERS, "EUR", event)
        actions.book("sale", uuid4(), [Movement(buyers, Place(Kind.CHARITY, "EUR", event, one), amount) for one in asked], noon)
        rows = Account.objects.raw("SELECT * FROM ledger_account WHERE event = %s ORDER BY ctid", [event])
        made.append([(row.kind, row.owner) for row in rows])

    assert made[0] == made[1]
