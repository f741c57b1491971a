"""What every command prints, sends and writes on one recorded world; see `tests/golden.py`."""

from __future__ import annotations

import pytest
from golden import load_goldens, record

GOLDENS = load_goldens()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Work through the whole script once."""
    return record(tmp_path_factory.mktemp("golden"))


@pytest.mark.parametrize("name", GOLDENS)
def test_a_step_tells_sends_and_writes_what_it_did(name, recorded):
    """Every byte of output, every request and every file is what was recorded."""
    assert recorded[name] == GOLDENS[name]


def test_every_step_is_recorded(recorded):
    """The script has no step that is not compared."""
    assert list(recorded) == list(GOLDENS)


def test_every_command_takes_part():
    """All commands but those that wait for a person are in the script."""
    commands = {text.split()[2] for text in GOLDENS.values()}

    assert commands >= {
        *("init", "check", "plan", "apply", "sync", "conflicts", "resolve", "log", "undo", "redo"),
        *(
            "report",
            "next",
            "show",
            "mark",
            "roadmaps",
            "add",
            "upgrade",
            "new",
            "import",
            "export",
        ),
        *("schema", "forget", "doctor"),
    }
