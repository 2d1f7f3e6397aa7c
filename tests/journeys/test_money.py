"""Money that takes other ways than a card, tickets that go on, and statements that are taken home."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from estrade.payments.bank.tests.samples import IBAN, camt, entry
from tests.instance import links_in, text_of
from tests.journeys.people import an_event, choose, give_details

SOON = timedelta(days=10)


@pytest.fixture(scope="module")
def kept(instance, browser):
    """What Alice's browser keeps once she has signed in; her link works once, so she has another one made."""
    instance.command("demo")
    link = json.loads((instance.var / "demo.json").read_text())["sign_in_link"]
    context = browser.new_context(base_url=instance.url, locale="en-GB")
    context.new_page().goto(link)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def alice(visit, kept):
    return visit("/", storage_state=kept)


def names_its_account(alice: Page, organisation: str) -> None:
    """Alice says where transfers go, unless she has."""
    alice.goto(f"/host/organisations/{organisation}/transfers")
    if alice.get_by_text("Read a statement in").count():
        return
    alice.get_by_role("link", name="Name an account").click()
    alice.get_by_label("IBAN").fill("LU28 0019 4006 4475 0001")
    alice.get_by_role("button", name="Save").click()
    expect(alice.get_by_label("IBAN")).to_have_attribute("aria-invalid", "true")
    alice.get_by_label("IBAN").fill(IBAN)
    alice.get_by_role("button", name="Save").click()
    expect(alice.get_by_text("Buyers may pay by transfer from now on.")).to_be_visible()


def test_a_french_buyer_pays_by_transfer_and_the_statement_says_so(instance, visit, alice, accessible):
    names_its_account(alice, instance.facts["organisation"])
    event = an_event(instance, starts_in=SOON)

    bob = visit(f"/e/{event['slug']}", locale="fr-FR")
    choose(bob, event["seat"], 2)
    bob.get_by_label("Prénom et nom").fill("Bob Virement")
    bob.get_by_label("E-mail").fill("bob.virement@example.org")
    bob.get_by_text("Par virement").click()
    accessible(bob)
    bob.get_by_role("button", name=re.compile("Commander et payer")).click()
    expect(bob.get_by_role("heading", name="Nous attendons votre paiement")).to_be_visible()
    accessible(bob)
    reference = re.search(r"RF\d\d [0-9A-Z]{4} [0-9A-Z]{4}", bob.inner_text("main"))[0]
    assert reference in text_of(instance.mail("bob.virement@example.org", "Votre virement"))

    alice.goto(f"/host/organisations/{instance.facts['organisation']}/transfers")
    body = camt(
        entry("50.00", reference=reference.replace(" ", ""), name="Bob Virement"), entry("7.00", "rent", bank_reference="B2")
    )
    alice.get_by_label("File from your bank").set_input_files({"name": "november.xml", "mimeType": "text/xml", "buffer": body})
    alice.get_by_role("button", name="Read it in").click()
    expect(alice.get_by_text("1 transfer was for an order.")).to_be_visible()
    accessible(alice)

    bob.reload()
    expect(bob.get_by_role("heading", name="Vos places sont là")).to_be_visible()
    assert len(links_in(instance.mail("bob.virement@example.org", "Vos 2 places"), "/t/")) >= 2


def test_a_near_miss_is_decided_by_the_host(instance, visit, alice, accessible):
    names_its_account(alice, instance.facts["organisation"])
    event = an_event(instance, starts_in=SOON)
    bob = visit(f"/e/{event['slug']}")
    choose(bob, event["seat"])
    bob.get_by_label("First name and name").fill("Bob Short")
    bob.get_by_label("E-mail").fill("bob.short@example.org")
    bob.get_by_text("By bank transfer").click()
    bob.get_by_role("button", name="Order and pay").click()
    reference = re.search(r"RF\d\d [0-9A-Z]{4} [0-9A-Z]{4}", bob.inner_text("main"))[0]

    alice.goto(f"/host/organisations/{instance.facts['organisation']}/transfers")
    file = f"Date;Amount;Reference;Name\n2026-11-24;24,00;{reference};Bob Short\n".encode()
    alice.get_by_label("File from your bank").set_input_files({"name": "november.csv", "mimeType": "text/csv", "buffer": file})
    alice.get_by_role("button", name="Read it in").click()
    row = alice.get_by_role("listitem").filter(has_text=reference)
    expect(row.get_by_text("another amount")).to_be_visible()
    accessible(alice)
    row.get_by_role("button", name="It is for this one").click()
    expect(alice.get_by_text("is paid. Its tickets are on their way.")).to_be_visible()

    bob.reload()
    expect(bob.get_by_role("heading", name="Your place is yours")).to_be_visible()


def test_a_ticket_is_handed_over(instance, visit, accessible):
    event = an_event(instance, starts_in=SOON)
    bob = visit(f"/e/{event['slug']}")
    choose(bob, event["free"])
    give_details(bob, "Bob Gives", "bob.gives@example.org")
    old = links_in(instance.mail("bob.gives@example.org"), "/t/")[0]

    bob.get_by_role("link", name="Hand over").first.click()
    accessible(bob)
    bob.get_by_label("First name and name").fill("Carol Comes")
    bob.get_by_label("E-mail").fill("carol.comes@example.org")
    bob.get_by_role("button", name="Hand it over").click()
    expect(bob.get_by_text("Carol Comes has the ticket now")).to_be_visible()
    accessible(bob)

    carol = visit(links_in(instance.mail("carol.comes@example.org", "Bob Gives gives you a ticket"), "/t/")[0])
    expect(carol.get_by_text("Carol Comes").first).to_be_visible()
    assert bob.goto(old).status == 404


def test_the_statement_that_is_taken_home_says_what_the_page_says(instance, visit, alice, accessible):
    event = an_event(instance, starts_in=SOON)
    bob = visit(f"/e/{event['slug']}")
    choose(bob, event["seat"], 2)
    give_details(bob, "Bob Counts", "bob.counts@example.org")
    bob.get_by_role("button", name="Approve").click()
    expect(bob.get_by_role("heading", name="Your places are yours")).to_be_visible()

    alice.goto(f"/host/events/{event['id']}/statement")
    accessible(alice)
    paid = alice.get_by_role("row", name="Paid by buyers").get_by_role("cell").inner_text()
    with alice.expect_download() as download:
        alice.get_by_role("link", name="CSV").click()
    rows = csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig")))
    assert sum(Decimal(row["amount"]) for row in rows if row["cause"] == "payment") == Decimal(paid) == Decimal("50.00")
    for name in ("PDF", "XLSX", "hledger", "FEC"):
        with alice.expect_download() as download:
            alice.get_by_role("link", name=name).click()
        assert download.value.path().stat().st_size > 500

    alice.get_by_role("link", name="Paid by buyers").click()
    expect(alice.get_by_role("heading", name="Paid by buyers")).to_be_visible()
    accessible(alice)
