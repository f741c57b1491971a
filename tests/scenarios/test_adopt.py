"""A checklist that somebody ticked in Notion becomes a roadmap, and both are kept in sync from then on."""

from __future__ import annotations

import json
import re
import shutil

import pytest
import yaml
from checklists import GERMAN, fill_german, link_of, list_columns, make_checklist
from faults import FaultyTransport, never_sent
from notion_person import shown
from sandbox import SETTINGS, Sandbox
from shell import open_shell

from tracker.wiring import open_workspace
from tracker.workspace.app import ROOT_PAGE_ID

pytestmark = pytest.mark.slow

NAME = "mein-lernpfad"
ADDED = {"Order": "number", "Tracker ID": "rich_text", "Sync history": "rich_text"}


@pytest.fixture
def sandbox(tmp_path):
    """Give a learner who is connected with a page in Notion, and has no roadmap yet."""
    with Sandbox(tmp_path) as sandbox:
        yield sandbox


@pytest.fixture
def checklist(sandbox):
    """Give a German template with a few rows."""
    person = make_checklist(sandbox)
    fill_german(person, 12)
    return person


def snapshot(person):
    """Return all that a person sees of a database, but for the columns that tracker adds."""
    source = person.source()
    rows = {row["id"]: row["properties"] for row in (*person.rows(), *person.trashed())}
    for properties in rows.values():
        for name in ADDED:
            properties.pop(name, None)
    columns = {name: it for name, it in source["properties"].items() if name not in ADDED}
    database = person.send("GET", f"databases/{source['parent']['database_id']}")
    views = person.send("GET", f"views?database_id={database['id']}")["results"]
    return rows, columns, database["title"], database["description"], views


def load(sandbox, name=NAME):
    """Return the skills of a roadmap by id."""
    found = yaml.safe_load(sandbox.path(name).read_bytes())
    return {
        skill["id"]: skill | {"section": section["title"]}
        for section in found["sections"]
        for skill in section["skills"]
    }


def find_row(person, name):
    """Return the one row of a name."""
    (row,) = [row for row in person.rows() if shown(row).get("Name") == name]
    return row


def tick(person, name, *, ticked=True):
    person.edit_page(find_row(person, name)["id"], {"Erledigt": ticked})


def is_ticked(person, name):
    return find_row(person, name)["properties"]["Erledigt"]["checkbox"]


def forget_state(sandbox):
    for path in (sandbox.folder / ".tracker").glob("state.db*"):
        path.unlink()


@pytest.mark.guarantee("G1", "G3", "G4", "G10", "G11", "G12")
def test_a_ticked_template_becomes_a_roadmap(sandbox, shell):
    """130 German rows come in whole, nothing but the columns is new there, and ticks flow both ways."""
    person = make_checklist(sandbox)
    fill_german(person)
    gone = find_row(person, "Thema 5")["id"]
    person.send("PATCH", f"pages/{gone}", {"in_trash": True})
    before, link = snapshot(person), link_of(person)

    shown_only = shell.run("adopt", link, "--dry-run", "--json")
    assert (shown_only.code, shown_only.json["rows"]) == (0, 129)
    assert (snapshot(person), list_columns(person).keys()) == (before, GERMAN.keys())
    assert (sandbox.files(), (sandbox.folder / ".tracker").exists()) == ({}, False)

    ended = shell.run("adopt", link, "--yes", "--json")

    assert ended.code == 0, ended.err
    assert ended.json["twins"] == ["kNN"]
    assert list_columns(person) == list_columns_of(GERMAN) | ADDED
    assert snapshot(person) == before
    skills = load(sandbox)
    assert len(skills) == 129
    assert "thema-5" not in skills
    assert (skills["knn"]["name"], skills["knn-2"]["name"]) == ("kNN", "kNN")
    assert skills["thema-0"] == {
        "id": "thema-0",
        "name": "Thema 0",
        "status": "done",
        "section": "Grundlagen",
        "tags": ["mathe", "übung"],
        "resources": [{"title": "https://example.org/0", "url": "https://example.org/0"}],
        "notes": "Zeile eins\nZeile 0",
    }
    assert (skills["thema-1"]["level"], skills["thema-1"]["hours"]) == ("Einstieg", 0.5)
    assert skills["thema-9"]["section"] == "Inbox"
    assert [*skills][:3] == ["thema-0", "thema-2", "thema-4"]
    assert shell.run("check").code == 0
    text = sandbox.files()
    assert (shell.run("sync", "--json").json["writes"], sandbox.files()) == (0, text)

    tick(person, "Thema 1")
    tick(person, "Thema 3", ticked=False)
    shell.run("mark", "thema-4", "done")
    shell.run("mark", "thema-7", "doing")
    shell.run("mark", "thema-8", "skipped")
    assert shell.run("sync").code == 0
    now = load(sandbox)
    assert [now[it].get("status") for it in ("thema-1", "thema-3", "thema-7", "thema-8")] == [
        *("done", "todo", "doing", "skipped")
    ]
    assert str(now["thema-1"]["completed"]) == "2026-11-03"
    assert [is_ticked(person, f"Thema {it}") for it in (1, 3, 4, 7, 8)] == [
        *(True, False, True, False, False)
    ]
    text = sandbox.files()
    assert (shell.run("sync", "--json").json["writes"], sandbox.files()) == (0, text)

    forget_state(sandbox)
    assert (shell.run("sync", "--json").json["writes"], sandbox.files()) == (0, text)


def list_columns_of(columns):
    return {name: next(iter(config)) for name, config in columns.items()}


@pytest.mark.guarantee("G4")
def test_another_machine_knows_the_columns(sandbox, shell, checklist, tmp_path):
    """The settings travel with the files, and name the columns by ids, whatever they are called."""
    shell.run("adopt", link_of(checklist), "--yes")
    checklist.change_column("Erledigt", {"name": "Geschafft"})
    there = tmp_path / "there"
    there.mkdir()
    shutil.copy(sandbox.folder / "tracker.yaml", there)
    shutil.copytree(sandbox.folder / "roadmaps", there / "roadmaps")
    sandbox.folder = there
    first = shell.run("sync", "--json")
    shell.run("mark", "thema-1", "done")
    second = shell.run("sync", "--json")

    assert (first.code, first.json.get("writes")) == (0, 0), first.out
    assert (second.code, second.json["counts"]["updated"]) == (0, 1)


@pytest.mark.guarantee("G11")
def test_views_are_made_for_whoever_asks_the_doctor_only(sandbox, shell, checklist):
    """A sync makes none; --fix adds those that the doctor names, behind the ones that are there."""
    shell.run("adopt", link_of(checklist), "--yes")
    before, views = snapshot(checklist), checklist.views()

    shell.run("sync")
    noted = shell.run("doctor", "--json").json["examined"][-1]["problems"]
    fixed = shell.run("doctor", "--fix", "--yes", "--json")

    assert snapshot(checklist)[:-1] == before[:-1]
    assert "the view Path, the view Checklist" in noted[0]["why"]
    assert (fixed.code, fixed.json["mended"], fixed.json["described"]) == (0, {}, {})
    assert checklist.views()[: len(views)] == views
    made = [view["name"] for view in checklist.views()[len(views) :]]
    assert made == fixed.json["views"][NAME]
    assert made[:2] == ["Path", "Checklist"]
    assert shell.run("doctor", "--fix", "--yes").out == "nothing is missing\n"


@pytest.mark.parametrize("kind", ["select", "status"])
def test_statuses_have_names_in_any_language(sandbox, shell, kind):
    """A select or a status column keeps its options; doing and skipped are among them."""
    names = ["Offen", "In Arbeit", "Erledigt", "Übersprungen"]
    groups = ["To-do", "In progress", "Complete", "Complete"]
    options = [
        {"name": name, **({"group": group} if kind == "status" else {})}
        for name, group in zip(names, groups, strict=True)
    ]
    person = make_checklist(
        sandbox, {"Titel": {"title": {}}, "Stand": {kind: {"options": options}}}
    )
    for name in names:
        person.add({"Titel": f"Thema {name}", "Stand": name})

    ended = shell.run("adopt", link_of(person), "--map", "Stand=status", "--yes")
    shell.run("mark", "thema-offen", "doing")
    second = shell.run("sync")

    assert (ended.code, second.code) == (0, 0), ended.err
    skills = load(sandbox)
    statuses = [skills[it].get("status") for it in skills]
    assert statuses == ["doing", "doing", "done", "skipped"]
    assert [shown(row)["Stand"] for row in person.rows()] == ["In Arbeit", *names[1:]]
    assert len(person.source()["properties"]["Stand"][kind]["options"]) == len(names)


def test_a_database_without_a_status_gets_one(sandbox, shell):
    """Without a box, a select or a status column there would be nothing to tick."""
    person = make_checklist(sandbox, {"Name": {"title": {}}, "Order": {"number": {}}})
    person.add({"Name": "Eins", "Order": 7})

    ended = shell.run("adopt", link_of(person), "--yes", "--json")
    shell.run("mark", "eins", "doing")
    shell.run("sync")

    (row,) = map(shown, person.rows())
    assert ended.code == 0, ended.out
    assert ended.json["added"] == ["Status", "Tracker order", "Tracker ID", "Sync history"]
    assert (row["Order"], row["Status"], row["Tracker order"]) == (7, "In progress", 1000)


def test_sections_come_from_the_column_that_is_named(sandbox, shell, checklist):
    """--section chooses it, and a section made in the file becomes an option there."""
    ended = shell.run(
        "adopt", link_of(checklist), "--section", "Priorität", "--name", "pfad", "--yes"
    )
    sandbox.replace("title: Hoch", "title: Sehr hoch", "pfad")
    second = shell.run("sync")

    assert (ended.code, second.code) == (0, 0), ended.err
    assert {it["section"] for it in load(sandbox, "pfad").values()} == {"Sehr hoch", "Inbox"}
    assert shown(find_row(checklist, "Thema 1"))["Priorität"] == "Sehr hoch"
    assert "Priorität" not in shown(find_row(checklist, "Thema 2"))


def test_sections_may_be_statuses(sandbox, shell):
    """A status column gives them, too; a new one is made there before a row names it."""
    phases = {"options": [{"name": "Start"}, {"name": "Ende"}]}
    columns = {"Name": {"title": {}}, "Ok": {"checkbox": {}}, "Phase": {"status": phases}}
    person = make_checklist(sandbox, columns)
    for name in phases["options"]:
        person.add({"Name": f"Thema {name['name']}", "Phase": name["name"]})

    ended = shell.run("adopt", link_of(person), "--section", "Phase", "--yes")
    new = "  - {title: Mitte, skills: [{id: neu, name: Neu}]}\n"
    sandbox.write(sandbox.path(NAME).read_text(encoding="utf-8") + new, NAME)
    second = shell.run("sync")

    assert (ended.code, second.code) == (0, 0), second.err
    assert shown(find_row(person, "Neu"))["Phase"] == "Mitte"
    assert shell.run("sync", "--json").json["writes"] == 0


def test_skills_made_in_the_file_get_rows(sandbox, shell, checklist):
    """Their columns have what they can show, and other values stay in the file."""
    shell.run("adopt", link_of(checklist), "--yes")
    new = (
        "      - {id: neu, name: Neu, goal: Kann es., status: skipped, started: 2026-10-01,\n"
        "         resources: [{title: A, url: 'https://a.org'}, {title: B, url: 'https://b.org'}]}\n"
    )
    sandbox.write(sandbox.path(NAME).read_text(encoding="utf-8") + new, NAME)

    ended = shell.run("sync")
    text = sandbox.files()
    again = shell.run("sync", "--json")

    row = shown(find_row(checklist, "Neu"))
    assert ended.code == 0, ended.err
    assert (row["Link"], row.get("Erledigt"), row["Tracker ID"]) == ("https://a.org", False, "neu")
    assert (again.json["writes"], sandbox.files()) == (0, text)


def test_undo_takes_a_tick_back(sandbox, shell, checklist):
    """From done back to doing: the file gets its word, and the box is emptied."""
    shell.run("adopt", link_of(checklist), "--yes")
    shell.run("mark", "thema-1", "doing")
    shell.run("sync")
    before = sandbox.files()
    tick(checklist, "Thema 1")
    shell.run("sync")

    ended = shell.run("undo", "--yes")

    assert ended.code == 0, ended.err
    assert (sandbox.files(), is_ticked(checklist, "Thema 1")) == (before, False)
    assert shell.run("sync", "--json").json["writes"] == 0


def test_a_folder_without_notion_adopts_in_its_workspace(tmp_path, monkeypatch, capsys):
    """A database of the built-in workspace is known again without the state, and connect moves on."""
    with Sandbox(tmp_path, settings="prefer: ask\n") as sandbox:
        shell = open_shell(sandbox, monkeypatch, capsys)
        title = {"title": {"title": [{"text": {"content": "My progress"}}]}}
        parent = {"type": "page_id", "page_id": ROOT_PAGE_ID}
        page = sandbox.person.send("POST", "pages", {"parent": parent, "properties": title})["id"]
        with open_workspace(sandbox.folder) as workspace:
            columns = {"Name": {"title": {}}, "Done": {"checkbox": {}}}
            body = {"parent": parent, "initial_data_source": {"properties": columns}}
            made = workspace.send("POST", "/v1/databases", body)
            link = made["data_sources"][0]["id"]
            for name in "ABCDE":
                properties = {"Name": {"title": [{"text": {"content": name}}]}}
                row = {"parent": {"data_source_id": link}, "properties": properties}
                workspace.send("POST", "/v1/pages", row)

        ended = shell.run("adopt", link, "--yes")
        forget_state(sandbox)
        again = shell.run("sync", "--json")
        moved = shell.run("connect", page)
        last = shell.run("sync", "--json")
        settings = yaml.safe_load((sandbox.folder / "tracker.yaml").read_bytes())

    assert (ended.code, again.code, again.json["writes"]) == (0, 0, 0), ended.err
    assert "Notion" not in ended.out
    assert moved.code == 0, moved.err
    assert last.json["counts"]["created"] == 5
    assert settings["notion"].keys() == {"parent", "databases"}


def test_the_link_of_a_database_leads_to_its_adoption(tmp_path, monkeypatch, capsys):
    """`connect` names the page around it and what comes then; without Notion it says so."""
    with Sandbox(tmp_path, settings="prefer: ask\n") as sandbox:
        shell = open_shell(sandbox, monkeypatch, capsys)
        title = {"title": {"title": [{"text": {"content": "My progress"}}]}}
        parent = {"type": "page_id", "page_id": ROOT_PAGE_ID}
        page = sandbox.person.send("POST", "pages", {"parent": parent, "properties": title})["id"]
        person = make_checklist(sandbox, parent=page)
        fill_german(person, 3)
        link = link_of(person)

        early = shell.run("adopt", link, "--yes", "--json")
        told = shell.run("connect", link, "--json")
        made = shell.run("init", "--notion", link, "--json")
        connected = shell.run("connect", page)
        ended = shell.run("adopt", link, "--yes")

    assert (early.code, early.codes) == (5, ["database-denied"])
    assert "tracker connect PAGE" in early.json["problems"][0]["next"]
    advice = "the page around the database; then tracker adopt"
    assert told.json["problems"][0]["next"].startswith(
        f"tracker connect {page}    # {advice} '{link}'"
    )
    assert f"tracker adopt '{link}'" in made.json["problems"][0]["next"]
    assert (connected.code, ended.code) == (0, 0), ended.err


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (["nonsense"], 2, "bad-database"),
        (["https://www.notion.so/ws/Mein-Lernpfad"], 2, "bad-database"),
        (["7d0c1f52-6a3e-4c8b-9f21-0b5e8a4d6c1f"], 5, "database-denied"),
        (["LINK", "--map", "Stufen=level"], 2, "unknown-column"),
        (["LINK", "--map", "Stufe=levels"], 2, "unknown-field"),
        (["LINK", "--map", "Notizen=hours"], 2, "column-does-not-fit"),
        (["LINK", "--map", "Stufe"], 2, "bad-map"),
        (["LINK", "--map", "Stufe=level", "--section", "Stufe"], 2, "column-mapped-twice"),
        (["LINK", "--map", "Stufe=section", "--section", "Bereich"], 2, "field-mapped-twice"),
        (["LINK", "--section", "Stunden"], 2, "column-does-not-fit"),
        (["LINK", "--name", "Mein Pfad"], 2, "bad-file-name"),
    ],
)
def test_what_cannot_be_adopted_is_explained(shell, checklist, words, code, problem):
    """Each says what is wrong and what to do next, and nothing is written."""
    before = snapshot(checklist)
    words = [link_of(checklist) if word == "LINK" else word for word in words]

    ended = shell.run("adopt", *words, "--yes", "--json")

    assert (ended.code, ended.codes) == (code, [problem])
    assert all(it["next"] and it["kept"] == "nothing was written" for it in ended.json["problems"])
    assert (snapshot(checklist), shell.sandbox.files()) == (before, {})
    assert list_columns(checklist).keys() == GERMAN.keys()


@pytest.mark.guarantee("G11")
@pytest.mark.parametrize("words", [["--dry-run"], ["--yes"]])
@pytest.mark.parametrize("kind", ["number", "rich_text"])
def test_a_name_that_tracker_needs_is_told_before_anything_is_proposed(sandbox, shell, kind, words):
    """A learner's own column stays what it is; one that can be done without is left out."""
    columns = GERMAN | {"Tracker ID": {kind: {}}, "Sync history": {"checkbox": {}}}
    person = make_checklist(sandbox, columns)
    person.add({"Name": "a", "Tracker ID": {"number": 4, "rich_text": "Mein Wert"}[kind]})
    before = snapshot(person)

    ended = shell.run("adopt", link_of(person), *words, "--json")

    assert (ended.code, ended.codes) == (7, ["column-name-taken"])
    person.change_column("Tracker ID", {"name": "Nummer"})
    named = shell.run("adopt", link_of(person), "--dry-run", "--json").json
    assert (named["added"], before[4]) == (["Order", "Tracker ID"], snapshot(person)[4])


def test_a_page_is_no_database(sandbox, shell, checklist):
    """A page names the databases on it, and a row the one that it is in."""
    page = checklist.source()["database_parent"]["page_id"]
    row = find_row(checklist, "Thema 1")["id"]

    on_page = shell.run("adopt", page, "--yes", "--json").json["problems"][0]
    of_row = shell.run("adopt", row, "--yes", "--json").json["problems"][0]

    database = checklist.source()["parent"]["database_id"]
    assert on_page["code"] == of_row["code"] == "page-not-database"
    assert on_page["next"] == f"tracker adopt {database}    # Mein Lernpfad"
    assert of_row["next"].startswith(f"tracker adopt {database} ")
    assert shell.run("adopt", database, "--yes").code == 0


def test_a_database_in_the_trash_is_left_there(sandbox, shell, checklist):
    """It says so, and what brings it back."""
    link = link_of(checklist)
    checklist.change_database({"in_trash": True})

    ended = shell.run("adopt", link, "--yes", "--json")

    assert (ended.code, ended.codes) == (7, ["database-trashed"])


def test_of_several_data_sources_one_is_chosen(sandbox, shell, checklist):
    """Each has an id of its own, by which it is adopted."""
    source = checklist.source()
    body = {
        "parent": {"type": "database_id", "database_id": source["parent"]["database_id"]},
        "title": [{"text": {"content": "Archiv"}}],
        "properties": {"Name": {"title": {}}},
    }
    checklist.send("POST", "data_sources", body)

    ended = shell.run("adopt", source["parent"]["database_id"], "--yes", "--json")
    chosen = shell.run("adopt", source["id"], "--yes", "--json")

    assert ended.codes == ["several-data-sources"]
    assert source["id"] in ended.json["problems"][0]["next"]
    assert (chosen.code, chosen.json["title"]) == (0, "Mein Lernpfad")


def test_a_database_without_a_title_and_a_name_without_letters(sandbox, shell):
    """A name is made where there is none, and --name gives another."""
    person = make_checklist(sandbox, name=" ")
    person.add({"Name": "Eins"})
    chinese = make_checklist(sandbox, name="学习清单")

    untitled = shell.run("adopt", link_of(person), "--yes", "--json")
    other = shell.run("adopt", link_of(chinese), "--dry-run", "--json")

    assert (untitled.json["roadmap"], untitled.json["title"]) == (
        *("untitled-checklist", "Untitled checklist"),
    )
    assert (other.json["roadmap"], other.json["title"]) == ("roadmap-checklist", "学习清单")


def test_a_database_has_one_roadmap_and_a_roadmap_one_database(sandbox, shell, checklist):
    """A second adoption says where the first one went."""
    link = link_of(checklist)
    shell.run("adopt", link, "--yes")
    other = make_checklist(sandbox)

    again = shell.run("adopt", link, "--yes", "--json")
    namesake = shell.run("adopt", link_of(other), "--yes", "--json")
    taken = shell.run("adopt", link_of(other), "--name", NAME, "--yes", "--json")

    assert again.codes == ["adopted-already"]
    assert again.json["problems"][0]["next"].startswith(f"tracker sync {NAME} ")
    assert (namesake.code, namesake.codes) == (2, ["file-exists"])
    assert (taken.code, taken.codes) == (2, ["other-database"])


def test_it_asks_on_a_terminal(sandbox, shell, checklist, monkeypatch):
    """Enter is no, and then nothing is written anywhere."""
    before = snapshot(checklist)
    monkeypatch.setattr("tracker.cli.screen._is_terminal", lambda _: True)
    monkeypatch.setenv("NO_COLOR", "1")
    answers = iter(["\n", "y\n"])
    monkeypatch.setattr("sys.stdin.readline", lambda: next(answers), raising=False)

    declined = shell.run("adopt", link_of(checklist))
    files = sandbox.files()
    agreed = shell.run("adopt", link_of(checklist))

    assert (declined.code, files) == (1, {})
    assert (agreed.code, snapshot(checklist)) == (0, before), agreed.err


@pytest.mark.parametrize(("last", "code"), [(0, 5), (4, 5), (5, 5), (7, 5), (9, 5), (13, 5)])
def test_a_network_that_dies_says_how_to_go_on(sandbox, shell, checklist, last, code):
    """Wherever it dies, the advice is pasted, and then all is as it should be."""
    before, link = snapshot(checklist), link_of(checklist)
    sandbox.wrap = lambda inner: FaultyTransport(
        inner, lambda number, _: never_sent() if number > last else None
    )

    ended = shell.run("adopt", link, "--yes")

    assert (ended.code, snapshot(checklist)) == (code, before), ended.err
    sandbox.wrap = lambda inner: inner
    goes_on = re.search(r"tracker (sync \S+)", ended.err)
    words = goes_on[1].split() if goes_on else ["adopt", link, "--yes"]
    assert shell.run(*words).code == 0
    assert len(load(sandbox)) == 12
    assert {shown(row)["Tracker ID"] for row in checklist.rows()} == load(sandbox).keys()
    assert shell.run("sync", "--json").json["writes"] == 0


def test_columns_that_nobody_knows_any_more_are_matched_again(sandbox, shell, checklist):
    """Forgotten, the database is not taken for one of tracker's own; adopting it again binds all."""
    shell.run("adopt", link_of(checklist), "--yes")
    shell.run("forget", NAME, "--yes")
    columns, text = list_columns(checklist), sandbox.files()

    refused = shell.run("sync", "--json")
    doctor = shell.run("doctor", "--fix", "--yes", "--json")
    advice = refused.json["problems"][0]["next"].partition("#")[0]
    again = shell.run(*advice.split()[1:], "--yes", "--json")

    assert (refused.codes, doctor.codes) == (["columns-unknown"], ["columns-unknown"])
    assert (again.code, again.json["sync"]["writes"]) == (0, 0), again.err
    assert (list_columns(checklist), sandbox.files()) == (columns, text)


def test_a_column_that_is_deleted_stops_the_sync(sandbox, shell, checklist):
    """The doctor goes on without it, and the file keeps what it has."""
    shell.run("adopt", link_of(checklist), "--yes")
    text = sandbox.files()
    checklist.change_column("Bereich", None)

    stopped = shell.run("sync", "--json")
    fixed = shell.run("doctor", "--fix", "--yes")
    again = shell.run("sync", "--json")

    assert (stopped.code, stopped.codes) == (7, ["column-deleted"])
    assert "served as section" in stopped.json["error"]
    assert (fixed.code, again.code, sandbox.files()) == (0, 0, text), again.out
    assert "Section" not in list_columns(checklist)


REVERSE = """\
title: Mein Plan
sections:
  - title: Grundlagen
    skills:
      - {id: null-thema, name: Thema 0, hours: 8}
      - Thema 2
  - title: Später
    skills:
      - {id: knn, name: kNN, status: doing}
      - {id: vier, name: Thema 4}
      - {id: neu, name: Nur hier}
"""


def test_a_roadmap_and_a_database_that_hold_the_same_are_matched(sandbox, shell, checklist):
    """By name, whatever the section; what differs is a conflict, and nothing is there twice."""
    sandbox.write(REVERSE.replace("{id: knn, name: kNN, status: doing}", "Nichts davon"), "plan")

    ended = shell.run("adopt", link_of(checklist), "--name", "plan", "--yes", "--json")
    skills = load(sandbox, "plan")
    conflicts = {(it["skill"], it["field"]) for it in ended.json["sync"]["conflicts"]}

    rows = {shown(row)["Tracker ID"]: shown(row) for row in checklist.rows()}
    assert ended.code == 1, ended.err
    assert len(rows) == len(skills) == 12 + 2
    assert rows["null-thema"]["Name"] == "Thema 0"
    assert rows["thema-2"]["Name"] == "Thema 2"
    assert {("null-thema", "hours"), ("vier", "section")} <= conflicts
    assert shell.run("sync", "--prefer", "local").code == 0
    assert shown(find_row(checklist, "Thema 4"))["Bereich"] == "Später"
    assert shell.run("sync", "--json").json["writes"] == 0


@pytest.mark.parametrize("answers", [["", ""], ["x", "9", "1"]])
def test_doubtful_rows_are_asked_about(sandbox, shell, checklist, monkeypatch, answers):
    """Two rows may be the one skill: nobody guesses, and a script is refused."""
    sandbox.write(REVERSE, "plan")
    before = (snapshot(checklist), sandbox.files())
    words = ["adopt", link_of(checklist), "--name", "plan", "--yes"]

    refused = shell.run(*words, "--json")
    assert (refused.code, refused.codes) == (2, ["doubtful-rows"])
    assert (snapshot(checklist), sandbox.files()) == before
    monkeypatch.setattr("tracker.cli.screen._is_terminal", lambda _: True)
    monkeypatch.setenv("NO_COLOR", "1")
    given = iter([*answers, "", ""])
    monkeypatch.setattr("sys.stdin.readline", lambda: f"{next(given)}\n", raising=False)
    ended = shell.run(*words)

    ids = [shown(row)["Tracker ID"] for row in checklist.rows() if shown(row)["Name"] == "kNN"]
    skills = load(sandbox, "plan")
    assert "knn" in skills, ended.err
    if answers[0]:
        assert "knn" in ids
        assert len(skills) == 12 + 1
    else:
        # Both are new, and so the skill of the file gets a row of its own.
        assert len(ids) == 3
        assert len(skills) == 12 + 2


def test_a_lost_folder_comes_back_from_its_database(sandbox, shell):
    """A database that tracker made has all columns, and is bound as it was."""
    sandbox.write(REVERSE, "plan")
    shell.run("sync")
    skills = load(sandbox, "plan")
    sandbox.path("plan").unlink()
    forget_state(sandbox)
    (sandbox.folder / "tracker.yaml").write_text(SETTINGS, encoding="utf-8")

    ended = shell.run("adopt", sandbox.person.source()["id"], "--yes", "--json")

    assert (ended.code, ended.json["added"], ended.json["roadmap"]) == (0, [], "mein-plan")
    assert load(sandbox, "mein-plan") == skills
    settings = yaml.safe_load((sandbox.folder / "tracker.yaml").read_bytes())
    assert "columns" not in settings["notion"]
    assert shell.run("sync", "--json").json["writes"] == 0


def test_json_is_one_object(sandbox, shell, checklist):
    """The proposal and the sync are told in one answer."""
    ended = shell.run("adopt", link_of(checklist), "--yes", "--json")

    told = json.loads(ended.out)
    assert (told["command"], told["adopted"], told["sync"]["counts"]["created"]) == (
        "adopt",
        True,
        12,
    )
    assert {it["column"]: it["field"] for it in told["columns"]} == {
        "Name": "name",
        "Erledigt": "status",
        "Bereich": "section",
        "Stufe": "level",
        "Stunden": "hours",
        "Notizen": "notes",
        "Link": "resources",
        "Stichwörter": "tags",
    }
