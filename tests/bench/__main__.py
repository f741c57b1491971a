"""Measure everything, and print one table: ratios against bare loops in the same run, and the goals.

`python -m tests.bench [--quick] [GROUP…]`. Rows go to stderr as they are measured, the table to stdout.
The exit code is 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import compileall
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from . import commands, first_push, splice, start, unchanged
from .kit import ROOT, note, tell
from .scale import SCALES
from .table import format_cells, format_table

GROUPS = {
    "prompt": start.measure,
    "memory": commands.measure,
    "sync": unchanged.measure,
    "edits": splice.measure,
    "push": first_push.measure,
}
"""What can be measured, in this order: later groups use what the earlier ones pushed."""


def main():
    """Measure the groups that were asked for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=", ".join(GROUPS))
    size = parser.add_mutually_exclusive_group()
    for name in list(SCALES)[1:]:
        size.add_argument(f"--{name}", dest="scale", action="store_const", const=name)
    options = parser.parse_args()
    if unknown := set(options.groups) - set(GROUPS):
        parser.error(f"unknown groups: {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    compileall.compile_dir(ROOT / "tracker", quiet=1)
    rows = []
    with tempfile.TemporaryDirectory() as shared:
        scale = SCALES[options.scale or "full"](Path(shared))
        for name in options.groups or GROUPS:
            note(name)
            for row in GROUPS[name](scale):
                note(format_cells(row.cells))
                rows.append(row)
    today = datetime.now(UTC).date()
    tell(f"{today}, Python {platform.python_version()}, {os.cpu_count()} processors\n")
    tell(format_table(rows))
    return int(any(row.is_met is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
