"""The life of an order, as one table: its state and what happens give the next state, and what follows from it.

The code moves orders by this table alone; the documentation prints it; the stateful test walks it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from estrade.tickets.models import Order

State = Order.State


class Happening(StrEnum):
    """What can happen to an order."""

    PAYMENT_STARTED = "payment_started"
    PAYMENT_FAILED = "payment_failed"
    SETTLED = "settled"  # the money is there, or none was due, or the organisation took it elsewhere
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Places(StrEnum):
    """What becomes of the places."""

    KEPT = "kept"
    GIVEN_BACK = "given back"
    TAKEN_AGAIN = "taken again, if they are left"
    NONE = "none"


@dataclass(frozen=True)
class Step:
    """What follows: the next state, the places, whether tickets are made, which entries, what is mailed."""

    state: Order.State
    places: Places = Places.KEPT
    makes_tickets: bool = False
    returns_money: bool = False  # of the payment that just arrived, or of all when the order is cancelled
    entries: str = ""
    mail: str = ""


_SOLD = Step(State.PAID, makes_tickets=True, entries="sale: buyers to organisation, charity and fee", mail="tickets")

LIFE: dict[tuple[Order.State, Happening], Step] = {
    (State.RESERVED, Happening.PAYMENT_STARTED): Step(State.AWAITING_PAYMENT),
    (State.RESERVED, Happening.SETTLED): _SOLD,
    (State.RESERVED, Happening.EXPIRED): Step(State.LAPSED, Places.GIVEN_BACK),
    (State.RESERVED, Happening.CANCELLED): Step(State.CANCELLED, Places.GIVEN_BACK),
    (State.AWAITING_PAYMENT, Happening.PAYMENT_STARTED): Step(State.AWAITING_PAYMENT),
    (State.AWAITING_PAYMENT, Happening.PAYMENT_FAILED): Step(State.AWAITING_PAYMENT),
    (State.AWAITING_PAYMENT, Happening.SETTLED): _SOLD,
    (State.AWAITING_PAYMENT, Happening.EXPIRED): Step(State.LAPSED, Places.GIVEN_BACK),
    (State.AWAITING_PAYMENT, Happening.CANCELLED): Step(State.CANCELLED, Places.GIVEN_BACK),
    # Money that arrives after the places were given back: its tickets if they are left, itself if they are not.
    (State.LAPSED, Happening.SETTLED): Step(
        State.PAID, Places.TAKEN_AGAIN, makes_tickets=True, entries="sale, if places are left", mail="tickets"
    ),
    (State.CANCELLED, Happening.SETTLED): Step(State.CANCELLED, Places.NONE, returns_money=True),
    (State.PAID, Happening.SETTLED): Step(State.PAID, returns_money=True),  # paid twice
    (State.PAID, Happening.CANCELLED): Step(
        State.CANCELLED, Places.GIVEN_BACK, returns_money=True, entries="each ticket's sale, turned round", mail="cancelled"
    ),
}


def step(state: str, happening: Happening) -> Step | None:
    """What follows when `happening` meets an order in `state`; None when it cannot."""
    return LIFE.get((State(state), happening))
