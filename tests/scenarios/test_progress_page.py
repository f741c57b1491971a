"""The page that shows progress: made once, written on when it says something new, and nobody else's."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, timedelta

import httpx
import pytest
from notion_person import HEADERS, Person
from sandbox import ENVIRON, TODAY, Sandbox
from story import ScriptedServer

from tracker.cli.exits import exit_code
from tracker.cli.render.learning_json import report_json
from tracker.progress.page import FOOTER, MARKER
from tracker.progress.report import summarise
from tracker.sync.model import Policy
from tracker.wiring import open_local, open_services
from tracker.workflows.conflicts import Request, run_resolve
from tracker.workflows.sync import run_sync
from tracker.workflows.undo import run_undo

pytestmark = pytest.mark.slow

ROADMAP = """\
title: Small path
sections:
  - title: Basics
    skills:
      - {id: split, name: Split, hours: 2, goal: Can split.}
      - {id: knn, name: kNN, hours: 3, requires: [split]}
  - title: Later
    skills:
      - {id: trees, name: Trees, status: doing, started: 2026-10-01}
"""


class SpyOnPage(httpx.BaseTransport):
    """Lists the requests that are about the Progress page, or look for it."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self.seen: list[str] = []
        self.all = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.all += 1
        path, body = request.url.path, request.read().decode()
        if path.endswith("/markdown") or "markdown" in body or path == "/v1/search":
            self.seen.append(f"{request.method} {re.sub('[0-9a-f-]{36}', 'ID', path)}")
        return self._inner.handle_request(request)


class OtherSpelling(httpx.BaseTransport):
    """A server that spells markdown otherwise than what it was sent, as Notion may."""

    SPELLED = (("<td>", '<td color="default">'), ("- [", "* ["), ("*Written", "_Written"))

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/markdown"):
            return self._inner.handle_request(request)
        body = json.loads(request.read() or "null")
        for update in (body or {}).get("update_content", {}).get("content_updates", ()):
            for plain, other in self.SPELLED:
                update["old_str"] = update["old_str"].replace(other, plain)
        sent = httpx.Request(request.method, request.url, headers=HEADERS, json=body)
        response = self._inner.handle_request(sent)
        answer = json.loads(response.read())
        for plain, other in self.SPELLED:
            answer["markdown"] = answer.get("markdown", "").replace(plain, other)
        return httpx.Response(response.status_code, json=answer)


class PageWorld(Sandbox):
    """A sandbox with a roadmap, whose Progress page people can read and edit."""

    def __init__(self, root) -> None:
        super().__init__(root)
        self.write(ROADMAP)

    def pages(self, *, in_trash=False):
        """Return all Progress pages."""
        wanted = {"property": "object", "value": "page", "in_trash": in_trash}
        found = self.person.send("POST", "search", {"query": "Progress", "filter": wanted})
        return [page["id"] for page in found["results"] if page["parent"]["type"] == "page_id"]

    @property
    def page_id(self):
        (page_id,) = self.pages()
        return page_id

    def text(self, page_id=None):
        return self.person.send("GET", f"pages/{page_id or self.page_id}/markdown")["markdown"]

    def rewrite(self, text):
        body = {"type": "replace_content", "replace_content": {"new_str": text}}
        self.person.send("PATCH", f"pages/{self.page_id}/markdown", body)

    def change(self, **values):
        self.person.send("PATCH", f"pages/{self.page_id}", values)

    def watched_sync(self, *names):
        """Sync, and return the result with the requests that were about the page."""
        spies = []

        def watch(inner):
            spies.append(SpyOnPage(inner))
            return spies[-1]

        self.wrap = watch
        result = self.sync(*names)
        self.wrap = lambda inner: inner
        return result, [request for spy in spies for request in spy.seen]

    def drop_state(self):
        for path in (self.folder / ".tracker").glob("state.db*"):
            path.unlink()

    def switch(self, value):
        """Write the setting of the page."""
        path = self.folder / "tracker.yaml"
        lines = path.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if not line.startswith("progress_page")]
        path.write_text("\n".join([*kept, f"progress_page: {value}", ""]), encoding="utf-8")

    def conflict(self):
        """Let both sides change one goal."""
        self.replace("Can split.", "Can split in writing.")
        person = Person(self.transport, "Small path")
        person.edit("split", {"Goal": "Can split aloud."})
        person.close()


@pytest.fixture
def world(tmp_path):
    """Give a world that was synced once."""
    with PageWorld(tmp_path) as world:
        world.sync()
        yield world


PATCHED = ["PATCH /v1/pages/ID/markdown"]


def codes(result):
    return [problem.code for problem in result.problems]


def test_it_is_made_once_with_all_it_says(tmp_path):
    """The first sync makes it in few requests, beside the database, with links to the rows."""
    with PageWorld(tmp_path) as world:
        result, requests = world.watched_sync()
        text = world.text()

    assert (exit_code(result), codes(result)) == (0, [])
    assert requests == ["POST /v1/pages", "GET /v1/pages/ID/markdown"]
    assert text.startswith(f"*{MARKER}*\n## 0 % · 0 of 3 skills done\n")
    assert re.search(r"\[Split\]\(http://localhost/p/[0-9a-f]{32}\) · 2 h", text)
    assert "[Trees](http://localhost/p/" in text
    assert "since 1 Oct 2026, 33 days" in text
    assert text.endswith(f"*{FOOTER}3 Nov 2026*")


def test_nothing_is_sent_while_it_says_the_same(world):
    """A sync that finds nothing to do asks nothing about the page, on any day."""
    world.sync()

    result, requests = world.watched_sync()
    tomorrow = replace(world.overrides, clock=Tomorrow())
    with open_services(world.folder, environ=ENVIRON, overrides=tomorrow) as services:
        policy = Policy(today=TODAY + timedelta(days=40))
        later = run_sync(services, (), policy, confirm=lambda _: True, progress=lambda *_: None)

    assert (requests, result.requests, later.requests) == ([], 2, 2)
    assert "3 Nov 2026" in world.text()


class Tomorrow:
    """It is forty days later."""

    def today(self) -> date:
        return TODAY + timedelta(days=40)

    def now(self) -> str:
        return "2026-12-13T12:00:00+00:00"


def test_one_tick_is_one_request(world):
    """A change on either side rewrites the page once."""
    world.person.edit("split", {"Status": "Done"})
    _, theirs = world.watched_sync()
    world.replace("status: doing", "status: done")
    _, mine = world.watched_sync()

    assert (theirs, mine) == (PATCHED, PATCHED)
    assert "## 66 % · 2 of 3 skills done" in world.text()
    assert "## Recently finished\n- [" in world.text()


def test_a_server_that_spells_it_otherwise_is_asked_as_little(tmp_path):
    """The page is compared as the server spells it: nothing for nothing, and one request for a tick."""
    with PageWorld(tmp_path) as world:
        world.transport = OtherSpelling(world.transport)
        world.sync()
        _, nothing = world.watched_sync()
        world.person.edit("split", {"Status": "Done"})
        _, tick = world.watched_sync()
        world.drop_state()
        _, found = world.watched_sync()

        assert (nothing, tick) == ([], PATCHED)
        assert found == ["GET /v1/pages/ID/markdown"] * 2
        assert "## 33 %" in world.text()


def test_its_figures_are_those_of_the_report(world):
    """Percent and counts are what `tracker report --json` gives, of the whole and of each section."""
    world.person.edit("split", {"Status": "Done"})
    world.sync()
    loaded = open_local(world.folder).reader.load_roadmaps()

    told = report_json(summarise({it.name: it.roadmap for it in loaded.files}, today=TODAY))
    cells = re.findall(r"<td>(.*)</td>", world.text())

    total = told["total"]
    assert f"## {int(total['percent'])} % · {total['done']} of {total['counted']} skills" in (
        world.text()
    )
    for section in told["roadmaps"][0]["sections"]:
        at = cells.index(section["title"])
        assert cells[at + 2] == f"{section['done']} of {section['counted']}"


def test_what_the_learner_writes_stays(world):
    """Text above the marker and below the last line stays, whatever it looks like."""
    above = "# My year\nKeep **this** [link](https://a.example) and 1 \\* 2\n\t- not a heading"
    below = f"PS: {FOOTER}Monday I rest\n- [ ] buy coffee"
    world.rewrite(f"{above}\n{world.text()}\n{below}")
    world.person.edit("split", {"Status": "Done"})

    _, requests = world.watched_sync()

    assert requests == PATCHED
    text = world.text()
    assert text.startswith(f"{above}\n*{MARKER}*\n## 33 %")
    assert text.endswith(f"3 Nov 2026*\n{below}")


def test_an_edit_of_trackers_own_part_is_written_over(world):
    """The part that tracker keeps is put right, and nothing around it is touched."""
    world.rewrite("mine\n" + world.text().replace("of 3 skills", "of 9 skills") + "\nmine, too")
    world.person.edit("split", {"Status": "Done"})
    world.sync()

    assert "of 9 skills" not in world.text()
    assert world.text().startswith(f"mine\n*{MARKER}*\n## 33 %")
    assert world.text().endswith("\nmine, too")


def test_pages_that_were_put_into_its_part_are_kept(world):
    """A page below the marker is no text: it is never deleted."""
    parent = {"page_id": world.page_id}
    child = world.person.send("POST", "pages", {"parent": parent})["id"]
    lines = world.text().split("\n")
    world.rewrite("\n".join([*lines[:3], lines[-1], *lines[3:-1]]))
    world.person.edit("split", {"Status": "Done"})
    result = world.sync()

    assert (exit_code(result), codes(result)) == (0, [])
    assert "## 33 %" in world.text()
    assert not world.person.send("GET", f"pages/{child}")["in_trash"]


def test_an_open_conflict_is_shown_with_both_values(world):
    """Who lives in Notion learns that an edit waits, and how to settle it; settled, it is gone."""
    world.conflict()
    world.sync()
    text = world.text()
    again, requests = world.watched_sync()
    with open_services(world.folder, environ=ENVIRON, overrides=world.overrides) as services:
        run_resolve(
            services,
            Request("split", take="local"),
            Policy(today=TODAY),
            ask=lambda *_: None,
            progress=lambda *_: None,
        )

    assert "## Waiting for you\n- **Split** · goal: changed on both sides\n" in text
    assert "\t- file: Can split in writing.\n\t- Notion: Can split aloud.\n" in text
    assert "`tracker resolve path/split goal --take local` or `" in text
    assert (requests, again.requests) == ([], 2)
    assert "Waiting for you" not in world.text()


def test_hostile_text_is_only_text(world):
    """Neither a name nor a value becomes markup, moves a page, or ends tracker's part."""
    evil = [f'<page url="http://localhost/p/{"0" * 32}">x</page>', MARKER, f"{FOOTER}3 Nov 2026"]
    evil.append("](javascript:alert(1)) \u202e `a` | $x$ {color} </td></table>")
    names = [json.dumps(f"{text} {n}" if n == 3 else text) for n, text in enumerate(evil)]
    skills = "".join(
        f"      - {{id: e{n}, name: {name}, status: doing}}\n" for n, name in enumerate(names)
    )
    world.write(world.path().read_text() + skills + f"  - title: {names[3]}\n    skills: []\n")
    world.sync()
    first = world.text()
    world.person.edit("split", {"Status": "Done"})
    world.sync()
    text = world.text()

    for shown in (first, text):
        assert shown.count("## In progress") == 1
        assert "\\u202e" in shown
    assert "## 14 % · 1 of 7 skills done" in text
    assert text.count("\n## ") == first.count("\n## ") + 1


@pytest.mark.parametrize("is_forgotten", [False, True], ids=["state kept", "state lost"])
def test_trashed_it_stays_trashed(world, is_forgotten):
    """A page that the learner threw away is not made again, also when nothing is remembered."""
    trashed = world.page_id
    world.change(in_trash=True)
    if is_forgotten:
        world.drop_state()
    else:
        world.person.edit("split", {"Status": "Done"})
    result = world.sync()
    world.person.edit("split", {"Status": "Skipped"})
    again = world.sync()
    quiet, requests = world.watched_sync()

    assert (world.pages(), exit_code(result)) == ([], 0)
    assert (codes(result), codes(again)) == (["progress-page-left"], [])
    assert (requests, codes(quiet)) == ([], [])

    world.person.send("PATCH", f"pages/{trashed}", {"in_trash": False})
    world.person.edit("split", {"Status": "Done"})
    world.sync()

    assert "## 33 %" in world.text()


def test_moved_and_renamed_it_is_followed(world):
    """A page is known by its id, wherever it went and whatever it is called."""
    page_id = world.page_id
    world.change(properties={"title": {"title": [{"text": {"content": "How far I am"}}]}})
    world.person.edit("split", {"Status": "Done"})
    _, requests = world.watched_sync()

    assert requests == PATCHED
    assert "## 33 %" in world.text(page_id)

    world.drop_state()
    world.sync()

    assert world.pages() == []
    assert "## 33 %" in world.text(page_id)


def test_found_again_when_nothing_is_remembered(world):
    """The state was lost: the page is known by its title and the marker, and no second one is made."""
    world.rewrite("mine\n" + world.text())
    before = world.text()
    world.drop_state()

    result, requests = world.watched_sync()

    assert (exit_code(result), codes(result)) == (0, [])
    assert requests == ["GET /v1/pages/ID/markdown"] * 2
    assert world.text() == before


def test_without_the_marker_nothing_is_touched(world):
    """Where the line is gone all of the page may be the learner's; put back, the page goes on."""
    world.rewrite("All mine.")
    world.person.edit("split", {"Status": "Done"})
    result = world.sync()
    quiet, requests = world.watched_sync()

    assert (exit_code(result), codes(result)) == (0, ["progress-page-unmarked"])
    assert (world.text(), requests, codes(quiet)) == ("All mine.", [], [])

    world.rewrite(f"All mine.\n{MARKER}")
    world.person.edit("split", {"Status": "In progress"})
    world.sync()

    assert world.text().startswith(f"All mine.\n*{MARKER}*\n## 0 %")


@pytest.mark.parametrize("is_forgotten", [False, True])
def test_without_the_marker_no_second_page_is_made(world, is_forgotten):
    """Known by its last line, the page is left alone, also when nothing is remembered."""
    world.rewrite("mine\n" + world.text().split("\n", 1)[1])
    before = world.text()
    if is_forgotten:
        world.drop_state()
    world.person.edit("split", {"Status": "Done"})

    result = world.sync()

    assert (codes(result), world.text()) == (["progress-page-unmarked"], before)


@pytest.mark.parametrize("is_forgotten", [False, True])
def test_text_in_the_place_of_the_last_line_stays(world, is_forgotten):
    """The last line is written again in front of it."""
    lines = world.text().split("\n")
    world.rewrite("\n".join([*lines[:-1], "Mine.", "- [ ] mine, too"]))
    if is_forgotten:
        world.drop_state()
    world.person.edit("split", {"Status": "Done"})

    world.sync()

    text = world.text()
    assert text.endswith(f"{lines[-1]}\nMine.\n- [ ] mine, too")
    assert text.count("# Small path") == 1


def test_switched_off_there_is_none(tmp_path):
    """`progress_page: false` makes none, and leaves one that is there as it is."""
    with PageWorld(tmp_path) as world:
        world.switch("false")
        _, requests = world.watched_sync()

        assert (world.pages(), requests) == ([], [])

        world.switch("true")
        world.sync()
        world.switch("false")
        world.person.edit("split", {"Status": "Done"})
        world.sync()

        assert "## 0 %" in world.text()

        world.switch("true")
        world.sync()

        assert "## 33 %" in world.text()


@pytest.mark.parametrize(
    ("path", "answers", "code"),
    [
        ("POST /v1/pages$", 400, 0),
        ("POST /v1/pages$", 403, 0),
        ("PATCH .*/markdown", 400, 0),
        ("PATCH .*/markdown", 403, 0),
        ("PATCH .*/markdown", 404, 0),
        ("PATCH .*/markdown", 504, 0),
        ("(GET|PATCH) .*/markdown", 403, 0),
        ("PATCH .*/markdown", "nothing", 5),
        ("PATCH .*/markdown", 401, 4),
    ],
)
def test_a_page_that_cannot_be_written_fails_no_sync(tmp_path, path, answers, code):
    """One note, or the error of a dead network; the rows are synced, and the next sync mends it."""
    is_made = "PATCH" in path
    with PageWorld(tmp_path) as world:
        # Rows are made beforehand: they are pages, too.
        world.switch("true" if is_made else "false")
        world.sync()
        world.switch("true")
        if is_made:
            world.person.edit("split", {"Status": "Done"})
        world.wrap = lambda inner: ScriptedServer(inner, path, answers)
        result = world.sync()
        world.wrap = lambda inner: inner
        mended = world.sync()

        assert exit_code(result) == code
        assert codes(result) == (["progress-page-failed"] if code == 0 else [])
        assert (exit_code(mended), codes(mended)) == (0, [])
        assert f"## {33 if is_made else 0} %" in world.text()


def test_undo_takes_the_page_along(world):
    """What a run brought to the page, its undo takes off again."""
    world.person.edit("split", {"Status": "Done"})
    world.sync()
    with open_services(world.folder, environ=ENVIRON, overrides=world.overrides) as services:
        run_undo(services, None, confirm=lambda *_: True, progress=lambda *_: None)

    assert "## 0 %" in world.text()


def test_several_roadmaps_share_one_page(world):
    """A sync of one roadmap keeps what is known of the other, conflicts included."""
    world.write(ROADMAP.replace("Small path", "Other path"), "other")
    world.sync()
    world.conflict()
    world.sync("path")
    world.replace("status: doing", "status: done", "other")
    world.sync("other")
    text = world.text()

    assert len(world.pages()) == 1
    assert "## 16 % · 1 of 6 skills done" in text
    assert "\n## Other path\n33 % · 1 of 3 skills" in text
    assert "- **Split** · goal: changed on both sides" in text


def second_machine(one):
    """Return another machine with the same file and settings, at the same server."""
    other = Sandbox.__new__(PageWorld)
    other.__dict__.update(one.__dict__, folder=one.root / "second")
    (other.folder / "roadmaps").mkdir(parents=True)
    (other.folder / "tracker.yaml").write_bytes((one.folder / "tracker.yaml").read_bytes())
    other.write(one.path().read_text(encoding="utf-8"))
    other.sync()
    return other


def test_two_machines_end_with_one_page_and_rest(world):
    """Each machine brings the page to where it is itself, and then both rest."""
    other = second_machine(world)
    world.replace("status: doing", "status: done")
    world.sync()
    text = world.text()
    _, seen = other.watched_sync()
    rests = [machine.watched_sync()[1] for machine in (world, other, world)]

    assert len(world.pages()) == 1
    assert world.text() == text
    assert seen == [*PATCHED, "GET /v1/pages/ID/markdown"]
    assert rests == [[], [], []]


def test_a_conflict_of_one_machine_is_no_less_open_on_another(world):
    """What only one machine knows of stays on the page, until that machine says that it is settled."""
    other = second_machine(world)
    world.conflict()
    world.replace("status: doing", "status: done")
    world.sync()
    shown = "- **Split** · goal: changed on both sides\n\t- file: Can split in writing.\n"

    other.sync()
    first = world.text()
    other.replace("hours: 3", "hours: 4")
    other.sync()
    second, heads = world.text(), world.text().count("## Waiting for you")
    world.person.edit("split", {"Goal": "Can split in writing."})
    world.sync()
    settled = world.text()
    other.sync()

    assert shown in first
    assert shown in second
    assert (heads, second.count("- **Split**"), "of 6 h" in second) == (1, 1, True)
    assert "Waiting for you" not in settled
    assert "Waiting for you" not in world.text()
    assert [machine.watched_sync()[1] for machine in (world, other)] == [[], []]
