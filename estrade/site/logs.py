"""What a log may hold: no address beyond its first step, because ticket links and sign-in codes are addresses too."""

from __future__ import annotations

import logging
import re

_BEYOND_FIRST_STEP = re.compile(r"(^|\s)(/[^/\s?]*)[/?]\S+")


class FirstStepOnly(logging.Filter):
    """Shortens every path that Django wants to log; never drops a record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten, and let it pass."""
        if record.name.startswith("django.") and isinstance(record.args, tuple):
            record.args = tuple(_shortened(part) if isinstance(part, str) else part for part in record.args)
        return True


def _shortened(text: str) -> str:
    return _BEYOND_FIRST_STEP.sub(r"\1\2/…", text)
