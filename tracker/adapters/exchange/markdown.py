"""Roadmaps to a Markdown checklist, for reading, printing and taking elsewhere.

Pure. What `parse_markdown` reads back has the same names, sections, statuses, links, and, but for
white space at odd places, everything else. Texts cannot break out: not into links, not into HTML.

    # Data scientist path              the title
    ## First models                    a section
    - [x] Train/test split             a skill: `[ ]` todo, `[/]` doing, `[x]` done, `[-]` skipped
      - Goal: Can hold out a test set.
      - [Cross-validation](https://…) (docs)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tracker.adapters.exchange.entries import PAID
from tracker.adapters.exchange.escapes import (
    escape_paragraph,
    escape_text,
    escape_url,
    escape_value,
)
from tracker.adapters.exchange.marks import escape_marks
from tracker.adapters.exchange.words import join_words
from tracker.adapters.roadmap_files.format import format_number
from tracker.roadmap.model import Resource, Roadmap, Section, Skill, Status
from tracker.roadmap.rules import find_url_fault

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
