"""Merge the texts of a roadmap and the values of one skill: what of the edition goes into the copy.

Pure: no clock, no disk, no network, no logging. The merge is that of the sync, except that the
learner's value stays where both changed one, and what the learner removed stays removed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tracker.roadmap.edits import At, Item, RenameSection, Scalar, SetHead, SetItems, SetValue
from tracker.roadmap.graph import find_circles
from tracker.roadmap.model import Resource, Roadmap, Skill, Status
from tracker.roadmap.texts import make_canonical_text
from tracker.sync.merge import CLASH, merge_field
from tracker.sync.snapshot import Field, Link, Links
from tracker.upgrade.sections import Homes
from tracker.upgrade.values import Alteration, Note, Rewording

PROGRESS = ("status", "started", "completed", "notes")
"""The keys that are always the learner's."""

TEXTS = {"name": Field.NAME, "goal": Field.GOAL, "level": Field.LEVEL}
LISTS: Mapping[str, Callable[[Skill], Sequence[str]]] = {
    "tags": lambda skill: skill.tags,
    "covered_by": lambda skill: skill.covered_by,
}
"""Lists of words other than `requires`, which the whole roadmap has a say in."""

BOTH = "both changed it; yours stays"
TWICE = "your list names a link twice; it stays as it is"


@dataclass(slots=True)
class Merged:
    """What comes of the values of one skill."""

    alterations: list[Alteration] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Trio:
    """A skill in the base, in the copy (at its place there) and in the edition."""

    base: Skill
    local: Skill
    edition: Skill
    at: At

    @property
    def skill_id(self) -> str:
        """The id that all three have."""
        return self.local.id or ""


def merge_skill(trio: Trio) -> Merged:
    """Merge all values of a skill but its prerequisites."""
    merged = Merged()
    for key, which in TEXTS.items():
        texts = [make_canonical_text(getattr(each, key)) for each in _three(trio)]
        _merge_scalar(merged, trio, key, which, texts)
    _merge_scalar(merged, trio, "hours", Field.HOURS, [each.hours for each in _three(trio)])
    for key, read in LISTS.items():
        wanted = merge_words(*(read(each) for each in _three(trio)))
        _set_words(merged, trio, key, read(trio.local), wanted)
    _merge_resources(merged, trio)
    return merged


def add_links(local: Skill, edition: Skill, at: At) -> Merged:
    """Add the links that a skill lacks; all that is safe when nobody knows what the learner did."""
    merged, trio = Merged(), Trio(local, local, edition, at)
    known = {each.url for each in local.resources}
    fresh = [each for each in _unique(edition.resources) if each.url not in known]
    _set_resources(merged, trio, [*local.resources, *fresh])
    return merged


def merge_words(base: Sequence[str], local: Sequence[str], edition: Sequence[str]) -> list[str]:
    """Merge lists element by element: the learner's order first, then what the edition adds."""
    merged = merge_field(Field.TAGS, frozenset(base), frozenset(local), frozenset(edition))
    words = merged if isinstance(merged, frozenset) else frozenset(local)
    return [each for each in dict.fromkeys((*local, *edition)) if each in words]


def is_touched(base: Skill, local: Skill) -> bool:
    """Tell whether a learner worked on a skill: progress, or any value that is not the author's.

    Prerequisites do not count: they come and go with other skills.
    """
    fresh = {"status": Status.TODO, "started": None, "completed": None, "requires": local.requires}
    return local != base.model_copy(update=fresh)


def is_same_content(one: Skill, other: Skill) -> bool:
    """Tell whether two skills say the same but for progress."""
    mine = {"status": Status.TODO, "started": None, "completed": None, "notes": None}
    return one.model_copy(update=mine) == other.model_copy(update=mine)


def make_values(skill: Skill) -> dict[str, Scalar | tuple[Item, ...]]:
    """Return what a new skill is written with, in order, and without any progress."""
    values: dict[str, Scalar | tuple[Item, ...] | None] = {
        "id": skill.id,
        "name": skill.name,
        "goal": skill.goal,
        "level": skill.level,
        "hours": _number(skill.hours),
        "requires": skill.requires,
        "tags": skill.tags,
        "covered_by": skill.covered_by,
        "resources": tuple(map(_make_item, _unique(skill.resources))),
        "notes": skill.notes,
    }
    return {key: value for key, value in values.items() if value is not None and value != ()}


def _three(trio: Trio) -> tuple[Skill, Skill, Skill]:
    return trio.base, trio.local, trio.edition


def _merge_scalar(
    merged: Merged, trio: Trio, key: str, which: Field, values: Sequence[str | float | None]
) -> None:
    base, local, edition = values
    result = merge_field(which, base, local, edition)
    if result is CLASH:
        merged.notes.append(Note(trio.skill_id, key, BOTH))
    elif result != local and not (key == "name" and not edition):
        edit = SetValue(trio.at, key, _number(edition) if key == "hours" else edition)
        merged.alterations.append(Alteration(trio.skill_id, key, local, edition, edit))


def _number(value: str | float | None) -> str | float | None:
    """Return whole hours as integers, as people write them."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _set_words(
    merged: Merged, trio: Trio, key: str, local: Sequence[str], wanted: Sequence[str]
) -> None:
    if set(local) != set(wanted):
        edit = SetItems(trio.at, key, tuple(wanted))
        alteration = Alteration(trio.skill_id, key, frozenset(local), frozenset(wanted), edit)
        merged.alterations.append(alteration)


def _merge_resources(merged: Merged, trio: Trio) -> None:
    """Merge link by link; the URL is a link's identity."""
    base, local, edition = (
        {each.url: each for each in _unique(skill.resources)} for skill in _three(trio)
    )
    wanted: list[Resource] = []
    for url in dict.fromkeys((*local, *edition)):
        ours = local.get(url)
        if ours is None and url in base:
            continue  # the learner took it out
        link, is_clash = _merge_link(base.get(url), ours, edition.get(url))
        if is_clash:
            merged.notes.append(Note(trio.skill_id, "resources", f"{BOTH}: {url}"))
        if link is not None:
            wanted.append(link)
    _set_resources(merged, trio, wanted)


def _merge_link(
    base: Resource | None, local: Resource | None, edition: Resource | None
) -> tuple[Resource | None, bool]:
    """Return one link of the result, and whether both sides changed it."""
    if local is None:
        return edition, False
    if edition is None:
        return (None if local == base else local), False
    if base is None:
        return local, False
    result = merge_field(Field.RESOURCES, _links(base), _links(local), _links(edition))
    if not isinstance(result, Links):
        return local, True
    (link,) = result.items
    free = merge_field(Field.HOURS, base.free, local.free, edition.free)
    return Resource(title=link.title, url=link.url, type=link.type, free=bool(free)), False


def _links(resource: Resource) -> Links:
    return Links((Link(resource.url, resource.title, resource.type),))


def _set_resources(merged: Merged, trio: Trio, wanted: Sequence[Resource]) -> None:
    local = trio.local.resources
    if set(wanted) == set(local):
        return
    if len({each.url for each in local}) < len(local):
        merged.notes.append(Note(trio.skill_id, "resources", TWICE))
        return
    known = {each.url: each for each in local}
    items = tuple(_make_item(each, known.get(each.url)) for each in wanted)
    before, after = (Links(tuple(_links(each).items[0] for each in it)) for it in (local, wanted))
    edit = SetItems(trio.at, "resources", items)
    merged.alterations.append(Alteration(trio.skill_id, "resources", before, after, edit))


def _make_item(resource: Resource, known: Resource | None = None) -> Item:
    """Return a link as it is written; `free` only where it says something."""
    item: dict[str, Scalar] = {"title": resource.title, "url": resource.url}
    if resource.type is not None:
        item["type"] = resource.type
    if not resource.free or (known is not None and not known.free):
        item["free"] = resource.free
    return item


def _unique(resources: Iterable[Resource]) -> tuple[Resource, ...]:
    return tuple({each.url: each for each in reversed(tuple(resources))}.values())[::-1]


KEYS = ("title", "description", "source")
TAKEN = "another section has that title; yours keeps its own"


@dataclass(frozen=True, slots=True)
class Texts:
    """What changes in texts, and the titles that the copy's sections have afterwards."""

    rewordings: tuple[Rewording, ...]
    notes: tuple[Note, ...]
    titles: Mapping[int, str]
    homes: Homes


def merge_texts(base: Roadmap | None, local: Roadmap, edition: Roadmap, homes: Homes) -> Texts:
    """Merge all texts; the edition's name is always taken over, it says what was merged."""
    merger = _Merger(local)
    if base is not None:
        for key in KEYS:
            merger.merge_head(base, edition, key)
        for origin, target in homes.to_edition.items():
            mine = homes.to_local.get(origin)
            if mine is not None:
                merger.merge_section(base, edition, (origin, mine, target))
    if edition.edition is not None and local.edition != edition.edition:
        edit = SetHead("edition", edition.edition)
        merger.changes.append(Rewording(None, "edition", local.edition, edition.edition, edit))
    return Texts(tuple(merger.changes), tuple(merger.notes), merger.titles, homes)


class _Merger:
    def __init__(self, local: Roadmap) -> None:
        self.local = local
        self.titles = {index: section.title for index, section in enumerate(local.sections)}
        self.changes: list[Rewording] = []
        self.notes: list[Note] = []

    def merge_head(self, base: Roadmap, edition: Roadmap, key: str) -> None:
        """Merge one text of the roadmap itself."""
        versions = [getattr(each, key) for each in (base, self.local, edition)]
        text = self._merge("", key, versions)
        if text is not None and not (key == "title" and not text[1]):
            self.changes.append(Rewording(None, key, *text, SetHead(key, text[1])))

    def merge_section(self, base: Roadmap, edition: Roadmap, at: tuple[int, int, int]) -> None:
        """Merge title and description of a section that base, copy and edition have."""
        trio = [
            each.sections[index]
            for each, index in zip((base, self.local, edition), at, strict=True)
        ]
        mine = trio[1].title
        described = self._merge(mine, "description", [each.description for each in trio])
        if described is not None:
            edit = SetHead("description", described[1], at[1])
            self.changes.append(Rewording(mine, "description", *described, edit))
        titled = self._merge(mine, "title", [each.title for each in trio])
        if titled is None or not titled[1]:
            return
        if titled[1].strip() in {title.strip() for title in self.titles.values()}:
            self.notes.append(Note(mine, "title", TAKEN))
            return
        self.titles[at[1]] = titled[1]
        self.changes.append(Rewording(mine, "title", *titled, RenameSection(at[1], titled[1])))

    def _merge(
        self, who: str, key: str, versions: list[str | None]
    ) -> tuple[str | None, str | None] | None:
        """Return before and after, None when the text stays."""
        base, local, edition = map(make_canonical_text, versions)
        result = merge_field(Field.GOAL, base, local, edition)
        if result is CLASH:
            self.notes.append(Note(who, key, BOTH))
            return None
        return None if result == local else (local, edition)


CIRCLE = "they would go round in a circle with yours"


@dataclass(slots=True)
class Needs:
    """What every skill of the result requires; `added` is what the edition brings.

    `gone` are the skills that are taken out.
    """

    wanted: dict[str, list[str]] = field(default_factory=dict)
    added: dict[str, set[str]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)

    def put(self, skill_id: str, wanted: Sequence[str], local: Sequence[str]) -> None:
        """Say what a skill should require, and what of it is there already."""
        self.wanted[skill_id] = list(wanted)
        self.added[skill_id] = set(wanted) - set(local)

    def settle(self) -> Mapping[str, Sequence[str]]:
        """Drop prerequisites that are no skills of the result, and those that close a circle."""
        for skill_id, wanted in self.wanted.items():
            self.wanted[skill_id] = [each for each in wanted if each in self.wanted]
        while broken := self._find_broken():
            for skill_id, others in broken.items():
                self._hold(skill_id, others)
        return self.wanted

    def _find_broken(self) -> dict[str, set[str]]:
        graph = {skill_id: frozenset(wanted) for skill_id, wanted in self.wanted.items()}
        return {
            skill_id: bad
            for circle in find_circles(graph)
            for skill_id in circle
            if (bad := self.added[skill_id] & graph[skill_id] & circle)
        }

    def _hold(self, skill_id: str, others: set[str]) -> None:
        kept = [each for each in self.wanted[skill_id] if each not in others]
        self.wanted[skill_id] = kept
        self.notes.append(Note(skill_id, "requires", f"{', '.join(sorted(others))}: {CIRCLE}"))
