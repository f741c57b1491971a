"""Roadmap files out: bytes around the pure splice, and the checks that keep a foreign edit safe.

Never dumps YAML and never overwrites a file that is not the one that was read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from tracker.adapters.files import FileChangedError, digest_of, read_file, replace_file
from tracker.adapters.roadmap_files.load import FOLDER, find_roadmap_files
from tracker.adapters.roadmap_files.parse import MAX_BYTES
from tracker.adapters.roadmap_files.splice import SpliceError, splice
from tracker.errors import Location, Problem, RoadmapError
from tracker.ports import Keep
from tracker.roadmap.edits import Edit

_BOM = b"\xef\xbb\xbf"


class RoadmapSaver:
    """Writes the roadmaps of one learner's folder; one writer at a time, which the lock sees to."""

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
            before = _load_unchanged(path, digest)
            after, removed = splice_bytes(before, edits, shown)
            if after != before:
                ready = partial(keep, removed) if keep is not None and removed else None
                replace_file(path, after, digest, ready=ready)
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
            splice_bytes(_load_unchanged(path, digest), edits, shown)
        except FileChangedError:
            raise RoadmapError(_make_changed_problem(shown)) from None
        except SpliceError as error:
            return error.problems[0]
        return None

    def _find(self, name: str) -> Path:
        try:
            found = [path for path in find_roadmap_files(self._root) if path.stem == name]
        except OSError as error:
            raise RoadmapError(_make_disk_problem(FOLDER, error)) from error
        if len(found) != 1:
            raise RoadmapError(_make_missing_problem(name, len(found)))
        return found[0]


def _load_unchanged(path: Path, digest: str) -> bytes:
    content = read_file(path, MAX_BYTES)
    if digest_of(content) != digest:
        raise FileChangedError(str(path))
    return content


def splice_bytes(content: bytes, edits: Sequence[Edit], shown: str) -> tuple[bytes, dict[str, str]]:
    """Splice the bytes of a file; byte order mark and line ends stay as they are."""
    bom = _BOM if content.startswith(_BOM) else b""
    try:
        text = content[len(bom) :].decode("utf-8")
        spliced = splice(text, edits)
    except UnicodeDecodeError as error:
        raise RoadmapError(_make_encoding_problem(shown, error)) from error
    except SpliceError as error:
        raise SpliceError(*(_locate(problem, shown) for problem in error.problems)) from error
    return bom + spliced.text.encode("utf-8"), dict(spliced.removed)


def _locate(problem: Problem, shown: str) -> Problem:
    place = problem.location or Location(shown)
    return replace(problem, location=replace(place, path=shown))


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
    return Problem(
        code="file-not-written",
        what=f"{shown} cannot be written",
        location=Location(shown),
        why=error.strerror or str(error),
        kept="the file is as it was",
        next="free disk space or correct the permissions, then: tracker sync",
    )


def _make_missing_problem(name: str, count: int) -> Problem:
    why = "there is no such file" if not count else "there are several files of this name"
    return Problem(
        code="file-not-found",
        what=f"the roadmap '{name}' cannot be written",
        location=Location(FOLDER),
        why=why,
        kept="nothing was written",
        next="tracker check",
    )


def _make_encoding_problem(shown: str, error: UnicodeDecodeError) -> Problem:
    return Problem(
        code="not-utf-8",
        what=f"{shown} cannot be changed",
        location=Location(shown),
        why=f"it is not UTF-8: byte {error.start}",
        kept="nothing was written to it",
        next="save the file as UTF-8, then: tracker check",
    )
