"""Every guarantee of the README is proven by tests, and the README says by which."""

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
    """Return the guarantees of the README with the test files that it links to."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    _, _, rest = readme.partition("<!-- guarantees -->")
    table, _, _ = rest.partition("<!-- /guarantees -->")
    return {name: LINK.findall(links) for name, _, links in ROW.findall(table)}


def test_the_readme_lists_all_guarantees():
    """The table has a row for each of the sixteen, in order, and there is no other."""
    assert list(list_promises()) == NAMES
    assert set(find_proofs()) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_guarantee_is_proven_where_the_readme_says(name):
    """The linked files exist and carry the marker; no guarantee goes without."""
    linked = list_promises()[name]

    assert linked
    assert [path for path in linked if not (ROOT / path).is_file()] == []
    assert set(linked) <= find_proofs().get(name, set())
