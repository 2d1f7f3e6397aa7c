"""What people typed, made fit to keep: no control characters, one way to write each letter, no blank edges."""

from __future__ import annotations

import unicodedata

_ALLOWED = {"\n", "\t"}


def clean_text(text: str) -> str:
    """`text` in Unicode's composed form, line ends as newlines, without control characters, lone surrogates or blank edges."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(letter for letter in lines if letter in _ALLOWED or unicodedata.category(letter) not in {"Cc", "Cs"})
    return unicodedata.normalize("NFC", kept).strip()


def clean_line(text: str) -> str:
    """`clean_text` on one line, runs of blanks as one space."""
    return " ".join(clean_text(text).split())
