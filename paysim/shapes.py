"""Records as Stripe writes them, and `expand`."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from paysim.errors import ApiError
from paysim.records import (
    BalanceTransaction,
    Callback,
    Charge,
    CheckoutSession,
    LineItem,
    PaymentIntent,
    Record,
    Refund,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from paysim.config import Config
    from paysim.records import JsonObject
    from paysim.store import Draft

EXPAND_DEPTH_MAX: Final = 4
CARD: Final = {
    "brand": "visa", "country": "LU", "exp_month": 12, "exp_year": 2034, "fingerprint": "simulated0000000",
    "funding": "credit", "last4": "4242", "network": "visa", "wallet": None,
}  # fmt: skip
# What may be expanded, and the kind its id names.
EXPANDABLE: Final[dict[str, dict[str, type[Record] | None]]] = {
    "checkout.session": {"payment_intent": PaymentIntent, "line_items": None},
    "payment_intent": {"latest_charge": Charge},
    "charge": {"balance_transaction": BalanceTransaction, "payment_intent": PaymentIntent, "refunds": None},
    "refund": {
        "charge": Charge,
        "payment_intent": PaymentIntent,
        "balance_transaction": BalanceTransaction,
        "failure_balance_transaction": BalanceTransaction,
    },
    "balance_transaction": {"source": None},
    "event": {},
}


def shape(record: Record, config: Config, now: float) -> JsonObject:
    """The JSON object Stripe would answer with."""
    return SHAPES[type(record)](record, config, now)


def list_shape(rows: list[JsonObject], url: str, *, has_more: bool) -> JsonObject:
    """A page of a list."""
    return {"object": "list", "data": rows, "has_more": has_more, "url": url}


def _session(record: CheckoutSession, config: Config, _now: float) -> JsonObject:
    is_open = record.status == "open"
    email = record.customer_email
    return {
        "id": record.id,
        "object": "checkout.session",
        "adaptive_pricing": None,
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": record.amount_total,
        "amount_total": record.amount_total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "cancel_url": record.cancel_url,
        "client_reference_id": record.client_reference_id,
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": record.created,
        "currency": record.currency,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": None,
        "customer_creation": "if_required",
        "customer_details": None if is_open and not email else {
            "address": None,
            "email": email,
            "name": None,
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": None if is_open else [],
        },
        "customer_email": email,
        "discounts": [],
        "expires_at": record.expires_at,
        "invoice": None,
        "invoice_creation": {"enabled": False, "invoice_data": {"metadata": {}}},
        "livemode": False,
        "locale": record.locale,
        "metadata": record.metadata,
        "mode": "payment",
        "origin_context": None,
        "payment_intent": record.payment_intent,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "payment_status": record.payment_status,
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": record.status,
        "submit_type": record.submit_type,
        "subscription": None,
        "success_url": record.success_url,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{config.public_url}/pay/{record.id}" if is_open else None,
        "wallet_options": None,
    }  # fmt: skip


def line_item_shape(item: LineItem, currency: str, created: int) -> JsonObject:
    """One row of a session."""
    amount = item["unit_amount"] * item["quantity"]
    return {
        "id": item["id"],
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": currency,
        "description": item["name"],
        "metadata": {},
        "price": {
            "id": item["price"],
            "object": "price",
            "active": False,
            "billing_scheme": "per_unit",
            "created": created,
            "currency": currency,
            "livemode": False,
            "lookup_key": None,
            "metadata": {},
            "nickname": None,
            "product": item["product"],
            "recurring": None,
            "tax_behavior": "unspecified",
            "type": "one_time",
            "unit_amount": item["unit_amount"],
            "unit_amount_decimal": str(item["unit_amount"]),
        },
        "quantity": item["quantity"],
    }


def _intent(record: PaymentIntent, _config: Config, _now: float) -> JsonObject:
    is_waiting = record.status == "requires_action"
    return {
        "id": record.id,
        "object": "payment_intent",
        "amount": record.amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": record.amount_received,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": record.canceled_at,
        "cancellation_reason": record.cancellation_reason,
        "capture_method": "automatic_async",
        "client_secret": f"{record.id}_secret_{sha256(record.id.encode()).hexdigest()[:24]}",
        "confirmation_method": "automatic",
        "created": record.created,
        "currency": record.currency,
        "customer": None,
        "description": record.description,
        "last_payment_error": record.last_payment_error,
        "latest_charge": record.latest_charge,
        "livemode": False,
        "metadata": record.metadata,
        "next_action": {"type": "use_stripe_sdk", "use_stripe_sdk": {}} if is_waiting else None,
        "on_behalf_of": None,
        "payment_method": _method(record.id) if record.status in ("succeeded", "processing", "requires_action") else None,
        "payment_method_configuration_details": None,
        "payment_method_options": {
            "card": {
                "installments": None,
                "mandate_options": None,
                "network": None,
                "request_three_d_secure": "automatic",
            },
        },
        "payment_method_types": ["card"],
        "processing": {"type": "card", "card": {}} if record.status == "processing" else None,
        "receipt_email": record.receipt_email,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": record.status,
        "transfer_data": None,
        "transfer_group": None,
    }


def _charge(record: Charge, _config: Config, _now: float) -> JsonObject:
    has_succeeded = record.status == "succeeded"
    return {
        "id": record.id,
        "object": "charge",
        "amount": record.amount,
        "amount_captured": record.amount if has_succeeded else 0,
        "amount_refunded": record.amount_refunded,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": record.balance_transaction,
        "billing_details": {
            "address": {
                "city": None,
                "country": None,
                "line1": None,
                "line2": None,
                "postal_code": None,
                "state": None,
            },
            "email": None,
            "name": None,
            "phone": None,
            "tax_id": None,
        },
        "calculated_statement_descriptor": "PAYSIM",
        "captured": has_succeeded,
        "created": record.created,
        "currency": record.currency,
        "customer": None,
        "description": record.description,
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": record.failure_code,
        "failure_message": None if has_succeeded else "Your card was declined.",
        "fraud_details": {},
        "livemode": False,
        "metadata": record.metadata,
        "on_behalf_of": None,
        "outcome": _outcome(record),
        "paid": has_succeeded,
        "payment_intent": record.payment_intent,
        "payment_method": _method(record.payment_intent),
        "payment_method_details": {"card": _card(record), "type": "card"},
        "receipt_email": record.receipt_email,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": has_succeeded and record.amount_refunded == record.amount,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": record.status,
        "transfer_data": None,
        "transfer_group": None,
    }


def _outcome(record: Charge) -> JsonObject:
    if record.status == "succeeded":
        network, reason, seller, type_ = "approved_by_network", None, "Payment complete.", "authorized"
    else:
        network, reason, type_ = "declined_by_network", record.decline_code, "issuer_declined"
        seller = "The bank did not return any further details with this decline."
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None if reason is None else "05",
        "network_status": network,
        "reason": reason,
        "risk_level": "normal",
        "risk_score": 7,
        "seller_message": seller,
        "type": type_,
    }


def _card(record: Charge) -> JsonObject:
    return {
        **CARD,
        "amount_authorized": record.amount,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "installments": None,
        "mandate": None,
        "three_d_secure": {"authentication_flow": "challenge", "result": "authenticated", "version": "2.2.0"}
        if record.is_authenticated
        else None,
    }


def _method(intent_id: str) -> str:
    return "pm_1" + sha256(intent_id.encode()).hexdigest()[:23]


def _refund(record: Refund, _config: Config, _now: float) -> JsonObject:
    return {
        "id": record.id,
        "object": "refund",
        "amount": record.amount,
        "balance_transaction": record.balance_transaction,
        "charge": record.charge,
        "created": record.created,
        "currency": record.currency,
        "destination_details": {
            "card": {
                "reference": record.id[-16:],
                "reference_status": "available",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
            "type": "card",
        },
        "metadata": record.metadata,
        "payment_intent": record.payment_intent,
        "reason": record.reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": record.status,
        "transfer_reversal": None,
    } | (
        {
            "failure_reason": record.failure_reason,
            "failure_balance_transaction": record.failure_balance_transaction,
        }
        if record.failure_reason
        else {}
    )


def _balance_transaction(record: BalanceTransaction, _config: Config, now: float) -> JsonObject:
    fees = {
        "amount": record.fee,
        "application": None,
        "currency": record.currency,
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }
    return {
        "id": record.id,
        "object": "balance_transaction",
        "amount": record.amount,
        "available_on": record.available_on,
        "balance_type": "payments",
        "created": record.created,
        "currency": record.currency,
        "description": record.description,
        "exchange_rate": None,
        "fee": record.fee,
        "fee_details": [fees] if record.fee else [],
        "net": record.amount - record.fee,
        "reporting_category": record.type,
        "source": record.source,
        "status": "available" if record.available_on <= now else "pending",
        "type": record.type,
    }


def _callback(record: Callback, config: Config, now: float) -> JsonObject:
    data: JsonObject = {"object": shape(record.subject, config, now)}
    if record.previous is not None:
        data["previous_attributes"] = record.previous
    return {
        "id": record.id,
        "object": "event",
        "api_version": config.api_version,
        "created": record.created,
        "data": data,
        "livemode": False,
        "pending_webhooks": 1 if record.is_pending and config.webhook_url else 0,
        "request": {"id": record.request_id, "idempotency_key": record.idempotency_key},
        "type": record.type,
    }


SHAPES: Final[dict[type[Record], Callable[[Any, Config, float], JsonObject]]] = {
    CheckoutSession: _session,
    PaymentIntent: _intent,
    Charge: _charge,
    Refund: _refund,
    BalanceTransaction: _balance_transaction,
    Callback: _callback,
}


def expanded(value: JsonObject, paths: list[str], draft: Draft, config: Config) -> JsonObject:
    """`value` with the ids that `paths` name replaced by the objects themselves."""
    for path in paths:
        parts = path.split(".")
        if len(parts) > EXPAND_DEPTH_MAX:
            raise ApiError(
                f"You cannot expand more than {EXPAND_DEPTH_MAX} levels of a property. Property: {path}",
                param="expand",
            )
        _expand(value, parts, path, draft, config)
    return value


def _expand(value: JsonObject, parts: list[str], path: str, draft: Draft, config: Config) -> None:
    name, rest = parts[0], parts[1:]
    if value["object"] == "list":
        if name != "data" or not rest:
            raise _not_expandable(path)
        for row in value["data"]:
            _expand(row, rest, path, draft, config)
        return
    known = EXPANDABLE.get(value["object"], {})
    if name not in known:
        raise _not_expandable(path)
    child = _child(value, name, known[name], draft, config)
    value[name] = child
    if rest and child is not None:
        _expand(child, rest, path, draft, config)


def _child(
    value: JsonObject,
    name: str,
    kind: type[Record] | None,
    draft: Draft,
    config: Config,
) -> JsonObject | None:
    current = value.get(name)
    if isinstance(current, dict):  # expanded by an earlier path
        return current
    if name == "line_items":
        session = draft.get(CheckoutSession, value["id"])
        rows = [line_item_shape(item, session.currency, session.created) for item in session.line_items]
        return list_shape(rows, f"/v1/checkout/sessions/{session.id}/line_items", has_more=False)
    if name == "refunds":
        charge = draft.get(Charge, value["id"])
        rows = [shape(draft.get(Refund, refund), config, draft.now) for refund in charge.refunds]
        return list_shape(rows, f"/v1/charges/{charge.id}/refunds", has_more=False)
    if current is None:
        return None
    if kind is None:
        kind = Charge if current.startswith("ch_") else Refund
    return shape(draft.get(kind, current), config, draft.now)


def _not_expandable(path: str) -> ApiError:
    name = path.rpartition(".")[2]
    return ApiError(
        f"This property cannot be expanded ({name}). You may want to try expanding 'data.{path}' instead.",
        param="expand",
    )
