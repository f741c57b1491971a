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

Options that were deleted or renamed in Notion are a change of the schema, and no edit of the rows:
what a row lost together with an option does not count as changed, and a tag that became one and the
same other tag in every row at once was renamed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tracker.roadmap.model import SkillId, Status
from tracker.sync.identity import Identified, SkillPair, is_nameless
from tracker.sync.merge import UNKNOWN, Known
from tracker.sync.model import Absence, Base, Conflict, PageId, RemoteObservation, RemoteRow
from tracker.sync.parts import show_part
from tracker.sync.records import TWO_WAY, Field, LocalObservation, Record, Value

Options = Mapping[Field, frozenset[str]]
"""The options that the schema has now, for the fields that have options."""

_STATUSES = frozenset(Status)


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


@dataclass(frozen=True, slots=True)
class SkillLookup:
    """Which skills each side has, which page is which skill, and what happened to the options."""

    pages: Mapping[PageId, SkillId]
    here: frozenset[SkillId]
    """The skills of the file."""
    live: frozenset[SkillId]
    """The skills that have a row."""
    trashed: frozenset[PageId] = frozenset()
    renamed: Mapping[SkillId, SkillId] = field(default_factory=dict)
    """New ids of skills by the ids under which they are bound."""
    options: Options = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    """New names of tags that were renamed in Notion."""
    requires: Mapping[PageId, frozenset[str]] | None = None
    """The prerequisites of each row as far as they are known, where rows have no column for them."""

    def rename_tags(self, tags: frozenset[str]) -> frozenset[str]:
        """Return tags as they read after those that were renamed in Notion."""
        return frozenset(self.tags.get(tag, tag) for tag in tags) if self.tags else tags

    def base_of(self, pair: SkillPair) -> Mapping[Field, Value]:
        """Return the base of a pair, with prerequisites under the ids that they have now."""
        base = pair.base or {}
        requires = base.get(Field.REQUIRES)
        if not (self.renamed and isinstance(requires, frozenset)):
            return base
        now = frozenset(str(self.renamed.get(SkillId(need), need)) for need in requires)
        return {**base, Field.REQUIRES: now}

    def resolve(self, row: RemoteRow) -> tuple[frozenset[str], bool]:
        """Return the skills that a row requires, and whether all its relations are known.

        A relation to a page in the trash that is no skill any more counts as absent.
        """
        if self.requires is not None:
            return self.requires.get(row.page_id, frozenset()), True
        if not row.requires:
            return frozenset(), True
        known = frozenset(self.pages[page] for page in row.requires if page in self.pages)
        return known, all(page in self.pages or page in self.trashed for page in row.requires)


def make_lookup(
    found: Identified, local: LocalObservation, remote: RemoteObservation
) -> SkillLookup:
    """Index who is where."""
    return SkillLookup(
        pages=found.pages,
        here=frozenset(pair.skill_id for pair in found.pairs[: len(local.skills)]),
        live=frozenset(pair.skill_id for pair in found.pairs if pair.row is not None),
        trashed=frozenset(
            gone.page_id for gone in remote.missing if gone.absence is Absence.TRASHED
        ),
        renamed=found.renamed,
        options=remote.options,
        tags=find_renamed_tags(found.pairs, remote.options),
        requires=find_requires(found.pairs) if Field.REQUIRES in remote.parts else None,
    )


def find_requires(pairs: Iterable[SkillPair]) -> dict[PageId, frozenset[str]]:
    """Return the prerequisites of each row by those of the file, or else of the base."""
    found: dict[PageId, frozenset[str]] = {}
    for pair in pairs:
        if pair.page_id is not None:
            known = (pair.base or {}).get(Field.REQUIRES)
            needs = pair.local.record.requires if pair.local is not None else known
            found[pair.page_id] = needs if isinstance(needs, frozenset) else frozenset()
    return found


def decide_fate(pair: SkillPair, skills: SkillLookup) -> Fate:
    """Decide what becomes of one skill, as the table of this module says."""
    local, row = pair.local, pair.row
    if local is not None and row is not None:
        return Fate.MERGE
    if local is not None:
        return _decide_without_row(pair, local.record, skills)
    if row is not None:
        return _decide_without_file(pair, row, skills)
    return Fate.FORGET if _is_trashed(pair) else Fate.HOLD


def _decide_without_row(pair: SkillPair, record: Record, skills: SkillLookup) -> Fate:
    if pair.missing is None:
        return Fate.CREATE_REMOTE
    if not _is_trashed(pair):
        return Fate.HOLD
    base = skills.base_of(pair)
    is_edited = any(
        _is_changed(which, base.get(which, UNKNOWN), record.get(which), skills.here)
        for which in TWO_WAY
    )
    return Fate.RESTORE if is_edited else Fate.DELETE_LOCAL


def _decide_without_file(pair: SkillPair, row: RemoteRow, skills: SkillLookup) -> Fate:
    base = skills.base_of(pair)
    if base and not _is_edited(base, row, skills):
        # What cannot be read may be worth keeping.
        is_readable = not row.held and skills.resolve(row)[1]
        return Fate.DELETE_REMOTE if is_readable else Fate.HOLD
    return Fate.HOLD if is_nameless(row) else Fate.CREATE_LOCAL


def _is_trashed(pair: SkillPair) -> bool:
    return pair.missing is not None and pair.missing.absence is Absence.TRASHED


def _is_edited(base: Mapping[Field, Value], row: RemoteRow, skills: SkillLookup) -> bool:
    requires, _ = skills.resolve(row)
    for which in TWO_WAY:
        if which in row.held:
            continue
        value = requires if which is Field.REQUIRES else row.record.get(which)
        known = base.get(which, UNKNOWN)
        if which is Field.TAGS and isinstance(known, frozenset):
            known = skills.rename_tags(known)
        lost = find_lost(which, known, value, skills.options)
        if lost and isinstance(known, frozenset):
            known -= lost
        elif lost:
            continue
        if _is_changed(which, known, value, skills.live):
            return True
    return False


def _is_changed(which: Field, base: Known, value: Value, present: frozenset[SkillId]) -> bool:
    """Tell whether a side edited a field; prerequisites that went away themselves do not count."""
    if base == value:
        return False
    if which is Field.REQUIRES and isinstance(base, frozenset) and isinstance(value, frozenset):
        return bool((base ^ value) & present)
    return True


def find_lost(which: Field, base: Known, remote: Value, options: Options) -> frozenset[str]:
    """Return the options that were deleted in Notion, and with them the row's values of this field."""
    known = options.get(which)
    if known is None or base is UNKNOWN or base == remote:
        return frozenset()
    if isinstance(base, frozenset) and isinstance(remote, frozenset):
        return base - remote - known
    if which is Field.STATUS:
        # Only where the schema's options are known to be statuses. Notion gives rows of a deleted
        # option the default one, which is any other option if the default itself was deleted.
        is_default = remote is Status.TODO or Status.TODO not in known
        lost = known <= _STATUSES and is_default and base not in known
    else:
        # Notion empties the rows of a deleted option.
        lost = bool(base) and not remote and base not in known
    return frozenset({str(base)}) if lost else frozenset()


def find_gone(conflicts: Iterable[Conflict], options: Options) -> dict[Field, frozenset[str]]:
    """Return the deleted options over which there is a conflict, by field.

    They stay gone until it is settled, even if an option is made anew under the same name.
    """
    return _collect_lost(
        (
            (conflict.field, UNKNOWN if conflict.base is None else conflict.base, conflict.remote)
            for conflict in conflicts
        ),
        options,
    )


def find_lost_by_rows(base: Base, remote: RemoteObservation) -> dict[Field, frozenset[str]]:
    """Return the deleted options that rows had as values, by field."""
    rows = {row.page_id: row.record for row in remote.rows}
    return _collect_lost(
        (
            # What a column does not show was not lost with an option of it.
            (which, show_part(remote.parts, which, binding.fields[which]), shown.get(which))
            for binding in base.bindings.values()
            if (shown := rows.get(binding.page_id)) is not None
            for which in remote.options
            if which in binding.fields
        ),
        remote.options,
    )


def _collect_lost(
    values: Iterable[tuple[Field, Known, Value]], options: Options
) -> dict[Field, frozenset[str]]:
    gone: dict[Field, frozenset[str]] = {}
    for which, base, remote in values:
        if lost := find_lost(which, base, remote, options):
            gone[which] = gone.get(which, frozenset()) | lost
    return gone


def find_renamed_tags(pairs: Iterable[SkillPair], options: Options) -> Mapping[str, str]:
    """Return the tags whose option is gone and that became one and the same new tag everywhere.

    Notion keeps the id of an option that is renamed, but the state remembers values, not ids.
    """
    known = options.get(Field.TAGS)
    if known is None:
        return {}
    # What every row gained that lost a tag, by the tag; and the tags that were there before.
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
    # Two tags that became one new tag were merged by hand, row by row: that is no rename.
    return {
        tag: min(fresh)
        for tag, fresh in targets.items()
        if len(fresh) == 1 and names.count(min(fresh)) == 1
    }
