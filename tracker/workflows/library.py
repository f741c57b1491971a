"""Which roadmaps there are, bundled and own, and how to bring another one into the folder.

Talks to ports only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tracker.roadmap.model import Roadmap, Status
from tracker.shelf import IMPORTED, Edition, EditionReader, Shelf
from tracker.workflows.address import refuse_address
from tracker.workflows.upgrade import has_upgrade

ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Listed:
    """One roadmap of the list; `roadmap` is None when its file in the folder is broken.

    `is_here` is None outside a folder; `is_newer` says that a newer edition is bundled.
    """

    name: str
    roadmap: Roadmap | None
    is_bundled: bool
    is_here: bool | None
    is_newer: bool = False

    @property
    def links(self) -> int:
        """Number of links, each time one is listed."""
        skills = self.roadmap.skills if self.roadmap else ()
        return sum(len(skill.resources) for skill in skills)

    @property
    def hours(self) -> float:
        """Estimated hours of all skills."""
        skills = self.roadmap.skills if self.roadmap else ()
        return sum(skill.hours or 0.0 for skill in skills)


@dataclass(frozen=True, slots=True)
class Added:
    """A roadmap that was brought into the folder; `done` counts what it says is done already."""

    name: str
    path: str
    roadmap: Roadmap
    is_bundled: bool

    @property
    def done(self) -> int:
        """Number of skills that the file calls done or under way: somebody else's progress."""
        return sum(each.status in {Status.DONE, Status.DOING} for each in self.roadmap.skills)


def list_bundled(reader: EditionReader) -> tuple[Listed, ...]:
    """List the bundled roadmaps, for when there is no folder."""
    names = reader.load_names()
    return tuple(Listed(name, reader.load_bundled(name).roadmap, True, None) for name in names)  # noqa: FBT003  a field


def list_library(shelf: Shelf) -> tuple[Listed, ...]:
    """List the bundled roadmaps and those of the folder; one that is here is shown as it is here."""
    loaded = shelf.desk.reader.load_roadmaps()
    files = {file.name: file for file in loaded.files}
    bundled = shelf.reader.load_names()
    listed = []
    for name in sorted({*bundled, *files, *loaded.broken}):
        file = files.get(name)
        is_bundled, is_here = name in bundled, file is not None or name in loaded.broken
        roadmap = file.roadmap if file else None
        if not is_here:
            roadmap = shelf.reader.load_bundled(name).roadmap
        is_newer = is_bundled and file is not None and has_upgrade(shelf, file)
        listed.append(Listed(name, roadmap, is_bundled, is_here, is_newer))
    return tuple(listed)


def run_add(shelf: Shelf, what: str, find: Callable[[Path], Path] = Path) -> Added:
    """Bring in a bundled roadmap by its name, or a roadmap file by its path, which `find` completes.

    Raises UsageError for what is unknown or here already, RoadmapError for a broken file.
    """
    edition = _load(shelf, what, find)
    bundled = shelf.reader.load_names()
    is_bundled = edition.name in bundled and (
        shelf.reader.load_bundled(edition.name).content == edition.content
    )
    with shelf.desk.lock():
        path = shelf.writer.save_copy(edition)
        if is_bundled:
            shelf.writer.save_base(edition.name, edition.content)
    return Added(edition.name, path, edition.roadmap, is_bundled)


def _load(shelf: Shelf, what: str, find: Callable[[Path], Path]) -> Edition:
    refuse_address(what)
    is_path = what.lower().endswith((*ENDINGS, *IMPORTED)) or "/" in what or "\\" in what
    return shelf.reader.load_sent(find(Path(what))) if is_path else shelf.reader.load_bundled(what)
