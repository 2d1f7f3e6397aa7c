"""What happens in the room, with real pictures and sound."""

from __future__ import annotations

import re

import requests
from playwright.sync_api import Page, expect

from tests.instance import wait_for
from tests.journeys.people import a_ticket, an_event, choose, crew_link, enter, give_details, hears, sees_red


def go_on_stage(page: Page) -> None:
    """The crew begin backstage on a stage; one press takes them in front."""
    page.get_by_role("button", name="Go on stage").first.click()


def test_a_visitor_of_the_demo_sees_the_robot(instance, visit, accessible):
    """One person alone: a free ticket, the door, the show."""
    page = visit(instance.facts["event_url"])
    free = instance.facts["ticket_types"]["Solidarity"]
    page.locator(f"[name='quantity-{free}']").fill("1")
    page.locator("#ticket-form button.btn-primary:visible").first.click()
    page.locator("[name=name]").fill("Bob")
    page.locator("[name=email]").fill("bob.demo@example.org")
    page.locator("form button.btn-primary:visible").first.click()
    page.locator("a[href*='/tickets/']").first.click()

    page.locator("a[href*='/enter']").first.click()
    page.wait_for_url("**/rooms/**")
    expect(page.get_by_role("button", name="Enter")).to_be_visible()
    accessible(page)
    enter(page)

    sees_red(page)
    hears(page)
    accessible(page)


def test_bob_sees_alices_red_picture_and_hears_her(instance, visit, visit_with_camera):
    event = an_event(instance, kind="stage")
    alice = visit_with_camera(crew_link(instance, event, "Alice"))
    enter(alice)
    go_on_stage(alice)

    bob = visit(a_ticket(instance, event, "Bob"))
    enter(bob)

    sees_red(bob)
    hears(bob)
    expect(bob.locator("[data-name='Alice']").first).to_be_visible()


def test_everybody_in_a_class_sees_everybody(instance, visit_with_camera):
    event = an_event(instance, kind="class")
    bob = visit_with_camera(a_ticket(instance, event, "Bob"))
    enter(bob)
    carol = visit_with_camera(a_ticket(instance, event, "Carol"))
    enter(carol)

    sees_red(bob)
    sees_red(carol)
    hears(carol)


def test_on_a_phone_ones_own_picture_floats_in_a_corner_and_moves_to_another(instance, visit_with_camera):
    event = an_event(instance, kind="class")
    bob = visit_with_camera(a_ticket(instance, event, "Bob"))
    bob.set_viewport_size({"width": 320, "height": 640})
    enter(bob)
    carol = visit_with_camera(a_ticket(instance, event, "Carol"))
    enter(carol)

    expect(bob.locator("[data-name='Carol']")).to_be_visible()
    own = bob.get_by_role("button", name="Your picture. Move it to the next corner")
    expect(own).to_have_attribute("data-corner", "bottom-right")
    own.press("Enter")
    expect(own).to_have_attribute("data-corner", "bottom-left")
    box = own.bounding_box()
    bob.mouse.move(box["x"] + 10, box["y"] + 10)
    bob.mouse.down()
    bob.mouse.move(300, 70, steps=5)
    bob.mouse.up()
    expect(own).to_have_attribute("data-corner", "top-right")
    leave = bob.get_by_role("button", name="Leave").bounding_box()
    assert leave["x"] + leave["width"] <= 320


def test_one_ticket_on_two_devices(instance, visit):
    event = an_event(instance)
    link = a_ticket(instance, event, "Bob")
    first = visit(link)
    enter(first)

    second = visit(link)
    second.locator("a[href*='/enter']").first.click()
    second.wait_for_url("**/rooms/**")
    second.get_by_role("button", name="Continue here").click()

    expect(second.locator("[data-view=room][data-connection=connected]")).to_be_visible(timeout=30_000)
    expect(first.locator("[data-view=end][data-end=taken_over]")).to_be_visible(timeout=10_000)


def test_promoted_from_the_audience_seen_and_sent_back(instance, visit, visit_with_camera):
    event = an_event(instance)
    host = visit(crew_link(instance, event, "Alice"))
    enter(host)
    bob = visit_with_camera(a_ticket(instance, event, "Bob"))
    enter(bob)
    carol = visit(a_ticket(instance, event, "Carol"))
    enter(carol)

    bob.get_by_role("button", name="Raise hand").click()
    host.get_by_role("tab", name=re.compile("Hands")).click()
    host.get_by_role("button", name="Promote Bob to the stage").click()
    bob.get_by_role("button", name="Go on stage").first.click()

    sees_red(carol)
    host.get_by_role("tab", name=re.compile("People")).click()
    host.get_by_role("button", name=re.compile("for Bob|Bob:|Bob$")).first.click()
    host.get_by_role("button", name=re.compile("Send (Bob )?back")).first.click()

    expect(carol.locator("[data-name='Bob'] video")).to_have_count(0, timeout=15_000)


def test_what_is_said_reaches_everybody_and_late_comers(instance, visit):
    event = an_event(instance)
    bob = visit(a_ticket(instance, event, "Bob"))
    enter(bob)
    bob.get_by_placeholder("Message to everyone").fill("Good evening <b>all</b>")
    bob.keyboard.press("Enter")

    carol = visit(a_ticket(instance, event, "Carol"))
    enter(carol)

    expect(carol.get_by_text("Good evening <b>all</b>")).to_be_visible()
    carol.get_by_placeholder("Message to everyone").fill("Hello Bob")
    carol.keyboard.press("Enter")
    expect(bob.get_by_text("Hello Bob")).to_be_visible()


def test_removed_and_kept_out(instance, visit):
    event = an_event(instance)
    host = visit(crew_link(instance, event, "Alice"))
    enter(host)
    link = a_ticket(instance, event, "Mallory")
    mallory = visit(link)
    tokens: list[str] = []
    mallory.on("websocket", lambda socket: tokens.append(socket.url))
    enter(mallory)
    room = mallory.url.rsplit("/", 1)[1]
    seat = next(person["seat_id"] for person in instance.api("GET", f"/rooms/{room}/people") if person["name"] == "Mallory")

    instance.api("POST", f"/rooms/{room}/seats/{seat}/ban")

    expect(mallory.locator("[data-view=end][data-end=banned]")).to_be_visible(timeout=5_000)
    # Every address that this seat ever connected by, with the tokens in them, is refused from now on.
    assert tokens
    for url in tokens:
        answer = requests.get(url.replace("ws", "http", 1), headers={"Connection": "Upgrade", "Upgrade": "websocket"}, timeout=5)
        assert answer.status_code in {401, 403}, url.partition("?")[0]
    again = visit(link)
    again.locator("a[href*='/enter']").first.click()
    again.wait_for_url("**/rooms/**")
    enter_button = again.get_by_role("button", name="Enter")
    if enter_button.count():
        enter_button.click()
    expect(again.locator("[data-view=room]")).to_have_count(0)


def test_the_keyboard_is_enough_and_never_loses_its_place(instance, visit):
    event = an_event(instance)
    host = visit(crew_link(instance, event, "Alice"))
    host.get_by_role("button", name="Go backstage").press("Enter")
    expect(host.locator("[data-view=room][data-connection=connected]")).to_be_visible(timeout=30_000)
    expect(host.locator("#main")).to_be_focused()
    enter(visit(a_ticket(instance, event, "Bob")))

    for opener, inside in (("React", "Heart"), ("Devices", "Close"), ("End for all", "Keep going")):
        host.get_by_role("button", name=opener, exact=True).press("Enter")
        expect(host.get_by_role("button", name=inside, exact=True)).to_be_visible()
        host.keyboard.press("Escape")
        expect(host.get_by_role("button", name=opener, exact=True)).to_be_focused()
    host.get_by_role("tab", name="Chat").press("ArrowRight")
    expect(host.get_by_role("tab", name="People")).to_be_focused()
    host.get_by_role("button", name="Actions for Bob").press("Enter")
    host.get_by_role("button", name="Remove", exact=True).press("Enter")
    host.keyboard.press("Escape")
    expect(host.get_by_role("button", name="Actions for Bob")).to_be_focused()


def test_nobodys_camera_is_on_before_a_door_that_stays_closed(instance, visit_with_camera):
    event = an_event(instance, kind="class")
    link = a_ticket(instance, event, "Bob")
    bob = visit_with_camera(link)
    bob.locator("a[href*='/enter']").first.click()
    bob.wait_for_url("**/rooms/**")
    expect(bob.get_by_role("heading", name="Test picture and sound")).to_be_visible()

    instance.api("POST", f"/rooms/{bob.url.rsplit('/', 1)[1]}/end")

    expect(bob.get_by_role("heading", name="The event has ended")).to_be_visible(timeout=10_000)
    expect(bob.get_by_role("heading", name="Test picture and sound")).to_have_count(0)
    expect(bob.locator("video")).to_have_count(0)


def test_a_ban_is_of_the_person_and_can_be_lifted(instance, visit):
    event = an_event(instance)
    host = visit(crew_link(instance, event, "Alice"))
    enter(host)
    links = [a_ticket(instance, event, "Mallory"), a_ticket(instance, event, "Mallory")]
    inside = [visit(link) for link in links]
    for page in inside:
        enter(page)
    host.get_by_role("tab", name="People").click()

    host.get_by_role("button", name="Actions for Mallory").first.click()
    host.get_by_role("button", name="Ban", exact=True).click()
    host.get_by_role("dialog").get_by_role("button", name="Ban", exact=True).click()

    for page in inside:
        expect(page.locator("[data-view=end][data-end=banned]")).to_be_visible(timeout=5_000)
    shop = visit(f"{instance.url}/e/{event['slug']}")
    choose(shop, event["seat"])
    give_details(shop, "Mallory", "mallory@example.org")
    expect(shop.locator("#email-error")).to_contain_text("does not accept orders for this event")
    expect(host.locator("[data-seat-row]").filter(has_text="Banned")).to_have_count(2)

    host.get_by_role("button", name="Actions for Mallory").first.click()
    host.get_by_role("button", name="Lift the ban").click()

    expect(host.locator("[data-seat-row]").filter(has_text="Banned")).to_have_count(0)
    enter(visit(links[1]))


def test_a_cancelled_event_refunds_everybody_and_ends_its_room(instance, visit):
    event = an_event(instance)
    page = visit(f"/e/{event['slug']}")
    page.locator(f"[name='quantity-{event['seat']}']").fill("1")
    page.locator("#ticket-form button.btn-primary:visible").first.click()
    page.locator("[name=name]").fill("Carol")
    page.locator("[name=email]").fill("carol.refund@example.org")
    page.locator("form button.btn-primary:visible").first.click()
    page.wait_for_url(f"{instance.paysim_url}/**")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", name="Your place is yours")).to_be_visible()
    order = page.url.replace("/return", "")
    page.locator("a[href*='/tickets/']").first.click()
    enter(page)

    instance.api("POST", f"/events/{event['id']}/cancel")

    expect(page.locator("[data-view=end]")).to_be_visible(timeout=20_000)
    instance.mail("carol.refund@example.org", r"25\.00 is on its way back")
    wait_for(lambda: "refunded €25.00" in requests_page(page, order), 30, "the refund on the page of the order")
    wait_for(lambda: money_left(instance, event) == (0, 0), 30, "the money to be back")


def money_left(instance, event) -> tuple[int, int]:
    """What the organisation has, and what buyers are owed: a refund is booked when the processor has made it."""
    statement = instance.api("GET", f"/events/{event['id']}/statement")
    return statement["organisation"]["minor"], statement["owed_to_buyers"]["minor"]


def requests_page(page: Page, url: str) -> str:
    page.goto(url)
    return str(page.locator("main").inner_text())
