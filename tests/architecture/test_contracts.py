"""The import contracts in pyproject.toml speak of everything that there is."""

from __future__ import annotations

import tomllib

from tests.instance import REPOSITORY


def contract(name):
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return next(each for each in contracts if each["name"].startswith(name))


def test_every_file_of_pages_is_an_edge():
    protected = set(contract("Edges")["protected_modules"])
    pages = {f"estrade.{path.parent.name}.{path.stem}" for path in (REPOSITORY / "estrade").glob("*/*_pages.py")}

    assert {page for page in pages if not page.startswith("estrade.site.")} - protected == set()


def test_every_domain_is_held_to_the_order_inside_a_domain():
    domains = {f"estrade.{path.parent.name}" for path in (REPOSITORY / "estrade").glob("*/models.py")}

    assert domains - {"estrade.base"} == set(contract("Inside a domain")["containers"])
