"""What can be collected in one payment. The processor says it, and is asked long before a buyer stands at its door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class Limits:
    """The least and the most that one payment in a currency can be, and what it has to be a multiple of."""

    least_minor: int
    most_minor: int
    step_minor: int = 1


def limits(currency: str) -> Limits:
    """What the instance's processor can collect in `currency` at once."""
    ask: Callable[[str], Limits] = import_string(settings.PROCESSOR_LIMITS)
    return ask(currency)
