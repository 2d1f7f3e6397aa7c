"""Orders paid by bank transfer: from the choice at checkout to the line of a statement."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from estrade.base.money import Money
from estrade.payments import actions, collecting, queries, tasks
from estrade.payments.bank import actions as bank
from estrade.payments.bank import numbers
from estrade.payments.bank import queries as transfers
from estrade.payments.bank.tests.samples import IBAN, camt, entry
from estrade.payments.errors import BankAccountInvalid, RefundNeedsNobody, TransferKnown, TransferNotOffered, TransferUnfitting
from estrade.payments.models import BankAccount, BankLine, Payment, Refund
from estrade.payments.tests.test_payments import BOB, refunds_are_sent
from estrade.payments.tests.test_refunds import disagreements
from estrade.tickets import actions as tickets
from estrade.tickets import queries as orders
from estrade.tickets.models import FeePeriod, Order, Quota, Ticket
from estrade.tickets.pricing import Choice
from estrade.users.models import Membership
from tests.instance import REPOSITORY

MONEY = (REPOSITORY / "docs" / "explain" / "money.md").read_text()
OTHER_IBAN = "DE89370400440532013000"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def on_sale(concert, evening, now):
    """`concert`, in ten days, at a fee of 5 %."""
    evening.starts_at, evening.ends_at = now + timedelta(days=10), now + timedelta(days=10, hours=2)
    evening.save()
    FeePeriod.objects.create(starts_at=now - timedelta(days=1), basis_points=500)
    tickets.open_sale(concert)
    return concert


@pytest.fixture
def account(house, alice, now):
    return bank.set_account(house, "Théâtre du Port", IBAN, "", "7", alice.pk, now)


@pytest.fixture
def order(on_sale, evening, seat_type, account, now):
    """Bob's three seats of 25.00, to be paid by transfer."""
    made = tickets.reserve(evening.pk, [Choice(seat_type.pk, 3)], now)
    bank.await_transfer(made.pk, BOB, now)
    return orders.order(made.pk)


@pytest.fixture
def read_in(house, alice, now):
    """Read a statement with these entries in; how many lines found their order."""
    return lambda *entries: bank.read_in(house, camt(*entries), "november.xml", alice.pk, now)[1]


def reference(order):
    return numbers.reference(order.number)


def standing(order):
    return Ticket.objects.filter(order=order, state="valid").count()


def test_a_buyer_transfers_and_has_the_tickets(client, order, read_in, paysim):
    assert order.state == Order.State.AWAITING_PAYMENT
    assert read_in(entry("75.00", reference=reference(order))) == 1

    after = orders.order(order.pk)
    assert (after.state, after.method) == (Order.State.PAID, Order.Method.BANK)
    assert standing(order) == 3
    assert disagreements(paysim) == []


def test_fee_and_share_are_owed_by_the_organisation_which_has_the_money(order, read_in, concert, now):
    from estrade.ledger.queries import balances_of_event

    read_in(entry("75.00", reference=reference(order)))

    def found():
        return {balance.kind: str(balance.amount.decimal) for balance in balances_of_event(concert.pk)}

    rows = re.findall(
        r"^\| (.+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", MONEY.split("## Bank transfers")[1].split("\n## ")[0], re.MULTILINE
    )
    assert [row[0] for row in rows] == ["the statement has the line", "one ticket is given back"]
    assert found() == dict(zip(("claim", "charity", "fee"), rows[0][1:], strict=True))
    actions.refund_tickets(order.pk, [Ticket.objects.filter(order=order).first().pk], Refund.Reason.HOST, now)
    assert found() == dict(zip(("claim", "charity", "fee"), rows[1][1:], strict=True))


def test_places_are_kept_for_days_and_given_back_then(order, on_sale, evening, now):
    assert order.expires_at == now + timedelta(days=7)
    assert not tickets.expire(order.pk, now + timedelta(days=6))
    assert tickets.expire(order.pk, now + timedelta(days=7))
    assert Quota.objects.get(occurrence=evening, ticket_type=None).taken == 0


def test_saying_it_again_keeps_the_places_no_longer(order, now):
    bank.await_transfer(order.pk, BOB, now + timedelta(days=5))

    assert orders.order(order.pk).expires_at == order.expires_at
    assert Payment.objects.filter(order=order).count() == 1


def test_no_transfer_is_offered_when_it_could_not_arrive(on_sale, evening, seat_type, account, now):
    made = tickets.reserve(evening.pk, [Choice(seat_type.pk, 1)], now)
    evening.starts_at = now + timedelta(days=2)
    evening.save()

    with pytest.raises(TransferNotOffered):
        bank.await_transfer(made.pk, BOB, now)


def test_no_transfer_is_offered_without_an_account_or_in_other_money(on_sale, evening, seat_type, house, alice, now):
    made = orders.order(tickets.reserve(evening.pk, [Choice(seat_type.pk, 1)], now).pk)
    assert transfers.offer(made, now) is None

    bank.set_account(house, "A", IBAN, "", "7", alice.pk, now)
    assert transfers.offer(made, now)
    made.currency = "GBP"
    assert transfers.offer(made, now) is None
    assert transfers.accepts("GB29NWBK60161331926819", "GBP")


def test_places_are_never_kept_past_the_day_before(on_sale, evening, seat_type, account, now):
    evening.starts_at = now + timedelta(days=4)
    evening.save()
    made = tickets.reserve(evening.pk, [Choice(seat_type.pk, 1)], now)
    bank.await_transfer(made.pk, BOB, now)

    assert orders.order(made.pk).expires_at == now + timedelta(days=3)


def test_the_same_statement_twice_counts_once(order, read_in, now):
    line = entry("75.00", reference=reference(order))

    assert [read_in(line), read_in(line, entry("5.00", "rent", bank_reference="B2"))] == [1, 0]
    assert BankLine.objects.count() == 2
    assert not Refund.objects.exists()


@pytest.mark.parametrize(
    ("amount", "text"), [("74.00", "{reference}"), ("76.00", "{reference}"), ("75.00", "{number}"), ("75.00", "concert")]
)
def test_a_near_miss_is_for_a_person_who_sees_which_order_it_may_be(order, read_in, house, alice, now, amount, text):
    said = text.format(reference=reference(order), number=order.number)

    assert read_in(entry(amount, said, name="BOB MARTIN")) == 0
    [found] = transfers.to_decide(house)
    assert [payment.order_id for payment in found.candidates] == [order.pk]

    bank.assign(house, found.line.pk, order.number.lower().replace("-", " "), alice.pk, now)
    assert standing(order) == 3
    assert transfers.to_decide(house) == []


def test_a_reference_with_a_mistake_is_not_believed(order, read_in, house):
    wrong = reference(order)[:-1] + ("B" if reference(order)[-1] != "B" else "C")

    assert read_in(entry("75.00", wrong, name="Somebody else")) == 0
    assert transfers.to_decide(house)[0].candidates == []


def test_the_same_transfer_made_twice_is_left_to_a_person(order, read_in, house, alice, now):
    assert read_in(entry("75.00", reference=reference(order))) == 1
    assert read_in(entry("75.00", reference=reference(order), bank_reference="B2")) == 0

    [found] = transfers.to_decide(house)
    assert [payment.state for payment in found.candidates] == [Payment.State.SUCCEEDED]
    with pytest.raises(TransferUnfitting):
        bank.assign(house, found.line.pk, order.number, alice.pk, now)
    bank.set_aside(house, found.line.pk, alice.pk, now)
    bank.set_aside(house, found.line.pk, alice.pk, now)
    assert transfers.to_decide(house) == []


def test_money_that_comes_too_late_takes_the_places_again_if_they_are_left(order, read_in, now):
    tickets.expire(order.pk, now + timedelta(days=8))

    assert read_in(entry("75.00", reference=reference(order))) == 1
    assert standing(order) == 3


def test_money_for_places_that_are_gone_goes_back_by_hand_and_nobody_forgets_it(
    client, alice, order, read_in, evening, now, paysim
):
    tickets.expire(order.pk, now + timedelta(days=8))
    Quota.objects.filter(occurrence=evening).update(size=0)

    read_in(entry("75.00", reference=reference(order)))
    refunds_are_sent(now)

    refund = Refund.objects.get(order=order)
    assert (refund.state, refund.failure, refund.amount_minor) == (Refund.State.FAILED, "by_hand", 75_00)
    with pytest.raises(RefundNeedsNobody):
        actions.try_refund_again(refund.pk, None, now)
    client.force_login(alice)
    page = client.get(f"/host/events/{order.event_id}/refunds/{refund.pk}").content.decode()
    assert 'Send <span class="money">€75.00</span> back to Bob' in page
    assert "FR14 2004 1010 0505 0001 3M02 606" in page
    actions.record_given_elsewhere(refund.pk, "transfer of today", alice.pk, now)
    assert not queries.refund(refund.pk).needs_somebody
    assert disagreements(paysim) == []


def test_a_host_gives_a_transferred_order_back_by_hand(order, read_in, now, alice, paysim, client):
    read_in(entry("75.00", reference=reference(order)))
    one = Ticket.objects.filter(order=order).first()

    actions.refund_part(order.pk, [one.pk], Money(5_00, "EUR"), now)
    assert disagreements(paysim, at_rest=False) == []
    actions.cancel_order(order.pk, Refund.Reason.HOST, now)
    refunds_are_sent(now)

    assert sorted(refund.amount_minor for refund in queries.refunds_of(order.pk)) == [5_00, 70_00]
    assert disagreements(paysim) == []
    page = client.get(f"/o/{order.pk}/{orders.order_secret(orders.order(order.pk))}", follow=True).content.decode()
    assert "sends your money back" in page


def test_a_card_payment_in_the_place_of_a_transfer_pays_once(paysim, order, read_in, now):
    payment = collecting.start_payment(order, now)
    paysim.approve(payment)
    collecting.bring_up_to_date(payment, now)
    assert orders.order(order.pk).method == Order.Method.PROCESSOR

    assert read_in(entry("75.00", reference=reference(order))) == 1
    refunds_are_sent(now)

    assert [(refund.reason, refund.failure) for refund in queries.refunds_of(order.pk)] == [("paid_twice", "by_hand")]
    assert standing(order) == 3
    assert disagreements(paysim) == []


def test_nobody_asks_a_processor_about_transfers(order, now):
    assert queries.unsettled(now + timedelta(days=1)) == []
    assert queries.fees_unknown(now) == []


def test_a_line_is_placed_once(order, read_in, house, alice, now):
    read_in(entry("70.00", reference=reference(order)))
    [found] = transfers.to_decide(house)
    bank.assign(house, found.line.pk, order.number, alice.pk, now)

    with pytest.raises(TransferKnown):
        bank.assign(house, found.line.pk, order.number, alice.pk, now)


@pytest.mark.parametrize("number", ["", "K7QX-3MHD", "'; drop"])
def test_a_line_is_not_for_an_order_that_nobody_knows(order, read_in, house, alice, now, number):
    read_in(entry("70.00"))

    with pytest.raises(TransferUnfitting):
        bank.assign(house, transfers.open_lines(house)[0].pk, number, alice.pk, now)


def test_another_organisations_orders_are_out_of_reach(order, alice, now):
    from estrade.users.actions import create_organisation

    other = create_organisation(alice, name="Other")
    assert bank.read_in(other, b"Date;Amount;Reference\n2026-11-24;75;" + reference(order).encode(), "a.csv", alice.pk, now)[1] == 0
    with pytest.raises(TransferUnfitting):
        bank.assign(other, transfers.open_lines(other)[0].pk, order.number, alice.pk, now)
    assert orders.order(order.pk).state == Order.State.AWAITING_PAYMENT


def test_a_buyer_is_reminded_once_two_days_before_the_places_go(order, read_in, now, monkeypatch):
    payment = Payment.objects.get()
    assert transfers.to_remind_of(now + timedelta(days=4)) == []
    soon = now + timedelta(days=5, minutes=1)
    assert transfers.to_remind_of(soon) == [payment.pk]
    asked = []
    monkeypatch.setattr(bank, "defer", lambda name, **facts: asked.append(facts))

    bank.remind(payment.pk, soon)
    bank.remind(payment.pk, soon)

    assert asked == [{"payment_id": str(payment.pk), "is_reminder": True}]
    assert transfers.to_remind_of(soon) == []
    tasks.mail_transfer(str(payment.pk), is_reminder=True)
    assert "has not arrived yet" in mail.outbox[0].subject
    assert numbers.grouped(reference(order)) in mail.outbox[0].body


@pytest.mark.parametrize("what", ["paid", "lapsed"])
def test_nobody_is_reminded_of_what_is_over(order, read_in, now, what):
    if what == "paid":
        read_in(entry("75.00", reference=reference(order)))
    else:
        tickets.expire(order.pk, now + timedelta(days=7))

    assert transfers.to_remind_of(now + timedelta(days=6)) == []


def test_who_has_less_than_four_days_is_not_reminded_of_what_they_just_chose(on_sale, evening, seat_type, account, now):
    evening.starts_at = now + timedelta(days=3, hours=1)
    evening.save()
    made = tickets.reserve(evening.pk, [Choice(seat_type.pk, 1)], now)
    bank.await_transfer(made.pk, BOB, now)

    assert transfers.to_remind_of(now + timedelta(hours=1)) == []


# The account


def test_the_first_account_holds_at_once_and_another_waits_while_every_owner_is_told(house, alice, account, now):
    assert transfers.account(house.pk, now) == account

    change = bank.set_account(house, "Mallory", OTHER_IBAN, "", "7", alice.pk, now)

    assert transfers.account(house.pk, now) == account
    assert transfers.coming_account(house.pk, now) == change
    assert transfers.account(house.pk, now + timedelta(hours=72)) == change
    tasks.mail_bank_account(str(change.pk), str(alice.pk))
    assert "DE89 3704 0044 0532 0130 00" in mail.outbox[0].body


def test_a_change_that_was_stopped_never_holds(house, alice, account, now):
    bank.set_account(house, "Mallory", OTHER_IBAN, "", "7", alice.pk, now)
    bank.stop_change(house, now)

    assert transfers.account(house.pk, now + timedelta(days=30)) == account
    assert transfers.coming_account(house.pk, now) is None


def test_a_second_change_takes_the_place_of_the_first(house, alice, account, now):
    bank.set_account(house, "A", OTHER_IBAN, "", "7", alice.pk, now)
    bank.set_account(house, "B", "GB29NWBK60161331926819", "", "7", alice.pk, now + timedelta(hours=1))

    assert transfers.account(house.pk, now + timedelta(hours=72)) == account
    assert transfers.account(house.pk, now + timedelta(hours=73)).holder == "B"


def test_an_account_can_be_ended_at_once(house, alice, account, now):
    bank.set_account(house, "", "", "", "7", alice.pk, now + timedelta(seconds=1))

    assert transfers.account(house.pk, now + timedelta(seconds=2)) is None


def test_to_end_transfers_first_is_no_way_round_the_wait(client, house, alice, account, now):
    later = now + timedelta(minutes=1)
    bank.set_account(house, "", "", "", "7", alice.pk, now + timedelta(seconds=1))
    bank.set_account(house, "Mallory", OTHER_IBAN, "", "7", alice.pk, later)

    assert transfers.account(house.pk, later) is None
    assert transfers.account(house.pk, later + timedelta(hours=72)).iban == OTHER_IBAN
    client.force_login(alice)
    answer = client.post(f"/host/organisations/{house.pk}/bank-account", {"holder": "M", "iban": OTHER_IBAN, "days": "7"})
    assert answer.status_code == 422


def test_the_account_of_before_is_taken_up_again_at_once(house, alice, account, now):
    bank.set_account(house, "", "", "", "7", alice.pk, now + timedelta(seconds=1))
    bank.set_account(house, "A", IBAN, "", "7", alice.pk, now + timedelta(seconds=2))

    assert transfers.account(house.pk, now + timedelta(seconds=3)).iban == IBAN


def test_what_is_written_wrong_is_named(house, alice, now):
    with pytest.raises(BankAccountInvalid) as refusal:
        bank.set_account(house, "", "LU28 0019 4006 4475 0001", "x", "0", alice.pk, now)

    assert [error.field for error in refusal.value.errors] == ["holder", "iban", "bic", "days"]
    assert not BankAccount.objects.exists()


def test_to_change_an_account_one_needs_a_second_factor(client, house, alice, account):
    client.force_login(alice)

    answer = client.post(
        f"/host/organisations/{house.pk}/bank-account", {"holder": "Mallory", "iban": OTHER_IBAN, "days": "7"}, follow=True
    )

    assert answer.status_code == 422
    assert "passkey" in answer.content.decode()
    assert BankAccount.objects.count() == 1


def test_who_has_a_second_factor_shows_it_first(client, house, alice, account):
    from allauth.mfa.models import Authenticator

    Authenticator.objects.create(user=alice, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client.force_login(alice)

    answer = client.post(f"/host/organisations/{house.pk}/bank-account", {"holder": "A", "iban": OTHER_IBAN, "days": "7"})

    assert answer.status_code == 302
    assert "reauthenticate" in answer.headers["Location"]
    assert BankAccount.objects.count() == 1


# Pages


def test_a_buyer_chooses_to_transfer_at_checkout(client, on_sale, evening, seat_type, account):
    choice = {"occurrence": str(evening.pk), f"quantity-{seat_type.pk}": "1"}
    checkout = client.post(f"/e/{on_sale.slug}/reserve", choice).headers["Location"]
    assert "By bank transfer" in client.get(checkout).content.decode()

    page = client.post(checkout, {"name": "Bob", "email": "bob@example.org", "pay": "transfer"}, follow=True).content.decode()

    order = Order.objects.get()
    assert numbers.grouped(reference(order)) in page
    assert "LU28 0019 4006 4475 0000" in page
    assert "<svg" in page
    tasks.mail_transfer(str(Payment.objects.get().pk))
    assert numbers.grouped(reference(order)) in mail.outbox[0].body
    assert mail.outbox[0].to == ["bob@example.org"]


def test_nobody_is_asked_how_they_pay_where_there_is_one_way(client, on_sale, evening, seat_type):
    choice = {"occurrence": str(evening.pk), f"quantity-{seat_type.pk}": "1"}
    checkout = client.post(f"/e/{on_sale.slug}/reserve", choice).headers["Location"]
    assert "By bank transfer" not in client.get(checkout).content.decode()

    answer = client.post(checkout, {"name": "Bob", "email": "bob@example.org", "pay": "transfer"})

    assert answer.status_code == 409
    assert 'value="Bob"' in answer.content.decode()


def test_a_statement_is_read_in_on_its_page(client, alice, house, order):
    client.force_login(alice)
    where = f"/host/organisations/{house.pk}/transfers"
    file = SimpleUploadedFile(
        "november.xml", camt(entry("75.00", reference=reference(order)), entry("9", reference(order), bank_reference="B2"))
    )

    page = client.post(where, {"file": file}, follow=True).content.decode()

    assert "1 transfer was for an order." in page
    assert "1 is for you to decide." in page


HUGE = f"Date;Amount\n2026-11-24;{'9' * 40}\n".encode()


@pytest.mark.parametrize("body", [b"", b"nonsense", camt(entry(), iban=OTHER_IBAN), b"<a/>", HUGE, camt(entry("9" * 40))])
def test_a_file_that_is_no_statement_of_this_account_changes_nothing(client, alice, house, account, body):
    client.force_login(alice)

    answer = client.post(f"/host/organisations/{house.pk}/transfers", {"file": SimpleUploadedFile("a.xml", body)})

    assert answer.status_code == 422
    assert not BankLine.objects.exists()


def test_what_no_database_keeps_is_left_out_of_a_line(house, alice, account, now):
    bank.read_in(house, b"Date;Amount;Reference;Name\n2026-11-24;5;a\x00b;\x07Bob", "a\x00.csv", alice.pk, now)

    [line] = transfers.open_lines(house)
    assert (line.text, line.name) == ("ab", "Bob")


def test_somebody_in_finance_decides_but_cannot_change_the_account(client, bob, house, order, read_in):
    Membership.objects.create(organisation=house, user=bob, role="finance")
    read_in(entry("70.00", reference=reference(order)))
    client.force_login(bob)
    [line] = transfers.open_lines(house)

    client.post(f"/host/organisations/{house.pk}/transfers/{line.pk}", {"number": order.number})

    assert standing(order) == 3
    assert client.get(f"/host/organisations/{house.pk}/bank-account").status_code == 403
