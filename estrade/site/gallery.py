"""Believable data for the gallery of components. None of it is in the database."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import segno
from django.utils.safestring import mark_safe

from estrade.base.errors import FieldError
from estrade.base.money import Money
from estrade.tickets.presenting import LedgerRow

ZONE = "Europe/Luxembourg"


def _euros(minor: int) -> Money:
    return Money(minor, "EUR")


def _event(title: str, category: str, host: str, language: str = "fr") -> SimpleNamespace:
    return SimpleNamespace(
        title=title, category=category, language=language, kind="stage", picture_url="", organisation=SimpleNamespace(name=host)
    )


def _evening(now: datetime, days: int) -> SimpleNamespace:
    starts_at = now.replace(hour=19, minute=30, second=0, microsecond=0) + timedelta(days=days)
    return SimpleNamespace(
        starts_at=starts_at, ends_at=starts_at + timedelta(minutes=90), doors_at=starts_at - timedelta(minutes=15), time_zone=ZONE
    )


def _offer(name: str, price_kind: str, now: datetime, **facts: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {"id": name.lower().replace(" ", "-"), "name": name, "price_kind": price_kind, "currency": "EUR"}
    usual |= {"zone": ZONE, "state": "open", "per_order_max": 6, "left": None, "opens_at": now, "quantity": "", "amount": ""}
    return usual | facts


def _offers(now: datetime) -> list[dict[str, Any]]:
    charity = SimpleNamespace(name="Port d’attache asbl")
    return [
        _offer("Place", "fixed", now, price=_euros(1500), share=_euros(200), charity=charity, quantity=2),
        _offer(
            "Prix libre",
            "pay_what_you_want",
            now,
            minimum=_euros(500),
            suggested=_euros(1000),
            share_basis_points=2000,
            charity=charity,
        ),
        _offer("Place solidaire", "free", now, left=6, description="Pour qui ne peut pas payer. Rien à prouver."),
        _offer("Don", "donation", now, charity=charity),
        _offer("Prévente", "fixed", now, price=_euros(1200), state="sold_out"),
        _offer("Dernière minute", "fixed", now, price=_euros(900), state="not_yet"),
    ]


def _listings(now: datetime) -> list[dict[str, Any]]:
    rows = [
        ("Je reviens vers vous", "comedy", "Nora Benali", "fixed", 1000, 12, "on_sale"),
        ("L’algèbre avant l’examen", "lesson", "Lycée des Arts et Métiers", "free", 0, None, "on_sale"),
        ("Réparer son vélo avant l’hiver", "craft", "Atelier Guidon", "fixed", 700, None, "cancelled"),
        ("Lettres de la forêt", "talk", "Librairie Alinéa", "pay_what_you_want", 0, None, "on_sale"),
        ("Yoga doux pour dos raides", "wellness", "Claire Hoffmann", "fixed", 1200, 4, "on_sale"),
        ("Sternbilder im Dezember", "science", "Winterkreis", "free", 0, None, "over"),
        ("Marées hautes", "music", "Les Marées", "from", 500, 38, "live"),
        ("Contes du grenier", "family", "Maison Bleue", "fixed", 600, 0, "sold_out"),
        ("Bouneschlupp, Schrëtt fir Schrëtt", "cooking", "Kichefeier", "fixed", 950, None, "on_sale"),
        ("La nuit des berceaux", "giving", "Port d’attache", "pay_what_you_want", 0, None, "on_sale"),
    ]
    return [
        {
            "event": _event(title, category, host), "occurrence": _evening(now, days), "url": "#", "price_kind": price_kind,
            "price_from": _euros(minor), "left": left, "state": state, "charity_name": "",
        }
        for days, (title, category, host, price_kind, minor, left, state) in enumerate(rows, start=1)
    ]  # fmt: skip


def sample(now: datetime) -> dict[str, Any]:
    """The context of gallery.html."""
    code = segno.make("https://estrade.example/t/gallery", error="m", micro=False)
    ticket = {
        "attendee_name": "Léa Schroeder", "state": "valid", "type_name": "Place", "price": _euros(1500), "number": "K7QX-3MHD",
        "index": 1, "count": 2,
    }  # fmt: skip
    return {
        "event": _event("Marées hautes", "music", "Les Marées"),
        "occurrence": _evening(now, 6),
        "offers": _offers(now),
        "listings": _listings(now),
        "lines": [
            LedgerRow("2 × Place", _euros(3000), give="dont 4,00 € pour Port d’attache asbl"),
            LedgerRow("Don à Port d’attache asbl", _euros(500)),
            LedgerRow("Frais de réservation", _euros(0)),
        ],
        "total": _euros(3500),
        "ticket": ticket,
        "qr_svg": mark_safe(code.svg_inline(border=0, omitsize=True, svgclass=None, lineclass=None, dark="#171411")),  # noqa: S308 - segno's own drawing
        "errors": [
            FieldError("g-email", "incomplete", "The end of the address is missing."),
            FieldError("g-amount", "too_little", "The least is €5.00."),
        ],
        "heads": ["Buyer", "Places"],
        "rows": [
            {"cells": ["Léa Schroeder", "2 places, gift"], "amount": _euros(3500), "url": "#"},
            {"cells": ["Kim S.", "2 places, refunded"], "amount": _euros(-3000)},
            {"cells": ["Librairie Alinéa", "10 places"], "amount": _euros(150_000)},
        ],
        "table_total": _euros(150_500),
    }
