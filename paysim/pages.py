"""The hosted payment page: what the buyer sees and presses. Plain HTML, no script."""

from __future__ import annotations

import string
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, quote, urlsplit

from paysim import actions, money
from paysim.errors import NotPossible
from paysim.records import CheckoutSession, PaymentIntent
from paysim.server import Request, Response
from paysim.words import WORDS, language_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from paysim.config import Config
    from paysim.store import Draft, Store

STYLE: Final = (Path(__file__).parent / "style.css").read_bytes()
REFRESH_S: Final = 2
ASCII: Final = string.printable


class Pages:
    """Answers under /pay."""

    def __init__(self, store: Store, config: Config) -> None:
        """Show the sessions of `store`."""
        self._store = store
        self._config = config

    def handle(self, request: Request) -> Response:
        """The page of a session, or where to go on."""
        if request.path == "/pay/style.css":
            return Response(200, STYLE, "text/css; charset=utf-8", {"Cache-Control": "public, max-age=3600"})
        self._store.settle_due()
        session = self._store.table(CheckoutSession).get(request.path.removeprefix("/pay/"))
        page = Page(session, self._intent(session), self._config, request)
        if session is None:
            return page.message(404, "missing")
        if request.method == "POST":
            return self._choose(session, request, page)
        if request.method in ("GET", "HEAD"):
            return page.current()
        return Response(405, b"", "text/plain", {"Allow": "GET, HEAD, POST"})

    def _intent(self, session: CheckoutSession | None) -> PaymentIntent | None:
        known = session.payment_intent if session else None
        return self._store.table(PaymentIntent).get(known) if known else None

    def _choose(self, session: CheckoutSession, request: Request, page: Page) -> Response:
        choice = parse_qs(request.body.decode("utf-8", "replace")).get("choice", [""])[0]
        if choice == "cancel":
            return page.redirect(session.cancel_url or page.address)
        work = self._choices().get(choice)
        if work is None:
            return page.current()

        def perform(draft: Draft) -> CheckoutSession:
            current = draft.get(CheckoutSession, session.id)
            intent = draft.find(PaymentIntent, current.payment_intent)
            if intent and intent.status == "processing":  # a second press, or another tab
                return current
            return work(draft, current)

        try:
            session = self._store.change(perform)
        except NotPossible:
            # Pressed twice, or too late: show what became of it.
            session = self._store.table(CheckoutSession).get(session.id) or session
            return page.redirect(page.success_url if session.status == "complete" else page.address)
        is_done = session.status == "complete" or choice == "never"
        return page.redirect(page.success_url if is_done else page.address)

    def _choices(self) -> dict[str, Callable[[Draft, CheckoutSession], CheckoutSession]]:
        config = self._config
        return {
            "approve": lambda draft, session: actions.approve(draft, session, config),
            "decline": actions.decline,
            "authenticate": actions.ask_authentication,
            "fail": actions.fail_authentication,
            "slow": lambda draft, session: actions.wait_for_bank(draft, session, draft.now + config.slow_s),
            "never": lambda draft, session: actions.wait_for_bank(draft, session, None),
        }


class Page:
    """One page in the reader's language."""

    def __init__(
        self,
        session: CheckoutSession | None,
        intent: PaymentIntent | None,
        config: Config,
        request: Request,
    ) -> None:
        """Show `session` and what became of its payment."""
        self._session = session
        self._intent = intent
        self._config = config
        self._language = language_of(session.locale if session else None, request.headers.get("accept-language", ""))
        self._words = WORDS[self._language]
        self.address = request.path

    @property
    def success_url(self) -> str:
        """Where the merchant wants the buyer afterwards."""
        assert self._session is not None
        return self._session.success_url.replace("{CHECKOUT_SESSION_ID}", self._session.id)

    def redirect(self, address: str) -> Response:
        """Go on elsewhere by GET."""
        return Response(303, b"", "text/plain", {"Location": quote(address, safe=ASCII), **self._security()})

    def current(self) -> Response:
        """The page that fits the state of the session."""
        session, intent = self._session, self._intent
        assert session is not None
        if session.status == "expired":
            return self.message(410, "expired")
        waits = intent is not None and intent.status == "processing"
        if session.status == "complete":
            return self.redirect(self.success_url)
        if intent and waits and intent.settles_at is not None:
            return self.message(200, "waiting", headers={"Refresh": str(REFRESH_S)})
        if waits:
            return self.message(200, "waiting", more="pending_more")
        if intent and intent.status == "requires_action":
            return self._authentication()
        return self._payment()

    def message(
        self,
        status: int,
        word: str,
        *,
        more: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Response:
        """A page that says one thing and the way out."""
        body = f'<section class="card" role="status"><h1>{self._word(word)}</h1><p>{self._word(more or word + "_more")}</p>'
        if self._session:
            way_out = self.success_url if word != "expired" else self._session.cancel_url or self.success_url
            body += f'<p><a class="button quiet" href="{escape(way_out)}">{self._word("back")}</a></p>'
        return self._document(status, word, body + "</section>", headers)

    def _payment(self) -> Response:
        body = f'{self._failure()}<div class="columns"><section class="card" aria-labelledby="order">{self._order()}</section>'
        body += '<section class="card" aria-labelledby="choice">'
        body += f'<h2 id="choice">{self._word("what_happens")}</h2><form method="post" action="{self.address}">'
        body += f'<button class="button" name="choice" value="approve">{self._word("approve")}</button>'
        for choice in ("decline", "authenticate", "slow", "never"):
            body += (
                f'<button class="button quiet" name="choice" value="{choice}" aria-describedby="{choice}-hint">'
                f'{self._word(choice)}</button><p class="hint" id="{choice}-hint">{self._word(choice + "_hint")}</p>'
            )
        if self._session and self._session.cancel_url:
            body += f'<button class="link" name="choice" value="cancel">{self._word("cancel")}</button>'
        return self._document(200, "title", body + "</form></section></div>")

    def _authentication(self) -> Response:
        body = f'<section class="card"><h1>{self._word("bank")}</h1><p>{self._word("bank_more")}</p>'
        body += f'<form method="post" action="{self.address}">'
        body += f'<button class="button" name="choice" value="approve">{self._word("confirm")}</button>'
        body += f'<button class="button quiet" name="choice" value="fail">{self._word("fail")}</button>'
        return self._document(200, "bank", body + "</form></section>")

    def _failure(self) -> str:
        error = self._intent.last_payment_error if self._intent else None
        if not error:
            return ""
        word = "not_authenticated" if error["code"] == "payment_intent_authentication_failure" else "declined"
        return f'<p class="failure" role="alert"><strong>{self._word(word)}</strong> {self._word("declined_more")}</p>'

    def _order(self) -> str:
        session = self._session
        assert session is not None
        rows = ""
        for item in session.line_items:
            detail = f'<span class="hint">{escape(item["description"])}</span>' if item["description"] else ""
            many = self._words["quantity"].format(quantity=item["quantity"], price=self._amount(item["unit_amount"]))
            rows += (
                f'<li><span class="name">{escape(item["name"])}{detail}<span class="hint">{escape(many)}</span></span>'
                f'<span class="money">{self._amount(item["unit_amount"] * item["quantity"])}</span></li>'
            )
        email = f'<p class="hint">{self._word("email")}</p>' if session.customer_email else ""
        return (
            f'<h1 id="order">{self._word("your_order")}</h1><p class="amount money">{self._amount(session.amount_total)}</p>'
            f'<ul>{rows}<li class="total"><span>{self._word("total")}</span>'
            f'<span class="money">{self._amount(session.amount_total)}</span></li></ul>{email}'
        )

    def _amount(self, amount: int) -> str:
        assert self._session is not None
        return money.written(amount, self._session.currency, self._language)

    def _word(self, word: str) -> str:
        session = self._session
        facts = {
            "amount": self._amount(session.amount_total) if session else "",
            "email": session.customer_email if session else "",
            "seconds": f"{self._config.slow_s:g}",
        }
        text = self._words[word]
        return escape(text.format(**facts) if "{" in text else text)

    def _document(self, status: int, title: str, body: str, headers: dict[str, str] | None = None) -> Response:
        document = (
            f'<!doctype html><html lang="{self._language}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
            f'<meta name="color-scheme" content="light dark"><title>{self._word(title)} · paysim</title>'
            '<link rel="stylesheet" href="/pay/style.css"><link rel="icon" href="data:,"></head><body>'
            f'<header class="banner"><p><strong>{self._word("simulator")}</strong> {self._word("simulator_more")}</p>'
            f"</header><main>{body}</main></body></html>"
        )
        return Response(status, document.encode(), "text/html; charset=utf-8", {**self._security(), **(headers or {})})

    def _security(self) -> dict[str, str]:
        # Browsers hold the redirect that answers a form to form-action too, so the merchant's origins are named.
        session = self._session
        given = (session.success_url, session.cancel_url) if session else ()
        origins = {f"{parts.scheme}://{parts.netloc}" for address in given if address and (parts := urlsplit(address))}
        allowed = " ".join(["'self'", *sorted(origins)])
        return {
            "Content-Security-Policy": (
                f"default-src 'none'; style-src 'self'; img-src data:; form-action {allowed}; base-uri 'none'; "
                "frame-ancestors 'none'"
            ),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
