"""Secrets that are derived and never stored, and those that are stored sealed: who reads the database alone has neither.

The key is outside of it, in ESTRADE_SECRET_KEY.
"""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

SEALED = "sealed:1:"  # what a sealed text begins with, and how it was sealed


class SealBroken(Exception):
    """A sealed text cannot be opened: it was changed, or sealed with another ESTRADE_SECRET_KEY."""


def derive(purpose: str, *parts: object) -> str:
    """A 27-character key for `purpose` and `parts`, from a key outside the database. Same arguments, same key."""
    text = "\x1f".join([purpose, *map(str, parts)])
    digest = hmac.new(settings.SECRET_KEY.encode(), text.encode(), sha256).digest()
    return base64.urlsafe_b64encode(digest[:20]).decode().rstrip("=")


def matches(given: str, purpose: str, *parts: object) -> bool:
    """Whether `given` is `derive(purpose, *parts)`, in constant time."""
    return hmac.compare_digest(given.encode(), derive(purpose, *parts).encode())


def seal(purpose: str, text: str) -> str:
    """`text` for the database: encrypted and signed (Fernet: AES-128, HMAC-SHA256), to be opened for the same `purpose` alone."""
    return SEALED + _box(purpose).encrypt(text.encode()).decode()


def unseal(purpose: str, sealed: str) -> str:
    """What was sealed for `purpose`. A text that never was is given back as it is: it was stored before there were seals.

    Raises:
        SealBroken: it cannot be opened.
    """
    if not sealed.startswith(SEALED):
        return sealed
    try:
        return _box(purpose).decrypt(sealed.removeprefix(SEALED).encode()).decode()
    except InvalidToken as trouble:
        raise SealBroken(purpose) from trouble


def _box(purpose: str) -> Fernet:
    key = hmac.new(settings.SECRET_KEY.encode(), f"seal\x1f{purpose}".encode(), sha256).digest()
    return Fernet(base64.urlsafe_b64encode(key))
