"""What every answer must forbid the browser, whatever the page."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser

DATA = {"application/json", "application/ld+json"}  # nobody runs these
DEVICES = ("camera", "microphone")


def faults(headers: Mapping[str, str], body: str, *, may_use_devices: bool = False) -> list[str]:
    """What is wrong with an answer, a line each."""
    return [*_of_headers(headers, may_use_devices), *(_of_document(body) if _is_document(headers) else [])]


def _of_headers(headers: Mapping[str, str], may_use_devices: bool) -> list[str]:
    policy = directives(headers.get("Content-Security-Policy", ""))
    scripts = policy.get("script-src", policy.get("default-src", ["*"]))
    found = [f"script-src allows {source}" for source in scripts if source not in {"'self'", "'none'"}]
    found += [f"{name} allows {policy.get(name)}" for name in ("base-uri", "frame-ancestors") if _is_document(headers)
              and "sandbox" not in policy and policy.get(name) != ["'none'"]]  # fmt: skip
    if headers.get("X-Content-Type-Options") != "nosniff":
        found.append("the browser may guess what it is")
    if _is_document(headers):
        permissions = headers.get("Permissions-Policy", "")
        for device in DEVICES:
            is_asked_for = f"{device}=()" not in permissions.replace(" ", "").split(",")
            if is_asked_for and "sandbox" not in policy and not may_use_devices:
                found.append(f"it may ask for {device}")
            if may_use_devices and f"{device}=(self)" not in permissions:
                found.append(f"it may not ask for {device}")
    return found


def directives(policy: str) -> dict[str, list[str]]:
    """A Content-Security-Policy by its parts."""
    return {name: sources for name, *sources in (part.split() for part in policy.split(";") if part.strip())}


def _is_document(headers: Mapping[str, str]) -> bool:
    return headers.get("Content-Type", "").startswith("text/html")


def _of_document(body: str) -> list[str]:
    reader = _Reader()
    reader.feed(body)
    return reader.found


class _Reader(HTMLParser):
    """Collects what a policy without inline script would stop, and what it would have to allow."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "script" and given.get("type") not in DATA and not given.get("src", "").startswith("/static/"):
            self.found.append(f"a script that is not one of ours: {given}")
        self.found += [f"<{tag} {name}>" for name in given if name.startswith("on")]
        self.found += [
            f"<{tag} {name}={value}>" for name, value in given.items() if value.strip().lower().startswith("javascript:")
        ]
        if tag in {"object", "embed", "applet"}:
            self.found.append(f"<{tag}>")
