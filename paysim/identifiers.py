"""Ids with Stripe's prefixes."""

from __future__ import annotations

import os

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def new_id(prefix: str, length: int = 24) -> str:
    """A random id nobody can guess: `prefix` and `length` letters and digits."""
    number = int.from_bytes(os.urandom(length), "big")
    letters = []
    for _ in range(length):
        number, place = divmod(number, 62)
        letters.append(ALPHABET[place])
    return prefix + "".join(letters)
