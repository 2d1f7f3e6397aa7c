"""The documentation is a site that builds and is read without a network, and what it names exists."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.instance import REPOSITORY

DOCS = REPOSITORY / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
OUTSIDE = [REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
ALL = [*OUTSIDE, *PAGES]
KINDS = ("operate", "build", "explain", "decisions")
LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
ALONE = ["unshare", "--net"]


class Loads(HTMLParser):
    """Collects what a page fetches by itself, links to follow left out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in LOADED and given.get("rel") not in {"canonical", "next", "prev"}:
            self.found.append(given.get(LOADED[tag], ""))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The site, built as `make docs` does, where the user may without any network."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    may_be_alone = shutil.which("unshare") and subprocess.run([*ALONE, "true"], check=False, capture_output=True).returncode == 0
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        [*(ALONE if may_be_alone else []), *command],
        cwd=REPOSITORY, env=environment, check=False, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def name_of(path):
    return str(path.relative_to(REPOSITORY))


def test_every_page_is_built(built):
    for page in PAGES:
        name = "index.html" if page == DOCS / "index.md" else str(page.relative_to(DOCS).with_suffix(".html"))
        assert (built / name).exists(), name


def test_no_page_loads_anything_from_elsewhere(built):
    for page in built.rglob("*.html"):
        loads = Loads()
        loads.feed(page.read_text())
        assert loads.found
        assert [address for address in loads.found if urlsplit(address).netloc] == [], page.name
    for sheet in built.rglob("*.css"):
        assert re.findall(r"url\([\"']?(?:https?:)?//|@import[^;]*//", sheet.read_text()) == [], sheet.name


def test_there_is_each_kind_of_page():
    assert {path.name for path in (*DOCS.iterdir(), *DOCS.glob("*/"))} >= {*KINDS, "glossary.md", "changelog.md", "index.md"}
    assert all(any((DOCS / kind).glob("*.md")) for kind in KINDS)


def links_of(page):
    return [
        link for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()) if not urlsplit(link).scheme and not link.startswith("#")
    ]


@pytest.mark.parametrize("page", ALL, ids=name_of)
def test_links_lead_somewhere(page):
    for link in links_of(page):
        assert (page.parent / unquote(link.partition("#")[0])).exists(), link


@pytest.mark.parametrize("page", ALL, ids=name_of)
def test_files_and_commands_that_are_named_exist(page):
    text = page.read_text()
    made = set(re.findall(r"(?m)^([a-z-]+):", (REPOSITORY / "Makefile").read_text()))
    said = set(re.findall(r"(?:^    |`)make ([a-z-]+)", text, re.MULTILINE))
    commands = set(re.findall(r"\"([a-z]+)\"", (REPOSITORY / "estrade/site/cli.py").read_text()))
    asked = set(re.findall(r"(?:^    |`)estrade ([a-z]+)", text, re.MULTILINE))
    top = "estrade|engines|web|paysim|tests|bench|docs|deploy|locale"
    files = re.findall(rf"`((?:{top})/[\w./-]+)`", text)

    assert said - made == set(), "make"
    assert asked - commands == set(), "estrade"
    # What is built is not in the repository.
    assert [
        name for name in files if not (REPOSITORY / name).exists() and not name.startswith(("estrade/static", "bench/results"))
    ] == []


VARIABLE = r"\b(?:ESTRADE|STRIPE|LIVEKIT|MESSAGES|INTERNAL|SMTP|SITE|DATABASE|PAYSIM)_[A-Z_]+\b"
# What our own processes tell each other; nobody sets it.
BETWEEN_US = {"ESTRADE_DEMO", "ESTRADE_DEBUG", "ESTRADE_SUPERVISED", "DATABASE_SECRET", "LIVEKIT_KEYS"}


def read_by(folder: Path, pattern: str) -> set[str]:
    found = set()
    for path in folder.rglob("*.py"):
        if "tests" not in path.parts and "static" not in path.parts:
            found |= set(re.findall(pattern, path.read_text()))
    return found


def test_every_variable_that_is_read_is_explained_and_every_explained_one_is_read():
    explained = set(re.findall(VARIABLE, "".join(page.read_text() for page in (DOCS / "operate").glob("*.md"))))
    read = read_by(REPOSITORY / "estrade", rf"(?:environ(?:\.get)?[\[(]|_flag\()\"({VARIABLE})\"") | read_by(
        REPOSITORY / "deploy", rf"environ(?:\.get)?[\[(]\"({VARIABLE})\""
    )
    known = read_by(REPOSITORY / "estrade", VARIABLE) | read_by(REPOSITORY / "deploy", VARIABLE)

    assert read - explained - BETWEEN_US == set(), "read and not explained in docs/operate"
    assert explained - known - {"APPEND_ONLY_TABLES"} == set(), "explained and read nowhere"
