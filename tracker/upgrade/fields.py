"""Merge the texts of a roadmap and the values of one skill: what of the edition goes into the copy.

Pure: no clock, no disk, no network, no logging. The merge is that of the sync, except that the
learner's value stays where both changed one, and what the learner removed stays removed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tracker.roadmap.edits import Choice, Item, RenameSection, Scalar, SetHead, SetItems, SetValue
from tracker.roadmap.graph import find_circles
from tracker.roadmap.model import (
    At,
    Resource,
    Roadmap,
    Section,
    Skill,
    SkillKind,
    Status,
    Track,
    list_covering,
    make_canonical_text,
)
from tracker.sync.merge import CLASH, merge_field
from tracker.sync.records import Field, Link, Links
from tracker.upgrade.sections import SectionMap
from tracker.upgrade.values import Alteration, Rewording, UpgradeNote

HEAD_KEYS = ("title", "description", "source")
TEXTS = {"name": Field.NAME, "goal": Field.GOAL, "level": Field.LEVEL}
LISTS: Mapping[str, Callable[[Skill], Sequence[str]]] = {
    "tags": lambda skill: skill.tags,
    "aliases": lambda skill: skill.aliases,
    "prove": lambda skill: skill.prove,
}
"""Lists of words other than `requires`, which depends on the whole roadmap."""

LINK_EXTRAS = ("part", "minutes", "primary", "lang", "free")
"""What a file says of a link beyond what is synced."""

BOTH = "both changed it; yours stays"
TWICE = "your list names a link twice; it stays as it is"
PRIMARY = "your primary link stays the only one"
DROPPED_TRACK = "the new edition has no track `{0}`; yours stays, take it out if you do not want it"
TAKEN = "another section has that title; yours keeps its own"
CIRCLE = "they would go round in a circle with yours"


class TextMerge:
    """Merges the texts of a roadmap and of its sections.

    `titles` are the titles that the copy's sections will have, by index.
    """

    def __init__(
        self, base: Roadmap | None, local: Roadmap, edition: Roadmap, sections: SectionMap
    ) -> None:
        self.titles = {index: section.title for index, section in enumerate(local.sections)}
        self.rewordings: list[Rewording] = []
        self.notes: list[UpgradeNote] = []
        if base is not None:
            for key in HEAD_KEYS:
                versions = [getattr(roadmap, key) for roadmap in (base, local, edition)]
                head = self._merge("", key, versions)
                if head is not None and not (key == "title" and not head[1]):
                    self.rewordings.append(Rewording(None, key, *head, SetHead(key, head[1])))
            for origin, target in sections.to_edition.items():
                mine = sections.to_local.get(origin)
                if mine is not None:
                    trio = base.sections[origin], local.sections[mine], edition.sections[target]
                    self._merge_section(trio, mine)
        self._merge_tracks(base.tracks if base is not None else (), local, edition)
        # Always taken over: the copy's `edition` says what was merged into it.
        if edition.edition is not None and local.edition != edition.edition:
            edit = SetHead("edition", edition.edition)
            change = Rewording(None, "edition", local.edition, edition.edition, edit)
            self.rewordings.append(change)

    def _merge_section(self, trio: tuple[Section, Section, Section], index: int) -> None:
        """Merge the texts of a section that base, copy and edition have."""
        mine = trio[1].title
        for key in ("icon", "description"):
            changed = self._merge(mine, key, [getattr(section, key) for section in trio])
            if changed is not None:
                edit = SetHead(key, changed[1], index)
                self.rewordings.append(Rewording(mine, key, *changed, edit))
        titled = self._merge(mine, "title", [section.title for section in trio])
        if titled is None or not titled[1]:
            return
        if titled[1].strip() in {title.strip() for title in self.titles.values()}:
            self.notes.append(UpgradeNote(mine, "title", TAKEN))
            return
        self.titles[index] = titled[1]
        rename = RenameSection(index, titled[1])
        self.rewordings.append(Rewording(mine, "title", *titled, rename))

    def _merge_tracks(self, base: Sequence[Track], local: Roadmap, edition: Roadmap) -> None:
        """Merge track by track, as links are merged; the id is a track's identity.

        One that the edition drops stays: a comment beside it would be lost with it.
        """
        before, ours, theirs = (
            {track.id: track for track in tracks} for tracks in (base, local.tracks, edition.tracks)
        )
        wanted: list[Track] = []
        for track_id in dict.fromkeys((*ours, *theirs)):
            mine, new = ours.get(track_id), theirs.get(track_id)
            old = before.get(track_id)
            if mine is None:
                # The edition brings it, unless the learner took it out.
                wanted += [new] if new is not None and old is None else []
            elif new is None or new == mine or old is None:
                wanted.append(mine)
                if new is None and old is not None and old == mine:
                    self.notes.append(UpgradeNote("", "tracks", DROPPED_TRACK.format(track_id)))
            elif old == mine:
                wanted.append(new)
            else:
                wanted.append(mine)
                if new != old:
                    self.notes.append(UpgradeNote("", "tracks", f"{BOTH}: {track_id}"))
        if set(wanted) != set(local.tracks):
            items: tuple[Item, ...] = tuple(
                {"id": track.id, "title": track.title, "targets": track.targets} for track in wanted
            )
            shown = [", ".join(track.title for track in some) for some in (local.tracks, wanted)]
            edit = SetHead("tracks", items)
            self.rewordings.append(Rewording(None, "tracks", shown[0] or None, shown[1], edit))

    def _merge(
        self, who: str, key: str, versions: Sequence[str | None]
    ) -> tuple[str | None, str | None] | None:
        """Return the text before and after, None when it stays."""
        base, local, edition = map(make_canonical_text, versions)
        result = merge_field(Field.GOAL, base, local, edition)
        if result is CLASH:
            self.notes.append(UpgradeNote(who, key, BOTH))
            return None
        return None if result == local else (local, edition)


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

    @property
    def skills(self) -> tuple[Skill, Skill, Skill]:
        """The three, in the order in which they are merged."""
        return self.base, self.local, self.edition


@dataclass(slots=True)
class MergedSkill:
    """What changes in the values of one skill, and what is left alone."""

    alterations: list[Alteration] = field(default_factory=list)
    notes: list[UpgradeNote] = field(default_factory=list)


def merge_skill(trio: Trio) -> MergedSkill:
    """Merge all values of a skill but its prerequisites."""
    merged = MergedSkill()
    for key, which in TEXTS.items():
        texts = [make_canonical_text(getattr(skill, key)) for skill in trio.skills]
        _merge_scalar(merged, trio, key, which, texts)
    _merge_scalar(merged, trio, "kind", Field.LEVEL, [_kind(skill) for skill in trio.skills])
    _merge_scalar(merged, trio, "hours", Field.HOURS, [skill.hours for skill in trio.skills])
    for key, read in LISTS.items():
        _merge_words(merged, trio, key, read)
    _merge_coverage(merged, trio)
    _merge_resources(merged, trio)
    return merged


def _merge_words(
    merged: MergedSkill, trio: Trio, key: str, read: Callable[[Skill], Sequence[str]]
) -> None:
    local, wanted = read(trio.local), merge_words(*(read(skill) for skill in trio.skills))
    if set(local) != set(wanted):
        edit = SetItems(trio.at, key, tuple(wanted))
        change = Alteration(trio.skill_id, key, frozenset(local), frozenset(wanted), edit)
        merged.alterations.append(change)


def _merge_coverage(merged: MergedSkill, trio: Trio) -> None:
    """Merge `covered_by`: lists entry by entry, and as a whole where any one is enough."""
    if not any(skill.is_any_enough for skill in trio.skills):
        _merge_words(merged, trio, "covered_by", lambda skill: skill.covering)
        return
    base, local, edition = ((skill.is_any_enough, {*skill.covering}) for skill in trio.skills)
    if edition in (base, local):
        return
    if local != base:
        merged.notes.append(UpgradeNote(trio.skill_id, "covered_by", BOTH))
        return
    value = _coverage(trio.edition)
    edit = (
        SetItems(trio.at, "covered_by", value)
        if isinstance(value, tuple)
        else SetValue(trio.at, "covered_by", value)
    )
    before, after = (", ".join(list_covering(it)) for it in (trio.local, trio.edition))
    merged.alterations.append(Alteration(trio.skill_id, "covered_by", before, after, edit))


def _coverage(skill: Skill) -> Choice | tuple[str, ...]:
    """Return `covered_by` as it is written."""
    return {"any": skill.covering} if skill.is_any_enough else skill.covering


def add_links(local: Skill, edition: Skill, at: At) -> MergedSkill:
    """Add the links that a skill lacks; all that is safe when nobody knows what the learner did."""
    merged, trio = MergedSkill(), Trio(local, local, edition, at)
    known = {link.url for link in local.resources}
    fresh = [link for link in _unique(edition.resources) if link.url not in known]
    _set_resources(merged, trio, [*local.resources, *fresh])
    return merged


def merge_words(base: Sequence[str], local: Sequence[str], edition: Sequence[str]) -> list[str]:
    """Merge lists element by element: the learner's order first, then what the edition adds."""
    merged = merge_field(Field.TAGS, frozenset(base), frozenset(local), frozenset(edition))
    words = merged if isinstance(merged, frozenset) else frozenset(local)
    return [word for word in dict.fromkeys((*local, *edition)) if word in words]


def is_touched(base: Skill, local: Skill) -> bool:
    """Tell whether a learner worked on a skill: progress, or any value that is not the author's."""
    # Prerequisites do not count: they come and go with other skills.
    fresh = {"status": Status.TODO, "started": None, "completed": None, "requires": local.requires}
    return local != base.model_copy(update=fresh)


def is_same_content(one: Skill, other: Skill) -> bool:
    """Tell whether two skills say the same, apart from progress."""
    fresh = {"status": Status.TODO, "started": None, "completed": None}
    progress = {**fresh, "evidence": None, "notes": None}
    return one.model_copy(update=progress) == other.model_copy(update=progress)


def make_values(skill: Skill) -> dict[str, Scalar | Choice | tuple[Item, ...]]:
    """Return what a new skill is written with, in order, and without any progress."""
    values: dict[str, Scalar | Choice | tuple[Item, ...] | None] = {
        "id": skill.id,
        "name": skill.name,
        "kind": _kind(skill),
        "aliases": skill.aliases,
        "goal": skill.goal,
        "level": skill.level,
        "hours": _number(skill.hours),
        "requires": skill.requires,
        "tags": skill.tags,
        "covered_by": _coverage(skill),
        "prove": skill.prove,
        "resources": tuple(map(_make_item, _unique(skill.resources))),
        "notes": skill.notes,
    }
    return {key: value for key, value in values.items() if value is not None and value != ()}


def _kind(skill: Skill) -> str | None:
    """Return what kind of skill it is, None for an ordinary one: that goes without saying."""
    return None if skill.kind is SkillKind.SKILL else skill.kind.value


def _merge_scalar(
    merged: MergedSkill, trio: Trio, key: str, which: Field, values: Sequence[str | float | None]
) -> None:
    base, local, edition = values
    result = merge_field(which, base, local, edition)
    if result is CLASH:
        merged.notes.append(UpgradeNote(trio.skill_id, key, BOTH))
    elif result != local and not (key == "name" and not edition):  # no skill without a name
        edit = SetValue(trio.at, key, _number(edition) if key == "hours" else edition)
        merged.alterations.append(Alteration(trio.skill_id, key, local, edition, edit))


def _number(value: str | float | None) -> str | float | None:
    """Return whole hours as integers, as people write them."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _merge_resources(merged: MergedSkill, trio: Trio) -> None:
    """Merge link by link; the URL is a link's identity."""
    base, local, edition = (
        {link.url: link for link in _unique(skill.resources)} for skill in trio.skills
    )
    wanted: list[Resource] = []
    for url in dict.fromkeys((*local, *edition)):
        ours = local.get(url)
        if ours is None and url in base:
            continue  # the learner took it out
        link, is_clash = _merge_link(base.get(url), ours, edition.get(url))
        if is_clash:
            merged.notes.append(UpgradeNote(trio.skill_id, "resources", f"{BOTH}: {url}"))
        if link is not None:
            wanted.append(link)
    _set_resources(merged, trio, wanted)


def _merge_link(
    base: Resource | None, local: Resource | None, edition: Resource | None
) -> tuple[Resource | None, bool]:
    """Return one link of the result, and whether both sides changed it."""
    if local is None:  # the edition brings it
        return edition, False
    if edition is None:  # the edition drops it: it goes if the learner left it as it was
        return (None if local == base else local), False
    if base is None:  # both added it
        return local, False
    result = merge_field(Field.RESOURCES, _links(base), _links(local), _links(edition))
    if not isinstance(result, Links):
        return local, True
    (link,) = result.items
    extras = {
        key: merge_field(Field.HOURS, *(getattr(it, key) for it in (base, local, edition)))
        for key in LINK_EXTRAS
    }
    if CLASH in extras.values():
        return local, True
    made = {"title": link.title, "url": link.url, "type": link.type, **extras}
    return Resource.model_validate(made), False


def _links(*resources: Resource) -> Links:
    return Links(tuple(Link(it.url, it.title, it.type) for it in resources))


def _set_resources(merged: MergedSkill, trio: Trio, wanted: Sequence[Resource]) -> None:
    local = trio.local.resources
    if set(wanted) == set(local):
        return
    known = {link.url: link for link in local}
    if len(known) < len(local):
        merged.notes.append(UpgradeNote(trio.skill_id, "resources", TWICE))
        return
    wanted = _keep_primary(merged, trio, wanted)
    items = tuple(_make_item(link, known.get(link.url)) for link in wanted)
    edit = SetItems(trio.at, "resources", items)
    change = Alteration(trio.skill_id, "resources", _links(*local), _links(*wanted), edit)
    merged.alterations.append(change)


def _keep_primary(
    merged: MergedSkill, trio: Trio, wanted: Sequence[Resource]
) -> Sequence[Resource]:
    """Leave the learner's primary link the only one, where the edition marks another."""
    chosen = {link.url for link in trio.local.resources if link.primary}
    marked = {link.url for link in wanted if link.primary}
    if not (chosen & marked and marked - chosen):
        return wanted
    merged.notes.append(UpgradeNote(trio.skill_id, "resources", PRIMARY))
    return [
        link if link.url in chosen else link.model_copy(update={"primary": False})
        for link in wanted
    ]


def _make_item(resource: Resource, known: Resource | None = None) -> Item:
    """Return a link as it is written: what it does not say goes out of an entry that said it."""
    item: dict[str, Scalar | None] = {"title": resource.title, "url": resource.url}
    if resource.type is not None:
        item["type"] = resource.type
    for key in LINK_EXTRAS:
        value, before = getattr(resource, key), getattr(known, key, None)
        # `primary: false` says nothing; `free: false` does.
        is_said = value is not None and (value is not False or key == "free")
        if is_said or (before is not None and before != value):
            item[key] = value if is_said else None
    return item


def _unique(resources: Iterable[Resource]) -> tuple[Resource, ...]:
    """Return the first link of each URL, in order."""
    return tuple({link.url: link for link in reversed(tuple(resources))}.values())[::-1]


@dataclass(slots=True)
class Prerequisites:
    """What every skill of the result requires; `added` is what the edition brings.

    `removed` are the skills that are taken out. Only what the edition adds is ever held back; what
    the learner wrote stays, except for prerequisites that are taken out themselves.
    """

    wanted: dict[str, list[str]] = field(default_factory=dict)
    added: dict[str, set[str]] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    notes: list[UpgradeNote] = field(default_factory=list)

    def put(self, skill_id: str, wanted: Sequence[str], local: Sequence[str]) -> None:
        """Add what a skill should require; `local` is what it requires already."""
        self.wanted[skill_id] = list(wanted)
        self.added[skill_id] = set(wanted) - set(local)

    def settle(self) -> Mapping[str, Sequence[str]]:
        """Drop prerequisites that are no skills of the result, and those that close a circle."""
        for skill_id, wanted in self.wanted.items():
            self.wanted[skill_id] = [need for need in wanted if need in self.wanted]
        # Taking out what closes one circle may leave another one through the same skills.
        while broken := self._find_closing():
            for skill_id, closing in broken.items():
                kept = [need for need in self.wanted[skill_id] if need not in closing]
                self.wanted[skill_id] = kept
                why = f"{', '.join(sorted(closing))}: {CIRCLE}"
                self.notes.append(UpgradeNote(skill_id, "requires", why))
        return self.wanted

    def _find_closing(self) -> dict[str, set[str]]:
        """Return the added prerequisites that are part of a circle, by skill."""
        graph = {skill_id: frozenset(wanted) for skill_id, wanted in self.wanted.items()}
        return {
            skill_id: closing
            for circle in find_circles(graph)
            for skill_id in circle
            if (closing := self.added[skill_id] & graph[skill_id] & circle)
        }
