"""Save roadmap files: the bytes around the pure splice, and the checks that keep others' edits safe.

Never dumps YAML and never overwrites a file that is not the one that was read.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tracker.adapters.files import (
    FileChangedError,
    digest_of,
    make_disk_problem,
    read_file,
    replace_file,
)
from tracker.adapters.roadmap_files.document import share_text
from tracker.adapters.roadmap_files.load import FOLDER, find_roadmap_files
from tracker.adapters.roadmap_files.parse import MAX_BYTES
from tracker.errors import Location, Problem, RoadmapError, UnsafeEditError
from tracker.local_ports import Keep

if TYPE_CHECKING:
    # Most commands make one of these, and few of them edit.
    from tracker.roadmap.edits import Edit


class RoadmapSaver:
    """Writes the roadmaps of one learner's folder; the caller holds the folder's lock."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def save_edits(
        self, name: str, digest: str, edits: Sequence[Edit], *, keep: Keep | None = None
    ) -> str:
        """Apply all edits to one file, verified and atomically; without edits nothing is written.

        Returns the new digest; `keep` is given the text of the removed skills before it leaves the
        file.
        Raises RoadmapError and writes nothing when the file no longer has this digest, when an
        edit cannot be made safely, or when the disk refuses.
        """
        path = self._find(name)
        shown = f"{FOLDER}/{path.name}"
        try:
            before, after, removed = _splice_file(path, digest, edits, shown)
            if after != before:
                ready = partial(keep, removed) if keep is not None and removed else None
                replace_file(path, after, digest, ready=ready)
        # Another program saved the file between our reading and our writing.
        except FileChangedError:
            raise RoadmapError(_make_changed_problem(shown)) from None
        except OSError as error:
            raise RoadmapError(_make_disk_problem(shown, error)) from error
        return digest_of(after)

    def check_edits(self, name: str, digest: str, edits: Sequence[Edit]) -> Problem | None:
        """Return what makes these edits unsafe, or None; writes nothing."""
        path = self._find(name)
        shown = f"{FOLDER}/{path.name}"
        try:
            _splice_file(path, digest, edits, shown)
        except FileChangedError:
            raise RoadmapError(_make_changed_problem(shown)) from None
        except UnsafeEditError as error:
            return error.problems[0]
        return None

    def _find(self, name: str) -> Path:
        try:
            found = [path for path in find_roadmap_files(self._root) if path.stem == name]
        except OSError as error:
            raise RoadmapError(_make_disk_problem(FOLDER, error)) from error
        if len(found) != 1:
            raise RoadmapError(
                Problem(
                    code="file-not-found",
                    what=f"the roadmap '{name}' cannot be written",
                    location=Location(FOLDER),
                    why="there are several files of this name"
                    if found
                    else "there is no such file",
                    kept="nothing was written",
                    next="tracker check",
                )
            )
        return found[0]


def _splice_file(
    path: Path, digest: str, edits: Sequence[Edit], shown: str
) -> tuple[bytes, bytes, dict[str, str]]:
    """Return a file's bytes before and after the edits, and the texts of the removed skills."""
    # Late: most commands only read, and the splice takes longer to import than their file to load.
    from tracker.adapters.roadmap_files.splice import splice  # noqa: PLC0415

    content = read_file(path, MAX_BYTES)
    if digest_of(content) != digest:
        raise FileChangedError(str(path))
    bom = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    try:
        spliced = splice(share_text(content[len(bom) :].decode("utf-8")), edits)
    except UnicodeDecodeError as error:
        raise RoadmapError(
            Problem(
                code="not-utf-8",
                what=f"{shown} cannot be changed",
                location=Location(shown),
                why=f"it is not UTF-8: byte {error.start}",
                kept="nothing was written to it",
                next="save the file as UTF-8, then: tracker check",
            )
        ) from error
    except UnsafeEditError as error:
        # The splice knows no path: its problems have a line at most.
        places = [problem.location or Location(shown) for problem in error.problems]
        raise UnsafeEditError(
            *(
                replace(problem, location=replace(place, path=shown))
                for problem, place in zip(error.problems, places, strict=True)
            )
        ) from error
    return content, bom + spliced.text.encode("utf-8"), dict(spliced.removed)


def _make_changed_problem(shown: str) -> Problem:
    return Problem(
        code="file-changed",
        what=f"{shown} changed since it was read",
        location=Location(shown),
        why="another program saved the file while this one was at work",
        kept="nothing was written to it",
        next="tracker sync",
    )


def _make_disk_problem(shown: str, error: OSError) -> Problem:
    problem = Problem(
        code="file-not-written",
        what=f"{shown} cannot be written",
        location=Location(shown),
        kept="the file is as it was",
        next="free disk space or correct the permissions, then: tracker sync",
    )
    return make_disk_problem(error, problem)
