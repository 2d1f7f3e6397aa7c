"""What of an order its host gives back, as a form says it: everything, some tickets, or a part of the price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from estrade.base.errors import FieldError
from estrade.base.idempotency import fingerprint, once
from estrade.base.ids import new_id
from estrade.base.models import IdempotencyKey
from estrade.base.money import Money
from estrade.payments import actions
from estrade.payments.models import Refund
from estrade.tickets import presenting
from estrade.tickets import queries as orders
from estrade.tickets.amounts import amount_minor
from estrade.tickets.models import Order, Ticket

ALL, TICKETS, PART = "all", "tickets", "part"


@dataclass
class GivingBack:
    """What was chosen of `order`; `errors` names what was not well said."""

    order: Order
    what: str
    tickets: list[UUID] = field(default_factory=list)
    amount: Money | None = None
    errors: list[FieldError] = field(default_factory=list)

    @cached_property
    def standing(self) -> list[tuple[Ticket, Money]]:
        """The tickets that hold, and what is left of the price of each."""
        return orders.left_of_prices(self.order)

    @property
    def has_money(self) -> bool:
        """Whether anything was paid by a way that we offered, and can go back."""
        return self.order.state == Order.State.PAID and self.order.is_paid_here

    @property
    def can_choose(self) -> bool:
        """Whether there is more than everything or nothing."""
        return self.order.state == Order.State.PAID and (len(self.standing) > 1 or (self.has_money and bool(self.standing)))

    @property
    def done(self) -> str:
        """What to say once it is done."""
        number = {"number": self.order.number}
        if self.what == PART:
            return _("A part of order %(number)s is on its way back. Its tickets hold.") % number
        if self.what == TICKETS:
            return _("Tickets of order %(number)s are cancelled. Their links no longer work.") % number
        return _("Order %(number)s is cancelled. Its ticket links no longer work.") % number

    def choice(self, said: Mapping[str, str]) -> dict[str, Any]:
        """What the page to choose on shows."""
        chosen = {str(ticket) for ticket in self.tickets}
        return {
            "order": self.order,
            "standing": [(ticket, left, str(ticket.pk) in chosen) for ticket, left in self.standing],
            "what": said.get("what", ALL),
            "amount": said.get("amount", ""),
            "has_money": self.has_money,
            "left": _sum([left for _ticket, left in self.standing], self.order.currency),
        }

    def question(self) -> dict[str, Any]:
        """What the page to confirm on asks."""
        language = get_language() or "en"
        back = self.given_back
        context: dict[str, Any] = {
            "title": self._title,
            "text": self._what_happens(bool(back)),
            "confirm_text": _("Cancel the order") if self.what == ALL else _("Cancel the tickets"),
            "keep_url": reverse("tickets:orders", args=[self.order.event_id]),
            "keep_text": _("Keep the order"),
            "fields": {
                "what": self.what,
                "tickets": ",".join(map(str, self.tickets)),
                "amount": str(self.amount.decimal) if self.amount else "",
                "key": str(new_id()),
            },
        }
        if back:
            sure = _("Give back %(total)s") if self.what == PART else _("Cancel and give back %(total)s")
            context |= {
                "lines": self._rows(language),
                "total": back,
                "total_label": _("Given back"),
                "confirm_text": sure % {"total": back.format(language)},
            }
        return context

    @cached_property
    def given_back(self) -> Money:
        """What the buyer gets of it."""
        nothing = Money(0, self.order.currency)
        if not self.has_money:
            return nothing
        if self.what == PART:
            return self.amount or nothing
        left = _sum([left for ticket, left in self.standing if self.what == ALL or ticket.pk in self.tickets], self.order.currency)
        return left + self._besides if self._is_whole else left

    @property
    def _is_whole(self) -> bool:
        return self.what == ALL or (self.what == TICKETS and len(self.tickets) == len(self.standing))

    @cached_property
    def _besides(self) -> Money:
        """What was paid for other things than tickets."""
        others = [line for line in orders.lines_of(self.order.pk) if not line.gives_ticket]
        return Money(sum(line.unit_minor * line.quantity for line in others), self.order.currency)

    def _rows(self, language: str) -> list[presenting.LedgerRow]:
        if self.what == PART:
            return []
        if self._is_whole and self.given_back == self.order.total:
            return presenting.ledger_rows(orders.lines_of(self.order.pk), self.order.currency, language)
        rows = [
            presenting.LedgerRow(ticket.line.name, left, note=ticket.attendee_name)
            for ticket, left in self.standing
            if self._is_whole or ticket.pk in self.tickets
        ]
        besides = self._besides if self._is_whole else None
        return [*rows, presenting.LedgerRow(_("Donations and what else was paid"), besides)] if besides else rows

    @property
    def _title(self) -> str:
        number = {"number": self.order.number}
        if self.what == PART:
            return _("Give back a part of order %(number)s?") % number
        if self.what == TICKETS and not self._is_whole:
            count = len(self.tickets)
            text = ngettext("Cancel %(count)d ticket of order %(number)s?", "Cancel %(count)d tickets of order %(number)s?", count)
            return text % (number | {"count": count})
        return _("Cancel order %(number)s?") % number

    def _what_happens(self, is_refunded: bool) -> str:
        who = {"name": self.order.buyer_name or _("The buyer")}
        if self.what == PART:
            return _("%(name)s is told by mail. The tickets hold.") % who
        if is_refunded:
            return _("%(name)s is told by mail and gets this much back. The ticket links stop working at once.") % who
        if self.order.is_paid_elsewhere and self.order.total_minor:
            return _("%(name)s is told by mail. It was paid elsewhere: give the money back there.") % who
        return _("%(name)s is told by mail. The ticket links stop working at once.") % who


def read(order: Order, said: QueryDict) -> GivingBack:
    """What a form says of `order`; a ticket is named once or many times, or many in one field with commas."""
    chosen = GivingBack(order, said.get("what", ALL) if said.get("what") in {TICKETS, PART} else ALL)
    named = {text for entry in said.getlist("tickets") for text in entry.split(",")}
    chosen.tickets = [ticket.pk for ticket, _left in chosen.standing if str(ticket.pk) in named] if chosen.what == TICKETS else []
    if chosen.what == ALL and (named - {""} or said.get("amount")):
        chosen.errors = [FieldError("what", "unclear", _("You named tickets or an amount too: choose which of the three it is."))]
    if chosen.what == TICKETS and not chosen.tickets:
        chosen.errors = [FieldError("tickets", "missing", _("Choose at least one ticket."))]
    if chosen.what == PART:
        minor = amount_minor(said.get("amount", ""), order.currency)
        if minor is None:
            chosen.errors = [FieldError("amount", "not_an_amount", _("Write an amount, for example 12.50."))]
        else:
            chosen.amount = Money(minor, order.currency)
            chosen.errors = _too_much(chosen)
    return chosen


def _too_much(chosen: GivingBack) -> list[FieldError]:
    left = _sum([left for _ticket, left in chosen.standing], chosen.order.currency)
    assert chosen.amount is not None
    if 0 < chosen.amount.minor <= left.minor:
        return []
    bounds = {"most": left.format(get_language() or "en")}
    return [FieldError("amount", "range", _("More than nothing, and at most %(most)s.") % bounds)]


def was_done(order: Order, key: str) -> bool:
    """Whether the form with this key was carried out already: a second click is no second refund."""
    return IdempotencyKey.objects.filter(scope=_scope(order), key=key).exists()


def _scope(order: Order) -> str:
    return f"give-back:{order.pk}"


def give_back(chosen: GivingBack, key: str, now: datetime) -> None:
    """Do what was chosen; the same `key` again does nothing more.

    Raises:
        NotPossibleNow, OrderInvalid: as the actions.
    """
    said = fingerprint(chosen.what, [str(ticket) for ticket in chosen.tickets], str(chosen.amount))

    def work() -> tuple[int, Any]:
        order = chosen.order.pk
        if chosen.what == PART and chosen.amount is not None:
            actions.refund_part(order, (), chosen.amount, now)
        elif chosen.what == TICKETS:
            actions.refund_tickets(order, chosen.tickets, Refund.Reason.HOST, now)
        else:
            actions.cancel_order(order, Refund.Reason.HOST, now)
        return 200, {}

    if key:
        once(_scope(chosen.order), key[:200], said, now, work)
    else:
        work()


def _sum(amounts: list[Money], currency: str) -> Money:
    return sum(amounts, Money(0, currency))
