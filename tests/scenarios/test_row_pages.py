"""The pages of rows: written with the row, in no request of their own, and then the learner's."""

from __future__ import annotations

import json

import httpx
import pytest
from faults import FaultyTransport, not_found
from sandbox import SETTINGS, Sandbox
from shell import open_shell

pytestmark = pytest.mark.slow

ROADMAP = """\
title: Small path
sections:
  - title: Basics
    icon: 🌱
    skills:
      - id: split
        name: Split
        goal: Can hold out a test set.
        resources:
          - {title: Guide, url: "https://example.org/guide", type: docs}
          - {title: ISL, url: "https://example.org/isl", part: ch. 5, minutes: 90, primary: true}
      - {id: model, name: First model, kind: milestone, prove: [One score]}
  - title: Later
    skills:
      - Trees
"""
SPLIT = """\
<callout icon="🎯" color="gray_background">
\tCan hold out a test set.
</callout>
### Links
- [ ] [ISL](https://example.org/isl) · ch. 5 · 90 min
- [ ] [Guide](https://example.org/guide) · docs
### My notes"""
MODEL = """\
<callout icon="🏁" color="gray_background">
\t**Milestone**: a point to reach on the way
</callout>
### Done when
- [ ] One score
### My notes"""


@pytest.fixture
def sandbox(tmp_path):
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(ROADMAP)
        yield sandbox


def write(sandbox, key, *updates):
    """Replace texts on a page, as somebody who ticks and types there does."""
    body = {"content_updates": [{"old_str": old, "new_str": new} for old, new in updates]}
    path = f"pages/{sandbox.person.row(key)['id']}/markdown"
    sandbox.person.send("PATCH", path, {"type": "update_content", "update_content": body})


def test_a_row_is_made_with_its_page(sandbox):
    """One request a row, as without pages; the second sync writes nothing."""
    wire = FaultyTransport(sandbox.transport)
    sandbox.wrap = lambda _: wire

    sandbox.sync()
    first, again = [path for _, path in wire.writes], sandbox.sync()

    assert first.count("/v1/pages") == 3 + 1  # the Progress page
    assert not [path for path in first if "markdown" in path or "blocks" in path]
    assert sandbox.pages() == {
        "split": ("🌱", SPLIT),
        "model": ("🌱", MODEL),
        "trees": ("", "### My notes"),
    }
    assert again.planned.is_empty


@pytest.mark.guarantee("G11")
def test_a_page_belongs_to_the_learner(sandbox, shell):
    """Whatever is ticked, typed, taken away or changed in the file, no page is written again."""
    assert shell.run("sync").code == 0
    write(sandbox, "split", ("- [ ] [ISL]", "- [x] [ISL]"), ("### My notes", "### Mine\nk = 5"))
    write(sandbox, "model", (MODEL, ""))
    row = sandbox.person.row("trees")["id"]
    sandbox.person.send("PATCH", f"pages/{row}", {"icon": {"type": "emoji", "emoji": "🌲"}})
    written = sandbox.pages()
    sandbox.replace("Can hold out", "Holds out")
    sandbox.replace("icon: 🌱", "icon: 🌳")
    sandbox.replace("part: ch. 5", "part: ch. 6")
    sandbox.replace("[One score]", "[One score, A plot]")
    sandbox.person.edit("trees", {"Status": "Done"})

    codes = [shell.run(*words).code for words in (["sync"], ["undo", "--yes"], ["redo", "--yes"])]
    for path in (sandbox.folder / ".tracker").glob("state.db*"):
        path.unlink()
    codes.append(shell.run("sync").code)

    assert codes == [0] * 4
    assert sandbox.pages() == written
    assert sandbox.person.row("split")["properties"]["Goal"]["rich_text"][0]["plain_text"] == (
        "Holds out a test set."
    )


@pytest.mark.guarantee("G11")
def test_a_row_that_comes_back_has_the_page_it_had(sandbox, shell):
    """Undo and redo of a creation, and an edit that beats a deletion, leave its page as it is."""
    assert shell.run("sync").code == 0
    write(sandbox, "split", ("### My notes", "### My notes\nk = 5"))
    written = sandbox.pages()

    assert shell.run("undo", "--yes").code == 0
    assert sandbox.person.rows() == []
    assert shell.run("redo", "--yes").code == 0
    assert sandbox.pages() == written
    sandbox.person.trash("split")
    sandbox.replace("Can hold out", "Holds out")

    assert shell.run("sync").code == 0
    assert sandbox.pages() == written


def test_a_row_that_is_made_anew_gets_a_page_again(sandbox, shell):
    """An undo makes a row anew whose page is gone for good; it says what the undo knows of the skill."""
    assert shell.run("sync").code == 0
    row = sandbox.person.row("split")["id"]
    lines = sandbox.files()["path.yaml"].splitlines(keepends=True)
    sandbox.write("".join(lines[:5] + lines[11:]))
    assert shell.run("sync").code == 0
    gone = FaultyTransport(
        sandbox.transport, lambda _, asked: not_found() if row in asked.url.path else None
    )
    sandbox.wrap = lambda _: gone

    assert shell.run("undo", "--yes").code == 0

    assert sandbox.person.row("split")["id"] != row
    icon, body = sandbox.pages()["split"]
    links = [
        "- [ ] [Guide](https://example.org/guide) · docs",
        "- [ ] [ISL](https://example.org/isl)",
    ]
    lines = body.splitlines()
    assert (icon, lines[1], lines[4:]) == ("", SPLIT.splitlines()[1], [*links, "### My notes"])


@pytest.mark.guarantee("G11")
def test_a_row_that_the_learner_made_keeps_its_page(sandbox):
    """Nothing is written on it, neither by the machine that finds it nor by another one."""
    sandbox.sync()
    parent = {"data_source_id": sandbox.person.source()["id"]}
    properties = {"Skill": {"title": [{"text": {"content": "Typed"}}]}}
    made = sandbox.person.send("POST", "pages", {"parent": parent, "properties": properties})
    body = {"content": "Mine."}
    path = f"pages/{made['id']}/markdown"
    sandbox.person.send("PATCH", path, {"type": "insert_content", "insert_content": body})

    sandbox.sync()
    sandbox.sync()

    assert sandbox.pages()["typed"] == ("", "Mine.")


def many(count):
    """Return a roadmap of so many skills."""
    skills = "".join(f"      - {{id: s{n}, name: S{n}, goal: G}}\n" for n in range(count))
    return f"title: Many\nsections:\n  - title: All\n    icon: 🌱\n    skills:\n{skills}"


class BodilessServer(httpx.BaseTransport):
    """Makes no row that comes with blocks; counts the rows that it was asked for."""

    def __init__(self, inner, status, extra):
        self.inner = inner
        self.refusal = {"object": "error", "status": status, "message": "No blocks."}
        self.refusal |= {"code": "restricted_resource" if status == 403 else "validation_error"}
        self.refusal |= {"additional_data": extra}
        self.asked = 0

    def handle_request(self, request):
        if request.url.path == "/v1/pages":
            self.asked += 1
            if "children" in json.loads(request.read()):
                return httpx.Response(self.refusal["status"], json=self.refusal, request=request)
        return self.inner.handle_request(request)


@pytest.mark.guarantee("G14")
@pytest.mark.parametrize("workers", [1, 10])
@pytest.mark.parametrize(
    "refusal",
    [(403, {"block_limit": "block_creation"}), (400, {})],
    ids=["no more blocks", "no children"],
)
def test_where_no_page_is_taken_rows_are_made_without(
    tmp_path, monkeypatch, capsys, workers, refusal
):
    """One note for all rows, exit code 0, and only the rows under way are asked for twice."""
    settings = SETTINGS.replace("workers: 1", f"workers: {workers}")
    with Sandbox(tmp_path, settings=settings) as sandbox:
        sandbox.write(many(30))
        sandbox.write(many(5).replace("Many", "Few"), "few")
        shell = open_shell(sandbox, monkeypatch, capsys)
        server = BodilessServer(sandbox.transport, *refusal)
        sandbox.wrap = lambda _: server

        ended = shell.run("sync", "--json")
        asked = server.asked
        again = shell.run("sync", "--json")

        assert (ended.code, ended.codes) == (0, ["row-pages-refused"])
        # The Progress page is made of markdown.
        assert asked <= 35 + 1 + 2 * workers
        assert sorted(len(each["rows"]) for each in sandbox.remote()) == [5, 30]
        assert (again.code, again.codes, again.json["writes"]) == (0, [], 0)


def test_a_refused_page_is_told_in_full(sandbox, shell):
    """What, why, what was kept and what to do, on a narrow terminal, too."""
    server = BodilessServer(sandbox.transport, 403, {"block_limit": "block_creation"})
    sandbox.wrap = lambda _: server

    ended = shell.run("sync")

    assert ended.code == 0
    assert [line[:6] for line in ended.err.splitlines()].count("note: ") == 1
    assert {"  why ", "  kept", "  next"} <= {line[:6] for line in ended.err.splitlines()}


def test_the_settings_leave_pages_empty(sandbox):
    """With `row_pages: false` no body is sent; an icon takes no block."""
    path = sandbox.folder / "tracker.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "  row_pages: false\n", encoding="utf-8")

    result = sandbox.sync()

    assert sandbox.pages() == {"split": ("🌱", ""), "model": ("🌱", ""), "trees": ("", "")}
    assert result.problems == ()


@pytest.mark.guarantee("G16")
def test_hostile_texts_are_texts_on_a_page(sandbox):
    """Nothing that a skill says becomes another block, a link or markup of its page."""
    odd = "<b>**x**</b> [a](javascript:b) \u202e # - [ ] `"
    links = [{"title": odd, "url": f"https://example.org/{n}"} for n in range(50)]
    skill = {"id": "odd", "name": odd, "goal": f"{odd}\n# {odd}", "prove": [odd]}
    sections = [{"title": "S", "skills": [skill | {"resources": links}]}]
    sandbox.write(json.dumps({"title": "T", "sections": sections}))

    sandbox.sync()

    path = f"blocks/{sandbox.person.row('odd')['id']}/children"
    blocks = sandbox.person.send("GET", path)["results"]
    kinds = [block["type"] for block in blocks]
    texts = [
        "".join(run["plain_text"] for run in each[each["type"]]["rich_text"]) for each in blocks
    ]
    assert kinds == ["callout", "heading_3", *["to_do"] * 50, "heading_3", "to_do", "heading_3"]
    assert texts == [skill["goal"], "Links", *[odd] * 50, "Done when", odd, "My notes"]
    assert sandbox.plan().is_empty
