"""A host from the first code to the last cent, through the pages alone."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from tests.instance import text_of, wait_for
from tests.journeys.people import choose, enter, give_details, hears, sees_red

HOME = ZoneInfo("Europe/Luxembourg")


def sign_up(instance, page: Page, name: str, email: str) -> None:
    """A new account, by the code that is mailed."""
    page.goto("/account/signup/")
    page.locator("[name=name]").fill(name)
    page.locator("main [name=email]").fill(email)
    page.get_by_role("button", name="Sign up").click()
    code = re.search(r"^\s*([A-Z0-9]{4}-?[A-Z0-9]{2,4})\s*$", text_of(instance.mail(email)), re.MULTILINE)
    assert code, text_of(instance.mail(email))
    page.locator("[name=code]").fill(code.group(1))
    page.locator("main form button.btn-primary").first.click()


def write_event(page: Page, title: str) -> None:
    """A stage that begins in ten minutes: its doors may open, and nobody has opened them."""
    page.goto("/host/events/new")
    page.locator("[name=title]").fill(title)
    page.locator("[name=short_text]").fill("Alice sings in red.")
    page.locator("[name=description]").fill("One voice, **one note**, one hour.")
    begins = datetime.now(HOME) + timedelta(minutes=10)
    page.locator("[name=date]").fill(f"{begins:%Y-%m-%d}")
    page.locator("[name=begins]").fill(f"{begins:%H:%M}")
    page.locator("[name=ends]").fill(f"{begins + timedelta(hours=3):%H:%M}")
    page.locator("[name=time_zone]").select_option(HOME.key)
    page.locator("[name=kind][value=stage]").check()
    page.get_by_role("button", name="Keep the draft").click()
    page.wait_for_url(re.compile("/host/events/[0-9a-f-]{36}"))


def put_on_the_price_list(page: Page) -> None:
    page.get_by_role("link", name="Tickets", exact=True).click()
    page.get_by_role("link", name="Add a ticket").click()
    page.locator("[name=name]").fill("Seat")
    page.locator("[name=price_kind]").select_option("fixed")
    page.locator("[name=price_minor]").fill("25.00")
    page.get_by_role("button", name="Put it on the price list").click()
    expect(page.get_by_text("€25.00")).to_be_visible()


def open_the_doors(page: Page) -> None:
    """The host lets the audience in, and says so twice."""
    page.get_by_role("button", name="Open the doors").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Open the doors").click()


def test_a_host_publishes_bob_buys_and_enters(instance, visit, visit_with_camera, accessible):
    alice = visit_with_camera()
    sign_up(instance, alice, "Alice", "alice.hosts@example.org")
    alice.goto("/host")
    alice.locator("[name=name]").fill("The Red House")
    accessible(alice)
    alice.get_by_role("button", name="Create the organisation").click()
    write_event(alice, "Alice in red")
    put_on_the_price_list(alice)
    accessible(alice)
    alice.get_by_role("link", name="Overview").click()
    accessible(alice)
    overview = alice.url
    alice.get_by_role("button", name="Publish").click()
    expect(alice.get_by_label("Public address")).to_have_value(re.compile("/e/alice-in-red"))

    bob = visit("/?q=alice")
    wait_for(lambda: bob.reload() and bob.get_by_text("Alice in red").count(), 15, "the event in the directory")
    bob.get_by_role("link", name=re.compile("Alice in red|Book")).first.click()
    bob.wait_for_url("**/e/alice-in-red**")
    choose(bob, re.sub("^quantity-", "", bob.locator("[name^='quantity-']").first.get_attribute("name") or ""))
    give_details(bob, "Bob Martin", "bob.red@example.org")
    bob.get_by_role("button", name="Approve").click()
    expect(bob.get_by_role("heading", name="Your place is yours")).to_be_visible()
    bob.locator("a[href*='/tickets/']").first.click()

    alice.get_by_role("link", name="Go backstage").first.click()
    enter(alice)
    open_the_doors(alice)
    alice.get_by_role("button", name="Go on stage").first.click()
    enter(bob)
    sees_red(bob)
    hears(bob)

    alice.goto(overview)
    alice.get_by_role("link", name="Orders").click()
    expect(alice.get_by_text("Bob Martin")).to_be_visible()
    accessible(alice)
    alice.get_by_role("link", name="Attendees").click()
    accessible(alice)
    with alice.expect_download() as download:
        alice.get_by_role("link", name="Download as CSV").click()
    assert "Bob Martin,bob.red@example.org,Seat,valid" in download.value.path().read_text()
    alice.goto(overview)
    alice.get_by_role("link", name="Statement of the money").click()
    expect(alice.get_by_text("25.00", exact=True).first).to_be_visible()
    accessible(alice)


def test_a_host_refunds_one_order(instance, visit, accessible):
    alice = visit(instance.facts["sign_in_link"])
    bob = visit(instance.facts["event_url"])
    choose(bob, next(each for name, each in instance.facts["ticket_types"].items() if "Full price" in name))
    give_details(bob, "Bob Sick", "bob.sick@example.org")
    bob.get_by_role("button", name="Approve").click()
    expect(bob.get_by_role("heading", name="Your place is yours")).to_be_visible()

    alice.goto(f"/host/events/{instance.facts['event']}/orders")
    alice.get_by_role("listitem").filter(has_text="bob.sick@example.org").get_by_role("link", name="Cancel").click()
    accessible(alice)
    alice.get_by_role("button", name="Go on").click()
    accessible(alice)
    alice.get_by_role("button", name="Cancel and give back €15.00").click()

    row = alice.get_by_role("listitem").filter(has_text="bob.sick@example.org")
    expect(row.get_by_text("Cancelled")).to_be_visible()
    accessible(alice)
    mail = instance.mail("bob.sick@example.org", "on its way back")
    assert "has refunded your order" in text_of(mail)
    assert "We have refunded €15.00" in text_of(mail)
