"""What no card can be charged for is refused where it is said: on the price list, and where buyers say the price."""

from datetime import timedelta

import pytest

from estrade.events import actions as events
from estrade.tickets import actions, queries
from estrade.tickets.actions.orders import Buyer
from estrade.tickets.actions.price_list import Terms
from estrade.tickets.amounts import amount_minor
from estrade.tickets.errors import OrderEnded, OrderInvalid, TicketTypeInvalid
from estrade.tickets.models import FeePeriod, Order, TicketType
from estrade.tickets.pricing import Choice

BOB = Buyer("Bob", "bob@example.org")


@pytest.mark.parametrize(
    ("currency", "terms", "wrong"),
    [
        ("EUR", {"price_kind": "fixed", "price_minor": 49}, [("price_minor", "too_small")]),
        ("EUR", {"price_kind": "fixed", "price_minor": 50}, []),
        ("EUR", {"price_kind": "pay_what_you_want", "minimum_minor": 49}, [("minimum_minor", "too_small")]),
        ("EUR", {"price_kind": "pay_what_you_want", "suggested_minor": 10}, [("suggested_minor", "too_small")]),
        ("EUR", {"price_kind": "pay_what_you_want"}, []),
        ("GBP", {"price_kind": "fixed", "price_minor": 30}, []),
        ("CZK", {"price_kind": "fixed", "price_minor": 1499}, [("price_minor", "too_small")]),
        ("JPY", {"price_kind": "fixed", "price_minor": 50}, []),
        ("TND", {"price_kind": "fixed", "price_minor": 25_005}, [("price_minor", "step")]),
        ("TND", {"price_kind": "fixed", "price_minor": 25_010}, []),
    ],
)
def test_a_price_that_no_card_can_be_charged_is_refused_on_the_price_list(concert, currency, terms, wrong):
    concert.currency = currency
    concert.save()

    if not wrong:
        actions.add_ticket_type(concert, Terms("Seat", **terms))
        return
    with pytest.raises(TicketTypeInvalid) as refusal:
        actions.add_ticket_type(concert, Terms("Seat", **terms))

    assert [(error.field, error.code) for error in refusal.value.errors] == wrong


@pytest.fixture
def own_price(concert):
    return actions.add_ticket_type(concert, Terms("Your price", "pay_what_you_want", suggested_minor=1000))


def test_a_buyer_who_says_too_little_is_told_at_the_field_and_nothing_they_typed_is_lost(client, concert, evening, own_price):
    form = {"occurrence": str(evening.pk), f"quantity-{own_price.pk}": "1", f"amount-{own_price.pk}": "0.30"}

    answer = client.post(f"/e/{concert.slug}/reserve", form)

    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "Cards are charged €0.50 or more" in shown
    assert 'value="0.30"' in shown
    assert not Order.objects.exists()


def test_little_is_enough_beside_something_dearer_and_nothing_is_enough_alone(evening, own_price, seat_type, noon):
    both = actions.reserve(evening.pk, [Choice(own_price.pk, 1, 10), Choice(seat_type.pk, 1)], noon)
    nothing = actions.reserve(evening.pk, [Choice(own_price.pk, 1, 0)], noon)

    assert (both.total_minor, nothing.total_minor) == (2510, 0)


def test_more_than_one_payment_can_be_is_refused_before_anybody_is_sent_to_pay(evening, concert, noon):
    rows = [actions.add_ticket_type(concert, Terms(f"Box {n}", "fixed", price_minor=1_000_000, per_order_max=20)) for n in range(6)]

    with pytest.raises(OrderInvalid) as refusal:
        actions.reserve(evening.pk, [Choice(row.pk, 20) for row in rows], noon)

    assert {error.code for error in refusal.value.errors} == {"too_large"}


def test_money_taken_elsewhere_knows_no_least(evening, own_price, noon):
    order, _tickets = actions.sell(evening.pk, [Choice(own_price.pk, 1, 10)], BOB, Order.Method.EXTERNAL, noon)

    assert order.total_minor == 10


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12", "EUR", 1200), ("12.5", "EUR", 1250), ("12,50 €", "EUR", 1250), ("1 200,00", "EUR", 120_000),
        ("1,200", "EUR", None), ("1.200", "EUR", None), ("1,200.00", "EUR", None), ("1,200", "TND", 1200),
        ("1200", "JPY", 1200), ("1,200", "JPY", None), ("12.0", "JPY", None), ("-5", "EUR", None), ("12345678", "EUR", None),
    ],
)  # fmt: skip
def test_what_people_type_is_never_taken_for_a_thousandth_of_it(text, currency, minor):
    assert amount_minor(text, currency) == minor


def test_a_donation_goes_whole_to_its_charity_whatever_share_was_said(concert, charity):
    row = actions.add_ticket_type(concert, Terms("Gift", "donation", share_basis_points=833, charity_id=charity.pk))

    assert row.share_basis_points == 10_000


def test_a_donation_to_nobody_is_refused(concert):
    with pytest.raises(TicketTypeInvalid) as refusal:
        actions.add_ticket_type(concert, Terms("Gift", "donation"))

    assert [error.field for error in refusal.value.errors] == ["charity_id"]


def test_what_does_not_belong_to_the_kind_of_price_is_not_kept(concert):
    row = actions.add_ticket_type(concert, Terms("Seat", "fixed", price_minor=2500, minimum_minor=500, suggested_minor=100))

    assert (row.price_minor, row.minimum_minor, row.suggested_minor) == (2500, 0, 0)


def test_an_order_in_the_currency_that_the_event_had_before_is_not_paid_for(concert, evening, seat_type, noon):
    """Or the event would have money of two currencies, and no statement."""
    order = actions.reserve(evening.pk, [Choice(seat_type.pk, 1)], noon)
    actions.give_details(order.pk, BOB, noon)
    events.edit_event(concert, currency="USD")

    with pytest.raises(OrderEnded):
        actions.mark_awaiting_payment(order.pk, noon)


def test_once_somebody_was_sent_to_pay_the_currency_stands(concert, evening, seat_type, noon):
    from estrade.events.errors import SoldTermsStand

    order = actions.reserve(evening.pk, [Choice(seat_type.pk, 1)], noon)
    actions.give_details(order.pk, BOB, noon)
    actions.mark_awaiting_payment(order.pk, noon)

    with pytest.raises(SoldTermsStand):
        events.edit_event(concert, currency="USD")


def test_prices_of_yen_and_dinars_divide_without_a_rest(concert, evening, charity, noon):
    FeePeriod.objects.create(starts_at=noon - timedelta(days=1), basis_points=333)
    for currency, price in (("JPY", 1001), ("TND", 10_010)):
        concert.refresh_from_db()
        concert.currency = currency
        concert.save()
        row = TicketType.objects.create(
            event=concert, name=currency, price_kind="fixed", price_minor=price, share_basis_points=777, charity=charity
        )
        actions.open_sale(concert)
        order = actions.reserve(evening.pk, [Choice(row.pk, 3)], noon)
        (line,) = queries.lines_of(order.pk)
        assert line.unit_minor * 3 == order.total_minor == 3 * price
        assert 0 < line.fee_minor + line.share_minor < line.unit_minor
