"""Files of `.tracker` that were damaged, or that a cloned folder links elsewhere (G4, G13)."""

from __future__ import annotations

import os
import re
import sqlite3

import pytest

pytestmark = pytest.mark.slow

READS_STATE = [
    ("plan",),
    ("sync", "--yes"),
    ("doctor",),
    ("log",),
    ("undo", "--yes"),
    ("undo", "--dry-run"),
    ("forget", "small", "--yes"),
    ("conflicts",),
    ("resolve", "knn", "--take", "local"),
]
DEEP = "[" * 100_000 + "]" * 100_000
COLUMNS = {"target": "value", "binding": "base", "journal": "action"}

can_link = pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")


def damage(folder, value):
    """Put a value into the state where nobody expects it."""
    db = sqlite3.connect(folder / ".tracker" / "state.db")
    for table, column in COLUMNS.items():
        db.execute(f"UPDATE {table} SET {column} = ?", (value,))
    db.commit()
    db.close()


@pytest.mark.guarantee("G4")
@pytest.mark.parametrize("value", [DEEP, b"\xff", "3"], ids=["deep", "bytes", "a number"])
def test_every_command_that_reads_the_state_names_its_damage(learner, value):
    """Exit 6, what is damaged, and a command that mends it; no report of a bug."""
    learner.run("sync")
    damage(learner.folder, value)
    before = learner.roadmap.read_bytes()

    for words in READS_STATE:
        ended = learner.run(*words)

        assert ended.code == 6, (words, ended)
        assert "the state .tracker/state.db is damaged" in ended.out + ended.err, words
        assert "tracker doctor --fix --yes" in ended.out + ended.err, words
    assert learner.roadmap.read_bytes() == before
    assert not list(learner.folder.rglob("crash-*"))


@pytest.mark.guarantee("G4")
def test_the_doctor_sets_a_damaged_state_aside(learner):
    """What the message advises works: nothing is deleted, and the next sync adopts everything."""
    learner.run("sync")
    damage(learner.folder, DEEP)

    asked = learner.run("doctor", "--fix")
    mended = learner.run("doctor", "--fix", "--yes")
    synced = learner.run("sync", "--json")

    assert asked.code == 2
    assert "setting the damaged state aside" in asked.err
    assert mended.code == 0
    assert "set aside: the state is now .tracker/state.db.damaged-1" in mended.out
    assert (learner.folder / ".tracker" / "state.db.damaged-1").exists()
    assert (synced.code, synced.json["writes"]) == (0, 0)
    assert learner.run("doctor").code == 0


def test_a_state_that_is_whole_is_not_set_aside(learner):
    """Mending leaves alone what is sound."""
    learner.run("sync")

    ended = learner.run("doctor", "--fix", "--yes", "--json")

    assert (ended.code, ended.json["set_aside"]) == (0, None)
    assert (learner.folder / ".tracker" / "state.db").exists()


def obey(learner, said):
    """Run the commands that an advice names, up to its last `tracker sync`."""
    advice = " ".join(said.split())
    for command in re.findall(r"tracker (forget [a-z-]+ --yes|sync)", advice):
        assert learner.run(*command.split()).code == 0, command


@pytest.mark.parametrize("lost", ["gone", "damaged"])
def test_a_lost_workspace_is_filled_anew_by_what_is_advised(learner, lost):
    """The built-in workspace has neither token nor sharing; the advice leads to a clean sync."""
    learner.run("sync")
    learner.run("mark", "trees", "done")
    workspace = learner.folder / ".tracker" / "workspace.db"
    for file in workspace.parent.glob("workspace.db*"):
        file.unlink()
    if lost == "damaged":
        workspace.write_text("x\n", encoding="utf-8")
        damaged = learner.run("plan")
        assert damaged.code == 6
        assert "move it away, then for each roadmap: tracker forget NAME --yes" in " ".join(
            damaged.err.split()
        )
        workspace.rename(workspace.with_name("old.db"))

    told = learner.run("plan", "--json").json["problems"]
    assert [problem["code"] for problem in told] == ["database-lost"]
    for words in (("plan",), ("sync",), ("doctor",)):
        ended = learner.run(*words)
        said = ended.out + ended.err
        assert ended.code == (1 if words == ("doctor",) else 5), words
        assert "the built-in workspace does not hold the database" in said
        assert "Connections" not in said
        assert "token" not in said
        assert "integration" not in said
    obey(learner, said)

    assert learner.run("doctor").code == 0
    assert learner.run("plan").code == 0
    assert "status: done" in learner.roadmap.read_text(encoding="utf-8")


OWN_FILES = ["lock", "lock.json", "state.db", "state.db-wal", "workspace.db", "editions"]
WRITERS = [("sync", "--yes"), ("mark", "knn", "done"), ("undo", "--yes")]


@pytest.fixture
def stranger(tmp_path_factory):
    """Give a file somewhere else, which a link may point at."""
    path = tmp_path_factory.mktemp("elsewhere") / "theirs"
    path.write_bytes(b"theirs, and none of our business\n")
    return path


@can_link
@pytest.mark.guarantee("G13")
@pytest.mark.parametrize("name", OWN_FILES)
def test_no_writer_follows_a_link_in_its_own_folder(learner, stranger, name):
    """A link in `.tracker` is named and refused, and what it points at keeps its bytes."""
    learner.run("sync")
    before = learner.roadmap.read_bytes()
    link = learner.folder / ".tracker" / name
    if link.exists():
        link.unlink()
    link.symlink_to(stranger)

    for words in WRITERS:
        ended = learner.run(*words, "--json")

        assert ended.code == 6, words
        assert [each["code"] for each in ended.json["problems"]] == ["linked-file"], words
        assert name in ended.json["problems"][0]["what"], words
    assert stranger.read_bytes() == b"theirs, and none of our business\n"
    assert learner.roadmap.read_bytes() == before
    assert link.is_symlink()
    for words in (("check",), ("report",), ("next",), ("show", "knn")):
        assert learner.run(*words).code == 0, words


@can_link
@pytest.mark.parametrize("words", [*WRITERS, ("check", "--links")], ids=" ".join)
def test_no_writer_follows_a_linked_folder(learner, stranger, words):
    """Where `.tracker` itself is a link, nothing is made on its other end."""
    learner.replace("https://example.org/knn", "http://127.0.0.1:1/knn")
    learner.run("sync")
    for path in sorted((learner.folder / ".tracker").rglob("*"), reverse=True):
        path.unlink()
    (learner.folder / ".tracker").rmdir()
    (learner.folder / ".tracker").symlink_to(stranger.parent, target_is_directory=True)

    learner.run(*words)

    assert [path.name for path in stranger.parent.iterdir()] == ["theirs"]


@can_link
def test_init_never_appends_to_a_linked_gitignore(nowhere, stranger):
    """A `.gitignore` that is a link is named; nothing is written, not even the settings."""
    nowhere.folder.mkdir()
    (nowhere.folder / ".gitignore").symlink_to(stranger)

    ended = nowhere.run("init", "--yes", "--json")

    assert (ended.code, ended.json["problems"][0]["code"]) == (4, "linked-file")
    assert ".gitignore" in ended.json["problems"][0]["what"]
    assert stranger.read_bytes() == b"theirs, and none of our business\n"
    assert [path.name for path in nowhere.folder.iterdir()] == [".gitignore"]


@can_link
@pytest.mark.parametrize("name", ["tracker.yaml", "roadmaps/ds-path.yaml"])
def test_init_makes_nothing_behind_a_link_that_leads_nowhere(nowhere, tmp_path, name):
    """A dangling link is no missing file: what is written would land at its other end."""
    link = nowhere.folder / name
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / "not-there")

    ended = nowhere.run("init", "--yes", "--roadmap", "ds-path", "--json")

    assert ended.json["problems"][0]["code"] == "linked-file"
    assert not (tmp_path / "not-there").exists()


@can_link
def test_editions_are_remembered_through_no_link(learner, stranger):
    """`add` keeps an edition in `.tracker`; where that is a link, it says so."""
    editions = learner.folder / ".tracker" / "editions"
    editions.mkdir(parents=True)
    (editions / "ds-path.yaml").symlink_to(stranger)

    ended = learner.run("add", "ds-path", "--json")

    assert (ended.code, ended.json["problems"][0]["code"]) in {
        (3, "linked-file"),
        (6, "linked-file"),
    }
    assert stranger.read_bytes() == b"theirs, and none of our business\n"
