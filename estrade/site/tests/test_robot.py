"""What the robot shows and plays, and how it stands at the door."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import numpy as np
import pytest
from aiohttp import web
from livekit import rtc

from estrade.site import robot
from estrade.site.robot import picture
from estrade.site.robot.door import Door, Refused, Unreachable
from estrade.site.robot.performer import Performer

ROOM = "0199f3a0-0000-7000-8000-000000000001"


def _pixels(frame):
    rgb = frame.convert(rtc.VideoBufferType.RGB24)
    return np.frombuffer(bytes(rgb.data), np.uint8).reshape(picture.HEIGHT, picture.WIDTH, 3).astype(int)


def test_the_picture_is_mostly_red(noon):
    pixels = _pixels(picture.Picture("Robot").frame(noon))

    is_red = (pixels[..., 0] > 200) & (pixels[..., 1] < 80) & (pixels[..., 2] < 80)
    assert is_red.mean() > 0.8


def test_the_picture_moves_from_frame_to_frame_and_its_clock_from_second_to_second(noon):
    drawn = picture.Picture("Robot")
    first, next_frame, later = (_pixels(drawn.frame(noon + timedelta(seconds=after))) for after in (0, 1 / 24, 6))

    assert (first[:260] != next_frame[:260]).any()
    assert (first[260:] == next_frame[260:]).all()
    assert (first[260:] != later[260:]).any()  # the light is back where it was; the clock is not


def test_the_tone_is_440_hz_and_has_no_seam():
    frame = picture.tone()
    samples = np.tile(np.frombuffer(bytes(frame.data), np.int16), 10)

    loudest = np.argmax(np.abs(np.fft.rfft(samples)))

    assert loudest == picture.TONE_HZ
    assert np.abs(np.diff(samples.astype(int))).max() < 400


class House:
    """A site that knows one crew link; it notes what it is asked."""

    def __init__(self, **answers):
        self.asked = []
        self.answers = answers
        self.phase = "waiting"

    def routes(self):
        return [
            web.get("/c/1/secret", self.follow),
            web.get(f"/rooms/{ROOM}", self.page),
            web.route("*", f"/api/v1/rooms/{ROOM}{{rest:.*}}", self.operate),
        ]

    async def follow(self, _request):
        response = web.HTTPFound(f"/rooms/{ROOM}")
        response.set_cookie("seat", "1")
        raise response

    async def page(self, _request):
        return web.Response(text="the room")

    async def operate(self, request):
        name = request.match_info["rest"].strip("/") or "state"
        self.asked.append((request.method, name, request.cookies.get("seat"), await request.text()))
        status, code = self.answers.get(name, (200, ""))
        if status >= 400:
            return web.json_response({"type": f"/problems/{code}"}, status=status)
        me = {"seat_id": "s", "name": "Robot", "role": "cohost", "generation": 3, "may_publish": False}
        state = {"phase": self.phase, "me": me}
        return web.json_response(state if name == "state" else {"state": state})


def _at_door(house, scenario):
    async def run():
        app = web.Application()
        app.add_routes(house.routes())
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        try:
            return await scenario(f"http://127.0.0.1:{port}/c/1/secret")
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def test_the_robot_follows_its_link_and_keeps_the_cookie():
    house = House()

    async def scenario(link):
        door = Door(link)
        await door.take_seat(takeover=True)
        await door.close()

    _at_door(house, scenario)

    assert house.asked == [("POST", "seat", "1", json.dumps({"takeover": True}))]


@pytest.mark.parametrize(
    ("status", "code", "raised"), [(409, "seat_lost", Refused), (503, "", Unreachable), (429, "", Unreachable)]
)
def test_a_no_and_a_silence_are_told_apart(status, code, raised):
    async def scenario(link):
        door = Door(link)
        try:
            with pytest.raises(raised) as refusal:
                await door.tokens(3)
        finally:
            await door.close()
        return refusal.value

    refusal = _at_door(House(tokens=(status, code)), scenario)

    assert getattr(refusal, "code", code) == code


def test_a_robot_that_may_opens_the_doors_and_takes_over_only_once():
    house = House()

    async def scenario(link):
        stop = asyncio.Event()
        performer = Performer(lambda: link, stop)
        await performer._attempt()
        house.answers["tokens"] = (409, "seat_lost")
        await performer._attempt()
        await performer._attempt()
        stop.set()
        await performer.run()

    _at_door(house, scenario)

    names = [name for _, name, _, _ in house.asked]
    assert names[:4] == ["state", "backstage", "open", "seat"]
    assert [json.loads(body)["takeover"] for _, name, _, body in house.asked if name == "seat" and body] == [True, False]
    assert house.asked[-1][:2] == ("DELETE", "seat")


def test_the_robot_of_a_demo_waits_until_the_demo_is_filled(tmp_path, monkeypatch):
    monkeypatch.setenv("ESTRADE_VAR", str(tmp_path))
    assert robot.link_of_the_demo() == ""

    (tmp_path / "demo.json").write_text('{"robot_crew_link": "http://localhost:8000/c/1/secret"}')

    assert robot.link_of_the_demo() == "http://localhost:8000/c/1/secret"
