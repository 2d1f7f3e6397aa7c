"""A closed loop of HTTP clients in one thread: cheap enough to share two cores with what it measures.

What a client does is a *journey*: a generator that yields requests and is given their answers. When one ends, the same
client begins the next without a pause, until the time is over; those that have begun are finished.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import quote, urlsplit

Address = tuple[str, int]
PATIENCE_SECONDS = 30.0


class Request(NamedTuple):
    """One request; `headers` are whole lines."""

    address: Address
    method: str
    target: str
    headers: tuple[str, ...] = ()
    body: bytes = b""

    def encoded(self) -> bytes:
        lines = [f"{self.method} {self.target} HTTP/1.1", f"Host: {self.address[0]}:{self.address[1]}", *self.headers]
        if self.body or self.method == "POST":
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode() + self.body


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]  # lower-case names
    body: bytes

    def header(self, name: str) -> str:
        return next((value for known, value in self.headers if known == name), "")


class NotAsExpected(Exception):
    """A journey met an answer that ends it; counted under its text."""


class NotCounted(Exception):
    """A journey that is neither a success nor a failure: a place was sold out, the next one is tried."""


Journey = Generator[Request, Answer, None]


@dataclass
class Outcome:
    """What came of one run."""

    seconds: float = 0.0
    milliseconds: list[float] = field(default_factory=list)
    requests: int = 0
    errors: Counter[str] = field(default_factory=Counter)

    @property
    def done(self) -> int:
        return len(self.milliseconds)

    @property
    def per_second(self) -> float:
        return round(self.done / self.seconds, 1) if self.seconds else 0.0

    def percentile(self, percent: float) -> float | None:
        if not self.milliseconds:
            return None
        ordered = sorted(self.milliseconds)
        return round(ordered[min(len(ordered) - 1, round(percent / 100 * (len(ordered) - 1)))], 1)


class _Client:
    """One of the clients: its journey, its connections, and what it waits for."""

    def __init__(self, begin: Callable[[], Journey]) -> None:
        self.begin = begin
        self.connections: dict[Address, socket.socket] = {}
        self.journey: Journey | None = None
        self.request: Request | None = None
        self.began_at = 0.0
        self.sent_at = 0.0
        self.received = bytearray()
        self.was_fresh = False

    def close(self, address: Address) -> None:
        connection = self.connections.pop(address, None)
        if connection:
            connection.close()


class _Loop:
    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.outcome = Outcome()
        self.running = 0

    def run(self, begin: Callable[[], Journey], clients: int, seconds: float) -> Outcome:
        started_at = time.monotonic()
        self.stop_at = started_at + seconds
        everybody = [_Client(begin) for _ in range(clients)]
        self.last_end = started_at
        for client in everybody:
            self._start(client)
        while self.running:
            for key, _events in self.selector.select(1.0):
                self._read(key.data)
            self._give_up_on(everybody)
        for client in everybody:
            for address in list(client.connections):
                client.close(address)
        self.outcome.seconds = max(self.last_end - started_at, 0.001)
        return self.outcome

    def _start(self, client: _Client) -> None:
        if time.monotonic() >= self.stop_at:
            client.journey = None
            return
        client.journey, client.began_at = client.begin(), time.monotonic()
        self.running += 1
        self._step(client, None)

    def _step(self, client: _Client, answer: Answer | None) -> None:
        assert client.journey
        try:
            request = client.journey.send(answer) if answer else next(client.journey)  # type: ignore[arg-type]
        except StopIteration:
            self.outcome.milliseconds.append((time.monotonic() - client.began_at) * 1000)
            self._next(client)
        except NotCounted:
            self._next(client)
        except NotAsExpected as reason:
            self.outcome.errors[str(reason)] += 1
            self._next(client)
        else:
            client.request = request
            self.outcome.requests += 1
            self._send(client)

    def _next(self, client: _Client) -> None:
        self.running -= 1
        client.request = None
        self.last_end = time.monotonic()
        self._start(client)

    def _send(self, client: _Client) -> None:
        assert client.request
        address = client.request.address
        connection = client.connections.get(address)
        client.was_fresh = connection is None
        if connection is None:
            connection = socket.create_connection(address, timeout=PATIENCE_SECONDS)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.connections[address] = connection
        client.received.clear()
        client.sent_at = time.monotonic()
        try:
            connection.sendall(client.request.encoded())
            self.selector.register(connection, selectors.EVENT_READ, client)
        except OSError as error:
            self._broken(client, type(error).__name__)

    def _read(self, client: _Client) -> None:
        assert client.request
        connection = client.connections[client.request.address]
        try:
            received = connection.recv(262_144)
        except OSError as error:
            received = b""
            reason = type(error).__name__
        else:
            reason = "closed early"
        if not received:
            self.selector.unregister(connection)
            self._broken(client, reason)
            return
        client.received += received
        parsed = _parse(client.received)
        if parsed is None:
            return
        self.selector.unregister(connection)
        answer, closes = parsed
        if closes:
            client.close(client.request.address)
        self._step(client, answer)

    def _broken(self, client: _Client, reason: str) -> None:
        assert client.request
        client.close(client.request.address)
        if not client.was_fresh and not client.received:
            self._send(client)  # a kept connection had been closed before it was asked again
            return
        assert client.journey
        client.journey.close()
        self.outcome.errors[reason] += 1
        self._next(client)

    def _give_up_on(self, everybody: list[_Client]) -> None:
        late = time.monotonic() - PATIENCE_SECONDS
        for client in everybody:
            if client.request and client.sent_at < late:
                self.selector.unregister(client.connections[client.request.address])
                client.was_fresh = True
                self._broken(client, "no answer")


def drive(begin: Callable[[], Journey], *, clients: int, seconds: float) -> Outcome:
    """Let `clients` do journeys made by `begin` for `seconds`, each one after the other."""
    return _Loop().run(begin, clients, seconds)


def _parse(received: bytearray) -> tuple[Answer, bool] | None:
    """A whole answer and whether the connection ends with it, or nothing yet."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    lines = received[:end].decode("latin-1").split("\r\n")
    headers = []
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers.append((name.lower(), value.strip()))
    status = int(lines[0][9:12])
    answer = Answer(status, headers, b"")
    rest = end + 4
    if "chunked" in answer.header("transfer-encoding"):
        body = _unchunked(received, rest)
        if body is None:
            return None
    else:
        length = int(answer.header("content-length") or 0) if status not in {204, 304} else 0
        if len(received) - rest < length:
            return None
        body = bytes(received[rest : rest + length])
    return answer._replace(body=body), answer.header("connection").lower() == "close"


def _unchunked(received: bytearray, at: int) -> bytes | None:
    parts = []
    while True:
        end = received.find(b"\r\n", at)
        if end < 0:
            return None
        size = int(received[at:end].split(b";")[0], 16)
        at = end + 2
        if len(received) < at + size + 2:
            return None
        if not size:
            return b"".join(parts)
        parts.append(bytes(received[at : at + size]))
        at += size + 2


class Jar:
    """The cookies of one visitor; written into each request, read from each answer."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}

    def lines(self) -> tuple[str, ...]:
        return ("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()),) if self.cookies else ()

    def keep(self, answer: Answer) -> None:
        for name, value in answer.headers:
            if name == "set-cookie":
                cookie, _, content = value.split(";", 1)[0].partition("=")
                self.cookies[cookie] = content


def form(fields: dict[str, str]) -> bytes:
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in fields.items()).encode()


def target_of(url: str) -> str:
    """What stands in the request line for a URL, whole or not."""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
