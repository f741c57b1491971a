"""Where the token comes from."""

import sys
from types import ModuleType

import pytest

from tracker.adapters.settings_file import load_token
from tracker.errors import SettingsError


class KeyringError(Exception):
    """What the keyring's own error stands for."""


@pytest.fixture
def keyring(monkeypatch):
    """Install a keyring that answers from `held`."""
    module, errors = ModuleType("keyring"), ModuleType("keyring.errors")
    module.held = {}
    module.get_password = lambda service, user: module.held.get((service, user))
    errors.KeyringError = KeyringError
    module.errors = errors
    monkeypatch.setitem(sys.modules, "keyring", module)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    return module


def test_the_environment_comes_first(keyring):
    """A token in the environment is taken, without the blanks around it."""
    keyring.held["tracker", "notion"] = "from the keyring"

    assert load_token({"NOTION_TOKEN": " from the environment\n"}) == "from the environment"


@pytest.mark.parametrize("environ", [{}, {"NOTION_TOKEN": ""}, {"NOTION_TOKEN": "  "}])
def test_the_keyring_comes_second(keyring, environ):
    """Without a token in the environment, that of the keyring is taken."""
    keyring.held["tracker", "notion"] = "from the keyring"

    assert load_token(environ) == "from the keyring"


def test_no_token_anywhere_is_a_problem_of_the_settings(keyring):
    """A keyring that holds none is told."""
    with pytest.raises(SettingsError, match="there is no Notion token"):
        load_token({})


def test_a_keyring_that_does_not_open_holds_none(keyring, monkeypatch):
    """A locked or absent keyring is not a crash."""

    def fail(*_):
        raise KeyringError

    monkeypatch.setattr(keyring, "get_password", fail)

    with pytest.raises(SettingsError):
        load_token({})


def test_without_the_extra_there_is_no_keyring(monkeypatch):
    """The keyring is optional: where it is not installed, none is asked."""
    monkeypatch.setitem(sys.modules, "keyring", None)

    with pytest.raises(SettingsError):
        load_token({})
