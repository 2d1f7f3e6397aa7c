"""A ticket goes to somebody else."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from estrade.events.models import Ban
from estrade.rooms import actions as rooms
from estrade.rooms import tasks as room_tasks
from estrade.rooms.models import Seat
from estrade.tickets import actions, queries, tasks
from estrade.tickets.actions.orders import Buyer
from estrade.tickets.errors import AddressNotAccepted, GuestListTooShort, NotOnGuestList, NotPossibleNow, OrderInvalid
from estrade.tickets.models import Order, Ticket
from estrade.tickets.pricing import Choice

BOB = Buyer("Bob Martin", "bob@example.org")
pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def order(concert, evening, seat_type, now):
    """Bob's two places, tomorrow."""
    evening.starts_at, evening.ends_at = now + timedelta(days=1), now + timedelta(days=1, hours=2)
    evening.save()
    actions.open_sale(concert)
    return actions.sell(evening.pk, [Choice(seat_type.pk, 2)], BOB, Order.Method.EXTERNAL, now)[0]


@pytest.fixture
def ticket(order):
    return queries.ticket(Ticket.objects.filter(order=order).first().pk)


@pytest.fixture
def as_bob(client, order):
    """A browser that followed the order's link."""
    client.get(f"/o/{order.pk}/{queries.order_secret(order)}", follow=True)
    return client


def give(ticket, now, name="Carol", email="carol@example.org"):
    return actions.hand_over(ticket.pk, ticket.version, name, email, now)


def test_the_new_holder_has_a_link_and_the_old_one_has_none(client, ticket, now):
    old = f"/t/{ticket.pk}/{queries.ticket_secret(ticket)}"
    assert client.get(old).status_code == 302

    after = give(ticket, now)

    assert Client().get(old).status_code == 404
    assert client.get(f"/tickets/{ticket.pk}").status_code == 404
    assert Client().get(f"/t/{after.pk}/{queries.ticket_secret(after)}").status_code == 302
    assert (after.attendee_name, after.attendee_email, after.order.buyer_email) == ("Carol", "carol@example.org", "bob@example.org")


def test_both_are_written_to(ticket, now):
    give(ticket, now)

    tasks.mail_handed_over(str(ticket.pk), "Bob Martin", "bob@example.org")
    tasks.mail_gave_away(str(ticket.pk), "Bob Martin", "bob@example.org")

    to_carol, to_bob = mail.outbox
    assert (to_carol.to, to_bob.to) == (["carol@example.org"], ["bob@example.org"])
    assert queries.ticket_secret(queries.ticket(ticket.pk)) in to_carol.body
    assert "Bob Martin" in to_carol.subject
    assert queries.ticket_secret(queries.ticket(ticket.pk)) not in to_bob.body
    assert "Carol" in to_bob.body


def test_the_buyer_sees_who_comes_and_cannot_enter_in_their_place(as_bob, order, ticket, now):
    page = as_bob.get(f"/tickets/{ticket.pk}/hand-over")
    assert page.status_code == 200
    answer = as_bob.post(f"/tickets/{ticket.pk}/hand-over", {"name": "Carol", "email": "carol@example.org"}, follow=True)

    shown = answer.content.decode()
    assert "Carol has the ticket now" in shown
    assert "Only its holder has the link." in shown
    assert f'/tickets/{ticket.pk}"' not in shown
    assert as_bob.get(f"/tickets/{ticket.pk}").status_code == 404


def test_sent_again_the_buyer_gets_the_others_alone(order, ticket, now):
    give(ticket, now)

    tasks.mail_tickets(str(order.pk))

    assert "/t/" in mail.outbox[0].body
    assert str(ticket.pk) not in mail.outbox[0].body


def test_who_lost_the_mail_asks_for_it_again_with_their_own_address(ticket, now, monkeypatch):
    give(ticket, now)
    asked = []
    monkeypatch.setattr(tasks, "defer", lambda name, **facts: asked.append((name, facts["ticket_id"])))

    tasks.mail_order_links("carol@example.org", "en")
    tasks.mail_order_links("mallory@example.org", "en")

    assert asked == [("tickets.mail_handed_over", str(ticket.pk))]


def test_a_ticket_is_handed_on(ticket, now):
    carols = give(ticket, now)

    assert give(carols, now, "Dave", "dave@example.org").attendee_name == "Dave"


def test_of_two_who_hand_it_over_at_once_one_does(ticket, now):
    give(ticket, now)

    with pytest.raises(NotPossibleNow):
        give(ticket, now, "Dave", "dave@example.org")
    assert queries.ticket(ticket.pk).attendee_name == "Carol"


@pytest.mark.parametrize("what", ["used", "cancelled", "begun"])
def test_what_is_used_or_over_stays(ticket, now, what):
    if what == "used":
        actions.check_in(ticket.pk, now)
    if what == "cancelled":
        actions.cancel(ticket.order_id, now)
        ticket = queries.ticket(ticket.pk)

    with pytest.raises(NotPossibleNow):
        give(ticket, now + timedelta(days=1 if what == "begun" else 0))


@pytest.mark.parametrize(
    ("name", "email", "field"), [("", "carol@example.org", "name"), ("C" * 121, "c@example.org", "name"), ("C", "c@", "email")]
)
def test_what_is_written_wrong_is_named_and_nothing_is_lost(as_bob, ticket, now, name, email, field):
    with pytest.raises(OrderInvalid) as refusal:
        give(ticket, now, name, email)
    assert [error.field for error in refusal.value.errors] == [field]

    answer = as_bob.post(f"/tickets/{ticket.pk}/hand-over", {"name": name, "email": email})
    assert answer.status_code == 422
    assert as_bob.get(f"/tickets/{ticket.pk}").status_code == 200


def test_nobody_gets_in_who_was_banned(ticket, concert, now):
    Ban.objects.create(event=concert, email="carol@example.org", banned_at=now)

    with pytest.raises(AddressNotAccepted):
        give(ticket, now)


def test_a_private_event_asks_its_guest_list(ticket, concert, now):
    concert.visibility = "private"
    concert.save()

    with pytest.raises(NotOnGuestList):
        give(ticket, now)


def test_whoever_stands_in_the_door_on_it_is_out_and_the_seat_has_the_new_name(ticket, now, monkeypatch):
    seat = rooms.seat_ticket(ticket)
    Seat.objects.filter(pk=seat.pk).update(device="browser")
    put_out = []
    monkeypatch.setattr(room_tasks.relay, "at_once", lambda *told: put_out.append(told[1]))
    give(ticket, now)

    room_tasks.give_seat(str(ticket.pk))
    room_tasks.give_seat(str(ticket.pk))

    after = Seat.objects.get(pk=seat.pk)
    assert (after.name, after.device) == ("Carol", "")
    assert put_out == [seat.pk]


def test_whose_ticket_is_cancelled_is_told_and_nobody_else(order, ticket, now, monkeypatch):
    asked = []
    monkeypatch.setattr("estrade.tickets.actions.cancelling.defer", lambda name, **facts: asked.append((name, facts["ticket_id"])))
    give(ticket, now)

    actions.cancel(order.pk, now)
    actions.cancel(order.pk, now)

    assert asked == [("tickets.mail_holder_cancelled", str(ticket.pk))]
    tasks.mail_holder_cancelled(str(ticket.pk))
    assert mail.outbox[0].to == ["carol@example.org"]
    assert "goes back to Bob Martin" in mail.outbox[0].body


def test_of_a_moved_date_each_is_told_and_nobody_gets_anothers_link(order, evening, now, monkeypatch):
    tickets = [queries.ticket(ticket.pk) for ticket in Ticket.objects.filter(order=order)]
    secrets = [queries.ticket_secret(give(ticket, now)) for ticket in tickets]
    asked = []
    monkeypatch.setattr(tasks, "defer", lambda name, **facts: asked.append((name, facts)))

    tasks.mail_moved(str(evening.pk), now.isoformat())
    for name, facts in asked:
        getattr(tasks, name.removeprefix("tickets."))(**facts)

    to_bob, *to_carol = mail.outbox
    assert to_bob.to == ["bob@example.org"]
    assert not any(secret in to_bob.body + to_bob.alternatives[0][0] for secret in secrets)
    assert [each.to for each in to_carol] == [["carol@example.org"]] * 2
    assert all(any(secret in each.body for each in to_carol) for secret in secrets)


def test_a_guest_who_was_handed_a_place_has_no_other(concert, order, ticket, evening, seat_type, now):
    from estrade.events.models import Guest

    Guest.objects.create(event=concert, email="carol@example.org")
    give(ticket, now)
    concert.visibility = "private"
    concert.save()

    with pytest.raises(GuestListTooShort):
        actions.sell(evening.pk, [Choice(seat_type.pk, 1)], Buyer("Carol", "carol@example.org"), Order.Method.EXTERNAL, now)


def test_a_name_is_cleaned_of_what_no_database_keeps(ticket, now):
    assert give(ticket, now, "Ca\x00rol\ud800").attendee_name == "Carol"


def test_a_stranger_hands_nothing_over(ticket):
    assert Client().post(f"/tickets/{ticket.pk}/hand-over", {"name": "M", "email": "m@example.org"}).status_code == 404
