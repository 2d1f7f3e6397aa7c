"""Sold at the door: the crew takes the money, the tickets go out at once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from estrade.payments.models import Payment
from estrade.payments.tests.test_refunds import disagreements
from estrade.tickets import actions as tickets
from estrade.tickets.models import FeePeriod, Order, Quota, Ticket
from estrade.users.models import Membership

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def at_the_door(client, bob, house, concert, evening):
    """Bob, of the door crew, while people arrive."""
    now = timezone.now()
    evening.starts_at, evening.ends_at = now, now + timedelta(hours=2)
    evening.save()
    FeePeriod.objects.create(starts_at=now - timedelta(days=1), basis_points=500)
    Membership.objects.create(organisation=house, user=bob, role="door")
    tickets.open_sale(concert)
    client.force_login(bob)
    return client


def form(seat_type, quantity="2", **fields):
    return {
        f"quantity-{seat_type.pk}": quantity,
        "name": "Carol",
        "email": "carol@example.org",
        "means": "cash",
        "key": "1",
    } | fields


def where(event):
    return f"/host/events/{event.pk}/door"


def test_the_crew_sells_and_the_host_owes_fee_and_share(at_the_door, concert, evening, seat_type, paysim):
    page = at_the_door.post(where(concert), form(seat_type), follow=True).content.decode()

    order = Order.objects.get()
    assert f"Sold: order {order.number}" in page
    assert (order.method, order.state) == (Order.Method.DOOR, Order.State.PAID)
    assert Ticket.objects.filter(order=order).count() == 2
    payment = Payment.objects.get()
    assert (payment.processor, payment.processor_payment, payment.amount_minor) == ("door", "cash", 50_00)
    assert disagreements(paysim) == []


def test_a_second_click_sells_once(at_the_door, concert, evening, seat_type):
    for _click in range(2):
        at_the_door.post(where(concert), form(seat_type))

    assert Order.objects.count() == 1
    assert Quota.objects.get(occurrence=evening, ticket_type=None).taken == 2


@pytest.mark.parametrize(
    "fields", [{"email": "carol@"}, {"name": ""}, {"quantity": "0"}, {"quantity": "many"}, {"quantity": "999"}, {"quantity": "-1"}]
)
def test_what_is_wrong_is_said_and_nothing_is_lost(at_the_door, concert, seat_type, fields):
    answer = at_the_door.post(where(concert), form(seat_type, **fields))

    assert answer.status_code == 422
    assert not Order.objects.exists()
    assert fields.get("name") == "" or 'value="Carol"' in answer.content.decode()


def test_at_a_full_house_nothing_is_sold(at_the_door, concert, evening, seat_type):
    Quota.objects.filter(occurrence=evening).update(size=1)

    assert at_the_door.post(where(concert), form(seat_type)).status_code == 422
    assert not Order.objects.exists()


def test_after_it_is_over_nothing_is_for_sale(at_the_door, concert, evening, seat_type):
    evening.starts_at, evening.ends_at = timezone.now() - timedelta(hours=2), timezone.now() - timedelta(hours=1)
    evening.save()

    assert "Nothing is on sale" in at_the_door.get(where(concert)).content.decode()
    assert at_the_door.post(where(concert), form(seat_type)).status_code == 404
