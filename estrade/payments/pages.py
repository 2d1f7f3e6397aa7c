"""Checkout, the page of an order, and what processors send us."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from estrade.base.errors import FieldError, Invalid, NotFound
from estrade.base.forms import form_page
from estrade.base.money import Money
from estrade.payments import actions, collecting, queries
from estrade.payments.bank import actions as bank
from estrade.payments.bank import epc
from estrade.payments.bank import queries as transfers
from estrade.payments.errors import ProcessorUnavailable, TransferNotOffered
from estrade.payments.models import Payment, Refund
from estrade.payments.processors.stripe import processor
from estrade.tickets import access, presenting
from estrade.tickets import actions as tickets
from estrade.tickets import queries as orders
from estrade.tickets.actions.orders import Buyer
from estrade.tickets.errors import AddressNotAccepted, GuestListTooShort, NotOnGuestList, OrderEnded
from estrade.tickets.models import Order, Ticket

CALLBACK_BYTES_MAX = 262_144


@require_http_methods(["GET", "POST"])
def checkout(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Who buys; then to the processor, or for a free order straight to the tickets."""
    order = access.order_or_refuse(request, order_id)
    if order.state in {Order.State.PAID, Order.State.CANCELLED} or timezone.now() >= order.expires_at:
        return redirect("tickets:order", order.pk)
    if request.method == "POST":
        return _submit(request, order)
    return _checkout_page(request, order)


def _submit(request: HttpRequest, order: Order) -> HttpResponse:
    now = timezone.now()
    buyer = Buyer(request.POST.get("name", ""), request.POST.get("email", ""), translation.get_language() or "en")
    try:
        if order.total_minor == 0:
            tickets.give_details(order.pk, buyer, now)
            return redirect("tickets:order", order.pk)
        if request.POST.get("pay") == "transfer":
            bank.await_transfer(order.pk, buyer, now)
            return redirect("tickets:order", order.pk)
        payment = collecting.start_payment(order, now, buyer)
    except Invalid as refusal:
        return _checkout_page(request, order, refusal.errors, status=422)
    except (AddressNotAccepted, NotOnGuestList, GuestListTooShort) as refusal:
        return _checkout_page(request, order, [FieldError("email", refusal.code(), refusal.title)], status=409)
    except TransferNotOffered as refusal:
        return _checkout_page(request, order, [FieldError("pay", refusal.code(), refusal.title)], status=409)
    except ProcessorUnavailable:
        return _checkout_page(request, order, unavailable=True, status=503)
    except OrderEnded:
        return redirect("tickets:order", order.pk)
    if payment.state == Payment.State.SUCCEEDED:
        return redirect("tickets:order", order.pk)
    return redirect(payment.pay_url)


def _checkout_page(
    request: HttpRequest, order: Order, errors: list[FieldError] | None = None, *, unavailable: bool = False, status: int = 200
) -> HttpResponse:
    language = translation.get_language() or "en"
    came_back = order.state == Order.State.AWAITING_PAYMENT and request.method == "GET"
    now = timezone.now()
    context = {
        "event": order.event,
        "occurrence": order.occurrence,
        "order": order,
        "lines": presenting.ledger_rows(orders.lines_of(order.pk), order.currency, language),
        "name": request.POST.get("name", order.buyer_name),
        "email": request.POST.get("email", order.buyer_email),
        "errors": {error.field: error.detail for error in errors or []},
        "error_list": errors or [],
        "is_free": order.total_minor == 0,
        "refundable_until": _refundable_until(order),
        "transfer": transfers.offer(order, now),
        "by_transfer": request.POST.get("pay") == "transfer",
        "declined": came_back and not queries.awaited_transfers(order.pk),
        "unavailable": unavailable,
        "urls": {
            "submit": request.path,
            "event": reverse("events:event", args=[order.event.slug]),
            "release": reverse("tickets:release", args=[order.pk]) if order.state == Order.State.RESERVED else "",
            "terms": reverse("legal", args=["terms"]),
        },
    }
    response = render(request, "tickets/checkout.html", context, status=status)
    # Without JavaScript too, the form's answer may lead to the processor's page.
    response.policy = {"form-action": "'self' " + processor.pages_origin()}  # type: ignore[attr-defined]
    response.headers["Cache-Control"] = "no-store"
    return response


@require_GET
def come_back(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Where the processor sends the buyer. Nothing in the address is believed: the payment is read back."""
    order = access.order_or_refuse(request, order_id)
    try:
        for payment in queries.open_payments(order.pk):
            if payment.state == Payment.State.OPEN:
                collecting.bring_up_to_date(payment, timezone.now())
    except ProcessorUnavailable:
        pass  # the page says that we are waiting, and looks again; a callback or a task will tell us
    return _order_page(request, access.order_or_refuse(request, order_id), is_new=True)


@require_GET
def order(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """What became of an order, with its tickets; one that nobody has given a name yet goes on at checkout."""
    order = access.order_or_refuse(request, order_id)
    if order.state == Order.State.RESERVED and timezone.now() < order.expires_at:
        return redirect("tickets:checkout", order.pk)
    return _order_page(request, order)


def _order_page(request: HttpRequest, order: Order, *, is_new: bool = False) -> HttpResponse:
    language = translation.get_language() or "en"
    now = timezone.now()
    made = orders.tickets_of(order.pk)
    valid = [ticket for ticket in made if ticket.state == Ticket.State.VALID]
    refunds = queries.refunds_of(order.pk)
    refunded = sum((refund.amount for refund in refunds if refund.state != Refund.State.FAILED), Money(0, order.currency))
    context = {
        "event": order.event,
        "occurrence": order.occurrence,
        "order": order,
        "state": _shown_state(order, refunded),
        "refunded": refunded or None,
        "refund_came_back": any(refund.needs_somebody and not refund.is_by_hand for refund in refunds),
        "refund_is_on_its_way": any(refund.state == Refund.State.REQUESTED for refund in refunds),
        "refund_is_by_hand": any(refund.needs_somebody and refund.is_by_hand for refund in refunds),
        "tickets": [_shown_ticket(ticket, order, index + 1, len(made)) for index, ticket in enumerate(made)],
        "lines": presenting.ledger_rows(orders.lines_of(order.pk), order.currency, language),
        "is_new": is_new,
        "moved": {"refundable_until": order.occurrence.refundable_until} if order.occurrence.moved_at else None,
        "refundable_until": _refundable_until(order),
        "urls": {
            "pay": reverse("payments:pay", args=[order.pk]) if now < order.expires_at else "",
            "send_again": reverse("tickets:send_again", args=[order.pk]),
            "cancel": _cancel_url(order, valid),
            "event": reverse("events:event", args=[order.event.slug]),
            "find": reverse("tickets:find_order"),
        },
        "here": "tickets",
    }
    response = render(request, "tickets/order.html", context | _transfer(order, now))
    for ticket in valid:
        if ticket.handed_over_at is None:  # those are their attendees' alone
            access.grant(response, ticket)
    response.policy = {"form-action": "'self' " + processor.pages_origin()}  # type: ignore[attr-defined]
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _transfer(order: Order, now: datetime) -> dict[str, Any]:
    """What to write into the transfer that an unpaid order waits for."""
    if order.state != Order.State.AWAITING_PAYMENT or now >= order.expires_at:
        return {}
    for payment in queries.awaited_transfers(order.pk):
        payment.order = order
        transfer = transfers.instructions(payment, now)
        if transfer:
            return {"transfer": transfer, "code_svg": epc.drawing(transfer.code) if transfer.code else ""}
    return {}


def _refundable_until(order: Order) -> datetime | None:
    """The end of the time in which the buyer may cancel, unless it is past."""
    until = orders.refundable_until(order)
    return until if until and timezone.now() < until else None


def _shown_state(order: Order, refunded: Money) -> str:
    if order.state == Order.State.RESERVED:
        return "awaiting_payment" if timezone.now() < order.expires_at else "lapsed"
    if order.state == Order.State.CANCELLED and refunded:
        return "refunded"
    return order.state


def _shown_ticket(ticket: Ticket, order: Order, index: int, count: int) -> dict[str, Any]:
    is_theirs = ticket.state == Ticket.State.VALID and ticket.handed_over_at is None
    ticket.occurrence = order.occurrence
    may_hand_over = is_theirs and presenting.can_hand_over(ticket, timezone.now())
    return {
        "ticket": presenting.stub(ticket, order, index, count),
        "url": reverse("tickets:ticket", args=[ticket.pk]),
        "enter_url": reverse("tickets:ticket", args=[ticket.pk]) if is_theirs else "",
        "calendar_url": reverse("tickets:calendar", args=[ticket.pk]) if is_theirs else "",
        "hand_over_url": reverse("tickets:hand_over", args=[ticket.pk]) if may_hand_over else "",
        "qr_svg": presenting.qr_svg(ticket) if is_theirs else "",
    }


def _cancel_url(order: Order, valid: list[Ticket]) -> str:
    now = timezone.now()
    is_free = order.total_minor == 0 and bool(valid) and now < order.occurrence.starts_at
    return reverse("payments:cancel", args=[order.pk]) if is_free or queries.may_cancel(order, now) else ""


@require_POST
def pay(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Go to the processor again, from the page of an order that waits for its payment."""
    order = access.order_or_refuse(request, order_id)
    try:
        payment = collecting.start_payment(order, timezone.now())
    except ProcessorUnavailable:
        return _checkout_page(request, order, unavailable=True, status=503)
    except OrderEnded:
        return redirect("tickets:order", order.pk)
    return redirect("tickets:order", order.pk) if payment.state == Payment.State.SUCCEEDED else redirect(payment.pay_url)


@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Give an order back, or some of its tickets, after asking: a free one until it begins, a paid one while its buyer may."""
    order = access.order_or_refuse(request, order_id)
    standing = orders.left_of_prices(order)
    valid = [ticket for ticket, _left in standing]
    if not _cancel_url(order, valid):
        raise NotFound
    chosen = [ticket for ticket in valid if str(ticket.pk) in request.POST.getlist("tickets")] if len(valid) > 1 else valid
    if request.method == "POST" and chosen:
        _cancel(order, chosen, is_all=len(chosen) == len(valid))
        return redirect("tickets:order", order.pk)
    if len(valid) > 1:
        errors = [FieldError("tickets", "missing", _("Choose at least one ticket."))] if request.method == "POST" else []
        besides = order.total - sum((left for _ticket, left in standing), Money(0, order.currency))
        context = {"order": order, "event": order.event, "standing": standing, "besides": besides, "here": "tickets"}
        return form_page(request, "payments/cancel.html", context, errors)
    total = order.total.format(translation.get_language() or "en")
    context = {
        "title": _("Cancel your order?"),
        "text": _("The ticket links stop working, and others can have the places."),
        "action": request.path,
        "confirm_text": _("Cancel and refund %(total)s") % {"total": total} if order.total_minor else _("Cancel the places"),
        "keep_url": reverse("tickets:order", args=[order.pk]),
        "keep_text": _("Keep the places"),
    }
    return render(request, "confirm.html", context)


def _cancel(order: Order, chosen: list[Ticket], *, is_all: bool) -> None:
    now = timezone.now()
    if order.total_minor:
        actions.cancel_by_buyer(order.pk, now, None if is_all else [ticket.pk for ticket in chosen])
        return
    for ticket in chosen:
        tickets.cancel_free_ticket(ticket.pk, now)


@require_POST
def callback(request: HttpRequest) -> HttpResponse:
    """What Stripe sends: verified on the raw bytes, kept, acted on by a task. Unsigned bytes are refused and forgotten."""
    if int(request.headers.get("Content-Length") or 0) > CALLBACK_BYTES_MAX:
        return HttpResponse(status=413)
    notice = processor.verify(request.body, request.headers.get("Stripe-Signature", ""))
    if notice is None:
        return HttpResponse(status=400)
    actions.record_callback(processor.name, notice, request.body.decode(), timezone.now())
    return HttpResponse(status=200)
