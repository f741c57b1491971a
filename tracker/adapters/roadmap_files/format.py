"""Write a whole roadmap as the text of a new file, and the roadmap that `tracker new` begins with.

Pure. For files that do not exist yet: what a person keeps is spliced, never written anew. Load the
text again before you save it: a few characters (control characters, halves of characters) fit into
no roadmap file at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

from tracker.adapters.roadmap_files.schema import make_modeline
from tracker.adapters.roadmap_files.splice.render import (
    format_double,
    format_literal,
    format_scalar,
)
from tracker.adapters.roadmap_files.splice.text import indent_lines
from tracker.roadmap.model import AnyOf, Resource, Roadmap, Section, Skill, SkillKind, Status, Track

_LONG = frozenset({"description", "goal", "notes"})
"""Keys whose text may run over several lines."""

_FLOW_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _./+-]*")
_NUMBER_ELSEWHERE = re.compile(r"[0-9.]+(?:e[-+]?[0-9]+)?", re.IGNORECASE)
"""What some parser may read as a number or a version, though PyYAML reads `1.2.3` as text."""

_TEXT = """\
{modeline}
# The roadmap `{name}`: sections of skills to learn. `tracker check` tells whether it reads well.

title: {title}
description: What this roadmap leads to, in a sentence.
# source: https://example.org/where-it-comes-from
# tracks:                         # named goals: skills to arrive at, and all that they require
#   - {{id: analyst, title: "Data analyst", targets: [second-skill]}}
sections:
  - title: First steps
    # icon: 🌱                    # one emoji
    skills:
      - id: first-skill             # stable, lower-case; sync fills it in when it is not there
        name: First skill           # the only key that a skill must have
        # kind: project             # skill (when not given), project or milestone
        # aliases: [another name]   # other words by which it is found
        goal: Can say in one sentence what can be done with it.
        # status: done              # todo (when not given), doing, done or skipped
        level: entry                # entry, intermediate, advanced, or any text
        hours: 2                    # an estimate
        # started: 2026-11-01       # year-month-day; sync fills them in as the status changes
        # completed: 2026-11-03
        tags: [basics]
        # prove:                    # what shows that it is done
        #   - It runs on another machine
        # evidence: https://example.org/your-own-work
        # resources:                # `primary: true` marks the one to begin with; else the first
        #   - {{title: "Name of the page", url: "https://example.org/page", type: docs, free: true}}
        #   - {{title: "Name of the book", url: "https://example.org/book", type: book, part: ch. 8.2,
        #      minutes: 90, primary: true, lang: en, free: false}}
        # notes: |
        #   Anything worth remembering,
        #   on as many lines as it takes.
      - id: second-skill
        name: Second skill
        requires: [first-skill]     # ids of skills to learn before this one
      - A skill can be just its name
"""

_SKILL_KEYS = (
    "id", "name", "kind", "aliases", "goal", "status", "level", "hours", "started", "completed",
    "requires", "tags", "covered_by",
)  # fmt: skip
"""The keys of a skill in the order in which they are written; `prove` and what follows it come last."""

_Values = Mapping[str, str | float | date | tuple[str, ...] | AnyOf | None]


def format_roadmap(roadmap: Roadmap) -> str:
    """Write a roadmap as YAML; loading the text gives an equal roadmap."""
    head = {key: getattr(roadmap, key) for key in ("title", "description", "source", "edition")}
    lines = [*_pairs(head)]
    if roadmap.tracks:
        lines += ["tracks:", *(f"  - {_track(track)}" for track in roadmap.tracks)]
    lines.append("sections:" if roadmap.sections else "sections: []")
    lines += (line for section in roadmap.sections for line in _section(section))
    return "".join(f"{line}\n" for line in lines)


def format_text(text: str) -> str:
    """Write a text on one line: plain where it means the same everywhere, else in double quotes."""
    # More careful than an edit of a file, whose author has shown which parser reads it.
    is_plain = text[:1].isalnum() and text.isprintable() and not _NUMBER_ELSEWHERE.fullmatch(text)
    return text if is_plain and format_scalar(text) == text else format_quoted(text)


def format_quoted(text: str) -> str:
    """Write a text in double quotes on one line; what cannot be seen becomes an escape."""
    return format_double(text, escapes_unseen=True)


def _section(section: Section) -> Iterator[str]:
    pairs = [f"title: {format_text(section.title)}"]
    # Without quotes, as people write an emoji, though no careful parser takes it for a word.
    pairs += [f"icon: {format_scalar(section.icon)}"] if section.icon else []
    pairs += _pairs({"description": section.description})
    pairs.append("skills:" if section.skills else "skills: []")
    yield from _entry(pairs, 2)
    for skill in section.skills:
        # A skill that is a name and nothing else stays a bare text.
        is_bare = skill == Skill(name=skill.name)
        yield from _entry([format_text(skill.name)] if is_bare else _skill(skill), 6)


def _skill(skill: Skill) -> list[str]:
    values = {key: getattr(skill, key) for key in _SKILL_KEYS}
    values["status"] = None if skill.status is Status.TODO else skill.status.value
    values["kind"] = None if skill.kind is SkillKind.SKILL else skill.kind.value
    lines = [*_pairs(values)]
    if skill.prove:
        # Sentences: each on a line of its own, where tags and ids share one.
        lines += ["prove:", *(f"  - {format_text(sentence)}" for sentence in skill.prove)]
    lines += _pairs({"evidence": skill.evidence})
    if skill.resources:
        lines += ["resources:", *(f"  - {_resource(link)}" for link in skill.resources)]
    return [*lines, *_pairs({"notes": skill.notes})]


def _track(track: Track) -> str:
    targets = ", ".join(map(_flow_word, track.targets))
    return (
        f"{{id: {_flow_word(track.id)}, title: {format_quoted(track.title)}, targets: [{targets}]}}"
    )


def _resource(resource: Resource) -> str:
    pairs = [f"title: {format_quoted(resource.title)}", f"url: {format_quoted(resource.url)}"]
    if resource.type is not None:
        pairs.append(f"type: {_flow_word(resource.type)}")
    if resource.part is not None:
        pairs.append(f"part: {_flow_word(resource.part)}")
    if resource.minutes is not None:
        pairs.append(f"minutes: {resource.minutes}")
    if resource.primary:
        pairs.append("primary: true")
    if resource.lang is not None:
        pairs.append(f"lang: {_flow_word(resource.lang)}")
    if resource.free is not None:
        pairs.append(f"free: {format_scalar(resource.free)}")
    return "{" + ", ".join(pairs) + "}"


def _entry(lines: list[str], column: int) -> list[str]:
    """Indent lines as an entry of a block list with its dash at a column."""
    return indent_lines([f"- {lines[0]}", *indent_lines(lines[1:], 2)], column)


def _pairs(values: _Values) -> Iterator[str]:
    """Write values that are there, each behind its key; several lines as a block below it."""
    for key, value in values.items():
        if value is None or value == ():
            continue
        literal = None
        if isinstance(value, str):
            literal = format_literal(value, 2) if key in _LONG and _is_tidy(value) else None
            written = literal[0] if literal else format_text(value)
        elif isinstance(value, tuple):
            written = _flow_list(value)
        elif isinstance(value, AnyOf):
            written = f"{{any: {_flow_list(value.any)}}}"
        else:
            written = format_scalar(value)
        yield f"{key}: {written}"
        yield from literal[1] if literal else ()


def _is_tidy(text: str) -> bool:
    """Tell whether a text reads well as a block: several lines, without blanks at odd places."""
    lines = text.removesuffix("\n").split("\n")
    if "\n" not in text or not lines[0] or not lines[-1] or lines[0][0] == " ":
        return False
    return all(line.isprintable() and line == line.rstrip() for line in lines)


def _flow_list(words: tuple[str, ...]) -> str:
    return "[" + ", ".join(map(_flow_word, words)) + "]"


def _flow_word(word: str) -> str:
    return format_text(word) if _FLOW_WORD.fullmatch(word) else format_quoted(word)


def make_skeleton(name: str, title: str) -> str:
    """Make the text of a new roadmap file; `name` is the stem of the file.

    Two skills, and every key explained where it goes; `check` finds no problem in it.
    """
    return _TEXT.format(modeline=make_modeline(), name=name, title=format_text(title))
