"""What the benchmarks share: a large roadmap, a folder, a server of its own process, a stopwatch.

The peak memory of a child counts what its parent held when it was started, so this process must stay
small: whatever is large is made and parsed by children.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
ROOT_PAGE_ID = "7d0c1f52-6a3e-4c8b-9f21-0b5e8a4d6c10"
LEVELS = ("entry", "intermediate", "advanced")
TRACKER = [sys.executable, "-m", "tracker.cli.main"]
MB = 1_000_000
FIGURES = ("processor", "clock", "memory")


@dataclass(frozen=True)
class Cost:
    """What a process cost: seconds of its processors and of the clock, and its peak memory in MB."""

    processor: float
    clock: float
    memory: float


def make_text(skills, title="Bench"):
    """Return a roadmap of many skills, each with a prerequisite, tags and a link; the first third is done."""
    lines = [f"title: {title}", "sections:"]
    for number in range(skills):
        if number % 100 == 0:
            lines += [f"  - title: Part {number // 100}", "    skills:"]
        lines += [
            f"      - id: skill-{number}",
            f"        name: Skill number {number}",
            f"        goal: Can do the thing number {number} without any help.",
            f"        level: {LEVELS[number % 3]}",
            "        hours: 3",
            "        tags: [one, two]",
            "        resources:",
            f'          - {{title: Doc {number}, url: "https://example.org/{number}", type: docs}}',
        ]
        if number:
            lines.append(f"        requires: [skill-{number // 2}]")
        if number < skills // 3:
            day = f"2026-{1 + number % 11:02}-{1 + number % 28:02}"
            lines += ["        status: done", f"        completed: {day}"]
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


def ask(url, path, body=None, method=None):
    """Send one request to a server, by default a query when there is a body; return its answer."""
    raw = None if body is None else json.dumps(body).encode()
    headers = {
        "Authorization": "Bearer bench",
        "Notion-Version": "2026-03-11",
        "Content-Type": "application/json",
    }
    request = urllib.request.Request(f"{url}{path}", raw, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def find_source(url):
    """Return the id of the only data source that a server has."""
    wanted = {"filter": {"property": "object", "value": "data_source"}}
    (source,) = ask(url, "/v1/search", wanted)["results"]
    return source["id"]


def environ(url="", package=ROOT):
    """Return the environment of a run against a server; `package` is the folder of the program."""
    own = {"NOTION_BASE_URL": url, "NOTION_TOKEN": "bench", "PYTHONPATH": str(package)}
    return {**os.environ, **own, "PYTHONDONTWRITEBYTECODE": ""}


def spend(command, *, env=None, cwd=ROOT, codes=(0,), while_running=None):
    """Run a command to its end, and return its cost; its exit code must be one of `codes`.

    `while_running` is called with the process, whose stdout it may read. It has to see to the end.
    """
    with tempfile.TemporaryFile() as told:
        stdout = subprocess.PIPE if while_running else told
        start = time.perf_counter()
        with subprocess.Popen(command, env=env, cwd=cwd, stdout=stdout, stderr=told) as process:
            if while_running:
                while_running(process)
            _, status, used = os.wait4(process.pid, 0)
            clock = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in codes:
            told.seek(0)
            said = told.read().decode(errors="replace")
            sys.exit(f"{' '.join(command)[:300]} ended with {process.returncode}:\n{said}")
    return Cost(used.ru_utime + used.ru_stime, clock, used.ru_maxrss * 1024 / MB)


def run(folder, url, *words):
    """Run one command line in a folder, and return what it printed; it must succeed."""
    command = [*TRACKER, "-C", str(folder), *words]
    ended = subprocess.run(
        command, env=environ(url), capture_output=True, text=True, encoding="utf-8", check=False
    )
    if ended.returncode:
        sys.exit(f"{' '.join(words)} failed: {ended.stdout}{ended.stderr}")
    return ended.stdout


def copy_workspace(source, target):
    """Copy the file of a workspace, which a server may have open."""
    with closing(sqlite3.connect(source)) as opened:
        opened.execute("VACUUM INTO ?", [str(target)])


def keep_pushed(folder, workspace, kept):
    """Keep a copy of a learner's folder that was just pushed, and of the workspace that has its rows."""
    kept.mkdir()
    shutil.copytree(folder, kept / "learner")
    copy_workspace(workspace, kept / "notion.db")


def take_pushed(root, skills, shared):
    """Make a folder `root / "learner"`, with its rows in `root / "notion.db"`; push at most once."""
    kept = shared / str(skills)
    if not kept.exists():
        note(f"pushing {skills} skills")
        make_folder(root / "learner", skills)
        with serve(root / "notion.db") as url:
            run(root / "learner", url, "sync")
        keep_pushed(root / "learner", root / "notion.db", kept)
        return
    shutil.copytree(kept, root, dirs_exist_ok=True)


def take_turns(commands, times):
    """Run some commands in turn, and return the ratios of each to the first one, and its own costs.

    Each command is a function that returns a Cost. All are medians: `(processor, clock, cost)`.
    """
    rounds = [[run() for run in commands] for _ in range(times)]
    found = []
    for costs in zip(*rounds, strict=True):
        pairs = [(cost, bare) for cost, (bare, *_) in zip(costs, rounds, strict=True)]
        processor = median(cost.processor / bare.processor for cost, bare in pairs)
        clock = median(cost.clock / bare.clock for cost, bare in pairs)
        found.append((processor, clock, median_cost(costs)))
    return found


def median_cost(costs):
    """Return the median of each figure of some costs."""
    return Cost(*(median(getattr(cost, name) for cost in costs) for name in FIGURES))


def cheapest(costs):
    """Return the least of each figure of some costs of the same work."""
    return Cost(*(min(getattr(cost, name) for cost in costs) for name in FIGURES))


def note(text):
    """Say on stderr what is being done."""
    sys.stderr.write(f"… {text}\n")
    sys.stderr.flush()


def tell(text):
    """Print one line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
