"""A small HTTP/1.1 server: one thread a connection, kept alive, on the loopback interface only."""

from __future__ import annotations

import select
import socket
import sys
import threading
import traceback
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote

from paysim.errors import NoAnswer

if TYPE_CHECKING:
    import io
    from collections.abc import Callable

LINE_BYTES_MAX = 16_384
HEADERS_MAX = 100
BODY_BYTES_MAX = 1_048_576


@dataclass
class Request:
    """One request; header names in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Response:
    """One answer."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self, *, is_head: bool, is_last: bool) -> bytes:
        """The bytes on the wire."""
        lines = [
            f"HTTP/1.1 {self.status} {_reason(self.status)}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(self.body)}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
            "Connection: close" if is_last else "Connection: keep-alive",
        ]
        head = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
        return head if is_head else head + self.body


class BadRequest(Exception):
    """What came is not HTTP as we speak it."""


class Server:
    """Listens on 127.0.0.1 and hands requests to `handle`."""

    def __init__(self, port: int, handle: Callable[[Request], Response], released: Callable[[], threading.Event]) -> None:
        """Take the port; 0 lets the system choose one.

        Raises:
            OSError: the port is taken.
        """
        self._handle = handle
        self._released = released
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self._socket.listen(1024)
        self.port: int = self._socket.getsockname()[1]

    def serve(self) -> None:
        """Answer until `close`."""
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve_connection, args=(connection,), daemon=True).start()

    def close(self) -> None:
        """Accept no more."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve_connection(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, connection.makefile("rb") as reader:
            try:
                while self._serve_one(connection, reader):
                    pass
            except NoAnswer as order:
                if order.is_hanging:
                    self._hang(connection)
            except OSError:
                return

    def _serve_one(self, connection: socket.socket, reader: io.BufferedReader) -> bool:
        try:
            request = _read(reader)
        except BadRequest as refusal:
            connection.sendall(Response(400, str(refusal).encode(), "text/plain").encoded(is_head=False, is_last=True))
            return False
        if request is None:
            return False
        try:
            response = self._handle(request)
        except NoAnswer:
            raise
        except Exception:  # noqa: BLE001 -- a mistake of ours must not look like a network failure
            traceback.print_exc(file=sys.stderr)
            response = Response(500, b'{"error": {"message": "The simulator failed.", "type": "api_error"}}')
        is_last = request.headers.get("connection", "").lower() == "close"
        connection.sendall(response.encoded(is_head=request.method == "HEAD", is_last=is_last))
        return not is_last

    def _hang(self, connection: socket.socket) -> None:
        """Hold the connection until the caller gives up or the fault is cleared."""
        released = self._released()
        while not released.wait(0.05):
            readable, _, _ = select.select([connection], [], [], 0)
            if readable and not connection.recv(65_536):
                return


def _read(reader: io.BufferedReader) -> Request | None:
    line = reader.readline(LINE_BYTES_MAX)
    if not line:
        return None
    words = line.decode("latin-1").split()
    if len(words) != 3 or not words[1].startswith("/"):
        raise BadRequest("Malformed request line.")
    method, target, version = words
    headers = _read_headers(reader)
    if version == "HTTP/1.0":
        headers["connection"] = "close"
    if "transfer-encoding" in headers:
        raise BadRequest("Send a Content-Length.")
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > BODY_BYTES_MAX:
        raise BadRequest("The body is too long.")
    body = reader.read(int(length)) if length != "0" else b""
    if len(body) != int(length):
        return None
    path, _, query = target.partition("?")
    return Request(method, unquote(path), query, headers, body)


def _read_headers(reader: io.BufferedReader) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(HEADERS_MAX):
        line = reader.readline(LINE_BYTES_MAX)
        if line in (b"\r\n", b"\n"):
            return headers
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise BadRequest("Malformed header.")
        headers[name.strip().lower()] = value.strip()
    raise BadRequest("Too many headers.")


def _reason(status: int) -> str:
    return REASONS.get(status, "Unknown")


REASONS = {status.value: status.phrase for status in HTTPStatus}
