from __future__ import annotations

from datetime import timedelta

import pytest

from estrade.base.errors import Forbidden, Invalid, NotFound
from estrade.events import actions, queries
from estrade.events.errors import EventCancelled, NotReadyToPublish, SoldTermsStand
from estrade.events.models import Event
from estrade.users.models import Membership
from estrade.users.permissions import NOBODY, Permission
from estrade.users.queries import viewer_of

FIELDS = {
    "title": "High tides",
    "short_text": "A trio plays its new record.",
    "description": "One evening by the sea.",
    "category": "music",
    "kind": "stage",
}


@pytest.fixture
def draft(house, noon):
    return actions.create_event(house, noon, capacity=250, **FIELDS)


def plan(starts, **more):
    return actions.OccurrencePlan(starts=starts, length=timedelta(hours=2), time_zone="Europe/Luxembourg", **more)


def test_a_new_event_is_a_draft_in_its_organisations_currency(house, noon):
    house.currency = "CHF"
    house.save()

    event = actions.create_event(house, noon, **FIELDS)

    assert (event.status, event.currency, event.slug, event.capacity) == ("draft", "CHF", "high-tides", 100)


def test_two_events_of_the_same_title_have_two_addresses(house, noon, draft):
    assert actions.create_event(house, noon, **FIELDS).slug != draft.slug


@pytest.mark.parametrize("visibility", ["unlisted", "private"])
def test_the_address_of_an_event_that_is_not_public_cannot_be_guessed(house, noon, visibility):
    event = actions.create_event(house, noon, visibility=visibility, **FIELDS)

    assert len(event.slug) == len("high-tides-") + 12


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"short_text": "x" * 141}, "short_text"),
        ({"description": "x" * 20_001}, "description"),
        ({"category": "sports"}, "category"),
        ({"kind": "meeting"}, "kind"),
        ({"language": "tlh"}, "language"),
        ({"visibility": "secret"}, "visibility"),
        ({"currency": "XXX"}, "currency"),
        ({"tags": ["x" * 31]}, "tags"),
        ({"tags": [str(number) for number in range(9)]}, "tags"),
        ({"capacity": 0}, "capacity"),
        ({"capacity": 1001}, "capacity"),
        ({"capacity": 101, "kind": "class"}, "capacity"),
    ],
)
def test_a_field_that_is_not_as_it_should_be_is_named(house, noon, fields, wrong):
    with pytest.raises(Invalid) as refusal:
        actions.create_event(house, noon, **(FIELDS | fields))

    assert [error.field for error in refusal.value.errors] == [wrong]
    assert not Event.objects.exists()


def test_the_address_follows_the_title_until_the_event_is_published(draft, noon):
    edited = actions.edit_event(draft, title="Low tides")
    actions.add_occurrence(draft, plan(noon + timedelta(days=1)), noon)
    actions.publish(draft, noon)
    published = actions.edit_event(draft, title="No tides")

    assert (edited.slug, published.slug, published.title) == ("low-tides", "low-tides", "No tides")


def test_what_is_not_named_stays(draft):
    edited = actions.edit_event(draft, title="Low tides")

    assert (edited.short_text, edited.category, edited.version) == (FIELDS["short_text"], "music", 2)


def test_after_the_first_sale_currency_and_kind_stand(draft, noon):
    actions.note_first_sale(draft, noon)

    with pytest.raises(SoldTermsStand):
        actions.edit_event(draft, currency="CHF")
    with pytest.raises(SoldTermsStand):
        actions.edit_event(draft, kind="class")
    assert actions.edit_event(draft, title="Low tides", currency="EUR", kind="stage").title == "Low tides"


def test_a_stage_too_large_for_a_class_does_not_become_one(draft):
    with pytest.raises(Invalid) as refusal:
        actions.edit_event(draft, kind="class")

    assert [(error.field, error.code) for error in refusal.value.errors] == [("kind", "capacity")]


def test_publishing_lists_everything_that_is_missing(house, noon):
    event = actions.create_event(house, noon, title="Bare", category="talk", kind="class")

    with pytest.raises(NotReadyToPublish) as refusal:
        actions.publish(event, noon)

    assert [error.field for error in refusal.value.errors] == ["short_text", "description", "occurrences"]


def test_a_date_that_is_over_is_not_enough_to_publish(draft, noon):
    actions.add_occurrence(draft, plan(noon), noon)

    with pytest.raises(NotReadyToPublish):
        actions.publish(draft, noon + timedelta(days=1))


def test_a_draft_is_seen_by_its_organisation_alone(draft, alice, mallory):
    assert queries.visible_event(viewer_of(alice), draft.slug) == draft
    for viewer in (NOBODY, viewer_of(mallory)):
        with pytest.raises(NotFound):
            queries.visible_event(viewer, draft.slug)


def test_a_published_event_is_seen_by_everybody_and_a_cancelled_one_too(concert, noon):
    assert queries.visible_event(NOBODY, concert.slug) == concert

    actions.cancel(concert, noon)

    assert queries.visible_event(NOBODY, concert.slug).status == "cancelled"


def test_a_cancelled_event_changes_no_more(concert, noon):
    actions.cancel(concert, noon)
    actions.cancel(concert, noon)

    with pytest.raises(EventCancelled):
        actions.edit_event(concert, title="Other")
    with pytest.raises(EventCancelled):
        actions.publish(concert, noon)
    with pytest.raises(EventCancelled):
        actions.set_guests(concert, [])


def test_only_those_with_the_permission_reach_an_event(concert, bob, mallory):
    Membership.objects.create(organisation=concert.organisation, user=bob, role="crew")

    assert queries.event_for(viewer_of(bob), concert.pk, Permission.EVENTS_READ) == concert
    with pytest.raises(Forbidden):
        queries.event_for(viewer_of(bob), concert.pk, Permission.EVENTS_WRITE)
    with pytest.raises(NotFound):
        queries.event_for(viewer_of(mallory), concert.pk, Permission.EVENTS_READ)
    assert list(queries.events_of(viewer_of(mallory))) == []


def test_a_copy_is_a_draft_without_dates(concert, noon):
    copy = actions.duplicate(concert, noon)

    assert (copy.status, copy.title, copy.capacity, copy.first_sold_at) == ("draft", concert.title, 250, None)
    assert copy.slug != concert.slug
    assert queries.occurrences_of(copy) == []


def test_those_on_the_guest_list_of_a_private_event_may_buy(draft):
    actions.edit_event(draft, visibility="private")
    draft.refresh_from_db()

    kept = actions.set_guests(draft, ["Bob@Example.org", "bob@example.org ", "", "carol@example.org"])

    assert kept == ["bob@example.org", "carol@example.org"]
    assert queries.may_buy(draft, " BOB@example.org")
    assert not queries.may_buy(draft, "mallory@example.org")


def test_what_is_not_an_address_on_the_guest_list_is_named(draft):
    actions.set_guests(draft, ["bob@example.org"])

    with pytest.raises(Invalid) as refusal:
        actions.set_guests(draft, ["carol@example.org", "nobody"])

    assert "nobody" in refusal.value.errors[0].detail
    assert queries.guests(draft) == ["bob@example.org"]
