"""What people do, step by step, as the journeys tell it."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Page, expect

from tests.instance import RunningInstance

PICTURE = """video => {
    const canvas = document.createElement("canvas"); canvas.width = 32; canvas.height = 18;
    const context = canvas.getContext("2d"); context.drawImage(video, 0, 0, 32, 18);
    const data = context.getImageData(4, 4, 24, 10).data; let sum = [0, 0, 0];
    for (let i = 0; i < data.length; i += 4) { sum[0] += data[i]; sum[1] += data[i + 1]; sum[2] += data[i + 2]; }
    return sum.map(each => each / (data.length / 4));
}"""
# Every element that plays sound, into one analyser; the loudest frequency in Hz, or 0 for silence.
PITCH = """async () => {
    const context = new AudioContext({sampleRate: 48000}); await context.resume();
    const analyser = context.createAnalyser(); analyser.fftSize = 16384;
    for (const element of document.querySelectorAll("audio, video")) {
        const stream = element.srcObject;
        if (stream && stream.getAudioTracks().length && !element.muted) context.createMediaStreamSource(stream).connect(analyser);
    }
    await new Promise(done => setTimeout(done, 1500));
    const bins = new Float32Array(analyser.frequencyBinCount); analyser.getFloatFrequencyData(bins);
    let best = 0; bins.forEach((level, index) => { if (level > bins[best]) best = index; });
    await context.close();
    return bins[best] > -70 ? best * 48000 / analyser.fftSize : 0;
}"""


def sees_red(page: Page, seconds: float = 25) -> None:
    """Some video on the page shows a red picture."""
    looks_red = f"""() => [...document.querySelectorAll("video")].some(video => {{
        if (!video.videoWidth || video.paused) return false;
        const [red, green, blue] = ({PICTURE})(video);
        return red > 150 && green < 90 && blue < 90;
    }})"""
    page.wait_for_function(looks_red, timeout=seconds * 1000)


def hears(page: Page, hertz: float = 440) -> None:
    """The page plays a tone of this pitch."""
    heard = 0.0
    for _attempt in range(8):
        heard = page.evaluate(PITCH)
        if abs(heard - hertz) < 8:
            return
    raise AssertionError(f"heard {heard} Hz, not {hertz}")


def an_event(
    instance: RunningInstance, *, kind: str = "stage", starts_in: timedelta = -timedelta(minutes=5), **fields: Any
) -> dict[str, Any]:
    """A published event of the demo's organisation, made over the API: {id, slug, occurrence, free, seat}."""
    body = {"title": f"Journey {uuid.uuid4().hex[:6]}", "short_text": "A show.", "description": "People sing.", "kind": kind}
    body |= {"category": "music", "capacity": 50, "language": "en"} | fields
    event = instance.api("POST", f"/organisations/{instance.facts['organisation']}/events", body)
    starts_at = (datetime.now(UTC) + starts_in).strftime("%Y-%m-%dT%H:%M:00")
    plan = {"starts_at": starts_at, "minutes": 240, "time_zone": "UTC"}
    occurrence = instance.api("POST", f"/events/{event['id']}/occurrences", plan)
    free = instance.api("POST", f"/events/{event['id']}/ticket-types", {"name": "Free seat", "price_kind": "free"})
    seat = instance.api("POST", f"/events/{event['id']}/ticket-types", {"name": "Seat", "price_kind": "fixed", "price_minor": 2500})
    event = instance.api("POST", f"/events/{event['id']}/publish")
    made = {"id": event["id"], "slug": event["slug"], "title": event["title"]}
    return made | {"occurrence": occurrence["id"], "free": free["id"], "seat": seat["id"]}


def crew_link(instance: RunningInstance, event: dict[str, Any], name: str, role: str = "cohost") -> str:
    """A crew link for `name`."""
    invited = instance.api(
        "POST", f"/events/{event['id']}/crew", {"name": name, "email": f"{name.lower()}@example.org", "role": role}
    )
    return str(invited["link"])


def a_ticket(instance: RunningInstance, event: dict[str, Any], name: str, kind: str = "free") -> str:
    """A ticket link for `name`, sold over the API."""
    sold = instance.api(
        "POST",
        "/orders",
        {
            "occurrence": event["occurrence"],
            "choices": [{"ticket_type": event[kind], "quantity": 1}],
            "name": name,
            "email": f"{name.lower()}@example.org",
        },
    )
    return str(sold["ticket_links"][0])


def choose(page: Page, ticket_type: str, quantity: int = 1) -> None:
    """Choose places on an event page and go to checkout."""
    page.locator(f"[name='quantity-{ticket_type}']").fill(str(quantity))
    page.locator("#ticket-form button.btn-primary:visible, button[form='ticket-form']:visible").first.click()
    page.wait_for_url("**/checkout")


def give_details(page: Page, name: str, email: str) -> None:
    """Say who one is at checkout, and press the last button."""
    page.locator("[name=name]").fill(name)
    page.locator("[name=email]").fill(email)
    page.locator("form button.btn-primary:visible").first.click()


def enter(page: Page) -> None:
    """From the page of a ticket, or the lobby, into the room."""
    if "/rooms/" not in page.url:
        page.locator("a[href*='/enter']").first.click()
        page.wait_for_url("**/rooms/**")
    page.get_by_role("button", name=re.compile("^(Enter|Entrer|Go backstage)$")).click()
    expect(page.locator("[data-view=room][data-connection=connected]")).to_be_visible(timeout=30_000)
