"""Pictures that hosts upload: read with suspicion, drawn anew, kept under a random name."""

from __future__ import annotations

import secrets
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext
from PIL import Image, ImageOps

from estrade.base.errors import FieldError
from estrade.events.errors import PictureUnusable

BYTES_MAX = 8_000_000
PIXELS_MAX = 40_000_000
SIDE_MIN = 200
WIDTH_MAX, HEIGHT_MAX = 1_600, 2_000
FOLDER = "pictures"


def keep(data: bytes) -> str:
    """Write `data` as WebP under media and return its path there.

    Raises:
        PictureUnusable: not a JPEG, PNG or WebP picture, too many bytes or pixels, or too small to show.
    """
    if len(data) > BYTES_MAX:
        raise _unusable("too_large", gettext("A picture has at most 8 MB."))
    image = _drawn_anew(data)
    name = f"{FOLDER}/{secrets.token_hex(12)}.webp"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        image.save(file, "WEBP", quality=82, method=4)
    return name


def _drawn_anew(data: bytes) -> Image.Image:
    try:
        with Image.open(BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as image:
            width, height = image.size
            # Known from the header: nothing has been unpacked yet, so a bomb does not go off.
            _check_size(width, height)
            image.draft("RGB", (WIDTH_MAX, HEIGHT_MAX))
            upright = ImageOps.exif_transpose(image)
            plain = upright.convert("RGBA" if "A" in upright.getbands() or "transparency" in upright.info else "RGB")
    except PictureUnusable:
        raise
    except Exception:  # noqa: BLE001 - decoders fail in a hundred ways, all of which mean the same to a host
        raise _unusable("unreadable", gettext("This is not a JPEG, PNG or WebP picture.")) from None
    plain.thumbnail((WIDTH_MAX, HEIGHT_MAX))
    copy = Image.new(plain.mode, plain.size)  # without EXIF, colour profile and comments
    copy.paste(plain)
    return copy


def _check_size(width: int, height: int) -> None:
    if width * height > PIXELS_MAX:
        raise _unusable("too_large", gettext("A picture has at most 40 million pixels."))
    if min(width, height) < SIDE_MIN:
        raise _unusable("too_small", gettext("A picture is at least 200 pixels wide and high."))


def _unusable(code: str, detail: str) -> PictureUnusable:
    return PictureUnusable([FieldError("picture", code, detail)])
