import re
from pathlib import Path

import pytest

from estrade.events import posters

STYLESHEET = Path(__file__).resolve().parents[3] / "web" / "pages" / "src" / "theme.css"


@pytest.mark.parametrize("category", posters.INKS)
def test_every_category_has_its_sheet_banner_and_drawing(category):
    sheet = posters.poster("Marées hautes", category=category, when="Dim. 29 nov.", who="Les Marées")
    lying = posters.banner("Marées hautes", category=category, when="Dim. 29 nov.", who="Les Marées")
    drawing = posters.scene("Marées hautes", category=category)

    assert "MARÉES" in sheet
    assert "MARÉES" in lying
    assert "<text" not in drawing


def test_the_same_event_always_wears_the_same_poster():
    first = posters.poster("Impro totale", category="comedy", when="today")
    posters.poster.cache_clear()

    assert posters.poster("Impro totale", category="comedy", when="today") == first


def test_a_title_cannot_write_into_the_drawing():
    sheet = posters.poster('<script>"', category="talk", when="<b>", who="&")

    assert "<script" not in sheet.lower()
    assert "<b>" not in sheet
    assert "&amp;" in sheet


def test_a_poster_has_no_style_of_its_own():
    assert "style=" not in posters.poster("Marées hautes", category="music", when="today")


@pytest.mark.parametrize("title", ["", "!", " ".join(["word"] * 30), "Donaudampfschifffahrtsgesellschaft" * 3])
def test_any_title_makes_a_sheet(title):
    assert posters.poster(title, category="science", when="today").endswith("</svg>")


def test_the_stylesheet_knows_the_same_inks():
    written = re.findall(
        r"\.inks-(\w+) \{ --paper: (\S+); --type: (\S+); --tone: (\S+); --figure: (\S+); \}", STYLESHEET.read_text()
    )

    assert {name: tuple(colours) for name, *colours in written} == {
        name: tuple(c.lower() for c in (inks.paper, inks.type, inks.tone, inks.figure)) for name, inks in posters.INKS.items()
    }
