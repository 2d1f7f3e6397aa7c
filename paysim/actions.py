"""What can happen to a session, its payment and its refunds. All amounts in smallest units."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from paysim import money
from paysim.errors import ApiError, NotPossible
from paysim.identifiers import new_id
from paysim.records import BalanceTransaction, Charge, CheckoutSession, LineItem, PaymentIntent, Refund

if TYPE_CHECKING:
    from paysim.config import Config
    from paysim.forms import Params
    from paysim.store import Draft

DAY_S: Final = 86_400
SETTLING_S: Final = 3 * DAY_S
EXPIRES_AFTER_MIN_S: Final = 30 * 60
EXPIRES_AFTER_MAX_S: Final = DAY_S
LINE_ITEMS_MAX: Final = 100
LOCALES: Final = (
    *("auto", "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr", "fr-CA", "hr", "hu", "id"),
    *("it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl", "pt", "pt-BR", "ro", "ru", "sk", "sl", "sv", "th", "tr"),
    *("vi", "zh", "zh-HK", "zh-TW"),
)
REFUND_REASONS: Final = ("duplicate", "fraudulent", "requested_by_customer")
DECLINE_MESSAGES: Final = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "lost_card": "Your card was declined.",
    "stolen_card": "Your card was declined.",
    "expired_card": "Your card has expired.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
}
AUTHENTICATION_FAILED: Final = (
    "We are unable to authenticate your payment method. Please choose a different payment method and try again."
)


def create_session(draft: Draft, params: Params) -> CheckoutSession:
    """A session of the hosted payment page, in mode payment."""
    mode = params.choice("mode", ("payment", "setup", "subscription"))
    if mode is None:
        raise params.missing("mode")
    if mode != "payment":
        raise ApiError(f"This simulator takes mode `payment` only, not `{mode}`.", param="mode")
    params.choice("ui_mode", ("hosted_page", "hosted"))
    params.texts("payment_method_types")
    params.unsimulated("adaptive_pricing", "billing_address_collection", "custom_text", "customer_creation", "expand",
                       "integration_identifier", "payment_method_options", "wallet_options", "origin_context")  # fmt: skip
    currency, items = _line_items(params)
    total = sum(item["unit_amount"] * item["quantity"] for item in items)
    _check_total(total, currency)
    success_url = params.url("success_url")
    if success_url is None:
        raise params.missing("success_url")
    intent = params.child("payment_intent_data")
    session = CheckoutSession(
        id=new_id("cs_test_", 58),
        created=draft.moment,
        amount_total=total,
        currency=currency,
        line_items=items,
        success_url=success_url,
        cancel_url=params.url("cancel_url"),
        expires_at=_expiry(params, draft.moment),
        client_reference_id=params.text("client_reference_id", length_max=200),
        customer_email=_email(params),
        locale=_locale(params),
        metadata=params.metadata(),
        intent_metadata=intent.metadata() if intent else {},
        intent_description=intent.text("description", length_max=1_000) if intent else None,
        submit_type=params.choice("submit_type", ("auto", "book", "donate", "pay", "subscribe")),
    )
    if intent:
        intent.choice("capture_method", ("automatic", "automatic_async"))
        intent.unsimulated("receipt_email", "statement_descriptor", "statement_descriptor_suffix", "setup_future_usage")
    params.refuse_unknown()
    return draft.put(session)


def _line_items(params: Params) -> tuple[str, list[LineItem]]:
    given = params.children("line_items")
    if not given:
        raise params.missing("line_items")
    if len(given) > LINE_ITEMS_MAX:
        raise ApiError(f"You may only specify one of at most {LINE_ITEMS_MAX} line items.", param="line_items")
    currencies, items = set(), []
    for line in given:
        currency, item = _line_item(line)
        currencies.add(currency)
        items.append(item)
    if len(currencies) > 1:
        raise ApiError(
            "You can not use different currencies in the line items of one Checkout Session.",
            param="line_items",
        )
    return currencies.pop(), items


def _line_item(line: Params) -> tuple[str, LineItem]:
    if line.has("price"):
        raise ApiError(f"No such price: '{line.text('price')}'", code="resource_missing", param=line.full_name("price"))
    price = line.child("price_data")
    if price is None:
        raise line.missing("price_data")
    product = price.child("product_data")
    if product is None:
        raise price.missing("product_data")
    currency = price.needed_text("currency")
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise ApiError(f"Invalid currency: {currency}.", param=price.full_name("currency"))
    item = LineItem(
        id=new_id("li_1"),
        name=product.needed_text("name"),
        description=product.text("description"),
        unit_amount=price.needed_integer("unit_amount", least=0),
        quantity=line.needed_integer("quantity", least=1),
        product=new_id("prod_", 14),
        price=new_id("price_1"),
    )
    price.choice("tax_behavior", ("exclusive", "inclusive", "unspecified"))
    product.metadata()
    product.unsimulated("images", "tax_code")
    return currency.lower(), item


def _check_total(total: int, currency: str) -> None:
    least = money.minimum_charge(currency)
    if 0 < total < least:
        raise ApiError(
            f"The Checkout Session's total amount due must add up to at least {money.written(least, currency)} {currency}",
            code="amount_too_small",
            param="line_items",
        )
    if total > money.MAXIMUM:
        raise ApiError(
            f"The Checkout Session's total amount must be no more than {money.written(money.MAXIMUM, currency)} {currency}",
            code="amount_too_large",
            param="line_items",
        )


def _expiry(params: Params, now: int) -> int:
    given = params.integer("expires_at")
    if given is None:
        return now + EXPIRES_AFTER_MAX_S
    if given < now + EXPIRES_AFTER_MIN_S:
        raise ApiError(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
            param="expires_at",
        )
    if given > now + EXPIRES_AFTER_MAX_S:
        raise ApiError(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    return given


def _email(params: Params) -> str | None:
    email = params.text("customer_email", length_max=800)
    if email is not None and ("@" not in email.strip("@") or " " in email):
        raise ApiError(f"Invalid email address: {email}", code="email_invalid", param="customer_email")
    return email


def _locale(params: Params) -> str | None:
    return params.choice("locale", LOCALES)


def update_session(draft: Draft, session: CheckoutSession, params: Params) -> CheckoutSession:
    """Change the metadata of a session; keys that are not named stay."""
    session = replace(session, metadata=_merged(session.metadata, params.metadata()))
    params.unsimulated("expand")
    params.refuse_unknown()
    return draft.put(session)


def update_refund(draft: Draft, refund: Refund, params: Params) -> Refund:
    """Change the metadata of a refund; keys that are not named stay."""
    refund = draft.put(replace(refund, metadata=_merged(refund.metadata, params.metadata())))
    params.unsimulated("expand")
    params.refuse_unknown()
    draft.announce("refund.updated", refund)
    return refund


def _merged(old: object, new: dict[str, str]) -> dict[str, str]:
    assert isinstance(old, dict)
    return {key: value for key, value in {**old, **new}.items() if value}


def expire(draft: Draft, session: CheckoutSession) -> CheckoutSession:
    """End an open session; its payment, if one was begun, is cancelled. Not while the bank is being waited for."""
    intent = draft.find(PaymentIntent, session.payment_intent)
    if session.status != "open":
        raise ApiError(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{session.status}`.",
            is_kept=True,
        )
    if intent and intent.status == "processing":
        raise ApiError(
            "This Checkout Session cannot be expired because its payment is being processed.",
            is_kept=True,
        )
    if intent:
        cancelled = replace(intent, status="canceled", canceled_at=draft.moment, cancellation_reason="automatic", settles_at=None)
        draft.announce("payment_intent.canceled", draft.put(cancelled))
    session = draft.put(replace(session, status="expired"))
    draft.announce("checkout.session.expired", session)
    return session


def settle(draft: Draft, session: CheckoutSession, config: Config) -> None:
    """Do what has fallen due for a session: its slow payment succeeds, its late fee is known, its refunds come back, or it
    expires.
    """
    intent = draft.find(PaymentIntent, session.payment_intent)
    is_due = intent is not None and intent.settles_at is not None and intent.settles_at <= draft.now
    if intent and session.status == "complete" and is_due:
        _book_late(draft, intent, config)
    if intent and intent.latest_charge and session.status == "complete":
        _send_back(draft, draft.get(Charge, intent.latest_charge))
    if session.status != "open":
        return
    if intent and intent.status == "processing":
        if is_due:
            approve(draft, session, config)
    elif session.expires_at <= draft.now:
        expire(draft, session)


def _send_back(draft: Draft, charge: Charge) -> None:
    for refund in [draft.get(Refund, refund_id) for refund_id in charge.refunds]:
        if refund.comes_back_at is not None and refund.comes_back_at <= draft.now:
            fail_refund(draft, refund)


def _intent(draft: Draft, session: CheckoutSession) -> PaymentIntent:
    """The payment of an open session, begun at the first attempt."""
    if session.status == "open" and session.expires_at <= draft.now and session.payment_intent is None:
        raise NotPossible("expired")
    if session.status != "open":
        raise NotPossible(session.status)
    return draft.find(PaymentIntent, session.payment_intent) or PaymentIntent(
        id=new_id("pi_3"),
        created=draft.moment,
        session=session.id,
        amount=session.amount_total,
        currency=session.currency,
        metadata=session.intent_metadata,
        description=session.intent_description,
        receipt_email=None,
    )


def approve(draft: Draft, session: CheckoutSession, config: Config) -> CheckoutSession:
    """The bank says yes: the session is complete and paid, the money on the balance."""
    if session.amount_total == 0:
        return _complete_for_nothing(draft, session)
    intent = _intent(draft, session)
    charge = _charge(draft, intent, is_authenticated=intent.status == "requires_action")
    if not config.fee_late_s:
        charge = _book(draft, charge, config)
    intent = draft.put(
        replace(
            intent,
            status="succeeded",
            amount_received=intent.amount,
            latest_charge=charge.id,
            last_payment_error=None,
            settles_at=draft.now + config.fee_late_s if config.fee_late_s else None,
        ),
    )
    session = draft.put(replace(session, status="complete", payment_status="paid", payment_intent=intent.id))
    draft.announce("charge.succeeded", charge)
    draft.announce("payment_intent.succeeded", intent)
    draft.announce("checkout.session.completed", session)
    return session


def _book(draft: Draft, charge: Charge, config: Config) -> Charge:
    """Put the money of `charge` on the balance, less the fee."""
    movement = draft.put(
        BalanceTransaction(
            id=new_id("txn_3"),
            created=draft.moment,
            amount=charge.amount,
            fee=money.fee(charge.amount, config.fee_basis_points, config.fee_fixed_minor),
            currency=charge.currency,
            source=charge.id,
            type="charge",
            available_on=draft.moment + SETTLING_S,
            description=charge.description,
        ),
    )
    return draft.put(replace(charge, balance_transaction=movement.id))


def _book_late(draft: Draft, intent: PaymentIntent, config: Config) -> None:
    charge = _book(draft, draft.get(Charge, intent.latest_charge or ""), config)
    draft.put(replace(intent, settles_at=None))
    draft.announce("charge.updated", charge, previous={"balance_transaction": None})


def _complete_for_nothing(draft: Draft, session: CheckoutSession) -> CheckoutSession:
    if session.status != "open":
        raise NotPossible(session.status)
    session = draft.put(replace(session, status="complete", payment_status="no_payment_required"))
    draft.announce("checkout.session.completed", session)
    return session


def _charge(
    draft: Draft,
    intent: PaymentIntent,
    *,
    status: str = "succeeded",
    is_authenticated: bool = False,
    failure_code: str | None = None,
    decline_code: str | None = None,
) -> Charge:
    return draft.put(
        Charge(
            id=new_id("ch_3"),
            created=draft.moment,
            session=intent.session,
            payment_intent=intent.id,
            amount=intent.amount,
            currency=intent.currency,
            metadata=intent.metadata,
            description=intent.description,
            receipt_email=intent.receipt_email,
            status=status,
            is_authenticated=is_authenticated,
            failure_code=failure_code,
            decline_code=decline_code,
        ),
    )


def decline(draft: Draft, session: CheckoutSession, decline_code: str = "generic_decline") -> CheckoutSession:
    """The bank says no: the attempt is on record, the session stays open for another."""
    message = DECLINE_MESSAGES.get(decline_code, "Your card was declined.")
    code = decline_code if decline_code in ("expired_card", "processing_error") else "card_declined"
    intent = _intent(draft, session)
    charge = _charge(draft, intent, status="failed", failure_code=code, decline_code=decline_code)
    error = {
        "type": "card_error",
        "code": code,
        "decline_code": decline_code,
        "message": message,
        "charge": charge.id,
        "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}",
    }
    session = _failed(draft, session, replace(intent, latest_charge=charge.id), error)
    draft.announce("charge.failed", charge)
    return session


def fail_authentication(draft: Draft, session: CheckoutSession) -> CheckoutSession:
    """The buyer did not confirm at the bank: nothing was charged, the session stays open for another attempt."""
    error = {
        "type": "invalid_request_error",
        "code": "payment_intent_authentication_failure",
        "message": AUTHENTICATION_FAILED,
        "doc_url": "https://stripe.com/docs/error-codes/payment-intent-authentication-failure",
    }
    return _failed(draft, session, _intent(draft, session), error)


def _failed(
    draft: Draft,
    session: CheckoutSession,
    intent: PaymentIntent,
    error: dict[str, str],
) -> CheckoutSession:
    intent = replace(intent, status="requires_payment_method", last_payment_error=error, settles_at=None)
    draft.announce("payment_intent.payment_failed", draft.put(intent))
    return draft.put(replace(session, payment_intent=intent.id))


def ask_authentication(draft: Draft, session: CheckoutSession) -> CheckoutSession:
    """The bank wants to hear from the buyer first."""
    intent = replace(_intent(draft, session), status="requires_action", last_payment_error=None, settles_at=None)
    draft.announce("payment_intent.requires_action", draft.put(intent))
    return draft.put(replace(session, payment_intent=intent.id))


def wait_for_bank(draft: Draft, session: CheckoutSession, settles_at: float | None) -> CheckoutSession:
    """The bank takes until `settles_at` to say yes, or never answers (None)."""
    intent = replace(_intent(draft, session), status="processing", last_payment_error=None, settles_at=settles_at)
    draft.announce("payment_intent.processing", draft.put(intent))
    return draft.put(replace(session, payment_intent=intent.id))


def create_refund(draft: Draft, params: Params, config: Config) -> Refund:
    """Give back a charge or a part of it. If the bank is to send it back later, that is settled now."""
    params.unsimulated("expand")
    charge = _charge_to_refund(draft, params)
    reason = params.choice("reason", REFUND_REASONS)
    given = params.integer("amount", least=1)
    metadata = params.metadata()
    params.refuse_unknown()
    left = charge.amount - charge.amount_refunded
    if left == 0:
        raise ApiError(f"Charge {charge.id} has already been refunded.", code="charge_already_refunded", is_kept=True)
    amount = left if given is None else given
    if amount > left:
        what = "unrefunded amount on charge" if charge.amount_refunded else "charge amount"
        raise ApiError(
            f"Refund amount ({money.written(amount, charge.currency)}) is greater than "
            f"{what} ({money.written(left, charge.currency)})",
            param="amount",
            is_kept=True,
        )
    delay = config.refunds_come_back_s
    return _refund(draft, charge, amount, reason, metadata, None if delay is None else draft.now + delay)


def _charge_to_refund(draft: Draft, params: Params) -> Charge:
    intent_id, charge_id = params.text("payment_intent"), params.text("charge")
    if intent_id is None and charge_id is None:
        raise ApiError("One of the following params should be provided for this request: payment_intent or charge.")
    if intent_id is not None:
        intent = draft.find(PaymentIntent, intent_id)
        if intent is None:
            raise ApiError(f"No such payment_intent: '{intent_id}'", status=404, code="resource_missing",
                           param="payment_intent", is_kept=True)  # fmt: skip
        charge = draft.find(Charge, intent.latest_charge)
        if charge is None or charge.status != "succeeded":
            raise ApiError(f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.", is_kept=True)
        if charge_id not in (None, charge.id):
            raise ApiError(f"The charge {charge_id} does not belong to {intent_id}.", param="charge", is_kept=True)
        return charge
    charge = draft.find(Charge, charge_id)
    if charge is None:
        raise ApiError(f"No such charge: '{charge_id}'", status=404, code="resource_missing", param="charge", is_kept=True)
    if charge.status != "succeeded":
        raise ApiError(f"Charge {charge_id} is not successful and cannot be refunded.", is_kept=True)
    return charge


def _refund(
    draft: Draft, charge: Charge, amount: int, reason: str | None, metadata: dict[str, str], comes_back_at: float | None
) -> Refund:
    refund = draft.put(
        Refund(
            id=new_id("re_3"),
            created=draft.moment,
            session=charge.session,
            charge=charge.id,
            payment_intent=charge.payment_intent,
            amount=amount,
            currency=charge.currency,
            reason=reason,
            metadata=metadata,
            balance_transaction=new_id("txn_3"),
            comes_back_at=comes_back_at,
        ),
    )
    assert refund.balance_transaction is not None
    _move(draft, refund.balance_transaction, refund, -amount, "refund")
    before = {"amount_refunded": charge.amount_refunded, "refunded": False}
    charge = draft.put(
        replace(charge, amount_refunded=charge.amount_refunded + amount, refunds=(refund.id, *charge.refunds)),
    )
    draft.announce("refund.created", refund)
    draft.announce("charge.refunded", charge, previous=before)
    draft.announce("refund.updated", refund, previous={"destination_details": {"card": {"reference_status": "pending"}}})
    return refund


def _move(draft: Draft, movement_id: str, refund: Refund, amount: int, type_: str) -> None:
    draft.put(
        BalanceTransaction(
            id=movement_id,
            created=draft.moment,
            amount=amount,
            fee=0,
            currency=refund.currency,
            source=refund.id,
            type=type_,
            available_on=draft.moment,
            description=None,
        ),
    )


def fail_refund(draft: Draft, refund: Refund) -> Refund:
    """The buyer's bank does not take the money back: it is on the balance again, the charge no longer refunded."""
    if refund.status != "succeeded":
        raise NotPossible(refund.status)
    movement_id = new_id("txn_3")
    refund = draft.put(
        replace(
            refund,
            status="failed",
            failure_reason="expired_or_canceled_card",
            failure_balance_transaction=movement_id,
            comes_back_at=None,
        ),
    )
    _move(draft, movement_id, refund, refund.amount, "refund_failure")
    charge = draft.get(Charge, refund.charge)
    draft.put(replace(charge, amount_refunded=charge.amount_refunded - refund.amount))
    draft.announce("refund.updated", refund, previous={"status": "succeeded"})
    draft.announce("charge.refund.updated", refund, previous={"status": "succeeded"})
    draft.announce("refund.failed", refund)
    return refund
