"""A learner's folder, and `tracker` run in it as a function."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from shell import CommandResult

from tracker.cli.main import main

ROADMAP = """\
title: Small path
sections:
  - title: First models
    skills:
      - id: split
        name: Train/test split
        hours: 2
      - id: knn
        name: k nearest neighbours
        requires: [split]
        resources:
          - {title: Docs, url: "https://example.org/knn"}
  - title: Later
    skills:
      - id: trees
        name: Decision trees
"""


@dataclass(frozen=True)
class CommandLine:
    """Someone at a shell in a folder."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    def run(self, *words):
        """Run one command line."""
        self.capsys.readouterr()
        code = main(["-C", str(self.folder), *words])
        # Advice repeats -C; these tests read what stands around it.
        named = f" -C {self.folder}"
        out, err = (each.replace(named, "") for each in self.capsys.readouterr())
        return CommandResult(code, out, err)

    @property
    def roadmap(self):
        """The learner's only roadmap."""
        return self.folder / "roadmaps" / "small.yaml"

    def replace(self, old, new):
        """Edit the roadmap by hand."""
        text = self.roadmap.read_text(encoding="utf-8")
        assert old in text
        self.roadmap.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def nowhere(tmp_path, capsys, monkeypatch):
    """Give a shell in an empty folder."""
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return CommandLine(tmp_path / "empty", capsys)


@pytest.fixture
def learner(tmp_path, capsys, monkeypatch):
    """Give a shell in a folder with one small roadmap and a built-in workspace."""
    monkeypatch.delenv("COLUMNS", raising=False)
    there = CommandLine(tmp_path, capsys)
    there.roadmap.parent.mkdir()
    there.roadmap.write_text(ROADMAP, encoding="utf-8")
    assert there.run("init", "--yes").code == 0
    return there
