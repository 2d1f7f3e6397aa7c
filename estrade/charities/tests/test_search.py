from __future__ import annotations

from datetime import timedelta

import pytest

from estrade.base.errors import Invalid, NotFound
from estrade.charities import actions, queries
from estrade.charities.errors import EntryNotInForce, TooManyProposals
from estrade.charities.importing import import_register

ROWS = """number,name,country,place,status
F1,L'Œuvre de la Lanterne,FR,Saint-Malo,
F2,Lanterne magique,FR,Lyon,
F3,Les Abeilles solidaires,FR,Lyon,
F4,Straßenhilfe e. V.,DE,Köln,
F5,Ancienne Lanterne,FR,Metz,dissolved
"""


@pytest.fixture
def registers(db, noon, tmp_path):
    (tmp_path / "plain.csv").write_text(ROWS)
    return import_register("plain", [tmp_path / "plain.csv"], noon)


def names(text: str, **how) -> list[str]:
    return [entry.name for entry in queries.found_entries(text, **how)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lanterne saint malo", ["L'Œuvre de la Lanterne"]),
        ("OEUVRE", ["L'Œuvre de la Lanterne"]),
        ("strassenhilfe koln", ["Straßenhilfe e. V."]),
        ("abeiles", ["Les Abeilles solidaires"]),
        ("lantrene magiqe", ["Lanterne magique"]),
        ("  ", []),
        ("%_'\"\\", []),
        ("zzzzzz", []),
    ],
)
def test_an_entry_is_found_by_what_one_remembers_of_it(registers, text, expected):
    assert names(text) == expected


def test_entries_come_by_name_page_after_page_and_from_one_country(registers):
    first = queries.found_entries("lanterne", limit=2)
    rest = queries.found_entries("lanterne", after=first[-1].pk, limit=2)

    assert [entry.name for entry in [*first, *rest]] == ["Ancienne Lanterne", "L'Œuvre de la Lanterne", "Lanterne magique"]
    assert queries.found_entries("lanterne", after=rest[-1].pk) == []
    assert names("lanterne", country="DE") == names("lantrene", country="DE") == []


def test_the_list_is_searched_by_name_place_and_number(registers, charity, noon):
    listed = actions.list_from_entry("plain", "FR F1", "Light.", noon)

    assert queries.found("lantrene malo") == queries.found("FR F1") == [listed]
    assert queries.found("attache") == queries.found("", country="LU") == [charity]
    assert queries.found("nobody") == []


def test_the_api_finds_charities_page_by_page_for_anybody(client, registers, charity, noon):
    actions.list_from_entry("plain", "FR F1", "Light.", noon)

    first = client.get("/api/v1/charities?limit=1").json()
    second = client.get(f"/api/v1/charities?limit=1&cursor={first['next_cursor']}").json()
    assert [page["items"][0]["name"] for page in (first, second)] == ["L'Œuvre de la Lanterne", "Port d'attache"]
    assert second["next_cursor"] is None
    assert client.get("/api/v1/charities?search=atache&country=lu").json()["items"][0]["registration"] == "F1234"


def test_hosts_find_entries_by_the_api_page_by_page(client, registers, alice, house):
    client.force_login(alice)

    first = client.get("/api/v1/register-entries?search=lanterne&limit=2").json()
    rest = client.get(f"/api/v1/register-entries?search=lanterne&cursor={first['next_cursor']}").json()
    assert [item["number"] for item in first["items"] + rest["items"]] == ["FR F5", "FR F1", "FR F2"]
    assert (first["items"][0]["status"], rest["next_cursor"]) == ("dissolved", None)


def test_a_proposal_waits_is_accepted_once_and_lists_the_charity(registers, house, noon):
    actions.propose(house, "plain", "FR F1", "Light.", noon)
    proposal = actions.propose(house, "plain", "FR F1", "Light for all.", noon, "https://example.org")
    assert queries.open_proposals() == [proposal]

    decided = actions.decide(proposal.pk, noon, accepted=True)
    assert [each.purpose for each in queries.listed()] == ["Light for all."]
    assert (queries.open_proposals(), decided.charity) == ([], queries.listed()[0])
    with pytest.raises(NotFound):
        actions.decide(proposal.pk, noon, accepted=False)


def test_a_declined_proposal_lists_nobody_and_may_be_made_again(registers, house, noon):
    proposal = actions.propose(house, "plain", "FR F1", "Light.", noon)
    actions.decide(proposal.pk, noon, accepted=False)

    assert queries.listed() == []
    again = actions.propose(house, "plain", "FR F1", "Light, truly.", noon + timedelta(days=1))
    assert (again.pk, queries.open_proposals()) == (proposal.pk, [proposal])


def test_what_cannot_be_proposed_is_refused(registers, house, noon, monkeypatch):
    with pytest.raises(EntryNotInForce):
        actions.propose(house, "plain", "FR F5", "Gone.", noon)
    with pytest.raises(NotFound):
        actions.propose(house, "plain", "FR F99", "None.", noon)
    with pytest.raises(Invalid) as refusal:
        actions.propose(house, "plain", "FR F1", " ", noon, "javascript:alert(1)")
    assert [error.field for error in refusal.value.errors] == ["purpose", "website"]
    monkeypatch.setattr(actions, "PROPOSALS_MAX", 1)
    actions.propose(house, "plain", "FR F1", "Light.", noon)
    with pytest.raises(TooManyProposals):
        actions.propose(house, "plain", "FR F2", "Magic.", noon)
