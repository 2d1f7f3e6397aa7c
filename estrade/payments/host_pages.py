"""Where hosts give one order back, and see to refunds that did not arrive."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from estrade.base.errors import FieldError, NotFound
from estrade.base.forms import attempt, form_page
from estrade.events import queries as events
from estrade.payments import actions, queries
from estrade.payments.models import Refund
from estrade.tickets import presenting
from estrade.tickets import queries as orders
from estrade.tickets.models import Order
from estrade.users.access import SignedIn, signed_in
from estrade.users.permissions import Permission

OVER = {Order.State.LAPSED, Order.State.CANCELLED}


@require_http_methods(["GET", "POST"])
@signed_in
def cancel_order(request: SignedIn, event_id: UUID, order_id: UUID) -> HttpResponse:
    """Asks first, then cancels one order and gives back what was paid for it."""
    event = events.event_for(request.viewer, event_id, Permission.ORDERS_WRITE)
    order = orders.order(order_id)
    if order.event_id != event.pk:
        raise NotFound
    if request.method == "POST":
        actions.cancel_order(order.pk, Refund.Reason.HOST, timezone.now())
        messages.success(request, _("Order %(number)s is cancelled. Its ticket links no longer work.") % {"number": order.number})
    if request.method == "POST" or order.state in OVER:
        return redirect("tickets:orders", event.pk)
    return render(request, "confirm.html", _question(request, order))


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
        "reference": request.POST.get("reference", ""),
    }
    return form_page(request, "payments/refund.html", context, errors)


def _see_to(request: SignedIn, row: Refund) -> None:
    by, now = request.viewer.user_id, timezone.now()
    if request.POST.get("what") == "elsewhere":
        actions.record_given_elsewhere(row.pk, request.POST.get("reference", ""), by, now)
        messages.success(request, _("Recorded. It is added to what is due to you."))
    else:
        actions.try_refund_again(row.pk, by, now)
        messages.success(request, _("The refund is on its way again."))


def _why(failure: str) -> str:
    """The processor's word for a failure as a sentence."""
    known = {
        "expired_or_canceled_card": _("The card has expired or was cancelled."),
        "lost_or_stolen_card": _("The card was reported lost or stolen."),
        "insufficient_funds": _("There was not enough money at the payment service."),
        "declined": _("The buyer’s bank declined it."),
        "charge_already_refunded": _("The payment service says that this payment was refunded already."),
        "charge_disputed": _("The buyer has disputed the payment at their bank, which decides now."),
    }
    return known.get(failure, _("The buyer’s bank did not take the money."))


def _question(request: SignedIn, order: Order) -> dict[str, Any]:
    language = translation.get_language() or "en"
    is_refunded = order.state == Order.State.PAID and order.method != Order.Method.EXTERNAL and order.total_minor > 0
    context: dict[str, Any] = {
        "here": "host",
        "title": _("Cancel order %(number)s?") % {"number": order.number},
        "text": _what_happens(order, is_refunded=is_refunded),
        "action": request.path,
        "confirm_text": _("Cancel the order"),
        "keep_url": reverse("tickets:orders", args=[order.event_id]),
        "keep_text": _("Keep the order"),
    }
    if is_refunded:
        context |= {
            "lines": presenting.ledger_rows(orders.lines_of(order.pk), order.currency, language),
            "total": order.total,
            "total_label": _("Given back"),
            "confirm_text": _("Cancel and give back %(total)s") % {"total": order.total.format(language)},
        }
    return context


def _what_happens(order: Order, *, is_refunded: bool) -> str:
    who = order.buyer_name or _("The buyer")
    if is_refunded:
        return _("%(name)s is told by mail and gets the whole price back. The ticket links stop working at once.") % {"name": who}
    if order.method == Order.Method.EXTERNAL and order.total_minor:
        return _("%(name)s is told by mail. It was paid elsewhere: give the money back there.") % {"name": who}
    return _("%(name)s is told by mail. The ticket links stop working at once.") % {"name": who}
