"""Where hosts give one order back, and see to refunds that did not arrive."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from estrade.base.errors import FieldError, NotFound
from estrade.base.forms import attempt, form_page
from estrade.events import queries as events
from estrade.payments import actions, giving_back, queries
from estrade.payments.bank import numbers
from estrade.payments.bank import queries as transfers
from estrade.payments.models import Refund
from estrade.tickets import queries as orders
from estrade.tickets.models import Order
from estrade.users.access import SignedIn, signed_in
from estrade.users.permissions import Permission

OVER = {Order.State.LAPSED, Order.State.CANCELLED}


@require_http_methods(["GET", "POST"])
@signed_in
def cancel_order(request: SignedIn, event_id: UUID, order_id: UUID) -> HttpResponse:
    """What of an order goes back: all of it, some tickets, or a part of the price. Chosen first, then confirmed."""
    event = events.event_for(request.viewer, event_id, Permission.ORDERS_WRITE)
    order = orders.order(order_id)
    if order.event_id != event.pk:
        raise NotFound
    if order.state in OVER:
        return redirect("tickets:orders", event.pk)
    said = request.POST if request.method == "POST" else request.GET
    if giving_back.was_done(order, said.get("key", "")):
        return redirect("tickets:orders", event.pk)
    what = giving_back.read(order, said)
    errors = what.errors
    if request.method == "POST" and not errors:
        errors = attempt(lambda: giving_back.give_back(what, said.get("key", ""), timezone.now()))
        if not errors:
            messages.success(request, what.done)
            return redirect("tickets:orders", event.pk)
    if errors or (what.can_choose and "what" not in said):
        return form_page(request, "payments/give_back.html", {"here": "host", "event": event} | what.choice(said), errors)
    return render(request, "confirm.html", {"here": "host", "action": request.path} | what.question())


@require_http_methods(["GET", "POST"])
@signed_in
def refund(request: SignedIn, event_id: UUID, refund_id: UUID) -> HttpResponse:
    """A refund that did not arrive: why, and what can be done."""
    event = events.event_for(request.viewer, event_id, Permission.ORDERS_WRITE)
    row = queries.refund(refund_id)
    if row.order.event_id != event.pk or row.state != Refund.State.FAILED:
        raise NotFound
    errors: list[FieldError] = []
    if request.method == "POST":
        errors = attempt(lambda: _see_to(request, row))
        if not errors:
            return redirect("tickets:orders", event.pk)
    context = {
        "here": "host",
        "event": event,
        "refund": row,
        "order": row.order,
        "why": _why(row.failure),
        "iban": numbers.grouped(transfers.iban_of(row.payment)),
        "reference": request.POST.get("reference", ""),
    }
    return form_page(request, "payments/refund.html", context, errors)


def _see_to(request: SignedIn, row: Refund) -> None:
    by, now = request.viewer.user_id, timezone.now()
    if request.POST.get("what") == "elsewhere":
        actions.record_given_elsewhere(row.pk, request.POST.get("reference", ""), by, now)
        messages.success(request, _("Recorded.") if row.is_by_hand else _("Recorded. It is added to what is due to you."))
    else:
        actions.try_refund_again(row.pk, by, now)
        messages.success(request, _("The refund is on its way again."))


def _why(failure: str) -> str:
    """The processor's word for a failure as a sentence."""
    known = {
        "by_hand": _("It was paid by transfer to your account, so only you can send it back."),
        "expired_or_canceled_card": _("The card has expired or was cancelled."),
        "lost_or_stolen_card": _("The card was reported lost or stolen."),
        "insufficient_funds": _("There was not enough money at the payment service."),
        "declined": _("The buyer’s bank declined it."),
        "charge_already_refunded": _("The payment service says that this payment was refunded already."),
        "charge_disputed": _("The buyer has disputed the payment at their bank, which decides now."),
    }
    return known.get(failure, _("The buyer’s bank did not take the money."))
