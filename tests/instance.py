"""A whole instance for tests: started by the same command as anybody's, in a folder and on ports of its own."""

from __future__ import annotations

import contextlib
import email
import email.policy
import html
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import requests

REPOSITORY = Path(__file__).resolve().parents[1]
PORTS = 16
# What the tests' own Django runs on must not leak into the instance: it makes its own.
FOREIGN = ("DATABASE_URL", "DATABASE_OWNER_URL", "DJANGO_SETTINGS_MODULE", "ESTRADE_SECRET_KEY", "INTERNAL_KEY")
FOREIGN += ("LIVEKIT_API_SECRET", "MESSAGES_TOKEN_SECRET", "MESSAGES_API_KEY", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET")


@dataclass
class RunningInstance:
    """The demo, running: its addresses, its mail, its API as the demo's host."""

    var: Path
    port: int
    facts: dict[str, Any] = field(default_factory=dict)
    cookies: set[str] = field(default_factory=set)  # that browsers were given

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def paysim_url(self) -> str:
        return f"http://localhost:{self.port + 6}"

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        return kept | {"ESTRADE_VAR": str(self.var), "ESTRADE_PORT": str(self.port)}

    def command(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "estrade", *arguments],
            cwd=REPOSITORY, env=self.environment(), check=check, capture_output=True, text=True, timeout=180,
        )  # fmt: skip

    def api(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """An operation as the demo's organisation; the answer must be a success."""
        answer = requests.request(
            method, f"{self.url}/api/v1{path}", json=body, timeout=20,
            headers={"Authorization": f"Bearer {self.facts['api_token']}", **headers},
        )  # fmt: skip
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None

    def paysim(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"http://127.0.0.1:{self.port + 6}{path}", json=body or {}, timeout=10)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def mails(self, to: str) -> list[EmailMessage]:
        """Every mail to an address, oldest first."""
        found = []
        for path in sorted((self.var / "mail").glob("*.eml"), key=lambda each: each.stat().st_mtime_ns):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if to in str(message["To"]):
                found.append(message)
        return found

    def mail(self, to: str, matching: str = "", seconds: float = 30) -> EmailMessage:
        """The latest mail to an address whose subject matches, waited for."""
        return wait_for(
            lambda: next((mail for mail in reversed(self.mails(to)) if re.search(matching, str(mail["Subject"]))), None),
            seconds,
            f"a mail to {to}",
        )


def text_of(message: EmailMessage) -> str:
    """The plain text of a mail."""
    body = message.get_body(("plain",))
    assert body is not None
    return html.unescape(body.get_content())


def links_in(message: EmailMessage, matching: str) -> list[str]:
    """The addresses in a mail's text that match."""
    return [link for link in re.findall(r"https?://\S+", text_of(message)) if re.search(matching, link)]


def wait_for(look: Callable[[], Any], seconds: float, what: str) -> Any:
    """What `look` finds, once it finds something."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    message = f"waited {seconds} s for {what}"
    raise AssertionError(message)


def free_ports() -> int:
    """The first of PORTS free ports in a row."""
    for port in range(21000, 29000, PORTS):
        with contextlib.ExitStack() as stack:
            try:
                for offset in range(PORTS):
                    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                        probe = stack.enter_context(socket.socket(socket.AF_INET, kind))
                        probe.bind(("127.0.0.1", port + offset))
            except OSError:
                continue
            return port
    raise AssertionError("no free ports")


@contextlib.contextmanager
def running_instance(var: Path) -> Iterator[RunningInstance]:
    """The demo, started and filled; stopped at the end, with its logs kept in `var`."""
    instance = RunningInstance(var, free_ports())
    try:
        for arguments in (("up", "--demo", "--detach"), ("demo",)):
            done = instance.command(*arguments, check=False)
            assert done.returncode == 0, f"estrade {' '.join(arguments)}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
        instance.facts = json.loads((var / "demo.json").read_text())
        yield instance
    finally:
        instance.command("down", check=False)
