"""What is stored sealed is opened by those who have the key, and by nobody else."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from hypothesis import given
from hypothesis import strategies as st

from estrade.base.secrets import SealBroken, seal, unseal


@given(st.text())
def test_what_was_sealed_is_opened_and_cannot_be_read_before(text):
    sealed = seal("test", text)

    assert unseal("test", sealed) == text
    assert len(text) < 4 or text not in sealed
    assert seal("test", text) != sealed


def test_it_is_opened_for_its_purpose_alone():
    with pytest.raises(SealBroken):
        unseal("another", seal("test", "text"))


def test_with_another_key_it_stays_closed(settings):
    sealed = seal("test", "text")
    settings.SECRET_KEY = "another"

    with pytest.raises(SealBroken):
        unseal("test", sealed)


@pytest.mark.parametrize("at", [12, 40, -2])
def test_a_change_is_noticed(at):
    sealed = seal("test", "text")
    other = "A" if sealed[at] != "A" else "B"

    with pytest.raises(SealBroken):
        unseal("test", sealed[:at] + other + sealed[at + 1 or None :])


def test_what_was_stored_before_there_were_seals_is_read():
    assert unseal("test", "plain") == "plain"


def test_the_key_of_an_app_is_not_in_the_database(alice):
    row = TOTP.activate(alice, "JBSWY3DPEHPK3PXP").instance
    row.refresh_from_db()

    assert "JBSWY3DPEHPK3PXP" not in str(row.data)
    assert row.data["secret"].startswith("sealed:1:")
    assert not TOTP(row).validate_code("000000x")
