"""What it costs to start: some commands against a bare interpreter.

Run it: `python -m tests.bench.start`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from .kit import TRACKER, compare, environ, tell

COMMANDS = {
    "--version": ["--version"],
    "--help": ["--help"],
    "the dashboard": [],
    "check": ["check"],
    "report": ["report"],
    "next": ["next"],
    "sync, nothing to do": ["sync"],
}


def main():
    """Print the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        call = partial(subprocess.run, cwd=folder, env=environ(), check=True, capture_output=True)
        call([*TRACKER, "init", "--roadmap", "ds-path"])
        call([*TRACKER, "sync"])
        works = [partial(call, [sys.executable, "-c", ""])]
        works += [partial(call, [*TRACKER, *words]) for words in COMMANDS.values()]
        bare, *durations = compare(works, times=5)
        tell(f"a bare interpreter: {bare:.3f} s; {Path(folder).name} has 275 skills")
        for name, seconds in zip(COMMANDS, durations, strict=True):
            tell(f"{seconds / bare:5.1f} x  {seconds:.2f} s  {name}")


if __name__ == "__main__":
    main()
