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

from collections.abc import Mapping
from dataclasses import dataclass, field

from tracker.roadmap.model import SkillId
from tracker.sync.draft import Fate
from tracker.sync.merge import UNKNOWN, Known
from tracker.sync.options import Options, find_lost, find_renamed_tags
from tracker.sync.pairs import Identified, Pair, is_nameless
from tracker.sync.snapshot import (
    TWO_WAY,
    Absence,
    Field,
    LocalObservation,
    PageId,
    Record,
    RemoteObservation,
    RemoteRow,
    Value,
)


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

    def base_of(self, pair: Pair) -> Mapping[Field, Value]:
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


def decide_fate(pair: Pair, sides: Sides) -> Fate:
    """Decide what becomes of one skill."""
    if pair.local is not None:
        return _decide_here(pair, pair.local.record, sides)
    if pair.row is not None:
        return _decide_gone(pair, pair.row, sides)
    return Fate.FORGET if _is_trashed(pair) else Fate.HOLD


def _decide_here(pair: Pair, record: Record, sides: Sides) -> Fate:
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


def _decide_gone(pair: Pair, row: RemoteRow, sides: Sides) -> Fate:
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


def _is_trashed(pair: Pair) -> bool:
    return pair.missing is not None and pair.missing.absence is Absence.TRASHED


def is_changed(which: Field, base: Known, value: Value, present: frozenset[SkillId]) -> bool:
    """Tell whether a side edited a field; prerequisites that went away themselves do not count."""
    if base == value:
        return False
    if which is Field.REQUIRES and isinstance(base, frozenset) and isinstance(value, frozenset):
        return bool((base ^ value) & present)
    return True
