"""Fees as hosts and buyers see them."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from django.utils.html import strip_tags

from estrade.events import actions as events
from estrade.tickets import actions, tasks
from estrade.tickets.fees import Fee
from estrade.tickets.models import FeePeriod, Order
from estrade.users.models import Organisation

DAY = timedelta(days=1)


@pytest.fixture
def on_sale(concert, evening, seat_type):
    """The concert, tomorrow by the clock on the wall, at 5 % and 0.30."""
    now = timezone.now()
    type(evening).objects.filter(pk=evening.pk).update(starts_at=now + DAY, ends_at=now + DAY * 2)
    FeePeriod.objects.create(starts_at=now - DAY, basis_points=500, fixed_minor=30, currency="EUR")
    actions.open_sale(concert)
    return concert


def reserve(client, event, evening, seat_type, **form):
    said = {"occurrence": str(evening.pk), f"quantity-{seat_type.pk}": "1", **form}
    return client.post(f"/e/{event.slug}/reserve", said)


def test_a_buyer_sees_one_price_from_the_card_to_the_checkout(client, on_sale, evening, seat_type):
    events.edit_event(on_sale, fee_bearer="added")

    card, page = client.get("/"), client.get(f"/e/{on_sale.slug}")
    checkout = client.get(reserve(client, on_sale, evening, seat_type).url)

    assert b"26.55" in card.content
    assert b"25.00" not in card.content
    assert b"26.55" in page.content
    assert "€1.55 of it is the fee of" in checkout.content.decode()
    assert Order.objects.get().total_minor == 26_55


def test_what_the_page_says_of_the_share_is_what_is_booked(client, on_sale, evening, seat_type):
    assert "€1.88 of each place goes to" in strip_tags(client.get(f"/e/{on_sale.slug}").content.decode())

    reserve(client, on_sale, evening, seat_type)

    assert Order.objects.get().total_minor == 25_00


def test_nothing_is_chosen_for_the_buyer_who_may_leave_something_to_the_site(client, on_sale, evening, seat_type):
    events.edit_event(on_sale, fee_bearer="tipped")

    page = client.get(f"/e/{on_sale.slug}").content.decode()

    assert 'name="tip" value="0" checked' in page
    assert page.count("checked") == 1


@pytest.mark.parametrize(
    ("form", "total"),
    [
        ({}, 25_00),
        ({"tip": "0"}, 25_00),
        ({"tip": "500"}, 26_25),
        ({"tip": "own", "tip-amount": "2,50"}, 27_50),
        ({"tip": "77"}, 25_00),
    ],
)
def test_what_is_left_to_the_site_is_in_the_order(client, on_sale, evening, seat_type, form, total):
    events.edit_event(on_sale, fee_bearer="tipped")

    answer = reserve(client, on_sale, evening, seat_type, **form)

    assert Order.objects.get().total_minor == total
    assert ("For the running of" in client.get(answer.url).content.decode()) == (total != 25_00)


def test_an_amount_for_the_site_that_is_none_is_refused_and_kept(client, on_sale, evening, seat_type):
    events.edit_event(on_sale, fee_bearer="tipped")

    answer = reserve(client, on_sale, evening, seat_type, tip="own", **{"tip-amount": "much"})

    assert answer.status_code == 422
    assert 'value="much"' in answer.content.decode()
    assert not Order.objects.exists()


def test_a_host_says_who_bears_the_fee_and_sees_what_buyers_pay(client, alice, on_sale):
    client.force_login(alice)

    answer = client.post(f"/host/events/{on_sale.pk}/fee", {"fee_bearer": "split"})
    page = strip_tags(client.get(answer.url).content.decode())

    assert "5% and €0.30 of each place sold" in page
    assert "buyers pay €25.77" in page


def test_a_host_sees_a_change_before_it_holds(client, alice, on_sale):
    FeePeriod.objects.create(starts_at=timezone.now() + DAY * 40, basis_points=700, currency="EUR")
    client.force_login(alice)

    assert ": 7%, of later orders." in client.get(f"/host/events/{on_sale.pk}/tickets").content.decode()


def test_owners_are_told_of_a_change_once_and_only_those_it_concerns(concert, alice, bob, noon):
    Organisation.objects.update(plan="pro")
    other = actions.set_fee(Fee(100), noon + DAY * 31, noon, plan="education")
    theirs = actions.set_fee(Fee(250, 30), noon + DAY * 31, noon, plan="pro", currency="EUR")
    told = []

    for period in (other, theirs, theirs):
        actions.announce_fee(period.pk, noon)
    for job in _jobs("tickets.mail_fee"):
        tasks.mail_fee(**job)
        told.append(job["user_id"])

    assert told == [str(alice.pk)]
    assert mail.outbox[0].to == [alice.email]
    assert "keeps 2.5% and €0.30 of each place sold" in mail.outbox[0].body


def test_a_change_that_was_taken_back_is_told_to_nobody(alice, noon):
    tasks.mail_fee("00000000-0000-0000-0000-000000000000", str(alice.pk))

    assert mail.outbox == []


def _jobs(name):
    from procrastinate.contrib.django.models import ProcrastinateJob

    return [job.args for job in ProcrastinateJob.objects.filter(task_name=name)]
