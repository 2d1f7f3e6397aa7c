"""Account numbers and payment references. Both carry two digits by which a mistake in writing shows.

The check is that of ISO 7064, MOD 97-10: letters become numbers (A is 10), the first four characters go to the end, and the
whole leaves 1 when it is divided by 97. IBAN is ISO 13616, the creditor reference ("RF...") is ISO 11649.
"""

from __future__ import annotations

import re

# How long an account number of a country is, by the registry of ISO 13616; those of the SEPA area, where a transfer costs nothing.
IBAN_LENGTHS = {
    "AD": 24, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18,
    "FR": 27, "GB": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20,
    "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27,
    "VA": 22,
}  # fmt: skip
REFERENCE_LENGTH_MAX = 25  # ISO 11649: RF, two digits, at most 21 characters
# People and banks write it in groups, and some banks glue it to what stands before.
_REFERENCE = re.compile(r"RF ?(\d ?\d(?: ?[0-9A-Z]){1,21})")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")


def compact(text: str) -> str:
    """`text` without spaces, in capitals: as machines write numbers."""
    return "".join(text.split()).upper()


def grouped(number: str) -> str:
    """`number` in groups of four, as people read it."""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def is_iban(number: str) -> bool:
    """Whether `number` (compact) is an account number of a country we know, written without a mistake."""
    return len(number) == IBAN_LENGTHS.get(number[:2]) and number.isascii() and number.isalnum() and _remainder(number) == 1


def is_bic(code: str) -> bool:
    """Whether `code` has the form of a bank's code, ISO 9362: eight characters or eleven."""
    return _BIC.fullmatch(code) is not None


def reference(order_number: str) -> str:
    """The creditor reference of an order: RF, two digits of check, the order's number without its dash."""
    payload = order_number.replace("-", "")
    return f"RF{98 - _remainder(f'RF00{payload}'):02d}{payload}"


def is_reference(text: str) -> bool:
    """Whether `text` (compact) is a creditor reference without a mistake."""
    is_formed = text.startswith("RF") and 5 <= len(text) <= REFERENCE_LENGTH_MAX and text.isascii() and text.isalnum()
    return is_formed and text[2:4].isdigit() and _remainder(text) == 1


def references_in(text: str, length: int) -> set[str]:
    """The creditor references of `length` characters in `text`, however they are grouped there; those with a mistake left out."""
    found = set()
    capitals = re.sub(r"[^0-9A-Z ]", " ", text.upper())
    for start in re.finditer("RF", capitals):
        candidate = _REFERENCE.match(capitals, start.start())
        number = compact(candidate[0])[:length] if candidate else ""
        if len(number) == length and is_reference(number):
            found.add(number)
    return found


def _remainder(number: str) -> int:
    turned = number[4:] + number[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97
