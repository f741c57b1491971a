"""A shell in a sandbox's folder: command lines in, exit code, output and nothing else out.

The commands run in this process; what they open lies on the sandbox: its server, its clock.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from sandbox import ENVIRON, Sandbox

from tracker import wiring
from tracker.cli.main import main


@dataclass(frozen=True)
class CommandResult:
    """How one command line ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on stdout."""
        return json.loads(self.out)

    @property
    def codes(self) -> list[str]:
        """The codes of the problems that a JSON answer tells."""
        return [each["code"] for each in self.json["problems"]]


@dataclass(frozen=True)
class Shell:
    """Someone who types commands."""

    sandbox: Sandbox
    capsys: pytest.CaptureFixture[str]

    def run(self, *words: str) -> CommandResult:
        """Run one command line."""
        self.capsys.readouterr()
        code = main(["-C", str(self.sandbox.folder), *words])
        # Advice repeats -C; these tests read what stands around it.
        named = f" -C {self.sandbox.folder}"
        return CommandResult(code, *(each.replace(named, "") for each in self.capsys.readouterr()))


def open_shell(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    """Put the commands of this process on a sandbox."""
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("COLUMNS", raising=False)
    opened = wiring.open_services.__wrapped__
    for function in (opened, wiring.open_local, wiring.init_folder, wiring.fetch_page):
        monkeypatch.setitem(function.__kwdefaults__, "overrides", sandbox.overrides)
    return Shell(sandbox, capsys)
