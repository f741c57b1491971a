"""Write a whole roadmap as the text of a new file, and the roadmap that `tracker new` begins with.

Pure. For files that do not exist yet: what a person keeps is spliced, never written anew. Whoever
saves the text loads it again first; a few characters (control characters, halves of characters)
fit into no roadmap file at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import yaml
from yaml.resolver import Resolver

from tracker.adapters.roadmap_files.schema import make_modeline
from tracker.roadmap.model import Resource, Roadmap, Section, Skill, Status

_STR = "tag:yaml.org,2002:str"
_RESOLVER = Resolver()
_ELSEWHERE_NOT_TEXT = re.compile(
    r"0o[0-7]+|0x[0-9a-f]+|[0-9.]+(?:e[-+]?[0-9]+)?|[yn]", re.IGNORECASE
)
"""What a parser of YAML 1.2, or a stricter one of 1.1, reads as something else than text."""

_FLOW_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _./+-]*")
_JOINERS = "\u200c\u200d"
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_LARGEST_INT = 1e15
_LONG = frozenset({"description", "goal", "notes"})
"""Keys whose text may run over several lines."""


def format_roadmap(roadmap: Roadmap) -> str:
    """Write a roadmap as YAML; loading the text gives an equal roadmap."""
    head = {
        "title": roadmap.title,
        "description": roadmap.description,
        "source": roadmap.source,
        "edition": roadmap.edition,
    }
    lines = [*_texts(head, 0), "sections:" if roadmap.sections else "sections: []"]
    lines += (line for each in roadmap.sections for line in _section(each))
    return "".join(f"{line}\n" for line in lines)


def format_text(text: str) -> str:
    """Write a text on one line: plain where it means the same everywhere, else in double quotes."""
    return text if _is_plain(text) else format_quoted(text)


def format_quoted(text: str) -> str:
    """Write a text in double quotes on one line; what cannot be seen becomes an escape."""
    return '"' + "".join(_escape(each) for each in text) + '"'


def _section(section: Section) -> Iterator[str]:
    yield f"  - title: {format_text(section.title)}"
    yield from _texts({"description": section.description}, 4)
    if section.skills:
        yield "    skills:"
        for skill in section.skills:
            yield from _skill(skill)
    else:
        yield "    skills: []"


def _skill(skill: Skill) -> Iterator[str]:
    """Write one skill; one that is a name and nothing else stays a bare text."""
    if skill == Skill(name=skill.name):
        yield f"      - {format_text(skill.name)}"
        return
    lines = list(_skill_lines(skill))
    yield f"      - {lines[0].lstrip(' ')}"
    yield from lines[1:]


def _skill_lines(skill: Skill) -> Iterator[str]:
    """Write the keys of a skill, in the order of the documentation, below its dash."""
    pad = " " * 8
    yield from _texts({"id": skill.id, "name": skill.name, "goal": skill.goal}, 8)
    if skill.status is not Status.TODO:
        yield f"{pad}status: {skill.status.value}"
    yield from _texts({"level": skill.level}, 8)
    if skill.hours is not None:
        yield f"{pad}hours: {format_number(skill.hours)}"
    for key, day in (("started", skill.started), ("completed", skill.completed)):
        if day is not None:
            yield f"{pad}{key}: {day.isoformat()}"
    lists = {"requires": skill.requires, "tags": skill.tags, "covered_by": skill.covered_by}
    for key, words in lists.items():
        if words:
            yield f"{pad}{key}: {_flow_list(words)}"
    if skill.resources:
        yield f"{pad}resources:"
        yield from (f"{pad}  - {_resource(each)}" for each in skill.resources)
    yield from _texts({"notes": skill.notes}, 8)


def _resource(resource: Resource) -> str:
    pairs = [f"title: {format_quoted(resource.title)}", f"url: {format_quoted(resource.url)}"]
    if resource.type is not None:
        pairs.append(f"type: {_flow_word(resource.type)}")
    if not resource.free:
        pairs.append("free: false")
    return "{" + ", ".join(pairs) + "}"


def _texts(values: dict[str, str | None], indent: int) -> Iterator[str]:
    """Write texts that are there, each behind its key; several lines as a block below it."""
    pad = " " * indent
    for key, text in values.items():
        if text is None:
            continue
        block = _block_lines(text) if key in _LONG else None
        if block is None:
            yield f"{pad}{key}: {format_text(text)}"
        else:
            yield f"{pad}{key}: |{'' if text.endswith(chr(10)) else '-'}"
            yield from (f"{pad}  {line}" if line else "" for line in block)


def _block_lines(text: str) -> Sequence[str] | None:
    """Return the lines of a text that a literal block holds as they are, or None."""
    lines = text.removesuffix("\n").split("\n")
    if "\n" not in text or not lines[0] or not lines[-1] or lines[0][0] == " ":
        return None
    is_tidy = all(line.isprintable() and line == line.rstrip() for line in lines)
    return lines if is_tidy else None


def _flow_list(words: Iterable[str]) -> str:
    return "[" + ", ".join(map(_flow_word, words)) + "]"


def _flow_word(word: str) -> str:
    return word if _FLOW_WORD.fullmatch(word) and _is_plain(word) else format_quoted(word)


def _is_plain(text: str) -> bool:
    """Tell whether a text may stand unquoted as a value in block style."""
    if not text or not text[0].isalnum() or text[-1] in " :" or not text.isprintable():
        return False
    if ": " in text or " #" in text or _ELSEWHERE_NOT_TEXT.fullmatch(text):
        return False
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return tag == _STR


def _escape(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable() or character in _JOINERS:
        return character
    code = ord(character)
    width, letter = (2, "x") if code <= 0xFF else (4, "u") if code <= 0xFFFF else (8, "U")  # noqa: PLR2004
    return f"\\{letter}{code:0{width}x}"


def format_number(value: float) -> str:
    """Write a number of hours; whole ones without a point, and never in a form of YAML 1.2 only."""
    if value.is_integer() and value < _LARGEST_INT:
        return str(int(value))
    text = repr(value)
    if "e" in text and "." not in text:
        return text.replace("e", ".0e")
    return text


_TEXT = """\
{modeline}
# The roadmap `{name}`: sections of skills to learn. `tracker check` tells whether it reads well.

title: {title}
description: What this roadmap leads to, in a sentence.
# source: https://example.org/where-it-comes-from
sections:
  - title: First steps
    skills:
      - id: first-skill             # stable, lower-case; sync fills it in when it is not there
        name: First skill           # the only key that a skill must have
        goal: Can say in one sentence what can be done with it.
        # status: done              # todo (when not given), doing, done or skipped
        level: entry                # entry, intermediate, advanced, or any text
        hours: 2                    # an estimate
        # started: 2026-11-01       # year-month-day; sync fills them in as the status changes
        # completed: 2026-11-03
        tags: [basics]
        # resources:
        #   - {{title: "Name of the page", url: "https://example.org/page", type: docs}}
        #   - {{title: "Name of the book", url: "https://example.org/book", type: book, free: false}}
        # notes: |
        #   Anything worth remembering,
        #   on as many lines as it takes.
      - id: second-skill
        name: Second skill
        requires: [first-skill]     # ids of skills to learn before this one
      - A skill can be just its name
"""


def make_skeleton(name: str, title: str) -> str:
    """Make the text of a new roadmap file with this title; `name` is the stem of the file."""
    return _TEXT.format(modeline=make_modeline(), name=name, title=format_text(title))
