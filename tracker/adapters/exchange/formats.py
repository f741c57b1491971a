"""Which formats there are, what their files are called, and which function reads or writes each.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Protocol

from tracker.adapters.exchange.checklist import parse_markdown
from tracker.adapters.exchange.diagram import parse_roadmap_sh
from tracker.adapters.exchange.markdown import format_markdown
from tracker.adapters.exchange.sheet import format_csv
from tracker.adapters.exchange.structure import format_json
from tracker.adapters.exchange.table import parse_notion_csv
from tracker.errors import Problem, UsageError
from tracker.roadmap.imported import Imported
from tracker.roadmap.model import Roadmap

_EXPORT_SUFFIX = re.compile(r"[ _-]+[0-9a-f]{32}(?:_all)?$|_all$")
"""What Notion puts behind the names of the files that it exports."""


class Parse(Protocol):
    """Reads a foreign text; `path` is what problems call it, `title` names a roadmap without one."""

    def __call__(self, text: str, *, path: str = "", title: str = "") -> Imported:
        """Return a valid roadmap and what was not understood."""


class Format(Protocol):
    """Writes roadmaps, given by their names, as one text."""

    def __call__(self, roadmaps: Mapping[str, Roadmap]) -> str:
        """Return the text."""


PARSERS: Mapping[str, Parse] = {
    "markdown": parse_markdown,
    "csv": parse_notion_csv,
    "roadmap-sh": parse_roadmap_sh,
}
FORMATS: Mapping[str, Format] = {
    "markdown": format_markdown,
    "csv": format_csv,
    "json": format_json,
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
            kept="nothing was written",
            next=f"tracker import FILE --format {first}    # or {', '.join(others)}",
        )
    )


def make_title(path: PurePath) -> str:
    """Make a title of the name of a file, without what Notion puts behind it."""
    stem = "".join(each if each.isprintable() else " " for each in path.stem)
    return _EXPORT_SUFFIX.sub("", stem).strip() or stem.strip()
