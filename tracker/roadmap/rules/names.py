"""Checks of what names things: ids, section titles and skill names.

Pure: no clock, no disk, no network.
"""

from __future__ import annotations

from collections.abc import Iterator

from tracker.roadmap.model import Roadmap
from tracker.roadmap.rules.finding import Finding, KeyPath, name_skill, quote, walk
from tracker.roadmap.texts import show


def duplicate_id(roadmap: Roadmap) -> Iterator[Finding]:
    """Find ids that name more than one skill."""
    seen: dict[str, KeyPath] = {}
    for path, skill in walk(roadmap):
        if skill.id is None:
            continue
        here = (*path, "id")
        first = seen.setdefault(skill.id, here)
        if first != here:
            yield Finding(
                here,
                f"the id `{skill.id}` of {name_skill(skill)} is taken",
                "every skill of a roadmap has an id of its own",
                "give one of them another id, or none: sync fills it in",
                first,
            )


def duplicate_section(roadmap: Roadmap) -> Iterator[Finding]:
    """Find titles that name more than one section."""
    seen: dict[str, KeyPath] = {}
    for index, section in enumerate(roadmap.sections):
        here: KeyPath = ("sections", index, "title")
        first = seen.setdefault(section.title.strip(), here)
        if first != here:
            yield Finding(
                here,
                f'there are two sections "{show(section.title)}"',
                "a section is known by its title",
                "rename one of them, or put their skills together",
                first,
            )


def padded_section(roadmap: Roadmap) -> Iterator[Finding]:
    """Find section titles with white space around them, on which the sides could not agree."""
    for index, section in enumerate(roadmap.sections):
        if section.title != section.title.strip():
            yield Finding(
                ("sections", index, "title"),
                f'the title of section "{show(section.title)}" has white space around it',
                "the other side drops it, and the two would never be equal",
                f'write "{show(section.title)}"',
            )


def duplicate_name(roadmap: Roadmap) -> Iterator[Finding]:
    """Find names that several skills have."""
    seen: dict[str, KeyPath] = {}
    for path, skill in walk(roadmap):
        here = (*path, "name")
        first = seen.setdefault(skill.name.strip(), here)
        if first != here:
            what = f"there are two skills named {quote(skill.name)}"
            yield Finding(here, what, "they are hard to tell apart", "rename one of them", first)


def empty_section(roadmap: Roadmap) -> Iterator[Finding]:
    """Find sections that hold no skills, when others do."""
    for index, section in enumerate(roadmap.sections):
        if not section.skills and roadmap.skills:
            yield Finding(
                ("sections", index, "skills"),
                f'section "{show(section.title)}" has no skills',
                "a section without skills is not synced",
                "add `skills:`, or remove the section",
            )


def no_skills(roadmap: Roadmap) -> Iterator[Finding]:
    """Find out whether there is nothing to learn."""
    if not roadmap.skills:
        what = f'the roadmap "{show(roadmap.title)}" has no skills'
        yield Finding(
            ("sections",), what, "there is nothing to learn or to sync", "add a skill to a section"
        )
