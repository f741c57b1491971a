"""A folder moves from the built-in workspace to a page in Notion with all progress, or is told why not."""

from __future__ import annotations

import re
import sys
from types import ModuleType

import httpx
import pytest
import yaml
from faults import Fault, FaultyTransport, forbidden, never_sent, refused_token
from notion_fakes import listing
from sandbox import TOKEN, Sandbox
from shell import open_shell

from tracker.adapters.builtin import announce
from tracker.adapters.state_db import StateDb
from tracker.wiring import bundled_folder, open_workspace
from tracker.workspace.app import ROOT_PAGE_ID

pytestmark = pytest.mark.slow

ROADMAP = """\
title: Small path
sections:
  - title: First models
    skills:
      - {id: split, name: Train/test split, status: done, completed: 2026-10-01, hours: 2}
      - {id: knn, name: k nearest neighbours, status: doing, started: 2026-10-20, notes: Scale first.}
  - title: Later
    skills:
      - {id: trees, name: Decision trees, requires: [split]}
"""
SETTINGS = "# mine\nprefer: ask   # both values\n"
UNKNOWN = "7d0c1f52-6a3e-4c8b-9f21-0b5e8a4d6c1f"
VIEW = "0123456789abcdef0123456789abcdef"
NEXT = re.compile(r"^  next +(.*)$", re.MULTILINE)
LINKS = (
    *(
        "{plain}",
        "{dashed}",
        "https://www.notion.so/{plain}",
        "https://www.notion.so/ws/My-{plain}",
    ),
    *("https://app.notion.com/p/My-progress-{plain}?pvs=4", "<www.notion.so/My-{plain}>"),
    *("https://mine.notion.site/My-progress-{plain}", "https://mine.notion.site/{dashed}/"),
    *("https://www.notion.so/My-{plain}#" + VIEW, "https://www.notion.so/My-{plain}?source=copy#a"),
    *(
        "https://www.notion.so/ws/" + VIEW + "?v=" + VIEW + "&p={plain}&pm=s",
        "notion://www.notion.so/{plain}",
    ),
    "https://www.notion.so/" + VIEW + "?p={dashed}",
)


def make_page(sandbox, name="My progress", parent=ROOT_PAGE_ID):
    """Make a page on the server, and return its id."""
    body = {
        "parent": {"type": "page_id", "page_id": parent},
        "properties": {"title": {"title": [{"text": {"content": name}}]}},
    }
    return sandbox.person.send("POST", "pages", body)["id"]


@pytest.fixture
def sandbox(tmp_path):
    """Give a learner with a built-in workspace, and a Notion beside it."""
    with Sandbox(tmp_path, settings=SETTINGS) as sandbox:
        sandbox.write(ROADMAP)
        yield sandbox


@pytest.fixture
def shell(sandbox, monkeypatch, capsys):
    """Give a shell in a folder that was synced with its built-in workspace."""
    shell = open_shell(sandbox, monkeypatch, capsys)
    assert shell.run("sync").code == 0
    return shell


@pytest.fixture
def page(sandbox):
    """Give a page in Notion that is shared with the connection."""
    return make_page(sandbox)


@pytest.fixture
def keyring(monkeypatch):
    """Install a keyring that answers from `held`."""
    module, errors = ModuleType("keyring"), ModuleType("keyring.errors")
    module.held = {}
    module.get_password = lambda service, user: module.held.get((service, user))
    module.set_password = lambda *words: module.held.update({words[:2]: words[2]})
    errors.KeyringError = type("KeyringError", (Exception,), {})
    module.errors = errors
    monkeypatch.setitem(sys.modules, "keyring", module)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    return module


def settings(sandbox):
    return yaml.safe_load((sandbox.folder / "tracker.yaml").read_bytes())


def snapshot(sandbox):
    """Return every file that a person sees, and what is bound."""
    files = {path.name: path.read_bytes() for path in (sandbox.folder / "roadmaps").iterdir()}
    state = StateDb(sandbox.folder / ".tracker" / "state.db")
    try:
        return files, (sandbox.folder / "tracker.yaml").read_bytes(), state.load_base("path")
    finally:
        state.close()


def type_token(monkeypatch, typed):
    """Let a person sit at a terminal and type a token."""
    monkeypatch.setattr("tracker.cli.screen._is_terminal", lambda _: True)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: typed())


def check_moved(sandbox, shell, page, skills=3):
    """Check that a sync makes all rows on the page, with all progress, and that the next rests."""
    files = sandbox.files()
    first = shell.run("sync", "--json")
    second = shell.run("sync", "--json")

    assert (first.code, first.json["counts"]["created"]) == (0, skills), first.out
    assert second.json["writes"] == 0
    assert sandbox.files() == files
    (source,) = sandbox.person.sources()
    assert settings(sandbox)["notion"]["parent"] == page
    assert source["database_parent"]["page_id"] == page
    return {row["Tracker ID"]: row for row in sandbox.remote()[0]["rows"]}


def test_a_folder_moves_with_all_progress(sandbox, shell, page):
    """What was ticked in the workspace comes along, and tracker.yaml is the same but for the page."""
    with open_workspace(sandbox.folder) as workspace:
        workspace.set_status("trees", "Done")

    ended = shell.run("connect", page)
    text = (sandbox.folder / "tracker.yaml").read_text(encoding="utf-8")

    assert ended.code == 0, ended.err
    assert ended.out.startswith('connected: this folder and the page "My progress" in Notion\n')
    assert NEXT.findall(ended.out) == ["tracker sync    # brings 3 skills to Notion"]
    assert text == f"{SETTINGS}notion:\n  parent: {page}\n"
    assert sandbox.person.sources() == []
    rows = check_moved(sandbox, shell, page)
    assert {key: row["Status"] for key, row in rows.items()} == {
        "split": "Done",
        "knn": "In progress",
        "trees": "Done",
    }
    assert rows["knn"]["Notes"] == "Scale first."


def test_the_bundled_path_moves(sandbox, shell, page):
    """All 275 rows with all progress, and then rest."""
    sandbox.path().unlink()
    shell.run("forget", "path", "--yes")
    bundled = (bundled_folder() / "ds-path.yaml").read_text(encoding="utf-8")
    sandbox.write(bundled, "ds-path")
    shell.run("sync")
    shell.run("mark", "knn", "python-basics", "done")

    ended = shell.run("connect", page, "--json")

    assert (ended.code, ended.json["skills"]) == (0, 275)
    assert ended.json["last_sync"]["writes"] == 2
    rows = check_moved(sandbox, shell, page, 275)
    assert {key for key, row in rows.items() if row["Status"] == "Done"} == {"knn", "python-basics"}


def test_a_workspace_of_limited_blocks_is_told_before_the_rows_are_made(sandbox, shell, page):
    """A Free workspace with two members takes 1,000 blocks: the note names the setting that saves them."""
    users = [{"object": "user", "type": "person"}] * 2
    members = Fault("members", lambda asked, _: httpx.Response(200, json=listing(*users)))
    sandbox.wrap = lambda inner: FaultyTransport(
        inner, lambda _, asked: members if asked.url.path == "/v1/users" else None
    )

    connected = shell.run("connect", page, "--json")

    assert (connected.code, connected.codes) == (0, ["blocks-limited"])
    assert "row_pages: false" in connected.json["problems"][0]["next"]


@pytest.mark.parametrize("link", LINKS)
def test_a_page_is_known_by_every_form_of_its_link(sandbox, shell, page, link):
    """Links of all hosts, with views, parts and blocks, and bare ids name the same page."""
    given = link.format(plain=page.replace("-", ""), dashed=page)

    ended = shell.run("connect", given, "--json")

    assert (ended.code, ended.json["page"]) == (0, page), ended.out
    assert settings(sandbox)["notion"] == {"parent": page}


def test_the_settings_of_init_read_as_if_made_for_notion(sandbox, monkeypatch, capsys, page):
    """The comment on the built-in workspace goes; what is left is what `init --notion` writes."""
    shell = open_shell(sandbox, monkeypatch, capsys)
    path = sandbox.folder / "tracker.yaml"
    path.unlink()
    shell.run("init", "--yes", "--notion", page)
    wanted = path.read_bytes()
    path.unlink()
    shell.run("init", "--yes")

    ended = shell.run("connect", page)

    assert ended.code == 0
    assert path.read_bytes() == wanted
    assert not (sandbox.folder / ".tracker" / "workspace.db").exists()
    check_moved(sandbox, shell, page)


def test_a_database_is_told_with_the_page_around_it(sandbox, shell, page):
    """The command that is advised works as it stands."""
    body = {
        "parent": {"type": "page_id", "page_id": page},
        "title": [{"text": {"content": "Recipes"}}],
        "initial_data_source": {"properties": {"Dish": {"title": {}}}},
    }
    made = sandbox.person.send("POST", "databases", body)["id"].replace("-", "")
    before = snapshot(sandbox)

    ended = shell.run("connect", f"https://www.notion.so/ws/{made}?v={VIEW}")

    assert ended.code == 2
    assert 'the link of the database "Recipes", not of a page' in ended.err
    (advice,) = NEXT.findall(ended.err)
    assert advice.startswith(f"tracker connect {page} ")
    assert snapshot(sandbox) == before
    assert shell.run(*advice.split()[1:3]).code == 0


def missing(sandbox, monkeypatch):
    monkeypatch.setenv("NOTION_TOKEN", "")
    monkeypatch.setitem(sys.modules, "keyring", None)


def failing_with(fault):
    def fail(sandbox, _):
        sandbox.wrap = lambda inner: FaultyTransport(inner, lambda *_: fault)

    return fail


def trashed(sandbox, _):
    found = sandbox.person.send("POST", "search", {"query": "My progress"})["results"][0]
    sandbox.person.send("PATCH", f"pages/{found['id']}", {"in_trash": True})


TROUBLES = {
    "no token": (missing, "", 4, "no-token", "app.notion.com/developers"),
    "a wrong token": (failing_with(refused_token()), "", 4, "token-refused", "export NOTION_TOKEN"),
    "a token without rights": (failing_with(forbidden()), "", 5, "notion-denied", '"Read content"'),
    "not shared": (None, UNKNOWN, 5, "parent-page-denied", "••• -> Connections"),
    "a mistyped id": (None, "f" * 32, 5, "parent-page-denied", "••• -> Connections"),
    "a view that is not shared": (None, f"{UNKNOWN}?v={VIEW}", 2, "parent-is-database", "LINK"),
    "nonsense": (None, "my page", 2, "bad-page", "tracker connect LINK"),
    "in the trash": (trashed, "", 5, "parent-page-trashed", "restore the page in Notion"),
    "no network": (failing_with(never_sent()), "", 5, "notion-unreachable", "check the network"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_what_is_missing_is_told_and_nothing_is_changed(sandbox, shell, page, monkeypatch, trouble):
    """Each trouble has its exit code and its advice; the right page works afterwards."""
    prepare, given, code, told, advice = TROUBLES[trouble]
    before = snapshot(sandbox)
    with monkeypatch.context() as environ:
        if prepare:
            prepare(sandbox, environ)
        ended = shell.run("connect", given or page, "--json")
    sandbox.wrap = lambda inner: inner

    assert (ended.code, ended.codes) == (code, [told]), ended.out
    assert advice in ended.json["problems"][0]["next"]
    assert ended.json["problems"][0]["kept"] == "nothing was written"
    assert TOKEN not in ended.out
    assert snapshot(sandbox) == before
    assert shell.run("connect", make_page(sandbox, "Another")).code == 0


@pytest.mark.parametrize("form", ["{}", "https://www.notion.so/ws/x?v=" + VIEW + "&p={}"])
def test_a_row_of_a_roadmap_is_no_page_for_it(sandbox, shell, page, form):
    """Its database would be made inside one of its own rows."""
    shell.run("connect", page)
    shell.run("sync")
    row, before = sandbox.person.rows()[0]["id"].replace("-", ""), snapshot(sandbox)

    ended = shell.run("connect", form.format(row), "--json")

    assert (ended.code, ended.codes) == (5, ["page-is-row"])
    assert snapshot(sandbox) == before


def test_settings_that_cannot_be_spliced_are_left_alone(sandbox, shell, page):
    """What a merge key brings would be hidden by the page; the advice writes it by hand."""
    path = sandbox.folder / "tracker.yaml"
    path.write_text("<<: {notion: {workers: 3}}\n", encoding="utf-8")
    before = snapshot(sandbox)

    ended = shell.run("connect", page)

    assert ended.code == 4
    (advice,) = NEXT.findall(ended.err)
    assert advice.startswith("write the page into tracker.yaml by hand, as notion.parent; then: ")
    assert snapshot(sandbox) == before
    path.write_text(f"notion: {{workers: 3, parent: {page}}}\n", encoding="utf-8")
    assert shell.run(*advice.partition("then: tracker ")[2].split()).code == 0
    check_moved(sandbox, shell, page)


def test_a_conflict_keeps_the_folder_where_it_is(sandbox, shell, page):
    """A value that only the workspace has would be lost sight of; once it is settled, all moves."""
    with open_workspace(sandbox.folder) as workspace:
        workspace.set_status("trees", "Done")
    sandbox.replace("name: Decision trees", "name: Decision trees, status: doing")

    ended = shell.run("connect", page)
    as_json = shell.run("connect", page, "--json")

    assert (ended.code, as_json.code) == (1, 1)
    assert "not connected: there are conflicts" in ended.err
    assert NEXT.findall(ended.err) == [f"tracker conflicts    # then: tracker connect {page}"]
    assert as_json.json["connected"] is False
    assert as_json.codes == ["not-connected"]
    assert "notion" not in settings(sandbox)
    assert shell.run("resolve", "trees", "status", "--take", "workspace").code == 0
    assert shell.run("connect", page).code == 0
    assert check_moved(sandbox, shell, page)["trees"]["Status"] == "Done"


@pytest.mark.parametrize(("prefer", "wanted"), [("local", "In progress"), ("workspace", "Done")])
def test_conflicts_are_settled_as_the_settings_say(sandbox, shell, page, prefer, wanted):
    """Who prefers a side in every sync prefers it in the last one, too."""
    path = sandbox.folder / "tracker.yaml"
    path.write_text(f"prefer: {prefer}\n", encoding="utf-8")
    with open_workspace(sandbox.folder) as workspace:
        workspace.set_status("trees", "Done")
    sandbox.replace("name: Decision trees", "name: Decision trees, status: doing")

    assert shell.run("connect", page).code == 0
    assert check_moved(sandbox, shell, page)["trees"]["Status"] == wanted


def test_without_a_folder_there_is_nothing_to_move(sandbox, shell, page):
    """The advice makes a folder that is connected from the start."""
    (sandbox.folder / "tracker.yaml").unlink()

    ended = shell.run("connect", page)

    assert (ended.code, NEXT.findall(ended.err)) == (4, [f"tracker init --notion {page}"])


def test_a_deletion_is_not_made_in_passing(sandbox, shell, page):
    """A skill that the file lost is deleted by a sync, which asks; not by moving."""
    sandbox.replace("      - {id: trees, name: Decision trees, requires: [split]}\n", "      []\n")

    ended = shell.run("connect", page)

    assert ended.code == 1
    assert NEXT.findall(ended.err) == [f"tracker sync    # then: tracker connect {page}"]
    assert shell.run("sync").code == 0
    assert shell.run("connect", page).code == 0
    check_moved(sandbox, shell, page, 2)


def test_a_broken_roadmap_keeps_the_folder_where_it_is(sandbox, shell, page):
    """Nothing moves while a file cannot be read."""
    sandbox.write(ROADMAP + "  - x\n : y")
    before = snapshot(sandbox)

    ended = shell.run("connect", page)

    assert ended.code == 3
    assert snapshot(sandbox) == before


def test_a_workspace_that_is_gone_keeps_nobody(sandbox, shell, page):
    """The files hold all progress: without the workspace's file, the folder moves with a warning."""
    for path in (sandbox.folder / ".tracker").glob("workspace.db*"):
        path.unlink()
    with open_workspace(sandbox.folder):
        pass

    ended = shell.run("connect", page)

    assert ended.code == 0, ended.err
    assert "warning: the built-in workspace does not hold" in ended.err
    check_moved(sandbox, shell, page)


@pytest.mark.parametrize("place", ["remove_roadmap", "save", "after"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(30, "Read-only file system")])
def test_a_run_that_is_cut_off_is_finished_by_the_next(  # noqa: PLR0917  fixtures
    sandbox, shell, page, monkeypatch, place, error
):
    """Wherever it ends, the folder has one of the two sides, and running it again moves it."""

    def fail(*_, **__):
        raise error

    with monkeypatch.context() as broken:
        if place == "remove_roadmap":
            broken.setattr(StateDb, "remove_roadmap", fail)
        elif place == "save":
            broken.setattr("tracker.adapters.settings_file.replace_file", fail)
        else:
            broken.setattr("tracker.cli.commands.connect._list_problems", fail)
        ended = shell.run("connect", page)

    assert ended.code != 0
    if place == "save" and isinstance(error, OSError):
        assert (ended.code, f"then: tracker connect {page}" in ended.err) == (4, True)
    if place != "after":
        # Whoever goes on with the workspace meanwhile finds every row again.
        synced = shell.run("sync", "--json")
        assert (synced.code, synced.json["writes"]) == (0, 0)
    assert shell.run("connect", page).code == 0
    check_moved(sandbox, shell, page)


def test_the_same_page_again_changes_nothing(sandbox, shell, page):
    """Whoever is connected is told so, also by another form of the link."""
    shell.run("connect", page)
    shell.run("sync")
    before = snapshot(sandbox)

    ended = shell.run("connect", f"https://www.notion.so/My-{page.replace('-', '')}", "--json")

    assert (ended.code, ended.json["new"], ended.json["connected"]) == (0, False, True)
    assert snapshot(sandbox) == before
    assert shell.run("sync", "--json").json["writes"] == 0


def test_another_page_needs_its_roadmaps_forgotten(sandbox, shell, page):
    """Databases stay where they are: the advice lets go of them, and new ones are made then."""
    shell.run("connect", page)
    shell.run("sync")
    other = make_page(sandbox, "Other")
    before = snapshot(sandbox)

    ended = shell.run("connect", other)

    assert ended.code == 4
    (advice,) = NEXT.findall(ended.err)
    assert (
        advice == f"tracker forget path --yes    # for each roadmap; then: tracker connect {other}"
    )
    assert snapshot(sandbox) == before
    assert shell.run("forget", "path", "--yes").code == 0
    assert shell.run("connect", other).code == 0
    assert settings(sandbox)["notion"]["parent"] == other
    assert shell.run("sync", "--json").json["counts"]["created"] == 3


def test_a_mistaken_page_is_replaced_before_the_first_sync(sandbox, shell, page):
    """Without a database on it, a page holds nobody."""
    shell.run("connect", make_page(sandbox, "Wrong"))

    assert shell.run("connect", page).code == 0
    check_moved(sandbox, shell, page)


def test_a_page_that_was_named_by_hand_is_connected(sandbox, shell, page):
    """Whoever wrote the page into tracker.yaml is stuck with the rows of the workspace no more."""
    text = f"{SETTINGS}notion: {{parent: {page}}}\n"
    (sandbox.folder / "tracker.yaml").write_text(text, encoding="utf-8")

    ended = shell.run("sync")

    assert ended.code == 5
    command = NEXT.findall(ended.err)[0].partition("by hand: tracker ")[2]
    assert command == f"connect {page}"
    assert shell.run(*command.split()).code == 0
    check_moved(sandbox, shell, page)


def test_init_with_a_page_says_how_to_move(sandbox, shell, page):
    """A folder that exists is not set up anew; the advice moves it."""
    ended = shell.run("init", "--yes", "--notion", page)

    assert ended.code == 4
    (advice,) = NEXT.findall(ended.err)
    assert shell.run(*advice.split()[1:3]).code == 0
    check_moved(sandbox, shell, page)


def test_undo_does_not_reach_back_into_the_workspace(sandbox, shell, page):
    """Runs of the built-in workspace are not taken back in Notion, or half in the files."""
    with open_workspace(sandbox.folder) as workspace:
        workspace.set_status("trees", "Done")
    shell.run("connect", page)
    shell.run("sync")
    files, rows = sandbox.files(), sandbox.remote()

    shell.run("undo", "--yes")
    ended = shell.run("undo", "--yes")

    assert ended.code in {0, 1, 7}, ended.err
    shell.run("sync")
    assert [len(each["rows"]) for each in sandbox.remote()] in ([3], [len(rows[0]["rows"])])
    assert sandbox.files() == files


def test_a_typed_token_is_kept_in_the_keyring(sandbox, shell, page, monkeypatch, keyring):
    """It is shown nowhere, and later commands take it from there."""
    type_token(monkeypatch, lambda: TOKEN)
    monkeypatch.setenv("NOTION_TOKEN", "")

    ended = shell.run("connect", page, "--save-token")

    assert ended.code == 0, ended.err
    assert keyring.held == {("tracker", "notion"): TOKEN}
    assert TOKEN not in ended.out + ended.err
    check_moved(sandbox, shell, page)


def test_a_good_token_is_kept_though_the_page_is_not_shared(sandbox, shell, monkeypatch, keyring):
    """Nobody types it twice; the advice is the command without the option."""
    type_token(monkeypatch, lambda: TOKEN)

    ended = shell.run("connect", UNKNOWN, "--save-token")

    assert ended.code == 5
    assert f"then: tracker connect {UNKNOWN}" in " ".join(ended.err.split())
    assert list(keyring.held.values()) == [TOKEN]


def test_a_refused_token_is_not_kept(sandbox, shell, page, monkeypatch, keyring):
    """Only a token that was let in goes into the keyring."""
    type_token(monkeypatch, lambda: "ntn_mistyped")
    sandbox.wrap = lambda inner: FaultyTransport(inner, lambda *_: refused_token())

    ended = shell.run("connect", page, "--save-token")

    assert (ended.code, keyring.held) == (4, {})
    assert "ntn_mistyped" not in ended.out + ended.err


@pytest.mark.parametrize(
    ("trouble", "code", "told"),
    [
        ("no terminal", 2, "needs-terminal"),
        ("no keyring", 4, "no-keyring"),
        ("a keyring that refuses", 4, "no-keyring"),
        ("nothing typed", 2, "no-token"),
        ("Ctrl-C", 130, "interrupted"),
    ],
)
def test_a_token_that_cannot_be_kept_is_told(  # noqa: PLR0917  fixtures
    sandbox, shell, page, monkeypatch, keyring, trouble, code, told
):
    """Each has its exit code and what to do instead; nothing is written."""
    before = snapshot(sandbox)

    def typed():
        if trouble == "Ctrl-C":
            raise KeyboardInterrupt
        return "" if trouble == "nothing typed" else TOKEN

    def refuse(*_):
        raise keyring.errors.KeyringError

    if trouble != "no terminal":
        type_token(monkeypatch, typed)
    if trouble == "no keyring":
        monkeypatch.setitem(sys.modules, "keyring", None)
    keyring.set_password = refuse

    ended = shell.run("connect", page, "--save-token")

    said = {
        "needs-terminal": "typed on a terminal only",
        "no-keyring": "cannot be saved in the keyring",
        "no-token": "no token was typed",
        "interrupted": "the answers are dropped",
    }
    assert ended.code == code
    assert said[told] in ended.err
    assert NEXT.findall(ended.err)
    assert snapshot(sandbox) == before


@pytest.fixture
def browser(monkeypatch):
    """Note what a browser is given; it starts while `starts` is true."""
    opened = []

    def start(url):
        opened.append(url)
        return start.works

    start.works = True
    monkeypatch.setattr("webbrowser.open", start)
    return opened, start


def test_open_shows_pages_in_notion(sandbox, shell, page, browser):
    """The page of the folder, or of a skill; `--print` starts no browser."""
    opened, start = browser
    shell.run("connect", page)
    assert shell.run("open", "knn").code == 2
    shell.run("sync")
    row = sandbox.person.row("knn")

    whole, skill = shell.run("open", "--json"), shell.run("open", "k nearest")
    printed = shell.run("open", "knn", "--print")

    assert whole.json["url"] == f"http://localhost/p/{page.replace('-', '')}"
    assert skill.out == printed.out == f"http://localhost/p/{row['id'].replace('-', '')}\n"
    assert opened == [whole.json["url"], skill.out.strip()]
    start.works = False
    failed = shell.run("open")
    assert (failed.code, failed.out) == (1, f"{whole.json['url']}\n")
    assert "no browser could be started" in failed.err


def test_open_names_the_pages_of_notion_itself(sandbox, shell, page, browser, monkeypatch):
    """Notion's API has another address than its pages."""
    shell.run("connect", page)
    monkeypatch.delenv("NOTION_BASE_URL")

    assert shell.run("open", "--print").out == f"https://www.notion.so/{page.replace('-', '')}\n"


def test_open_needs_the_workspace_to_be_served(sandbox, shell, browser):
    """While `serve` runs its address is known; afterwards, or after it was killed, it is not."""
    own = sandbox.folder / ".tracker"
    with announce(own, "http://127.0.0.1:8765"):
        with announce(own, "http://127.0.0.1:1111"):
            whole = shell.run("open", "--print")
        skill = shell.run("open", "knn", "--print")
    (own / "serve.url").write_text("http://127.0.0.1:8765", encoding="utf-8")
    ended = shell.run("open", "knn")

    assert whole.out == f"http://127.0.0.1:8765/p/{ROOT_PAGE_ID.replace('-', '')}\n"
    assert re.fullmatch(r"http://127\.0\.0\.1:8765/p/[0-9a-f]{32}\n", skill.out)
    assert ended.code == 2
    assert NEXT.findall(ended.err) == [
        "tracker serve    # and in another terminal: tracker open knn"
    ]


@pytest.mark.parametrize("noted", ["https://evil.example", "", "http://127.0.0.1:1@evil.example"])
def test_open_trusts_no_other_address(sandbox, shell, browser, noted):
    """A note that somebody else wrote leads nowhere."""
    with announce(sandbox.folder / ".tracker", noted):
        assert shell.run("open").code == 2
    assert browser[0] == []
