"""Amounts of money in whole minor units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import format_currency

# Digits after the point, ISO 4217. A currency that is not here is not sold in.
EXPONENTS = {"EUR": 2, "USD": 2, "GBP": 2, "CHF": 2, "CAD": 2, "DKK": 2, "SEK": 2, "NOK": 2, "PLN": 2, "CZK": 2, "JPY": 0, "TND": 3}


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """A whole number of `currency`'s smallest unit. Adding two currencies is an error, never a conversion."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        assert self.currency in EXPONENTS, f"unknown currency {self.currency!r}"

    def __add__(self, other: Money) -> Money:
        assert self.currency == other.currency, "two currencies do not add"
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        assert self.currency == other.currency, "two currencies do not subtract"
        return Money(self.minor - other.minor, self.currency)

    def __mul__(self, times: int) -> Money:
        return Money(self.minor * times, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Divide into parts proportional to `weights` by largest remainder; the parts always add up to the whole.

        Of equal remainders the earlier part is served first. A weight of 0 gets nothing.

        Raises:
            ValueError: no weight is positive, or one is negative.
        """
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise ValueError("weights must be at least 0, and one of them more")
        sign, amount = (-1, -self.minor) if self.minor < 0 else (1, self.minor)
        shares = [divmod(amount * weight, total) for weight in weights]
        left = amount - sum(whole for whole, _ in shares)
        by_remainder = sorted(range(len(weights)), key=lambda index: -shares[index][1])
        lucky = set(by_remainder[:left])
        return [Money(sign * (whole + (index in lucky)), self.currency) for index, (whole, _) in enumerate(shares)]

    def portion(self, basis_points: int) -> Money:
        """`basis_points` ten-thousandths of this amount, by the same rule as `split`."""
        return self.split([basis_points, 10_000 - basis_points])[0]

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-EXPONENTS[self.currency])

    @classmethod
    def from_decimal(cls, amount: Decimal, currency: str) -> Money:
        """The nearest whole number of minor units to `amount` major units, half away from zero."""
        minor = amount.scaleb(EXPONENTS[currency]).to_integral_value(rounding=ROUND_HALF_UP)
        return cls(int(minor), currency)

    def format(self, language: str) -> str:
        """As people of `language` ('en', 'fr') write it: €25.00, 25,00 €."""
        locale = "en_GB" if language == "en" else language.replace("-", "_")
        return format_currency(self.decimal, self.currency, locale=locale)

    def __str__(self) -> str:
        return f"{self.decimal} {self.currency}"
