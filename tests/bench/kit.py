"""What the benchmarks share: a large roadmap, a folder, a server of its own process, a stopwatch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
ROOT_PAGE_ID = "7d0c1f52-6a3e-4c8b-9f21-0b5e8a4d6c10"
TRACKER = [sys.executable, "-m", "tracker.cli.main"]


def make_text(skills):
    """Return a roadmap of many skills, each with an id, a prerequisite, tags and a link."""
    lines = ["title: Bench", "sections:"]
    for number in range(skills):
        if number % 100 == 0:
            lines += [f"  - title: Part {number // 100}", "    skills:"]
        lines += [
            f"      - id: skill-{number}",
            f"        name: Skill number {number}",
            f"        goal: Can do the thing number {number} without any help.",
            "        level: entry",
            "        hours: 3",
            "        tags: [one, two]",
            "        resources:",
            f'          - {{title: Doc {number}, url: "https://example.org/{number}", type: docs}}',
        ]
        if number:
            lines.append(f"        requires: [skill-{number // 2}]")
    return "\n".join(lines) + "\n"


def make_folder(folder, skills, **notion):
    """Make a learner's folder with one large roadmap; `notion` are settings of that section."""
    (folder / "roadmaps").mkdir(parents=True)
    (folder / "roadmaps" / "bench.yaml").write_text(make_text(skills), encoding="utf-8")
    lines = [f"  {key}: {value}\n" for key, value in {"parent": ROOT_PAGE_ID, **notion}.items()]
    (folder / "tracker.yaml").write_text("notion:\n" + "".join(lines), encoding="utf-8")


@contextmanager
def serve(path, *options):
    """Serve a workspace from another process; give its address."""
    command = [sys.executable, str(HERE / "server.py"), str(path), *options]
    with subprocess.Popen(command, cwd=ROOT, env=environ(), stdout=subprocess.PIPE) as server:
        try:
            yield server.stdout.readline().decode().strip()
        finally:
            server.terminate()


def ask(url, path, body=None):
    """Send one request to a server, a query when there is a body; return what it answers."""
    raw = None if body is None else json.dumps(body).encode()
    headers = {
        "Authorization": "Bearer bench",
        "Notion-Version": "2026-03-11",
        "Content-Type": "application/json",
    }
    request = urllib.request.Request(f"{url}{path}", raw, headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def environ(url=""):
    """Return the environment of a run against a server."""
    own = {"NOTION_BASE_URL": url, "NOTION_TOKEN": "bench", "PYTHONPATH": str(ROOT)}
    return {**os.environ, **own}


def run(folder, url, *words):
    """Run one command line in a folder, and return what it printed; it must succeed."""
    command = [*TRACKER, "-C", str(folder), *words]
    ended = subprocess.run(
        command, env=environ(url), capture_output=True, text=True, encoding="utf-8", check=False
    )
    if ended.returncode:
        sys.exit(f"{' '.join(words)} failed: {ended.stdout}{ended.stderr}")
    return ended.stdout


def stopwatch(work):
    """Return the seconds that some work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def processor(work):
    """Return the processor seconds that some work takes in the processes it starts and awaits.

    On a machine that does other things as well, they say more than the clock.
    """
    before = os.times()
    work()
    after = os.times()
    return sum(after[2:4]) - sum(before[2:4])


def compare(works, *, times=3, measure=stopwatch):
    """Return the shortest of some runs of each work, in seconds; the works take turns."""
    rounds = [[measure(work) for work in works] for _ in range(times)]
    return [min(each) for each in zip(*rounds, strict=True)]


def tell(text):
    """Print one line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
