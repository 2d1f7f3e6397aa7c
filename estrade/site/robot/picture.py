"""What the robot shows and plays: a red stage, a light that swings over it, a clock, and the note A."""

from __future__ import annotations

import math
from datetime import datetime
from functools import lru_cache

import numpy as np
from livekit import rtc
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, FRAMES_PER_SECOND = 640, 360, 24
SAMPLE_RATE, TONE_HZ, TONE_MS, LOUDNESS = 48_000, 440, 100, 6_000

Plane = NDArray[np.uint8]

# Luminance and the two colour differences of BT.601, as video carries them.
_RED, _WHITE = (82, 90, 240), (235, 128, 128)
_LIGHT_RADIUS, _LIGHT_LIFT, _SWING_S = 70, 34, 6.0


class Picture:
    """Draws one frame at a time. Only the light moves with each; the clock is drawn anew once a second."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._second = -1
        self._still = np.zeros((HEIGHT * 3 // 2, WIDTH), np.uint8)
        self._light = _light()

    def frame(self, now: datetime) -> rtc.VideoFrame:
        """The picture at `now`, with the time of day of `now`'s zone."""
        if now.second != self._second:
            self._second, self._still = now.second, self._draw(now)
        picture = self._still.copy()
        angle = 2 * math.pi * (now.timestamp() % _SWING_S) / _SWING_S
        left = round((WIDTH - 2 * _LIGHT_RADIUS) * (0.5 + 0.5 * math.sin(angle)))
        top = round(20 + 50 * abs(math.cos(angle)))
        spot = picture[top : top + 2 * _LIGHT_RADIUS, left : left + 2 * _LIGHT_RADIUS]
        np.minimum(spot, _WHITE[0] - self._light, out=spot)  # so that nothing grows lighter than white
        spot += self._light
        return rtc.VideoFrame(WIDTH, HEIGHT, rtc.VideoBufferType.I420, picture.tobytes())

    def _draw(self, now: datetime) -> Plane:
        ink = Image.new("L", (WIDTH, HEIGHT), 0)
        draw = ImageDraw.Draw(ink)
        draw.text((32, HEIGHT - 34), f"{now:%H:%M:%S}", fill=255, font=_font(84), anchor="ls")
        draw.text((WIDTH - 32, HEIGHT - 40), self._name, fill=255, font=_font(22), anchor="rs")
        draw.rectangle((32, HEIGHT - 22, WIDTH - 32, HEIGHT - 20), fill=255)
        return _i420(np.asarray(ink, np.uint16))


def tone() -> rtc.AudioFrame:
    """A tenth of a second of 440 Hz: 44 whole waves, so that played again and again it has no seam."""
    count = SAMPLE_RATE * TONE_MS // 1000
    samples = LOUDNESS * np.sin(2 * np.pi * TONE_HZ * np.arange(count) / SAMPLE_RATE)
    return rtc.AudioFrame(samples.astype(np.int16).tobytes(), SAMPLE_RATE, 1, count)


def _i420(ink: NDArray[np.uint16]) -> Plane:
    """White where `ink` is 255, red where it is 0: the luminance, then both colours at a quarter each."""
    planes = []
    for red, white, mask in zip(_RED, _WHITE, (ink, ink[::2, ::2], ink[::2, ::2]), strict=True):
        planes.append(((red * (255 - mask) + white * mask) // 255).astype(np.uint8).reshape(-1, WIDTH))
    return np.concatenate(planes)


def _light() -> Plane:
    """By how much each point of the light is lighter than the stage; its edge is soft."""
    reach = np.arange(2 * _LIGHT_RADIUS) - _LIGHT_RADIUS + 0.5
    distance = np.hypot(reach[:, None], reach[None, :])
    lift: Plane = np.clip(_LIGHT_LIFT * (1 - distance / _LIGHT_RADIUS) * 2, 0, _LIGHT_LIFT).astype(np.uint8)
    return lift


@lru_cache(maxsize=4)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
