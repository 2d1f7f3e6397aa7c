"""The processors there are, by the name that a payment keeps."""

from __future__ import annotations

from estrade.payments.processors import Processor, bank, stripe

_KNOWN: dict[str, Processor] = {stripe.processor.name: stripe.processor, bank.processor.name: bank.processor}


def named(name: str) -> Processor:
    """The processor that a payment says it was made with."""
    return _KNOWN[name]
