"""Whether every text has its translation."""

from __future__ import annotations

from babel.messages.pofile import read_po

from estrade.site.supervisor.builds import REPOSITORY


def faults() -> list[str]:
    """Each text that has no translation, or one that nobody has looked at since the text changed."""
    found = []
    for path in sorted(REPOSITORY.glob("locale/*/LC_MESSAGES/*.po")):
        with path.open("rb") as file:
            catalogue = read_po(file, abort_invalid=True)
        for message in catalogue:
            texts = message.string if isinstance(message.string, tuple | list) else [message.string]
            if message.id and (message.fuzzy or not all(texts)):
                where = path.relative_to(REPOSITORY)
                found.append(f"{where}: {message.id!r} {'is to be looked at again' if message.fuzzy else 'has no translation'}.")
    return found
