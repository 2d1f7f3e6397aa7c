"""Pages of lists, through the official SDK."""

import pytest
import stripe

from paysim.tests.conftest import order


@pytest.fixture
def five(stripe_client):
    """Ids of five sessions, oldest first."""
    return [stripe_client.v1.checkout.sessions.create(order(client_reference_id=str(number))).id for number in range(5)]


def test_a_list_is_newest_first_and_says_whether_there_is_more(stripe_client, five):
    page = stripe_client.v1.checkout.sessions.list({"limit": 2})

    assert (page.object, page.url, page.has_more) == ("list", "/v1/checkout/sessions", True)
    assert [session.id for session in page.data] == [five[4], five[3]]


def test_the_last_page_has_no_more(stripe_client, five):
    page = stripe_client.v1.checkout.sessions.list({"limit": 2, "starting_after": five[1]})

    assert [session.id for session in page.data] == [five[0]]
    assert page.has_more is False


def test_a_list_can_be_walked_back(stripe_client, five):
    page = stripe_client.v1.checkout.sessions.list({"limit": 2, "ending_before": five[1]})

    assert [session.id for session in page.data] == [five[3], five[2]]


def test_the_sdk_walks_all_pages(stripe_client, five):
    pages = stripe_client.v1.checkout.sessions.list({"limit": 2})

    assert [session.id for session in pages.auto_paging_iter()] == five[::-1]


def test_a_list_can_be_narrowed(stripe_client, control, five):
    control("POST", f"sessions/{five[2]}/approve")
    paid = stripe_client.v1.checkout.sessions.list({"status": "complete"}).data

    of_intent = stripe_client.v1.checkout.sessions.list({"payment_intent": paid[0].payment_intent}).data
    later = stripe_client.v1.checkout.sessions.list({"created": {"gt": paid[0].created + 3_600}}).data
    since = stripe_client.v1.checkout.sessions.list({"created": {"gte": paid[0].created - 3_600}}).data

    assert [session.id for session in paid] == [session.id for session in of_intent] == [five[2]]
    assert (len(later), len(since)) == (0, 5)


def test_a_list_can_be_expanded(stripe_client, paid):
    page = stripe_client.v1.charges.list({"expand": ["data.balance_transaction"]})

    assert page.data[0].balance_transaction.fee == 100


@pytest.mark.parametrize("values", [{"limit": 101}, {"limit": 0}, {"starting_after": "cs_test_nothing"}, {"colour": "red"}])
def test_a_wrong_page_is_refused(stripe_client, values):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        stripe_client.v1.checkout.sessions.list(values)

    assert refusal.value.param == next(iter(values))


@pytest.mark.parametrize("name", ["payment_intents", "charges", "refunds", "balance_transactions", "events"])
def test_every_kind_can_be_listed_and_retrieved(stripe_client, paid, name):
    stripe_client.v1.refunds.create({"payment_intent": paid.payment_intent, "amount": 100})
    service = getattr(stripe_client.v1, name)

    found = service.list().data

    assert found
    assert service.retrieve(found[0].id).to_dict() == found[0].to_dict()


def test_the_balance_is_the_sum_of_its_movements(stripe_client, control, paid):
    stripe_client.v1.refunds.create({"payment_intent": paid.payment_intent, "amount": 100})

    before = stripe_client.v1.balance.retrieve()
    control("PUT", "clock", advance_s=4 * 86_400)
    after = stripe_client.v1.balance.retrieve()

    assert (before.pending[0].amount, before.available[0].amount) == (4900, -100)
    assert (after.pending[0].amount, after.available[0].amount) == (0, 4800)
