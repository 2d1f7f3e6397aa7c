"""Who may sell places through the API."""

import pytest

from estrade.tickets import actions as tickets
from estrade.tickets.models import Order
from estrade.users.actions import create_token
from estrade.users.models import Organisation


@pytest.fixture
def post(client, concert, evening, free_type):
    """Record an order of a place in Alice's concert, with a token of the organisation and scopes given."""
    tickets.open_sale(concert)

    def send(organisation, scopes, user):
        _row, token = create_token(organisation, "Till", scopes, user)
        body = {
            "occurrence": str(evening.pk),
            "choices": [{"ticket_type": str(free_type.pk), "quantity": 1}],
            "name": "Bob",
            "email": "bob@example.org",
        }
        return client.post("/api/v1/orders", body, content_type="application/json", headers={"Authorization": f"Bearer {token}"})

    return send


def test_a_program_of_the_house_that_may_sell_sells(post, house, alice):
    assert post(house, ["orders:write"], alice).status_code == 201


def test_a_program_of_the_house_that_may_only_read_sells_nothing(post, house, alice):
    assert post(house, ["orders:read"], alice).status_code == 403
    assert not Order.objects.exists()


def test_to_a_program_of_another_organisation_the_date_does_not_exist(post, mallory):
    other = Organisation.objects.get(slug="mallorys-place")

    assert post(other, ["orders:write"], mallory).status_code == 404
    assert not Order.objects.exists()
