from __future__ import annotations

from datetime import timedelta

import pytest

from estrade.events import queries
from estrade.events.models import Event, Occurrence

DAY = timedelta(days=1)


@pytest.fixture
def announce(house, noon):
    def create(title, *days, **fields):
        published = noon - timedelta(days=30)
        event = Event.objects.create(
            **{
                "organisation": house, "slug": title.lower().replace(" ", "-"), "title": title, "category": "music",
                "kind": "stage", "status": "published", "created_at": published, "published_at": published,
            } | fields,
        )  # fmt: skip
        for day in days:
            start = noon + day * DAY
            Occurrence.objects.create(event=event, starts_at=start, ends_at=start + DAY / 12, time_zone="Europe/Luxembourg")
        return event

    return create


def titles(noon, **asked):
    return [listing.event.title for listing in queries.directory(noon, **asked).listings]


def test_what_is_on_next_comes_first_and_each_event_once(announce, noon):
    announce("Later", 9)
    announce("Twice", -3, 2, 5)
    announce("Soon", 1)

    assert titles(noon) == ["Soon", "Twice", "Later"]
    assert queries.directory(noon).listings[1].occurrence.starts_at == noon + 2 * DAY


def test_an_event_that_is_on_now_is_listed(announce, noon):
    announce("Now", -1 / 24)

    assert titles(noon) == ["Now"]


def test_drafts_cancelled_hidden_and_past_events_are_not_listed(announce, noon):
    announce("Draft", 1, status="draft", published_at=None)
    announce("Cancelled", 1, status="cancelled", cancelled_at=noon)
    announce("Unlisted", 1, visibility="unlisted")
    announce("Private", 1, visibility="private")
    announce("Past", -3)
    announce("Dateless")

    assert titles(noon) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("tides", ["High tides"]),
        ("TID", ["High tides"]),
        ("tides sea", ["High tides"]),
        ("mountains", []),
        ("house", ["High tides"]),
        ("' & | ! :* \x00", ["High tides"]),
        ("s'il & vous", []),
    ],
)
def test_text_is_found_in_title_description_and_organisation(announce, noon, text, found):
    announce("High tides", 1, short_text="A trio.", description="By the sea.")

    assert titles(noon, text=text) == found


def test_category_and_language_narrow_the_list(announce, noon):
    announce("Song", 1)
    announce("Chanson", 2, language="fr")
    announce("Joke", 3, category="comedy")

    assert titles(noon, category="comedy") == ["Joke"]
    assert titles(noon, language="fr") == ["Chanson"]
    assert titles(noon, category="no\x00such") == []


def test_paging_shows_each_event_once_even_when_they_start_together(announce, noon):
    for number in range(7):
        announce(f"Event {number}", 1)

    seen, cursor = [], ""
    for _ in range(3):
        page = queries.directory(noon, cursor=cursor, limit=3)
        seen += [listing.event.title for listing in page.listings]
        cursor = page.next_cursor

    assert sorted(seen) == [f"Event {number}" for number in range(7)]
    assert cursor == ""


@pytest.mark.parametrize("cursor", ["x", "é", "W10", "WzEsMl0", "\x00", "W1tbW1tb" * 500])
def test_a_cursor_that_we_did_not_give_begins_at_the_beginning(announce, noon, cursor):
    announce("Song", 1)

    assert titles(noon, cursor=cursor) == ["Song"]
