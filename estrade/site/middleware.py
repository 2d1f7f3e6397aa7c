"""Headers that every answer carries."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

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
