"""What it costs to start: commands at the prompt against scripts that only import and parse.

Run it: `python -m tests.bench.start`. Processor time, the median of several runs in turn.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import partial
from statistics import median

from .kit import TRACKER, environ, processor, tell

ROADMAP = "ds-path"

BARE = f"""\
import pydantic
import typer
import yaml

with open("roadmaps/{ROADMAP}.yaml", encoding="utf-8") as file:
    yaml.load(file.read(), yaml.CSafeLoader)
"""
"""Imports the libraries of a command that reads files, and parses the file."""

BARE_TYPER = "import typer"

PROMPT = {
    "next": ["next"],
    "list": ["list"],
    "the dashboard": [],
    "check": ["check"],
    "show": ["show", "knn"],
    "mark": ["mark", "knn", "doing"],
    "done": ["done", "knn"],
    "report": ["report"],
    "sync, nothing to do": ["sync"],
}
"""Commands in a folder with one roadmap, in this order; measured against BARE."""

START = {"--version": ["--version"], "--help": ["--help"]}
"""Commands that read nothing; measured against BARE_TYPER."""

RUNS = 15


def main():
    """Print each command's processor time, and its ratio to the bare script."""
    with tempfile.TemporaryDirectory() as folder:
        call = partial(subprocess.run, cwd=folder, env=environ(), check=True, capture_output=True)
        call([*TRACKER, "init", "--roadmap", ROADMAP])
        call([*TRACKER, "sync"])
        for bare, commands in ((BARE, PROMPT), (BARE_TYPER, START)):
            for name, words in commands.items():
                works = [[sys.executable, "-c", bare], [*TRACKER, *words]]
                ratio, seconds = compare_in_turn([partial(call, work) for work in works])
                tell(f"{ratio:5.2f} x  {seconds * 1000:4.0f} ms  {name}")


def compare_in_turn(works):
    """Return the median of the ratios of two works that take turns, and of the second's seconds."""
    for work in works:
        work()
    pairs = [[processor(work) for work in works] for _ in range(RUNS)]
    return median(own / bare for bare, own in pairs), median(own for _, own in pairs)


if __name__ == "__main__":
    main()
