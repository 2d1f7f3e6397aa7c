"""Account numbers, references, and the code for a bank's app."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estrade.base.money import Money
from estrade.payments.bank import epc, numbers
from estrade.payments.bank.queries import REFERENCE_LENGTH, order_numbers_in
from estrade.tickets.actions.orders import NUMBER_ALPHABET

order_numbers = st.text(NUMBER_ALPHABET, min_size=8, max_size=8).map(lambda text: f"{text[:4]}-{text[4:]}")


@pytest.mark.parametrize(
    "iban", ["LU280019400644750000", "FR1420041010050500013M02606", "DE89370400440532013000", "GB29NWBK60161331926819"]
)
def test_the_examples_of_the_registry_are_account_numbers(iban):
    assert numbers.is_iban(iban)


@pytest.mark.parametrize("iban", ["LU280019400644750001", "LU28001940064475000", "XX280019400644750000", "LU2800194006447500é0"])
def test_a_mistake_in_an_account_number_shows(iban):
    assert not numbers.is_iban(iban)


def test_the_example_of_the_standard_is_a_reference():
    assert numbers.is_reference("RF18539007547034")
    assert not numbers.is_reference("RF18539007547043")
    assert not numbers.is_reference("RF18")


@given(order_numbers, st.data())
def test_the_reference_of_an_order_is_found_however_it_is_written_and_never_with_a_mistake(number, data):
    reference = numbers.reference(number)
    assert len(reference) == REFERENCE_LENGTH
    assert numbers.is_reference(reference)
    written = data.draw(st.sampled_from([reference, reference.lower(), numbers.grouped(reference), f"/ROC/{reference}//URI/x"]))
    assert numbers.references_in(f"concert bob {written} merci", REFERENCE_LENGTH) == {reference}

    at = data.draw(st.integers(4, len(reference) - 1))
    same_kind = [c for c in NUMBER_ALPHABET if c.isdigit() == reference[at].isdigit() and c != reference[at]]  # what 97 promises
    other = data.draw(st.sampled_from(same_kind))
    assert numbers.references_in(reference[:at] + other + reference[at + 1 :], REFERENCE_LENGTH) == set()


def test_two_references_in_one_text_are_both_found():
    first, second = numbers.reference("K7QX-3MHD"), numbers.reference("BBBB-2222")

    assert numbers.references_in(f"{first} and {numbers.grouped(second)}", REFERENCE_LENGTH) == {first, second}


def test_an_order_number_is_found_with_and_without_its_dash():
    assert order_numbers_in("order k7qx-3mhd thanks") == {"K7QX-3MHD"}
    assert order_numbers_in("K7QX3MHD") == {"K7QX-3MHD"}
    assert order_numbers_in("HELLOWORLD 12345678 rent") == set()


def test_the_code_says_whom_how_much_and_which_reference():
    text = epc.payload("Théâtre du Port", "LU280019400644750000", "BCEELULL", Money(12_30, "EUR"), "RF18539007547034")

    assert text.split("\n") == [
        "BCD", "002", "1", "SCT", "BCEELULL", "Théâtre du Port", "LU280019400644750000", "EUR12.30", "", "RF18539007547034",
    ]  # fmt: skip
    assert "<svg" in epc.drawing(text)


def test_the_longest_code_fits():
    text = epc.payload("é" * 80, "MT84MALT011000012345MTLCAST001S", "BCEELULLXXX", Money(epc.MOST_MINOR, "EUR"), "RF" + "1" * 23)

    assert "<svg" in epc.drawing(text)


@pytest.mark.parametrize("amount", [Money(12_30, "GBP"), Money(0, "EUR"), Money(epc.MOST_MINOR + 1, "EUR"), Money(500, "JPY")])
def test_there_is_a_code_for_euro_alone(amount):
    assert epc.payload("A", "LU280019400644750000", "", amount, "RF18539007547034") is None
