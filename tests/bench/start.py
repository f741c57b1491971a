"""What it costs to start: commands at the prompt against scripts that only import and parse.

The commands take turns with the script, in a folder with one bundled roadmap.
"""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path

from .kit import TRACKER, environ, spend, take_turns
from .table import Row

ROADMAP = "ds-path"

BARE = """\
import sys

import pydantic
import typer
import yaml

with open(sys.argv[1], encoding="utf-8") as file:
    yaml.load(file.read(), yaml.CSafeLoader)
"""
"""Imports the libraries of a command that reads files, and parses a file."""

BARE_TYPER = "import typer"

MOST = 1.5
MOST_TO_START = 1.3

PROMPT = {
    "next": ["next"],
    "list": ["list"],
    "tracker": [],
    "check": ["check"],
    "show": ["show", "knn"],
    "mark": ["mark", "knn", "doing"],
    "done": ["done", "knn"],
    "report": ["report"],
}
"""Commands in a folder with one roadmap, in this order; measured against BARE."""

START = {"--version": ["--version"], "--help": ["--help"]}
"""Commands that read nothing; measured against BARE_TYPER."""

AIMED_AT = ("next", "list", "tracker", "check", "mark", "done", "--version")
"""The commands that have a goal."""


def measure(scale):
    """Yield a row for each command."""
    with tempfile.TemporaryDirectory() as folder:
        call = partial(spend, env=environ(), cwd=folder)
        call([*TRACKER, "init", "--roadmap", ROADMAP])
        call([*TRACKER, "sync"])
        path = str(Path("roadmaps") / f"{ROADMAP}.yaml")
        for bare, most, commands in ((BARE, MOST, PROMPT), (BARE_TYPER, MOST_TO_START, START)):
            for name, words in commands.items():
                works = [[sys.executable, "-c", bare, path], [*TRACKER, *words]]
                turns = take_turns([partial(call, work) for work in works], scale.starts)
                yield _make_row(name, turns[-1], most if name in AIMED_AT else None)


def _make_row(name, measured, most):
    processor, clock, cost = measured
    what = f"{name} on {ROADMAP}" if name not in START else name
    figures = f"{cost.processor * 1000:.0f} ms, {cost.memory:.0f} MB"
    if most is None:
        return Row(what, processor, clock, figures)
    return Row(what, processor, clock, figures, f"{most} x", processor <= most)
