"""The checks behind the rules: what a roadmap can get wrong although each value is fine.

Pure: no clock, no disk, no network. Severity and place are given by `rules`, not here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import urlsplit

from tracker.roadmap.model import Roadmap, Skill

KeyPath = tuple[str | int, ...]
"""Path of a value in a roadmap, for example ("sections", 0, "skills", 3, "status")."""

MAX_OPTION = 100
MAX_URL = 2000
_SHOWN = 60
_CYCLE_SHOWN = 12

_GOOD_URL = re.compile(r"https?://[A-Za-z0-9.-]*[A-Za-z0-9](?:/[!-~]*)?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?=\S)")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: the path it concerns, what, why and what to do.

    `first` is the path of an earlier value that this one collides with.
    """

    path: KeyPath
    what: str
    why: str = ""
    next: str = ""
    first: KeyPath | None = None


def duplicate_id(roadmap: Roadmap) -> Iterator[Finding]:
    """Find ids that name more than one skill."""
    seen: dict[str, KeyPath] = {}
    for path, skill in _walk(roadmap):
        if skill.id is None:
            continue
        here = (*path, "id")
        first = seen.setdefault(skill.id, here)
        if first != here:
            yield Finding(
                here,
                f"the id `{skill.id}` of {_name(skill)} is taken",
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
                f'there are two sections "{_show(section.title)}"',
                "a section is known by its title, in Notion too",
                "rename one of them, or put their skills together",
                first,
            )


def padded_section(roadmap: Roadmap) -> Iterator[Finding]:
    """Find section titles with white space around them, on which the sides could not agree."""
    for index, section in enumerate(roadmap.sections):
        if section.title != section.title.strip():
            yield Finding(
                ("sections", index, "title"),
                f'the title of section "{_show(section.title)}" has white space around it',
                "Notion drops it, and the two would never be equal",
                f'write "{_show(section.title)}"',
            )


def unknown_requires(roadmap: Roadmap) -> Iterator[Finding]:
    """Find requirements that are no skills of the same roadmap."""
    ids = {skill.id for skill in roadmap.skills if skill.id is not None}
    for path, skill in _walk(roadmap):
        for index, needed in enumerate(skill.requires):
            if needed not in ids:
                yield Finding(
                    (*path, "requires", index),
                    f"{_name(skill)} requires `{_show(needed)}`, which is no skill here",
                    "`requires` lists ids of skills of this roadmap",
                    _suggest(needed, ids),
                )


def self_requires(roadmap: Roadmap) -> Iterator[Finding]:
    """Find skills that require themselves."""
    for path, skill in _walk(roadmap):
        for index, needed in enumerate(skill.requires):
            if needed == skill.id:
                yield Finding(
                    (*path, "requires", index),
                    f"{_name(skill)} requires itself",
                    "it could never be started",
                    f"take `{needed}` out of its `requires`",
                )


def requires_cycle(roadmap: Roadmap) -> Iterator[Finding]:
    """Find prerequisites that lead back to where they started; one finding closes each circle."""
    graph, paths = _make_graph(roadmap)
    settled: set[str] = set()
    for start in graph:
        trail: dict[str, Iterator[str]] = (
            {start: iter(graph[start])} if start not in settled else {}
        )
        while trail:
            current = next(reversed(trail))
            needed = next(trail[current], None)
            if needed is None:
                settled.add(current)
                del trail[current]
            elif needed in trail:
                yield _make_cycle(paths[current, needed], list(trail), needed)
            elif needed not in settled:
                trail[needed] = iter(graph[needed])


def date_order(roadmap: Roadmap) -> Iterator[Finding]:
    """Find skills completed before they were started."""
    for path, skill in _walk(roadmap):
        if skill.started and skill.completed and skill.completed < skill.started:
            yield Finding(
                (*path, "completed"),
                f"{_name(skill)} is completed on {skill.completed}, before it was started",
                f"it was started on {skill.started}",
                "correct one of the two dates",
            )


def http_url(roadmap: Roadmap) -> Iterator[Finding]:
    """Find links that do not lead to the web: http or https, a host, and nothing invisible."""
    for path, skill in _walk(roadmap):
        for index, resource in enumerate(skill.resources):
            wrong = find_url_fault(resource.url)
            if wrong:
                yield Finding(
                    (*path, "resources", index, "url"),
                    f"`{_show(resource.url)}` is no link of {_name(skill)} to follow",
                    wrong,
                    "write a full address, such as https://example.org/page",
                )
    source = roadmap.source or ""
    if _SCHEME.match(source) and find_url_fault(source):
        what = f"`{_show(source)}` is no source to follow"
        yield Finding(
            ("source",), what, find_url_fault(source), "write an http(s) address, or text"
        )


def duplicate_name(roadmap: Roadmap) -> Iterator[Finding]:
    """Find names that several skills have."""
    seen: dict[str, KeyPath] = {}
    for path, skill in _walk(roadmap):
        here = (*path, "name")
        first = seen.setdefault(skill.name.strip(), here)
        if first != here:
            what = f"there are two skills named {_quote(skill.name)}"
            yield Finding(here, what, "they are hard to tell apart", "rename one of them", first)


def duplicate_url(roadmap: Roadmap) -> Iterator[Finding]:
    """Find links that a skill lists twice."""
    for path, skill in _walk(roadmap):
        seen: dict[str, KeyPath] = {}
        for index, resource in enumerate(skill.resources):
            here = (*path, "resources", index, "url")
            first = seen.setdefault(resource.url, here)
            if first != here:
                yield Finding(
                    here,
                    f"{_name(skill)} lists `{_show(resource.url)}` twice",
                    "only the first of them is synced",
                    "remove one of them",
                    first,
                )


def empty_section(roadmap: Roadmap) -> Iterator[Finding]:
    """Find sections that hold no skills, when others do."""
    for index, section in enumerate(roadmap.sections):
        if not section.skills and roadmap.skills:
            yield Finding(
                ("sections", index, "skills"),
                f'section "{_show(section.title)}" has no skills',
                "a section without skills is not shown in Notion",
                "add `skills:`, or remove the section",
            )


def long_option(roadmap: Roadmap) -> Iterator[Finding]:
    """Find section titles, levels and tags that do not fit into one of Notion's options."""
    for path, label, text in _walk_options(roadmap):
        if len(text) > MAX_OPTION:
            yield Finding(
                path,
                f'{label} "{_show(text)}" has {len(text)} characters',
                f"Notion's options hold at most {MAX_OPTION}; a longer one is shortened there",
                "choose a shorter one",
            )


def long_url(roadmap: Roadmap) -> Iterator[Finding]:
    """Find links that do not fit into Notion's text."""
    for path, skill in _walk(roadmap):
        for index, resource in enumerate(skill.resources):
            if len(resource.url) > MAX_URL:
                yield Finding(
                    (*path, "resources", index, "url"),
                    f"a link of {_name(skill)} has {len(resource.url)} characters",
                    f"Notion takes links of at most {MAX_URL}",
                    "use the page's short address",
                )


def no_skills(roadmap: Roadmap) -> Iterator[Finding]:
    """Find out whether there is nothing to learn."""
    if not roadmap.skills:
        what = f'the roadmap "{_show(roadmap.title)}" has no skills'
        yield Finding(
            ("sections",), what, "there is nothing to learn or to sync", "add a skill to a section"
        )


def unknown_reference(
    roadmap: Roadmap, ids: Mapping[str, Collection[str | None]]
) -> Iterator[Finding]:
    """Find skills that are covered by what does not exist, though its roadmap is present."""
    for path, skill in _walk(roadmap):
        for index, reference in enumerate(skill.covered_by):
            other, _, wanted = reference.partition("/")
            if other in ids and wanted not in ids[other]:
                yield Finding(
                    (*path, "covered_by", index),
                    f"{_name(skill)} is covered by `{reference}`, which does not exist",
                    f"roadmap `{other}` has no skill `{wanted}`",
                    _suggest(wanted, {each for each in ids[other] if each}),
                )


def find_url_fault(url: str) -> str:
    """Tell what keeps a URL from being a web link that is safe to follow; empty when nothing does."""
    if _GOOD_URL.fullmatch(url):
        return ""
    if not url.isprintable() or any(each.isspace() for each in url):
        return "it contains a space or an invisible character"
    scheme = _SCHEME.match(url)
    try:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"}:
            # `port` raises ValueError for what is no port number.
            return "" if parts.hostname and parts.port != 0 else "it names no host"
    except ValueError:
        return "its host or port is malformed"
    if scheme is None or url.startswith("//"):
        return "it does not begin with http:// or https://"
    return f"it begins with {scheme.group()}, and only http and https are allowed"


def _walk(roadmap: Roadmap) -> Iterator[tuple[KeyPath, Skill]]:
    for row, section in enumerate(roadmap.sections):
        for column, skill in enumerate(section.skills):
            yield ("sections", row, "skills", column), skill


def _walk_options(roadmap: Roadmap) -> Iterator[tuple[KeyPath, str, str]]:
    for index, section in enumerate(roadmap.sections):
        yield ("sections", index, "title"), "the section title", section.title
    for path, skill in _walk(roadmap):
        yield (*path, "level"), "the level", skill.level or ""
        for index, tag in enumerate(skill.tags):
            yield (*path, "tags", index), "the tag", tag


def _make_graph(
    roadmap: Roadmap,
) -> tuple[dict[str, list[str]], dict[tuple[str, str], KeyPath]]:
    """Return who requires whom by id, without self-loops, and the path of every such entry."""
    graph: dict[str, list[str]] = {skill.id: [] for skill in roadmap.skills if skill.id is not None}
    paths: dict[tuple[str, str], KeyPath] = {}
    for path, skill in _walk(roadmap):
        for index, needed in enumerate(skill.requires):
            if skill.id is None or needed == skill.id or needed not in graph:
                continue
            if (skill.id, needed) not in paths:
                paths[skill.id, needed] = (*path, "requires", index)
                graph[skill.id].append(needed)
    return graph, paths


def _make_cycle(path: KeyPath, trail: list[str], start: str) -> Finding:
    cycle = trail[trail.index(start) :]
    if len(cycle) > _CYCLE_SHOWN:
        cycle = [*cycle[: _CYCLE_SHOWN - 2], f"({len(cycle) - _CYCLE_SHOWN + 1} more)", cycle[-1]]
    return Finding(
        path,
        f"prerequisites go in a circle: {' → '.join([*cycle, start])}",
        "none of these skills could ever be started",
        f"take `{start}` out of the `requires` of `{trail[-1]}`, or break the circle elsewhere",
    )


def _suggest(wanted: str, ids: Collection[str]) -> str:
    nearest = get_close_matches(wanted, ids, n=1)
    return f"did you mean `{nearest[0]}`?" if nearest else "correct the id, or take it out"


def _name(skill: Skill) -> str:
    return f"skill {_quote(skill.name)}"


def _quote(text: str) -> str:
    return f'"{_show(text)}"'


def _show(text: str) -> str:
    flat = " ".join(text.split())
    short = flat if len(flat) <= _SHOWN else flat[: _SHOWN - 1] + "…"
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in short)
