"""No line of what a learner reads is wider than the screen, in a terminal and in a pipe."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from importlib import import_module

import pytest
from rich.cells import cell_len

from tracker.cli.main import main

pytestmark = pytest.mark.slow

SCREENS = [(1, "ascii"), (40, "utf-8"), (72, "ascii"), (80, "utf-8"), (200, "utf-8")]
WORDS = [
    (),
    ("report", "-v"),
    ("report", "ds-path", "--since", "1y"),
    ("next",),
    ("list",),
    ("list", "regularisation", "--all"),
    ("list", "zzz zzz zzz zzz zzz zzz zzz zzz zzz zzz"),
    ("show", "ds-path/knn"),
    ("start", "ds-path/python-basics", "ds-path/sql-select"),
    ("done", "ds-path/train-test-split", "-v"),
    ("mark", "ds-path/train-test-split", "todo"),
    ("mark", "--covered", "-v"),
]


@pytest.fixture(scope="module")
def bundled(tmp_path_factory):
    """Make a folder with all bundled roadmaps and a target."""
    folder = tmp_path_factory.mktemp("bundled")
    names = ("ds-path", "ds-checklist-2021")
    assert main(["-C", str(folder), "init", *(f"--roadmap={name}" for name in names)]) == 0
    with (folder / "tracker.yaml").open("a", encoding="utf-8") as settings:
        settings.write("target: 2120-01-01\nhours_per_week: 8\n")
    return folder


@pytest.mark.parametrize(("width", "encoding"), SCREENS)
def test_every_line_fits(bundled, monkeypatch, capsys, width, encoding):
    """At any width, down to 30 columns, only addresses are longer than a line, in ASCII too."""
    monkeypatch.setenv("COLUMNS", str(width))
    capsys.readouterr()
    sys.stdout.reconfigure(encoding=encoding)
    try:
        for words in WORDS:
            assert main(["-C", str(bundled), *words]) == 0, words
            for line in capsys.readouterr().out.splitlines():
                assert cell_len(line) <= max(width, 30) or "://" in line, (words, line)
    finally:
        sys.stdout.reconfigure(encoding="utf-8")


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals are POSIX")
def test_a_pipe_to_the_terminal_keeps_to_its_width(bundled):
    """What is piped into a pager fits on the terminal behind it."""
    pty, fcntl, termios = map(import_module, ("pty", "fcntl", "termios"))
    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
    environ = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "tracker.cli.main", "list"],
            cwd=bundled,
            env=environ | {"PYTHONIOENCODING": "utf-8"},
            stdout=subprocess.PIPE,
            stderr=inner,
            text=True,
            encoding="utf-8",
            check=True,
        )
    finally:
        os.close(inner)
        os.close(outer)

    assert max(map(cell_len, ended.stdout.splitlines())) <= 40


@pytest.mark.parametrize("width", [30, 40, 72, 80, 200])
def test_messages_fit_where_columns_are_given(bundled, monkeypatch, capsys, width):
    """A pipe with COLUMNS gets messages of that width; one without gets each on a line of its own."""
    monkeypatch.setenv("COLUMNS", str(width))
    assert main(["-C", str(bundled), "show", "regression"]) == 2
    folded = capsys.readouterr().err
    monkeypatch.delenv("COLUMNS")
    assert main(["-C", str(bundled), "show", "regression"]) == 2

    whole = capsys.readouterr().err
    assert max(map(cell_len, folded.splitlines())) <= width < max(map(cell_len, whole.splitlines()))
