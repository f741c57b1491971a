"""Decide how to undo what a run did to each skill.

Pure: no clock, no disk, no network, no logging. Looks at one skill at a time; `undo` checks that
the file stays valid with all of it.

    the run         now                                   is undone by
    deleted it      its row is in the trash               restoring the row, putting the text back
                    its row is there                      putting the text back
                    its row cannot be found any more      putting the text back, making a new row
                    it has another row                    nothing: held
    made a row      the row is as it was made             moving the row to the trash
    made a skill    the skill is as it was made           taking it out of the file
    changed fields  see the table above `_undo_field`
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from tracker.roadmap.model import INBOX, SkillId
from tracker.sync.fates import find_requires
from tracker.sync.identity import identify
from tracker.sync.journal import JournalEntry
from tracker.sync.merge import CLASH, UNKNOWN, Known, Mark, merge_field
from tracker.sync.model import (
    ABSENT,
    Absence,
    Base,
    Change,
    Create,
    Delete,
    MissingRow,
    PageId,
    RemoteObservation,
    RemoteRow,
    Side,
    Update,
)
from tracker.sync.records import TWO_WAY, Field, LocalObservation, LocalSkill, Record, Value

CHANGED = "changed since"
LEFT = "changed since: it is not in the file any more"
ANOTHER_ROW = "changed since: it has another row"
ANOTHER_ID = "changed since: its row is another skill's"


@dataclass(frozen=True, slots=True)
class SkillWrites:
    """What one run wrote about one skill, according to the journal.

    `base` is what both sides had agreed on before, None when the skill was not bound. A row that was
    taken out of the trash for an unbound skill counts as created, with no record of its values.
    """

    skill_id: SkillId
    page_id: PageId | None
    base: Mapping[Field, Value] | None
    created: Mapping[Side, Record | None]
    deleted: Mapping[Side, Delete]
    changes: Mapping[Field, Mapping[Side, Change]]
    text: str
    """The text of the skill in the file, where the run removed it."""

    @property
    def record(self) -> Record:
        """The values of a deleted skill; those of the file, where it was deleted there."""
        return next(self.deleted[side].record for side in Side if side in self.deleted)


def summarise_writes(entries: Iterable[JournalEntry]) -> Mapping[SkillId, SkillWrites]:
    """Return what a run wrote about each skill, in the order in which the skills were written."""
    by_skill: dict[SkillId, list[tuple[JournalEntry, Create | Update | Delete]]] = {}
    for entry in entries:
        if isinstance(entry.action, Create | Update | Delete):
            by_skill.setdefault(entry.action.skill_id, []).append((entry, entry.action))
    return {skill_id: _summarise(skill_id, written) for skill_id, written in by_skill.items()}


def _summarise(
    skill_id: SkillId, written: Iterable[tuple[JournalEntry, Create | Update | Delete]]
) -> SkillWrites:
    page_id: PageId | None = None
    bases: list[Mapping[Field, Value] | None] = []
    created: dict[Side, Record | None] = {}
    deleted: dict[Side, Delete] = {}
    changes: dict[Field, dict[Side, Change]] = {}
    text = ""
    for entry, action in written:
        page_id = action.page_id or page_id
        bases.append(entry.base)
        if isinstance(action, Create):
            created[action.side] = action.record
        elif isinstance(action, Delete):
            deleted[action.side] = action
            text = entry.removed or text
        elif action.restore and not entry.base:
            created.setdefault(action.side, None)
        else:
            for change in action.changes:
                sides = changes.setdefault(change.field, {})
                # A run may write a field twice, where it planned anew: before all, after all.
                first = sides.get(action.side, change)
                sides[action.side] = Change(change.field, first.before, change.after)
    # Of a field that was written twice, the older base is that of before the run.
    base = {which: value for known in reversed(bases) for which, value in (known or {}).items()}
    changes = {which: sides for which, sides in changes.items() if which in TWO_WAY}
    is_bound = bases[0] is not None
    return SkillWrites(
        skill_id, page_id, base if is_bound else None, created, deleted, changes, text
    )


@dataclass(frozen=True, slots=True)
class CurrentState:
    """Both sides and the base as they are now, indexed."""

    base: Base
    local: LocalObservation
    remote: RemoteObservation
    skills: Mapping[SkillId, LocalSkill]
    rows: Mapping[PageId, RemoteRow]
    missing: Mapping[PageId, MissingRow]
    owners: Mapping[PageId, SkillId]
    alive: frozenset[SkillId]
    """The skills that have a row."""
    needs: Mapping[PageId, frozenset[str]] | None = None
    """The prerequisites of each row as far as they are known, where rows have no column for them."""

    def page_of(self, skill_id: SkillId) -> PageId | None:
        """Return the page that a skill is bound to."""
        binding = self.base.bindings.get(skill_id)
        return binding.page_id if binding is not None else None

    def requires(self, row: RemoteRow) -> frozenset[str]:
        """Return the skills that a row lists as required."""
        if self.needs is not None:
            return self.needs.get(row.page_id, frozenset())
        return frozenset(self.owners[page] for page in row.requires if page in self.owners)

    def record(self, row: RemoteRow) -> Record:
        """Return the values of a row, comparable with those of a file."""
        return replace(row.record, requires=self.requires(row))

    def last_row(self, page_id: PageId | None) -> RemoteRow | None:
        """Return a row as it is, or as it was when it was last seen."""
        if page_id is None:
            return None
        gone = self.missing.get(page_id)
        return self.rows.get(page_id) or (gone.row if gone is not None else None)


def index_state(
    written: Mapping[SkillId, SkillWrites],
    base: Base,
    local: LocalObservation,
    remote: RemoteObservation,
) -> CurrentState:
    """Index both sides; pages that the run knew belong to its skills even when unbound."""
    pages = {writes.page_id: skill_id for skill_id, writes in written.items() if writes.page_id}
    found = identify(base, local, remote)
    owners = {**pages, **found.pages}
    rows = {row.page_id: row for row in remote.rows}
    missing = {gone.page_id: gone for gone in remote.missing}
    if remote.parts:
        # Rows show only a part of some values; the pairs know the whole.
        rows |= {pair.row.page_id: pair.row for pair in found.pairs if pair.row is not None}
        gone = [pair.missing for pair in found.pairs if pair.missing is not None]
        missing |= {it.page_id: it for it in gone if it.page_id in missing}
    return CurrentState(
        base=base,
        local=local,
        remote=remote,
        skills={skill.skill_id: skill for skill in local.skills if skill.skill_id is not None},
        rows=rows,
        missing=missing,
        owners=owners,
        alive=frozenset(owners[page] for page in rows if page in owners),
        needs=find_requires(found.pairs) if Field.REQUIRES in remote.parts else None,
    )


@dataclass(frozen=True, slots=True)
class FieldUndo:
    """The values that an undo gives a field on each side, and its base afterwards."""

    values: Mapping[Side, Value]
    base: Known

    @property
    def is_open(self) -> bool:
        """Whether the sides differ, so that nothing new is agreed on."""
        return self.values[Side.LOCAL] != self.values[Side.REMOTE]


class RowUndo(Enum):
    """What an undo does with a row as a whole."""

    KEEP = "keep"
    RESTORE = "restore"
    REMAKE = "remake"
    TRASH = "trash"


@dataclass(frozen=True, slots=True)
class UndoStep:
    """How one skill is undone. `local` and `row` are as they are now."""

    writes: SkillWrites
    page_id: PageId | None
    local: LocalSkill | None = None
    row: RemoteRow | None = None
    held: str = ""
    """Why nothing is done about the skill."""
    row_undo: RowUndo = RowUndo.KEEP
    leaves_file: bool = False
    record: Record | None = None
    """What is put back into the file, with `text` where that is known."""
    text: str = ""
    fields: Mapping[Field, FieldUndo] = field(default_factory=dict)
    holds: Mapping[Field, str] = field(default_factory=dict)
    """Why nothing is done about single fields."""

    @property
    def skill_id(self) -> SkillId:
        """The skill's id."""
        return self.writes.skill_id

    @property
    def leaves_notion(self) -> bool:
        """Whether the row goes to the trash."""
        return self.row_undo is RowUndo.TRASH

    def hold(self, reason: str) -> UndoStep:
        """Return a step that does nothing about the skill."""
        return replace(
            self, held=reason, row_undo=RowUndo.KEEP, leaves_file=False, record=None, fields={}
        )

    def hold_field(self, which: Field, reason: str) -> UndoStep:
        """Return a step that does nothing about one field."""
        fields = {other: undo for other, undo in self.fields.items() if other is not which}
        return replace(self, fields=fields, holds={**self.holds, which: reason})

    def final(self, which: Field) -> Value:
        """Return the value that the file has afterwards."""
        if self.record is not None:
            return self.record.get(which)
        if which in self.fields:
            return self.fields[which].values[Side.LOCAL]
        return (self.local.record if self.local is not None else Record("")).get(which)


def decide_step(writes: SkillWrites, state: CurrentState) -> UndoStep:
    """Decide about one skill, as the table of this module says."""
    page_id = writes.page_id or state.page_of(writes.skill_id)
    row = state.rows.get(page_id) if page_id is not None else None
    step = UndoStep(writes, page_id, state.skills.get(writes.skill_id), row)
    if writes.deleted:
        return _undo_deletion(step, state)
    if row is not None and state.owners.get(row.page_id) != writes.skill_id:
        return step.hold(ANOTHER_ID)
    if writes.created:
        return _undo_creation(step, state)
    return _undo_changes(step, state)


def _undo_deletion(step: UndoStep, state: CurrentState) -> UndoStep:
    if _has_another_row(step, state):
        return step.hold(ANOTHER_ROW)
    absence = _find_absence(step, state)
    if absence in {Absence.ARCHIVED, Absence.MOVED}:
        return step.hold(ABSENT[absence])
    undos = {Absence.TRASHED: RowUndo.RESTORE, Absence.UNSEEN: RowUndo.REMAKE, None: RowUndo.KEEP}
    step = replace(step, row_undo=undos[absence])
    if step.local is not None:
        return step
    return replace(step, record=_find_former_record(step.writes), text=step.writes.text)


def _find_former_record(writes: SkillWrites) -> Record:
    """Return what the file had: what both had agreed on, where the row was all that was left.

    Such a row may have lost values together with an option that was deleted in Notion.
    """
    if Side.LOCAL in writes.deleted:
        return writes.record
    former = writes.record.with_values(writes.base or {})
    return former if former.section else replace(former, section=INBOX)


def _find_absence(step: UndoStep, state: CurrentState) -> Absence | None:
    """Return how the row is absent; None when it is there."""
    if step.row is not None:
        return None
    gone = state.missing.get(step.page_id) if step.page_id is not None else None
    return gone.absence if gone is not None else Absence.UNSEEN


def _has_another_row(step: UndoStep, state: CurrentState) -> bool:
    bound = state.page_of(step.skill_id)
    if bound is not None and bound != step.page_id:
        return True
    return any(
        row.tracker_id == step.skill_id and row.page_id != step.page_id for row in state.remote.rows
    )


def _undo_creation(step: UndoStep, state: CurrentState) -> UndoStep:
    """Remove what the run made, unless somebody has worked on it since."""
    created = step.writes.created
    done = step
    if Side.REMOTE in created and step.row is not None:
        expected = created[Side.REMOTE] or _find_agreed_record(step.skill_id, state)
        # Notion drops relations to rows that are gone; that is no work on this one.
        shown, made = (
            record and replace(record, requires=record.requires & state.alive)
            for record in (state.record(step.row), expected)
        )
        if shown != made or any(which in step.row.held for which in TWO_WAY):
            return step.hold(CHANGED)
        done = replace(done, row_undo=RowUndo.TRASH)
    if Side.LOCAL in created and step.local is not None:
        if step.local.record != created[Side.LOCAL]:
            return step.hold(CHANGED)
        done = replace(done, leaves_file=True)
    return done


def _find_agreed_record(skill_id: SkillId, state: CurrentState) -> Record | None:
    """Return what both sides last agreed on as a whole; None when something was left open."""
    binding = state.base.bindings.get(skill_id)
    fields: Mapping[Field, Value] = binding.fields if binding is not None else {}
    if any(which not in fields for which in TWO_WAY):
        return None
    return Record("").with_values(fields)


def _undo_changes(step: UndoStep, state: CurrentState) -> UndoStep:
    """Give both sides the values of before the run, field by field, where nothing is newer."""
    local, row, changes = step.local, step.row, step.writes.changes
    if not changes:
        return step
    if local is None:
        return step.hold(LEFT)
    if row is None:
        absence = _find_absence(step, state) or Absence.UNSEEN
        return step.hold(f"{CHANGED}: {ABSENT[absence]}")
    remote = state.record(row)
    binding = state.base.bindings.get(step.skill_id)
    known = binding.fields if binding is not None else {}
    fields: dict[Field, FieldUndo] = {}
    holds: dict[Field, str] = {}
    for which in TWO_WAY:
        if which not in changes:
            continue
        current = FieldUndo(
            {Side.LOCAL: local.record.get(which), Side.REMOTE: remote.get(which)},
            known.get(which, UNKNOWN),
        )
        before = (step.writes.base or {}).get(which, UNKNOWN)
        undo = _undo_field(which, changes[which], before, current)
        if which in row.held:
            holds[which] = row.held[which]
        elif undo is None:
            holds[which] = CHANGED
        elif undo != current:
            fields[which] = undo
    return replace(step, fields=fields, holds=holds)


#     the run            before         both sides get
#     brought a value    B, agreed on   B again
#     merged two         B              B again
#     settled a clash    B or unknown   each its own value again: the conflict is back
#     was cut off                       the written sides what they had; the base never moved


def _undo_field(
    which: Field, changes: Mapping[Side, Change], before: Known, current: FieldUndo
) -> FieldUndo | None:
    """Return what both sides get, or None where something newer is there.

    `before` is the base when the run began; `current` are the values and the base as they are now.
    """
    after = {side: (changes.get(side) or changes[side.other]).after for side in Side}
    former = {side: changes[side].before if side in changes else after[side] for side in Side}
    if current.base == after[Side.LOCAL] == after[Side.REMOTE]:
        undo = _find_former(which, former, before)
    else:
        # The other side was never written, so nothing was agreed on.
        kept = {side: former[side] if side in changes else current.values[side] for side in Side}
        undo = FieldUndo(kept, current.base)
    is_newer = any(current.values[side] not in (after[side], undo.values[side]) for side in Side)
    return None if is_newer else undo


def _find_former(which: Field, former: Mapping[Side, Value], before: Known) -> FieldUndo:
    values = [former[side] for side in Side]
    if which is Field.SECTION and isinstance(before, str):
        # A row without a section is where an option was deleted, and nobody's choice.
        values = [value or before for value in values]
    merged = merge_field(which, before, *values)
    if isinstance(before, Mark) or merged is CLASH:
        return FieldUndo(former, before)
    return FieldUndo(dict.fromkeys(Side, before), before)
