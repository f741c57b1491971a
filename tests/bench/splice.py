"""What an edit of a roadmap file costs, as a ratio against composing the file once.

Runs in a process of its own, `python -m tests.bench.splice SKILLS`, so that no other child seems large.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

import yaml

from tracker.adapters.roadmap_files.parse import paused_collector
from tracker.adapters.roadmap_files.splice import splice
from tracker.roadmap.edits import InsertSkill, SetValue

from .kit import ROOT, environ, tell
from .table import Row

TIMES = 3
SOME = 249
"""The edits of a middling batch."""


def measure(scale):
    """Yield a row for each batch of edits."""
    command = [sys.executable, "-m", __spec__.name, str(scale.skills)]
    told = subprocess.run(command, cwd=ROOT, env=environ(), capture_output=True, check=True).stdout
    for name, processor, clock, seconds in json.loads(told):
        what = f"writing {name} into {scale.skills:,} skills"
        yield Row(what, processor, clock, f"{seconds:.2f} s")


def make_text(skills):
    """Return a roadmap of many skills that have no id."""
    lines = ["title: Bench", "sections:"]
    for number in range(skills):
        if number % 50 == 0:
            lines += [f"  - title: Part {number}", "    skills:"]
        lines += [
            f"      - name: Skill {number}",
            "        status: todo",
            "        tags: [a, b]",
            "        resources:",
            f'          - {{title: "T", url: "https://example.org/{number}", type: docs}}',
        ]
    return "\n".join(lines) + "\n"


def best(run):
    """Return the least seconds of the processor and of the clock of some runs."""
    spent = []
    for _ in range(TIMES):
        start = time.process_time(), time.perf_counter()
        run()
        spent.append((time.process_time() - start[0], time.perf_counter() - start[1]))
    return [min(seconds) for seconds in zip(*spent, strict=True)]


def main():
    """Print the ratios as JSON."""
    skills = int(sys.argv[1])
    text = make_text(skills)
    places = [(number // 50, number % 50) for number in range(skills)]
    with paused_collector():
        bare = best(lambda: yaml.compose(text, yaml.CSafeLoader))
    batches = {
        "one value": [SetValue(places[-1], "status", "done")],
        "one new skill": [InsertSkill("Part 0", {"id": "x", "name": "X"})],
        f"{SOME} ids": [SetValue(at, "id", f"id-{at[0]}-{at[1]}") for at in places[:SOME]],
        "all ids": [SetValue(at, "id", f"id-{at[0]}-{at[1]}") for at in places],
    }
    found = []
    for name, edits in batches.items():
        processor, clock = best(lambda edits=edits: splice(text, edits))
        found.append((name, processor / bare[0], clock / bare[1], processor))
    tell(json.dumps(found))


if __name__ == "__main__":
    main()
