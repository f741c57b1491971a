from __future__ import annotations

import pytest
from shell import open_shell


@pytest.fixture
def shell(sandbox, monkeypatch, capsys):
    """Put commands on the sandbox of the module; one that begins otherwise has a fixture of its own."""
    return open_shell(sandbox, monkeypatch, capsys)
