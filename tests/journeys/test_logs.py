"""When all journeys have been made, what is written about them holds nothing that opens a door. Runs last: see conftest.py."""

from __future__ import annotations

import contextlib
import secrets
import smtplib
import uuid
from urllib.parse import quote

import pytest
import requests

from tests.instance import RunningInstance
from tests.logs import held_back, leaks

pytestmark = pytest.mark.last


@pytest.fixture
def planted(instance):
    """Put a value into a log of the instance; it is taken out again."""
    path = instance.var / "log" / "planted.log"
    yield lambda text: path.write_text(f"INFO somebody came with {text}, and went\n")
    path.unlink(missing_ok=True)


def clumsy(instance: RunningInstance, secret: str) -> None:
    """Say `secret` wherever people and programs may say one, at the wrong place too: a refusal is what gets logged."""
    at = instance.port
    front, web, engine, messages, paysim = (f"http://127.0.0.1:{at + each}" for each in (0, 1, 2, 5, 6))
    token = f"eyJhbGciOiJIUzI1NiJ9.{secret}.{secret}"
    steps = "t o c invitations tickets orders account/password/reset/key demo/sign-in nowhere static media"
    paths = [f"/{step}/{uuid.uuid4()}/{secret}" for step in steps.split()]
    paths += [f"/{secret}", f"/e/{secret}", f"/rooms/{uuid.uuid4()}?secret={secret}", f"/api/v1/events?api_key={token}"]
    paths += [f"/rtc?access_token={token}", f"/rtc/validate?join_request={token}", f"/connection/websocket?token={token}"]
    carried = {
        "Authorization": f"Bearer {token}",
        "Cookie": f"sessionid={secret}; device={secret}; ticket_{uuid.uuid4().hex}={secret}",
        "X-CSRFToken": secret,
        "X-API-Key": secret,
        "X-Internal-Key": secret,
        "Stripe-Signature": f"t=1,v1={secret}",
        "Idempotency-Key": secret,
    }
    forms = ["/account/login/", "/account/signup/", "/account/login/code/confirm/", "/account/password/reset/", "/find-order"]
    forms += ["/callbacks/stripe", "/internal/messages/batch", "/api/v1/orders", "/language"]
    for site in (front, web):
        for path in paths:
            for method in ("GET", "PUT"):
                _try(method, site + path, headers=carried)
                _try(method, site + path)
        for path in forms:
            _try("POST", site + path, data={"login": "bob@example.org", "password": secret, "code": secret, "email": secret})
            _try("POST", site + path, json={"password": secret, "token": token, secret: secret}, headers=carried)
        _try("GET", f"{site}/?secret={secret}", headers={"Host": f"{secret}.example.org"})
    for path in (f"/rtc?access_token={token}", f"/rtc/validate?access_token={token}", "/twirp/livekit.RoomService/ListRooms"):
        _try("POST", engine + path, json={"room": secret}, headers=carried)
        _try("GET", engine + path, headers=carried | {"Connection": "Upgrade", "Upgrade": "websocket"})
    for path in ("/api/publish", f"/api/{secret}", f"/connection/websocket?token={token}"):
        _try("POST", messages + path, json={"channel": secret, "data": {"token": token}}, headers=carried)
    for path in ("/v1/checkout/sessions", f"/v1/checkout/sessions/{secret}", f"/c/pay/{secret}", "/control/faults"):
        _try("POST", paysim + path, data={"client_secret": secret, "mode": secret}, headers=carried)
    with contextlib.suppress(OSError, smtplib.SMTPException), smtplib.SMTP("127.0.0.1", at + 7, timeout=5) as server:
        server.docmd("AUTH PLAIN", secret)
        server.docmd(quote(secret))
        server.sendmail(f"{secret}@example.org", [f"{secret}@example.org"], f"Subject: {secret}\r\n\r\n{secret}")


def _try(method: str, url: str, **said: object) -> None:
    with contextlib.suppress(requests.RequestException):
        requests.request(method, url, timeout=10, allow_redirects=False, **said)  # type: ignore[arg-type]


def test_the_search_finds_every_secret_that_there_is(instance, planted):
    # Also where this test runs alone: then nobody has gone on a journey, and the secrets are those of the instance.
    for name, value in {*held_back(instance)}:
        planted(value)
        assert any(line.startswith("planted.log:1:") for line in leaks(instance)), name


@pytest.mark.parametrize(
    "text",
    [
        "GET /rtc?access_token=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln",
        "/t/01a20aca-54fa-7050-afb2-b986581b109a/JEDgSP6qBn2uRxm-bAasXkIUFcg",
        "ticket_01=01a20aca54fa.1:1xVdgG:Dwr-Qb2u8Z2Yo1gjwf5cA_6A29QOEILV-8poTKIt7pI",
        "Authorization: Bearer 0123456789abcdef",
        "estrade_984dKDMyJfpGBdgLaowfEFL6lJUO_y-JzTQ6asHGno8",
        "sk_test_aba96132aba96132",
        "postgresql://estrade:0123abcd@/estrade",
        '"password": "correct horse"',
        "Set-Cookie: sessionid=pj2u4k1y0m8v",
    ],
)
def test_the_search_knows_how_secrets_look(instance, planted, text):
    planted(text)

    assert any(line.startswith("planted.log:1:") for line in leaks(instance))


def test_no_log_holds_a_secret_a_token_a_code_or_a_cookie(instance):
    secret = "S" + secrets.token_urlsafe(24).replace("-", "x").replace("_", "y")
    clumsy(instance, secret)

    found = leaks(instance, more=[secret])
    assert not found, "\n".join(found)
