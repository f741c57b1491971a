"""Decide what becomes of each skill as a whole: merge, create, delete, restore, forget or hold.

Pure: no clock, no disk, no network, no logging. Absence alone never deletes: only a file that was
read completely, or a row that is proven to be in the trash, counts as a tombstone.

    file    row       since the base                fate
    here    live                                    merge
    here    trashed   local unchanged               delete locally
    here    trashed   local changed, or no base     restore the row: edit beats delete
    here    hidden                                  hold
    here    none                                    create remotely
    gone    live      no base                       create locally
    gone    live      remote changed                create locally: edit beats delete
    gone    live      remote unchanged              delete remotely
    gone    live      remote unreadable             hold
    gone    trashed                                 forget
    gone    hidden                                  hold
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tracker.roadmap.model import SkillId, Status
from tracker.sync.identity import Identified, SkillPair, is_nameless
from tracker.sync.merge import UNKNOWN, Known
from tracker.sync.plan import Conflict
from tracker.sync.snapshot import (
    TWO_WAY,
    Absence,
    Base,
    Field,
    LocalObservation,
    PageId,
    Record,
    RemoteObservation,
    RemoteRow,
    Value,
)


class Fate(StrEnum):
    """What becomes of a skill as a whole."""

    MERGE = "merge"
    RESTORE = "restore"
    CREATE_LOCAL = "create-local"
    CREATE_REMOTE = "create-remote"
    DELETE_LOCAL = "delete-local"
    DELETE_REMOTE = "delete-remote"
    FORGET = "forget"
    HOLD = "hold"


GONE = frozenset({Fate.DELETE_LOCAL, Fate.DELETE_REMOTE, Fate.FORGET})
"""The fates after which a skill is on neither side."""

MERGED = frozenset({Fate.MERGE, Fate.RESTORE})
"""The fates of skills that have a value on both sides."""


@dataclass(slots=True)
class SkillDraft:
    """One skill on the way to its actions.

    `local` and `remote` are the records as they are; `wanted` are the values that both sides shall
    have, for every field that is neither held nor in conflict. `shown` are the prerequisites that
    the row really lists, which may lack those whose rows cannot be seen. `forced` fields are written
    to the row whatever it seems to have: what it has cannot be read. `is_order_left` and `is_id_left`:
    the row keeps the number, or the Tracker ID, that another machine gave it. `reason` says why a
    skill is held, where that is not seen from its row.
    """

    pair: SkillPair
    fate: Fate
    local: Record | None = None
    remote: Record | None = None
    shown: frozenset[str] = frozenset()
    base: Mapping[Field, Value] = field(default_factory=dict)
    wanted: dict[Field, Value] = field(default_factory=dict)
    conflicts: dict[Field, Conflict] = field(default_factory=dict)
    holds: dict[Field, str] = field(default_factory=dict)
    forced: set[Field] = field(default_factory=set)
    is_order_left: bool = False
    is_id_left: bool = False
    reason: str = ""

    @property
    def skill_id(self) -> SkillId:
        """The skill's id."""
        return self.pair.skill_id

    @property
    def name(self) -> str:
        """The skill's name, as the file has it."""
        return self.local.name if self.local is not None else ""

    @property
    def stays_local(self) -> bool:
        """Tell whether the file lists the skill after the plan."""
        if self.fate is Fate.CREATE_LOCAL:
            return True
        return self.local is not None and self.fate is not Fate.DELETE_LOCAL

    def known(self, which: Field) -> Known:
        """Return the base value of a field, or UNKNOWN."""
        return self.base.get(which, UNKNOWN)

    def final(self, which: Field) -> Value:
        """Return the value that the file has after the plan."""
        if which in self.wanted:
            return self.wanted[which]
        record = self.local or Record("")
        return record.get(which)

    def comes_from_remote(self, which: Field) -> bool:
        """Tell whether the plan gives the file another value for this field."""
        if which not in self.wanted:
            return False
        return self.local is None or self.wanted[which] != self.local.get(which)

    def is_open(self, which: Field) -> bool:
        """Tell whether a field is held or in conflict, and the base must not move."""
        return which in self.holds or which in self.conflicts

    def hold(self, which: Field, reason: str) -> None:
        """Leave a field alone on both sides; a new skill gets the empty value meanwhile."""
        self.holds[which] = reason
        self.wanted.pop(which, None)
        if self.fate is Fate.CREATE_LOCAL:
            self.wanted[which] = self.base.get(which, Record("").get(which))


Options = Mapping[Field, frozenset[str]]

_STATUSES = frozenset(Status)


def find_lost(which: Field, base: Known, remote: Value, options: Options) -> frozenset[str]:
    """Return the options that vanished from the schema and took values of this field with them."""
    known = options.get(which)
    if known is None or base is UNKNOWN or base == remote:
        return frozenset()
    if isinstance(base, frozenset) and isinstance(remote, frozenset):
        return base - remote - known
    if which is Field.STATUS:
        # Only where the options are told as statuses. A vanished one falls back to the default,
        # which is any other one when the default itself vanished.
        is_default = remote is Status.TODO or Status.TODO not in known
        lost = known <= _STATUSES and is_default and base not in known
    else:
        lost = bool(base) and not remote and base not in known
    return frozenset({str(base)}) if lost else frozenset()


def find_gone(conflicts: Iterable[Conflict], options: Options) -> dict[Field, frozenset[str]]:
    """Return the vanished options over which there is a conflict, by field.

    They stay gone until it is settled, even if an option is made anew under the same name.
    """
    return _collect(
        (
            (each.field, UNKNOWN if each.base is None else each.base, each.remote)
            for each in conflicts
        ),
        options,
    )


def find_lost_by_rows(base: Base, remote: RemoteObservation) -> dict[Field, frozenset[str]]:
    """Return the vanished options that took values of rows with them, by field."""
    rows = {row.page_id: row.record for row in remote.rows}
    return _collect(
        (
            (which, binding.fields.get(which, UNKNOWN), rows[binding.page_id].get(which))
            for binding in base.bindings.values()
            if binding.page_id in rows
            for which in remote.options
        ),
        remote.options,
    )


def _collect(
    values: Iterable[tuple[Field, Known, Value]], options: Options
) -> dict[Field, frozenset[str]]:
    gone: dict[Field, frozenset[str]] = {}
    for which, base, remote in values:
        if lost := find_lost(which, base, remote, options):
            gone[which] = gone.get(which, frozenset()) | lost
    return gone


def find_renamed_tags(pairs: Iterable[SkillPair], options: Options) -> Mapping[str, str]:
    """Return the tags whose option is gone and that became one and the same new tag everywhere."""
    known = options.get(Field.TAGS)
    if known is None:
        return {}
    gained: dict[str, frozenset[str]] = {}
    familiar: set[str] = set()
    for pair in pairs:
        base = (pair.base or {}).get(Field.TAGS)
        row = pair.last_row
        if not isinstance(base, frozenset) or row is None:
            continue
        familiar |= base
        for tag in base - known:
            fresh = row.record.tags - base
            gained[tag] = gained.get(tag, fresh) & fresh
    targets = {tag: fresh - familiar for tag, fresh in gained.items()}
    names = [name for fresh in targets.values() for name in fresh]
    return {
        tag: min(fresh)
        for tag, fresh in targets.items()
        if len(fresh) == 1 and names.count(min(fresh)) == 1
    }


@dataclass(frozen=True, slots=True)
class Sides:
    """What the fates are decided on: which skills each side has, and what the pages are."""

    pages: Mapping[PageId, SkillId]
    here: frozenset[SkillId]
    live: frozenset[SkillId]
    trashed: frozenset[PageId] = frozenset()
    renamed: Mapping[SkillId, SkillId] = field(default_factory=dict)
    options: Options = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    def rename_tags(self, which: Field, value: Known) -> Known:
        """Return a value as it reads after the tags that were renamed in Notion."""
        if which is Field.TAGS and self.tags and isinstance(value, frozenset):
            return frozenset(self.tags.get(each, each) for each in value)
        return value

    def base_of(self, pair: SkillPair) -> Mapping[Field, Value]:
        """Return the base of a pair, with prerequisites under the ids that they have now."""
        base = pair.base or {}
        requires = base.get(Field.REQUIRES)
        if not (self.renamed and isinstance(requires, frozenset)):
            return base
        now = frozenset(str(self.renamed.get(SkillId(each), each)) for each in requires)
        return {**base, Field.REQUIRES: now}

    def resolve(self, row: RemoteRow) -> tuple[frozenset[str], bool]:
        """Return the skills that a row requires, and whether all its relations are known.

        A relation to a page in the trash that is no skill any more counts as absent.
        """
        if not row.requires:
            return frozenset(), True
        known = frozenset(self.pages[each] for each in row.requires if each in self.pages)
        return known, all(each in self.pages or each in self.trashed for each in row.requires)


def make_sides(found: Identified, local: LocalObservation, remote: RemoteObservation) -> Sides:
    """Summarise who is where."""
    here = frozenset(pair.skill_id for pair in found.pairs[: len(local.skills)])
    live = frozenset(pair.skill_id for pair in found.pairs if pair.row is not None)
    trashed = frozenset(each.page_id for each in remote.missing if each.absence is Absence.TRASHED)
    tags = find_renamed_tags(found.pairs, remote.options)
    return Sides(found.pages, here, live, trashed, found.renamed, remote.options, tags)


def decide_fate(pair: SkillPair, sides: Sides) -> Fate:
    """Decide what becomes of one skill."""
    if pair.local is not None:
        return _decide_here(pair, pair.local.record, sides)
    if pair.row is not None:
        return _decide_gone(pair, pair.row, sides)
    return Fate.FORGET if _is_trashed(pair) else Fate.HOLD


def _decide_here(pair: SkillPair, record: Record, sides: Sides) -> Fate:
    if pair.row is not None:
        return Fate.MERGE
    if pair.missing is None:
        return Fate.CREATE_REMOTE
    if not _is_trashed(pair):
        return Fate.HOLD
    base = sides.base_of(pair)
    changed = any(
        is_changed(which, base.get(which, UNKNOWN), record.get(which), sides.here)
        for which in TWO_WAY
    )
    return Fate.RESTORE if changed else Fate.DELETE_LOCAL


def _decide_gone(pair: SkillPair, row: RemoteRow, sides: Sides) -> Fate:
    base = sides.base_of(pair)
    if base and not _is_edited(base, row, sides):
        readable = not row.held and sides.resolve(row)[1]
        return Fate.DELETE_REMOTE if readable else Fate.HOLD
    return Fate.HOLD if is_nameless(row) else Fate.CREATE_LOCAL


def _is_edited(base: Mapping[Field, Value], row: RemoteRow, sides: Sides) -> bool:
    requires, _ = sides.resolve(row)
    for which in TWO_WAY:
        if which in row.held:
            continue
        value = requires if which is Field.REQUIRES else row.record.get(which)
        known = sides.rename_tags(which, base.get(which, UNKNOWN))
        lost = find_lost(which, known, value, sides.options)
        if lost and isinstance(known, frozenset):
            known -= lost
        elif lost:
            continue
        if is_changed(which, known, value, sides.live):
            return True
    return False


def _is_trashed(pair: SkillPair) -> bool:
    return pair.missing is not None and pair.missing.absence is Absence.TRASHED


def is_changed(which: Field, base: Known, value: Value, present: frozenset[SkillId]) -> bool:
    """Tell whether a side edited a field; prerequisites that went away themselves do not count."""
    if base == value:
        return False
    if which is Field.REQUIRES and isinstance(base, frozenset) and isinstance(value, frozenset):
        return bool((base ^ value) & present)
    return True
