"""What the instance keeps, from when, of whom, and who bears it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estrade.base.money import Money
from estrade.events import actions as events
from estrade.events.errors import SoldTermsStand
from estrade.events.models import FeeBearer
from estrade.ledger import queries as ledger
from estrade.tickets import actions, fees, pricing, queries
from estrade.tickets.actions.fees import NOTICE
from estrade.tickets.actions.orders import Buyer
from estrade.tickets.errors import FeeInvalid, FeeNeedsNotice, OrderInvalid
from estrade.tickets.fees import Fee, Fees, Period
from estrade.tickets.models import FeePeriod, Order, TicketType
from estrade.tickets.pricing import Choice, Tip

BOB = Buyer("Bob", "bob@example.org")
DAY = timedelta(days=1)


def period(starts_at, basis_points=0, fixed_minor=0, **which):
    return FeePeriod.objects.create(starts_at=starts_at, basis_points=basis_points, fixed_minor=fixed_minor, **which)


def sold(evening, choices, noon, **more):
    order = actions.reserve(evening.pk, choices, noon, **more)
    actions.give_details(order.pk, BOB, noon)
    actions.mark_awaiting_payment(order.pk, noon)
    assert actions.settle(order.pk, noon).accepted
    return order


def balances(event):
    return {balance.kind: balance.amount.minor for balance in ledger.balances_of_event(event.pk) if balance.amount}


def test_nothing_is_kept_before_the_first_period_begins(concert, evening, seat_type, noon):
    period(noon + DAY, 500)

    order = actions.reserve(evening.pk, [Choice(seat_type.pk, 1)], noon)

    assert queries.lines_of(order.pk)[0].fee_minor == 0


def test_a_change_of_the_fee_leaves_orders_already_placed_as_they_are(concert, evening, seat_type, noon):
    period(noon - DAY, 100)
    order = actions.reserve(evening.pk, [Choice(seat_type.pk, 1)], noon)
    period(noon + timedelta(minutes=1), 2_000)

    actions.give_details(order.pk, BOB, noon)
    actions.mark_awaiting_payment(order.pk, noon + timedelta(minutes=2))
    actions.settle(order.pk, noon + timedelta(minutes=2))

    assert balances(concert)["fee"] == 25


@pytest.mark.parametrize(
    ("plan", "currency", "expected"),
    [("free", "GBP", 1), ("free", "EUR", 2), ("pro", "GBP", 3), ("pro", "EUR", 4)],
)
def test_the_narrowest_period_holds(noon, plan, currency, expected):
    periods = [
        Period(noon - DAY, "place", "pro", "EUR", 4, 0),
        Period(noon - DAY, "place", "pro", "", 3, 0),
        Period(noon, "place", "", "EUR", 2, 0),
        Period(noon, "place", "", "", 1, 0),
        Period(noon, "donation", "", "", 9, 0),
        Period(noon + DAY, "place", "pro", "EUR", 8, 0),
    ]

    assert fees.in_force(periods, "place", plan, currency, noon) == Fee(expected)


def test_percent_and_amount_are_kept_and_never_more_than_the_price():
    fee = Fee(250, 30)

    assert fee.of(Money(20_00, "EUR")) == Money(80, "EUR")
    assert fee.of(Money(20, "EUR")) == Money(20, "EUR")
    assert fee.of(Money(0, "EUR")) == Money(0, "EUR")


@pytest.mark.parametrize(
    ("bearer", "pays", "fee", "given", "own"),
    [
        # 25.00 at 5 % and 0.30: the fee is 1.55; 8 % of what is left of the price is the charity's.
        ("absorbed", 25_00, 1_55, 1_88, 21_57),
        ("added", 26_55, 1_55, 2_00, 23_00),
        ("split", 25_77, 1_55, 1_94, 22_28),
        ("tipped", 25_00, 0, 2_00, 23_00),
    ],
)
def test_who_bears_the_fee_is_the_hosts_choice(concert, evening, seat_type, noon, bearer, pays, fee, given, own):
    period(noon - DAY, 500, 30, currency="EUR")
    events.edit_event(concert, fee_bearer=bearer)

    order = sold(evening, [Choice(seat_type.pk, 1)], noon)

    assert order.total == Money(pays, "EUR")
    expected = {"buyers": -pays, "fee": fee, "charity": given, "organisation": own}
    assert balances(concert) == {kind: minor for kind, minor in expected.items() if minor}


@given(
    price=st.integers(1, 10_000_00),
    points=st.integers(0, 2_000),
    fixed=st.integers(0, 5_000),
    share=st.integers(0, 10_000),
    bearer=st.sampled_from(FeeBearer.values),
    currency=st.sampled_from(["EUR", "JPY", "TND"]),
)
def test_the_parts_of_a_price_add_up_whoever_bears_the_fee(price, points, fixed, share, bearer, currency):
    kind = TicketType(price_kind="fixed", price_minor=price, share_basis_points=share)

    parts = pricing.parts(kind, None, currency, Fees(Fee(points, fixed), Fee(), bearer))

    assert price <= parts.unit.minor <= price + parts.fee.minor
    assert parts.fee.minor + parts.share.minor <= parts.unit.minor
    assert min(parts.fee.minor, parts.share.minor) >= 0
    if bearer in ("absorbed", "tipped"):
        assert parts.unit.minor == price


def test_a_price_that_the_buyer_says_is_what_the_buyer_pays(concert, evening, noon):
    own = TicketType.objects.create(event=concert, name="Own price", price_kind="pay_what_you_want", minimum_minor=100)
    period(noon - DAY, 500)
    events.edit_event(concert, fee_bearer="added")

    order = actions.reserve(evening.pk, [Choice(own.pk, 1, 10_00)], noon)

    assert (order.total_minor, queries.lines_of(order.pk)[0].fee_minor) == (10_00, 50)


def test_donations_pay_a_fee_only_when_the_operator_says_so(concert, evening, seat_type, charity, noon):
    gift = TicketType.objects.create(event=concert, name="Gift", price_kind="donation", share_basis_points=10_000, charity=charity)
    period(noon - DAY, 500)

    def fee_of_gift():
        order = actions.reserve(evening.pk, [Choice(seat_type.pk, 1), Choice(gift.pk, 1, 10_00)], noon)
        return {line.name: line.fee_minor for line in queries.lines_of(order.pk)}["Gift"]

    assert fee_of_gift() == 0
    period(noon - DAY, 100, kind="donation")
    fees.cache.clear()
    assert fee_of_gift() == 10


def test_a_tip_is_the_instances_and_goes_back_with_the_order(concert, evening, seat_type, noon):
    events.edit_event(concert, fee_bearer="tipped")

    order = sold(evening, [Choice(seat_type.pk, 2)], noon, tip=Tip(basis_points=500))

    assert order.total_minor == 52_50
    assert balances(concert)["fee"] == 2_50
    _, owed = actions.cancel(order.pk, noon)
    assert owed.minor == 52_50
    assert balances(concert) == {}


def test_a_tip_of_ones_own_is_taken_as_it_is_said(concert, evening, seat_type, noon):
    events.edit_event(concert, fee_bearer="tipped")

    order = actions.reserve(evening.pk, [Choice(seat_type.pk, 1)], noon, tip=Tip(amount_minor=123))

    assert order.total_minor == 25_00 + 123


@pytest.mark.parametrize("tip", [Tip(basis_points=500), Tip(amount_minor=100)])
def test_a_tip_is_refused_where_nothing_is_paid_or_a_fee_is_asked_for(concert, evening, seat_type, free_type, noon, tip):
    with pytest.raises(OrderInvalid) as refused:
        actions.reserve(evening.pk, [Choice(seat_type.pk, 1)], noon, tip=tip)
    assert refused.value.errors[0].field == "tip"

    events.edit_event(concert, fee_bearer="tipped")
    with pytest.raises(OrderInvalid):
        actions.reserve(evening.pk, [Choice(free_type.pk, 1)], noon, tip=tip)
    assert not Order.objects.exists()


def test_a_huge_tip_is_refused(concert, evening, seat_type, noon):
    events.edit_event(concert, fee_bearer="tipped")

    with pytest.raises(OrderInvalid):
        actions.reserve(evening.pk, [Choice(seat_type.pk, 1)], noon, tip=Tip(amount_minor=pricing.AMOUNT_MINOR_MAX + 1))


def test_who_bears_the_fee_stands_after_the_first_sale(concert, evening, seat_type, noon):
    sold(evening, [Choice(seat_type.pk, 1)], noon)

    with pytest.raises(SoldTermsStand):
        events.edit_event(concert, fee_bearer="added")


def test_more_needs_thirty_days_notice_once_hosts_sell(concert, noon):
    with pytest.raises(FeeNeedsNotice) as refused:
        actions.set_fee(Fee(300), noon + DAY, noon)

    assert refused.value.facts["earliest"] == noon + NOTICE
    assert actions.set_fee(Fee(300), noon + NOTICE, noon).basis_points == 300


def test_more_for_one_plan_alone_needs_notice_too(concert, noon):
    period(noon - DAY, 500)
    period(noon - DAY, 100, plan="pro")

    with pytest.raises(FeeNeedsNotice):
        actions.set_fee(Fee(300), noon + DAY, noon, plan="pro")
    actions.set_fee(Fee(300), noon + DAY, noon, plan="education")


def test_less_may_hold_at_once(concert, noon):
    period(noon - DAY, 500)

    assert actions.set_fee(Fee(100), noon, noon).starts_at == noon


def test_before_anybody_sells_the_operator_may_begin_with_any_fee(noon, db):
    assert actions.set_fee(Fee(500, 30), noon, noon, currency="EUR").fixed_minor == 30


@pytest.mark.parametrize(
    ("fee", "which", "field"),
    [
        (Fee(2_001), {}, "percent"),
        (Fee(100, 30), {}, "fixed"),
        (Fee(100), {"plan": "gold"}, "plan"),
        (Fee(100), {"currency": "XXX"}, "currency"),
        (Fee(100), {"kind": "mug"}, "kind"),
    ],
)
def test_a_fee_that_makes_no_sense_is_refused(noon, db, fee, which, field):
    with pytest.raises(FeeInvalid) as refused:
        actions.set_fee(fee, noon, noon, **which)

    assert [error.field for error in refused.value.errors] == [field]


def test_what_has_begun_stands(noon, db):
    with pytest.raises(FeeInvalid):
        actions.set_fee(Fee(100), noon - DAY, noon)
