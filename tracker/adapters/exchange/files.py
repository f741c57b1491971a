"""Read foreign files with the parser for their format, and write files that are new.

No file is ever replaced. A new roadmap is written only after its text was loaded again and found equal.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePath
from shlex import quote
from typing import Protocol

from tracker.adapters.exchange.checklist import parse_markdown
from tracker.adapters.exchange.diagram import parse_roadmap_sh
from tracker.adapters.exchange.draft import MOST_SKILLS
from tracker.adapters.exchange.table import parse_notion_csv
from tracker.adapters.files import TooLargeError, make_disk_problem, read_file, replace_file
from tracker.adapters.roadmap_files.format import format_roadmap, make_skeleton
from tracker.adapters.roadmap_files.load import FOLDER, SUFFIXES, load_roadmap_text
from tracker.adapters.roadmap_files.schema import SCHEMA_NAME, format_json_schema
from tracker.errors import Location, Problem, RoadmapError, Severity, UsageError
from tracker.roadmap.model import SKILL_ID_PATTERN, Imported, Roadmap, make_slug

MOST_BYTES = 5_000_000
"""Of hostile Markdown, reading this much takes about a minute; of other files a few seconds."""

MOST_LINES = 120_000
LONGEST_NAME = 100
_RESERVED = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")
"""Names that Windows keeps for devices, whatever ending they have."""

_KEPT = "nothing was written"


_EXPORT_SUFFIX = re.compile(r"[ _-]+[0-9a-f]{32}(?:_all)?$|_all$")
"""What Notion appends to the names of the files that it exports: the id of the page (measured)."""


class Parse(Protocol):
    """Reads a foreign text; `path` is what problems call it, `title` names a roadmap without one."""

    def __call__(self, text: str, *, path: str = "", title: str = "") -> Imported:
        """Return a valid roadmap and what was not understood."""


PARSERS: Mapping[str, Parse] = {
    "markdown": parse_markdown,
    "csv": parse_notion_csv,
    "roadmap-sh": parse_roadmap_sh,
}
ENDINGS: Mapping[str, str] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".mdown": "markdown",
    ".txt": "markdown",
    ".csv": "csv",
    ".tsv": "csv",
    ".json": "roadmap-sh",
}


def find_parser(path: PurePath, form: str | None) -> Parse:
    """Return the parser for a format, or for the ending of a file; raise UsageError for neither."""
    name = form or ENDINGS.get(path.suffix.lower(), "")
    if name in PARSERS:
        return PARSERS[name]
    first, *others = PARSERS
    raise UsageError(
        Problem(
            code="unknown-format",
            what=f"the format of {path.name or path} is not known",
            why=f"endings that are known: {', '.join(ENDINGS)}",
            kept=_KEPT,
            next=f"tracker import FILE --format {first}    # or {', '.join(others)}",
        )
    )


def make_title(path: PurePath) -> str:
    """Make a title of the name of a file, without what Notion appends to it."""
    stem = "".join(letter if letter.isprintable() else " " for letter in path.stem)
    return _EXPORT_SUFFIX.sub("", stem).strip() or stem.strip()


class ForeignFiles:
    """Reads files in foreign formats, in any folder."""

    def load_foreign(self, path: Path, form: str | None) -> Imported:
        """Load a roadmap in a format; None takes the format of the file's ending.

        Raises UsageError for an unknown format and an unreadable file, RoadmapError for a file that
        is too large or no text.
        """
        if path.is_dir():
            why = (
                "it is a folder; of roadmap.sh, the .json beside the content folder is the roadmap"
            )
            raise UsageError(_make_unreadable_problem(path, why))
        if form is None and path.suffix.lower() in SUFFIXES and path.is_file():
            raise UsageError(
                Problem(
                    code="roadmap-file",
                    what=f"{path} is YAML, as roadmap files are",
                    why="import takes checklists, tables and graphs",
                    kept=_KEPT,
                    next=f"tracker add {quote(str(path))}",
                )
            )
        parse = find_parser(path, form)
        text, left = _cut_lines(_decode(_load_bytes(path), path), path)
        imported = parse(text, path=path.name, title=make_title(path))
        return replace(imported, not_understood=(*imported.not_understood, *left))


class NewFiles:
    """Makes files: roadmaps in the folder of a learner, and exports anywhere."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def check_new(self, name: str) -> None:
        """Raise UsageError for a name that is invalid or taken."""
        _check_name(name)
        if taken := self._find_taken(name):
            raise UsageError(_make_taken_problem(taken, "choose another name"))

    def save_roadmap(self, name: str, roadmap: Roadmap) -> str:
        """Write a roadmap to a new file, and return its path in the folder.

        Raises UsageError for an invalid or taken name, RoadmapError if the text would not read back
        equal, or if the disk refuses.
        """
        text = format_roadmap(roadmap)
        # Foreign texts may hold characters that YAML cannot: check before anything is written.
        loaded = load_roadmap_text(_encode(text), path=name)
        if loaded.roadmap != roadmap:
            unfaithful = Problem(
                code="roadmap-not-writable",
                what=f"the roadmap `{name}` cannot be written as a file that says the same",
                why="a text in it holds characters that no YAML file can hold",
                kept=_KEPT,
            )
            raise RoadmapError(*loaded.problems, unfaithful)
        return self._save(name, text)

    def save_skeleton(self, name: str, title: str) -> tuple[str, ...]:
        """Write a roadmap to begin with, and the schema for editors unless the folder has it."""
        made = [self._save(name, make_skeleton(name, title))]
        if not (self._root / SCHEMA_NAME).exists():
            self.save_text(self._root / SCHEMA_NAME, format_json_schema())
            made.append(SCHEMA_NAME)
        return tuple(made)

    def save_text(self, path: Path, text: str) -> None:
        """Write a text to a new file, in UTF-8."""
        if path.exists() or path.is_symlink():
            raise UsageError(_make_taken_problem(str(path), "give the name of a file to be made"))
        # Without a byte order mark, Excel takes a CSV for the code page of the computer.
        mark = codecs.BOM_UTF8 if path.suffix.lower() == ".csv" else b""
        try:
            replace_file(path, mark + _encode(text), expected_digest=None)
        except OSError as error:
            raise UsageError(_make_disk_problem(str(path), error)) from None

    def _save(self, name: str, text: str) -> str:
        _check_name(name)
        folder = self._root / FOLDER
        shown = f"{FOLDER}/{name}.yaml"
        try:
            folder.mkdir(exist_ok=True)
            taken = self._find_taken(name)
            if not taken:
                replace_file(folder / f"{name}.yaml", _encode(text), expected_digest=None)
        except OSError as error:
            raise RoadmapError(_make_disk_problem(shown, error)) from None
        if taken:
            raise UsageError(_make_taken_problem(taken, "choose another name"))
        return shown

    def _find_taken(self, name: str) -> str:
        """Return the path of the file that has a name, or nothing."""
        folder = self._root / FOLDER
        # Compared without case: `SQL.yml` is the same file as `sql.yaml` to some systems, or to people.
        taken = (
            f"{FOLDER}/{path.name}"
            for path in (folder.iterdir() if folder.is_dir() else ())
            if path.stem.lower() == name and path.suffix.lower() in SUFFIXES
        )
        return next(taken, "")


def _cut_lines(text: str, path: Path) -> tuple[str, tuple[Problem, ...]]:
    """Cut a text after the lines that can hold all skills that a roadmap takes."""
    if path.suffix.lower() == ".json" or text.count("\n") <= MOST_LINES:
        return text, ()
    # A skill takes one line at least, with its details two or three.
    lines = text.splitlines(keepends=True)
    left = Problem(
        code="too-many-lines",
        what=f"{len(lines) - MOST_LINES:,} lines from here on were left out",
        severity=Severity.WARNING,
        location=Location(path.name, MOST_LINES + 1),
        why=f"a roadmap takes {MOST_SKILLS:,} skills at most",
        next="split the file into several roadmaps",
    )
    return "".join(lines[:MOST_LINES]), (left,)


def _load_bytes(path: Path) -> bytes:
    try:
        return read_file(path, MOST_BYTES)
    except TooLargeError:
        raise RoadmapError(
            Problem(
                code="file-too-large",
                what=f"{path.name} has more than {MOST_BYTES:,} bytes",
                location=Location(path.name),
                kept=_KEPT,
                next="split it into several files",
            )
        ) from None
    except OSError as error:
        is_missing = isinstance(error, FileNotFoundError)
        why = "there is no such file" if is_missing else error.strerror or type(error).__name__
        raise UsageError(_make_unreadable_problem(path, why)) from None


def _decode(raw: bytes, path: Path) -> str:
    """Decode UTF-8, or UTF-16 with a byte order mark, as Excel saves "Unicode text"."""
    is_utf16 = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return raw.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = 0 if is_utf16 else raw.count(b"\n", 0, error.start) + 1
        raise RoadmapError(
            Problem(
                code="not-utf8",
                what=f"{path.name} is not UTF-8 text",
                location=Location(path.name, line),
                why=f"the byte 0x{raw[error.start]:02x} has no meaning there",
                kept=_KEPT,
                next="save the file as UTF-8, then import it again",
            )
        ) from None


def _encode(text: str) -> bytes:
    # Half of a surrogate pair, which JSON can hold, has no form in UTF-8.
    return text.encode("utf-8", errors="replace")


def _check_name(name: str) -> None:
    is_slug = re.fullmatch(SKILL_ID_PATTERN, name) and len(name) <= LONGEST_NAME
    if is_slug and not _RESERVED.fullmatch(name):
        return
    better = make_slug(name, ())
    raise UsageError(
        Problem(
            code="bad-file-name",
            what=f"`{name}` is not a valid roadmap name",
            why="it needs lower-case letters, digits and single hyphens; Windows reserves some names",
            kept=_KEPT,
            next=f"take another name, for example {better}"
            if not _RESERVED.fullmatch(better)
            else "take another name",
        )
    )


def _make_unreadable_problem(path: Path, why: str) -> Problem:
    return Problem(
        code="unreadable-file",
        what=f"{path} cannot be read",
        why=why,
        kept=_KEPT,
        next="give the path of a file to import",
    )


def _make_taken_problem(shown: str, then: str) -> Problem:
    return Problem(
        code="file-exists",
        what=f"{shown} already exists",
        why="a file that exists is never overwritten",
        kept=_KEPT,
        next=then,
    )


def _make_disk_problem(shown: str, error: OSError) -> Problem:
    problem = Problem(
        code="file-not-written",
        what=f"{shown} cannot be written",
        kept=_KEPT,
        next="choose a folder that exists and can be written, or make room",
    )
    return make_disk_problem(error, problem)
