from __future__ import annotations

from datetime import timedelta

import pytest

from estrade.base.errors import Forbidden, Invalid, NotFound
from estrade.users import actions, queries
from estrade.users.errors import AlreadyMember, InvitationForAnother, InvitationGone, LastOwner
from estrade.users.models import Membership, Organisation
from estrade.users.permissions import Permission


def test_who_creates_an_organisation_owns_it(alice):
    house = actions.create_organisation(alice, name="  The   House ", currency="EUR")

    assert house.name == "The House"
    assert house.slug == "the-house"
    assert queries.viewer_of(alice).may(Permission.MEMBERS_WRITE, house.pk)


def test_two_organisations_of_the_same_name_have_two_addresses(alice, bob):
    first = actions.create_organisation(alice, name="The House")
    second = actions.create_organisation(bob, name="The House")

    assert first.slug != second.slug
    assert second.slug.startswith("the-house-")


def test_a_name_in_letters_that_make_no_address_still_has_one(alice):
    assert actions.create_organisation(alice, name="東京").slug == "organisation"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "A", "currency": "XXX"}, "currency"),
        ({"name": "A", "contact_email": "alice"}, "contact_email"),
        ({"name": "A", "about": "x" * 4001}, "about"),
    ],
)
def test_a_field_that_is_not_as_it_should_be_is_named(alice, fields, wrong):
    with pytest.raises(Invalid) as refusal:
        actions.create_organisation(alice, **fields)

    assert [error.field for error in refusal.value.errors] == [wrong]
    assert not Organisation.objects.exists()


def test_control_characters_and_lone_surrogates_are_left_out(alice):
    assert actions.create_organisation(alice, name="The\x00 Hou\ud800se\u0007").name == "The House"


def test_mallory_sees_nothing_of_the_house(house, mallory):
    viewer = queries.viewer_of(mallory)

    with pytest.raises(NotFound):
        queries.organisation_for(viewer, house.pk)
    assert house not in queries.organisations_of(viewer)


def test_a_manager_may_not_change_who_belongs_to_the_house(house, bob):
    Membership.objects.create(organisation=house, user=bob, role="manager")

    with pytest.raises(Forbidden):
        queries.organisation_for(queries.viewer_of(bob), house.pk, Permission.MEMBERS_WRITE)


def test_an_invitation_makes_bob_a_member_once(house, alice, bob, noon):
    invitation = actions.invite(house, "BOB@example.org", "crew", alice, now=noon)

    membership = actions.accept_invitation(invitation, bob, now=noon)

    assert membership.role == "crew"
    with pytest.raises(InvitationGone):
        actions.accept_invitation(invitation, bob, now=noon)


def test_an_invitation_is_worth_nothing_to_somebody_else(house, alice, mallory, noon):
    invitation = actions.invite(house, "bob@example.org", "owner", alice, now=noon)

    with pytest.raises(InvitationForAnother):
        actions.accept_invitation(invitation, mallory, now=noon)

    assert not Membership.objects.filter(organisation=house, user=mallory).exists()


def test_an_invitation_ends_after_two_weeks(house, alice, bob, noon):
    invitation = actions.invite(house, "bob@example.org", "crew", alice, now=noon)

    with pytest.raises(InvitationGone):
        actions.accept_invitation(invitation, bob, now=noon + timedelta(days=14))


def test_a_second_invitation_ends_the_link_of_the_first(house, alice, noon):
    first = actions.invite(house, "bob@example.org", "crew", alice, now=noon)
    old_secret = queries.invitation_secret(first)

    second = actions.invite(house, "bob@example.org", "manager", alice, now=noon + timedelta(hours=1))

    assert second.pk == first.pk
    with pytest.raises(InvitationGone):
        queries.invitation_by_secret(first.pk, old_secret)
    assert queries.invitation_by_secret(second.pk, queries.invitation_secret(second)).role == "manager"


def test_a_member_is_not_invited_again(house, alice, noon):
    with pytest.raises(AlreadyMember):
        actions.invite(house, "Alice@Example.org", "crew", alice, now=noon)


@pytest.mark.parametrize(("email", "role", "wrong"), [("bob", "crew", "email"), ("bob@example.org", "king", "role")])
def test_an_invitation_needs_an_address_and_a_role(house, alice, noon, email, role, wrong):
    with pytest.raises(Invalid) as refusal:
        actions.invite(house, email, role, alice, now=noon)

    assert [error.field for error in refusal.value.errors] == [wrong]


def test_the_last_owner_can_neither_leave_nor_become_less(house, alice):
    membership = queries.members(house).get(user=alice)

    with pytest.raises(LastOwner):
        actions.remove_member(membership)
    with pytest.raises(LastOwner):
        actions.change_role(membership, "manager")


def test_one_of_two_owners_may_go(house, alice, bob):
    Membership.objects.create(organisation=house, user=bob, role="owner")

    actions.remove_member(queries.members(house).get(user=alice))

    assert [member.user for member in queries.members(house)] == [bob]
