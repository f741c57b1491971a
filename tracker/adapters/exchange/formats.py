"""Write roadmaps in the formats of others: Markdown, CSV and JSON.

Pure. Markdown and CSV read back as they were written, but for white space at odd places. No text can
break out of its place and become a link, HTML, or a formula of a spreadsheet.

    # Data scientist path              the title
    ## First models                    a section
    - [x] Train/test split             a skill: `[ ]` todo, `[/]` doing, `[x]` done, `[-]` skipped
      - Goal: Can hold out a test set.
      - [Cross-validation](https://…) (docs)

In CSV, a row is a skill; the headers are the columns of a database that sync makes, and those of some
keys that live in the file, where a skill has them. JSON has all keys of a roadmap file; icons, tracks, and
the part, minutes, language and rank of a link are in JSON alone. Its `schema` grows when a key changes its meaning or goes.

    {"schema": 1, "roadmaps": [{"name": …, "title": …, "sections": [{"title": …, "skills": […]}]}]}
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from tracker.adapters.exchange.entries import PAID, escape_marks
from tracker.adapters.exchange.foreign_values import BULLETS, SIGNS, guard, join_words
from tracker.adapters.roadmap_files.splice.render import format_number
from tracker.roadmap.links import find_url_fault
from tracker.roadmap.model import (
    Resource,
    Roadmap,
    Section,
    Skill,
    SkillKind,
    Status,
    list_covering,
)

_MARKS = re.compile(r"[\\`*_\[\]~]|://|&(?=[#A-Za-z])")
_LEADING = re.compile(r"[-+=#>|:]")
_BEHIND = re.compile(r"[0-9]+(?=[.)])|[A-Za-z ]+(?=:)")
_BREAKS = re.compile(r"(?:\r?\n)+")
_EDGE_SPACES = re.compile(r"\A +| +\Z")
_JOINERS = "\u200c\u200d"
_URL_MARKS = re.compile(r"[\\()<>&]")


def escape_text(text: str) -> str:
    """Escape a text for any place on a line of Markdown."""
    # A backslash before `://` keeps a text from becoming a link; every `<` could begin a tag.
    inner = _MARKS.sub(r"\\\g<0>", text).replace("<", "&lt;")
    if inner.endswith("#"):
        # A heading may be closed by number signs, which do not belong to its text.
        inner = f"{inner[:-1]}\\#"
    # Markdown drops spaces at the edges; what cannot be seen would get lost when people edit the file.
    inner = _EDGE_SPACES.sub(lambda found: "&#32;" * len(found[0]), inner)
    return "".join(
        letter if letter.isprintable() or letter in _JOINERS else f"&#{ord(letter)};"
        for letter in inner
    )


def escape_value(text: str) -> str:
    """Escape a text that may have several lines; they become one, with tags for the breaks."""
    return "<br>".join(map(escape_text, text.replace("\r\n", "\n").split("\n")))


def escape_paragraph(text: str) -> str:
    """Escape a text that begins a line, so that it becomes no other block, and no key with a value."""
    if breaks := _BREAKS.match(text):
        # Written as a tag, a break at the beginning would make a block of HTML of it.
        return "&#10;" * breaks.group().count("\n") + escape_value(text[breaks.end() :])
    value = escape_value(text)
    if value and (value[0] in SIGNS or value[0] in BULLETS):
        # After a bullet, or a sign for done or to do, a line is an entry of a list.
        return f"&#{ord(value[0])};{value[1:]}"
    if _LEADING.match(value):
        return f"\\{value}"
    key = _BEHIND.match(value)
    return f"{key.group()}\\{value[key.end() :]}" if key else value


_BOXES = {Status.TODO: " ", Status.DOING: "/", Status.DONE: "x", Status.SKIPPED: "-"}
_ANGLES = frozenset("<>")


def format_markdown(roadmaps: Mapping[str, Roadmap]) -> str:
    """Write roadmaps as one checklist; `roadmaps` maps their names to them."""
    texts = ("".join(f"{line}\n" for line in _list_lines(each)) for each in roadmaps.values())
    return "\n".join(texts)


def _list_lines(roadmap: Roadmap) -> Iterator[str]:
    yield f"# {escape_text(roadmap.title)}"
    if roadmap.description:
        yield from ("", escape_paragraph(roadmap.description))
    if roadmap.source:
        yield from ("", f"Source: {_format_address(roadmap.source)}")
    if roadmap.edition:
        yield from ("", f"Edition: {escape_value(roadmap.edition)}")
    for section in roadmap.sections:
        yield from ("", f"## {escape_text(section.title)}", "")
        if section.description:
            yield from (escape_paragraph(section.description), "")
        for skill in section.skills:
            # Behind the name, where no reader of Markdown shows it, the id survives an import.
            mark = f" <!-- id: {skill.id} -->" if skill.id else ""
            yield f"- [{_BOXES[skill.status]}] {escape_marks(escape_text(skill.name))}{mark}"
            yield from (f"  - {detail}" for detail in _list_details(skill))


def _format_address(text: str) -> str:
    """Write an address as a link that shows itself, and any other text as such."""
    is_link = text and not find_url_fault(text) and not _ANGLES & set(text)
    return f"<{text}>" if is_link else escape_value(text)


def _list_details(skill: Skill) -> Iterator[str]:
    """Yield what a skill has besides name and status, in the order of a roadmap file."""
    values = {
        "Goal": escape_value(skill.goal or ""),
        "Level": escape_value(skill.level or ""),
        "Hours": "" if skill.hours is None else format_number(skill.hours),
        "Started": skill.started.isoformat() if skill.started else "",
        "Completed": skill.completed.isoformat() if skill.completed else "",
        "Requires": escape_text(join_words(skill.requires)),
        "Tags": escape_text(join_words(skill.tags)),
        "Covered by": escape_text(join_words(list_covering(skill))),
        "Kind": "" if skill.kind is SkillKind.SKILL else skill.kind.value,
        "Aliases": escape_text(join_words(skill.aliases)),
        "Evidence": _format_address(skill.evidence or ""),
    }
    yield from (f"{name}: {value}" for name, value in values.items() if value)
    yield from (f"Prove: {escape_value(sentence)}" for sentence in skill.prove)
    yield from map(format_resource, skill.resources)
    if skill.notes:
        yield f"Notes: {escape_value(skill.notes)}"


def format_resource(resource: Resource) -> str:
    """Write a link as Markdown; one that does not lead to the web is text and no link."""
    title = escape_text(resource.title)
    if title.startswith("@"):
        # roadmap.sh writes the type of a link so: `[@video@Title](…)`.
        title = f"\\{title}"
    kind = f" ({escape_text(resource.type)})" if resource.type else ""
    paid = f" {PAID}" if resource.free is False else ""
    if find_url_fault(resource.url):
        return f"{title}: {escape_text(resource.url)}{kind}{paid}"
    if resource.title == resource.url and not _ANGLES & set(resource.url):
        return f"<{resource.url}>{kind}{paid}"
    url = _URL_MARKS.sub(r"\\\g<0>", resource.url)
    return f"[{title}]({url}){kind}{paid}"


STATUS_NAMES = {
    Status.TODO: "Not started",
    Status.DOING: "In progress",
    Status.DONE: "Done",
    Status.SKIPPED: "Skipped",
}

_ODD = re.compile(r'[",;\t\r\n]|^\s|\s$')

COLUMNS: Mapping[str, Callable[[Roadmap, Section, Skill], str]] = {
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
    "Covered by": lambda _, __, skill: join_words(list_covering(skill)),
    "Kind": lambda _, __, skill: "" if skill.kind is SkillKind.SKILL else skill.kind.value,
    "Aliases": lambda _, __, skill: join_words(skill.aliases),
    "Prove": lambda _, __, skill: "\n".join(skill.prove),
    "Evidence": lambda _, __, skill: skill.evidence or "",
    "Roadmap": lambda roadmap, _, __: roadmap.title,
}
"""The columns in their order: title, and how a skill's cell is made."""

_OCCASIONAL = frozenset({"Kind", "Aliases", "Prove", "Evidence"})
"""Columns that are there only if one of their cells is filled: few roadmaps have them."""


def format_csv(roadmaps: Mapping[str, Roadmap]) -> str:
    """Write the skills of roadmaps as one table; `roadmaps` maps their names to them."""
    skills = [
        (roadmap, section, skill)
        for roadmap in roadmaps.values()
        for section in roadmap.sections
        for skill in section.skills
    ]
    columns = {
        title: cell
        for title, cell in COLUMNS.items()
        if title not in _OCCASIONAL or any(cell(*place) for place in skills)
    }
    rows = [list(columns)]
    rows += ([guard(cell(*place)) for cell in columns.values()] for place in skills)
    # `csv.writer` leaves tabs, semicolons and spaces at the edges without quotes: spreadsheets that
    # guess the delimiter part cells there, or trim them.
    quoted = (
        ('"' + cell.replace('"', '""') + '"' if _ODD.search(cell) else cell for cell in row)
        for row in rows
    )
    return "".join(f"{','.join(row)}\n" for row in quoted)


SCHEMA = 1

_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""Characters that JSON may hold as they are and YAML may not, or takes for the end of a line."""


def make_structure(roadmaps: Mapping[str, Roadmap]) -> dict[str, object]:
    """Make the value to write as JSON; `roadmaps` maps their names to them."""
    listed = [{"name": name, **each.model_dump(mode="json")} for name, each in roadmaps.items()]
    return {"schema": SCHEMA, "roadmaps": listed}


def format_json(roadmaps: Mapping[str, Roadmap]) -> str:
    """Write roadmaps as JSON that is YAML as well."""
    # YAML does not know pairs of escapes for one character, so other characters stay as they are.
    text = json.dumps(make_structure(roadmaps), indent=2, allow_nan=False, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


class Format(Protocol):
    """Writes roadmaps, given by their names, as one text."""

    def __call__(self, roadmaps: Mapping[str, Roadmap]) -> str:
        """Return the text."""


FORMATS: Mapping[str, Format] = {
    "markdown": format_markdown,
    "csv": format_csv,
    "json": format_json,
}
