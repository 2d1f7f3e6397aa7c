"""Lists, pages of them, and the balance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from paysim.errors import ApiError
from paysim.records import BalanceTransaction, Callback, Charge, CheckoutSession, PaymentIntent, Record, Refund
from paysim.shapes import list_shape, shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from paysim.config import Config
    from paysim.forms import Params
    from paysim.records import JsonObject
    from paysim.store import Draft, Store, Table

LIMIT_DEFAULT: Final = 10
LIMIT_MAX: Final = 100
COLLECTIONS: Final[dict[str, type[Record]]] = {
    "/v1/checkout/sessions": CheckoutSession,
    "/v1/payment_intents": PaymentIntent,
    "/v1/charges": Charge,
    "/v1/refunds": Refund,
    "/v1/balance_transactions": BalanceTransaction,
    "/v1/events": Callback,
}
COLLECTIONS_OF: Final = {kind: path for path, kind in COLLECTIONS.items()}
# Which members of a record a list may be narrowed by, under the names Stripe gives them.
FILTERS: Final[dict[type[Record], dict[str, str]]] = {
    CheckoutSession: {"payment_intent": "payment_intent", "status": "status"},
    PaymentIntent: {},
    Charge: {"payment_intent": "payment_intent"},
    Refund: {"charge": "charge", "payment_intent": "payment_intent"},
    BalanceTransaction: {"source": "source", "type": "type", "currency": "currency"},
    Callback: {"type": "type"},
}


def page(draft: Draft, store: Store, kind: type[Record], params: Params, config: Config) -> JsonObject:
    """One page of the list of a kind, newest first."""
    table: Table[Record] = store.table(kind)
    limit = page_limit(params)
    after, before = params.text("starting_after"), params.text("ending_before")
    for name, cursor in (("starting_after", after), ("ending_before", before)):
        if cursor is not None and table.get(cursor) is None:
            raise ApiError(f"No such object: '{cursor}'", status=400, code="resource_missing", param=name)
    rows = table.oldest_first(before) if before else table.newest_first(after)
    matches = _filter(kind, params)
    found = []
    for record in rows:
        if matches(record):
            found.append(record)
            if len(found) > limit:
                break
    url = COLLECTIONS_OF[kind]
    shown = found[:limit][::-1] if before else found[:limit]
    return list_shape([shape(record, config, draft.now) for record in shown], url, has_more=len(found) > limit)


def page_limit(params: Params) -> int:
    """How many rows are asked for."""
    limit = params.integer("limit", least=1)
    if limit is not None and limit > LIMIT_MAX:
        raise ApiError(
            f"This value must be less than or equal to {LIMIT_MAX} (it currently is '{limit}').",
            code="parameter_invalid_integer",
            param="limit",
        )
    return limit or LIMIT_DEFAULT


def _filter(kind: type[Record], params: Params) -> Callable[[Record], bool]:
    first, last = params.range("created")
    wanted = {member: value for name, member in FILTERS[kind].items() if (value := params.text(name)) is not None}
    types = params.texts("types") if kind is Callback else []
    email = None
    if kind is CheckoutSession and (details := params.child("customer_details")):
        email = details.text("email")
    params.refuse_unknown()

    def matches(record: Any) -> bool:
        return (
            first <= record.created <= last
            and all(getattr(record, member) == value for member, value in wanted.items())
            and (not types or record.type in types)
            and (email is None or record.customer_email == email)
        )

    return matches


def balance(store: Store, now: float) -> JsonObject:
    """What lies on the balance, by currency, available and not yet."""
    sums: dict[str, dict[str, int]] = {"available": {}, "pending": {}}
    for movement in store.table(BalanceTransaction).oldest_first():
        part = sums["available" if movement.available_on <= now else "pending"]
        part[movement.currency] = part.get(movement.currency, 0) + movement.amount - movement.fee
    currencies = sorted({*sums["available"], *sums["pending"]}) or ["eur"]
    return {"object": "balance", "livemode": False} | {
        part: [
            {
                "amount": amounts.get(currency, 0),
                "currency": currency,
                "source_types": {"card": amounts.get(currency, 0)},
            }
            for currency in currencies
        ]
        for part, amounts in sums.items()
    }
