from __future__ import annotations

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.utils import timezone

from estrade.events.actions import OccurrencePlan, add_occurrence
from estrade.events.models import Event, Occurrence
from estrade.tickets import actions, queries
from estrade.tickets.actions.orders import Buyer
from estrade.tickets.listings import listings
from estrade.tickets.models import Order, TicketType
from estrade.tickets.pricing import Choice
from estrade.users.models import Membership

LINE = {"name": "Seat", "price_kind": "fixed", "price_minor": "25,00", "per_order_max": "6", "quota_size": "", "share_percent": ""}


@pytest.fixture
def as_alice(client, alice, house):
    client.force_login(alice)
    return client


@pytest.fixture
def tonight(concert):
    """The concert, on now by the clock on the wall."""
    now = timezone.now()
    Occurrence.objects.filter(event=concert).update(starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=3))
    return concert


def sold(event: Event, ticket_type: TicketType, name: str, email: str, count: int = 1):
    actions.open_sale(event)
    (date,) = Occurrence.objects.filter(event=event)
    buyer = Buyer(name, email, "en")
    return actions.sell(date.pk, [Choice(ticket_type.pk, count, None)], buyer, Order.Method.EXTERNAL, timezone.now())


def test_a_line_is_put_on_the_price_list_changed_and_taken_off(as_alice, concert, charity):
    base = f"/host/events/{concert.pk}/tickets"
    giving = {"share_percent": "12,5", "charity_id": str(charity.pk), "sale_starts_at": "2026-12-01T10:00", "quota_size": "40"}

    added = as_alice.post(f"{base}/new", LINE | giving)
    (row,) = queries.ticket_types(concert.pk)
    said = as_alice.get(f"{base}/{row.pk}").context["said"]
    as_alice.post(f"{base}/{row.pk}", said | {"price_minor": "30"})
    (changed,) = queries.ticket_types(concert.pk)
    as_alice.post(f"{base}/{row.pk}/retire")

    assert added.status_code == 302
    assert (row.price_minor, row.share_basis_points, row.charity_id, row.quota_size) == (2500, 1250, charity.pk, 40)
    assert (changed.price_minor, changed.share_basis_points, changed.sale_starts_at) == (3000, 1250, row.sale_starts_at)
    assert row.sale_starts_at.isoformat() == "2026-12-01T09:00:00+00:00"
    assert queries.ticket_types(concert.pk) == []


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"name": ""}, "name"),
        ({"price_minor": "cheap"}, "price_minor"),
        ({"price_minor": "0"}, "price_minor"),
        ({"quota_size": "many"}, "quota_size"),
        ({"share_percent": "a lot"}, "share_percent"),
        ({"share_percent": "101"}, "share_percent"),
        ({"share_percent": "10", "charity_id": ""}, "charity_id"),
        ({"charity_id": "nonsense"}, "charity_id"),
        ({"charity_id": "00000000-0000-0000-0000-000000000000", "share_percent": "1"}, "charity_id"),
        ({"sale_starts_at": "2027-03-28T02:30"}, "sale_starts_at"),
        ({"price_kind": "barter"}, "price_kind"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_typed_is_lost(as_alice, concert, changes, wrong):
    answer = as_alice.post(f"/host/events/{concert.pk}/tickets/new", LINE | {"description": "Keep this text"} | changes)

    assert answer.status_code == 422
    assert wrong in [error.field for error in answer.context["errors"]]
    assert f'id="{wrong}-error"' in answer.content.decode()
    assert "Keep this text" in answer.content.decode()
    assert queries.ticket_types(concert.pk) == []


def test_what_was_sold_stands(as_alice, tonight, seat_type):
    sold(tonight, seat_type, "Bob", "bob@example.org", 3)
    said = as_alice.get(f"/host/events/{tonight.pk}/tickets/{seat_type.pk}").context["said"]

    dearer = as_alice.post(f"/host/events/{tonight.pk}/tickets/{seat_type.pk}", said | {"price_minor": "99"})
    fewer = as_alice.post(f"/host/events/{tonight.pk}/tickets", {"capacity": "2"})
    enough = as_alice.post(f"/host/events/{tonight.pk}/tickets", {"capacity": "3"})

    assert (dearer.status_code, fewer.status_code, enough.status_code) == (422, 422, 302)
    assert queries.ticket_types(tonight.pk)[0].price_minor == 2500
    assert Event.objects.get().capacity == 3


def test_a_date_that_was_added_after_the_price_list_has_its_places(concert, seat_type):
    actions.open_sale(concert)
    now = timezone.now()
    plan = OccurrencePlan(now + timedelta(days=2), timedelta(hours=1), "Europe/Luxembourg")
    added = add_occurrence(concert, plan, now)

    order = actions.reserve(added.pk, [Choice(seat_type.pk, 2, None)], now)

    assert order.state == "reserved"
    assert queries.places_left([added.pk], concert.capacity)[added.pk].left == 248


def test_orders_and_attendees_arrive_and_are_taken_away_as_csv(as_alice, tonight, seat_type):
    order, _ = sold(tonight, seat_type, '=HYPERLINK("http://evil.example")', "bob@example.org", 2)

    page = as_alice.get(f"/host/events/{tonight.pk}/orders").content.decode()
    people = as_alice.get(f"/host/events/{tonight.pk}/attendees").content.decode()
    orders = as_alice.get(f"/host/events/{tonight.pk}/orders.csv")
    attendees = as_alice.get(f"/host/events/{tonight.pk}/attendees.csv")

    (row,) = csv.DictReader(StringIO(orders.content.decode("utf-8-sig")))
    assert order.number in page
    assert people.count("bob@example.org") == 2
    assert (row["number"], row["total"], row["email"]) == (order.number, "50.00", "bob@example.org")
    assert row["name"].startswith("'=")
    assert len(list(csv.DictReader(StringIO(attendees.content.decode("utf-8-sig"))))) == 2
    assert orders["Content-Disposition"] == 'attachment; filename="high-tides-orders.csv"'


def test_the_dashboard_shows_what_is_next_and_how_much_of_it_is_sold(as_alice, tonight, seat_type):
    sold(tonight, seat_type, "Bob", "bob@example.org", 2)

    page = as_alice.get("/host").content.decode()

    assert "High tides" in page
    assert "2 of 250 places" in page


def test_a_copy_is_a_draft_with_the_same_price_list(as_alice, concert, seat_type):
    answer = as_alice.post(f"/host/events/{concert.pk}/duplicate")

    copy = Event.objects.exclude(pk=concert.pk).get()
    assert answer["Location"] == f"/host/events/{copy.pk}"
    assert [row.name for row in queries.ticket_types(copy.pk)] == ["Seat"]


@pytest.mark.parametrize(("role", "code"), [("finance", 200), ("manager", 200), ("crew", 403), ("door", 403)])
def test_who_may_see_buyers(client, tonight, bob, role, code):
    Membership.objects.create(organisation=tonight.organisation, user=bob, role=role)
    client.force_login(bob)

    for path in ("orders", "attendees", "orders.csv", "attendees.csv"):
        assert client.get(f"/host/events/{tonight.pk}/{path}").status_code == code


def test_the_directory_shows_what_is_on_with_its_price(client, tonight, seat_type):
    page = client.get("/").content.decode()

    assert "High tides" in page
    assert "€25.00" in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("q=tides", True), ("q=mountain", False), ("category=music", True), ("category=comedy", False), ("category=nonsense", True),
        ("date=2000-01-01", False), ("date=nonsense", True), ("cursor=nonsense", True), ("q=%00%27", True),
    ],
)  # fmt: skip
def test_the_directory_is_narrowed_by_words_category_and_day(client, tonight, seat_type, query, shown):
    answer = client.get(f"/?{query}")

    assert answer.status_code == 200
    assert ("/e/high-tides" in answer.content.decode()) == shown


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        ([("free", 0, 0)], ("free", 0)),
        ([("free", 0, 0), ("fixed", 1200, 0)], ("from", 1200)),
        ([("fixed", 1200, 0)], ("fixed", 1200)),
        ([("fixed", 1200, 0), ("fixed", 800, 0)], ("from", 800)),
        ([("pay_what_you_want", 0, 0)], ("pay_what_you_want", 0)),
        ([("pay_what_you_want", 0, 500)], ("from", 500)),
        ([("fixed", 1200, 0), ("donation", 0, 100)], ("fixed", 1200)),
    ],
)
def test_a_listing_says_what_the_least_dear_ticket_costs(concert, evening, noon, lines, shown):
    for position, (kind, price, minimum) in enumerate(lines):
        TicketType.objects.create(
            event=concert, name="Line", price_kind=kind, price_minor=price, minimum_minor=minimum, position=position
        )

    (listing,) = listings([(concert, evening)], noon)

    assert (listing.price_kind, listing.price_from.minor) == shown


def test_a_form_of_a_price_takes_only_what_its_kind_has():
    from django.http import QueryDict

    from estrade.tickets.price_pages import terms

    for kind, found in (("fixed", (2500, 0, 0)), ("free", (0, 0, 0))):
        form = QueryDict(f"name=Seat&price_kind={kind}&price_minor=25&minimum_minor=abc&suggested_minor=7")
        said = terms(form, "EUR", "UTC")
        assert (said.price_minor, said.minimum_minor, said.suggested_minor) == found
    gift = terms(QueryDict("name=Gift&price_kind=donation&price_minor=abc&suggested_minor=7&share_percent=abc"), "EUR", "UTC")
    assert (gift.price_minor, gift.suggested_minor, gift.share_basis_points) == (0, 700, 0)


def test_an_event_whose_dates_have_ended_is_over_on_its_pages_and_on_the_dashboard(as_alice, tonight):
    assert '<span class="tag tag-quiet">Over</span>' not in as_alice.get(f"/host/events/{tonight.pk}/orders").content.decode()

    past = timezone.now() - timedelta(hours=1)
    Occurrence.objects.filter(event=tonight).update(starts_at=past - timedelta(hours=1), ends_at=past)

    for page in (f"/host/events/{tonight.pk}/orders", "/host"):
        assert '<span class="tag tag-quiet">Over</span>' in as_alice.get(page).content.decode(), page
