"""What stands in the foot of a demo: honest texts of an operator that there is not, in Markdown and in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext


def legal(name: str) -> str:
    """The demo's imprint, terms or privacy notice, by `name`."""
    return "\n\n".join({"imprint": _imprint, "terms": _terms, "privacy": _privacy}[name]())


def _imprint() -> list[str]:
    return [
        gettext(
            "This is a demo of Estrade, on the machine of whoever started it. No company runs it, no card is charged, and no mail "
            "leaves the machine."
        ),
        gettext("Les Marées, their artists and the charities are made up."),
        gettext(
            "An instance that sells places names here who runs it, with address, e-mail and register, as the law of its country "
            "asks."
        ),
    ]


def _terms() -> list[str]:
    return [
        gettext("Nothing is sold here. Payments go to a simulator that looks like the page of a processor and moves no money."),
        gettext(
            "What the software does holds for the demo too: when an event is cancelled, everybody gets everything back; when a "
            "date is moved, buyers may give their places back for a while; a ticket is one seat, on one device at a time."
        ),
        gettext("An instance that sells places says here what buyers agree to, and with whom."),
    ]


def _privacy() -> list[str]:
    return [
        gettext(
            "What you type stays on this machine, in the demo’s folder `var/`. Pages load nothing from elsewhere, and nobody is "
            "followed or counted. Picture and sound pass through this machine and are not recorded."
        ),
        gettext(
            "Cookies are kept for whoever signs in, for each ticket link that is opened, for telling one device from another in a "
            "room, and for the language and the theme you choose. No other site reads them."
        ),
        gettext("All mail of the demo can be read on one page by everybody who finds it: type an address that is nobody’s."),
        gettext("To forget everything, stop the demo and delete that folder."),
    ]
