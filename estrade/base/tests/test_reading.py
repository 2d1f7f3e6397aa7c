"""A statement that is composed once finds what the query finds."""

from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from estrade.base.errors import NotFound
from estrade.base.reading import composed_once, only
from estrade.tickets import actions, queries
from estrade.tickets.actions.orders import Buyer
from estrade.tickets.models import Order, OrderLine, Ticket
from estrade.tickets.pricing import Choice


@pytest.fixture
def order(concert, evening, free_type, noon):
    actions.open_sale(concert)
    order = actions.reserve(evening.pk, [Choice(free_type.pk, 2)], noon)
    return actions.give_details(order.pk, Buyer("Bob", "bob@example.org"), noon)


def values(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_it_finds_what_the_query_finds_with_everything_selected_beside_it(order):
    expected = Order.objects.select_related("event__organisation", "occurrence").get(pk=order.pk)

    for _again in range(2):
        found = queries.order(order.pk)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            pairs = [
                (found, expected),
                (found.event, expected.event),
                (found.event.organisation, expected.event.organisation),
                (found.occurrence, expected.occurrence),
            ]
            assert all(values(one) == values(other) for one, other in pairs)
        assert not asked.captured_queries
        assert not found._state.adding


def test_a_relation_that_is_not_there_is_none(order):
    (line,) = queries.lines_of(order.pk)

    assert line.charity_id is None
    assert line.charity is None


def test_rows_come_in_the_order_of_the_query(order):
    assert [ticket.pk for ticket in queries.tickets_of(order.pk)] == sorted(ticket.pk for ticket in queries.tickets_of(order.pk))


def test_every_call_asks_the_database(order):
    before = queries.order(order.pk)
    Order.objects.filter(pk=order.pk).update(buyer_name="Robert")

    assert queries.order(order.pk).buyer_name == "Robert" != before.buyer_name


def test_what_a_row_was_read_as_can_be_changed_and_saved(order):
    found = queries.order(order.pk)
    found.buyer_name = "Robert"
    found.save(update_fields=["buyer_name"])

    assert Order.objects.get(pk=order.pk).buyer_name == "Robert"


def test_keys_of_several_kinds_keep_their_places(order):
    @composed_once
    def ticket_of(state, order_id):
        return Ticket.objects.filter(order=order_id, state=state).order_by("pk")

    assert len(ticket_of("valid", order.pk)) == 2
    assert ticket_of("cancelled", order.pk) == []
    assert ticket_of("valid", uuid4()) == []


def test_a_key_that_the_query_does_not_use_is_a_mistake(order):
    @composed_once
    def lines(order_id, line_id):
        return OrderLine.objects.filter(order=order_id)

    with pytest.raises(AssertionError, match="not used"):
        lines(order.pk, uuid4())


@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_inside_a_transaction_only(order):
    @composed_once
    def held(order_id):
        return Order.objects.select_for_update().filter(pk=order_id)

    with transaction.atomic():
        assert only(held(order.pk)) == order
    with pytest.raises(TransactionManagementError):
        held(order.pk)


def test_only_refuses_what_is_not_there():
    with pytest.raises(NotFound):
        only([])
