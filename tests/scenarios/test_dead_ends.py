"""No dead end: whoever does what the program advises, and nothing else, comes to a clean sync.

The advice is read from what is printed. Commands in it are run as they stand; steps in Notion and in
an editor are done by hand, over the API, when the advice names them.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
import yaml
from faults import FaultyTransport, never_sent, not_found, rate_limited, refused_token
from notion_person import move_row
from rights import Rights
from sandbox import Sandbox
from shell import Shell

from tracker.workspace.app import ROOT_PAGE_ID

pytestmark = pytest.mark.slow

ROADMAP = """\
title: Small path
sections:
  - title: First models
    skills:
      - {id: split, name: Train/test split, status: done, completed: 2026-10-01, goal: Can hold out a test set., hours: 2}
      - {id: knn, name: k nearest neighbours, requires: [split], tags: [lazy], level: entry}
  - title: Later
    skills:
      - {id: trees, name: Decision trees, goal: Can read a tree., notes: Mind the depth.}
"""
NEXT = re.compile(r"^  next  (.*(?:\n {4,}.*)*)$", re.MULTILINE)
"""An advice, with the lines on which it goes on."""
ByHand = Mapping[str, Callable[[], None]]
"""What a person does when the advice holds the words, in Notion or in an editor."""
MOST_STEPS = 8


@pytest.fixture
def sandbox(tmp_path):
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(ROADMAP)
        yield sandbox


def list_advice(said: str) -> list[str]:
    """Return each advice as one line."""
    return [re.sub(r"\n +", " ", advice) for advice in NEXT.findall(said)]


def walk(shell: Shell, by_hand: ByHand, *, first: str = "tracker sync") -> list[str]:
    """Follow the advice from the first command on until a sync is clean; return what was done."""
    command, done = first, []
    for _ in range(MOST_STEPS):
        words = shlex.split(command)[1:]
        ended = shell.run(*words)
        done.append(command)
        said = f"$ {command}\n{ended.out}{ended.err}"
        if ended.code == 0 and words[0] == "sync":
            assert shell.run("sync", "--json").json["writes"] == 0
            return done
        if ended.code == 0 and not NEXT.search(ended.out):
            command = "tracker sync"
            continue
        advice = list_advice(ended.out + ended.err)
        assert advice, f"no advice: {said}"
        command, is_done = follow(advice[0], command, by_hand)
        done += ["by hand"] * is_done
        assert is_done or ended.code == 0 or command not in done, (
            f"advice leads back to itself: {said}"
        )
    raise AssertionError(f"no end: {done}")


def follow(advice: str, command: str, by_hand: ByHand) -> tuple[str, bool]:
    """Do what an advice says by hand, and return the command that it names."""
    found = re.search(r"\btracker [a-z].*", advice)
    for words, do in by_hand.items():
        if words in advice:
            do()
            again = "run the command again" in advice or found is None
            return (command if again else cut(found[0])), True
    assert advice.startswith("tracker "), f"neither a command nor a known step: {advice}"
    return cut(advice), False


def cut(advice: str) -> str:
    """Cut a command out of an advice."""
    return re.split(r" {2,}|; |, ", advice)[0]


def drop_state(sandbox: Sandbox) -> None:
    """Lose what this machine remembers."""
    for path in (sandbox.folder / ".tracker").glob("state.db*"):
        path.unlink()


def forget_databases(sandbox: Sandbox) -> None:
    """Lose the ids of the databases, too, as whoever copies only the roadmaps."""
    path = sandbox.folder / "tracker.yaml"
    settings = yaml.safe_load(path.read_bytes())
    settings["notion"].pop("databases", None)
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")


def values(sandbox: Sandbox) -> list[dict[str, object]]:
    """Return what the rows hold, but for the relation's other end, which Notion renames."""
    (database,) = sandbox.remote()
    return [
        {name: it for name, it in row.items() if not name.startswith(("Unlocks", "Related"))}
        for row in database["rows"]
    ]


COLUMNS = (
    *("Status", "Section", "Level", "Goal", "Hours", "Started", "Completed", "Tags"),
    *("Requires", "Resources", "Notes", "Order", "Tracker ID"),
)


def test_the_only_roadmap_of_a_folder_is_forgotten_and_found_again(sandbox, shell):
    """The settings name no database then; the next sync finds the old one, and makes no row."""
    walk(shell, {})
    rows = sandbox.remote()

    forgotten = shell.run("forget", "path", "--yes")
    ended = shell.run("sync", "--json")

    assert (forgotten.code, ended.code) == (0, 0), forgotten.err
    assert ended.json["counts"]["created"] == 0
    assert sandbox.remote() == rows


@pytest.mark.parametrize("lost", ["nothing", "state", "state and ids"])
@pytest.mark.parametrize("column", COLUMNS)
def test_a_deleted_column_is_mended_also_without_a_state(sandbox, shell, column, lost):
    """Whichever column is gone, and whatever this machine forgot: the advice brings it back, filled."""
    assert shell.run("sync").code == 0
    before = values(sandbox)
    sandbox.person.change_column(column, None)
    if lost != "nothing":
        drop_state(sandbox)
    if lost == "state and ids":
        forget_databases(sandbox)

    done = walk(shell, {})

    assert "tracker doctor --fix" in done
    assert values(sandbox) == before
    assert sandbox.path().read_text(encoding="utf-8") == ROADMAP


def test_a_deleted_column_is_named_by_the_doctor_without_a_state(sandbox, shell):
    """The doctor finds what is missing, and its advice is not itself."""
    shell.run("sync")
    sandbox.person.change_column("Goal", None)
    drop_state(sandbox)

    ended = shell.run("doctor")

    assert ended.code == 1
    assert "Goal" in ended.out
    assert any(it.startswith("tracker doctor --fix") for it in list_advice(ended.out))


@pytest.mark.parametrize("lost", ["nothing", "state"])
def test_a_retyped_column_is_deleted_and_mended(sandbox, shell, lost):
    """A column of another type is turned back, or deleted and made anew."""
    shell.run("sync")
    sandbox.person.change_column("Hours", {"rich_text": {}})
    if lost == "state":
        drop_state(sandbox)

    done = walk(shell, {"or delete it": lambda: sandbox.person.change_column("Hours", None)})

    assert "tracker doctor --fix" in done
    assert sandbox.person.row("split")["properties"]["Hours"]["number"] == 2


@pytest.mark.parametrize("command", ["sync", "plan", "doctor"])
def test_a_connection_that_may_not_read_is_told_which_capability_is_missing(
    sandbox, shell, command
):
    """The message names the capability and where it is switched on, and does not speak of sharing."""
    shell.run("sync")
    sandbox.wrap = lambda inner: Rights(inner, lacks={"read"})
    drop_state(sandbox)

    ended = shell.run(command)

    assert ended.code == (1 if command == "doctor" else 5)
    assert "read content" in ended.out + ended.err
    # The clock of the sandbox's server runs ahead.
    (advice,) = (it for it in list_advice(ended.out + ended.err) if "clock" not in it)
    assert '"Read content"' in advice
    assert "app.notion.com/developers/connections" in advice
    assert f"tracker {command}" not in advice


@pytest.mark.parametrize("lack", ["read", "update", "insert"])
def test_a_missing_capability_is_switched_on(sandbox, shell, lack):
    """Whoever switches on what the message names comes to a clean sync."""
    shell.run("sync")
    sandbox.replace("hours: 2", "hours: 3")
    sandbox.write(sandbox.path().read_text(encoding="utf-8") + "      - {id: nets, name: Nets}\n")
    rights = Rights(sandbox.transport, lacks={lack})
    sandbox.wrap = lambda _: rights

    done = walk(shell, {f'"{lack.capitalize()} content"': rights.lacks.clear})

    assert done == ["tracker sync", "by hand", "tracker sync"]
    assert sum(sandbox.time.slept) == 0


@pytest.mark.parametrize("lack", ["read", "update", "insert"])
def test_a_first_sync_without_a_capability_is_finished_later(sandbox, shell, lack):
    """A database that was left half made because of it is finished, never made twice."""
    rights = Rights(sandbox.transport, lacks={lack})
    sandbox.wrap = lambda _: rights

    done = walk(shell, {f'"{lack.capitalize()} content"': rights.lacks.clear})

    assert done == ["tracker sync", "by hand", "tracker sync"]
    assert len(sandbox.person.sources()) == 1
    assert len(sandbox.person.rows()) == 3


MANY = "title: Many\nsections:\n  - title: S\n    skills:\n" + "".join(
    f"      - {{id: s{number}, name: Skill {number}, hours: 1}}\n" for number in range(40)
)


@pytest.mark.parametrize("workers", [1, 10])
@pytest.mark.parametrize(
    ("lack", "change"),
    [
        pytest.param("update", ("hours: 1", "hours: 2"), id="update"),
        pytest.param("insert", ("{id: s", "{id: t"), id="insert"),
    ],
)
def test_a_missing_capability_ends_the_run_after_the_first_refusal(
    sandbox, shell, workers, lack, change
):
    """Exit code 5, and no request a row: a capability is the connection's, not the row's."""
    sandbox.write(MANY)
    settings = sandbox.folder / "tracker.yaml"
    settings.write_text(
        settings.read_text(encoding="utf-8").replace("workers: 1", f"workers: {workers}"),
        encoding="utf-8",
    )
    shell.run("sync")
    sandbox.write(
        MANY.replace(*change).replace(
            "name: Skill", "name: Other" if lack == "insert" else "name: Skill"
        )
    )
    rights = Rights(sandbox.transport, lacks={lack})
    sandbox.wrap = lambda _: rights

    ended = shell.run("sync", "--allow-deletes", "40")

    assert ended.code == 5, ended
    assert f"{lack} content" in ended.out + ended.err
    assert rights.refused(lack) <= workers + 2


def test_a_restricted_row_does_not_stop_the_others(sandbox, shell):
    """A row that alone is refused is told as that, with exit code 1; the others are written."""
    shell.run("sync")
    sandbox.write(ROADMAP.replace("Can read a tree.", "Can prune.").replace("hours: 2", "hours: 3"))
    rights = Rights(sandbox.transport, restricted={sandbox.person.row("split")["id"]})
    sandbox.wrap = lambda _: rights

    ended = shell.run("sync")

    assert ended.code == 1, ended
    assert sandbox.person.row("split")["properties"]["Hours"]["number"] == 2
    assert "prune" in str(sandbox.person.row("trees"))
    assert "Capabilities" not in ended.out + ended.err
    assert walk(shell, {"let the connection edit it": rights.restricted.clear})


def test_a_full_workspace_still_takes_changes(sandbox, shell):
    """The block limit is no capability: rows that exist are written, those to be made wait."""
    shell.run("sync")
    sandbox.replace("hours: 2", "hours: 3")
    added = "      - {id: nets, name: Nets}\n      - {id: svm, name: SVM}\n"
    sandbox.write(sandbox.path().read_text(encoding="utf-8") + added)
    rights = Rights(sandbox.transport, is_full=True)
    sandbox.wrap = lambda _: rights

    ended = shell.run("sync")

    assert ended.code == 5, ended
    assert "Capabilities" not in ended.out + ended.err
    assert sandbox.person.row("split")["properties"]["Hours"]["number"] == 3
    assert rights.refused("insert") == 2  # with its page, and without it

    def upgrade() -> None:
        rights.is_full = False

    assert walk(shell, {"upgrade the plan": upgrade})[-1] == "tracker sync"


VIEW = "0123456789abcdef0123456789abcdef"
LINKS = [
    pytest.param("https://www.notion.so/ws/Small-path-{plain}?v=" + VIEW, id="full page"),
    pytest.param("https://www.notion.so/{plain}?pvs=4&v=" + VIEW, id="with other parts"),
    pytest.param("https://app.notion.com/p/{dashed}?v=" + VIEW + "#x", id="the new host"),
    pytest.param("<www.notion.so/Small-path-{plain}?v=" + VIEW + ">", id="in brackets"),
    pytest.param("https://www.notion.so/ws/Small-path-{plain}", id="inline, or without a view"),
    pytest.param("{plain}", id="a bare id"),
    pytest.param("{dashed}", id="a dashed id"),
    pytest.param("{source}", id="the id of its data source"),
]
PAGE = "Linked page"


def make_database(sandbox: Sandbox, place: str) -> tuple[dict[str, str], str]:
    """Make a database on a page, or in a column of it; return its ids and the page's."""
    parent = {"type": "page_id", "page_id": ROOT_PAGE_ID}
    title = {"title": {"title": [{"text": {"content": PAGE}}]}}
    page = sandbox.person.send("POST", "pages", {"parent": parent, "properties": title})
    body = {
        "parent": {"type": "page_id", "page_id": page["id"]},
        "title": [{"text": {"content": "Recipes"}}],
        "is_inline": place != "full page",
        "initial_data_source": {"properties": {"Dish": {"title": {}}}},
    }
    made = sandbox.person.send("POST", "databases", body)
    ids = {"dashed": made["id"], "plain": made["id"].replace("-", "")}
    return {**ids, "source": made["data_sources"][0]["id"]}, page["id"]


@pytest.mark.parametrize("place", ["full page", "inline"])
@pytest.mark.parametrize("link", LINKS)
def test_the_link_of_a_database_is_told_at_once(sandbox, shell, link, place):
    """`init` says what the link is, and the command with the page around it, which works."""
    ids, page = make_database(sandbox, place)
    (sandbox.folder / "tracker.yaml").unlink()

    ended = shell.run("init", "--yes", "--notion", link.format(**ids))

    assert ended.code == 2
    assert 'the database "Recipes"' in ended.err
    assert not (sandbox.folder / "tracker.yaml").exists()
    (advice,) = list_advice(ended.err)
    assert cut(advice) == f"tracker init --notion {page}"
    assert shell.run(*cut(advice).split()[1:], "--yes").code == 0
    assert shell.run("sync").code == 0


@pytest.mark.parametrize("trouble", ["no token", "no network", "not shared"])
@pytest.mark.parametrize("link", LINKS[:4])
def test_the_link_of_a_view_is_told_without_a_server_too(
    sandbox, shell, monkeypatch, link, trouble
):
    """What a link with `?v=` is can be seen from the link."""
    (sandbox.folder / "tracker.yaml").unlink()
    if trouble == "no token":
        monkeypatch.setenv("NOTION_TOKEN", "")
        monkeypatch.setattr("tracker.adapters.settings_file._load_from_keyring", lambda: "")
    elif trouble == "no network":
        sandbox.wrap = lambda inner: FaultyTransport(inner, lambda *_: never_sent())
    ids = {"dashed": UNKNOWN, "plain": UNKNOWN.replace("-", "")}

    ended = shell.run("init", "--yes", "--roadmap", "ds-path", "--notion", link.format(**ids))

    assert ended.code == 2
    assert "the link of a database" in ended.err
    assert "page around the database" in list_advice(ended.err)[0]
    assert "tracker init --roadmap ds-path --notion LINK" in list_advice(ended.err)[0]
    assert list(sandbox.folder.iterdir()) == [sandbox.folder / "roadmaps"]


UNKNOWN = "7d0c1f52-6a3e-4c8b-9f21-0b5e8a4d6c1f"


@pytest.mark.parametrize("given", ["id", "link"])
@pytest.mark.parametrize("place", ["full page", "inline"])
def test_a_database_in_the_settings_is_replaced_by_the_page_around_it(sandbox, shell, place, given):
    """Sync and doctor name the page that is wanted; with it in the settings, all is well."""
    ids, page = make_database(sandbox, place)
    settings = sandbox.folder / "tracker.yaml"
    before = settings.read_text(encoding="utf-8")
    wrong = ids["dashed"] if given == "id" else f"https://www.notion.so/{ids['plain']}?v={VIEW}"
    settings.write_text(before.replace(ROOT_PAGE_ID, f'"{wrong}"'), encoding="utf-8")

    def correct() -> None:
        settings.write_text(before.replace(ROOT_PAGE_ID, page), encoding="utf-8")

    doctor = shell.run("doctor")
    advice = list_advice(doctor.out)

    assert doctor.code == 1
    assert shell.run("sync").code == 4
    assert "tracker doctor" not in advice[-1]
    assert given == "link" or page in advice[-1]
    assert walk(shell, {"tracker.yaml": correct}) == ["tracker sync", "by hand", "tracker sync"]


def test_a_page_that_is_not_shared_yet_is_told_by_init(sandbox, shell):
    """The folder is made, and the learner knows what is left to do before the first sync."""
    (sandbox.folder / "tracker.yaml").unlink()

    ended = shell.run("init", "--yes", "--notion", UNKNOWN)

    assert ended.code == 0
    assert "warning: the Notion page" in ended.err
    assert "Connections" in ended.err
    assert (sandbox.folder / "tracker.yaml").exists()


@pytest.mark.parametrize("trouble", ["no network", "busy", "refused token"])
def test_init_does_not_wait_for_the_server(sandbox, shell, trouble):
    """Where the server cannot say, that is left to the first sync."""
    (sandbox.folder / "tracker.yaml").unlink()
    fault = {
        "no network": never_sent(),
        "busy": rate_limited(60),
        "refused token": refused_token(),
    }[trouble]
    wire = FaultyTransport(sandbox.transport, lambda *_: fault)
    sandbox.wrap = lambda _: wire

    ended = shell.run("init", "--yes", "--notion", UNKNOWN)

    assert ended.code == 0
    assert len(wire.sent) == 1
    assert sandbox.time.slept == []


def test_a_foreign_database_is_taken_out_of_the_settings(sandbox, shell):
    """A database that is no roadmap's is left alone, and the roadmap's own is found again."""
    shell.run("sync")
    ids, _ = make_database(sandbox, "full page")
    path = sandbox.folder / "tracker.yaml"
    settings = yaml.safe_load(path.read_bytes())
    settings["notion"]["databases"]["path"] = ids["source"]
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")

    done = walk(shell, {"out of notion.databases": lambda: forget_databases(sandbox)})

    assert done == ["tracker sync", "by hand", "tracker sync"]
    assert len(sandbox.person.sources()) == 2


@pytest.mark.parametrize("lost", ["nothing", "state"])
def test_a_database_in_the_trash_is_restored(sandbox, shell, lost):
    """The advice for a trashed database leads back to a sync that changes nothing."""
    shell.run("sync")
    before = values(sandbox)
    database = sandbox.person.source()["parent"]["database_id"]
    sandbox.person.change_database({"in_trash": True})
    if lost == "state":
        drop_state(sandbox)

    def restore() -> None:
        sandbox.person.send("PATCH", f"databases/{database}", {"in_trash": False})

    done = walk(shell, {"restore it": restore})

    assert done == ["tracker sync", "by hand", "tracker sync"]
    assert values(sandbox) == before


@pytest.mark.parametrize("fault", ["not shared", "token refused"])
def test_a_closed_door_is_opened(sandbox, shell, fault):
    """Whoever shares the page again, or makes a new token, comes to a clean sync."""
    shell.run("sync")
    broken = not_found() if fault == "not shared" else refused_token()
    wire = FaultyTransport(sandbox.transport, lambda *_: replace(broken, suits=lambda _: True))
    sandbox.wrap = lambda _: wire

    def open_door() -> None:
        wire.decide = lambda *_: None

    words = "add the connection" if fault == "not shared" else "make a new token"

    assert walk(shell, {words: open_door}) == ["tracker sync", "by hand", "tracker sync"]


def test_rows_that_were_moved_are_put_back(sandbox, shell):
    """Many rows out of sight stop the sync; back in their place, nothing is left to do."""
    sandbox.write(MANY)
    shell.run("sync")
    source = sandbox.person.source()["id"]
    rows = [row["id"] for row in sandbox.person.rows()[:30]]
    for row in rows:
        move_row(sandbox.app.extensions["workspace"], row, "page_id", ROOT_PAGE_ID)

    def put_back() -> None:
        for row in rows:
            move_row(sandbox.app.extensions["workspace"], row, "data_source_id", source)

    done = walk(shell, {"put them back": put_back})

    assert done == ["tracker sync", "by hand", "tracker sync"]
    assert len(sandbox.person.rows()) == 40
