"""Pages that only a demo has: its mail, and the link that signs its host in."""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import cast

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from estrade.site import demo

SHOWN_MAX = 200
SIGNED_IN_BY = "allauth.account.auth_backends.AuthenticationBackend"
_NAME = re.compile(r"\d{1,16}-[0-9a-f]{8}")
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")
_INLINE_IMAGES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
# The mail's own styles are allowed, and pictures it brings along; it loads nothing and runs nothing.
_MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data: 'self'; sandbox allow-popups; frame-ancestors 'self'"


@dataclass(frozen=True)
class Attachment:
    """A file that hangs on a mail."""

    mail: str
    number: int
    part: EmailMessage

    @property
    def name(self) -> str:
        """What it is called, in letters that every system takes."""
        return re.sub(r"[^\w.-]", "_", self.part.get_filename() or self.part.get_content_type(), flags=re.ASCII)

    @property
    def url(self) -> str:
        """Where it can be had."""
        return reverse("demo:attachment", args=[self.mail, self.number])


@dataclass(frozen=True)
class Mail:
    """One mail of the demo, as it was sent."""

    name: str
    at: datetime
    message: EmailMessage

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("demo:mail", args=[self.name])

    @property
    def to(self) -> str:
        """Whom it was delivered to."""
        return str(self.message.get("X-Delivered-To") or self.message.get("To") or "")

    @property
    def sender(self) -> str:
        """Who it says it is from."""
        return str(self.message.get("From") or "")

    @property
    def subject(self) -> str:
        """Its subject, or nothing."""
        return str(self.message.get("Subject") or "")

    @property
    def text(self) -> str:
        """The part without markup."""
        return self._content("plain")

    @property
    def html(self) -> str:
        """The part with markup, or nothing."""
        return self._content("html")

    @property
    def attachments(self) -> list[Attachment]:
        """What hangs on it, inline pictures left out."""
        parts = [part for part in self.message.iter_attachments() if part.get_content_disposition() == "attachment"]
        return [Attachment(self.name, number, part) for number, part in enumerate(parts)]

    def part(self, content_id: str) -> EmailMessage | None:
        """The picture that the markup calls cid:`content_id`."""
        for part in self.message.walk():
            if str(part.get("Content-ID", "")).strip("<>") == content_id and part.get_content_type() in _INLINE_IMAGES:
                return part
        return None

    def _content(self, kind: str) -> str:
        body = self.message.get_body((kind,))
        return str(body.get_content()) if body else ""


def mails() -> list[Mail]:
    """The mails of the demo, the newest first, at most SHOWN_MAX."""
    names = sorted((file.stem for file in _folder().glob("*.eml") if _NAME.fullmatch(file.stem)), reverse=True)
    return [mail for name in names[:SHOWN_MAX] if (mail := _mail(name))]


def _mail(name: str) -> Mail | None:
    if not _NAME.fullmatch(name):
        return None
    try:
        content = (_folder() / f"{name}.eml").read_bytes()
    except OSError:
        return None
    at = datetime.fromtimestamp(int(name.partition("-")[0]) / 1000, UTC)
    return Mail(name, at, email.message_from_bytes(content, policy=default))


def _folder() -> Path:
    return settings.VAR / "mail"


def _mail_or_404(name: str) -> Mail:
    found = _mail(name)
    if found is None:
        raise Http404
    return found


@require_GET
@never_cache
def all_mails(request: HttpRequest) -> HttpResponse:
    """Everything that the demo has sent."""
    return render(request, "demo/mails.html", {"mails": mails()})


@require_GET
@never_cache
def one_mail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail: its text with links that work, and how it looks in a mail program."""
    mail = _mail_or_404(name)
    response = render(request, "demo/mail.html", {"mail": mail, "text_html": linked(mail.text)})
    response.policy = {"frame-src": "'self'"}  # type: ignore[attr-defined]
    return response


@require_GET
@never_cache
@xframe_options_sameorigin
def mail_html(_request: HttpRequest, name: str) -> HttpResponse:
    """A mail's own markup, as a document that may do nothing."""
    mail = _mail_or_404(name)
    folder = reverse("demo:mail", args=[name])
    markup = re.sub(r"(?i)(src=[\"'])cid:", rf"\g<1>{folder}/inline/", mail.html)
    response = HttpResponse(markup.replace("<head>", '<head><base target="_blank">', 1))
    response.headers["Content-Security-Policy"] = _MAIL_POLICY
    return response


@require_GET
@never_cache
def inline_image(_request: HttpRequest, name: str, content_id: str) -> HttpResponse:
    """A picture that a mail brings along."""
    part = _mail_or_404(name).part(content_id)
    if part is None:
        raise Http404
    response = HttpResponse(cast("bytes", part.get_payload(decode=True)), content_type=part.get_content_type())
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # the document that shows it has no origin
    return response


@require_GET
@never_cache
def attachment(_request: HttpRequest, name: str, number: int) -> HttpResponse:
    """What hangs on a mail, to be kept as a file and never shown in the site's own name."""
    attached = _mail_or_404(name).attachments
    if number >= len(attached):
        raise Http404
    content = cast("bytes", attached[number].part.get_payload(decode=True))
    response = HttpResponse(content, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{attached[number].name}"'
    return response


@require_GET
@never_cache
def sign_in(request: HttpRequest, token: str) -> HttpResponse:
    """Sign the demo's host in by the link that `make demo` shows; it works once."""
    user = demo.user_of_link(token)
    if user is None:
        return render(request, "demo/sign_in_again.html", status=404)
    login(request, user, backend=SIGNED_IN_BY)
    response = redirect("events:host")
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def linked(text: str) -> SafeString:
    """`text` as HTML in which addresses on the web are links."""
    pieces, end = [], 0
    for found in _LINK.finditer(text):
        address = escape(found[0])
        pieces += [escape(text[end : found.start()]), f'<a href="{address}">{address}</a>']
        end = found.end()
    return mark_safe("".join([*pieces, escape(text[end:])]))  # noqa: S308 - every piece is escaped


urlpatterns = [
    path("mail", all_mails, name="mails"),
    path("mail/<slug:name>", one_mail, name="mail"),
    path("mail/<slug:name>/html", mail_html, name="mail_html"),
    path("mail/<slug:name>/inline/<str:content_id>", inline_image, name="inline_image"),
    path("mail/<slug:name>/attachments/<int:number>", attachment, name="attachment"),
    path("sign-in/<str:token>", sign_in, name="sign_in"),
]
