from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail
from procrastinate.contrib.django.models import ProcrastinateJob

from estrade.charities.actions import follow
from estrade.charities.importing import import_register
from estrade.charities.models import Charity
from estrade.tickets import actions, queries, tasks
from estrade.tickets.actions import price_list
from estrade.tickets.actions.price_list import Terms
from estrade.tickets.errors import TicketTypeInvalid
from estrade.tickets.models import TicketType

GIVING = Terms("Seat", "fixed", price_minor=2500, share_basis_points=800)


@pytest.fixture
def suspended(charity, seat_type, noon, tmp_path, monkeypatch) -> Charity:
    """The charity that a seat gives to, suspended by an import."""
    monkeypatch.setattr(tasks.timezone, "now", lambda: noon)
    edition = tmp_path / "edition.csv"
    for status in ("", "revoked"):
        edition.write_text(f"number,name,country,status\nF1,Port d'attache,LU,{status}\n")
        import_register("plain", [edition], noon)
        if not status:
            from estrade.charities.queries import entry

            Charity.objects.filter(pk=charity.pk).update(entry=entry("plain", "LU F1"))
    charity.refresh_from_db()
    return charity


def asked_for(task: str) -> list[dict[str, str]]:
    return [job.args for job in ProcrastinateJob.objects.filter(task_name=task)]


def test_owners_whose_events_give_to_it_are_told_once_with_the_events(suspended, concert, alice, noon):
    follow("plain", noon + timedelta(days=1))
    (facts,) = asked_for("tickets.tell_of_suspension")

    tasks.tell_of_suspension(**facts)
    (letter,) = asked_for("tickets.mail_suspension")
    tasks.mail_suspension(**letter)

    (message,) = mail.outbox
    assert message.to == [alice.email]
    assert message.subject == "Port d'attache can receive nothing for now"
    assert "its status was revoked" in message.body
    assert f"{concert.title}\nhttp" in message.body


def test_nobody_is_told_late_of_what_was_lifted_or_is_over(suspended, evening, noon, monkeypatch):
    tasks.tell_of_suspension(str(suspended.pk))
    (letter,) = asked_for("tickets.mail_suspension")
    monkeypatch.setattr(tasks.timezone, "now", lambda: noon + timedelta(days=30))
    tasks.mail_suspension(**letter)
    monkeypatch.setattr(tasks.timezone, "now", lambda: noon)
    Charity.objects.filter(pk=suspended.pk).update(suspended_at=None)
    tasks.mail_suspension(**letter)

    assert mail.outbox == []


def test_an_event_that_no_longer_gives_is_not_among_those_that_do(suspended, concert, seat_type, noon):
    assert list(queries.giving_to(suspended.pk, noon)) == [concert]

    TicketType.objects.filter(pk=seat_type.pk).update(retired_at=noon)
    assert list(queries.giving_to(suspended.pk, noon)) == []


def test_no_new_line_names_it_and_the_one_that_does_can_still_be_mended(suspended, concert, seat_type):
    with pytest.raises(TicketTypeInvalid) as refusal:
        actions.add_ticket_type(concert, replace(GIVING, charity_id=suspended.pk))
    assert [error.field for error in refusal.value.errors] == ["charity_id"]

    row = actions.edit_ticket_type(seat_type, replace(GIVING, name="Seat in the stalls", charity_id=suspended.pk))
    assert (row.name, row.charity_id, row.share_basis_points) == ("Seat in the stalls", suspended.pk, 800)


def test_a_copy_of_an_event_promises_it_nothing(suspended, concert, seat_type, house, noon):
    TicketType.objects.create(event=concert, name="Gift", price_kind="donation", share_basis_points=10_000, charity=suspended)
    from estrade.events.models import Event

    copy = Event.objects.create(
        organisation=house, slug="copy", title="Copy", category="music", kind="stage", capacity=250, created_at=noon
    )
    price_list.copy_price_list(concert, copy)

    rows = TicketType.objects.filter(event=copy)
    assert [(row.name, row.charity_id, row.share_basis_points) for row in rows] == [("Seat", None, 0)]
