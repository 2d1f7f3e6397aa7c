"""JSON to an engine beside us, on a connection that stays open: one for each thread."""

from __future__ import annotations

import http.client
import json
import threading
from typing import Any
from urllib.parse import urlsplit

SECONDS_MAX = 2.0
_STALE = (http.client.RemoteDisconnected, http.client.CannotSendRequest, BrokenPipeError, ConnectionResetError)


class Unreachable(Exception):
    """No answer in time."""


class Answered(Exception):
    """The engine said no."""

    def __init__(self, status: int, document: dict[str, Any]) -> None:
        super().__init__(f"{status} {document.get('code') or document.get('error') or ''}".strip())
        self.status, self.document = status, document


_kept = threading.local()


def post(base: str, path: str, body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    """The answer to `body` at `base` + `path`.

    A connection that the engine closed meanwhile is opened again, so what is asked may happen twice.

    Raises:
        Answered: the status is not 200.
        Unreachable: there was no answer within SECONDS_MAX.
    """
    data = json.dumps(body).encode()
    for is_last in (False, True):
        connection = _connection(base)
        is_fresh = connection.sock is None
        try:
            connection.request("POST", path, data, {"Content-Type": "application/json", **headers})
            response = connection.getresponse()
            return _document(response.status, response.read())
        except _STALE as error:
            _forget(base)
            if is_fresh or is_last:
                raise Unreachable from error
        except (OSError, http.client.HTTPException) as error:
            _forget(base)
            raise Unreachable from error
    raise Unreachable


def _document(status: int, answer: bytes) -> dict[str, Any]:
    try:
        document = json.loads(answer or b"{}")
    except ValueError:
        document = {}
    document = document if isinstance(document, dict) else {}
    if status != 200:
        raise Answered(status, document)
    return document


def _connection(base: str) -> http.client.HTTPConnection:
    if base not in vars(_kept):
        parts = urlsplit(base)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        vars(_kept)[base] = kind(parts.hostname or "", parts.port, timeout=SECONDS_MAX)
    connection: http.client.HTTPConnection = vars(_kept)[base]
    return connection


def _forget(base: str) -> None:
    connection = vars(_kept).pop(base, None)
    if connection:
        connection.close()
