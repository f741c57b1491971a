"""What a command cannot work with is told in four parts, with its exit code, and left as it is."""

from __future__ import annotations

import json
import os

import pytest

from tracker.errors import NOTHING_WRITTEN, SETTLED, Problem, RemoteError

pytestmark = pytest.mark.slow


def told(learner, *words):
    """Run a command and return its exit code and its one problem, with all four parts."""
    ended = learner.run(*words, "--json")
    (problem,) = ended.json["problems"]
    assert all(problem[part] for part in ("what", "why", "kept", "next"))
    assert not list(learner.folder.rglob("crash-*"))
    return ended.code, problem["code"]


def settings(learner, text):
    """Write the settings by hand."""
    (learner.folder / "tracker.yaml").write_text(text, encoding="utf-8")


def test_outside_of_a_folder(nowhere):
    """Without settings anywhere above, the command to make them is named."""
    nowhere.folder.mkdir()

    assert told(nowhere, "sync") == (4, "no-folder")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("prefer: both\n", "bad-setting", id="a value nobody knows"),
        pytest.param("notion: {workers: 0}\n", "bad-setting", id="a number out of range"),
        pytest.param("prefer: [\n", "bad-settings", id="no YAML"),
        pytest.param("- a\n- b\n", "bad-setting", id="a list"),
        pytest.param("prefer: \x00\n", "bad-settings", id="a control character"),
    ],
)
def test_broken_settings(learner, text, code):
    """Settings that cannot be understood stop every command that needs them."""
    settings(learner, text)

    assert told(learner, "sync") == (4, code)
    assert told(learner, "plan") == (4, code)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prefer: both\n", "prefer must be 'ask', 'local', 'notion' or 'workspace'"),
        ("notion: {workers: 0}\n", "notion.workers must be greater than or equal to 1"),
        ("notion: {workers: many}\n", "notion.workers must be a whole number"),
        ("colour: red\n", "colour is no setting"),
        ("- a\n", "tracker.yaml must be a map, such as `name: value`"),
    ],
)
def test_a_bad_setting_is_told_in_words_of_ours(learner, text, said):
    """What is wrong with a setting is said without the words of the library that found it."""
    settings(learner, text)

    ended = learner.run("sync", "--json")

    assert [each["what"] for each in ended.json["problems"]] == [said]


def test_before_the_first_write_nothing_is_said_to_be_settled(learner, monkeypatch):
    """When already the first request fails, what was kept is that nothing was written."""
    problem = Problem("unreachable", "nobody answers", kept=SETTLED)

    def fail(*_args, **_options):
        raise RemoteError(problem)

    monkeypatch.setattr("tracker.cli.commands.syncing.run_sync", fail)
    monkeypatch.setattr("tracker.cli.commands.syncing.observe_changes", fail)

    assert learner.run("sync", "--json").json["problems"][0]["kept"] == NOTHING_WRITTEN
    assert "kept" not in learner.run("plan").err


PAGE = "7d0c1f52-6a3e-4c8b-9f21-0b5e8a4d6c10"


def test_no_token(learner, monkeypatch):
    """A Notion page without a token: nothing is asked."""
    settings(learner, f"notion: {{parent: {PAGE}}}\n")
    monkeypatch.setattr("tracker.adapters.settings_file._load_from_keyring", lambda: "")

    assert told(learner, "sync") == (4, "no-token")


@pytest.mark.parametrize(
    ("parent", "environ", "code"),
    [
        pytest.param(PAGE, {"NOTION_TOKEN": "two words"}, "token", id="no token"),
        pytest.param(PAGE, {"NOTION_BASE_URL": "ftp://a"}, "base-url", id="no web address"),
        pytest.param(PAGE, {"NOTION_BASE_URL": "http://[::1"}, "base-url", id="half an address"),
        pytest.param(PAGE, {"NOTION_BASE_URL": "http://a.b"}, "base-url-in-clear", id="plain http"),
        pytest.param(PAGE, {"ALL_PROXY": "socks4://a"}, "proxy", id="no proxy"),
        pytest.param(PAGE, {"HTTPS_PROXY": "::::"}, "proxy", id="no address of a proxy"),
        pytest.param("somewhere", {}, "parent-page", id="no page"),
    ],
)
def test_a_connection_that_cannot_be(learner, monkeypatch, parent, environ, code):
    """Settings that name no place in Notion are told before anything is sent."""
    settings(learner, f"notion: {{parent: {parent}}}\n")
    monkeypatch.setenv("NOTION_TOKEN", "ntn_0123456789")
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    ended = learner.run("sync", "--json")

    assert (ended.code, ended.json["problems"][0]["code"]) == (4, code)


def test_a_folder_set_up_for_another_page(learner):
    """A folder keeps its Notion side; a page that is none is named."""
    assert told(learner, "init", "--yes", "--notion", PAGE) == (4, "other-page")
    assert told(learner, "init", "--yes", "--notion", "not a page") == (2, "bad-page")
    assert told(learner, "init", "--yes", "--roadmap", "nobody") == (2, "unknown-roadmap")


def test_a_folder_that_cannot_be_set_up(nowhere):
    """A place that takes no files is told as that."""
    nowhere.folder.parent.mkdir(exist_ok=True)
    nowhere.folder.write_text("a file, not a folder", encoding="utf-8")

    assert told(nowhere, "init", "--yes") == (4, "unwritable")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b"", b".tracker/\n", id="an empty file"),
        pytest.param(b"*.log", b"*.log\n.tracker/\n", id="no line end at the end"),
        pytest.param(b"a\r\nb\r\n", b"a\r\nb\r\n.tracker/\r\n", id="Windows line ends"),
        pytest.param(b"caf\xe9\n", b"caf\xe9\n.tracker/\n", id="another encoding"),
        pytest.param(b"/.tracker\n", b"/.tracker\n", id="ignored already"),
    ],
)
@pytest.mark.guarantee("G11")
def test_what_git_ignores_is_kept(nowhere, before, after):
    """`init` adds one line to .gitignore and keeps every byte that stands there."""
    nowhere.folder.mkdir()
    (nowhere.folder / ".gitignore").write_bytes(before)

    assert nowhere.run("init", "--yes").code == 0
    assert (nowhere.folder / ".gitignore").read_bytes() == after


def test_a_corrupt_state(learner):
    """A state that is none is not touched; deleting it is safe, and the message says so."""
    assert learner.run("sync").code == 0
    path = learner.folder / ".tracker" / "state.db"
    path.write_bytes(b"not a database, however hard one looks" * 100)
    before = learner.roadmap.read_bytes()

    assert told(learner, "sync") == (6, "state-corrupt")
    assert learner.roadmap.read_bytes() == before
    path.unlink()
    assert learner.run("sync", "--json").json["writes"] == 0


def test_a_corrupt_workspace(learner):
    """A built-in workspace that is none is told, not called a bug."""
    path = learner.folder / ".tracker" / "workspace.db"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"not a database" * 100)

    assert told(learner, "sync") == (6, "workspace-unusable")
    assert path.read_bytes() == b"not a database" * 100


def test_a_state_folder_that_is_a_file(learner):
    """Where `.tracker` cannot be a folder, nothing is written."""
    (learner.folder / ".tracker").write_text("in the way", encoding="utf-8")

    assert told(learner, "sync") == (6, "workspace-unusable")
    assert told(learner, "mark", "knn", "done") == (6, "state-unusable")


@pytest.mark.parametrize(
    "saved",
    [
        pytest.param({"schema": 1}, id="parts are missing"),
        pytest.param({"schema": 1, "names": [], "plans": [{}], "policy": {}}, id="an empty plan"),
        pytest.param({"schema": "1"}, id="another version"),
    ],
)
def test_a_plan_that_cannot_be_read(learner, saved):
    """A file that is no plan of this version is refused."""
    path = learner.folder / "saved.plan"
    path.write_text(json.dumps(saved), encoding="utf-8")
    ended = learner.run("apply", str(path), "--json")

    assert (ended.code, ended.json["problems"][0]["code"]) == (7, "plan-unreadable")


def test_a_read_only_roadmap(learner):
    """A roadmap that must not be written is left alone, and named."""
    learner.roadmap.chmod(0o444)
    if os.access(learner.roadmap, os.W_OK):
        pytest.skip("whoever runs this may write to everything")
    before = learner.roadmap.read_bytes()

    assert told(learner, "mark", "knn", "done") == (3, "file-not-written")
    assert learner.roadmap.read_bytes() == before
