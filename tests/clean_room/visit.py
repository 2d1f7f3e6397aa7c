"""A visitor of the demo without a browser: buys a ticket, pays, follows the ticket link, finds the mail. Standard library only."""

from __future__ import annotations

import json
import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from pathlib import Path

NAME, EMAIL = "Carol Neumann", "carol@example.org"
PATIENCE_SECONDS = 30.0


@dataclass
class Form:
    """A form of a page and what it would send."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Forms(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given.get("action", "")))
        elif self.found and tag == "button" and given.get("name"):
            self.found[-1].buttons.append((given["name"], given.get("value", "")))
        elif self.found and tag in {"input", "textarea", "select"} and given.get("name"):
            is_off = given.get("type") in {"checkbox", "radio"} and "checked" not in given and "required" not in given
            if not is_off:
                self.found[-1].fields[given["name"]] = given.get("value", "")


class Visitor:
    """Follows links and sends forms, with the cookies that it was given."""

    def __init__(self) -> None:
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)
        self.address = ""
        self.page = ""

    def open(self, address: str, sent: dict[str, str] | None = None) -> None:
        """Go to `address`, sending a form if there is one."""
        data = urllib.parse.urlencode(sent).encode() if sent is not None else None
        headers = {"Accept": "text/html", "Accept-Language": "en"}
        if self.address and data is not None:
            at = urllib.parse.urlsplit(self.address)
            headers |= {"Origin": f"{at.scheme}://{at.netloc}", "Referer": self.address}
        request = urllib.request.Request(urllib.parse.urljoin(self.address, address), data, headers)
        try:
            with self._opener.open(request, timeout=20) as response:
                self.address, self.page = response.url, response.read().decode()
        except urllib.error.HTTPError as error:
            raise SystemExit(f"visit: {request.full_url} answered {error.code}: {_text(error.read().decode())[:400]}") from error

    def send(self, wanted: str, **values: str) -> None:
        """Send the form that has the field `wanted`, or a button of that value, which is then pressed."""
        forms = Forms()
        forms.feed(self.page)
        for form in forms.found:
            pressed = [button for button in form.buttons if button[1] == wanted]
            if wanted in form.fields or pressed:
                self.open(form.action or self.address, form.fields | values | dict(pressed))
                return
        raise SystemExit(f"visit: no form with {wanted} at {self.address}: {_text(self.page)[:400]}")


def main() -> int:
    """Buy, pay, hold the ticket, have the mail; says how long that took."""
    began_at = time.monotonic()
    demo = json.loads((Path(os.environ.get("ESTRADE_VAR") or "var") / "demo.json").read_text())
    visitor = Visitor()
    visitor.open(demo["event_url"])
    quantity = f"quantity-{demo['ticket_types']['Full price']}"
    visitor.send(quantity, **{quantity: "1"})
    visitor.send("email", name=NAME, email=EMAIL)
    visitor.send("approve")  # the simulator's page
    ticket = _found(r'href="(/tickets/[0-9a-f-]+)"', visitor)
    visitor.open(ticket)
    _found(NAME, visitor)
    _find_mail(visitor, demo["mail_page"])
    print(f"A ticket was bought and paid, and its mail arrived, in {time.monotonic() - began_at:.1f} s.")
    return 0


def _find_mail(visitor: Visitor, page: str) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while True:
        visitor.open(page)
        if EMAIL in visitor.page:
            return
        if time.monotonic() > give_up_at:
            raise SystemExit(f"visit: no mail to {EMAIL} after {PATIENCE_SECONDS:.0f} s.")
        time.sleep(0.3)


def _found(pattern: str, visitor: Visitor) -> str:
    match = re.search(pattern, visitor.page)
    if match is None:
        raise SystemExit(f"visit: {pattern} is not at {visitor.address}: {_text(visitor.page)[:400]}")
    return match[match.lastindex or 0]


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<(style|script|svg).*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)).strip()


if __name__ == "__main__":
    sys.exit(main())
