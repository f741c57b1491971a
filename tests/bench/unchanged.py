"""What a sync costs that finds little or nothing to do: its requests, and the bare cost of its input.

The bare script parses the YAML and sends the very requests of the sync, one after the other.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

from .kit import TRACKER, ask, environ, find_source, run, serve, spend, take_pushed, take_turns
from .table import Row

HOUR = 3600
MOST = 1.5
MOST_REQUESTS = {3_000: 3, 10_000: 4}

BARE = """
import gc, json, sys, yaml, httpx
gc.disable()
path, url, requests = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    yaml.load(file.read(), yaml.CSafeLoader)
headers = {"Authorization": "Bearer bench", "Notion-Version": "2026-03-11"}
with httpx.Client(base_url=url, headers=headers) as client:
    for method, path, body in json.loads(open(requests).read()):
        client.request(method, path, json=body).raise_for_status().json()
"""


def measure(scale):
    """Yield the rows of a medium and of a large roadmap."""
    for skills in sorted({scale.medium, scale.skills}):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            take_pushed(root, skills, scale.shared)
            with serve(root / "notion.db") as url:
                yield from Unchanged(root, url, skills).measure(scale)


class Unchanged:
    """A folder that was pushed, and the server that has its rows."""

    def __init__(self, root, url, skills):
        self.folder = root / "learner"
        self.asked = root / "asked.json"
        self.url = url
        self.skills = skills
        self.what = f"at {skills:,} skills"

    def measure(self, scale):
        """Yield the rows: requests, cost, and an edit on each side."""
        # Rows that were written a moment ago are read again, and not only what changed since.
        ask(self.url, "/bench", {"advance": HOUR})
        self.count("sync")
        ask(self.url, "/bench", {"advance": HOUR})
        yield self.compare(self.count("sync"), scale.pairs)
        yield from self.edit()

    def count(self, *words):
        """Run a command, and return the requests that it sent."""
        before = ask(self.url, "/bench")["accepted"]
        run(self.folder, self.url, *words)
        told = ask(self.url, "/bench")
        return told["requests"][-(told["accepted"] - before) :]

    def compare(self, requests, times):
        """Compare a sync with what sends the same requests, and parses the file."""
        self.asked.write_text(json.dumps(requests), encoding="utf-8")
        path = self.folder / "roadmaps" / "bench.yaml"
        works = (
            [sys.executable, "-c", BARE, str(path), self.url, str(self.asked)],
            [*TRACKER, "-C", str(self.folder), "sync"],
        )
        env = environ(self.url)
        (_, measured) = take_turns([partial(spend, work, env=env) for work in works], times)
        processor, clock, cost = measured
        figures = f"{len(requests)} requests, {cost.processor:.2f} s, {cost.memory:.0f} MB"
        row = Row(f"sync, no change, {self.what}", processor, clock, figures)
        most = MOST_REQUESTS.get(self.skills)
        if most is None:
            return row
        is_met = processor <= MOST and len(requests) <= most
        return replace(row, goal=f"{most} requests, {MOST} x", is_met=is_met)

    def edit(self):
        """Edit one row on each side, and sync."""
        source = find_source(self.url)
        row = ask(self.url, f"/v1/data_sources/{source}/query", {"page_size": 1})["results"][0]
        body = {"properties": {"Goal": {"rich_text": [{"text": {"content": "typed in Notion"}}]}}}
        ask(self.url, f"/v1/pages/{row['id']}", body, method="PATCH")
        requests = self.count("sync")
        text = (self.folder / "roadmaps" / "bench.yaml").read_text(encoding="utf-8")
        seen = "goal: typed in Notion" in text
        yield Row(
            f"sync, one edit in Notion, {self.what}",
            figures=f"{len(requests)} requests, {'seen' if seen else 'NOT SEEN'}",
            goal="seen",
            is_met=seen,
        )
        run(self.folder, self.url, "mark", f"skill-{self.skills // 2}", "doing")
        requests = self.count("sync")
        yield Row(f"sync, one edit in the file, {self.what}", figures=f"{len(requests)} requests")
