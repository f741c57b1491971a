"""Decide which row is which skill: bindings first, then Tracker IDs, then names.

Pure: no clock, no disk, no network, no logging. Decides identity only, never what is to be done.

    row                                         is
    its page is bound                           that skill; an edited Tracker ID is put back, but
                                                not one that another machine gave, knowing ours
    bound, but another live row has our id      what the Tracker IDs say: another machine settled it
    unbound, its Tracker ID is free             that skill (oldest row first), known here or not
    unbound, its Tracker ID is taken            a copy: a new skill with a new id, or a local namesake
                                                that has no row yet
    the twin of another row                     nothing: it is held, see `find_twins`
    not bound, but its twin is                  the skill of its twin
    unbound, no Tracker ID, a local namesake    that skill, if it has no row yet
    its skill left the file, a new namesake     that namesake: the file gave the skill another id
    unbound, no Tracker ID                      a new skill with a new id; held while it has no name,
                                                nothing at all while it has no value either
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from tracker.roadmap.model import SKILL_ID_PATTERN, SkillId, make_slug
from tracker.sync.model import (
    EMPTY_NAME,
    Absence,
    Base,
    Hold,
    MissingRow,
    PageId,
    Parts,
    RemoteObservation,
    RemoteRow,
    Seen,
)
from tracker.sync.parts import complete_record
from tracker.sync.records import Field, LocalObservation, LocalSkill, Record, Value

MOMENTS = timedelta(seconds=75 + 60)
"""How far apart twins are made: the lag of a listing, and the minute to which times are cut."""

REASON = (
    'the row was made twice: it says the same as the row of "{skill}", which is synced, or said so '
    "when both were made. If nothing was written on its page, move it to Notion's trash"
)
NAMELESS = "the row has no name yet; give it one there"

_SLUG = re.compile(SKILL_ID_PATTERN)
_LONGEST_ID = 100


@dataclass(frozen=True, slots=True)
class SkillPair:
    """One skill as both sides and the base know it.

    `base` is None when the pair is not bound, or bound to another page than the one it has now.
    Exactly one of `row` and `missing` is set for a skill that has a page; where columns show only
    parts of values, the row has the values that are known of them.
    """

    skill_id: SkillId
    page_id: PageId | None = None
    base: Mapping[Field, Value] | None = None
    local: LocalSkill | None = None
    row: RemoteRow | None = None
    missing: MissingRow | None = None
    seen: Seen = field(default_factory=dict)
    """The row's history as it was when the base was agreed on."""
    former: SkillId | None = None
    """The id under which the pair is bound, when the file gave it another one."""
    is_moved: bool = False
    """Whether the pair is bound to a twin of its row; see `find_twins`."""
    parts: Parts = field(default_factory=dict)
    shown: Record = field(default_factory=lambda: Record(""))
    """What the row shows of the fields in `parts`."""

    @property
    def last_row(self) -> RemoteRow | None:
        """The row as it is, or as it was when it was last seen."""
        if self.row is not None or self.missing is None:
            return self.row
        return self.missing.row


@dataclass(frozen=True, slots=True)
class Identified:
    """All skills of both sides and the base: local ones in file order, then the rest.

    `pages` tells the skill of every page that is known; `holds` are rows that are none yet.
    """

    pairs: tuple[SkillPair, ...]
    pages: Mapping[PageId, SkillId]
    holds: tuple[Hold, ...] = ()
    renamed: Mapping[SkillId, SkillId] = field(default_factory=dict)
    """New ids of skills by the ids under which they are bound."""


def _is_skill_id(text: str | None) -> bool:
    """Tell whether a text can be a skill id."""
    return text is not None and len(text) <= _LONGEST_ID and bool(_SLUG.fullmatch(text))


def is_blank(row: RemoteRow) -> bool:
    """Tell whether nobody has written anything into a row yet; Notion makes such with one click."""
    if row.tracker_id or row.requires or row.order is not None or row.seen:
        return False
    held = {**row.held}
    return held.pop(Field.NAME, EMPTY_NAME) == EMPTY_NAME and not held and row.record == Record("")


def is_nameless(row: RemoteRow) -> bool:
    """Tell whether a row cannot become a skill because it has no readable name."""
    return Field.NAME in row.held or not row.record.name.strip()


# Two machines can make the row of one skill at once, because a listing shows rows late and Notion has
# no conditional creation. Such twins have one Tracker ID, were made by one connection within moments
# of each other, and say the same. They are one skill, and the younger row is held: only a person knows
# whether something was written on its page.
#
#     the younger row                                 is
#     says the same                                   a twin; the oldest counts, on every machine
#     untouched since it was made, the older is not   a twin: only the older was changed since
#     made by somebody else                           a copy that a person made
#     changed, or made later than a listing may lag   a copy as well


def find_twins(rows: Iterable[RemoteRow]) -> Mapping[PageId, PageId]:
    """Return the row that counts by each of its twins."""
    rows = tuple(rows)
    groups = _index(
        (row for row in rows if _is_skill_id(row.tracker_id) and not row.held),
        lambda row: row.tracker_id,
    )
    ids = {row.page_id: row.tracker_id for row in rows}
    twins: dict[PageId, PageId] = {}
    for group in groups.values():
        first, *younger = sorted(group, key=_age)
        twins |= {row.page_id: first.page_id for row in younger if _is_twin(row, first, ids)}
    return twins


def _is_twin(row: RemoteRow, first: RemoteRow, ids: Mapping[PageId, str | None]) -> bool:
    # Two machines with connections of their own look the same as a person who copies a row; the
    # person is far more likely, and waits for a skill.
    if row.author != first.author or not _are_near(first, row):
        return False
    if first.record.name == row.record.name and _is_touched(first) and not _is_touched(row):
        return True
    # Each may require the twins of what the other requires.
    needs = [{ids.get(page, page) for page in one.requires} for one in (first, row)]
    return first.record == row.record and needs[0] == needs[1]


def _are_near(one: RemoteRow, other: RemoteRow) -> bool:
    try:
        made = [datetime.fromisoformat(row.created_at) for row in (one, other)]
        return abs(made[1] - made[0]) <= MOMENTS
    except (TypeError, ValueError):  # no time, or one without a zone beside one with
        return False


def _is_touched(row: RemoteRow) -> bool:
    """Tell whether a row was changed since it was made, by a person or by a machine.

    A change in the minute in which the row was made does not show: Notion cuts times to the minute.
    """
    return row.edited_at != row.created_at or any(which is not Field.ID for which in row.seen)


def identify(base: Base, local: LocalObservation, remote: RemoteObservation) -> Identified:
    """Pair up the skills of both sides."""
    twins = find_twins(remote.rows)
    holds = [
        Hold(None, REASON.format(skill=row.tracker_id), row.page_id)
        for row in remote.rows
        if row.page_id in twins
    ]
    rows = tuple(row for row in remote.rows if row.page_id not in twins)
    matcher = _Matcher(base, local, replace(remote, rows=rows), twins, holds=holds)
    # From the surest sign to the weakest: each step claims rows that no step before claimed.
    matcher.claim_bound()
    matcher.claim_tracked()
    matcher.name_local()
    matcher.claim_namesakes()
    matcher.name_rows()
    return matcher.make_identified()


@dataclass(slots=True)
class _Matcher:
    """The matching under way."""

    base: Base
    local: LocalObservation
    remote: RemoteObservation
    twins: Mapping[PageId, PageId]
    rows: dict[SkillId, RemoteRow] = field(default_factory=dict)
    """The rows that skills have claimed."""
    claimed: set[PageId] = field(default_factory=set)
    ids: dict[int, SkillId] = field(default_factory=dict)
    """The ids of the local skills, by their index in the file."""
    former: dict[SkillId, SkillId] = field(default_factory=dict)
    """The ids under which skills are bound that the file gave another one."""
    holds: list[Hold] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    """Ids that a new skill cannot get."""
    here: set[SkillId] = field(default_factory=set)
    """The skills of the file."""
    bound: dict[PageId, SkillId] = field(default_factory=dict)
    places: dict[PageId, int] = field(default_factory=dict)
    """Where each row stands in the listing."""

    def __post_init__(self) -> None:
        self.places = {row.page_id: place for place, row in enumerate(self.remote.rows)}
        for skill_id, binding in self.base.bindings.items():
            self.bound.setdefault(binding.page_id, skill_id)
        for twin, counting in self.twins.items():
            if twin in self.bound:
                self.bound.setdefault(counting, self.bound[twin])
        for index, skill in enumerate(self.local.skills):
            if skill.skill_id is not None:
                self.ids[index] = skill.skill_id
        self.here = set(self.ids.values())
        self.taken.update(self.here, self.base.bindings)
        self.taken.update(row.tracker_id for row in self.remote.rows if row.tracker_id)

    def claim_bound(self) -> None:
        """Give bound pages their skills, unless another machine has settled it otherwise."""
        # The ids that rows carry which are not bound to them here.
        elsewhere = {
            row.tracker_id
            for row in self.remote.rows
            if self.bound.get(row.page_id) != row.tracker_id
        }
        for row in self.remote.rows:
            skill_id = self.bound.get(row.page_id)
            if skill_id is None:
                continue
            is_moved = row.tracker_id != skill_id and _is_skill_id(row.tracker_id)
            if not (is_moved and skill_id in elsewhere):
                self._claim(skill_id, row)

    def claim_tracked(self) -> None:
        """Give free rows the skill that their Tracker ID names; the oldest of several wins."""
        for row in self._list_free():
            skill_id = SkillId(row.tracker_id or "")
            if not _is_skill_id(row.tracker_id) or skill_id in self.rows:
                continue
            is_known = skill_id in self.here or skill_id in self.base.bindings
            if is_nameless(row) and not is_known:
                self._hold(row, skill_id, row.held.get(Field.NAME, NAMELESS))
            else:
                self._claim(skill_id, row)

    def name_local(self) -> None:
        """Find the ids of local skills that have none: one that the file lost, or a new one."""
        nameless = [index for index in range(len(self.local.skills)) if index not in self.ids]
        if not nameless:
            return
        bindings = self.base.bindings
        # A namesake that is bound and left the file; one that another machine's row names; a row
        # without a Tracker ID.
        lost = _index((skill for skill in bindings if skill not in self.here), self._find_name)
        strange = _index(
            (skill for skill in self.rows if skill not in self.here and skill not in bindings),
            lambda skill: self.rows[skill].record.name,
        )
        loose = _index(
            (row for row in self._list_free() if not (row.tracker_id or Field.ID in row.held)),
            lambda row: row.record.name,
        )
        for index in nameless:
            name = self.local.skills[index].record.name
            candidates = (*lost.get(name, ()), *strange.get(name, ()))
            found = next((skill for skill in candidates if skill not in self.here), None)
            if found is None:
                found = self._make_id(name)
                if rows := loose.get(name):
                    self._claim(found, rows.pop(0))
            self.ids[index] = found
            self.here.add(found)

    def _find_name(self, skill_id: SkillId) -> str:
        value = self.base.bindings[skill_id].fields.get(Field.NAME)
        row = self.rows.get(skill_id)
        return str(value) if value else row.record.name if row else ""

    def claim_namesakes(self) -> None:
        """Give local skills without a row the row of a namesake in the same section.

        That is a free row without a Tracker ID, or a copy whose new id never arrived there; or one
        whose skill is not in the file: there the file gave the skill another id.
        """
        alone = [
            (self.ids[index], skill.record)
            for index, skill in enumerate(self.local.skills)
            if self.ids[index] not in self.rows and self.ids[index] not in self.base.bindings
        ]
        if not alone:
            return
        free = _index((row for row in self._list_free() if Field.ID not in row.held), _find_place)
        strays = _index(
            (skill for skill in self.rows if skill not in self.here),
            lambda skill: _find_place(self.rows[skill]),
        )
        for skill_id, record in alone:
            place = (record.name, record.section)
            if rows := free.get(place):
                self._claim(skill_id, rows.pop(0))
            elif ids := strays.get(place):
                former = ids.pop(0)
                self.rows[skill_id] = self.rows.pop(former)
                if former in self.base.bindings:
                    self.former[skill_id] = former

    def name_rows(self) -> None:
        """Make ids for the rows that are left: new skills from Notion, and copies."""
        # Of rows of one minute those listed first come first: the server knows their age more precisely.
        for row in sorted(self._list_free(), key=self._find_place_of):
            if Field.ID in row.held:
                self._hold(row, None, f"its Tracker ID cannot be read: {row.held[Field.ID]}")
            elif is_blank(row):
                continue
            elif is_nameless(row):
                self._hold(row, None, row.held.get(Field.NAME, NAMELESS))
            else:
                self._claim(self._make_id(row.record.name), row)

    def make_identified(self) -> Identified:
        """Put the pairs together."""
        missing = {gone.page_id: gone for gone in self.remote.missing}
        pairs = [
            self._make_pair(self.ids[index], missing, skill)
            for index, skill in enumerate(self.local.skills)
        ]
        # Skills that only Notion has, in the order of their numbers there, then by age.
        far = sorted(
            (skill for skill in self.rows if skill not in self.here),
            key=lambda skill: (
                self.rows[skill].order is None,
                self.rows[skill].order or 0.0,
                self._find_place_of(self.rows[skill]),
            ),
        )
        moved = {former: skill_id for skill_id, former in self.former.items()}
        gone = sorted(
            skill
            for skill in self.base.bindings
            if skill not in self.here and skill not in self.rows and skill not in moved
        )
        pairs += [self._make_pair(skill, missing, None) for skill in (*far, *gone)]
        if self.remote.parts:
            pairs = list(map(self._complete, pairs))
        pages = {pair.page_id: pair.skill_id for pair in pairs if pair.page_id}
        pages |= {twin: pages[counts] for twin, counts in self.twins.items() if counts in pages}
        return Identified(tuple(pairs), pages, tuple(self.holds), moved)

    def _make_pair(
        self,
        skill_id: SkillId,
        missing: Mapping[PageId, MissingRow],
        local: LocalSkill | None,
    ) -> SkillPair:
        former = self.former.get(skill_id)
        binding = self.base.bindings.get(former or skill_id)
        row = self.rows.get(skill_id)
        if binding is None:
            page_id = row.page_id if row is not None else None
            return SkillPair(skill_id, page_id, None, local, row, former=former)
        if row is None:
            # Only a row of which a GET said so is in the trash; of others nothing is known.
            gone = missing.get(binding.page_id) or MissingRow(binding.page_id, Absence.UNSEEN)
            seen = binding.seen or {}
            return SkillPair(
                skill_id, binding.page_id, binding.fields, local, missing=gone, seen=seen
            )
        is_same = binding.page_id == row.page_id
        is_moved = self.twins.get(binding.page_id) == row.page_id
        return SkillPair(
            skill_id,
            row.page_id,
            # What was agreed on with another page says nothing about this one.
            binding.fields if is_same or is_moved else None,
            local,
            row,
            seen=(binding.seen or {}) if is_same else {},
            former=former,
            is_moved=is_moved,
        )

    def _complete(self, pair: SkillPair) -> SkillPair:
        """Give the row of a pair the values of which its columns show only a part."""
        row = pair.last_row
        if row is None:
            return pair
        # The file first: what it has, and the row may have as well, nobody needs to write.
        known: list[Mapping[Field, Value]] = []
        known += [pair.local.record.values()] if pair.local is not None else []
        known += [pair.base] if pair.base is not None else []
        parts, shown = self.remote.parts, row.record
        row = replace(row, record=complete_record(parts, shown, known))
        if pair.missing is None:
            return replace(pair, row=row, parts=parts, shown=shown)
        return replace(pair, missing=replace(pair.missing, row=row), parts=parts, shown=shown)

    def _list_free(self) -> list[RemoteRow]:
        """Return the rows that no skill has yet, oldest first, in whatever order they are listed."""
        free = (row for row in self.remote.rows if row.page_id not in self.claimed)
        return sorted(free, key=_age)

    def _find_place_of(self, row: RemoteRow) -> tuple[str, int]:
        return row.created_at, self.places[row.page_id]

    def _claim(self, skill_id: SkillId, row: RemoteRow) -> None:
        self.rows[skill_id] = row
        self.claimed.add(row.page_id)

    def _hold(self, row: RemoteRow, skill_id: SkillId | None, reason: str) -> None:
        self.holds.append(Hold(skill_id, reason, row.page_id))
        self.claimed.add(row.page_id)

    def _make_id(self, name: str) -> SkillId:
        made = make_slug(name, self.taken)
        self.taken.add(made)
        return made


Key = TypeVar("Key")
Item = TypeVar("Item")


def _index(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    index: dict[Key, list[Item]] = {}
    for item in items:
        index.setdefault(key(item), []).append(item)
    return index


def _find_place(row: RemoteRow) -> tuple[str, str]:
    return row.record.name, row.record.section


def _age(row: RemoteRow) -> tuple[str, str]:
    return row.created_at, row.page_id
