"""What a log may hold: of an address its first step alone, because ticket links and sign-in codes are addresses too."""

from __future__ import annotations

import logging
import re

_ADDRESS = re.compile(r"(?<!\S)/\S+")
# A step that is no plain word may be a link that somebody cut badly. `front` keeps to the same rule.
_FIRST_STEP = re.compile(r"/[a-z.-]{0,20}(?=[/?]|$)")


class FirstStepOnly(logging.Filter):
    """Shortens every path that Django wants to log; never drops a record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten, and let it pass."""
        if record.name.startswith("django.") and isinstance(record.args, tuple):
            record.args = tuple(_shortened(part) if isinstance(part, str) else part for part in record.args)
        return True


def _shortened(text: str) -> str:
    return _ADDRESS.sub(_first_step, text)


def _first_step(address: re.Match[str]) -> str:
    step = _FIRST_STEP.match(address[0])
    if step is None:
        return "/…"
    return step[0] if step[0] == address[0] else f"{step[0]}/…"
