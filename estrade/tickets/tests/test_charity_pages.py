from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from estrade.charities import actions, queries
from estrade.charities.importing import import_register
from estrade.charities.models import Charity
from estrade.events.models import Event, Occurrence
from estrade.tickets.models import TicketType


def read(client, name: str, *args: object, **asked: str) -> str:
    return client.get(reverse(name, args=args), asked).content.decode()


@pytest.fixture
def phare(db, noon, tmp_path) -> Charity:
    """A British charity that follows its entry."""
    path = tmp_path / "uk.json"
    path.write_text(
        '[{"registered_charity_number": 900001, "linked_charity_number": 0, "charity_name": "The Lantern Trust",'
        ' "charity_registration_status": "Registered", "charity_gift_aid": true, "charity_contact_address2": "Leeds"}]'
    )
    import_register("uk_ccew", [path], noon)
    return actions.list_from_entry("uk_ccew", "900001", "Light for all.", noon)


def test_a_charity_shows_its_register_and_the_public_events_that_give_to_it(client, charity, seat_type, concert, evening):
    Occurrence.objects.update(starts_at=timezone.now(), ends_at=timezone.now() + timedelta(hours=2))
    page = read(client, "charities:charity", charity.slug)
    assert concert.title in page
    assert charity.registration in page

    Event.objects.update(visibility="unlisted")
    assert concert.title not in read(client, "charities:charity", charity.slug)


def test_events_that_are_over_drafts_or_give_nothing_are_not_shown(client, charity, seat_type, concert):
    Occurrence.objects.update(starts_at=timezone.now(), ends_at=timezone.now() + timedelta(hours=2))
    TicketType.objects.update(retired_at=timezone.now())
    assert concert.title not in read(client, "charities:charity", charity.slug)

    TicketType.objects.update(retired_at=None)
    Event.objects.update(status="draft")
    assert concert.title not in read(client, "charities:charity", charity.slug)


def test_its_register_is_linked_where_addresses_last(client, phare):
    page = read(client, "charities:charity", phare.slug)

    assert "https://register-of-charities.charitycommission.gov.uk/charity-details/?regId=900001&amp;subId=0" in page
    assert "registered; registered for Gift Aid" in page


def test_a_suspended_charity_says_so_in_both_languages_and_takes_no_gift(client, phare, noon):
    type(phare.entry).objects.update(status="removed")
    actions.follow("uk_ccew", noon)

    assert "It can receive nothing for now" in read(client, "charities:charity", phare.slug)
    client.cookies["language"] = "fr"
    assert "radiée du registre" in read(client, "charities:charity", phare.slug)
    assert phare.name not in read(client, "charities:index")


def test_the_list_is_searched(client, phare, charity):
    assert charity.name.replace("'", "&#x27;") in read(client, "charities:index")
    found = read(client, "charities:index", q="lantrn leeds")
    assert phare.name in found
    assert charity.purpose not in found
    assert "No charity on the list is called so." in read(client, "charities:index", q="zzz\0zz")
    assert client.get(reverse("charities:charity", args=["nobody"])).status_code == 404


def test_a_host_looks_for_a_charity_keeps_what_was_typed_and_saves_nothing(client, alice, concert, phare, charity):
    client.force_login(alice)
    address = reverse("tickets:add_price", args=[concert.pk])
    typed = {"name": "Supporter", "price_kind": "fixed", "price_minor": "30", "per_order_max": "6", "charity_search": "lantrn"}

    for form in (typed | {"find": "1"}, typed):
        page = client.post(address, form).content.decode()
        assert 'value="Supporter"' in page
        assert f'value="{phare.pk}"' in page
        assert f'value="{charity.pk}"' not in page
        assert "1 charity found. Choose it below." in page
    assert not TicketType.objects.filter(name="Supporter").exists()

    chosen = typed | {"charity_searched": "lantrn", "charity_id": str(phare.pk), "share_percent": "10"}
    assert client.post(address, chosen).status_code == 302
    assert TicketType.objects.get(name="Supporter").charity == phare


def test_a_line_keeps_the_charity_that_it_names_while_another_is_looked_for(client, alice, concert, seat_type, charity, phare):
    Charity.objects.filter(pk=charity.pk).update(suspended_at=timezone.now(), suspended_because="gone")
    client.force_login(alice)
    page = client.post(
        reverse("tickets:edit_price", args=[concert.pk, seat_type.pk]), {"charity_search": "lantern", "charity_id": str(charity.pk)}
    ).content.decode()

    assert f'value="{charity.pk}" selected' in page
    assert f'value="{phare.pk}"' in page


def test_a_host_finds_an_entry_and_proposes_it(client, alice, house, phare):
    client.force_login(alice)
    address = reverse("charities:propose", args=[house.pk])
    assert "number=900001" in read(client, "charities:propose", house.pk, q="lantern")

    refused = client.post(address, {"register": "uk_ccew", "number": "900001", "purpose": ""})
    assert (refused.status_code, "The Lantern Trust" in refused.content.decode()) == (422, True)
    assert client.post(address, {"register": "uk_ccew", "number": "900001", "purpose": "Light."}).status_code == 302
    assert [proposal.purpose for proposal in queries.proposals_of(house)] == ["Light."]
    assert "Waiting for the operator" in read(client, "charities:propose", house.pk)
    assert client.post(address, {"register": "uk_ccew", "number": "1", "purpose": "Light."}).status_code == 404
