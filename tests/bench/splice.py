"""What an edit of a roadmap file costs, as a ratio against composing the file once.

Run it: `python -m tests.bench.splice`.
"""

from __future__ import annotations

import sys
import time

import yaml

from tracker.adapters.roadmap_files.parse import paused_collector
from tracker.adapters.roadmap_files.splice import splice
from tracker.roadmap.model import InsertSkill, SetValue

SKILLS = 10_000
TIMES = 3


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
    """Return the shortest of some runs, in seconds."""
    durations = []
    for _ in range(TIMES):
        start = time.perf_counter()
        run()
        durations.append(time.perf_counter() - start)
    return min(durations)


def main():
    """Print the ratios."""
    text = make_text(SKILLS)
    ats = [(number // 50, number % 50) for number in range(SKILLS)]
    with paused_collector():
        bare = best(lambda: yaml.compose(text, yaml.CSafeLoader))
    batches = {
        "one value": [SetValue((3, 1), "status", "done")],
        "one new skill": [InsertSkill("Part 0", {"id": "x", "name": "X"})],
        "249 ids": [SetValue(at, "id", f"id-{at[0]}-{at[1]}") for at in ats[:249]],
        "all ids": [SetValue(at, "id", f"id-{at[0]}-{at[1]}") for at in ats],
    }
    sys.stdout.write(f"{SKILLS} skills, {len(text)} characters, composing: {bare:.2f} s\n")
    for name, edits in batches.items():
        ratio = best(lambda edits=edits: splice(text, edits)) / bare
        sys.stdout.write(f"{ratio:5.1f} x  {name}\n")


if __name__ == "__main__":
    main()
