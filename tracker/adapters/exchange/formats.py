"""Which formats there are, what their files are called, and the writers of Markdown, CSV and JSON.

Pure. What is written as Markdown or CSV reads back the same, but for white space at odd places.
Texts cannot break out of their place: not into links, HTML, or formulas of a spreadsheet.

    # Data scientist path              the title
    ## First models                    a section
    - [x] Train/test split             a skill: `[ ]` todo, `[/]` doing, `[x]` done, `[-]` skipped
      - Goal: Can hold out a test set.
      - [Cross-validation](https://…) (docs)

In CSV, a row is a skill and the headers are the columns of a database that sync makes. JSON holds
every key of a roadmap file; `schema` grows when a key changes its meaning or goes.

    {"schema": 1, "roadmaps": [{"name": …, "title": …, "sections": [{"title": …, "skills": […]}]}]}
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Protocol

from tracker.adapters.exchange.checklist import parse_markdown
from tracker.adapters.exchange.diagram import parse_roadmap_sh
from tracker.adapters.exchange.entries import PAID, escape_marks
from tracker.adapters.exchange.foreign_values import SIGNS, join_words
from tracker.adapters.exchange.lines import BULLETS
from tracker.adapters.exchange.table import guard, parse_notion_csv
from tracker.adapters.roadmap_files.splice.render import format_number
from tracker.errors import Problem, UsageError
from tracker.roadmap.links import find_url_fault
from tracker.roadmap.model import Imported, Resource, Roadmap, Section, Skill, Status

_MARKS = re.compile(r"[\\`*_\[\]~]|://|&(?=[#A-Za-z])")
_LEADING = re.compile(r"[-+=#>|:]")
_BEHIND = re.compile(r"[0-9]+(?=[.)])|[A-Za-z ]+(?=:)")
_BREAKS = re.compile(r"(?:\r?\n)+")
_JOINERS = "\u200c\u200d"
_URL_MARKS = re.compile(r"[\\()<>&]")


def escape_text(text: str) -> str:
    """Escape a text for a line, wherever on it the text stands."""
    inner = _MARKS.sub(_escape_mark, text).replace("<", "&lt;")
    if inner.endswith("#"):
        inner = f"{inner[:-1]}\\#"
    return "".join(map(_show, _keep_edges(inner)))


def escape_value(text: str) -> str:
    """Escape a text that may have several lines: they stay one, with breaks."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "<br>".join(escape_text(line) for line in lines)


def escape_paragraph(text: str) -> str:
    """Escape a text that a line begins with: nothing in it makes another block of it, or a key."""
    if breaks := _BREAKS.match(text):
        # Written as a tag, a break at the beginning would make a block of HTML of it.
        return "&#10;" * breaks.group().count("\n") + escape_value(text[breaks.end() :])
    value = escape_value(text)
    if value and (value[0] in SIGNS or value[0] in BULLETS):
        # Behind a bullet, or a sign for done or to do, a line is an entry of a list.
        return f"&#{ord(value[0])};{value[1:]}"
    block, key = _LEADING.match(value), _BEHIND.match(value)
    if block:
        return f"\\{value}"
    return f"{key.group()}\\{value[key.end() :]}" if key else value


def escape_url(url: str) -> str:
    """Escape a URL as the target of a link."""
    return _URL_MARKS.sub(lambda found: f"\\{found.group()}", url)


def _escape_mark(found: re.Match[str]) -> str:
    mark = found.group()
    return "\\://" if mark == "://" else f"\\{mark}"


def _keep_edges(text: str) -> str:
    """Write spaces at the edges as entities."""
    bare = text.strip(" ")
    if not bare:
        return "&#32;" * len(text)
    start = len(text) - len(text.lstrip(" "))
    end = len(text) - len(text.rstrip(" "))
    return "&#32;" * start + bare + "&#32;" * end


def _show(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    return f"&#{ord(character)};"


_BOXES = {Status.TODO: " ", Status.DOING: "/", Status.DONE: "x", Status.SKIPPED: "-"}

_ANGLES = frozenset("<>")


def format_markdown(roadmaps: Mapping[str, Roadmap]) -> str:
    """Write roadmaps as one checklist; `roadmaps` maps their names to them."""
    return "\n".join("".join(f"{line}\n" for line in _roadmap(each)) for each in roadmaps.values())


def _roadmap(roadmap: Roadmap) -> Iterator[str]:
    yield f"# {escape_text(roadmap.title)}"
    if roadmap.description:
        yield from ("", escape_paragraph(roadmap.description))
    if roadmap.source:
        yield from ("", f"Source: {_source(roadmap.source)}")
    if roadmap.edition:
        yield from ("", f"Edition: {escape_value(roadmap.edition)}")
    for section in roadmap.sections:
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    yield from ("", f"## {escape_text(section.title)}", "")
    if section.description:
        yield from (escape_paragraph(section.description), "")
    for skill in section.skills:
        yield from _skill(skill)


def _skill(skill: Skill) -> Iterator[str]:
    mark = f" <!-- id: {skill.id} -->" if skill.id else ""
    yield f"- [{_BOXES[skill.status]}] {escape_marks(escape_text(skill.name))}{mark}"
    for name, text in _values(skill):
        yield f"  - {name}: {text}"
    for resource in skill.resources:
        yield f"  - {format_resource(resource)}"
    if skill.notes:
        yield f"  - Notes: {escape_value(skill.notes)}"


def _values(skill: Skill) -> Iterator[tuple[str, str]]:
    """Yield names and values of what a skill has, in the order of a roadmap file."""
    if skill.goal:
        yield "Goal", escape_value(skill.goal)
    if skill.level:
        yield "Level", escape_value(skill.level)
    if skill.hours is not None:
        yield "Hours", format_number(skill.hours)
    if skill.started:
        yield "Started", skill.started.isoformat()
    if skill.completed:
        yield "Completed", skill.completed.isoformat()
    lists = {"Requires": skill.requires, "Tags": skill.tags, "Covered by": skill.covered_by}
    for name, words in lists.items():
        if words:
            yield name, escape_text(join_words(words))


def format_resource(resource: Resource) -> str:
    """Write a link; one that does not lead to the web is text and no link."""
    title = escape_text(resource.title)
    if title.startswith("@"):
        title = f"\\{title}"
    kind = f" ({escape_text(resource.type)})" if resource.type else ""
    paid = "" if resource.free else f" {PAID}"
    if find_url_fault(resource.url):
        return f"{title}: {escape_text(resource.url)}{kind}{paid}"
    is_bare = resource.title == resource.url and not _ANGLES & set(resource.url)
    link = f"<{resource.url}>" if is_bare else f"[{title}]({escape_url(resource.url)})"
    return f"{link}{kind}{paid}"


def _source(source: str) -> str:
    is_link = not find_url_fault(source) and not _ANGLES & set(source)
    return f"<{source}>" if is_link else escape_value(source)


STATUS_NAMES = {
    Status.TODO: "Not started",
    Status.DOING: "In progress",
    Status.DONE: "Done",
    Status.SKIPPED: "Skipped",
}

_ODD = re.compile(r'[",;\t\r\n]|^\s|\s$')

_Cell = Callable[[Roadmap, Section, Skill], str]

COLUMNS: Mapping[str, _Cell] = {
    "Skill": lambda _, __, skill: skill.name,
    "Status": lambda _, __, skill: STATUS_NAMES[skill.status],
    "Section": lambda _, section, __: section.title,
    "Level": lambda _, __, skill: skill.level or "",
    "Goal": lambda _, __, skill: skill.goal or "",
    "Hours": lambda _, __, skill: "" if skill.hours is None else format_number(skill.hours),
    "Started": lambda _, __, skill: skill.started.isoformat() if skill.started else "",
    "Completed": lambda _, __, skill: skill.completed.isoformat() if skill.completed else "",
    "Tags": lambda _, __, skill: join_words(skill.tags),
    "Requires": lambda _, __, skill: join_words(skill.requires),
    "Resources": lambda _, __, skill: "\n".join(map(format_resource, skill.resources)),
    "Notes": lambda _, __, skill: skill.notes or "",
    "Tracker ID": lambda _, __, skill: skill.id or "",
    "Covered by": lambda _, __, skill: join_words(skill.covered_by),
    "Roadmap": lambda roadmap, _, __: roadmap.title,
}
"""The columns in their order: title, and how a skill's cell is made."""


def format_csv(roadmaps: Mapping[str, Roadmap]) -> str:
    """Write the skills of roadmaps as one table; `roadmaps` maps their names to them."""
    lines = [_line(COLUMNS)]
    lines += (
        _line(guard(cell(roadmap, section, skill)) for cell in COLUMNS.values())
        for roadmap in roadmaps.values()
        for section in roadmap.sections
        for skill in section.skills
    )
    return "".join(f"{line}\n" for line in lines)


def _line(cells: Iterable[str]) -> str:
    return ",".join(_quote(cell) for cell in cells)


def _quote(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if _ODD.search(cell) else cell


SCHEMA = 1

_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""What JSON may hold as it is and YAML may not, or takes for the end of a line."""


def make_structure(roadmaps: Mapping[str, Roadmap]) -> dict[str, object]:
    """Make what is written as JSON; `roadmaps` maps their names to them."""
    listed = [{"name": name, **each.model_dump(mode="json")} for name, each in roadmaps.items()]
    return {"schema": SCHEMA, "roadmaps": listed}


def format_json(roadmaps: Mapping[str, Roadmap]) -> str:
    """Write roadmaps as JSON that YAML reads as well: it knows no pairs of escapes for one sign."""
    text = json.dumps(make_structure(roadmaps), indent=2, allow_nan=False, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


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
