"""Amounts: how they are written, how small they may be, what the processor keeps."""

from __future__ import annotations

from typing import Final

ZERO_DECIMAL: Final = frozenset(
    "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split(),  # noqa: SIM905 -- reads better
)
# The smallest charge Stripe takes, in smallest units; fifty for a currency not named here.
MINIMUM: Final = {
    "eur": 50, "usd": 50, "chf": 50, "gbp": 30, "jpy": 50, "sek": 300, "nok": 300, "dkk": 250, "pln": 200, "czk": 1500,
}  # fmt: skip
MAXIMUM: Final = 99_999_999
SYMBOLS: Final = {"eur": "€", "usd": "$", "gbp": "£", "jpy": "¥"}


def minimum_charge(currency: str) -> int:
    """The smallest amount a card can be charged, in smallest units."""
    return MINIMUM.get(currency, 50)


def written(amount: int, currency: str, language: str = "en") -> str:
    """An amount as people write it: `€25.00` in English, `25,00 €` in French."""
    number = f"{amount:,}" if currency in ZERO_DECIMAL else f"{amount // 100:,}.{amount % 100:02}"
    symbol = SYMBOLS.get(currency)
    if language == "fr":
        number = number.replace(",", "\u202f").replace(".", ",")
        return f"{number}\u00a0{symbol or currency.upper()}"
    return f"{symbol}{number}" if symbol else f"{number}\u00a0{currency.upper()}"


def fee(amount: int, basis_points: int, fixed_minor: int) -> int:
    """What the processor keeps of `amount`: basis points rounded half up, and a fixed part."""
    return (amount * basis_points + 5_000) // 10_000 + fixed_minor
