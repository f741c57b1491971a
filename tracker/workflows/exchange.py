"""What authors do: import a roadmap from another format, export roadmaps, begin a new one.

Talks to ports only, and never to Notion: a new file is synced by the next sync. Its ports are here
because nobody else needs them. A web address where a file is wanted is refused with the command that
downloads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from shlex import quote
from typing import Protocol

from tracker.errors import Problem, RoadmapError, UsageError
from tracker.ports import LocalServices, RoadmapReader
from tracker.roadmap.model import Imported, Roadmap, make_slug
from tracker.workflows.local import select_files

_NO_WORDS = re.compile(r"skill-[0-9a-f]{8}")

Format = Callable[[Mapping[str, Roadmap]], str]
"""Formats roadmaps, by their names, as one text."""


class ForeignReader(Protocol):
    """Reads roadmaps in foreign formats."""

    def load_foreign(self, path: Path, form: str | None) -> Imported:
        """Load a roadmap in a format, or in that of the file's ending.

        Raises UsageError or RoadmapError when the file cannot be read.
        """


class NewFileWriter(Protocol):
    """Creates files; raises UsageError for one that exists, and never replaces it."""

    def save_roadmap(self, name: str, roadmap: Roadmap) -> str:
        """Write a new roadmap file and return its path in the folder."""

    def save_skeleton(self, name: str, title: str) -> tuple[str, ...]:
        """Write a first roadmap and what belongs to it; return the paths in the folder."""

    def save_text(self, path: Path, text: str) -> None:
        """Write a text to a new file."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """A roadmap that was imported: its file, and what of the foreign one was not understood."""

    name: str
    path: str
    roadmap: Roadmap
    not_understood: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportResult:
    """Roadmaps that were exported; `path` is the file that was written, if any was."""

    roadmaps: tuple[str, ...]
    form: str
    text: str
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class NewResult:
    """A new roadmap, and the files that were created for it."""

    name: str
    title: str
    files: tuple[str, ...]


def run_import(
    local: LocalServices,
    foreign: ForeignReader,
    files: NewFileWriter,
    *,
    path: Path,
    wanted: tuple[str | None, str | None] = (None, None),
) -> ImportResult:
    """Import a roadmap as a new file; `wanted` are its name and the format, where they are given.

    Raises RoadmapError when nothing in the file is a skill, UsageError for a web address; nothing
    is written then.
    """
    refuse_address(path.as_posix())
    name, form = wanted
    imported = foreign.load_foreign(path, form)
    if not imported.roadmap.skills:
        empty = Problem(
            code="nothing-to-import",
            what=f"no skill was found in {path.name}",
            why="a checklist has entries below headings, a table a column Skill, a graph topics",
            kept="nothing was written",
            next="tracker import FILE --format markdown    # or csv, roadmap-sh",
        )
        raise RoadmapError(empty, *imported.not_understood)
    name = name or make_name(imported.roadmap.title, path)
    with local.lock():
        saved = files.save_roadmap(name, imported.roadmap)
    return ImportResult(name, saved, imported.roadmap, imported.not_understood)


def run_export(
    reader: RoadmapReader, names: Sequence[str], form: str, format_all: Format
) -> ExportResult:
    """Format the named roadmaps, or all, as one text; raise RoadmapError when one is broken."""
    chosen = select_files(reader.load_roadmaps(), names)
    text = format_all({file.name: file.roadmap for file in chosen})
    return ExportResult(tuple(file.name for file in chosen), form, text)


def run_new(local: LocalServices, files: NewFileWriter, name: str, title: str | None) -> NewResult:
    """Create a roadmap to fill in; without a title it is made of the name."""
    chosen = title if title and title.strip() else name.replace("-", " ").capitalize()
    with local.lock():
        made = files.save_skeleton(name, chosen)
    return NewResult(name, chosen, made)


def make_name(title: str, path: Path) -> str:
    """Make a roadmap's name from its title, or from its file when no word of the title can be used."""
    # A title without Latin letters or digits has a slug of a hash, which no one would recognise.
    slug = make_slug(title, ())
    return make_slug(f"roadmap {path.stem}", ()) if _NO_WORDS.fullmatch(slug) else slug


_ADDRESS = re.compile(r"(https?):/+(.+)", re.IGNORECASE)
"""An address; as a path it has kept only one of its two slashes."""

_GITHUB_PAGE = re.compile(r"(https?://github\.com/[^/]+/[^/]+)/blob/", re.IGNORECASE)
_ROADMAPS = frozenset({".yaml", ".yml"})


def refuse_address(text: str) -> None:
    """Raise UsageError for a web address, with the commands that download and import it."""
    address = _ADDRESS.fullmatch(text)
    if address is None:
        return
    # A page of GitHub is HTML; the file itself has another address.
    url = _GITHUB_PAGE.sub(r"\1/raw/", f"{address[1]}://{address[2]}")
    target = PurePosixPath(re.split(r"[?#]", address[2])[0])
    name = target.name if len(target.parts) > 1 else "roadmap"
    name = name if PurePosixPath(name).suffix else f"{name}.md"
    command = "add" if PurePosixPath(name).suffix.lower() in _ROADMAPS else "import"
    raise UsageError(
        Problem(
            code="address-not-file",
            what=f"{url} is a web address, not a file",
            why="only files on this machine are taken in",
            kept="nothing was written",
            next=f"curl -fL -o {quote(name)} {quote(url)} && tracker {command} {quote(name)}",
        )
    )
