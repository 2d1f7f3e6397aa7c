"""Finding a charity by what somebody remembers of its name and place: folded, and with a slip of the finger."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

from django.db import connection, transaction

from estrade.charities.folding import fold
from estrade.charities.models import Charity, RegisterEntry

WORDS_MAX = 8
ALIKE = 0.4  # of a word's groups of three letters, those that a name must have too
CANDIDATES_MAX = 1_000  # names that are alike and weighed; of a word that half of a register has, these are enough
ALIKE_LETTERS = 0.75

_ALIKE = """
SELECT id FROM (SELECT id, searched FROM charities_registerentry WHERE {each} LIMIT {most}) AS alike
ORDER BY word_similarity(%s, searched) DESC, searched, id LIMIT %s
"""


def words_of(text: str) -> list[str]:
    """The words that are searched, each once; very short ones only where there are no others."""
    words = list(dict.fromkeys(fold(text[:200]).split()))
    return ([word for word in words if len(word) > 2] or words)[:WORDS_MAX]


def among(charities: Iterable[Charity], text: str) -> list[Charity]:
    """Those of the operator's list with every word of `text` in name or place, or a word like it."""
    words = words_of(text)
    return [charity for charity in charities if all(_is_in(word, _said(charity)) for word in words)]


def _said(charity: Charity) -> str:
    return fold(f"{charity.name} {charity.entry.place if charity.entry else ''} {charity.registration}")


def _is_in(word: str, said: str) -> bool:
    return word in said or (
        len(word) > 3 and any(SequenceMatcher(None, word, other).ratio() >= ALIKE_LETTERS for other in said.split())
    )


def entries(text: str, country: str, after: RegisterEntry | None, limit: int) -> list[RegisterEntry]:
    """Entries of all registers with every word of `text` in name or place, by name; where there is none, those most like it."""
    words = words_of(text)
    if not words:
        return []
    found = RegisterEntry.objects.order_by("searched", "id")
    for word in words:
        found = found.filter(searched__contains=word)
    if country:
        found = found.filter(country=country)
    if after:
        found = found.extra(where=["(searched, id) > (%s, %s)"], params=[after.searched, after.pk])
    return list(found[:limit]) or ([] if after else _alike(words, country, limit))


@transaction.atomic
def _alike(words: list[str], country: str, limit: int) -> list[RegisterEntry]:
    words = [word for word in words if len(word) > 2]
    if not words:
        return []
    each = " AND ".join(["searched %%> %s"] * len(words) + ["country = %s"] * bool(country))
    sql = _ALIKE.format(each=each, most=CANDIDATES_MAX)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(ALIKE)])
        cursor.execute(sql, [*words, *([country] if country else []), " ".join(words), limit])
        order = [key for (key,) in cursor.fetchall()]
    kept = RegisterEntry.objects.in_bulk(order)
    return [kept[key] for key in order]
