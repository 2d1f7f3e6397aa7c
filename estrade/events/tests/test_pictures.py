from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from estrade.events import actions
from estrade.events.errors import PictureUnusable


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def picture(kind="JPEG", size=(640, 480), mode="RGB", colour: object = "red", **options):
    file = BytesIO()
    Image.new(mode, size, colour).save(file, kind, **options)
    return file.getvalue()


def test_a_picture_is_drawn_anew_without_what_the_camera_noted(concert, media):
    exif = Image.Exif()
    exif[0x010F] = "A camera with a secret"
    exif[0x0112] = 6  # lies on its side

    event = actions.set_picture(concert, picture(exif=exif), " Three musicians ")

    kept = media / event.picture
    with Image.open(kept) as image:
        assert (image.format, image.size) == ("WEBP", (480, 640))
    assert b"secret" not in kept.read_bytes()
    assert event.picture_alt == "Three musicians"


def test_a_large_picture_becomes_smaller(concert, media):
    event = actions.set_picture(concert, picture(size=(4000, 1000)), "")

    with Image.open(media / event.picture) as image:
        assert image.size == (1600, 400)


def test_a_transparent_picture_stays_so(concert, media):
    event = actions.set_picture(concert, picture("PNG", mode="RGBA", colour=(0, 0, 0, 0)), "")

    with Image.open(media / event.picture) as image:
        assert image.mode == "RGBA"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "unreadable"),
        (b"GIF89a", "unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "unreadable"),
        (picture("GIF"), "unreadable"),
        (picture()[:700], "unreadable"),
        (picture(size=(100, 400)), "too_small"),
        (picture("PNG", (9000, 5000), "1"), "too_large"),
        (b"\xff" * 8_000_001, "too_large"),
    ],
)
def test_what_is_no_picture_of_a_sane_size_is_refused(concert, media, data, code):
    with pytest.raises(PictureUnusable) as refusal:
        actions.set_picture(concert, data, "")

    assert [error.code for error in refusal.value.errors] == [code]
    assert not list(Path(media).rglob("*.webp"))
