"""One recorded world: every command in words and as JSON, the requests it sends, the files it leaves.

A learner works through a script of commands and edits on both sides; what each step printed, sent and
wrote becomes one file of `tests/cli/goldens/`, with ids, times and paths replaced by names. A change
of code that is meant to change no behaviour leaves all of them as they are.

`python tests/golden.py` records anew.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote

import httpx
from notion_person import Person

from tracker.cli.main import main
from tracker.wiring import SystemClock
from tracker.workspace.app import make_app

GOLDENS = Path(__file__).parent / "cli" / "goldens"
WORKSPACE = ".tracker/workspace.db"
COLUMN_ID = 4
REPLACED = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "id"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "id"),
)
RUN = re.compile(r"\b[0-9a-f]{6}\b")
TIMES = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|\+00:00)?")
SECONDS = re.compile(r"\d+(\.\d+)? s\b")
JSON_SECONDS = re.compile(r'("seconds": )[\d.]+')
TODAY = date(2026, 11, 3)

SMALL = """\
# A comment at the top.
title: Small path
description: From a split to a tree.
sections:
  - title: First models
    skills:
      - Plain words only
      - id: split
        name: Train/test split  # as it is
        hours: 2
        status: done
        started: 2026-10-01
        completed: 2026-10-05
      - id: knn
        name: k nearest neighbours
        goal: Explain what k does.
        level: entry
        tags: [classic, distance]
        requires: [split]
        resources:
          - {title: Docs, url: "https://example.org/knn", type: docs}
          - {title: A video, url: "https://example.org/video", free: false}
        notes: |
          One line.
          Another line.
  - title: Later
    skills:
      - {id: trees, name: Decision trees, requires: [knn, split], hours: 7.5}
      - id: forests
        name: Random forests
        requires: [trees]
        covered_by: [other/ensembles]
"""
OTHER = """\
title: Other path
sections:
  - title: All of it
    skills:
      - {id: ensembles, name: Ensembles, status: done, completed: 2026-10-20}
      - {id: clouds, name: Cloud services, status: doing}
"""
EDITION = """\
title: Bundled path
version: 1
source: https://example.org/bundled
sections:
  - title: One
    skills:
      - {id: alpha, name: Alpha, hours: 1}
      - {id: beta, name: Beta, requires: [alpha]}
      - {id: gone, name: Gone}
"""
NEXT_EDITION = EDITION.replace("hours: 1", "hours: 3").replace(
    "      - {id: gone, name: Gone}\n", "      - {id: delta, name: Delta, requires: [beta]}\n"
)
CHECKLIST = """\
# Imported list

## Basics
- [x] [Python](https://example.org/python) in **10** hours
  - [ ] Loops
- [ ] Statistics #maths

## Models
* [ ] Trees – see https://example.org/trees.
"""
TABLE = """\
Name,Section,Status,Hours,Tags
Linear models,Models,Done,4,"a, b"
"Boosting, again",Models,In progress,,
"""
GRAPH = {
    "nodes": [
        {"id": "1", "type": "title", "position": {"x": 0, "y": 0}, "data": {"label": "Graph path"}},
        {"id": "2", "type": "topic", "position": {"x": 0, "y": 100}, "data": {"label": "Maths"}},
        {"id": "3", "type": "subtopic", "position": {"x": 90, "y": 110}, "data": {"label": "Sums"}},
    ],
    "edges": [{"id": "e", "source": "2", "target": "3"}],
}


@dataclass
class Recorder:
    """A learner's folder, and what its commands printed, sent and wrote."""

    root: Path
    names: dict[str, str] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The learner's folder."""
        return self.root / "learner"

    @property
    def roadmaps(self) -> Path:
        """Its roadmaps."""
        return self.folder / "roadmaps"

    def run(self, *words: str, width: int = 80) -> str:
        """Run one command line; return how it went, and what changed in the folder."""
        self.requests.clear()
        out, err = _Text(), _Text()
        with (
            redirect_stdout(out),
            redirect_stderr(err),
            patch.dict(os.environ, {"COLUMNS": str(width)}),
            patch.object(sys, "stdin", io.StringIO()),
        ):
            code = main(["-C", str(self.folder), *words])
        told = [f"$ tracker {' '.join(words)}", out.text(), f"exit {code}"]
        told += ["-- stderr", err.text()] if err.text() else []
        if words[0] in {"log", "undo", "redo", "sync", "apply"}:
            told = [RUN.sub(lambda found: self._name(found.group(), "run"), text) for text in told]
        told += ["-- requests", *self.requests] if self.requests else []
        return self.plain("\n".join([*told, *self._changes(), ""]))

    def last_run(self) -> str:
        """Return the id of the last run."""
        out = _Text()
        with redirect_stdout(out):
            main(["-C", str(self.folder), "log", "--json"])
        return str(json.loads(out.text())["runs"][0]["run"])

    def edit(self, name: str, old: str, new: str) -> str:
        """Edit a roadmap by hand."""
        path = self.roadmaps / f"{name}.yaml"
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{text.count(old)} times {old!r} in {name}"
        path.write_text(text.replace(old, new), encoding="utf-8")
        self._changes()
        return ""

    def write(self, name: str, text: str) -> str:
        """Write a file into the folder by hand."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self._changes()
        return ""

    def in_notion(self, work: Callable[[Person], None], database: str = "Small path") -> str:
        """Let somebody work in the workspace."""
        app = make_app(self.folder / WORKSPACE)
        person = Person(httpx.WSGITransport(app=app), database)
        work(person)
        person.close()
        app.extensions["workspace"].close()
        self.requests.clear()
        return ""

    def plain(self, text: str) -> str:
        """Replace what differs from run to run."""
        text = text.replace(str(self.folder), "<folder>").replace(str(self.root), "<root>")
        for pattern, kind in REPLACED:
            text = pattern.sub(lambda found, kind=kind: self._name(found.group(), kind), text)
        text = JSON_SECONDS.sub(r"\1<seconds>", TIMES.sub("<time>", text))
        return SECONDS.sub("<seconds> s", text)

    def column(self, key: str) -> str:
        """Return a name for a column's id, which is random; names stay."""
        return self._name(key, "column") if len(unquote(key)) == COLUMN_ID else key

    def _name(self, found: str, kind: str) -> str:
        key = found.replace("-", "")
        return self.names.setdefault(key, f"<{kind} {len(self.names) + 1}>")

    def _changes(self) -> list[str]:
        """Return the files that changed since the last look, whole; the state's by name."""
        now = {
            path.relative_to(self.folder).as_posix(): path.read_bytes().decode()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and not path.is_relative_to(self.folder / ".tracker")
        }
        before, self.seen = self.seen, now
        told: list[str] = []
        for name in sorted({*before, *now}):
            if name not in now:
                told.append(f"-- deleted {name}")
            elif before.get(name) != now[name]:
                told += [f"-- wrote {name}", now[name]]
        return told


class _Text(io.TextIOWrapper):
    """A stream that is no terminal, and remembers what was written."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", newline="")

    def text(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode()  # type: ignore[attr-defined]


def record(root: Path) -> dict[str, str]:
    """Work through the script; return what is told by the name of its step."""
    recorder = Recorder(root)
    bundled = root / "bundled"
    bundled.mkdir(parents=True)
    (bundled / "bundled.yaml").write_text(EDITION, encoding="utf-8")
    recorder.folder.mkdir()
    told: dict[str, str] = {}
    with ExitStack() as stack:
        for name, value in (("today", lambda _: TODAY), ("now", lambda _: "2026-11-03T12:00:00Z")):
            stack.enter_context(patch.object(SystemClock, name, value))
        stack.enter_context(patch("tracker.wiring.bundled_folder", lambda: bundled))
        stack.enter_context(
            patch.object(httpx.WSGITransport, "handle_request", _recording(recorder))
        )
        stack.enter_context(patch.dict(os.environ, {"TMPDIR": str(root), "TZ": "UTC"}))
        time.tzset()
        for number, (name, step) in enumerate(script(recorder, bundled)):
            text = step()
            if text:
                told[f"{number:03}-{name}.txt"] = text
    time.tzset()
    return told


def _recording(recorder: Recorder):
    """Return a transport's method that writes down what it passes on, columns by their number."""
    handle = httpx.WSGITransport.handle_request

    def rename(value: Any) -> Any:
        """Return what a view is made of, with the columns that it names by their number."""
        if isinstance(value, list):
            return [rename(item) for item in value]
        if not isinstance(value, dict):
            return value
        named = {key for key in value if key == "property" or key.endswith("property_id")}
        return {
            key: recorder.column(item) if key in named else rename(item)
            for key, item in value.items()
        }

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.read() or b"{}")
        if body.get("properties"):
            body["properties"] = {
                recorder.column(key): value for key, value in body["properties"].items()
            }
        path = request.url.raw_path.decode()
        body = rename(body) if "/views" in path else body
        text = json.dumps(body, ensure_ascii=False) if body else ""
        recorder.requests.append(f"{request.method} {path} {text}".rstrip())
        return handle(self, request)

    return handle_request


Step = tuple[str, Callable[[], str]]


def script(it: Recorder, bundled: Path) -> Iterator[Step]:
    """Yield the steps; a command that answers both ways is run twice."""
    yield from _begin(it)
    yield from _edit_both_sides(it)
    yield from _delete_and_hold(it)
    yield from _take_out_and_in(it, bundled)
    yield from _go_wrong(it)


def _say(it: Recorder, *words: str, width: int = 80) -> Step:
    name = re.sub(r"[^a-z0-9]+", "-", " ".join(words).lower()).strip("-")[:48]
    return name + ("-narrow" if width < 80 else ""), lambda: it.run(*words, width=width)


def _both(it: Recorder, *words: str) -> Iterator[Step]:
    yield _say(it, *words)
    yield _say(it, *words, "--json")


def _begin(it: Recorder) -> Iterator[Step]:
    """Set a folder up, look at it, save a plan, apply it, sync the rest."""
    yield _say(it, "report")
    yield from _both(it, "roadmaps")
    yield _say(it, "init", "--yes", "--json")
    yield "settings", lambda: it.write("tracker.yaml", "notion: {workers: 1}\n")
    yield "small", lambda: it.write("roadmaps/small.yaml", SMALL)
    yield "other", lambda: it.write("roadmaps/other.yaml", OTHER)
    yield _say(it, "add", "bundled")
    for words in (["check"], ["roadmaps"], ["report"], ["next"], ["show", "knn"], ["doctor"]):
        yield from _both(it, *words)
    for words in (["report"], ["next"], ["show", "knn"], ["roadmaps"], ["plan"]):
        yield _say(it, *words, width=40)
    yield from _both(it, "plan", "small")
    yield _say(it, "plan", "small", "--out", "small.plan")
    yield _say(it, "apply", "small.plan", "--yes")
    yield _say(it, "apply", "small.plan", "--yes", "--json")
    yield _say(it, "sync", "--yes")
    yield from _both(it, "sync")
    yield from _both(it, "plan")


def _edit_both_sides(it: Recorder) -> Iterator[Step]:
    """Edit both sides, settle what clashes, undo and redo."""
    yield from _both(it, "mark", "knn", "doing")
    yield _say(it, "mark", "trees", "done")
    yield _say(it, "mark", "trees", "split", "todo", "--json")
    yield _say(it, "mark", "trees", "split", "done")
    yield _say(it, "mark", "--covered")
    yield _say(it, "mark", "nothing", "done")
    yield "file", lambda: it.edit("small", "Explain what k does.", "Say what k does.")
    yield "notion", lambda: it.in_notion(_edit_rows)
    yield from _both(it, "plan")
    yield from _both(it, "sync", "--yes")
    yield from _both(it, "conflicts")
    yield _say(it, "resolve", "knn", "goal", "--take", "notion")
    yield _say(it, "resolve", "knn", "--take", "local", "--json")
    yield _say(it, "conflicts")
    yield from _both(it, "log")
    yield "log-run", lambda: it.run("log", it.last_run())
    yield "log-run-json", lambda: it.run("log", it.last_run(), "--json")
    yield from _both(it, "undo", "--dry-run")
    yield _say(it, "undo", "--yes")
    yield _say(it, "redo", "--yes", "--json")
    yield _say(it, "sync", "--yes")


def _delete_and_hold(it: Recorder) -> Iterator[Step]:
    """Delete, trash, and write a value that no skill can have."""
    yield (
        "delete",
        lambda: it.edit("other", "      - {id: clouds, name: Cloud services", "      # -"),
    )
    yield "trash", lambda: it.in_notion(lambda person: person.trash("forests"))
    yield _say(it, "sync", "other")
    yield from _both(it, "plan", "--prefer", "notion")
    yield _say(it, "sync", "--yes", "--allow-deletes", "3")
    yield "held", lambda: it.in_notion(_write_unreadable)
    yield from _both(it, "sync", "small")
    yield from _both(it, "doctor")
    yield "stale", lambda: it.run("plan", "small", "--out", "stale.plan")
    yield "mend row", lambda: it.in_notion(lambda person: person.edit("split", {"Hours": 3.0}))
    yield _say(it, "apply", "stale.plan")
    yield _say(it, "sync", "--json")


def _take_out_and_in(it: Recorder, bundled: Path) -> Iterator[Step]:
    """Report, export, import and upgrade."""
    for style in ("text", "json", "markdown", "html"):
        yield _say(it, "report", "--format", style)
    yield _say(it, "report", "--out", "progress.html")
    for style in ("markdown", "csv", "json"):
        yield _say(it, "export", "small", "--format", style)
    yield _say(it, "export", "--out", "all.md")
    yield _say(it, "export", "small", "--out", "all.md")
    yield from _both(it, "schema")
    yield _say(it, "new", "fresh", "--title", "Fresh path")
    yield "lists", lambda: it.write("list.md", CHECKLIST)
    yield "tables", lambda: it.write("table.csv", TABLE)
    yield "graphs", lambda: it.write("graph.json", json.dumps(GRAPH))
    yield _say(it, "import", "list.md")
    yield _say(it, "import", "table.csv", "--json")
    yield _say(it, "import", "graph.json", "--name", "graph")
    yield _say(it, "import", "missing.md")
    yield "edition", lambda: str(bundled.joinpath("bundled.yaml").write_text(NEXT_EDITION) and "")
    yield _say(it, "roadmaps")
    yield from _both(it, "upgrade", "--dry-run")
    yield _say(it, "upgrade", "--yes", "--remove", "gone")
    yield _say(it, "upgrade", "--json")


def _go_wrong(it: Recorder) -> Iterator[Step]:
    """Break files and command lines."""
    yield "broken", lambda: it.write("roadmaps/broken.yaml", "title: [\n")
    yield "wrong", lambda: it.write("roadmaps/wrong.yaml", _WRONG)
    for words in (["check"], ["report"], ["next"], ["sync"], ["show", "nobody"]):
        yield from _both(it, *words)
    yield _say(it, "check", width=40)
    yield _say(it, "check", "--skip", "unknown-requires")
    yield "unbroken", lambda: it.write("roadmaps/broken.yaml", "title: Whole\nsections: []\n")
    yield "right", lambda: it.write("roadmaps/wrong.yaml", "title: Right\nsections: []\n")
    yield _say(it, "forget", "fresh")
    yield _say(it, "forget", "small", "--yes")
    yield _say(it, "plan", "small")
    yield _say(it, "doctor", "--fix", "--yes")
    yield _say(it, "sync", "--help")
    yield _say(it, "nothing")
    yield _say(it, "report", "--formt", "text")
    yield _say(it, "--version")
    yield _say(it, "demo", "--json")


_WRONG = """\
title: Wrong
sections:
  - title: One
    skills:
      - {id: a, name: A, requires: [b, zz]}
      - {id: b, name: B, requires: [a], hours: -1}
      - {id: b, name: B again, status: maybe, url: x}
      - {id: c, name: C, started: 2026-11-02, completed: 2026-11-01}
      - {id: d, name: D, resources: ["ftp://example.org", "https://user:pw@example.org"]}
"""


def _edit_rows(person: Person) -> None:
    """Edit, add, tag and finish rows in the workspace, one of them against the file."""
    person.edit("knn", {"Goal": "Know what k means.", "Notes": "One line.\nA new line."})
    person.edit("split", {"Hours": 2.5, "Tags": ["basic"]})
    person.edit("forests", {"Status": "In progress"})
    person.add({"Skill": "Typed in Notion", "Section": "Later", "Status": "Done"})


def _write_unreadable(person: Person) -> None:
    """Write a value that no skill can have."""
    person.edit("split", {"Hours": -4.0})


def load_goldens() -> dict[str, str]:
    """Return the goldens as recorded, by name."""
    return {path.name: path.read_bytes().decode() for path in sorted(GOLDENS.glob("*.txt"))}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as root:
        found = record(Path(root).resolve())
    shutil.rmtree(GOLDENS, ignore_errors=True)
    GOLDENS.mkdir()
    for file_name, recorded in found.items():
        (GOLDENS / file_name).write_bytes(recorded.encode())
    print(f"{len(found)} steps recorded")  # noqa: T201
