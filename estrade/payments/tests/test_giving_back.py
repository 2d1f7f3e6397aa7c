"""A host gives back one ticket, some, a part of the price, or all of it."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from estrade.base.money import Money
from estrade.payments import actions, collecting, queries
from estrade.payments.models import Refund
from estrade.payments.tests.test_payments import BOB, balances, refunds_are_sent
from estrade.payments.tests.test_refunds import disagreements
from estrade.tickets import actions as tickets
from estrade.tickets import queries as orders
from estrade.tickets import tasks
from estrade.tickets.actions.orders import Amounts, Buyer
from estrade.tickets.errors import NotPossibleNow, OrderInvalid
from estrade.tickets.models import FeePeriod, Order, PartRefund, Quota, Ticket, TicketType
from estrade.tickets.pricing import Choice
from estrade.users.actions import create_token
from estrade.users.models import Membership
from tests.instance import REPOSITORY


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def order(paysim, concert, evening, seat_type, charity, now):
    """Bob's three seats of 25.00 at a fee of 5 %, 8 % of the rest for the charity, and a donation of 10.00: 85.00 paid."""
    FeePeriod.objects.create(starts_at=now - timedelta(days=1), basis_points=500)
    gift = TicketType.objects.create(event=concert, name="Gift", price_kind="donation", share_basis_points=10_000, charity=charity)
    tickets.open_sale(concert)
    made = tickets.reserve(evening.pk, [Choice(seat_type.pk, 3), Choice(gift.pk, 1, 10_00)], now)
    payment = collecting.start_payment(made, now, BOB)
    paysim.approve(payment)
    collecting.bring_up_to_date(payment, now)
    return orders.order(made.pk)


@pytest.fixture
def as_alice(client, alice, concert):
    client.force_login(alice)
    return client


def ids(order):
    return [ticket.pk for ticket in orders.tickets_of(order.pk) if ticket.state == Ticket.State.VALID]


def asked_for(order):
    return [(refund.amount_minor, refund.state) for refund in queries.refunds_of(order.pk)]


def taken(evening):
    return Quota.objects.get(occurrence=evening, ticket_type=None).taken


def address(order):
    return f"/host/events/{order.event_id}/orders/{order.pk}/cancel"


@pytest.mark.django_db(transaction=True)
def test_one_ticket_goes_back_and_the_others_hold(paysim, order, concert, evening, now):
    one, *others = ids(order)

    actions.refund_tickets(order.pk, [one], Refund.Reason.HOST, now)
    refunds_are_sent(now)

    assert ids(order) == others
    assert asked_for(order) == [(25_00, "succeeded")]
    assert taken(evening) == 2
    assert orders.order(order.pk).state == Order.State.PAID
    assert disagreements(paysim) == []


@pytest.mark.django_db(transaction=True)
def test_the_last_ticket_takes_the_order_and_its_donation_with_it(paysim, order, concert, now):
    one, two, three = ids(order)
    actions.refund_tickets(order.pk, [one, two], Refund.Reason.HOST, now)

    actions.refund_tickets(order.pk, [three], Refund.Reason.HOST, now)
    refunds_are_sent(now)

    assert sorted(asked_for(order)) == [(35_00, "succeeded"), (50_00, "succeeded")]
    assert orders.order(order.pk).state == Order.State.CANCELLED
    assert {kind: minor for kind, minor in balances(concert).items() if kind not in ("clearing", "cost")} == {}
    assert disagreements(paysim) == []


def test_a_ticket_that_is_given_back_twice_is_given_back_once(order, now):
    one = ids(order)[0]

    actions.refund_tickets(order.pk, [one], Refund.Reason.HOST, now)
    actions.refund_tickets(order.pk, [one], Refund.Reason.HOST, now)

    assert [amount for amount, _state in asked_for(order)] == [25_00]


def test_tickets_of_another_order_stay_as_they_are(order, evening, free_type, now):
    tickets.open_sale(evening.event)
    _other, (carols,) = tickets.sell(evening.pk, [Choice(free_type.pk, 1)], Buyer("Carol", "carol@example.org"), "free", now)

    actions.refund_tickets(order.pk, [carols.pk], Refund.Reason.HOST, now)

    assert asked_for(order) == []
    assert Ticket.objects.get(pk=carols.pk).state == Ticket.State.VALID


@pytest.mark.django_db(transaction=True)
def test_a_part_of_the_price_comes_out_of_everybodys_part_of_it(paysim, order, concert, now):
    before = balances(concert)

    actions.refund_part(order.pk, ids(order)[:1], Money(10_00, "EUR"), now)
    refunds_are_sent(now)

    # Of 25.00 the fee holds 1.25, the charity 1.90, the organisation 21.85: of 10.00 that is 0.50, 0.76 and 8.74.
    after = balances(concert)
    assert {kind: after[kind] - before[kind] for kind in ("fee", "charity", "organisation")} == {
        "fee": -50, "charity": -76, "organisation": -8_74,
    }  # fmt: skip
    assert len(ids(order)) == 3
    assert disagreements(paysim) == []


@pytest.mark.django_db(transaction=True)
def test_a_ticket_of_which_a_part_went_back_gives_back_what_is_left(paysim, order, concert, now):
    one = ids(order)[0]
    actions.refund_part(order.pk, [one], Money(10_01, "EUR"), now)
    actions.refund_part(order.pk, [], Money(7, "EUR"), now)

    actions.cancel_order(order.pk, Refund.Reason.HOST, now)
    refunds_are_sent(now)

    assert sum(amount for amount, _state in asked_for(order)) == 85_00
    assert {kind: minor for kind, minor in balances(concert).items() if kind not in ("clearing", "cost")} == {}
    assert disagreements(paysim) == []


@pytest.mark.parametrize("minor", [0, -1, 25_01])
def test_nothing_and_more_than_is_left_is_refused(order, now, minor):
    with pytest.raises(OrderInvalid) as refused:
        actions.refund_part(order.pk, ids(order)[:1], Money(minor, "EUR"), now)

    assert refused.value.errors[0].field == "amount"
    assert asked_for(order) == []


def test_what_went_back_in_parts_cannot_go_back_again(order, now):
    actions.refund_part(order.pk, [], Money(75_00, "EUR"), now)

    with pytest.raises(OrderInvalid):
        actions.refund_part(order.pk, [], Money(1, "EUR"), now)


def test_a_cancelled_order_gives_no_part_back(order, now):
    actions.cancel_order(order.pk, Refund.Reason.HOST, now)

    with pytest.raises(NotPossibleNow):
        actions.refund_part(order.pk, [], Money(1, "EUR"), now)
    with pytest.raises(NotPossibleNow):
        actions.refund_tickets(order.pk, [], Refund.Reason.HOST, now)


def test_of_what_was_paid_elsewhere_no_part_goes_back_and_a_ticket_takes_its_claim_with_it(concert, evening, seat_type, now):
    FeePeriod.objects.create(starts_at=now - timedelta(days=1), basis_points=500)
    tickets.open_sale(concert)
    order, made = actions.record_external_order(evening.pk, [Choice(seat_type.pk, 2)], BOB, "till 7", now)

    with pytest.raises(NotPossibleNow):
        actions.refund_part(order.pk, [], Money(1, "EUR"), now)
    actions.refund_tickets(order.pk, [made[0].pk], Refund.Reason.HOST, now)

    assert balances(concert) == {"claim": 3_15, "charity": 1_90, "fee": 1_25}
    assert asked_for(order) == []


@given(held=st.tuples(*[st.integers(0, 10_000)] * 3), parts=st.lists(st.floats(0, 1), max_size=5))
def test_parts_given_back_never_take_more_than_a_part_holds(held, parts):
    own, fee, share = held
    left = Amounts(own + fee + share, fee, share)
    for part in [*parts, 1]:
        amount = Money(round(left.paid_minor * part), "EUR")
        if not amount:
            continue
        gone = [each.minor for each in amount.split([left.own_minor, left.fee_minor, left.share_minor])]
        assert sum(gone) == amount.minor
        left = Amounts(left.paid_minor - amount.minor, left.fee_minor - gone[1], left.share_minor - gone[2])
        assert min(left.own_minor, left.fee_minor, left.share_minor) >= 0


def test_a_host_chooses_sees_what_goes_back_and_confirms(as_alice, order):
    one, two, _three = ids(order)

    chooser = as_alice.get(address(order)).content.decode()
    question = as_alice.get(address(order), {"what": "tickets", "tickets": [str(one), str(two)]})
    answer = as_alice.post(address(order), question.context["fields"])

    assert chooser.count('type="checkbox"') == 3
    assert "Cancel 2 tickets of order" in question.content.decode()
    assert "Cancel and give back €50.00" in question.content.decode()
    assert answer.status_code == 302
    assert [amount for amount, _state in asked_for(order)] == [50_00]


def test_a_form_sent_twice_gives_back_once(as_alice, order):
    fields = as_alice.get(address(order), {"what": "part", "amount": "10,00"}).context["fields"]

    answers = [as_alice.post(address(order), fields).status_code for _click in range(2)]

    assert answers == [302, 302]
    assert [amount for amount, _state in asked_for(order)] == [10_00]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"what": "tickets"}, "tickets"),
        ({"what": "part", "amount": ""}, "amount"),
        ({"what": "part", "amount": "ten"}, "amount"),
        ({"what": "part", "amount": "75,01"}, "amount"),
        ({"what": "part", "amount": "0"}, "amount"),
        ({"what": "all", "amount": "5"}, "what"),
    ],
)
def test_what_is_not_well_said_is_asked_again_and_nothing_goes_back(as_alice, order, said, field):
    for answer in (as_alice.get(address(order), said), as_alice.post(address(order), said)):
        assert answer.status_code == 422
        assert [error.field for error in answer.context["errors"]] == [field]
        assert answer.context["amount"] == said.get("amount", "")
    assert asked_for(order) == []


def test_mallory_gives_nothing_back(order, mallory):
    browser = Client()
    browser.force_login(mallory)

    assert browser.post(address(order), {"what": "part", "amount": "10"}).status_code == 404
    assert asked_for(order) == []


def test_the_buyer_is_told_what_goes_back_and_what_holds(order, now):
    actions.refund_tickets(order.pk, ids(order)[:1], Refund.Reason.HOST, now)
    tasks.mail_cancelled(str(order.pk), by="organisation", refunded_minor=25_00)
    actions.refund_part(order.pk, [], Money(5_00, "EUR"), now)
    tasks.mail_part_refunded(str(order.pk), refunded_minor=5_00)

    some, part = (message.body for message in mail.outbox)
    assert "has cancelled some of your places" in some
    assert "the others hold" in some
    assert "refunded €25.00" in some
    assert "gives you €5.00 of the price of your places" in part


def test_what_went_back_before_is_said_when_the_rest_goes_back(order, now):
    actions.refund_part(order.pk, [], Money(5_00, "EUR"), now)
    actions.cancel_order(order.pk, Refund.Reason.HOST, now)
    tasks.mail_cancelled(str(order.pk), by="organisation", refunded_minor=80_00)

    html = mail.outbox[0].alternatives[0][0]
    assert "Given back before" in html
    assert PartRefund.objects.count() == 3


def test_the_worked_example_of_a_part_comes_out_as_written(concert, evening, seat_type, now):
    def held():
        there = balances(concert)
        owed = there.get("buyers", 0) + 25_00  # no processor here: nothing of what was paid has come in
        return [f"{minor / 100:.2f}" for minor in (owed, *(there.get(kind, 0) for kind in ("organisation", "charity", "fee")))]

    FeePeriod.objects.create(starts_at=now - timedelta(days=1), basis_points=500)
    tickets.open_sale(concert)
    order = tickets.reserve(evening.pk, [Choice(seat_type.pk, 1)], now)
    tickets.mark_awaiting_payment(order.pk, now, BOB)
    tickets.settle(order.pk, now)
    lived = [held()]
    tickets.give_back_part(order.pk, [], Money(10_00, "EUR"), now)
    lived.append(held())
    tickets.cancel(order.pk, now)
    lived.append(held())

    text = (REPOSITORY / "docs" / "explain" / "money.md").read_text()
    for amounts, what in zip(lived, ("it is sold", "10.00 are given back", "the ticket is given back too"), strict=True):
        assert f"| {what} | {' | '.join(amounts)} |" in text


def test_a_program_gives_tickets_and_parts_back_and_a_repeated_key_does_nothing_more(client, order, house):
    _row, token = create_token(house, "Till", ["orders:write"], house_owner(house))

    def call(body, key):
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        return client.post(f"/api/v1/orders/{order.pk}/give-back", body, content_type="application/json", headers=headers)

    one = str(ids(order)[0])
    answers = [call({"amount_minor": 5_00}, "a"), call({"amount_minor": 5_00}, "a"), call({"tickets": [one]}, "b")]
    refused = call({"amount_minor": 50_00, "tickets": [one]}, "c")

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "amount")
    assert sum(amount for amount, _state in asked_for(order)) == 5_00 + 25_00 - 1_67
    assert len(ids(order)) == 2


def house_owner(house):
    return Membership.objects.get(organisation=house, role="owner").user


def test_no_ticket_named_gives_nothing_back(order, concert, now):
    actions.refund_tickets(order.pk, [], Refund.Reason.HOST, now)
    Ticket.objects.filter(order=order).update(state=Ticket.State.CANCELLED)  # as if it had been a donation alone
    actions.refund_tickets(order.pk, [], Refund.Reason.HOST, now)

    assert orders.order(order.pk).state == Order.State.PAID
    assert asked_for(order) == []
