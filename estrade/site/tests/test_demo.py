"""What the demo promises: filled once, one way in, its mail to be read and not to be run."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.core import signing
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from estrade.base.money import Money
from estrade.events import actions as event_actions
from estrade.events import queries as events
from estrade.events.models import Event, Occurrence
from estrade.rooms import actions as rooms
from estrade.rooms.models import CrewMember, Room
from estrade.site import demo, demo_pages
from estrade.site.tests import demo_urls
from estrade.tickets.models import TicketType
from estrade.users.models import ApiToken, Organisation, User


@pytest.fixture
def in_a_demo(settings, tmp_path):
    settings.DEMO, settings.VAR, settings.ROOT_URLCONF = True, tmp_path, demo_urls.__name__
    return tmp_path


@pytest.fixture
def filled(db, in_a_demo):
    return demo.fill()


def _counts():
    kinds = (User, Organisation, Event, Occurrence, TicketType, ApiToken, CrewMember, Room)
    return {kind.__name__: kind.objects.count() for kind in kinds}


def test_a_filled_demo_shows_every_category_in_two_languages(filled):
    listings = events.directory(timezone.now()).listings

    assert {listing.event.category for listing in listings} == set(Event.Category.values)
    assert {listing.event.language for listing in listings} == {"en", "fr"}
    assert str(listings[0].event.pk) == filled["event"]


def test_the_show_is_on_now_and_its_doors_are_open(filled):
    room = rooms.room_of(events.occurrence(filled["occurrence"]))

    assert room.phase_at(timezone.now()) == Room.Phase.OPEN
    assert room.occurrence.ends_at - timezone.now() > timedelta(hours=11)
    assert str(room.pk) == filled["room"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("the charities are made up", "Nothing is sold", "delete that folder")),
        ("fr", ("associations sont inventés", "Rien n’est vendu", "supprimez ce dossier")),
    ],
)
def test_the_foot_of_every_page_leads_to_honest_texts(in_a_demo, client, db, language, said):
    for name, sentence in zip(("imprint", "terms", "privacy"), said, strict=True):
        assert sentence in client.get(f"/legal/{name}", headers={"accept-language": language}).content.decode()


def test_filling_twice_makes_nothing_twice(filled):
    before = _counts()

    again = demo.fill()

    assert _counts() == before
    assert {name: again[name] for name in again if name != "sign_in_link"} == {
        name: filled[name] for name in filled if name != "sign_in_link"
    }


def test_the_price_list_has_each_way_to_pay_and_a_share_of_two_euros(filled):
    types = {row.name: row for row in TicketType.objects.filter(event=filled["event"])}

    assert {name: str(row.pk) for name, row in types.items()} == filled["ticket_types"]
    assert {row.price_kind for row in types.values()} == {"free", "fixed", "pay_what_you_want", "donation"}
    full = types["Full price"]
    assert Money(full.price_minor, "EUR").portion(full.share_basis_points) == Money(2_00, "EUR")


def test_a_show_that_was_ended_is_followed_by_another_that_the_robots_link_leads_to(filled, client):
    rooms.end(filled["room"], timezone.now())

    again = demo.fill()

    assert again["room"] != filled["room"]
    followed = client.get(again["robot_crew_link"].removeprefix(again["site"]))
    assert followed.url.endswith(f"/rooms/{again['room']}")


def test_the_facts_are_for_this_user_alone(filled, in_a_demo):
    path = in_a_demo / "demo.json"

    assert json.loads(path.read_text()) == filled
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_token_whose_text_was_lost_is_revoked_and_replaced(filled, in_a_demo):
    (in_a_demo / "demo.json").unlink()

    again = demo.fill()

    assert again["api_token"] != filled["api_token"]
    assert ApiToken.objects.filter(revoked_at=None).count() == 1


def test_only_a_demo_is_filled(db, settings):
    settings.DEMO = False

    with pytest.raises(AssertionError):
        demo.fill()


def test_a_site_that_is_no_demo_has_none_of_its_pages(client):
    with pytest.raises(NoReverseMatch):
        reverse("demo:mails")
    assert client.get("/demo/mail").status_code == 404


def _path(facts):
    return facts["sign_in_link"].removeprefix(facts["site"])


def test_the_link_signs_the_host_in_once(filled, client):
    first = client.get(_path(filled))
    assert first.status_code == 302
    assert client.session["_auth_user_id"] == str(User.objects.get(email=demo.HOST).pk)

    client.logout()

    assert client.get(_path(filled)).status_code == 404
    assert "_auth_user_id" not in client.session


def test_a_link_older_than_a_day_signs_nobody_in(filled, client, monkeypatch):
    monkeypatch.setattr(signing.time, "time", lambda: timezone.now().timestamp() + 24 * 3600 + 1)

    assert client.get(_path(filled)).status_code == 404


def test_a_link_that_somebody_wrote_themselves_signs_nobody_in(filled, client):
    host = User.objects.get(email=demo.HOST)
    forged = signing.dumps({"user": str(host.pk), "after": ""}, key="mallory", salt=demo.SIGN_IN_SALT)

    assert client.get(reverse("demo:sign_in", args=[forged])).status_code == 404


def _send(folder, name, subject="Your tickets", text="Enter: https://example.org/t/1?a=1&b=2.", html=""):
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "Estrade <tickets@localhost>", "bob@example.org"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
        message.get_payload()[1].add_related(b"\x89PNG", maintype="image", subtype="png", cid="<code>")
    message.add_attachment("BEGIN:VCALENDAR", subtype="calendar", filename="évening\r.ics")
    (folder / "mail").mkdir(exist_ok=True)
    (folder / "mail" / f"{name}.eml").write_bytes(b"X-Delivered-To: bob@example.org\r\n" + bytes(message))
    return name


OLD, NEW = "1795000000000-0badcafe", "1795000001000-0badcafe"


def test_mails_are_listed_the_newest_first(in_a_demo, client, db):
    _send(in_a_demo, OLD, "Older")
    _send(in_a_demo, NEW, "Newer <b>")

    page = client.get(reverse("demo:mails")).content.decode()

    assert page.index("Newer &lt;b&gt;") < page.index("Older")


def test_an_empty_mailbox_says_how_mail_comes(in_a_demo, client, db):
    assert "stage-empty" in client.get(reverse("demo:mails")).content.decode()


def test_links_in_a_mails_text_can_be_followed_and_nothing_else_is_markup(in_a_demo, client, db):
    name = _send(in_a_demo, NEW, text="<script>alert(1)</script> https://example.org/t/1?a=1&b=2.")

    page = client.get(reverse("demo:mail", args=[name])).content.decode()

    assert '<a href="https://example.org/t/1?a=1&amp;b=2">' in page
    assert "<script>alert" not in page


def test_a_mails_own_markup_may_do_nothing(in_a_demo, client, db):
    name = _send(in_a_demo, NEW, html='<html><head></head><body><img src="cid:code"><script>alert(1)</script></body></html>')

    page = client.get(reverse("demo:mail", args=[name]))
    document = client.get(reverse("demo:mail_html", args=[name]))

    assert re.search(r'<iframe [^>]*sandbox="allow-popups"', page.content.decode())
    policy = document.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert document.headers["X-Frame-Options"] == "SAMEORIGIN"
    image = client.get(re.search(r'<img src="([^"]+)"', document.content.decode())[1])
    assert image.content == b"\x89PNG"
    assert image.headers["Content-Type"] == "image/png"


def test_what_hangs_on_a_mail_is_kept_as_a_file(in_a_demo, client, db):
    name = _send(in_a_demo, NEW)

    page = client.get(reverse("demo:mail", args=[name])).content.decode()
    answer = client.get(re.search(r'href="([^"]+)" download>[\w.-]+ics<', page)[1])

    assert answer.content.startswith(b"BEGIN:VCALENDAR")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="')
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert client.get(reverse("demo:attachment", args=[name, 1])).status_code == 404


@pytest.mark.parametrize("name", ["0-00000000", "secrets", "1795000001000-0badcafe-eml"])
def test_only_a_mails_name_opens_a_file(in_a_demo, client, db, name):
    (in_a_demo / "mail").mkdir()
    (in_a_demo / "mail" / "secrets.eml").write_text("no mail")

    assert client.get(f"/demo/mail/{name}").status_code == 404
    assert demo_pages.mails() == []


def test_a_file_that_is_hardly_a_mail_is_shown_all_the_same(in_a_demo, client, db):
    (in_a_demo / "mail").mkdir()
    (in_a_demo / "mail" / f"{NEW}.eml").write_bytes(b"\xff\xfe\x00 no header\r\n\r\n\xff")

    assert client.get(reverse("demo:mails")).status_code == 200
    assert client.get(reverse("demo:mail", args=[NEW])).status_code == 200


def test_the_demo_goes_on_without_what_it_sold(filled, client):
    event = Event.objects.get(pk=filled["event"])
    event_actions.cancel(event, timezone.now())

    again = demo.fill()

    assert again["event"] != filled["event"]
