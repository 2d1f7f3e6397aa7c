"""The picture that other sites and messengers show beside a link to an event: 1200 by 630, as they all take it."""

from __future__ import annotations

import json
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageDraw, ImageFont, ImageOps

from estrade.events.posters import INKS

WIDTH, HEIGHT = 1200, 630
MARGIN, FLOOR = 72, 122
SIZES = range(132, 43, -8)
LINES_MAX = 4
FONT = "archivo-latin-wdth-normal.woff2"


def of_picture(path: Path) -> bytes:
    """A host's own picture, cropped, as JPEG."""
    with Image.open(path, formats=("WEBP",)) as picture:
        cropped = ImageOps.fit(picture.convert("RGB"), (WIDTH, HEIGHT))
    return _bytes(cropped, "JPEG")


@lru_cache(maxsize=256)
def of_title(title: str, category: str, when: str, who: str) -> bytes:
    """The title on the paper of its category, date and organisation on the floor, as PNG."""
    inks = INKS.get(category, INKS["talk"])
    sheet = Image.new("RGB", (WIDTH, HEIGHT), inks.paper)
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((0, HEIGHT - FLOOR, WIDTH, HEIGHT), fill=inks.type)
    draw.rectangle((MARGIN, HEIGHT - FLOOR - 14, MARGIN + 132, HEIGHT - FLOOR), fill=inks.type)
    draw.ellipse((WIDTH - 250, HEIGHT - FLOOR - 130, WIDTH - 70, HEIGHT - FLOOR + 50), fill=inks.figure)
    draw.rectangle((WIDTH - 260, HEIGHT - FLOOR, WIDTH, HEIGHT), fill=inks.type)
    if _can_write(title):
        size, lines = _fitted(title)
        draw.multiline_text((MARGIN, MARGIN - size // 8), "\n".join(lines), inks.type, _font(size, 820, 112), spacing=size // 9)
    foot = _font(34, 700, 100)
    if _can_write(when + who):
        draw.text((MARGIN, HEIGHT - FLOOR / 2), when, inks.paper, foot, anchor="lm")
        draw.text((WIDTH - MARGIN, HEIGHT - FLOOR / 2), _cut(who, foot, 480), inks.paper, foot, anchor="rm")
    return _bytes(sheet, "PNG")


def _fitted(title: str) -> tuple[int, list[str]]:
    """The largest size at which the title stands on the paper, and its lines."""
    for size in SIZES:
        font = _font(size, 820, 112)
        lines = _wrapped(title, font, WIDTH - 2 * MARGIN)
        high = len(lines) * size * 1.15
        if len(lines) <= LINES_MAX and high <= HEIGHT - FLOOR - MARGIN and max(map(font.getlength, lines)) <= WIDTH - 2 * MARGIN:
            break
    return size, lines[: LINES_MAX + 1]


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _cut(text: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    while font.getlength(text) > width:
        text = text[:-2].rstrip() + "…"
    return text


def _font(size: int, weight: int, stretch: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(str(_font_file()), size)
    font.set_variation_by_axes([weight, stretch])
    return font


@lru_cache(maxsize=1)
def _font_file() -> Path:
    static = Path(settings.STATIC_ROOT)
    built: dict[str, str] = json.loads((static / "assets.json").read_text())
    return static / built[FONT]


def _can_write(text: str) -> bool:
    """Whether the font has every letter: what it lacks would stand there as boxes."""
    font = _font(40, 600, 100)
    lacking = bytes(font.getmask("\ue000"))
    return all(letter.isspace() or bytes(font.getmask(letter)) != lacking for letter in set(text))


def _bytes(picture: Image.Image, kind: str) -> bytes:
    written = BytesIO()
    picture.save(written, kind, optimize=True)
    return written.getvalue()
