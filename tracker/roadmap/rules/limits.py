"""Checks of what Notion, and the built-in workspace with it, can never hold.

Pure: no clock, no disk, no network. What these find does not break a file: a sync holds the skill, or
the value, and goes on with the others. The numbers stand in `tracker.roadmap.limits`.
"""

from __future__ import annotations

from collections.abc import Iterator

from tracker.roadmap.limits import (
    LONGEST_OPTION,
    MOST_LINKS,
    MOST_OPTIONS,
    MOST_RELATIONS,
    Excess,
    count_units,
    find_links_excess,
    find_requires_excess,
    find_size_excess,
    find_tags_excess,
    find_text_excess,
    find_title_excess,
    find_url_excess,
)
from tracker.roadmap.model import Resource, Roadmap, Skill
from tracker.roadmap.rules.finding import Finding, KeyPath, name_skill, quote, walk
from tracker.roadmap.texts import show

_LEVELS = 3
"""Levels that every database has from the start."""


def long_title(roadmap: Roadmap) -> Iterator[Finding]:
    """Find out whether the title is too long for a database."""
    if excess := find_title_excess(roadmap.title):
        yield _find(("title",), f"the title {quote(roadmap.title)}", excess)


def long_text(roadmap: Roadmap) -> Iterator[Finding]:
    """Find names, goals and notes that no value can hold."""
    for path, skill in walk(roadmap):
        for key in ("name", "goal", "notes"):
            text = getattr(skill, key)
            if text and (excess := find_text_excess(text.rstrip())):
                yield _find((*path, key), f"the {key} of {name_skill(skill)}", excess)


def many_links(roadmap: Roadmap) -> Iterator[Finding]:
    """Find skills with more links than a row can hold, or with too much text in them."""
    for path, skill in walk(roadmap):
        links = _distinct(skill)
        if excess := find_links_excess(links):
            first = skill.resources.index(links[min(MOST_LINKS, len(links) - 1)])
            yield _find((*path, "resources", first), name_skill(skill), excess)


def many_requires(roadmap: Roadmap) -> Iterator[Finding]:
    """Find skills with more prerequisites than a relation can hold."""
    for path, skill in walk(roadmap):
        needs = list(dict.fromkeys(skill.requires))
        if excess := find_requires_excess(len(needs)):
            first = skill.requires.index(needs[MOST_RELATIONS])
            yield _find((*path, "requires", first), name_skill(skill), excess)


def many_tags(roadmap: Roadmap) -> Iterator[Finding]:
    """Find skills with more tags than a row can hold."""
    for path, skill in walk(roadmap):
        tags = list(dict.fromkeys(skill.tags))
        if excess := find_tags_excess(len(tags)):
            first = skill.tags.index(tags[MOST_OPTIONS])
            yield _find((*path, "tags", first), name_skill(skill), excess)


def long_url(roadmap: Roadmap) -> Iterator[Finding]:
    """Find links that do not fit into Notion's text."""
    for path, skill in walk(roadmap):
        for index, resource in enumerate(skill.resources):
            if excess := find_url_excess(resource.url):
                here = (*path, "resources", index, "url")
                yield _find(here, f"a link of {name_skill(skill)}", excess)


def large_skill(roadmap: Roadmap) -> Iterator[Finding]:
    """Find skills that are too much for one request, though each of their values fits."""
    for path, skill in walk(roadmap):
        texts = [skill.name, skill.goal or "", skill.notes or "", *skill.tags]
        if any(map(find_text_excess, texts)):
            continue
        if excess := find_size_excess(texts, skill.resources):
            yield _find(path, name_skill(skill), excess)


def long_option(roadmap: Roadmap) -> Iterator[Finding]:
    """Find section titles, levels and tags that do not fit into one of Notion's options."""
    for path, label, text, _ in _walk_options(roadmap):
        if (units := count_units(text)) > LONGEST_OPTION:
            yield Finding(
                path,
                f'{label} "{show(text)}" has {units} characters',
                f"an option holds at most {LONGEST_OPTION}; a longer one is shortened there",
                "choose a shorter one",
            )


def late_option(roadmap: Roadmap) -> Iterator[Finding]:
    """Find long section titles, levels and tags for which there is no option left.

    An option for a long text is made with the list of all options, and a list has a limit; short ones
    have none, because rows make them by naming them.
    """
    told: set[tuple[str, str]] = set()
    for path, label, text, place in _walk_options(roadmap):
        is_late = count_units(text) > LONGEST_OPTION and place >= MOST_OPTIONS
        if is_late and (label, text) not in told:
            told.add((label, text))
            yield Finding(
                path,
                f'{label} "{show(text)}" finds no place among the options',
                f"it is longer than {LONGEST_OPTION} characters, and there are {place} others before it; "
                f"options for long texts are made among the first {MOST_OPTIONS} only",
                "choose a shorter one",
            )


def _walk_options(roadmap: Roadmap) -> Iterator[tuple[KeyPath, str, str, int]]:
    """Yield the path, label and text of every option, and how many others come before it."""
    levels: dict[str, int] = {}
    tags: dict[str, int] = {}
    for index, section in enumerate(roadmap.sections):
        yield ("sections", index, "title"), "the section title", section.title, index
    for path, skill in walk(roadmap):
        if skill.level:
            place = levels.setdefault(skill.level, len(levels) + _LEVELS)
            yield (*path, "level"), "the level", skill.level, place
        for index, tag in enumerate(skill.tags):
            yield (*path, "tags", index), "the tag", tag, tags.setdefault(tag, len(tags))


def _distinct(skill: Skill) -> list[Resource]:
    """Return the links that are synced: of those to one address, the first."""
    links: dict[str, Resource] = {}
    for resource in skill.resources:
        links.setdefault(resource.url, resource)
    return list(links.values())


def _find(path: KeyPath, subject: str, excess: Excess) -> Finding:
    return Finding(path, f"{subject} {excess.what}", excess.why, excess.next)
