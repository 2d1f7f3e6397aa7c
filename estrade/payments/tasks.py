"""What happens with money after the commit, and what looks after lost answers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation

from estrade.base.errors import Unavailable
from estrade.base.jobs import Patience, defer, periodic, task
from estrade.base.mail import compose, mail_task, send
from estrade.events.clock import HOME_ZONE
from estrade.payments import actions, collecting, queries
from estrade.payments.bank import actions as bank
from estrade.payments.bank import numbers
from estrade.payments.bank import queries as transfers
from estrade.payments.models import BankAccount, Payment, Refund
from estrade.tickets import presenting
from estrade.tickets import queries as orders
from estrade.users import queries as users

log = logging.getLogger(__name__)


@task(name="payments.read_session", retry=Patience())
def read_session(processor: str, session: str, callback: int) -> None:
    """Read back what a callback was about. The callback itself is believed in nothing but that something happened."""
    collecting.bring_session_up_to_date(processor, session, timezone.now())
    actions.mark_handled(callback, timezone.now())


@task(name="payments.read_refund", retry=Patience())
def read_refund(processor: str, refund: str, callback: int) -> None:
    """Read back what a callback about a refund was about."""
    collecting.bring_processor_refund_up_to_date(processor, refund, timezone.now())
    actions.mark_handled(callback, timezone.now())


@task(name="payments.send_refund", retry=Patience(attempts=12))
def send_refund(refund_id: str) -> None:
    """Give the money back."""
    collecting.send_refund(UUID(refund_id), timezone.now())


@task(name="payments.cancel_orders_of_event", retry=Patience())
def cancel_orders_of_event(event_id: str) -> None:
    """The event is cancelled: each order is, and everybody gets everything back. Stopped half-way, it goes on."""
    for order_id in orders.orders_to_cancel(UUID(event_id)):
        actions.cancel_order(order_id, Refund.Reason.EVENT_CANCELLED, timezone.now())


@task(name="payments.tell_of_failed_refund", retry=Patience())
def tell_of_failed_refund(refund_id: str) -> None:
    """A refund did not arrive and needs a person: ask for a mail to each of those who see to it."""
    refund = queries.refund(UUID(refund_id))
    with transaction.atomic():  # all or none: tried again, it writes to nobody twice
        for user in users.who_sees_to_money(refund.order.event.organisation_id):
            defer("payments.mail_failed_refund", refund_id=refund_id, user_id=str(user))


@mail_task("payments.mail_failed_refund")
def mail_failed_refund(refund_id: str, user_id: str) -> None:
    """What did not arrive and what to do about it, to one of those who see to it; nothing once somebody has."""
    refund, user = queries.refund(UUID(refund_id)), users.user(UUID(user_id))
    if not refund.needs_somebody:
        return
    address = settings.SITE_URL + reverse("payments:refund", args=[refund.order.event_id, refund.pk])
    with translation.override(user.language):
        context = {"refund": refund, "order": refund.order, "event": refund.order.event, "refund_url": address}
        message = compose("refund_failed", user.email, context)
    send(message)


@mail_task("payments.mail_transfer")
def mail_transfer(payment_id: str, is_reminder: bool = False) -> None:
    """What to write into a transfer, to the buyer who will make it, and again before it is too late; nothing once the order is
    paid or over.
    """
    now = timezone.now()
    payment = queries.payment(UUID(payment_id))
    transfer = transfers.instructions(payment, now)
    if transfer is None or payment.state != Payment.State.OPEN or now >= payment.order.expires_at:
        return
    order = payment.order
    with translation.override(order.language):
        context = {"transfer": transfer, "order": order, "event": order.event, "occurrence": order.occurrence}
        context["is_reminder"] = is_reminder
        message = compose("transfer", order.buyer_email, context | {"order_url": presenting.order_url(order)})
    send(message)


@periodic("7 * * * *")
@task(name="payments.remind_of_transfers", queueing_lock="payments.remind_of_transfers")
def remind_of_transfers(timestamp: int) -> None:
    """Every hour: write to those whose places are given back in two days because no transfer was seen."""
    del timestamp
    now = timezone.now()
    for payment_id in transfers.to_remind_of(now):
        bank.remind(payment_id, now)


@mail_task("payments.mail_bank_account")
def mail_bank_account(account_id: str, user_id: str) -> None:
    """Somebody named another account for transfers: to one owner, who may stop it."""
    row = BankAccount.objects.select_related("organisation").get(pk=UUID(account_id))
    user, by = users.user(UUID(user_id)), users.user(row.set_by)
    address = settings.SITE_URL + reverse("payments:transfers", args=[row.organisation_id])
    with translation.override(user.language):
        context = {"account": row, "iban": numbers.grouped(row.iban), "by": by, "zone": HOME_ZONE, "transfers_url": address}
        message = compose("bank_account", user.email, context | {"waits": row.effective_at > row.set_at})
    send(message)


@periodic("* * * * *")
@task(name="payments.look_after", queueing_lock="payments.look_after")
def look_after(timestamp: int) -> None:
    """Ask about payments and refunds that nobody told us of: callbacks are lost, and so are we."""
    _ = timestamp
    now = timezone.now()
    payments = queries.unsettled(now) + queries.fees_unknown(now)
    try:
        _each(payments, lambda one: collecting.bring_up_to_date(queries.payment(one), timezone.now()))
        _each(queries.refunds_waiting(now), lambda one: collecting.send_refund(one, timezone.now()))
        _each(
            queries.refunds_that_may_come_back(now),
            lambda one: collecting.bring_refund_up_to_date(queries.refund(one), timezone.now()),
        )
    except Unavailable:
        log.warning("the processor does not answer; payments and refunds are looked after again in a minute")


def _each(found: list[UUID], ask: Callable[[UUID], object]) -> None:
    for one in found:
        try:
            ask(one)
        except Unavailable:
            raise
        except Exception:  # one that cannot be read must not keep the others waiting
            log.exception("%s cannot be brought up to date", one)
