"""A guard without a scenario fails here: every refusal is told by a story, or named by a test."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from story import list_stories, load_expected

from tracker.sync.guard import GUARDS

ROOT = Path(__file__).parents[2]
STOPPING = (
    "adapters/notion",
    "workflows/observe.py",
    "workflows/sync.py",
)
"""Where a sync is stopped once the files are loaded."""
OTHERS = (
    *("workflows/doctor.py", "workflows/mending.py"),
    *("adapters/folder.py", "adapters/files.py", "adapters/settings_file.py"),
    *("adapters/state_db.py", "adapters/roadmap_files/save.py"),
    *("adapters/roadmap_files/splice/text.py", "workflows/saved_plan.py", "wiring.py"),
)
"""What else can stop a command that syncs."""
UNTELLABLE = {
    "repeated-skill": "no valid file gives such a plan; tests/unit proves it on a plan made by hand",
    "database-without-source": "the workspace never answers so",
    "answer-not-understood": "the workspace never answers so",
    "answer-astray": "the workspace never answers so",
    "notion-full": "the workspace has no plan that ends",
    "interrupted": "somebody closes the connection in the middle of a run",
    "column-name-taken": "doctor alone adds columns",
    "column-renamed": "doctor alone adds columns",
    "columns-unknown": "a database was adopted, and the roadmap forgotten",
    **dict.fromkeys(
        ("bad-database", "page-not-database", "several-data-sources", "wiki-database"),
        "adopt alone looks for databases of other people",
    ),
    "page-is-row": "connect and doctor alone look at the page itself",
    "status-as-select": "a note of the run, which is not refused",
    "blocks-limited": "connect alone asks for the limits of a workspace",
    "row-pages-refused": "a note of the run, which is not refused",
    "row-icon-refused": "a note of the run, which is not refused",
    "views-refused": "a note of the run, which is not refused",
    "database-lost": "the file of the built-in workspace is gone or damaged between two commands",
    "empty-rows": "a note of the run, which is not refused",
    "unsynced-fields": "a note of the run, which is not refused",
    "warnings": "a note of the run, which is not refused",
    "database-overtaken": "two machines make a database at the same moment, and one looks again",
    "database-title-taken": "the database of a stranger is there before the first sync",
    "database-unreadable": "the server finds a database in a list, and not by its id",
    "database-twins": "doctor alone looks for them",
    "base-url": "the connection is never made",
    "token": "the connection is never made",
    "parent-page": "the connection is never made",
    "parent-page-trashed": "the page is in the trash before the first sync",
    "base-url-in-clear": "the connection is never made",
}
"""What no story can tell, and why; another test must name it."""


def find_codes(*places: str) -> set[str]:
    """Return the codes of all problems that the code in some places can make."""
    paths = [ROOT / "tracker" / place for place in places]
    assert all(path.exists() for path in paths), places
    files = [file for path in paths for file in ([path] if path.is_file() else path.rglob("*.py"))]
    nodes = [
        node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    ]
    # A function with a parameter `code` makes a problem of it.
    makers = {
        node.name
        for node in nodes
        if isinstance(node, ast.FunctionDef) and "code" in {arg.arg for arg in node.args.args}
    }
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    return {code for call in calls for code in _codes(call, {"Problem", "Refusal", *makers})}


def _codes(call: ast.Call, makers: set[str]) -> Iterator[str]:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    if name not in makers:
        return
    named = [each.value for each in call.keywords if each.arg in {"code", "guard"}]
    for argument in [*named, *call.args[:1]]:
        for node in ast.walk(argument):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def told_codes() -> set[str]:
    """Return the codes with which commands end in the stories."""
    ends = re.compile(r"^exit \d+ \((.*)\)$", re.MULTILINE)
    told = [load_expected(name)["told.txt"] for name in list_stories()]
    return {code for text in told for group in ends.findall(text) for code in group.split(", ")}


def is_named_by_a_test(code: str) -> bool:
    """Tell whether a test other than this one names a code, or the function of a guard."""
    word = re.compile(rf"\b{re.escape(code)}\b|\b{code.replace('-', '_')}\b")
    return any(
        word.search(path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        if path != Path(__file__)
    )


def test_the_codes_are_found():
    """The search for codes sees those that are surely there; else the tests below prove nothing."""
    assert {"missing-file", "column-deleted", "notion-busy"} <= find_codes(*STOPPING)
    assert {"too-many-deletes", "hold", "conflict"} <= told_codes()


@pytest.mark.guarantee("G8")
@pytest.mark.parametrize("name", [each.__name__.replace("_", "-") for each in GUARDS])
def test_every_guard_has_a_story(name):
    """Every guard refuses in at least one story."""
    assert name in told_codes() or (name in UNTELLABLE and is_named_by_a_test(name))


@pytest.mark.parametrize("code", sorted(find_codes(*STOPPING)))
def test_every_refusal_has_a_story(code):
    """Whatever stops a sync, or one row of it, does so in at least one story."""
    assert code in told_codes() or (code in UNTELLABLE and is_named_by_a_test(code))


@pytest.mark.parametrize("code", sorted(find_codes(*OTHERS)))
def test_every_problem_is_named_by_a_test(code):
    """Whatever else can stop a command is in a story or in a test."""
    assert code in told_codes() or is_named_by_a_test(code)
