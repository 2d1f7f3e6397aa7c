"""What leaves `front`: pages, files and refusals, each with what the browser must be forbidden."""

from __future__ import annotations

import json

import pytest
import requests

from tests import policy
from tests.instance import REPOSITORY


def get(instance, path, **headers):
    return requests.get(instance.url + path, timeout=10, headers=headers, allow_redirects=False)


@pytest.mark.parametrize(
    "path",
    ["/", "/e/high-tides", "/legal/imprint", "/account/login/", "/demo/mail", "/gallery", "/nowhere", "/demo/sign-in/nobodys"],
)
def test_pages_run_no_script_but_our_files(instance, path):
    answer = get(instance, path)

    assert policy.faults(answer.headers, answer.text) == []
    assert "Server" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/internal/admit-engine", "/twirp/livekit.RoomService/ListRooms", "/static/nothing", "/media/nothing"]
)
def test_what_front_refuses_itself_is_no_document(instance, path):
    answer = get(instance, path)

    assert answer.status_code in {400, 404}
    assert not answer.headers.get("Content-Type", "").startswith("text/html")


def test_our_files_are_what_they_say_they_are(instance):
    files = json.loads((REPOSITORY / "estrade" / "static" / "assets.json").read_text()).values()

    for name in files:
        answer = get(instance, f"/static/{name}")
        assert answer.status_code == 200, name
        assert answer.headers["X-Content-Type-Options"] == "nosniff", name
        assert not answer.headers["Content-Type"].startswith("text/html"), name


@pytest.mark.parametrize("name", ["page.html", "page.svg", "script.js", "page.webp.html", "page"])
def test_what_visitors_left_is_a_picture_or_nothing(instance, name):
    folder = instance.var / "media" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("<script>alert(1)</script>")

    assert get(instance, f"/media/pictures/{name}").status_code == 404


def test_a_picture_that_is_none_stays_one_to_the_browser(instance):
    folder = instance.var / "media" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "page.webp").write_text("<script>alert(1)</script>")

    answer = get(instance, "/media/pictures/page.webp")

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")
    assert policy.faults(answer.headers, answer.text) == []
