from __future__ import annotations

import re

import pytest
from django.core import mail
from django.core.cache import cache
from procrastinate.contrib.django.models import ProcrastinateJob

from estrade.users import actions, queries, tasks
from estrade.users.models import ApiToken, Invitation, Mail, Membership, Organisation, User


@pytest.fixture
def as_alice(client, alice, house):
    client.force_login(alice)
    return client


def run_mail_jobs():
    for job in ProcrastinateJob.objects.filter(task_name__startswith="users.", status="todo").order_by("id"):
        getattr(tasks, job.task_name.split(".")[1])(**job.args)
    for job in ProcrastinateJob.objects.filter(task_name="users.send_mail").order_by("id"):
        tasks.send_mail(**job.args)


def test_somebody_signs_up_with_a_code_from_a_mail(client, db):
    client.post("/account/signup/", {"name": "Dora", "email": "Dora@example.org"})
    run_mail_jobs()
    (code,) = re.findall(r"^\s*([A-Z0-9-]{6,9})\s*$", mail.outbox[0].body, re.MULTILINE)

    client.post("/account/confirm-email/", {"code": code})

    dora = User.objects.get(email__iexact="dora@example.org")
    assert dora.name == "Dora"
    assert client.get("/host")["Location"] == "/host/organisations/new"


def test_somebody_signs_in_with_a_code_and_comes_back_to_where_they_were(client, db):
    alice = actions.add_user("Alice@example.org", "Alice")
    actions.create_organisation(alice, name="The House")
    asked = client.post("/account/login/code/", {"email": "alice@example.org", "next": "/host/events/new"})
    run_mail_jobs()
    (code,) = re.findall(r"^\s*([A-Z0-9-]{6,9})\s*$", mail.outbox[0].body, re.MULTILINE)

    answer = client.post(asked["Location"], {"code": code})

    assert answer["Location"] == "/host/events/new"
    assert client.get("/host").status_code == 200


def test_a_code_is_in_no_job_and_in_no_row_once_it_was_sent(client, alice):
    client.post("/account/login/code/", {"email": "alice@example.org"})
    kept = Mail.objects.get()
    (job,) = ProcrastinateJob.objects.all()

    run_mail_jobs()

    assert job.args == {"mail_id": str(kept.pk)}
    assert not Mail.objects.exists()
    assert len(mail.outbox) == 1


def test_too_many_codes_for_one_address_are_refused(client, alice):
    answers = []
    for _ in range(8):
        client.cookies.clear()
        cache.clear()  # allauth counts as well, in each process for itself
        answers.append(client.post("/account/login/code/", {"email": "alice@example.org"}).status_code)

    assert answers[-1] == 429
    assert Mail.objects.count() <= 6


def test_an_address_that_nobody_has_is_answered_like_any_other(client, alice):
    known = client.post("/account/login/code/", {"email": "alice@example.org"})
    client.cookies.clear()
    unknown = client.post("/account/login/code/", {"email": "nobody@example.org"})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_alice_creates_an_organisation(client, alice):
    client.force_login(alice)

    wrong = client.post("/host/organisations/new", {"name": "", "currency": "XXX"})
    right = client.post("/host/organisations/new", {"name": "The House", "currency": "CHF"})

    assert (wrong.status_code, right.status_code) == (422, 302)
    assert Organisation.objects.get().currency == "CHF"


def test_bob_follows_an_invitation_and_accepts_it(as_alice, client, house, bob):
    as_alice.post(f"/host/organisations/{house.pk}/members", {"email": "bob@example.org", "role": "crew"})
    run_mail_jobs()
    (path,) = re.findall(r"https?://[^/\s]+(/invitations/\S+)", mail.outbox[0].body)

    client.logout()
    seen_by_nobody = client.get(path)
    client.force_login(bob)
    client.get(path)
    before = Membership.objects.filter(user=bob).count()
    client.post(path)

    assert seen_by_nobody.status_code == 200
    assert (before, Membership.objects.get(user=bob).role) == (0, "crew")
    assert client.get(path).status_code == 404


def test_an_invitation_is_worth_nothing_in_other_hands_or_with_another_secret(client, house, alice, mallory, noon):
    invitation = actions.invite(house, "bob@example.org", "owner", alice, now=noon)
    client.force_login(mallory)

    stolen = client.post(f"/invitations/{invitation.pk}/{queries.invitation_secret(invitation)}")
    guessed = client.post(f"/invitations/{invitation.pk}/AAAAAAAAAAAAAAAAAAAAAAAAAAA")

    assert (stolen.status_code, guessed.status_code) == (422, 404)
    assert not Membership.objects.filter(organisation=house, user=mallory).exists()


def test_a_token_is_shown_once(as_alice, house):
    path = f"/host/organisations/{house.pk}/tokens"

    created = as_alice.post(path, {"name": "Till", "scopes": ["events:read"]})
    listed = as_alice.get(path)

    text = created.context["new_token"]
    assert text.startswith("estrade_")
    assert text in created.content.decode()
    assert text not in listed.content.decode()
    as_alice.post(f"{path}/{ApiToken.objects.get().pk}/revoke")
    assert ApiToken.objects.get().revoked_at


@pytest.mark.parametrize("path", ["", "/members", "/tokens"])
def test_only_owners_reach_the_keys_of_the_house(client, house, bob, mallory, path):
    Membership.objects.create(organisation=house, user=bob, role="manager")
    codes = []
    for user in (bob, mallory):
        client.force_login(user)
        codes.append(client.get(f"/host/organisations/{house.pk}{path}").status_code)

    assert codes == [403, 404]


def test_a_member_is_removed_after_a_question(as_alice, house, bob):
    membership = Membership.objects.create(organisation=house, user=bob, role="crew")
    path = f"/host/organisations/{house.pk}/members/{membership.pk}"

    as_alice.post(f"{path}/role", {"role": "manager"})
    as_alice.get(f"{path}/remove")
    still = Membership.objects.get(pk=membership.pk).role
    as_alice.post(f"{path}/remove")

    assert still == "manager"
    assert not Membership.objects.filter(pk=membership.pk).exists()


def test_an_invitation_is_withdrawn(as_alice, house, alice, noon):
    invitation = actions.invite(house, "bob@example.org", "crew", alice, now=noon)

    as_alice.post(f"/host/organisations/{house.pk}/invitations/{invitation.pk}/withdraw")

    assert not Invitation.objects.exists()
