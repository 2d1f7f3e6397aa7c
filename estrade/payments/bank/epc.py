"""The code that a bank's app scans to fill in a transfer: EPC069-12, version 2, "Quick Response Code: guidelines to enable data
capture for the initiation of a SEPA credit transfer".
"""

from __future__ import annotations

import segno
from django.utils.safestring import SafeString, mark_safe

from estrade.base.money import Money

NAME_LENGTH_MAX = 70
MOST_MINOR = 99_999_999_999  # 999 999 999.99 euro


def payload(holder: str, iban: str, bic: str, amount: Money, reference: str) -> str | None:
    """What the code says: whom, how much, which reference; None where there is no such code, for it knows the euro alone."""
    if amount.currency != "EUR" or not 0 < amount.minor <= MOST_MINOR:
        return None
    lines = ["BCD", "002", "1", "SCT", bic, holder[:NAME_LENGTH_MAX], iban, f"EUR{amount.decimal:.2f}", "", reference]
    return "\n".join(lines)


def drawing(text: str) -> SafeString:
    """The code in the page's own ink; version 13 at most and level M, as the guidelines have it."""
    drawn = segno.make(text, error="m", micro=False, boost_error=False, encoding="utf-8")
    assert int(drawn.version) <= 13, "longer than the guidelines allow"
    inline = drawn.svg_inline(border=0, omitsize=True, svgclass=None, lineclass=None, dark="#000")
    return mark_safe(inline.replace('"#000"', '"currentColor"'))  # noqa: S308 - segno's own drawing
