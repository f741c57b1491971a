"""Every guarantee of docs/guarantees.md is proven by tests, and the table says by which."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = [f"G{number}" for number in range(1, 17)]
ROW = re.compile(r"^\| (G\d+) \| (.*?) \| (.*) \|$", re.MULTILINE)
LINK = re.compile(r"\[[^\]]+\]\(([^)]+)\)")


@cache
def find_proofs() -> dict[str, set[str]]:
    """Return the test files that carry each guarantee's marker."""
    proofs: dict[str, set[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "guarantee":
                for argument in node.args:
                    name = ast.literal_eval(argument)
                    proofs.setdefault(name, set()).add(path.relative_to(ROOT).as_posix())
    return proofs


def list_promises() -> dict[str, list[str]]:
    """Return the guarantees with the test files that the table links to."""
    page = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")
    _, _, rest = page.partition("<!-- guarantees -->")
    table, _, _ = rest.partition("<!-- /guarantees -->")
    return {
        name: [link.removeprefix("../") for link in LINK.findall(links)]
        for name, _, links in ROW.findall(table)
    }


def test_all_guarantees_are_listed():
    """The table has a row for each of the sixteen, in order, and there is no other."""
    assert list(list_promises()) == NAMES
    assert set(find_proofs()) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_guarantee_is_proven_where_the_table_says(name):
    """The linked files exist and carry the marker; no guarantee goes without."""
    linked = list_promises()[name]

    assert linked
    assert [path for path in linked if not (ROOT / path).is_file()] == []
    assert set(linked) <= find_proofs().get(name, set())
