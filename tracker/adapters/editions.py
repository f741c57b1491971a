"""Load bundled roadmaps and roadmap files of others, copy them in, and remember their editions.

Never overwrites a roadmap of the learner. The remembered editions are in `.tracker/editions` and may
be lost: then a copy that names an edition came from it as it was published, and the origin of any
other is unknown, which `upgrade` says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from shlex import quote

from tracker.adapters.files import (
    check_kind,
    check_own,
    make_disk_problem,
    replace_file,
    replace_own_file,
)
from tracker.adapters.folder import find_bundled, list_bundled
from tracker.adapters.roadmap_files.format import format_roadmap
from tracker.adapters.roadmap_files.load import (
    FOLDER,
    SUFFIXES,
    find_roadmap_files,
    is_slug,
    load_bytes,
    load_roadmap_text,
    make_file_name,
)
from tracker.adapters.roadmap_files.splice import splice
from tracker.errors import Problem, RoadmapError, UsageError
from tracker.library_ports import IMPORTED, Edition
from tracker.roadmap.edits import Edit
from tracker.roadmap.model import Roadmap, show
from tracker.roadmap.rules import is_breaking
from tracker.upgrade import add_dropped

EDITIONS = Path(".tracker") / "editions"
PUBLISHED = "editions"
"""The folder of older editions, beside the bundled roadmaps."""

_EDITION = re.compile(r"[0-9]{4}\.[0-9]{2}")


class Editions:
    """The bundled roadmaps, and the editions that a learner's folder remembers, if there is a folder."""

    def __init__(self, bundled: Path, folder: Path | None = None) -> None:
        self._bundled = bundled
        self._folder = folder

    def load_names(self) -> tuple[str, ...]:
        """Load the names of the bundled roadmaps."""
        return list_bundled(self._bundled)

    def load_bundled(self, name: str) -> Edition:
        """Load a bundled roadmap; raises UsageError when there is none of this name."""
        path = find_bundled(self._bundled, name)
        return _load(name, path, f"bundled {path.name}")

    def load_sent(self, path: Path) -> Edition:
        """Load a roadmap file from anywhere; refuse a name that no roadmap in a folder can have."""
        if path.suffix.lower() in IMPORTED:
            is_file = path.is_file() and not path.is_symlink()
            raise UsageError(_make_import_problem(path) if is_file else _make_file_problem(path))
        if not is_slug(path.stem) or path.suffix not in SUFFIXES:
            raise UsageError(_make_name_problem(path))
        if path.is_symlink() or not path.is_file():
            raise UsageError(_make_file_problem(path))
        return _load(path.stem, path, str(path))

    def load_base(self, name: str) -> Roadmap | None:
        """Load the edition that a copy came from; None when it is lost or damaged."""
        base = self._load_remembered(f"{name}.yaml")
        # What the copy kept of older editions counts as part of the edition it came from: else the
        # next upgrade would take it for the learner's own.
        dropped = self._load_remembered(f"{name}.dropped.yaml")
        return add_dropped(base, dropped) if base is not None else None

    def load_published(self, name: str, edition: str) -> Roadmap | None:
        """Load an older edition of a bundled roadmap as it was published; None if it is not kept."""
        # The edition is what a copy says of itself, which may be anything.
        if not (is_slug(name) and _EDITION.fullmatch(edition)):
            return None
        path = self._bundled / PUBLISHED / f"{name}.{edition}.yaml"
        return _load(name, path, path.name).roadmap if path.is_file() else None

    def save_copy(self, edition: Edition) -> str:
        """Copy a roadmap into the folder; raises UsageError when one of this name is there."""
        folder = self._find_folder()
        try:
            (folder / FOLDER).mkdir(exist_ok=True)
            # By listing, not by `exists`: a dangling link or another ending counts as taken, too.
            present = find_roadmap_files(folder)
            taken = [path.name for path in present if path.stem.lower() == edition.name]
            if taken:
                raise UsageError(_make_present_problem(edition.name, taken[0], self.load_names()))
            replace_file(folder / FOLDER / f"{edition.name}.yaml", edition.content, None)
        except OSError as error:
            raise _make_disk_error(f"{FOLDER}/{edition.name}.yaml", error) from None
        return f"{FOLDER}/{edition.name}.yaml"

    def save_base(self, name: str, content: bytes, dropped: Roadmap | None = None) -> None:
        """Remember the edition that a copy is based on now, and what the copy keeps of older ones."""
        folder = self._find_folder() / EDITIONS
        left = folder / f"{name}.dropped.yaml"
        try:
            check_own(folder)
            folder.mkdir(parents=True, exist_ok=True)
            if dropped is None:
                left.unlink(missing_ok=True)
            else:
                replace_own_file(left, format_roadmap(dropped).encode())
            replace_own_file(folder / f"{name}.yaml", content)
        except OSError as error:
            raise _make_disk_error(f"{EDITIONS.as_posix()}/{name}", error) from None

    def save_removed(self, name: str, texts: Mapping[str, str]) -> str:
        """Add the text of removed skills to the file that keeps them, and return its path."""
        shown = (EDITIONS / f"{name}.removed.txt").as_posix()
        path = self._find_folder() / shown
        try:
            check_own(path)
            check_kind(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8", newline="") as stream:
                stream.writelines(
                    f"# {skill_id}\n{text.rstrip()}\n" for skill_id, text in texts.items()
                )
        except OSError as error:
            raise _make_disk_error(shown, error) from None
        return shown

    def remember_fresh(self, names: Sequence[str]) -> None:
        """Remember the editions of copies that are byte for byte the bundled ones."""
        for name in names:
            content = load_bytes(find_bundled(self._bundled, name))
            if load_bytes(self._find_folder() / FOLDER / f"{name}.yaml") == content:
                self.save_base(name, content)

    def _load_remembered(self, file: str) -> Roadmap | None:
        if self._folder is None:
            return None
        try:
            content = load_bytes(self._folder / EDITIONS / file)
        except OSError:
            return None
        return load_roadmap_text(content, path=file).roadmap

    def _find_folder(self) -> Path:
        if self._folder is None:
            raise RuntimeError("there is no folder to write to")
        return self._folder


class SpliceRehearsal:
    """Tries edits on a text, with the same editor that changes files."""

    def make_text(self, text: str, edits: Sequence[Edit]) -> str:
        """Return the edited text; raises RoadmapError when that cannot be done safely."""
        return splice(text, edits).text

    def find_removed(self, text: str, edits: Sequence[Edit]) -> Mapping[str, str]:
        """Return the text of the skills that the edits take out, by id; raises as `make_text`."""
        return splice(text, edits).removed

    def check_text(self, text: str, path: str) -> tuple[Problem, ...]:
        """Return the errors of a roadmap's text."""
        problems = load_roadmap_text(text.encode(), path=path).problems
        return tuple(filter(is_breaking, problems))


def _load(name: str, path: Path, shown: str) -> Edition:
    try:
        content = load_bytes(path)
    except OSError as error:
        raise _make_disk_error(shown, error) from None
    loaded = load_roadmap_text(content, path=shown)
    if loaded.roadmap is None:
        raise RoadmapError(*loaded.problems)
    return Edition(name, content, loaded.roadmap)


def _make_name_problem(path: Path) -> Problem:
    return Problem(
        code="bad-file-name",
        what=f"`{show(path.name)}` is not a valid roadmap name",
        why="it needs lower-case letters, digits and single hyphens, and ends in .yaml",
        kept="nothing was written",
        next=f"rename the file, for example to {make_file_name(path)}",
    )


def _make_import_problem(path: Path) -> Problem:
    return Problem(
        code="bad-file-name",
        what=f"`{show(path.name)}` is no roadmap file",
        why="add takes roadmaps in YAML; import makes one of a checklist, a table or a graph",
        kept="nothing was written",
        next=f"tracker import {quote(str(path))}",
    )


def _make_file_problem(path: Path) -> Problem:
    is_there = path.is_symlink() or path.exists()
    return Problem(
        code="not-a-file",
        what=f"`{show(str(path))}` is no ordinary file",
        why="a link, a folder or a device is not copied" if is_there else "there is no such file",
        kept="nothing was written",
        next="name the file itself",
    )


def _make_present_problem(name: str, file: str, bundled: Sequence[str]) -> Problem:
    is_bundled = name in bundled
    return Problem(
        code="roadmap-present",
        what=f'a roadmap "{name}" is in this folder already',
        why=f"{FOLDER}/{show(file)} is yours and is never overwritten",
        kept="nothing was written",
        next=f"tracker upgrade {name}" if is_bundled else "give the new file another name",
    )


def _make_disk_error(shown: str, error: OSError) -> RoadmapError:
    problem = Problem(
        code="disk",
        what=f"{show(shown)} cannot be read or written",
        kept="no roadmap was overwritten",
        next="free disk space or correct the permissions, then run the command again",
    )
    return RoadmapError(make_disk_problem(error, problem))
