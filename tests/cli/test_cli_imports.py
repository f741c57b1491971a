"""What commands load: the libraries and modules that they use, because a person waits for them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

LIBRARIES = frozenset({"httpx", "httpcore", "notion_client", "flask", "werkzeug", "jinja2", "rich"})
SYNC = frozenset(
    {
        *("tracker.adapters.notion", "tracker.adapters.builtin", "tracker.adapters.state_db"),
        *("tracker.sync.model", "tracker.sync.planner", "tracker.sync.merge", "tracker.ports"),
        *("tracker.workflows.sync", "tracker.workflows.apply_rows", "tracker.workflows.results"),
    }
)
SPLICE = frozenset({"tracker.adapters.roadmap_files.splice", "tracker.roadmap.edits"})
UPGRADE = frozenset({"tracker.upgrade", "tracker.library_ports", "tracker.adapters.editions"})
STATE = frozenset({"sqlite3", "tracker.sync"})
REPORT = frozenset({"tracker.progress.report", "tracker.progress.forecast"})

READING = LIBRARIES | SYNC | SPLICE | UPGRADE
UNUSED = {
    ("next",): READING | STATE | REPORT,
    ("list",): READING | STATE | REPORT,
    ("show", "knn"): READING | STATE | REPORT,
    ("check",): READING | STATE | REPORT,
    ("report",): READING | STATE,
    (): READING,
    # What sets a status already set writes nothing, and what writes splices.
    ("mark", "knn", "todo"): (READING | REPORT) - {"tracker.roadmap.edits"},
    ("done", "knn"): LIBRARIES | SYNC | UPGRADE | REPORT,
    ("start", "knn"): LIBRARIES | SYNC | UPGRADE | REPORT,
    # httpx has a command line of its own, adopting the words of many languages.
    ("sync", "--yes"): {"rich", "pygments", "tracker.adapters.exchange", "tracker.upgrade"},
}
"""What a command does without, when its output goes into a pipe."""


def modules_after(folder, *words, **environ):
    """Run a command line in a fresh interpreter and return the modules it imported."""
    program = (
        "import sys, json\n"
        "from tracker.cli.main import main\n"
        f"code = main({list(words)!r})\n"
        "print(json.dumps([code, sorted(sys.modules)]))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=True,
    )
    code, names = json.loads(ended.stdout.splitlines()[-1])
    assert code == 0
    return set(names)


@pytest.mark.parametrize("words", [("--version",), ("--help",)])
def test_version_and_help_import_nothing_heavy(tmp_path, words):
    """The version and the help are printed without any of the heavy libraries."""
    assert not modules_after(tmp_path, *words) & (READING | {"pydantic", "pydantic_core", "yaml"})


@pytest.mark.parametrize(("words", "unused"), UNUSED.items(), ids=lambda it: " ".join(it)[:20])
def test_a_command_imports_what_it_uses(learner, words, unused):
    """What stays on this machine needs no network, no server, no plan, and no rich in a pipe."""
    assert not modules_after(learner.folder, *words) & unused


def test_a_folder_that_was_synced_shows_its_dashboard_without_the_values_of_plans(learner):
    """What is not synced is told by the base alone, also where there is one."""
    assert learner.run("sync", "--yes").code == 0

    assert not modules_after(learner.folder) & UNUSED[()]
    assert not modules_after(learner.folder, "done", "knn") & UNUSED["done", "knn"]


def test_a_command_is_completed_without_importing_any(learner):
    """The shell gets the names of all commands from the table alone: somebody has pressed a key."""
    shell = {"_TRACKER_COMPLETE": "complete_bash", "COMP_WORDS": "tracker ", "COMP_CWORD": "1"}

    names = modules_after(learner.folder, **shell)

    assert not {name for name in names if name.startswith("tracker.cli.commands")}
    assert not names & READING
