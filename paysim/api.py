"""The API under /v1: who may call, which operation is meant, and that a repeated key is answered as before."""

from __future__ import annotations

import base64
import hmac
import json
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from paysim import actions
from paysim.errors import ApiError
from paysim.forms import Params, decode
from paysim.identifiers import new_id
from paysim.queries import COLLECTIONS, balance, page, page_limit
from paysim.records import Answer, CheckoutSession, Record, Refund
from paysim.server import Request, Response
from paysim.shapes import expanded, line_item_shape, list_shape, shape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from paysim.config import Config
    from paysim.faults import Faults
    from paysim.records import JsonObject
    from paysim.store import Draft, Store

KEY_KEPT_S: Final = 86_400
KEY_LENGTH_MAX: Final = 255
VERSION: Final = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}(\.[a-z]+)?(; ?[a-z_]+=v[0-9]+)*")


@dataclass(frozen=True)
class Told:
    """What the caller is told."""

    body: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def refusal(cls, error: ApiError) -> Told:
        """The same for a refusal."""
        return cls(json.dumps(error.body()), error.status, error.headers)


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
            told = self._perform(request, request_id, None)
        except ApiError as error:
            told = Told.refusal(error)
        return self._response(request, request_id, told)

    def _authenticate(self, request: Request) -> None:
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        key = credentials.strip()
        if scheme.lower() == "basic":
            key = _basic_user(key)
        elif scheme.lower() != "bearer":
            key = ""
        if not key:
            raise ApiError(
                "You did not provide an API key. You need to provide your API key in the Authorization header, using "
                "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
                status=401,
            )
        known = self._config.secret_key
        is_good = hmac.compare_digest(key.encode(), known.encode()) if known else key.startswith(("sk_test_", "rk_test_"))
        if not is_good:
            raise ApiError(f"Invalid API Key provided: {_masked(key)}", status=401)

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
            told = self._perform(request, request_id, key)
        except ApiError as error:
            told = Told.refusal(error)
            if error.is_kept:
                answer = self._answer(request, request_id, key, told)
                self._store.change(lambda draft: draft.put(answer))
        return self._response(request, request_id, Told(told.body, told.status, {"Idempotency-Key": key, **told.headers}))

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
        return self._response(request, request_id, Told(earlier.body, earlier.status, headers))

    def _perform(self, request: Request, request_id: str, key: str | None) -> Told:
        """Do what is asked, with the failures that were ordered before and after it."""
        early = self._faults.take(request.method, request.path, "before")
        if early:
            early.apply()
        work = self._operation(request)
        late = self._faults.take(request.method, request.path, "after")
        self._store.settle_due()

        def perform(draft: Draft) -> Told:
            told = Told(json.dumps(work(draft)))
            if key is not None:
                # In one line with the effect: whoever repeats the key after a crash is answered, not served twice.
                kept = Told.refusal(late.error()) if late and late.kind == "error" else told
                draft.put(self._answer(request, request_id, key, kept))
            return told

        told = self._store.change(perform, request_id=request_id, idempotency_key=key)
        if late:
            late.apply()
        return told

    def _answer(self, request: Request, request_id: str, key: str, told: Told) -> Answer:
        return Answer(
            id=key,
            created=int(self._store.now()),
            path=request.path,
            fingerprint=_fingerprint(request),
            status=told.status,
            body=told.body,
            request_id=request_id,
            headers=told.headers,
        )

    def _response(self, request: Request, request_id: str, told: Told) -> Response:
        version = request.headers.get("stripe-version") or self._config.api_version
        standing = {"Request-Id": request_id, "Stripe-Version": version, "Cache-Control": "no-cache, no-store"}
        return Response(told.status, told.body.encode(), headers={**standing, **told.headers})

    def _operation(self, request: Request) -> Callable[[Draft], JsonObject]:
        """What the request asks for, expanded as it asks."""
        params = Params(decode(request.query if request.method in ("GET", "DELETE") else request.body.decode("utf-8", "replace")))
        paths = params.texts("expand")
        work = self._work(request, params)
        return lambda draft: expanded(work(draft), paths, draft, self._config)

    def _work(self, request: Request, params: Params) -> Callable[[Draft], JsonObject]:
        method, path = request.method, request.path.rstrip("/")
        if (method, path) == ("POST", "/v1/refunds"):
            return lambda draft: self._shape(draft, actions.create_refund(draft, params, self._config))
        if (method, path) in CREATE:
            create = CREATE[method, path]
            return lambda draft: self._shape(draft, create(draft, params))
        if (method, path) == ("GET", "/v1/balance"):
            return lambda draft: balance(self._store, draft.now)
        if method == "GET" and path in COLLECTIONS:
            return lambda draft: page(draft, self._store, COLLECTIONS[path], params, self._config)
        collection, _, name = path.rpartition("/")
        kind = COLLECTIONS.get(collection)
        if kind and method == "GET":
            return lambda draft: self._retrieve(draft, kind, name, params)
        if kind in UPDATE and method == "POST":
            return lambda draft: self._shape(draft, UPDATE[kind](draft, draft.get(kind, name), params))
        sessions, _, session_id = collection.rpartition("/")
        if sessions == "/v1/checkout/sessions" and (method, name) == ("POST", "expire"):
            return lambda draft: self._expire(draft, session_id, params)
        if sessions == "/v1/checkout/sessions" and (method, name) == ("GET", "line_items"):
            return lambda draft: self._line_items(draft, session_id, params)
        raise ApiError(
            f"Unrecognized request URL ({method}: {request.path}). Please see https://stripe.com/docs or we can help at "
            "https://support.stripe.com/.",
            status=404,
        )

    def _shape(self, draft: Draft, record: Record) -> JsonObject:
        return shape(record, self._config, draft.now)

    def _retrieve(self, draft: Draft, kind: type[Record], record_id: str, params: Params) -> JsonObject:
        params.refuse_unknown()
        return self._shape(draft, draft.get(kind, record_id))

    def _expire(self, draft: Draft, session_id: str, params: Params) -> JsonObject:
        params.refuse_unknown()
        return self._shape(draft, actions.expire(draft, draft.get(CheckoutSession, session_id)))

    def _line_items(self, draft: Draft, session_id: str, params: Params) -> JsonObject:
        limit = page_limit(params)
        params.refuse_unknown()
        session = draft.get(CheckoutSession, session_id)
        rows = [line_item_shape(item, session.currency, session.created) for item in session.line_items]
        return list_shape(rows[:limit], f"/v1/checkout/sessions/{session_id}/line_items", has_more=len(rows) > limit)


CREATE: Final[dict[tuple[str, str], Callable[[Draft, Params], Record]]] = {
    ("POST", "/v1/checkout/sessions"): actions.create_session,
}
UPDATE: Final[dict[type[Record], Callable[[Draft, Any, Params], Record]]] = {
    CheckoutSession: actions.update_session,
    Refund: actions.update_refund,
}


def _masked(key: str) -> str:
    return f"{key[:8]}{'*' * (len(key) - 12)}{key[-4:]}" if len(key) > 12 else "*" * len(key)


def _basic_user(credentials: str) -> str:
    try:
        return base64.b64decode(credentials).decode("latin-1").partition(":")[0]
    except ValueError:
        return ""


def _fingerprint(request: Request) -> str:
    return sha256(b"\n".join((request.path.encode(), *sorted(request.body.split(b"&"))))).hexdigest()
