"""From reservation to tickets, and back."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction

from estrade.base.errors import NotFound
from estrade.events import actions as events
from estrade.ledger import queries as ledger
from estrade.ledger.models import Entry
from estrade.tickets import actions, queries
from estrade.tickets.actions.orders import RESERVATION_LIFETIME, Buyer
from estrade.tickets.actions.price_list import Terms
from estrade.tickets.errors import (
    AddressNotAccepted,
    EventNotOnSale,
    GuestListTooShort,
    NotCancellable,
    NotOnGuestList,
    OrderEnded,
    OrderInvalid,
    SaleClosed,
    SoldOut,
)
from estrade.tickets.models import FeePeriod, Order, Quota, Ticket, TicketType
from estrade.tickets.pricing import Choice

BOB = Buyer("Bob", "bob@example.org")


@pytest.fixture(autouse=True)
def _sale_is_open(concert, seat_type, free_type):
    actions.open_sale(concert)


def taken(evening):
    return Quota.objects.get(occurrence=evening, ticket_type=None).taken


def balances(event):
    return {balance.kind: balance.amount.minor for balance in ledger.balances_of_event(event.pk)}


def paid_order(evening, ticket_type, noon, quantity=1):
    order = actions.reserve(evening.pk, [Choice(ticket_type.pk, quantity)], noon)
    actions.give_details(order.pk, BOB, noon)
    actions.mark_awaiting_payment(order.pk, noon)
    assert actions.settle(order.pk, noon).accepted
    return order


def test_a_free_order_has_its_tickets_once_the_buyer_is_known(evening, free_type, noon):
    order = actions.reserve(evening.pk, [Choice(free_type.pk, 2)], noon)

    actions.give_details(order.pk, BOB, noon)

    assert queries.order(order.pk).state == Order.State.PAID
    assert [ticket.attendee_name for ticket in queries.tickets_of(order.pk)] == ["Bob", "Bob"]
    assert not Entry.objects.exists()


def test_a_paid_order_is_divided_between_organisation_charity_and_fee(concert, evening, seat_type, noon):
    FeePeriod.objects.create(starts_at=noon - timedelta(days=1), basis_points=500)

    paid_order(evening, seat_type, noon, quantity=2)

    # 25.00: fee 5 % = 1.25; share 8 % of the rest = 1.90; the organisation 21.85. Twice.
    assert balances(concert) == {"buyers": -5000, "fee": 250, "charity": 380, "organisation": 4370}


def test_cancelling_turns_every_entry_round_and_gives_the_places_back(concert, evening, seat_type, noon):
    order = paid_order(evening, seat_type, noon, quantity=2)

    _, owed = actions.cancel(order.pk, noon)

    assert owed.minor == 5000
    assert set(balances(concert).values()) == {0}
    assert taken(evening) == 0
    assert {ticket.state for ticket in queries.tickets_of(order.pk)} == {Ticket.State.CANCELLED}


def test_cancelling_twice_owes_nothing_the_second_time(evening, seat_type, noon):
    order = paid_order(evening, seat_type, noon)
    actions.cancel(order.pk, noon)

    _, owed = actions.cancel(order.pk, noon)

    assert not owed
    assert taken(evening) == 0


def test_places_are_given_back_when_the_time_is_over_and_only_once(evening, seat_type, noon):
    order = actions.reserve(evening.pk, [Choice(seat_type.pk, 3)], noon)
    late = noon + RESERVATION_LIFETIME

    assert not actions.expire(order.pk, late - timedelta(seconds=1))
    assert actions.expire(order.pk, late)
    assert not actions.expire(order.pk, late)

    assert taken(evening) == 0


def test_money_that_comes_late_gets_its_tickets_while_places_are_left(evening, seat_type, noon):
    order = actions.reserve(evening.pk, [Choice(seat_type.pk, 1)], noon)
    actions.give_details(order.pk, BOB, noon)
    actions.mark_awaiting_payment(order.pk, noon)
    actions.expire(order.pk, noon + timedelta(hours=1))

    outcome = actions.settle(order.pk, noon + timedelta(hours=1))

    assert outcome.accepted
    assert taken(evening) == 1


def test_money_that_comes_too_late_goes_back(concert, evening, seat_type, noon):
    concert.capacity = 1
    concert.save()
    Quota.objects.filter(occurrence=evening, ticket_type=None).update(size=1)
    order = actions.reserve(evening.pk, [Choice(seat_type.pk, 1)], noon)
    actions.give_details(order.pk, BOB, noon)
    actions.mark_awaiting_payment(order.pk, noon)
    actions.expire(order.pk, noon + timedelta(hours=1))
    paid_order(evening, seat_type, noon + timedelta(hours=1))

    outcome = actions.settle(order.pk, noon + timedelta(hours=1))

    assert (outcome.accepted, outcome.reason) == (False, "too_late")
    assert queries.order(order.pk).state == Order.State.LAPSED


def test_the_last_place_cannot_be_reserved_twice(evening, free_type, noon):
    Quota.objects.filter(occurrence=evening, ticket_type=free_type).update(size=1)
    actions.reserve(evening.pk, [Choice(free_type.pk, 1)], noon)

    with pytest.raises(SoldOut):
        actions.reserve(evening.pk, [Choice(free_type.pk, 1)], noon)

    assert Order.objects.count() == 1
    assert taken(evening) == 1


def test_a_refused_choice_takes_no_place_of_any_other(evening, free_type, seat_type, noon):
    Quota.objects.filter(occurrence=evening, ticket_type=free_type).update(size=1)

    with pytest.raises(SoldOut):
        actions.reserve(evening.pk, [Choice(seat_type.pk, 2), Choice(free_type.pk, 2)], noon)

    assert taken(evening) == 0


def test_a_draft_a_cancelled_event_and_the_past_sell_nothing(concert, evening, seat_type, noon):
    with pytest.raises(EventNotOnSale):
        actions.reserve(evening.pk, [Choice(seat_type.pk, 1)], evening.ends_at)
    concert.status = "draft"
    concert.save()
    with pytest.raises(EventNotOnSale):
        actions.reserve(evening.pk, [Choice(seat_type.pk, 1)], noon)


def test_a_sale_window_holds(evening, seat_type, noon):
    seat_type.sale_starts_at = noon + timedelta(hours=1)
    seat_type.save()

    with pytest.raises(SaleClosed) as refusal:
        actions.reserve(evening.pk, [Choice(seat_type.pk, 1)], noon)

    assert refusal.value.facts["opens_at"] == noon + timedelta(hours=1)


@pytest.mark.parametrize(
    ("quantity", "amount", "field"), [(0, 1000, "quantity"), (7, 1000, "quantity"), (1, 499, "amount"), (1, 10**9, "amount")]
)
def test_what_is_wrong_with_a_choice_is_named(concert, evening, noon, quantity, amount, field):
    row = TicketType.objects.create(event=concert, name="Free price", price_kind="pay_what_you_want", minimum_minor=500)

    with pytest.raises(OrderInvalid) as refusal:
        actions.reserve(evening.pk, [Choice(row.pk, quantity, amount)], noon)

    assert [error.field for error in refusal.value.errors] == [f"{field}-{row.pk}"]


def test_a_limit_per_order_holds_for_a_type_that_is_named_twice(evening, seat_type, noon):
    with pytest.raises(OrderInvalid) as refusal:
        actions.reserve(evening.pk, [Choice(seat_type.pk, 4), Choice(seat_type.pk, 4)], noon)

    assert [error.code for error in refusal.value.errors] == ["too_many"]


def test_a_donation_gives_no_ticket_takes_no_place_and_goes_whole_to_the_charity(concert, evening, charity, noon):
    FeePeriod.objects.create(starts_at=noon - timedelta(days=1), basis_points=500)
    row = TicketType.objects.create(event=concert, name="Gift", price_kind="donation", share_basis_points=10_000, charity=charity)

    order = actions.reserve(evening.pk, [Choice(row.pk, 1, 777)], noon)
    actions.give_details(order.pk, BOB, noon)
    actions.mark_awaiting_payment(order.pk, noon)
    actions.settle(order.pk, noon)

    assert queries.tickets_of(order.pk) == []
    assert taken(evening) == 0
    assert balances(concert) == {"buyers": -777, "charity": 777}


def test_money_taken_elsewhere_leaves_a_claim_for_share_and_fee(concert, evening, seat_type, noon):
    FeePeriod.objects.create(starts_at=noon - timedelta(days=1), basis_points=500)

    order, tickets = actions.sell(evening.pk, [Choice(seat_type.pk, 1)], BOB, Order.Method.EXTERNAL, noon)

    assert (order.state, len(tickets)) == (Order.State.PAID, 1)
    assert balances(concert) == {"claim": 315, "charity": 190, "fee": 125}


@pytest.mark.parametrize("buyer", [Buyer("", "bob@example.org"), Buyer("Bob", "bob@"), Buyer("x" * 121, "bob@example.org")])
def test_a_buyer_without_name_or_address_is_told_which(evening, free_type, noon, buyer):
    order = actions.reserve(evening.pk, [Choice(free_type.pk, 1)], noon)

    with pytest.raises(OrderInvalid):
        actions.give_details(order.pk, buyer, noon)


def test_after_its_time_a_reservation_is_over_even_if_nobody_swept(evening, free_type, noon):
    order = actions.reserve(evening.pk, [Choice(free_type.pk, 1)], noon)

    with pytest.raises(OrderEnded):
        actions.give_details(order.pk, BOB, noon + RESERVATION_LIFETIME)


def test_paying_again_and_again_does_not_keep_places_for_ever(evening, seat_type, noon):
    order = actions.reserve(evening.pk, [Choice(seat_type.pk, 1)], noon)
    actions.give_details(order.pk, BOB, noon)
    first = actions.mark_awaiting_payment(order.pk, noon).expires_at

    assert actions.mark_awaiting_payment(order.pk, noon + timedelta(minutes=20)).expires_at == first


def test_a_free_ticket_can_be_given_back_and_a_paid_one_cannot(evening, free_type, seat_type, noon):
    order = actions.reserve(evening.pk, [Choice(free_type.pk, 1)], noon)
    actions.give_details(order.pk, BOB, noon)
    (free,) = queries.tickets_of(order.pk)
    (paid,) = queries.tickets_of(paid_order(evening, seat_type, noon).pk)
    old_secret = queries.ticket_secret(free)

    actions.cancel_free_ticket(free.pk, noon)
    actions.cancel_free_ticket(free.pk, noon)

    assert taken(evening) == 1
    assert queries.order(order.pk).state == Order.State.CANCELLED
    with pytest.raises(NotFound):
        queries.ticket_by_secret(free.pk, old_secret)
    with pytest.raises(NotCancellable):
        actions.cancel_free_ticket(paid.pk, noon)


def test_the_banned_buy_no_more_places_and_pay_nothing(concert, evening, free_type, seat_type, noon):
    events.ban(concert.pk, "Bob@Example.org", noon)
    order = actions.reserve(evening.pk, [Choice(seat_type.pk, 1)], noon)

    with pytest.raises(AddressNotAccepted):
        actions.give_details(order.pk, BOB, noon)
    with pytest.raises(AddressNotAccepted):
        actions.mark_awaiting_payment(order.pk, noon, BOB)
    with pytest.raises(AddressNotAccepted):
        actions.sell(evening.pk, [Choice(free_type.pk, 1)], BOB, Order.Method.FREE, noon)
    assert not Ticket.objects.exists()
    events.lift_ban(concert.pk, ["bob@example.org"])
    assert actions.give_details(order.pk, BOB, noon).buyer_email == "bob@example.org"


def test_the_banned_are_welcome_at_another_event(concert, evening, free_type, noon):
    events.ban(events.duplicate(concert, noon).pk, "bob@example.org", noon)

    order, _tickets = actions.sell(evening.pk, [Choice(free_type.pk, 1)], BOB, Order.Method.FREE, noon)

    assert order.state == Order.State.PAID


def test_a_private_event_sells_to_its_guests_alone_and_one_place_each(concert, evening, free_type, noon):
    from estrade.events.models import Guest

    concert.visibility = "private"
    concert.save()
    Guest.objects.create(event=concert, email="bob@example.org")

    def orders(email, quantity=1):
        order = actions.reserve(evening.pk, [Choice(free_type.pk, quantity)], noon)
        return actions.give_details(order.pk, Buyer("Guest", email), noon)

    with pytest.raises(NotOnGuestList):
        orders("mallory@example.org")
    with pytest.raises(GuestListTooShort):
        orders("bob@example.org", 2)
    orders("Bob@Example.org")
    with pytest.raises(GuestListTooShort):
        orders("bob@example.org")


@pytest.mark.parametrize(
    "statement", ["UPDATE ledger_entry SET amount_minor = 1", "DELETE FROM ledger_entry", "TRUNCATE ledger_entry"]
)
def test_the_database_refuses_to_rewrite_the_books(evening, seat_type, noon, statement):
    paid_order(evening, seat_type, noon)

    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_ticket_secret_is_not_in_the_database(evening, free_type, noon):
    order = actions.reserve(evening.pk, [Choice(free_type.pk, 1)], noon)
    actions.give_details(order.pk, BOB, noon)
    (ticket,) = queries.tickets_of(order.pk)

    secret = queries.ticket_secret(ticket)

    assert queries.ticket_by_secret(ticket.pk, secret) == ticket
    assert secret not in str(Ticket.objects.filter(pk=ticket.pk).values().get())


def test_a_price_that_has_changed_is_the_next_buyers_price(concert, evening, noon):
    """A process keeps the price list between sales, by the event's version."""
    stool = actions.add_ticket_type(concert, Terms("Stool", "fixed", price_minor=900))
    assert total_of(evening, stool, noon) == 900
    TicketType.objects.filter(pk=stool.pk).update(price_minor=1)  # no action did this: what is kept is looked at
    assert total_of(evening, stool, noon) == 900

    actions.retire_ticket_type(stool, noon)
    with pytest.raises(OrderInvalid):
        total_of(evening, stool, noon)
    cushion = actions.add_ticket_type(concert, Terms("Cushion", "fixed", price_minor=900))
    actions.edit_ticket_type(cushion, Terms("Cushion", "fixed", price_minor=700))
    assert total_of(evening, cushion, noon) == 700


def total_of(evening, ticket_type, noon):
    return actions.reserve(evening.pk, [Choice(ticket_type.pk, 1)], noon).total_minor
