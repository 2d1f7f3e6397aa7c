"""What no log of an instance may hold, and the search for it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from tests.instance import RunningInstance, text_of

# Shorter values are words such as a language; they say nothing about anybody.
SECRET_LENGTH_MIN = 16
# How secrets look, wherever they come from: those that nobody collected are found too.
SHAPES = {
    "a token of an engine": r"eyJ[\w-]{10,}\.[\w-]{10,}",
    "a signed value": r"[\w.-]{8,}:1[A-Za-z0-9]{5}:[\w-]{27,}",
    "a link that opens something": r"/(?:t|o|c|invitations)/[0-9a-f-]{36}/[\w-]{8,}|/demo/sign-in/[\w-]{8,}",
    "an API token": r"\bestrade_[\w-]{40,}",
    "a key of the processor": r"\b(?:sk|rk)_(?:test|live)_\w{8,}|\bwhsec_\w{8,}",
    "credentials": r"(?i)\b(?:bearer|basic) [\w+/=.-]{8,}|\w+://[^\s:/@\"]+:[^\s/@\"]+@",
    "a value under a telling name": (
        r"(?i)\b(?:access_token|join_request|refresh_token|client_secret|password|passwd|sessionid|set-cookie|cookie|"
        r"authorization|api_key|x-api-key|x-internal-key)\b[\"']?\s*[=:]\s*[\"'\[]*[\w%+/-]{6,}"
    ),
}
CODE = re.compile(r"(?m)^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{2,4})\s*$")


def leaks(instance: RunningInstance, more: Iterable[str] = ()) -> list[str]:
    """Each line of a log that holds what it must not: file, line, what it is, and never the value itself."""
    known = {value: name for name, value in held_back(instance)} | dict.fromkeys(more, "something that was typed")
    exact = re.compile("|".join(re.escape(value) for value in sorted(known, key=len, reverse=True)))
    found = []
    for path in sorted((instance.var / "log").iterdir()):
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            match = exact.search(line)
            names = [known[match[0]]] if match else []
            names += [name for name, shape in SHAPES.items() if re.search(shape, line)]
            found += [f"{path.name}:{number}: {name}" for name in names]
    return found


def held_back(instance: RunningInstance) -> Iterator[tuple[str, str]]:
    """Every secret that the instance and its visitors have, with what it is."""
    for name, value in json.loads((instance.var / "secrets.json").read_text()).items():
        if name != "LIVEKIT_API_KEY":  # names who signed a token, and signs nothing
            yield name, value
    yield "the demo's API token", instance.facts["api_token"]
    for name in ("sign_in_link", "robot_crew_link"):
        yield name, _last_step(instance.facts[name])
    for value in instance.cookies:
        for part in {value, value.rpartition(":")[2]}:
            if len(part) >= SECRET_LENGTH_MIN:
                yield "a cookie", part
    yield from _in_mails(instance)


def _in_mails(instance: RunningInstance) -> Iterator[tuple[str, str]]:
    for mail in instance.mails(""):
        text = text_of(mail)
        for link in re.findall(r"https?://\S+/(?:t|o|c|invitations)/[0-9a-f-]{36}/[\w-]+", text):
            yield "the secret of a link in a mail", _last_step(link)
        for code in CODE.findall(text):
            yield "a code in a mail", code


def _last_step(link: Any) -> str:
    return str(link).rstrip("/").rpartition("/")[2]
