"""Telling the merchant: signed as Stripe signs, repeated until heard, and late, doubled, lost or out of order on request."""

from __future__ import annotations

import heapq
import hmac
import http.client
import itertools
import json
import random
import threading
import time
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from zlib import crc32

from paysim.records import Callback
from paysim.shapes import shape

if TYPE_CHECKING:
    from paysim.config import Config
    from paysim.records import JsonObject
    from paysim.store import Store

ATTEMPTS_MAX: Final = 60
RETRY_S_MAX: Final = 60.0
TIMEOUT_S: Final = 10.0
DOUBLE_AFTER_S: Final = 0.05


@dataclass
class Behaviour:
    """How callbacks travel. Probabilities from 0 to 1; `types` narrows it to some types, None means all."""

    late_ms: int = 0
    lost: float = 0.0
    lost_next: int = 0
    doubled: float = 0.0
    reorder_ms: int = 0
    paused: bool = False
    retry_ms: int = 500
    types: list[str] | None = None


@dataclass(order=True)
class Attempt:
    """One delivery, due at a monotonic time."""

    due: float
    number: int
    callback: Callback = field(compare=False)
    tries: int = field(default=0, compare=False)


class Deliveries:
    """Delivers callbacks from background threads; those of one session by one thread, so in order."""

    def __init__(self, store: Store, config: Config) -> None:
        """Start the threads; nothing is sent without an address."""
        self._store = store
        self._config = config
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        self._lanes: list[list[Attempt]] = [[] for _ in range(config.webhook_lanes)]
        self._outstanding = 0
        self._generation = 0
        self._held: list[Callback] = []
        self.behaviour = Behaviour()
        self.counts = {"delivered": 0, "failed": 0, "lost": 0}
        for lane in self._lanes:
            threading.Thread(target=self._run, args=(lane,), daemon=True).start()

    def send(self, callbacks: list[Callback]) -> None:
        """Deliver what was announced together, as the behaviour has it."""
        if not self._config.webhook_url:
            return
        with self._changed:
            for place, callback in enumerate(callbacks):
                self._admit(callback, place, len(callbacks))
            self._changed.notify_all()

    def _admit(self, callback: Callback, place: int, of: int) -> None:
        behaviour = self.behaviour
        if behaviour.types is not None and callback.type not in behaviour.types:
            self._push(callback, 0)
        elif self._is_lost():
            self.counts["lost"] += 1
            self._store.mark_delivered(callback)
        elif behaviour.paused:
            self._held.append(callback)
        else:
            # Whatever was announced together arrives the other way round, and mixed with its neighbours.
            reorder_s = behaviour.reorder_ms / 1000 * ((of - place) / of + random.random() / (2 * of))  # noqa: S311
            delay = behaviour.late_ms / 1000 + (reorder_s if behaviour.reorder_ms else 0)
            self._push(callback, delay)
            if random.random() < behaviour.doubled:  # noqa: S311 -- no secret
                self._push(callback, delay + DOUBLE_AFTER_S)

    def _is_lost(self) -> bool:
        if self.behaviour.lost_next > 0:
            self.behaviour.lost_next -= 1
            return True
        return random.random() < self.behaviour.lost  # noqa: S311 -- no secret

    def _push(self, callback: Callback, delay: float, tries: int = 0) -> None:
        lane = self._lanes[crc32(callback.session.encode()) % len(self._lanes)]
        heapq.heappush(lane, Attempt(time.monotonic() + delay, next(self._numbers), callback, tries))
        self._outstanding += 1

    def _run(self, lane: list[Attempt]) -> None:
        sender = Sender()
        while True:
            with self._changed:
                while not lane or lane[0].due > time.monotonic():
                    self._changed.wait(lane[0].due - time.monotonic() if lane else None)
                attempt = heapq.heappop(lane)
                generation = self._generation
            status = self._deliver(sender, attempt.callback)
            with self._changed:
                if generation == self._generation:
                    self._note(attempt, status)
                    self._outstanding -= 1
                self._changed.notify_all()

    def _deliver(self, sender: Sender, callback: Callback, secret: str | None = None) -> int:
        """Post one callback; the HTTP status, 0 when there was no answer."""
        address, known = self._config.webhook_url, secret or self._config.webhook_secret
        if not address or not known:
            return 0
        payload = json.dumps(shape(replace(callback, is_pending=True), self._config, self._store.now())).encode()
        return sender.post(address, payload, signature(payload, known, int(time.time())))

    def _note(self, attempt: Attempt, status: int) -> None:
        if is_heard(status):
            self.counts["delivered"] += 1
            self._store.mark_delivered(attempt.callback)
            return
        self.counts["failed"] += 1
        if attempt.tries + 1 < ATTEMPTS_MAX:
            delay = min(self.behaviour.retry_ms / 1000 * 2**attempt.tries, RETRY_S_MAX)
            self._push(attempt.callback, delay, attempt.tries + 1)

    def flush(self, order: str = "created", times: int = 1) -> list[JsonObject]:
        """Deliver what is held now, `created`, `reversed` or `shuffled`, and say how it was answered."""
        with self._changed:
            held, self._held = self._held, []
        if order == "reversed":
            held.reverse()
        elif order == "shuffled":
            random.shuffle(held)
        return [self.deliver_now(callback) for callback in held for _ in range(times)]

    def deliver_now(self, callback: Callback, secret: str | None = None) -> JsonObject:
        """Deliver one callback at once, without another try; `secret` signs it otherwise."""
        status = self._deliver(Sender(), callback, secret)
        if is_heard(status):
            self.counts["delivered"] += 1
            self._store.mark_delivered(callback)
        return {"id": callback.id, "type": callback.type, "status": status}

    def drain(self, timeout_s: float) -> bool:
        """Wait until nothing is on its way (what is held does not count); whether that came about."""
        with self._changed:
            return self._changed.wait_for(lambda: self._outstanding == 0, timeout_s)

    def resume(self) -> None:
        """Take up what a previous process announced and did not deliver."""
        waiting = [callback for callback in self._store.table(Callback).oldest_first() if callback.is_pending]
        self.send(waiting)

    def release_held(self) -> None:
        """Let what is held go its ordinary way."""
        with self._changed:
            held, self._held = self._held, []
        self.send(held)

    def reset(self) -> None:
        """Forget what is on its way and behave."""
        with self._changed:
            self._generation += 1
            self._held.clear()
            for lane in self._lanes:
                lane.clear()
            self._outstanding = 0
            self.behaviour = Behaviour()
            self.counts = dict.fromkeys(self.counts, 0)
            self._changed.notify_all()

    def shape(self) -> JsonObject:
        """What is going on."""
        with self._changed:
            return {
                **asdict(self.behaviour),
                "url": self._config.webhook_url,
                "outstanding": self._outstanding,
                "held": [{"id": callback.id, "type": callback.type} for callback in self._held],
                **self.counts,
            }


class Sender:
    """Posts to one address over a connection that is kept."""

    def __init__(self) -> None:
        """Connect when there is something to send."""
        self._connection: http.client.HTTPConnection | None = None
        self._origin = ""

    def post(self, address: str, payload: bytes, signed: str) -> int:
        """The HTTP status, 0 when there was no answer."""
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": signed,
            "Accept": "*/*; q=0.5, application/xml",
            "Cache-Control": "no-cache",
        }
        for is_last in (False, True):
            connection, is_fresh = self._connect(address)
            try:
                connection.request("POST", urlsplit(address).path or "/", payload, headers)
                response = connection.getresponse()
                response.read()
            except (OSError, http.client.HTTPException):
                self._close()
                if is_fresh or is_last:
                    return 0
            else:
                return response.status
        return 0

    def _connect(self, address: str) -> tuple[http.client.HTTPConnection, bool]:
        parts = urlsplit(address)
        if self._connection is None or self._origin != parts.netloc:
            self._close()
            maker = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
            self._connection, self._origin = maker(parts.netloc, timeout=TIMEOUT_S), parts.netloc
            return self._connection, True
        return self._connection, False

    def _close(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None


def is_heard(status: int) -> bool:
    """Whether the merchant said yes."""
    return 200 <= status < 300


def signature(payload: bytes, secret: str, moment: int) -> str:
    """The header Stripe-Signature for `payload`, as of `moment` (real time: the merchant compares it with its clock)."""
    signed = hmac.new(secret.encode(), str(moment).encode() + b"." + payload, sha256).hexdigest()
    untrusted = sha256(payload).hexdigest()  # what Stripe adds in test mode; nobody may rely on it
    return f"t={moment},v1={signed},v0={untrusted}"
