"""What the workflows need that add and upgrade roadmaps, as protocols; the others are in `ports` and `local_ports`.

No implementation lives here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tracker.errors import Problem
from tracker.local_ports import LocalServices

if TYPE_CHECKING:
    from tracker.roadmap.edits import Edit
    from tracker.roadmap.model import Roadmap

IMPORTED = (".md", ".markdown", ".mdown", ".csv", ".tsv", ".json")
"""Endings of files that `import` makes a roadmap of."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A roadmap as somebody published it: its name, the bytes of its file, and what they say."""

    name: str
    content: bytes
    roadmap: Roadmap


class EditionReader(Protocol):
    """Reads published roadmaps, and the remembered editions that copies came from."""

    def load_names(self) -> tuple[str, ...]:
        """Load the names of the bundled roadmaps."""

    def load_bundled(self, name: str) -> Edition:
        """Load a bundled roadmap; raises UsageError when there is none of this name."""

    def load_sent(self, path: Path) -> Edition:
        """Load a roadmap file from anywhere.

        Raises UsageError for anything but an ordinary, well-named file, RoadmapError for a broken one.
        """

    def load_base(self, name: str) -> Roadmap | None:
        """Load the edition that a copy came from, with what it kept of older ones; None if unknown."""

    def load_published(self, name: str, edition: str) -> Roadmap | None:
        """Load an older edition of a bundled roadmap as it was published; None if it is not kept."""


class EditionWriter(Protocol):
    """Copies roadmaps into the learner's folder, and remembers their editions."""

    def save_copy(self, edition: Edition) -> str:
        """Copy a roadmap into the folder and return its path there.

        Raises UsageError when one of this name is there already, RoadmapError when the disk refuses.
        """

    def save_base(self, name: str, content: bytes, dropped: Roadmap | None = None) -> None:
        """Remember the edition that a copy is based on now, and what the copy keeps of older ones."""

    def save_removed(self, name: str, texts: Mapping[str, str]) -> str:
        """Add the text of removed skills to the file that keeps them, and return its path."""


class Rehearsal(Protocol):
    """Tries edits on a text without writing it."""

    def make_text(self, text: str, edits: Sequence[Edit]) -> str:
        """Return the edited text; raises RoadmapError when that cannot be done safely."""

    def find_removed(self, text: str, edits: Sequence[Edit]) -> Mapping[str, str]:
        """Return the text of the skills that the edits take out, by id; raises as `make_text`."""

    def check_text(self, text: str, path: str) -> tuple[Problem, ...]:
        """Return the errors of a roadmap's text."""


@dataclass(frozen=True, slots=True)
class LibraryServices:
    """What commands need that add and upgrade roadmaps."""

    local: LocalServices
    reader: EditionReader
    writer: EditionWriter
    rehearsal: Rehearsal
