"""The control interface for tests, under /control: JSON in, JSON out, apart from the API."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any, Final

from paysim import actions
from paysim.errors import ApiError, NotPossible
from paysim.faults import KINDS, Fault
from paysim.records import (
    BalanceTransaction,
    Callback,
    Charge,
    CheckoutSession,
    JsonObject,
    PaymentIntent,
    Refund,
)
from paysim.server import Request, Response
from paysim.shapes import shape
from paysim.webhooks import Behaviour

if TYPE_CHECKING:
    from collections.abc import Callable

    from paysim.api import Api
    from paysim.config import Config
    from paysim.faults import Faults
    from paysim.store import Draft, Store
    from paysim.webhooks import Deliveries

BANK: Final = "fee_basis_points fee_fixed_minor fee_late_s slow_s refunds_come_back_s"
LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")


class Wrong(Exception):
    """The control call makes no sense."""


class Control:
    """Sets the scene and reports what happened."""

    def __init__(self, store: Store, config: Config, faults: Faults, deliveries: Deliveries, api: Api) -> None:
        """Control the parts of one simulator."""
        self._store = store
        self._config = config
        self._faults = faults
        self._deliveries = deliveries
        self._api = api
        self._bank = _part(config, BANK)
        self._routes: dict[tuple[str, str], Callable[[JsonObject], Any]] = {
            ("GET", "health"): lambda _: {"status": "ok"},
            ("GET", "ledger"): lambda _: self.ledger(),
            ("GET", "calls"): lambda _: dict(api.calls),
            ("PUT", "bank"): self._set_bank,
            ("GET", "clock"): lambda _: self._clock(),
            ("PUT", "clock"): self._set_clock,
            ("GET", "faults"): lambda _: faults.shape(),
            ("POST", "faults"): self._add_fault,
            ("DELETE", "faults"): lambda _: faults.clear(),
            ("GET", "webhooks"): lambda _: deliveries.shape(),
            ("PUT", "webhooks"): self._set_webhooks,
            ("POST", "webhooks/flush"): self._flush,
            ("POST", "webhooks/drain"): self._drain,
            ("POST", "webhooks/send"): self._send,
            ("POST", "webhooks/resume"): lambda _: deliveries.resume(),
            ("POST", "reset"): lambda _: self._reset(),
        }

    def handle(self, request: Request) -> Response:
        """The answer to one control call."""
        try:
            return self._answer(200, self._perform(request))
        except Wrong as refusal:
            return self._answer(400, {"error": str(refusal)})
        except NotPossible as refusal:
            return self._answer(409, {"error": str(refusal), "status": refusal.status})
        except ApiError as refusal:
            return self._answer(refusal.status, {"error": refusal.message})

    def _answer(self, status: int, value: Any) -> Response:
        return Response(status, json.dumps(value).encode())

    def _perform(self, request: Request) -> Any:
        # A page somewhere on the web must not steer the simulator through the browser of whoever tries the demo.
        if request.headers.get("host", "").rpartition(":")[0] not in LOOPBACK or "origin" in request.headers:
            raise ApiError("Control calls come from this machine and from no page.", status=403)
        values = self._values(request)
        path = request.path.removeprefix("/control/")
        route = self._routes.get((request.method, path))
        if route:
            return route(values)
        parts = path.split("/")
        if request.method == "POST" and len(parts) == 3 and parts[0] == "sessions":
            return self._choose(parts[1], parts[2], values)
        if request.method == "POST" and len(parts) == 3 and parts[0] == "refunds" and parts[2] == "fail":
            return self._fail_refund(parts[1])
        raise ApiError(f"There is no control call {request.method} {request.path}.", status=404)

    def _values(self, request: Request) -> JsonObject:
        if not request.body:
            return {}
        try:
            values = json.loads(request.body)
        except ValueError as error:
            raise Wrong("The body is not JSON.") from error
        if not isinstance(values, dict):
            raise Wrong("The body is not a JSON object.")
        return values

    def _clock(self) -> JsonObject:
        return {"offset_s": self._store.clock_offset, "now": self._store.now()}

    def _set_clock(self, values: JsonObject) -> JsonObject:
        _only(values, {"offset_s", "advance_s"})
        offset = values.get("offset_s", self._store.clock_offset) + values.get("advance_s", 0)
        self._store.set_clock(float(offset))
        return self._clock()

    def _set_bank(self, values: JsonObject) -> JsonObject:
        _only(values, set(BANK.split()))
        for name, value in values.items():
            setattr(self._config, name, value)
        return _part(self._config, BANK)

    def _add_fault(self, values: JsonObject) -> list[JsonObject]:
        _only(values, {field.name for field in fields(Fault)})
        if values.get("kind") not in KINDS:
            raise Wrong(f"`kind` is one of {', '.join(KINDS)}.")
        if values.get("when", "before") not in ("before", "after"):
            raise Wrong("`when` is before or after.")
        self._faults.add(Fault(**values))
        return self._faults.shape()

    def _set_webhooks(self, values: JsonObject) -> JsonObject:
        _only(values, {"url", "secret"} | {field.name for field in fields(Behaviour)})
        self._config.webhook_url = values.pop("url", self._config.webhook_url)
        self._config.webhook_secret = values.pop("secret", self._config.webhook_secret)
        was_paused = self._deliveries.behaviour.paused
        self._deliveries.behaviour = replace(self._deliveries.behaviour, **values)
        if was_paused and not self._deliveries.behaviour.paused:
            self._deliveries.release_held()
        return self._deliveries.shape()

    def _flush(self, values: JsonObject) -> JsonObject:
        _only(values, {"order", "times"})
        return {"delivered": self._deliveries.flush(values.get("order", "created"), int(values.get("times", 1)))}

    def _drain(self, values: JsonObject) -> JsonObject:
        _only(values, {"timeout_ms"})
        return {"is_idle": self._deliveries.drain(values.get("timeout_ms", 5_000) / 1000)}

    def _send(self, values: JsonObject) -> JsonObject:
        _only(values, {"event", "secret"})
        callback = self._store.table(Callback).get(str(values.get("event")))
        if callback is None:
            raise Wrong("`event` names no event.")
        return self._deliveries.deliver_now(callback, values.get("secret"))

    def _reset(self) -> JsonObject:
        self._faults.clear()
        self._deliveries.reset()
        self._set_bank(self._bank)
        self._api.calls.clear()
        self._store.reset()
        return {}

    def _choose(self, session_id: str, choice: str, values: JsonObject) -> JsonObject:
        """What the buyer (or the bank) does: as the buttons of the payment page, without the page."""
        _only(values, {"code", "after_ms"})
        config = self._config
        choices: dict[str, Callable[[Draft, CheckoutSession], CheckoutSession]] = {
            "approve": lambda draft, session: actions.approve(draft, session, config),
            "decline": lambda draft, session: actions.decline(draft, session, values.get("code", "generic_decline")),
            "authenticate": actions.ask_authentication,
            "fail-authentication": actions.fail_authentication,
            "slow": lambda draft, session: actions.wait_for_bank(
                draft, session, draft.now + values.get("after_ms", config.slow_s * 1000) / 1000
            ),
            "never": lambda draft, session: actions.wait_for_bank(draft, session, None),
            "expire": actions.expire,
        }
        if choice not in choices:
            raise Wrong(f"A session can {', '.join(choices)}.")
        self._store.settle_due()
        session = self._store.change(lambda draft: choices[choice](draft, draft.get(CheckoutSession, session_id)))
        return {
            "session": shape(session, config, self._store.now()),
            "redirect": session.success_url.replace("{CHECKOUT_SESSION_ID}", session.id),
        }

    def _fail_refund(self, refund_id: str) -> JsonObject:
        refund = self._store.change(lambda draft: actions.fail_refund(draft, draft.get(Refund, refund_id)))
        return shape(refund, self._config, self._store.now())

    def ledger(self) -> JsonObject:
        """Everything that happened to money, oldest first: the witness."""
        with self._store.lock:
            sessions = [
                _part(record, "id created amount_total currency status payment_status payment_intent expires_at "
                      "client_reference_id customer_email metadata intent_metadata")
                for record in self._store.table(CheckoutSession).oldest_first()
            ]  # fmt: skip
            return {
                "now": self._store.now(),
                "sessions": sessions,
                "payment_intents": [asdict(record) for record in self._store.table(PaymentIntent).oldest_first()],
                "charges": [self._witnessed(record) for record in self._store.table(Charge).oldest_first()],
                "refunds": [asdict(record) for record in self._store.table(Refund).oldest_first()],
                "balance_transactions": [
                    asdict(record) | {"net": record.amount - record.fee}
                    for record in self._store.table(BalanceTransaction).oldest_first()
                ],
            }

    def _witnessed(self, charge: Charge) -> JsonObject:
        session = self._store.table(CheckoutSession).get(charge.session)
        movement = self._store.table(BalanceTransaction).get(charge.balance_transaction or "")
        assert session is not None, "a charge is made in a session"
        return asdict(charge) | {
            "fee": movement.fee if movement else 0,
            "client_reference_id": session.client_reference_id,
            "session_metadata": session.metadata,
        }


def _only(values: JsonObject, known: set[str]) -> None:
    unknown = set(values) - known
    if unknown:
        raise Wrong(f"Unknown: {', '.join(sorted(unknown))}. Known: {', '.join(sorted(known))}.")


def _part(record: object, names: str) -> JsonObject:
    return {name: getattr(record, name) for name in names.split()}
