"""The robot on stage: it takes its seat, plays, and comes back by itself when the line is lost."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from livekit import rtc
from livekit.rtc.participant import PublishTrackError

from estrade.site.robot import picture
from estrade.site.robot.door import Door, Refused, Unreachable

log = logging.getLogger("robot")

REJOIN_SECONDS = (0.25, 0.25, 0.5, 1.0)
CONNECT_SECONDS_MAX = 6.0
RECONNECT_SECONDS_MAX = 0.75  # of the SDK's own attempts, which find no room after the engine's restart
CLOSE_SECONDS_MAX = 2.0
# Asking more often changes nothing: somebody else sits there, the show is over, the link holds no more.
PATIENT_SECONDS = {
    "seat_taken": 10.0,
    "seat_lost": 1.0,
    "room_ended": 15.0,
    "seat_removed": 15.0,
    "banned": 30.0,
    "not_on_stage": 2.0,
}


class Performer:
    """Performs at the room behind `find_link()` (an empty link: not yet) until `stop` is set."""

    def __init__(self, find_link: Callable[[], str], stop: asyncio.Event) -> None:
        self._find_link, self._stop = find_link, stop
        self._door: Door | None = None
        self._generation: int | None = None
        self._may_take_over = True  # once: whoever takes the seat from the robot after that keeps it
        self._failures = 0

    async def run(self) -> None:
        """Take the seat and perform, again and again; in the end the seat is given up."""
        while not self._stop.is_set():
            await self._pause(await self._attempt())
        if self._door:
            if self._generation is not None:
                with contextlib.suppress(Refused, Unreachable):
                    await self._door.leave()
            await self._door.close()

    async def _attempt(self) -> float:
        """Perform until something happens; how many seconds to wait before the next time."""
        try:
            door = await self._at_door(self._find_link())
            if door is None:
                return 1.0
            await self._perform(door, await self._admission(door))
        except Refused as refusal:
            log.info("refused: %s", refusal)
            if refusal.code in PATIENT_SECONDS:
                return PATIENT_SECONDS[refusal.code]
            await self._turn_away()  # the link may lead elsewhere by now
        except (Unreachable, OSError, TimeoutError, rtc.ConnectError, PublishTrackError) as error:
            log.info("no line: %s", type(error).__name__)  # its text may hold an address with a token in it
        self._failures += 1
        return REJOIN_SECONDS[min(self._failures, len(REJOIN_SECONDS)) - 1]

    async def _at_door(self, link: str) -> Door | None:
        if self._door is not None and self._door.link != link:
            await self._turn_away()
        if self._door is None and link:
            self._door = Door(link)
        return self._door

    async def _turn_away(self) -> None:
        if self._door:
            await self._door.close()
        self._door, self._generation, self._may_take_over = None, None, True

    async def _admission(self, door: Door) -> dict[str, Any]:
        if self._generation is not None:
            try:
                return _on_stage(await door.tokens(self._generation))
            except Refused as refusal:
                if refusal.code == "seat_lost":
                    self._generation = None
                raise
        await self._open_doors(door, await door.state())
        admission = await door.take_seat(takeover=self._may_take_over)
        self._generation, self._may_take_over = admission["state"]["me"]["generation"], False
        return _on_stage(admission)

    async def _open_doors(self, door: Door, state: dict[str, Any]) -> None:
        if state["me"]["role"] not in {"host", "cohost"}:
            return
        if state["phase"] == "waiting":
            await door.go_backstage()
        if state["phase"] in {"waiting", "backstage"}:
            await door.open()
            log.info("doors opened")

    async def _perform(self, door: Door, admission: dict[str, Any]) -> None:
        """Publish picture and tone until the line is lost or the robot is stopped."""
        room, lost = rtc.Room(), asyncio.Event()
        room.on("disconnected", lambda *_: lost.set())
        reconnecting = _Alarm(lost, RECONNECT_SECONDS_MAX)
        room.on("reconnecting", reconnecting.set)
        room.on("reconnected", reconnecting.clear)
        engine = admission["engine"]
        async with asyncio.timeout(CONNECT_SECONDS_MAX):
            await room.connect(engine["url"], engine["token"], rtc.RoomOptions(auto_subscribe=False, dynacast=True))
        try:
            play = self._play(room, admission["state"]["me"]["name"])
            await _first_of(play, self._keep_seat(door, admission), lost.wait(), self._stop.wait())
        finally:
            reconnecting.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(room.disconnect(), CLOSE_SECONDS_MAX)
            log.info("off stage")

    async def _play(self, room: rtc.Room, name: str) -> None:
        video, audio = rtc.VideoSource(picture.WIDTH, picture.HEIGHT), rtc.AudioSource(picture.SAMPLE_RATE, 1, queue_size_ms=300)
        ended = asyncio.Event()
        players: list[asyncio.Task[None]] = []
        try:
            async with asyncio.timeout(CONNECT_SECONDS_MAX):
                await _publish(room, rtc.LocalVideoTrack.create_video_track("camera", video), rtc.TrackSource.SOURCE_CAMERA)
                await _publish(room, rtc.LocalAudioTrack.create_audio_track("microphone", audio), rtc.TrackSource.SOURCE_MICROPHONE)
            log.info("on stage")
            self._failures = 0
            players = [asyncio.create_task(_show(video, name, ended)), asyncio.create_task(_sound(audio, ended))]
            await asyncio.shield(asyncio.gather(*players))
        finally:
            # Asked to end, never cancelled: a sound that the SDK still holds when the process ends makes it abort.
            ended.set()
            await asyncio.gather(*players, return_exceptions=True)
            await audio.aclose()
            await video.aclose()

    async def _keep_seat(self, door: Door, admission: dict[str, Any]) -> None:
        """Say again and again that the seat is held; ends when it is not."""
        while True:
            with contextlib.suppress(Unreachable):
                await door.say_alive(admission)
            await asyncio.sleep(REJOIN_SECONDS[-1])
            with contextlib.suppress(Unreachable):
                admission = await door.tokens(admission["state"]["me"]["generation"])

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)


class _Alarm:
    """Sets `event` `seconds` after it is set itself, unless it is cleared before."""

    def __init__(self, event: asyncio.Event, seconds: float) -> None:
        self._event, self._seconds = event, seconds
        self._timer: asyncio.TimerHandle | None = None

    def set(self) -> None:
        self._timer = self._timer or asyncio.get_running_loop().call_later(self._seconds, self._event.set)

    def clear(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = None


def _on_stage(admission: dict[str, Any]) -> dict[str, Any]:
    """`admission`, when it lets the robot be seen."""
    if not admission["state"]["me"]["may_publish"]:
        raise Refused(403, "not_on_stage")
    return admission


async def _publish(room: rtc.Room, track: rtc.LocalTrack, source: rtc.TrackSource.ValueType) -> None:
    encoding = rtc.VideoEncoding(max_framerate=picture.FRAMES_PER_SECOND, max_bitrate=450_000)
    # One size: the picture is small as it is, and a second one would cost as much again.
    options = rtc.TrackPublishOptions(source=source, video_encoding=encoding, simulcast=False)
    await room.local_participant.publish_track(track, options)


async def _show(source: rtc.VideoSource, name: str, ended: asyncio.Event) -> None:
    drawn = picture.Picture(name)
    due = time.monotonic()
    while not ended.is_set():
        source.capture_frame(drawn.frame(datetime.now().astimezone()))
        due = max(due + 1 / picture.FRAMES_PER_SECOND, time.monotonic() - 0.5)  # after a stall no burst of old frames
        await asyncio.sleep(max(0.0, due - time.monotonic()))


async def _sound(source: rtc.AudioSource, ended: asyncio.Event) -> None:
    frame = picture.tone()
    while not ended.is_set():
        await source.capture_frame(frame)  # waits while its queue is full: that is the clock


async def _first_of(*awaitables: Awaitable[Any]) -> None:
    """Wait until one of `awaitables` ends, and end the others; a failure of that one is raised."""
    tasks = [asyncio.ensure_future(each) for each in awaitables]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
