"""What one edit costs in a large roadmap: on either side, against a sync without any.

Run it: `python -m tests.bench.one_edit [SKILLS]`.
"""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from itertools import count
from pathlib import Path

import yaml

from .kit import ask, compare, make_folder, run, serve, stopwatch, tell

STATUSES = ("doing", "done", "todo")


def main():
    """Print the ratios."""
    skills = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "learner"
        make_folder(folder, skills)
        path = folder / "roadmaps" / "bench.yaml"
        with serve(Path(root) / "notion.db") as url:
            run(folder, url, "sync")
            turns = count()

            def mark():
                run(folder, url, "mark", f"skill-{skills // 2}", STATUSES[next(turns) % 3])

            def parse():
                yaml.compose(path.read_text(encoding="utf-8"), yaml.CSafeLoader)

            bare, marked = compare([parse, mark])
            tell(f"{skills} skills, composing the file: {bare:.2f} s")
            tell(f"{marked / bare:5.2f} x  {marked:.2f} s  mark, the start of the program included")
            run(folder, url, "sync")
            (nothing,) = compare([partial(run, folder, url, "sync")])
            mark()
            pushed = stopwatch(partial(run, folder, url, "sync"))
            before = ask(url, "/bench")["accepted"]
            mark()
            run(folder, url, "sync")
            requests = ask(url, "/bench")["accepted"] - before
    tell(f"a sync without a change: {nothing:.2f} s")
    tell(f"{pushed / nothing:5.2f} x  {pushed:.2f} s  sync of one edit, {requests} requests")


if __name__ == "__main__":
    main()
