"""A room of `concert` with engines in memory, and the people in it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from estrade.rooms import actions, engine, engine_fake, messages, messages_fake, queries

HERE, ELSEWHERE = "a" * 64, "b" * 64  # two devices


@pytest.fixture(autouse=True)
def media(monkeypatch):
    """The media engine."""
    fake = engine_fake.Fake()
    monkeypatch.setattr(engine, "send", fake.send)
    return fake


@pytest.fixture(autouse=True)
def line(monkeypatch):
    """The message engine."""
    fake = messages_fake.Fake()
    monkeypatch.setattr(messages, "send", fake.send)
    return fake


@pytest.fixture
def room(evening):
    return actions.room_of(evening)


@pytest.fixture
def tonight(evening):
    """Half an hour before the start: the doors open when the host says so."""
    return evening.starts_at - timedelta(minutes=30)


@pytest.fixture
def ticket_of(evening, free_type):
    from estrade.tickets.models import Order, OrderLine, Ticket

    def make(name):
        number = f"T{Ticket.objects.count():04}-{evening.pk.hex[:3]}"
        order = Order.objects.create(
            number=number, event=evening.event, occurrence=evening, state="paid", method="free", currency="EUR", total_minor=0,
            buyer_name=name, buyer_email=f"{name.lower()}@example.org", reserved_at=evening.starts_at, expires_at=evening.starts_at,
            paid_at=evening.starts_at,
        )  # fmt: skip
        line = OrderLine.objects.create(
            order=order,
            ticket_type=free_type,
            name="Solidarity",
            quantity=1,
            unit_minor=0,
            fee_minor=0,
            share_minor=0,
            gives_ticket=True,
        )
        return Ticket.objects.create(
            order=order, line=line, occurrence=evening, attendee_name=name, attendee_email=f"{name.lower()}@example.org"
        )

    return make


@pytest.fixture
def bobs_ticket(ticket_of):
    return ticket_of("Bob")


@pytest.fixture
def carols_ticket(ticket_of):
    return ticket_of("Carol")


@pytest.fixture
def bobs_seat(bobs_ticket, room):
    """Nobody sits there yet."""
    return actions.seat_ticket(bobs_ticket)


@pytest.fixture
def carols_seat(carols_ticket, room):
    return actions.seat_ticket(carols_ticket)


@pytest.fixture
def alices_seat(alice, room, tonight):
    """Alice hosts, and is there."""
    from estrade.users.permissions import Permission

    seat = actions.seat_user(room, alice, Permission.ROOM_HOST)
    return actions.take_seat(seat.pk, "c" * 64, tonight)


@pytest.fixture
def open_room(room, tonight):
    """The doors are open."""
    actions.open_doors(room.pk, tonight)
    return queries.room(room.pk)


@pytest.fixture
def bob_inside(open_room, bobs_seat, tonight):
    """Bob sits in the open room, on the device HERE."""
    return actions.take_seat(bobs_seat.pk, HERE, tonight)


@pytest.fixture
def carol_inside(open_room, carols_seat, tonight):
    return actions.take_seat(carols_seat.pk, ELSEWHERE, tonight)


def fresh(seat):
    """The seat as it is now."""
    return queries.seat(seat.pk)


@pytest.fixture
def crew_seat(room):
    """A crew member of any role."""

    def make(role, name="Crew"):
        member = actions.invite(room.occurrence.event, name, f"{name.lower()}@example.org", role)
        return actions.seat_crew_member(room, member)

    return make
