"""The robot's way in: it follows its crew link like anybody, and asks the site by HTTP."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlsplit

ANSWER_SECONDS_MAX = 6.0
_ROOM = re.compile(r"/rooms/([0-9a-f-]{36})$")


class Refused(Exception):
    """The site said no; `code` is that of its problem document, or nothing."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{code or 'no reason given'} ({status})")
        self.status, self.code = status, code


class Door:
    """One crew link's room. Every call waits for the network; none is safe from two threads at once.

    Each raises Refused when the site says no, and OSError when it does not answer.
    """

    def __init__(self, link: str) -> None:
        if not link.startswith(("http://", "https://")):
            raise Refused(404, "not_a_link")
        self.link = link
        self._origin = "{0.scheme}://{0.netloc}".format(urlsplit(link))
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._room = ""

    def state(self) -> dict[str, Any]:
        """The state of the room; the link is followed first when that has not happened."""
        return self._call("GET", "")

    def go_backstage(self) -> None:
        """Let the crew in."""
        self._call("POST", "/backstage")

    def open(self) -> None:
        """Open the doors to the attendees."""
        self._call("POST", "/open")

    def take_seat(self, *, takeover: bool) -> dict[str, Any]:
        """The seat's tokens; with `takeover` whoever sits there now goes."""
        return self._call("POST", "/seat", {"takeover": takeover})

    def tokens(self, generation: int) -> dict[str, Any]:
        """Fresh tokens for the seat taken as `generation`."""
        return self._call("POST", "/tokens", {"generation": generation})

    def leave(self) -> None:
        """Give the seat up."""
        self._call("DELETE", "/seat")

    def _call(self, method: str, path: str, body: dict[str, object] | None = None) -> dict[str, Any]:
        if not self._room:
            self._room = self._follow_link()
        data = None if method == "GET" else json.dumps(body or {}).encode()
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        url = f"{self._origin}/api/v1/rooms/{self._room}{path}"
        _, answer = self._send(urllib.request.Request(url, data, headers, method=method))  # noqa: S310 - checked above
        document = json.loads(answer) if answer else {}
        return document if isinstance(document, dict) else {}

    def _follow_link(self) -> str:
        address, _ = self._send(urllib.request.Request(self.link))  # noqa: S310 - checked above
        found = _ROOM.search(urlsplit(address).path)
        if not found:
            raise Refused(404, "no_room_behind_this_link")
        return found[1]

    def _send(self, request: urllib.request.Request) -> tuple[str, bytes]:
        try:
            with self._opener.open(request, timeout=ANSWER_SECONDS_MAX) as response:
                return response.url, response.read()
        except urllib.error.HTTPError as error:
            raise Refused(error.code, _code(error.read())) from None


def _code(answer: bytes) -> str:
    try:
        return str(json.loads(answer)["type"]).removeprefix("/problems/")
    except (ValueError, KeyError, TypeError):
        return ""
