"""The API under /v1: who may call, which operation is meant, and that a repeated key is answered as before."""

from __future__ import annotations

import base64
import hmac
import json
import re
import threading
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from paysim import actions
from paysim.errors import ApiError
from paysim.forms import Params, decode
from paysim.identifiers import new_id
from paysim.queries import balance, page, read_list
from paysim.records import (
    Answer,
    BalanceTransaction,
    Callback,
    Charge,
    CheckoutSession,
    PaymentIntent,
    Record,
    Refund,
)
from paysim.server import Request, Response
from paysim.shapes import expanded, line_item_shape, shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from paysim.config import Config
    from paysim.faults import Faults
    from paysim.records import JsonObject
    from paysim.store import Draft, Store

KEY_KEPT_S: Final = 86_400
KEY_LENGTH_MAX: Final = 255
VERSION: Final = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}(\.[a-z]+)?(; ?[a-z_]+=v[0-9]+)*")
COLLECTIONS: Final[dict[str, type[Record]]] = {
    "/v1/checkout/sessions": CheckoutSession,
    "/v1/payment_intents": PaymentIntent,
    "/v1/charges": Charge,
    "/v1/refunds": Refund,
    "/v1/balance_transactions": BalanceTransaction,
    "/v1/events": Callback,
}


class Api:
    """Answers what the official SDK asks."""

    def __init__(self, store: Store, config: Config, faults: Faults) -> None:
        """Serve what `store` holds."""
        self._store = store
        self._config = config
        self._faults = faults
        self._in_flight: set[str] = set()
        self._lock = threading.Lock()
        self.calls: Counter[str] = Counter()

    def handle(self, request: Request) -> Response:
        """The answer, which is a refusal in Stripe's shape when it is one."""
        request_id = new_id("req_", 14)
        self.calls[f"{request.method} {request.path}"] += 1
        try:
            self._authenticate(request)
            self._check_version(request)
            if request.method == "POST" and request.headers.get("idempotency-key"):
                return self._once(request, request_id)
            body, status, headers = self._perform(request, request_id, None)
        except ApiError as error:
            body, status, headers = json.dumps(error.body()), error.status, error.headers
        return self._response(request, body, status, request_id, headers)

    def _authenticate(self, request: Request) -> None:
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        key = credentials.strip()
        if scheme.lower() == "basic":
            key = base64.b64decode(key + "==").decode("latin-1").partition(":")[0]
        elif scheme.lower() != "bearer":
            key = ""
        if not key:
            raise ApiError(
                "You did not provide an API key. You need to provide your API key in the Authorization header, using "
                "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
                status=401,
            )
        known = self._config.secret_key
        is_good = (
            hmac.compare_digest(key.encode(), known.encode()) if known else key.startswith(("sk_test_", "rk_test_"))
        )
        if not is_good:
            raise ApiError(f"Invalid API Key provided: {key[:8]}{'*' * 8}{key[-4:]}", status=401)

    def _check_version(self, request: Request) -> None:
        version = request.headers.get("stripe-version")
        if version and not VERSION.fullmatch(version):
            raise ApiError(f"Invalid Stripe API version: {version}")
        account = request.headers.get("stripe-account")
        if account:
            raise ApiError(
                f"The provided key does not have access to account '{account}' (or that account does not exist). "
                "Application access may have been revoked.",
                status=403,
                code="account_invalid",
            )

    def _once(self, request: Request, request_id: str) -> Response:
        """Perform under an idempotency key, or answer as the first time."""
        key = request.headers["idempotency-key"]
        if len(key) > KEY_LENGTH_MAX:
            raise ApiError(f"Idempotency keys may be at most {KEY_LENGTH_MAX} characters.", type="idempotency_error")
        with self._lock:
            earlier = self._store.answer_to(key, self._store.now(), KEY_KEPT_S)
            if earlier:
                return self._replayed(request, request_id, earlier)
            if key in self._in_flight:
                raise ApiError(
                    "There is currently another in-progress request using this Idempotent Key (that probably means you "
                    f"submitted twice, and the other request is still going through): {key}. Please try again later.",
                    status=409,
                    type="idempotency_error",
                    code="idempotency_key_in_use",
                )
            self._in_flight.add(key)
        try:
            return self._first(request, request_id, key)
        finally:
            with self._lock:
                self._in_flight.discard(key)

    def _first(self, request: Request, request_id: str, key: str) -> Response:
        try:
            body, status, headers = self._perform(request, request_id, key)
        except ApiError as error:
            body, status, headers = json.dumps(error.body()), error.status, error.headers
            if error.is_kept:
                answer = self._answer(request, request_id, key, body, status, headers)
                self._store.change(lambda draft: draft.put(answer))
        return self._response(request, body, status, request_id, {"Idempotency-Key": key, **headers})

    def _replayed(self, request: Request, request_id: str, earlier: Answer) -> Response:
        if earlier.path != request.path:
            raise ApiError(
                "Keys for idempotent requests can only be used for the same endpoint they were first used for "
                f"('{request.path}' vs '{earlier.path}'). Try using a key other than '{earlier.id}' if you meant to "
                "execute a different request.",
                type="idempotency_error",
            )
        if earlier.fingerprint != _fingerprint(request):
            raise ApiError(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{earlier.id}' if you meant to execute a different request.",
                type="idempotency_error",
            )
        headers = {
            "Idempotency-Key": earlier.id,
            "Idempotent-Replayed": "true",
            "Original-Request": earlier.request_id,
            **earlier.headers,
        }
        return self._response(request, earlier.body, earlier.status, request_id, headers)

    def _perform(self, request: Request, request_id: str, key: str | None) -> tuple[str, int, dict[str, str]]:
        """Do what is asked, with the failures that were ordered before and after it."""
        work = self._operation(request)
        self._fail(request, "before")
        self._store.settle_due()

        def perform(draft: Draft) -> str:
            body = json.dumps(work(draft))
            if key is not None:
                draft.put(self._answer(request, request_id, key, body, 200, {}))
            return body

        late = self._faults.take(request.method, request.path, "after")
        if late is None:
            body = self._store.change(perform, request_id=request_id, idempotency_key=key)
        else:
            body = self._fail_after(request, request_id, key, work, perform, late)
        return body, 200, {}

    def _fail(self, request: Request, when: str) -> None:
        fault = self._faults.take(request.method, request.path, "before" if when == "before" else "after")
        if fault:
            fault.apply()

    def _fail_after(self, request, request_id, key, work, perform, late):  # type: ignore[no-untyped-def]  # noqa
        raise NotImplementedError

    def _answer(  # noqa: PLR0913 -- the columns of the record
        self,
        request: Request,
        request_id: str,
        key: str,
        body: str,
        status: int,
        headers: dict[str, str],
    ) -> Answer:
        return Answer(
            id=key,
            created=int(self._store.now()),
            path=request.path,
            fingerprint=_fingerprint(request),
            status=status,
            body=body,
            request_id=request_id,
            headers=headers,
        )
