"""What roadmaps and their editions need from the outside world, as protocols beside `ports`.

No implementation lives here. Readers and writers are different types.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tracker.errors import Problem
from tracker.ports import Desk
from tracker.roadmap.edits import Edit
from tracker.roadmap.model import Roadmap

IMPORTED = (".md", ".markdown", ".mdown", ".csv", ".tsv", ".json")
"""Endings of files that are no roadmaps, and of which `import` makes one."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A roadmap as somebody published it: a name, the bytes of a file, and what they say."""

    name: str
    content: bytes
    roadmap: Roadmap


class EditionReader(Protocol):
    """Reads roadmaps that are no learner's, and what is known of where a copy came from."""

    def load_names(self) -> tuple[str, ...]:
        """Load the names of the bundled roadmaps."""

    def load_bundled(self, name: str) -> Edition:
        """Load a bundled roadmap; raises UsageError when there is none of this name."""

    def load_sent(self, path: Path) -> Edition:
        """Load a roadmap file from anywhere.

        Raises UsageError for what is no ordinary, well-named file, RoadmapError for a broken one.
        """

    def load_base(self, name: str) -> Roadmap | None:
        """Load the edition that a copy came from, with what it kept of older ones; None if unknown."""


class EditionWriter(Protocol):
    """Brings roadmaps into the learner's folder."""

    def save_copy(self, edition: Edition) -> str:
        """Copy a roadmap into the folder and return its path there.

        Raises UsageError when one of this name is there already, RoadmapError when the disk refuses.
        """

    def save_base(self, name: str, content: bytes, dropped: Roadmap | None = None) -> None:
        """Remember the edition that a copy now stands on, and what the copy keeps of older ones."""

    def save_removed(self, name: str, texts: Mapping[str, str]) -> str:
        """Keep the text of removed skills beside the older ones, and return the path."""


class Rehearsal(Protocol):
    """Tries edits on a text without writing it."""

    def make_text(self, text: str, edits: Sequence[Edit]) -> str:
        """Return the edited text; raises RoadmapError when that cannot be done safely."""

    def find_removed(self, text: str, edits: Sequence[Edit]) -> Mapping[str, str]:
        """Return the text of the skills that the edits take out, by id; raises as `make_text`."""

    def check_text(self, text: str, path: str) -> tuple[Problem, ...]:
        """Return the errors of a roadmap's text."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What commands need that bring roadmaps and new editions of them into a folder."""

    desk: Desk
    reader: EditionReader
    writer: EditionWriter
    rehearsal: Rehearsal
