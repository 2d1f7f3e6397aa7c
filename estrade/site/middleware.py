"""Headers that every answer carries."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseForbidden

GetResponse = Callable[[HttpRequest], HttpResponseBase]

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "media-src": "'self' blob:",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "manifest-src": "'self'",
}
PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()"


def security_headers(get_response: GetResponse) -> GetResponse:
    """A policy without inline script; a page that needs more says so in `response.policy` or `response.permissions`."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        policy = POLICY | getattr(response, "policy", {})
        response.headers.setdefault("Content-Security-Policy", "; ".join(f"{name} {value}" for name, value in policy.items()))
        response.headers.setdefault("Permissions-Policy", getattr(response, "permissions", PERMISSIONS))
        if settings.IS_HTTPS:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response

    return middleware


def same_origin(get_response: GetResponse) -> GetResponse:
    """Refuse writes that another site makes a visitor's browser send (CSRF), by the headers that browsers add themselves.

    `Sec-Fetch-Site` and `Origin` cannot be set by a page. A request with neither comes from no browser and carries no
    visitor's cookies. Pages need no token, so they can be kept; see docs/decisions/0003.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.method in {"GET", "HEAD", "OPTIONS"} or _is_ours(request):
            return get_response(request)
        return HttpResponseForbidden("This request came from another site.", content_type="text/plain")

    return middleware


def _is_ours(request: HttpRequest) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.get_host()
