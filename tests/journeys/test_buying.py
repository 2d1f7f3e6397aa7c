"""A buyer finds an event and pays, in every way that people do."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.instance import links_in, text_of
from tests.journeys.people import choose, give_details


def address_of(instance) -> str:
    return urlsplit(instance.facts["event_url"]).path


def type_of(instance, word: str) -> str:
    """The demo's ticket type whose name contains `word`."""
    return next(each for name, each in instance.facts["ticket_types"].items() if word in name)


def fits_its_width(page: Page) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} scrolls sideways by {wide} px"


def test_declined_then_paid(instance, visit, accessible):
    page = visit(address_of(instance))
    documents: list[str] = []
    page.on("request", lambda request: documents.append(request.url) if request.is_navigation_request() else None)
    accessible(page)
    page.reload()
    documents.clear()
    page.reload()

    choose(page, type_of(instance, "Full price"), 2)
    accessible(page)
    give_details(page, "Bob Martin", "bob.declined@example.org")
    page.wait_for_url(f"{instance.paysim_url}/**")
    page.get_by_role("button", name="Decline").click()
    expect(page.get_by_text("declined").first).to_be_visible()
    page.get_by_role("button", name="Approve").click()

    expect(page.get_by_role("heading", name="Your places are yours")).to_be_visible()
    accessible(page)
    page.locator("a[href*='/tickets/']").first.click()
    expect(page.locator("h1, h2").first).to_be_visible()
    accessible(page)
    ours = [url for url in documents if url.startswith(instance.url)]
    assert len(ours) <= 6, ours
    mail = instance.mail("bob.declined@example.org", "Your 2 places")
    assert len(links_in(mail, "/t/")) >= 2


def test_a_refused_order_keeps_what_was_typed(instance, visit, accessible):
    page = visit(address_of(instance))
    choose(page, type_of(instance, "Solidarity"))

    give_details(page, "Bob Martin", "bob@")

    expect(page.locator("[name=name]")).to_have_value("Bob Martin")
    expect(page.locator("[name=email]")).to_have_attribute("aria-invalid", "true")
    accessible(page)


def test_without_javascript(instance, visit):
    page = visit(address_of(instance), java_script_enabled=False)

    choose(page, type_of(instance, "Solidarity"))
    give_details(page, "Carol", "carol.bare@example.org")
    expect(page.get_by_role("heading", name="Your place is yours")).to_be_visible()

    page.goto(links_in(instance.mail("carol.bare@example.org"), "/t/")[0])
    assert re.fullmatch(r"/tickets/[0-9a-f-]{36}", urlsplit(page.url).path)
    expect(page.get_by_text("Carol").first).to_be_visible()


def test_on_a_phone(instance, visit, accessible):
    page = visit("/", viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    fits_its_width(page)
    accessible(page)

    page.goto(address_of(instance))
    fits_its_width(page)
    choose(page, type_of(instance, "Full price"))
    fits_its_width(page)
    accessible(page)
    give_details(page, "Bob Martin", "bob.phone@example.org")
    page.wait_for_url(f"{instance.paysim_url}/**")
    fits_its_width(page)
    page.get_by_role("button", name="Approve").click()

    expect(page.get_by_role("heading", name="Your place is yours")).to_be_visible()
    fits_its_width(page)
    page.locator("a[href*='/tickets/']").first.click()
    fits_its_width(page)
    accessible(page)


def test_in_french(instance, visit, accessible):
    page = visit(address_of(instance), locale="fr-FR")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    accessible(page)

    choose(page, type_of(instance, "Full price"))
    expect(page.get_by_role("button", name=re.compile(r"Commander et payer 15,00\s€"))).to_be_visible()
    accessible(page)
    give_details(page, "Bob Martin", "bob.francais@example.org")
    page.wait_for_url(f"{instance.paysim_url}/**")
    page.locator("button").first.click()

    expect(page.locator("h1")).to_contain_text("place")
    accessible(page)
    mail = instance.mail("bob.francais@example.org")
    assert str(mail["Subject"]).startswith("Votre place")
    assert "Bonjour Bob" in text_of(mail)


def test_an_order_is_found_again_and_the_answer_is_the_same_for_everybody(instance, visit):
    page = visit(address_of(instance))
    choose(page, type_of(instance, "Solidarity"))
    give_details(page, "Carol", "carol.forgets@example.org")
    expect(page.get_by_role("heading", name="Your place is yours")).to_be_visible()

    def ask(email: str) -> str:
        other = visit("/find-order")
        other.locator("[name=email]").fill(email)
        other.locator("main form button").first.click()
        other.wait_for_load_state()
        return other.locator("main").inner_text().replace(email, "ADDRESS")

    assert ask("carol.forgets@example.org") == ask("nobody.at.all@example.org")
    link = links_in(instance.mail("carol.forgets@example.org", "link of your order"), "/o/")[0]
    page = visit()
    page.goto(link)
    expect(page.get_by_role("heading", name="Your place is yours")).to_be_visible()
