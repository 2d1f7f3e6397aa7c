"""People sign in: by a code from a mail, and by a passkey that their device keeps."""

from __future__ import annotations

import re
from email.message import EmailMessage

from playwright.sync_api import Page, expect

from tests.instance import text_of


def with_a_device(page: Page) -> None:
    """The page's browser has a fingerprint reader, and the right finger lies on it."""
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    device.send("WebAuthn.addVirtualAuthenticator", {"options": {**options, "isUserVerified": True}})


def code_in(mail: EmailMessage) -> str:
    code = re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{2,4})\s*$", text_of(mail), re.MULTILINE)
    assert code, text_of(mail)
    return code.group(1)


def sign_up(instance, page: Page, name: str, email: str) -> None:
    page.goto("/account/signup/")
    page.get_by_label("Your name").fill(name)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Sign up").click()
    page.get_by_label("Code").fill(code_in(instance.mail(email)))
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/host**")


def sign_out(page: Page) -> None:
    page.goto("/account/logout/")
    page.get_by_role("button", name="Sign out").last.click()
    page.wait_for_url("**/")


def test_a_passkey_signs_its_owner_in_without_a_mail(instance, visit, accessible):
    page = visit()
    with_a_device(page)
    sign_up(instance, page, "Alice", "alice.passkey@example.org")
    page.goto("/account/2fa/")
    accessible(page)
    page.get_by_role("link", name="Add a passkey").click()
    accessible(page)
    page.get_by_label("What you call it").fill("Alice’s laptop")
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="Passkeys and security").click()
    page.get_by_role("link", name="See your passkeys").click()
    expect(page.get_by_text("Alice’s laptop").first).to_be_visible()
    accessible(page)
    mails = len(instance.mails("alice.passkey@example.org"))
    sign_out(page)

    page.goto("/account/login/?next=/host/profile")
    page.get_by_role("button", name="Use a passkey").click()

    page.wait_for_url("**/host/profile")
    expect(page.get_by_label("Your name")).to_have_value("Alice")
    assert len(instance.mails("alice.passkey@example.org")) == mails


def test_a_mailed_code_alone_no_longer_signs_in_whoever_has_a_passkey(instance, visit, accessible):
    page = visit()
    with_a_device(page)
    sign_up(instance, page, "Carol", "carol.passkey@example.org")
    page.goto("/account/2fa/webauthn/add/")
    page.get_by_role("button", name="Add the passkey").click()
    page.get_by_role("button", name="Use a passkey").click()
    recovery_code = page.locator("#recovery_codes li").first.inner_text()

    other = visit("/account/login/")
    other.get_by_label("E-mail address").first.fill("carol.passkey@example.org")
    other.get_by_role("button", name="Mail me a code").click()
    code = code_in(instance.mail("carol.passkey@example.org", "sign in"))
    accessible(other)
    other.get_by_label("Code").fill(code)
    other.get_by_role("button", name="Confirm").click()

    expect(other.get_by_role("heading", name="One more step")).to_be_visible()
    accessible(other)
    other.get_by_label("Code of your app, or a recovery code").fill(recovery_code)
    other.get_by_role("button", name="Sign in with the code").click()
    other.wait_for_url("**/host**")
