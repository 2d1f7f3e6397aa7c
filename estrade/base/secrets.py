"""Secrets that are derived, never stored: whoever reads the database cannot make a ticket link."""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256

from django.conf import settings


def derive(purpose: str, *parts: object) -> str:
    """A 27-character key for `purpose` and `parts`, from a key outside the database. Same arguments, same key."""
    text = "\x1f".join([purpose, *map(str, parts)])
    digest = hmac.new(settings.SECRET_KEY.encode(), text.encode(), sha256).digest()
    return base64.urlsafe_b64encode(digest[:20]).decode().rstrip("=")


def matches(given: str, purpose: str, *parts: object) -> bool:
    """Whether `given` is `derive(purpose, *parts)`, in constant time."""
    return hmac.compare_digest(given.encode(), derive(purpose, *parts).encode())
