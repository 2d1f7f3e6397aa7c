"""What the Content-Security-Policy forbids is not in any template."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

PACKAGE = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(PACKAGE.glob("*/templates/**/*.html"))
IN_PAGES = [path for path in TEMPLATES if "mail" not in path.parts]


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE)).split("/templates/", 1)[1]


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_template_can_be_read(path):
    get_template(name_of(path))


@pytest.mark.parametrize("path", IN_PAGES, ids=name_of)
def test_no_page_carries_style_or_script_of_its_own(path):
    text = path.read_text(encoding="utf-8")

    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", text)
    assert not re.search(r"<script(?![^>]*(?:\ssrc=|type=\"application/json\"))", text)


def test_the_page_for_our_own_mistakes_needs_no_context():
    assert "<h1>" in get_template("500.html").render({})
