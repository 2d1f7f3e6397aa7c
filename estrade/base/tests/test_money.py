"""Properties of Money."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estrade.base.money import Money

amounts = st.integers(min_value=-(10**12), max_value=10**12)
weights = st.lists(st.integers(0, 10_000), min_size=1, max_size=8).filter(any)


@given(amounts, weights)
def test_a_split_loses_and_invents_nothing(minor, weights):
    parts = Money(minor, "EUR").split(weights)

    assert sum(part.minor for part in parts) == minor


@given(amounts, weights)
def test_each_part_is_less_than_one_minor_unit_from_its_exact_share(minor, weights):
    parts = Money(minor, "EUR").split(weights)

    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.minor - Fraction(minor * weight, sum(weights))) < 1


@given(amounts, weights)
def test_who_is_owed_nothing_gets_nothing(minor, weights):
    parts = Money(minor, "EUR").split(weights)

    assert all(part.minor == 0 for part, weight in zip(parts, weights, strict=True) if not weight)


@given(amounts, weights)
def test_giving_back_splits_as_taking_did(minor, weights):
    assert [-part for part in Money(minor, "EUR").split(weights)] == Money(-minor, "EUR").split(weights)


def test_two_currencies_do_not_add():
    with pytest.raises(AssertionError):
        Money(1, "EUR") + Money(1, "USD")


@pytest.mark.parametrize(
    ("money", "language", "text"),
    [
        (Money(2500, "EUR"), "en", "€25.00"),
        (Money(2500, "EUR"), "fr", "25,00\u00a0€"),
        (Money(120000, "EUR"), "fr", "1\u202f200,00\u00a0€"),
        (Money(500, "JPY"), "en", "JP¥500"),
    ],
)
def test_an_amount_reads_as_people_write_it(money, language, text):
    assert money.format(language) == text
