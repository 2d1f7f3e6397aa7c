"""Where a register shows what it says of one organisation, for those registers whose addresses last."""

from __future__ import annotations

from estrade.charities.models import Register, RegisterEntry


def public_page(entry: RegisterEntry) -> str:
    """The address of the entry's own page, or nothing: the IRS and the RNA have a search, and no address for what it finds."""
    if entry.register != Register.UK_CCEW:
        return ""
    number, _, linked = entry.number.partition("-")
    return f"https://register-of-charities.charitycommission.gov.uk/charity-details/?regId={number}&subId={linked or 0}"
