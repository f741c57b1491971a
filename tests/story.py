"""Stories: a folder of roadmaps, steps that people and commands take, and what shall come of it.

    NAME/why.md       what the story is about, in one paragraph
    NAME/roadmaps/    the learner's files at the start
    NAME/story.yaml   the steps, one after the other
    NAME/expected/    told.txt (what the commands said), roadmaps/, notion.yaml (both sides after)

A step is a map with one key:

    sync: {prefer: local|notion, allow_deletes: N, names: [...]}      or just "sync"
    plan: the same                                                    or just "plan"
    file: {name: path, replace: TEXT, with: TEXT} | {write: TEXT} | {append: TEXT} | {delete: true}
    notion: {edit: ROW, set: {Column: value}} | {add: {Column: value}} | {copy: ROW} |
            {trash: [ROW]} | {restore: [ROW]} | {archive: ROW} | {move: ROW} |
            {column: NAME, change: {...} or null} | {option: NAME, of: COLUMN, becomes: NAME} |
            {option: NAME, of: COLUMN} (deleted) | {database: {...}} | {send: [METHOD, path, body]}       with `in: TITLE` if there are several
    state: drop
    edition: first                 the database and the state become as the first edition left them
    settings: {ROADMAP: TITLE}     the settings name the database with this title for a roadmap
    settings: forgotten            the settings name no database any more
    server: {path: REGEX, answers: STATUS | nothing | incomplete | busy | blocked}     or "well" again;
            the expression is searched in "METHOD /v1/path"

`python tests/story.py [NAME...]` tells the stories anew and rewrites what is expected of them.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import yaml
from first_edition import grow_old
from notion_person import Json, Person
from sandbox import Sandbox

from tracker.cli.exits import exit_code
from tracker.cli.render.layout import AnswerView, render_problems
from tracker.cli.render.plan import render_planned, render_plans, render_summary, render_unfinished
from tracker.errors import TrackerError
from tracker.sync.model import Side
from tracker.workflows.results import Planned, SyncResult

FOLDER = Path(__file__).parent / "scenarios"
WIDTH = 100
VIEW = AnswerView(WIDTH)
STOPPED = (3, 4, 5, 6, 7)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
COST = re.compile(r" \(0\.0 s\)$", re.MULTILINE)


def list_stories() -> list[str]:
    """Return the names of all stories."""
    return sorted(path.parent.name for path in FOLDER.glob("*/story.yaml"))


@dataclass
class Story:
    """A story being told; `said` collects what the commands print, `code` how the last one ended."""

    sandbox: Sandbox
    said: list[str] = field(default_factory=list)
    code: int = 0
    codes: set[str] = field(default_factory=set)

    def take(self, step: str | Json) -> None:
        """Take one step."""
        kind, given = (step, {}) if isinstance(step, str) else next(iter(step.items()))
        STEPS[kind](self, given)

    def run(self, words: str, command: Callable[[], SyncResult | Planned]) -> None:
        """Run a command and write down what it says; one that stops must not write anything."""
        before = self.sandbox.files()
        try:
            answer: SyncResult | Planned | TrackerError = command()
        except TrackerError as error:
            answer = error
        self.code = exit_code(answer)
        found = sorted(set(_codes(answer)))
        self.codes |= set(found)
        named = f" ({', '.join(found)})" if found else ""
        lines = _lines(answer)
        self.said += [f"$ tracker {words}", *lines, f"exit {self.code}{named}", ""]
        if self.code in STOPPED:
            assert self.sandbox.files() == before
            assert {"  kept", "  next"} <= {line[:6] for line in lines}, lines

    def expected(self) -> dict[str, str]:
        """Return what this story came to, as texts by the paths of `expected/`."""
        files = {f"roadmaps/{name}": text for name, text in self.sandbox.files().items()}
        remote = yaml.safe_dump(
            self.sandbox.remote(), sort_keys=False, allow_unicode=True, width=WIDTH
        )
        return {"told.txt": "\n".join(self.said), "notion.yaml": remote, **files}


def tell(name: str, root: Path) -> Story:
    """Tell a story in a fresh world; the caller closes its sandbox."""
    source = FOLDER / name
    sandbox = Sandbox(root)
    if (source / "roadmaps").is_dir():
        shutil.copytree(source / "roadmaps", sandbox.folder / "roadmaps", dirs_exist_ok=True)
    story = Story(sandbox)
    for step in yaml.safe_load((source / "story.yaml").read_bytes()):
        story.take(step)
    return story


def load_expected(name: str) -> dict[str, str]:
    """Return what is expected of a story, as texts by path."""
    folder = FOLDER / name / "expected"
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes().decode() for path in paths}


def _codes(answer: SyncResult | Planned | TrackerError) -> Iterator[str]:
    """Name everything that speaks against a perfect end."""
    if isinstance(answer, TrackerError):
        yield from (problem.code for problem in answer.problems)
        return
    planned = answer if isinstance(answer, Planned) else answer.planned
    yield from (refusal.guard for _, refusal in planned.refusals)
    yield from ["conflict"] * bool(planned.conflicts)
    yield from ["hold"] * bool(planned.holds)
    if isinstance(answer, SyncResult):
        yield from (each.error.code for each in answer.unfinished if each.error)
        if answer.stopped is not None:
            yield from (problem.code for problem in answer.stopped.problems)


def _lines(answer: SyncResult | Planned | TrackerError) -> list[str]:
    if isinstance(answer, TrackerError):
        lines = render_problems(answer.problems)
    elif isinstance(answer, Planned):
        lines = render_planned(answer, VIEW)
    else:
        stopped = answer.stopped.problems if answer.stopped else ()
        lines = [
            *render_plans(answer.planned, VIEW),
            *render_problems(stopped),
            *render_unfinished(answer),
            *render_summary(replace(answer, seconds=0.0), VIEW),
        ]
    return [UUID.sub("<id>", COST.sub("", line.plain)).rstrip() for line in lines]


def _options(given: Json) -> tuple[list[str], dict[str, Any], str]:
    names = given.get("names", [])
    prefer = {None: None, "local": Side.LOCAL, "notion": Side.REMOTE}[given.get("prefer")]
    words = list(names)
    words += [f"--{key.replace('_', '-')} {it}" for key, it in given.items() if key != "names"]
    options = {"prefer": prefer, "allow_deletes": given.get("allow_deletes", 0)}
    return names, options, " ".join(["", *words])


def _sync(story: Story, given: Json) -> None:
    names, options, words = _options(given)
    story.run(f"sync{words}", lambda: story.sandbox.sync(*names, **options))


def _plan(story: Story, given: Json) -> None:
    names, options, words = _options(given)
    story.run(f"plan{words}", lambda: story.sandbox.plan(*names, **options))


def _file(story: Story, given: Json) -> None:
    sandbox, name = story.sandbox, given.get("name", "path")
    if "replace" in given:
        sandbox.replace(given["replace"], given["with"], name)
    elif "write" in given:
        sandbox.write(given["write"], name)
    elif "append" in given:
        sandbox.write(sandbox.path(name).read_bytes().decode() + given["append"], name)
    else:
        assert given["delete"] is True
        sandbox.path(name).unlink()


def _notion(story: Story, given: Json) -> None:
    if "becomes" in given:
        story.sandbox.rename_option(given["of"], given["option"], given["becomes"])
        return
    if "move" in given:
        story.sandbox.move(given["move"])
        return
    person = Person(story.sandbox.transport, given.get("in"))
    verb = next(key for key in given if key in PERSON)
    PERSON[verb](person, given)
    person.close()


def _state(story: Story, given: str) -> None:
    assert given == "drop"
    for path in (story.sandbox.folder / ".tracker").glob("state.db*"):
        path.unlink()


def _edition(story: Story, given: str) -> None:
    assert given == "first"
    grow_old(story.sandbox.folder, story.sandbox.person)


def _settings(story: Story, given: Json | str) -> None:
    """Let the settings name other databases, as after a wrong merge of two machines' files."""
    path = story.sandbox.folder / "tracker.yaml"
    settings = yaml.safe_load(path.read_bytes())
    if given == "forgotten":
        del settings["notion"]["databases"]
        given = {}
    for name, title in given.items():
        person = Person(story.sandbox.transport, title)
        settings["notion"].setdefault("databases", {})[name] = person.source()["id"]
        person.close()
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")


def _server(story: Story, given: Json | str) -> None:
    if given == "well":
        story.sandbox.wrap = lambda inner: inner
    else:
        story.sandbox.wrap = lambda inner: ScriptedServer(inner, given["path"], given["answers"])


CODES = {
    400: "validation_error",
    401: "unauthorized",
    403: "restricted_resource",
    404: "object_not_found",
    429: "rate_limited",
}
REFUSALS: dict[int | str, tuple[int, Json]] = {
    "busy": (429, {"retry_after": "3600", "reason": "public_api_space_request_rate_limit"}),
    "blocked": (429, {"retry_after": "1", "reason": "public_api_request_blocked"}),
}


class ScriptedServer(httpx.BaseTransport):
    """A server that answers some paths otherwise than the one behind it would."""

    def __init__(self, inner: httpx.BaseTransport, path: str, answers: int | str) -> None:
        self._inner = inner
        self._path = re.compile(path)
        self._answers = answers

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer as told, or let the server behind answer."""
        if not self._path.search(f"{request.method} {request.url.path}"):
            return self._inner.handle_request(request)
        if self._answers == "nothing":
            raise httpx.ReadError("the connection was reset", request=request)
        if self._answers == "incomplete":
            return self._cut_off(self._inner.handle_request(request))
        status, extra = REFUSALS.get(self._answers, (self._answers, {}))
        body = {
            "object": "error",
            "status": status,
            "code": CODES.get(status, "internal_server_error"),
            "message": "told by the story",
            "additional_data": extra,
        }
        return httpx.Response(status, json=body, request=request)

    def _cut_off(self, response: httpx.Response) -> httpx.Response:
        answer = json.loads(response.read())
        answer["results"] = answer["results"][:1]
        answer["request_status"] = {"type": "incomplete", "incomplete_reason": "timeout"}
        return httpx.Response(200, json=answer | {"has_more": False, "next_cursor": None})


STEPS: dict[str, Callable[[Story, Any], None]] = {
    "sync": _sync,
    "plan": _plan,
    "file": _file,
    "notion": _notion,
    "state": _state,
    "edition": _edition,
    "settings": _settings,
    "server": _server,
}
PERSON: dict[str, Callable[[Person, Json], None]] = {
    "edit": lambda person, it: person.edit(it["edit"], it["set"]),
    "add": lambda person, it: person.add(it["add"]),
    "copy": lambda person, it: person.copy(it["copy"]),
    "trash": lambda person, it: person.trash(*it["trash"]),
    "restore": lambda person, it: person.restore(*it["restore"]),
    "archive": lambda person, it: person.archive(it["archive"]),
    "column": lambda person, it: person.change_column(it["column"], it["change"]),
    "option": lambda person, it: person.delete_option(it["of"], it["option"]),
    "database": lambda person, it: person.change_database(it["database"]),
    "send": lambda person, it: person.send(*it["send"]),
}


def refresh(name: str) -> None:
    """Tell a story and write down what came of it."""
    with tempfile.TemporaryDirectory() as root:
        story = tell(name, Path(root))
        texts = story.expected()
        story.sandbox.close()
    folder = FOLDER / name / "expected"
    shutil.rmtree(folder, ignore_errors=True)
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.encode())


if __name__ == "__main__":
    for each in sys.argv[1:] or list_stories():
        refresh(each)
        sys.stdout.write(f"told {each}\n")
