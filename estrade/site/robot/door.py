"""The robot's way in: it follows its crew link like anybody, keeps its cookies, and asks the site by HTTP."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, ClientWebSocketResponse, ClientWSTimeout, CookieJar
from yarl import URL

ANSWER_SECONDS_MAX = 6.0
HEARTBEAT_SECONDS = 15.0
_ROOM = re.compile(r"/rooms/([0-9a-f-]{36})$")


class Refused(Exception):
    """The site said no; `code` is that of its problem document, or nothing."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{code or 'no reason given'} ({status})")
        self.status, self.code = status, code


class Unreachable(Exception):
    """The site does not answer, or answers what nobody can read."""


class Door:
    """One crew link's room. Every method raises Refused when the site says no, and Unreachable when it does not answer."""

    def __init__(self, link: str) -> None:
        self.link = link
        self._session = ClientSession(cookie_jar=CookieJar(unsafe=True), timeout=ClientTimeout(total=ANSWER_SECONDS_MAX))
        self._room: URL | None = None

    async def close(self) -> None:
        """Forget the cookies and close what is open."""
        await self._session.close()

    async def state(self) -> dict[str, Any]:
        """The state of the room; the link is followed first when that has not happened."""
        return await self._ask("GET")

    async def go_backstage(self) -> None:
        """Let the crew in."""
        await self._ask("POST", "backstage")

    async def open(self) -> None:
        """Open the doors to the attendees."""
        await self._ask("POST", "open")

    async def take_seat(self, *, takeover: bool) -> dict[str, Any]:
        """The seat's tokens; with `takeover` whoever sits there now goes."""
        return await self._ask("POST", "seat", {"takeover": takeover})

    async def tokens(self, generation: int) -> dict[str, Any]:
        """Fresh tokens for the seat taken as `generation`."""
        return await self._ask("POST", "tokens", {"generation": generation})

    async def leave(self) -> None:
        """Give the seat up."""
        await self._ask("DELETE", "seat")

    async def say_alive(self, admission: dict[str, Any]) -> None:
        """Send heartbeats to the message engine, as every seat that is held does; returns when the line ends."""
        me, messages = admission["state"]["me"], admission["messages"]
        url = URL(messages["url"]).update_query(seat=me["seat_id"], generation=str(me["generation"]))  # front asks about them
        try:
            async with self._session.ws_connect(url, timeout=ClientWSTimeout(ws_close=1.0)) as line:
                await line.send_json({"id": 1, "connect": {"token": messages["token"], "name": "robot"}})
                beating = asyncio.create_task(_beat(line))
                try:
                    async for packet in line:
                        if isinstance(packet.data, str) and "{}" in packet.data.splitlines():  # a ping; unanswered it ends the line
                            await line.send_str("{}")
                finally:
                    beating.cancel()
                    await asyncio.gather(beating, return_exceptions=True)
        except (ClientError, OSError, TimeoutError) as error:
            raise Unreachable from error

    async def _ask(self, method: str, path: str = "", body: dict[str, object] | None = None) -> dict[str, Any]:
        if self._room is None:
            self._room = await self._follow_link()
        _, answer = await self._send(method, self._room / path if path else self._room, body)
        try:
            document = json.loads(answer or b"{}")
        except ValueError as error:
            raise Unreachable from error
        return document if isinstance(document, dict) else {}

    async def _follow_link(self) -> URL:
        reached, _ = await self._send("GET", URL(self.link))
        found = _ROOM.search(reached.path)
        if not found:
            raise Refused(404, "no_room_behind_this_link")
        return reached.origin() / "api/v1/rooms" / found[1]

    async def _send(self, method: str, url: URL, body: dict[str, object] | None = None) -> tuple[URL, bytes]:
        try:
            async with self._session.request(method, url, json=body, headers={"Accept": "application/json, text/html"}) as answer:
                content = await answer.read()
                if answer.status >= 500 or answer.status == 429:
                    raise Unreachable
                if answer.status >= 400:
                    raise Refused(answer.status, _code(content))
                return answer.url, content
        except (ClientError, OSError, TimeoutError) as error:
            raise Unreachable from error


async def _beat(line: ClientWebSocketResponse) -> None:
    number = 1
    while True:
        await asyncio.sleep(HEARTBEAT_SECONDS)
        number += 1
        beat = {"frames": 0, "audio_ms": 0, "watched_ms": 0, "state": "watching"}  # it plays and watches nothing
        await line.send_json({"id": number, "rpc": {"method": "heartbeat", "data": beat}})


def _code(answer: bytes) -> str:
    try:
        return str(json.loads(answer)["type"]).removeprefix("/problems/")
    except (ValueError, KeyError, TypeError):
        return ""
