from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from estrade.events import previews, queries
from estrade.events.models import Event
from estrade.users.models import Membership

FORM = {
    "title": "High tides", "short_text": "A trio.", "description": "By **the sea**.", "category": "music", "language": "en",
    "tags": "piano, Sea", "kind": "stage", "visibility": "public",
}  # fmt: skip


@pytest.fixture
def as_alice(client, alice, house):
    client.force_login(alice)
    return client


def in_days(days: int) -> datetime:
    return timezone.now() + timedelta(days=days)


@pytest.fixture
def draft(as_alice):
    day = f"{in_days(9):%Y-%m-%d}"
    date = {"date": day, "begins": "20:30", "ends": "00:15", "time_zone": "Europe/Luxembourg", "doors_minutes": "15"}
    answer = as_alice.post("/host/events/new", FORM | date)
    assert answer.status_code == 302, answer.context["errors"]
    return Event.objects.get()


def test_a_visitor_is_sent_to_sign_in_and_comes_back(client, db):
    answer = client.get("/host/events/new")

    assert answer.status_code == 302
    assert answer["Location"] == "/account/login/?next=/host/events/new"


def test_without_an_organisation_one_is_created_first(client, bob):
    client.force_login(bob)

    assert client.get("/host/events/new")["Location"] == "/host/organisations/new"
    assert client.get("/host")["Location"] == "/host/organisations/new"


def test_a_draft_is_written_with_its_first_date(draft):
    (date,) = queries.occurrences_of(draft)

    assert (draft.status, draft.tags, draft.capacity) == ("draft", ["piano", "sea"], 250)
    assert date.ends_at - date.starts_at == timedelta(hours=3, minutes=45)


def test_what_is_wrong_is_named_and_nothing_typed_is_lost(as_alice):
    answer = as_alice.post(
        "/host/events/new", FORM | {"title": "", "short_text": "x" * 141, "date": "2026-02-30", "begins": "late"}
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert not Event.objects.exists()
    assert "x" * 141 in page
    assert 'href="#title"' in page
    assert 'aria-invalid="true"' in page


def test_a_wrong_date_keeps_no_half_of_an_event(as_alice):
    answer = as_alice.post("/host/events/new", FORM | {"date": "2026-02-30", "begins": "late"})

    assert answer.status_code == 422
    assert [error.field for error in answer.context["errors"]] == ["date", "begins", "ends"]
    assert not Event.objects.exists()


def test_an_event_is_written_published_and_cancelled(as_alice, draft):
    base = f"/host/events/{draft.pk}"

    as_alice.post(f"{base}/edit", FORM | {"title": "Low tides"})
    as_alice.post(f"{base}/publish")
    page = as_alice.get(base)
    as_alice.get(f"{base}/cancel")
    still = Event.objects.get().status
    as_alice.post(f"{base}/cancel")

    assert (still, Event.objects.get().status) == ("published", "cancelled")
    assert "Low tides" in page.content.decode()


def test_publishing_says_what_is_missing(as_alice, house):
    as_alice.post("/host/events/new", FORM | {"short_text": "", "description": ""})
    event = Event.objects.get()

    page = as_alice.post(f"/host/events/{event.pk}/publish", follow=True).content.decode()

    assert Event.objects.get().status == "draft"
    for missing in ("Say in one line", "Describe the event", "Add a date that is still to come"):
        assert missing in page


def test_dates_are_added_moved_and_removed(as_alice, draft):
    base = f"/host/events/{draft.pk}/dates"
    form = {"date": f"{in_days(20):%Y-%m-%d}", "begins": "10:00", "ends": "11:00", "time_zone": "Asia/Tokyo", "doors_minutes": ""}

    as_alice.post(base, form)
    first, second = queries.occurrences_of(draft)
    as_alice.post(f"{base}/{second.pk}", form | {"begins": "10:30"})
    as_alice.post(f"{base}/{first.pk}/remove")

    (left,) = queries.occurrences_of(draft)
    assert (left.pk, left.ends_at - left.starts_at, left.time_zone) == (second.pk, timedelta(minutes=30), "Asia/Tokyo")


def test_a_date_saved_untouched_in_the_hour_that_comes_twice_stays(as_alice, draft):
    (date,) = queries.occurrences_of(draft)
    second_half_past_two = datetime.fromisoformat("2027-10-31T02:30:00+01:00")
    date.starts_at, date.ends_at = second_half_past_two, second_half_past_two + timedelta(hours=1)
    date.save()
    address = f"/host/events/{draft.pk}/dates/{date.pk}"

    said = as_alice.get(address).context["said"]
    answer = as_alice.post(address, said | {"doors_minutes": "30"})

    date.refresh_from_db()
    assert answer.status_code == 302
    assert (date.starts_at, date.doors_minutes) == (second_half_past_two, 30)


def test_the_guest_list_is_kept_and_what_is_wrong_stays_on_the_page(as_alice, draft):
    address = f"/host/events/{draft.pk}/guests"

    as_alice.post(address, {"guests": "Bob@example.org, carol@example.org\n"})
    answer = as_alice.post(address, {"guests": "bob@example.org\nnobody"})

    assert queries.guests(draft) == ["bob@example.org", "carol@example.org"]
    assert answer.status_code == 422
    assert "nobody" in answer.content.decode()


def test_a_picture_takes_the_place_of_the_poster_until_it_is_removed(as_alice, draft, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    file = BytesIO()
    Image.new("RGB", (400, 500), "red").save(file, "PNG")
    address = f"/host/events/{draft.pk}/picture"

    as_alice.post(address, {"picture": SimpleUploadedFile("../../a.svg", file.getvalue()), "picture_alt": "A trio"})
    with_picture = Event.objects.get()
    as_alice.post(address, {"remove": "1"})

    assert with_picture.picture.startswith("pictures/")
    assert with_picture.picture_url in f"/media/{with_picture.picture}"
    assert Event.objects.get().picture == ""


def test_what_is_no_picture_is_refused_beside_its_field(as_alice, draft):
    answer = as_alice.post(f"/host/events/{draft.pk}/picture", {"picture": SimpleUploadedFile("a.png", b"<svg/>")})

    assert answer.status_code == 422
    assert "This is not a JPEG, PNG or WebP picture." in answer.content.decode()


@pytest.mark.parametrize("path", ["", "/edit", "/dates", "/guests", "/cancel", "/tickets", "/tickets/new", "/orders", "/attendees"])
def test_mallory_finds_none_of_it_and_crew_may_only_look(client, draft, mallory, bob, path):
    Membership.objects.create(organisation=draft.organisation, user=bob, role="crew")

    client.force_login(mallory)
    for_mallory = client.get(f"/host/events/{draft.pk}{path}")
    client.force_login(bob)
    for_crew = client.get(f"/host/events/{draft.pk}{path}")

    assert for_mallory.status_code == 404
    assert for_crew.status_code == (403 if path else 200)


@pytest.mark.parametrize("path", ["/publish", "/cancel", "/duplicate", "/picture", "/edit", "/guests"])
def test_mallory_changes_nothing(client, draft, mallory, path):
    client.force_login(mallory)

    answer = client.post(f"/host/events/{draft.pk}{path}", FORM | {"title": "Mine"})

    assert answer.status_code == 404
    assert Event.objects.get().title == "High tides"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_of_the_host_is_shown_in_both_languages(as_alice, draft, house, language):
    as_alice.cookies["language"] = language
    (date,) = queries.occurrences_of(draft)
    event, organisation = f"/host/events/{draft.pk}", f"/host/organisations/{house.pk}"
    paths = [
        "/", "/host", "/host/events/new", event, f"{event}/edit", f"{event}/dates", f"{event}/dates/{date.pk}", f"{event}/guests",
        f"{event}/cancel", f"{event}/tickets", f"{event}/tickets/new", f"{event}/orders", f"{event}/attendees", f"/e/{draft.slug}",
        organisation, f"{organisation}/members", f"{organisation}/tokens", "/host/organisations", "/host/profile",
    ]  # fmt: skip

    for path in paths:
        answer = as_alice.get(path)
        assert answer.status_code == 200, path
        assert f'<html lang="{language}"' in answer.content.decode(), path
        if path.startswith("/host"):
            assert answer["Cache-Control"] == "private, no-store", path


def test_a_link_to_an_event_has_a_picture_of_the_size_that_messengers_take(client, concert):
    answer = client.get("/e/high-tides/preview")

    with Image.open(BytesIO(answer.content)) as picture:
        assert (answer.headers["Content-Type"], picture.format, picture.size) == ("image/png", "PNG", (1200, 630))
    page = client.get("/e/high-tides").content.decode()
    assert f'<meta property="og:image" content="{settings.SITE_URL}/e/high-tides/preview">' in page


def test_letters_that_the_font_lacks_are_left_out_of_the_picture(concert):
    assert previews.of_title("演奏会", "music", "", "") == previews.of_title("", "music", "", "")
    assert previews.of_title("High tides", "music", "", "") != previews.of_title("", "music", "", "")
