"""No advice leads back to the command that gave it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from faults import FaultyTransport, forbidden, never_sent, refused_token
from rights import Rights
from sandbox import Sandbox
from shell import open_shell

from tracker.cli.app import COMMANDS as NAMES
from tracker.workspace.app import ROOT_PAGE_ID

pytestmark = pytest.mark.slow

PACKAGE = Path(__file__).parents[2] / "tracker"
NEXT = re.compile(r"^(?: {2}next|) {2,}(tracker .*)$", re.MULTILINE)
ROADMAP = """\
title: Small path
sections:
  - title: First models
    skills:
      - {id: split, name: Train/test split}
      - {id: knn, name: k nearest neighbours, requires: [split], goal: Can pick k.}
"""
COMMANDS = (
    *("sync", "plan", "doctor", "doctor --fix --yes", "conflicts", "log", "undo", "redo"),
    *("check", "report", "next", "show knn", "mark knn done", "forget path --yes"),
    *(f"connect {ROOT_PAGE_ID}", "open knn --print"),
    *("resolve knn --take local", "sync nobody", "forget nobody --yes", "show nobody"),
)


def broken_settings(sandbox):
    (sandbox.folder / "tracker.yaml").write_text("prefer: [", encoding="utf-8")


def no_folder(sandbox):
    (sandbox.folder / "tracker.yaml").unlink()


def broken_roadmap(sandbox):
    sandbox.write(ROADMAP + "  - x\n : y")


def damaged_state(sandbox):
    (sandbox.folder / ".tracker" / "state.db").write_bytes(b"no state" * 500)


def lost_file(sandbox):
    sandbox.path().unlink()


def lost_column(sandbox):
    sandbox.person.change_column("Goal", None)


def retyped_column(sandbox):
    sandbox.person.change_column("Goal", {"number": {}})


def lost_key(sandbox):
    sandbox.person.change_column("Tracker ID", None)
    for path in (sandbox.folder / ".tracker").glob("state.db*"):
        path.unlink()


def trashed_database(sandbox):
    sandbox.person.change_database({"in_trash": True})


def emptied_database(sandbox):
    sandbox.person.trash("split", "knn")


def moved_rows(sandbox):
    sandbox.move("split")
    sandbox.move("knn")


def database_as_parent(sandbox):
    for path in (sandbox.folder / ".tracker").glob("state.db*"):
        path.unlink()
    database = sandbox.person.source()["parent"]["database_id"]
    text = f"notion:\n  parent: {database}\n"
    (sandbox.folder / "tracker.yaml").write_text(text, encoding="utf-8")


def unknown_parent(sandbox):
    for path in (sandbox.folder / ".tracker").glob("state.db*"):
        path.unlink()
    text = f"notion:\n  parent: {ROOT_PAGE_ID[:-1]}f\n"
    (sandbox.folder / "tracker.yaml").write_text(text, encoding="utf-8")


def no_network(sandbox):
    sandbox.wrap = lambda inner: FaultyTransport(inner, lambda *_: never_sent())


def refused(sandbox):
    sandbox.wrap = lambda inner: FaultyTransport(inner, lambda *_: refused_token())


def all_forbidden(sandbox):
    sandbox.wrap = lambda inner: FaultyTransport(inner, lambda *_: forbidden())


def read_only(sandbox):
    sandbox.write(ROADMAP.replace("Can pick k.", "Can pick k well."))
    sandbox.wrap = lambda inner: Rights(inner, lacks={"update", "insert"})


TROUBLES = (
    *(broken_settings, no_folder, broken_roadmap, damaged_state, lost_file, lost_column),
    *(retyped_column, lost_key, trashed_database, emptied_database, moved_rows),
    *(database_as_parent, unknown_parent, no_network, refused, all_forbidden, read_only),
)


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda each: each.__name__.replace("_", " "))
def test_no_command_advises_itself(tmp_path, monkeypatch, capsys, trouble):
    """Whatever is wrong, the first thing to do is never what was just done."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(ROADMAP)
        shell = open_shell(sandbox, monkeypatch, capsys)
        assert shell.run("sync").code == 0
        trouble(sandbox)
        for command in COMMANDS:
            ended = shell.run(*command.split())
            if ended.code == 0:
                continue
            advised = [
                re.split(r" {2,}|[;,] ", each)[0] for each in NEXT.findall(ended.out + ended.err)
            ]

            assert f"tracker {command}" not in advised, (
                f"$ tracker {command}\n{ended.out}{ended.err}"
            )
            assert "bug" not in ended.err.split()[:8], ended.err


def test_the_doctor_is_sent_for_to_mend_only():
    """What the doctor would find is told at once: nobody is sent to be told the same again."""
    said = [
        (path.name, node.value)
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.search(r"tracker doctor(?! --(?:mend|fix))", node.value)
    ]

    assert said == []


def spell(node):
    """Return the text of a string in the source, with a word for each part that is filled in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(spell(part) or "X" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def test_commands_to_paste_hold_nothing_that_a_shell_understands():
    """A pasted line runs one command: no pipes, and explanations stand in a comment."""
    command = re.compile(rf"(?:tracker (?:{'|'.join(NAMES)})\b|X {{3,}}\S|X --)")
    said = [
        (path.name, text)
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if command.match(text := spell(node))
        and re.search(r"[|<>();&`$*\[\]{}\u2026]| {3,}[a-z(]", re.split(r"\s#\s", text)[0])
    ]

    assert said == []
