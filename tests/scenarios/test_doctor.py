"""The doctor names what is wrong, and brings deleted columns back with their values."""

import json

import pytest

from tracker.adapters.notion.remote import NotionRemote
from tracker.adapters.notion.schema import encode_marker
from tracker.adapters.roadmap_files.load import RoadmapFolder
from tracker.cli.main import main
from tracker.errors import Problem, UnreachableError
from tracker.wiring import init_folder, open_state, open_workspace

pytestmark = pytest.mark.slow

ROADMAP = """\
title: R
sections:
  - title: S
    skills:
      - {id: knn, name: kNN, goal: Can tell near from far., level: entry}
      - {id: svm, name: SVM, goal: Can find a margin., status: done}
"""


@pytest.fixture
def folder(tmp_path, capsys):
    init_folder(tmp_path, [], None)
    (tmp_path / "roadmaps" / "r.yaml").write_text(ROADMAP, encoding="utf-8")
    assert main(["-C", str(tmp_path), "sync"]) == 0
    capsys.readouterr()
    return tmp_path


def run(folder, capsys, *words):
    code = main(["-C", str(folder), *words])
    # Advice repeats -C; these tests read what stands around it.
    return code, capsys.readouterr().out.replace(f" -C {folder}", "")


def source_of(workspace):
    found = {"filter": {"property": "object", "value": "data_source"}}
    return workspace.send("POST", "/v1/search", found)["results"][0]["id"]


def drop_column(folder, name):
    with open_workspace(folder) as workspace:
        path = f"/v1/data_sources/{source_of(workspace)}"
        workspace.send("PATCH", path, {"properties": {name: None}})


def goals_in_notion(folder):
    with open_workspace(folder) as workspace:
        path = f"/v1/data_sources/{source_of(workspace)}/query"
        rows = workspace.send("POST", path, {})["results"]
    values = [row["properties"]["Goal"]["rich_text"] for row in rows]
    return {"".join(run["plain_text"] for run in runs) for runs in values}


def test_a_healthy_folder_is_told_so(folder, capsys):
    """Everything is looked at, nothing is wrong, the exit code is 0."""
    code, out = run(folder, capsys, "doctor", "--json")

    answer = json.loads(out)
    assert code == 0
    assert [each["subject"] for each in answer["examined"]] == [
        "settings",
        "roadmaps",
        "lock",
        "state",
        "workspace",
        "Progress page",
        "r",
    ]
    assert all(each["ok"] for each in answer["examined"])


def test_a_deleted_column_is_named_with_the_command_that_mends_it(folder, capsys):
    """The finding says which column, and what to type."""
    drop_column(folder, "Goal")

    code, out = run(folder, capsys, "doctor")

    assert code == 1
    assert '"Goal"' in out
    assert "tracker doctor --fix" in out


def test_a_mended_column_gets_its_values_back_and_the_file_keeps_its_own(folder, capsys):
    """After mending, a sync brings the goals to Notion; no line of the file changes."""
    drop_column(folder, "Goal")
    before = (folder / "roadmaps" / "r.yaml").read_bytes()

    assert main(["-C", str(folder), "sync"]) == 7
    assert main(["-C", str(folder), "doctor", "--fix", "--yes"]) == 0
    assert main(["-C", str(folder), "sync"]) == 0
    code, out = run(folder, capsys, "sync", "--json")

    assert goals_in_notion(folder) == {"Can tell near from far.", "Can find a margin."}
    assert (folder / "roadmaps" / "r.yaml").read_bytes() == before
    assert (code, json.loads(out[out.index("{") :])["writes"]) == (0, 0)


def test_the_old_name_of_the_option_still_works(folder, capsys):
    """What scripts call `--mend` is `--fix`; the help shows the new name alone."""
    drop_column(folder, "Goal")

    code, out = run(folder, capsys, "doctor", "--mend", "--yes")
    _, told = run(folder, capsys, "doctor", "--help")

    assert (code, "mended: r: goal" in out) == (0, True)
    assert "--fix" in told
    assert "--mend" not in told


def test_mending_asks_first(folder, capsys):
    """Without a terminal and without --yes nothing is made."""
    drop_column(folder, "Goal")

    code, _ = run(folder, capsys, "doctor", "--fix")

    assert code == 2


def test_a_silent_server_is_not_called_a_closed_door(tmp_path, capsys, monkeypatch):
    """Where nobody answers, the doctor says so, and does not blame the token."""
    init_folder(tmp_path, [], "7d0c1f52-6a3e-4c8b-9f21-0b5e8a4d6c10")
    (tmp_path / "roadmaps" / "r.yaml").write_text(ROADMAP, encoding="utf-8")
    monkeypatch.setenv("NOTION_TOKEN", "a-token")

    def unreachable(_self):
        raise UnreachableError(Problem("unreachable", "nobody answers"))

    monkeypatch.setattr(NotionRemote, "fetch_me", unreachable)
    code, out = run(tmp_path, capsys, "doctor")

    assert code == 1
    assert "!!  Notion    cannot be reached" in out


def test_a_missing_token_does_not_hide_the_rest(tmp_path, capsys):
    """Settings and roadmaps are looked at even when Notion cannot be asked."""
    init_folder(tmp_path, [], "7d0c1f52-6a3e-4c8b-9f21-0b5e8a4d6c10")
    (tmp_path / "roadmaps" / "r.yaml").write_text(ROADMAP, encoding="utf-8")

    code, out = run(tmp_path, capsys, "doctor", "--json")

    answer = {each["subject"]: each["ok"] for each in json.loads(out)["examined"]}
    local = dict.fromkeys(["settings", "roadmaps", "lock", "state"], True)
    assert (code, answer) == (1, {**local, "Notion": False})
    assert len(RoadmapFolder(tmp_path).load_roadmaps().files) == 1


def test_a_second_database_of_a_roadmap_is_named(folder, capsys):
    """Another database with the same marker is told, with what to do about it, and is no error."""
    with open_workspace(folder) as workspace:
        source = workspace.send("GET", f"/v1/data_sources/{source_of(workspace)}", None)
        database = {
            "parent": source["database_parent"],
            "title": [{"text": {"content": "R"}}],
            "description": [{"text": {"content": encode_marker("r")}}],
            "initial_data_source": {"properties": {"Name": {"title": {}}}},
        }
        workspace.send("POST", "/v1/databases", database)

    code, out = run(folder, capsys, "doctor", "--json")

    assert code == 0
    assert "database-twins" in out
    assert "1 more database of" in out


def test_rows_whose_creation_was_cut_off_are_named(folder, capsys):
    """An intent that was never settled is a note: the next sync looks the row up."""
    with open_state(folder) as state:
        state.save_intent("r", "tree")

    code, told = run(folder, capsys, "doctor")
    _, answer = run(folder, capsys, "doctor", "--json")

    assert code == 0
    assert "open-intents" in answer
    assert "1 row was being made when a sync was cut off" in told
    assert "tracker sync    # looks them up before it makes anything" in told
