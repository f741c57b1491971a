"""Law 7: end a run at any request or disk write, run it again, and nobody can tell (G5)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from checklists import make_checklist
from crash import CountingTransport, EffectCounter, Killed, Moment, mortal_disk
from sandbox import SETTINGS, Sandbox
from shell import open_shell

from tracker.settings import LARGE_FROM
from tracker.sync.model import Side
from tracker.wiring import open_state, open_workspace
from tracker.workspace.app import ROOT_PAGE_ID

pytestmark = pytest.mark.slow

COUNTED = "crash points"
TRACELESS = re.compile("^(GET|POST .*/(query|search)|fsync|lock note|write)")

SMALL = """\
title: Small path
sections:
  - title: Basics
    icon: 🌱
    skills:
      - {id: split, name: Split, hours: 2, tags: [a]}
      - {id: knn, name: kNN, requires: [split]}
  - title: Later
    skills:
      - {id: trees, name: Trees, requires: [knn], kind: project, prove: [It runs]}
      - {id: pca, name: PCA}
"""

MANY = """\
title: Small path
sections:
  - title: Basics
    skills:
      - {{id: {0}, name: Skill {0}}}
      - {{id: {1}, name: Skill {1}}}
      - {{id: {2}, name: Skill {2}}}
      - {{id: {3}, name: Skill {3}}}
      - {{id: {4}, name: Skill {4}}}
"""


@dataclass(frozen=True)
class Case:
    """What is synced before, and what people do then; the next sync is the one that is ended."""

    name: str
    people: Callable[[Sandbox], None]
    is_synced: bool = True
    text: str = SMALL
    prefer: Side | None = None
    large_from: int = LARGE_FROM


def _edit_both(sandbox: Sandbox) -> None:
    sandbox.replace("hours: 2", "hours: 3")
    sandbox.replace("name: PCA", "name: Components")
    sandbox.person.edit("knn", {"Status": "Done", "Goal": "Can pick k."})
    sandbox.person.edit("split", {"Tags": ["a", "b"]})


def _delete_both(sandbox: Sandbox) -> None:
    sandbox.replace("      - {id: pca, name: PCA}\n", "")
    sandbox.person.trash("knn")


def _type_rows(sandbox: Sandbox) -> None:
    sandbox.person.add({"Skill": "From the phone", "Section": "Later", "Requires": ["pca"]})
    sandbox.person.add({"Skill": "No section"})
    sandbox.person.copy("trees")


def _restore(sandbox: Sandbox) -> None:
    sandbox.person.trash("pca")
    sandbox.replace("name: PCA", "name: Components")
    sandbox.replace("      - {id: split, name: Split, hours: 2, tags: [a]}\n", "")
    sandbox.replace("requires: [split]", "tags: [x]")
    sandbox.person.edit("split", {"Hours": 5})


def _drop_state(sandbox: Sandbox) -> None:
    _edit_both(sandbox)
    _lose_state(sandbox)


def _lose_state(sandbox: Sandbox) -> None:
    for path in (sandbox.folder / ".tracker").glob("state.db*"):
        path.unlink()


def _add_skills(sandbox: Sandbox) -> None:
    new = "      - New one\n      - {name: Another, requires: [pca], status: done}\n"
    sandbox.write(sandbox.path().read_text(encoding="utf-8") + new)


def _reorder(sandbox: Sandbox) -> None:
    """Turn the file round, twice, so that rows have numbers of before; then change an id."""
    for text in (MANY.format(*"edcba"), MANY.format(*"ceadb")):
        sandbox.sync()
        sandbox.write(text)
    sandbox.replace("id: c,", "id: see,")


def _delete_options(sandbox: Sandbox) -> None:
    """Delete options in Notion; whoever settles the conflicts makes them again."""
    sandbox.person.delete_option("Status", "Done")
    sandbox.person.delete_option("Tags", "a")


CASES = (
    Case("the first push makes the database and its rows", lambda _: None, is_synced=False),
    Case("edits on both sides", _edit_both),
    Case("deletions on both sides", _delete_both),
    Case("rows typed and copied in Notion", _type_rows),
    Case("edits that beat deletions on both sides", _restore),
    Case("the state was dropped after edits", _drop_state),
    Case("skills added without an id", _add_skills),
    Case("skills in another order, one with another id", _reorder, text=MANY.format(*"abcde")),
    Case(
        "conflicts over deleted options",
        _delete_options,
        text=SMALL.replace("name: PCA", "name: PCA, tags: [a], status: done"),
        prefer=Side.LOCAL,
    ),
)


INCREMENTAL = tuple(
    replace(case, name=f"{case.name}, read incrementally", large_from=0)
    for case in CASES
    if case.is_synced and case.people is not _drop_state
)


@pytest.fixture(params=(*CASES, *INCREMENTAL), ids=lambda case: case.name)
def case(request):
    """Give what happens before."""
    return request.param


@pytest.fixture
def template(case, tmp_path):
    """Give a folder in which the next sync is the one to be ended, and the world that it makes."""
    with Sandbox(tmp_path / "template") as sandbox:
        sandbox.large_from = case.large_from
        sandbox.write(case.text)
        if case.is_synced:
            sandbox.sync()
        if case.large_from == 0:
            # One reads all rows and remembers them; what there is to do then ends a rest.
            sandbox.sync()
        case.people(sandbox)
    return tmp_path / "template"


def _copy(template: Path, name: str, large_from: int = LARGE_FROM) -> Sandbox:
    root = template.parent / name
    shutil.copytree(template, root)
    sandbox = Sandbox(root)
    sandbox.large_from = large_from
    sandbox.server_time.now += timedelta(hours=12)  # it never goes back
    return sandbox


def _run(sandbox: Sandbox, fate: EffectCounter, prefer: Side | None = None) -> None:
    sandbox.wrap = lambda inner: CountingTransport(inner, fate)
    with mortal_disk(fate), suppress(Killed):
        sandbox.sync(prefer=prefer)
    sandbox.wrap = lambda inner: inner


def _points(effects: list[str]) -> list[tuple[int, Moment]]:
    """Return every place to die; after what leaves no trace is just before what comes next."""
    return [
        (at, moment)
        for at, effect in enumerate(effects)
        for moment in Moment
        if moment is Moment.BEFORE
        or (moment is Moment.AFTER and TRACELESS.search(effect) is None)
        or (moment is Moment.TORN and effect.startswith("write"))
    ]


def test_a_folder_that_is_cut_off_on_its_way_to_notion_gets_there(
    tmp_path, monkeypatch, capsys, record_property
):
    """However `connect` is cut off, running it again moves the folder, with what was last ticked."""
    with Sandbox(tmp_path / "template", settings="prefer: ask\n") as sandbox:
        sandbox.write(SMALL)
        assert open_shell(sandbox, monkeypatch, capsys).run("sync").code == 0
        with open_workspace(sandbox.folder) as workspace:
            workspace.set_status("pca", "Done")
        title = {"title": {"title": [{"text": {"content": "My progress"}}]}}
        parent = {"type": "page_id", "page_id": ROOT_PAGE_ID}
        page = sandbox.person.send("POST", "pages", {"parent": parent, "properties": title})["id"]

    def move(name: str, fate: EffectCounter) -> dict[str, object]:
        with _copy(tmp_path / "template", name) as sandbox:
            shell = open_shell(sandbox, monkeypatch, capsys)
            sandbox.wrap = lambda inner: CountingTransport(inner, fate)
            with mortal_disk(fate), suppress(Killed):
                shell.run("connect", page)
            sandbox.wrap = lambda inner: inner
            ended = [shell.run("connect", page).code, shell.run("sync").code]
            settings = (sandbox.folder / "tracker.yaml").read_text(encoding="utf-8")
            is_restful = sandbox.plan().is_empty
            found = {"ended": ended, "settings": settings, "rests": is_restful, **sandbox.sides()}
        shutil.rmtree(tmp_path / name)
        return found

    ids = re.compile(r"(?<=path: )\S+")  # of the database, which is another one each time
    counted = EffectCounter()
    expected = move("uninterrupted", counted)
    points = _points(counted.effects)

    assert (expected["ended"], expected["rests"]) == ([0, 0], True)
    assert [row["Status"] for row in expected["notion"][0]["rows"]].count("Done") == 1
    for at, moment in points:
        fate = EffectCounter(at, moment)
        found = move(f"{moment}-{at}", fate)
        where = f"{moment} {counted.effects[at]} ({at})"
        assert fate.is_dead, where
        assert ids.sub("", found.pop("settings")) == ids.sub("", expected["settings"]), where
        assert found == {key: it for key, it in expected.items() if key != "settings"}, where
    record_property(COUNTED, len(points))


TICKED = {
    "Name": {"title": {}},
    "Erledigt": {"checkbox": {}},
    "Bereich": {"select": {"options": []}},
}
HELD = """\
title: Plan
sections:
  - title: A
    skills:
      - {id: eins, name: Eins, status: doing}
      - Zwei
      - Neu
"""


@pytest.mark.guarantee("G5")
@pytest.mark.parametrize("held", ["", HELD], ids=["as a new roadmap", "into one that is there"])
def test_an_adoption_that_is_cut_off_is_finished(
    held, tmp_path, monkeypatch, capsys, record_property
):
    """However `adopt` is cut off, a sync does no harm, and running it again ends where it should."""
    with Sandbox(tmp_path / "template") as sandbox:
        if held:
            sandbox.write(held)
        person = make_checklist(sandbox, TICKED, "Path")
        for name, ticked, section in (
            *(("Eins", False, "A"), ("Zwei", True, None)),
            *(("Drei", True, "B"), ("Drei", False, "B")),
        ):
            person.add({"Name": name, "Erledigt": ticked, "Bereich": section})
        source = person.source()["id"]
    words = ["adopt", source, "--name", "path", "--yes"]

    def finish(name: str, fate: EffectCounter) -> dict[str, object]:
        with _copy(tmp_path / "template", name) as sandbox:
            shell = open_shell(sandbox, monkeypatch, capsys)
            sandbox.wrap = lambda inner: CountingTransport(inner, fate)
            with mortal_disk(fate), suppress(Killed):
                shell.run(*words)
            sandbox.wrap = lambda inner: inner
            if not held:  # a file that is there already would get a database of its own
                shell.run("sync")
            told = shell.run(*words, "--json")
            assert told.code in {0, 1} or told.codes == ["adopted-already"], told.out
            shell.run("sync")
            ended = shell.run("sync", "--json")
            noted = yaml.safe_load((sandbox.folder / "tracker.yaml").read_bytes())["notion"]
            found = {
                "ended": [ended.code, ended.json.get("writes")],
                "noted": [noted["databases"], noted["columns"]["path"].keys()],
                **sandbox.sides(),
            }
        shutil.rmtree(tmp_path / name)
        return found

    counted = EffectCounter()
    expected = finish("uninterrupted", counted)
    points = _points(counted.effects)

    assert expected["ended"] == [1 if held else 0, 0]
    assert len(expected["notion"][0]["rows"]) == (5 if held else 4)
    for at, moment in points:
        fate = EffectCounter(at, moment)
        found = finish(f"{moment}-{at}", fate)
        where = f"{moment} {counted.effects[at]} ({at})"
        assert fate.is_dead, where
        assert found == expected, where
    record_property(COUNTED, len(points))


def _kept(sandbox: Sandbox) -> set[str]:
    """Return the texts of removed skills that the journal holds."""
    with open_state(sandbox.folder) as state:
        runs = [state.load_run(name) for name in state.load_run_names()]
    return {entry.removed for run in runs for entry in run.entries} - {""}


@pytest.mark.guarantee("G5", "G7", "G14")
def test_a_killed_run_leaves_no_trace(case, template, record_property):
    """However a run is cut off, the next one ends where an uninterrupted one does, each row once.

    Each page begins as it should, and what left the file is in the journal, too.
    """
    counted = EffectCounter()
    with _copy(template, "uninterrupted", case.large_from) as sandbox:
        _run(sandbox, counted, case.prefer)
        expected, kept, pages = sandbox.sides(), _kept(sandbox), sandbox.pages()
    points = _points(counted.effects)

    for at, moment in points:
        where = f"{moment} {counted.effects[at]} ({at})"
        fate = EffectCounter(at, moment)
        with _copy(template, f"{moment}-{at}", case.large_from) as sandbox:
            _run(sandbox, fate, case.prefer)
            again = sandbox.sync(prefer=case.prefer)

            assert fate.is_dead, where
            assert (again.unfinished, again.stopped) == ((), None), where
            assert sandbox.sides() == expected, where
            assert sandbox.pages() == pages, where
            assert _kept(sandbox) == kept, where
            assert sandbox.plan().is_empty, where
        shutil.rmtree(template.parent / f"{moment}-{at}")
    record_property(COUNTED, len(points))


@pytest.mark.guarantee("G4", "G5")
@pytest.mark.parametrize("moment", [Moment.BEFORE, Moment.AFTER])
def test_a_killed_run_that_is_forgotten_makes_no_view_twice(tmp_path, moment, record_property):
    """A run ends among the views, and the state is lost as well: all views are there, each once."""
    with Sandbox(tmp_path / "template") as sandbox:
        sandbox.write(SMALL)
    counted = EffectCounter()
    with _copy(tmp_path / "template", "uninterrupted") as sandbox:
        _run(sandbox, counted)
        expected = sandbox.sides()
    points = [at for at, effect in enumerate(counted.effects) if "/v1/views" in effect]

    for at in points:
        with _copy(tmp_path / "template", f"{at}") as sandbox:
            _run(sandbox, EffectCounter(at, moment))
            _lose_state(sandbox)
            again = sandbox.sync()

            where = f"{moment} {counted.effects[at]} ({at})"
            assert (again.unfinished, again.stopped) == ((), None), where
            assert sandbox.sides() == expected, where
    assert len(expected["views"]["Small path"]) == 8
    record_property(COUNTED, len(points))


@pytest.mark.guarantee("G5", "G14")
@pytest.mark.parametrize("at", range(0, 24, 3))
def test_many_requests_at_once_are_cut_off_together(tmp_path, at):
    """Ten rows are being made when the process dies; the next run makes each of them once."""
    names = "".join(f"      - {{id: s{number}, name: Skill {number}}}\n" for number in range(12))
    with Sandbox(tmp_path, settings=SETTINGS.replace("workers: 1", "workers: 10")) as sandbox:
        sandbox.write(f"title: Many\nsections:\n  - title: All\n    skills:\n{names}")
        fate = EffectCounter(at, Moment.AFTER)
        _run(sandbox, fate)

        again = sandbox.sync()

        (database,) = sandbox.remote()
        assert fate.is_dead
        assert (again.unfinished, again.stopped) == ((), None)
        assert [row["Tracker ID"] for row in database["rows"]] == [f"s{each}" for each in range(12)]
        assert "trash" not in database
        assert sandbox.plan().is_empty
