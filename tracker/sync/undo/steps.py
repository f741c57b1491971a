"""Decide how to undo what a run did to each skill.

Pure: no clock, no disk, no network, no logging. Looks at one skill at a time; `make` checks that the
file stays valid with all of it.

    the run         now                                   is undone by
    deleted it      its row is in the trash               restoring the row, putting the text back
                    its row is there                      putting the text back
                    its row cannot be found any more      putting the text back, making a new row
                    it has another row                    nothing: held
    made a row      the row is as it was made             moving the row to the trash
    made a skill    the skill is as it was made           taking it out of the file
    changed fields  see the table above `take_back`
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from tracker.roadmap.model import INBOX, SkillId
from tracker.sync.actions import ABSENT
from tracker.sync.identity import identify
from tracker.sync.journal import JournalEntry
from tracker.sync.merge import CLASH, UNKNOWN, Known, Mark, merge_field
from tracker.sync.plan import Change, Create, Delete, Update
from tracker.sync.snapshot import (
    TWO_WAY,
    Absence,
    Base,
    Field,
    LocalObservation,
    LocalSkill,
    MissingRow,
    PageId,
    Record,
    RemoteObservation,
    RemoteRow,
    Side,
    Value,
)


@dataclass(slots=True)
class Story:
    """One skill in one run.

    `base` is what both sides had agreed on before, None when the skill was not bound. A row that was
    taken out of the trash for an unbound skill counts as created, with no record of its values.
    """

    skill_id: SkillId
    page_id: PageId | None = None
    base: dict[Field, Value] | None = None
    created: dict[Side, Record | None] = field(default_factory=dict)
    deleted: dict[Side, Delete] = field(default_factory=dict)
    changes: dict[Field, dict[Side, Change]] = field(default_factory=dict)
    text: str = ""

    @property
    def record(self) -> Record:
        """The values of a deleted skill; those of the file, where it was deleted there."""
        return next(
            self.deleted[side].record for side in (Side.LOCAL, Side.REMOTE) if side in self.deleted
        )


def tell_stories(entries: Iterable[JournalEntry]) -> Mapping[SkillId, Story]:
    """Tell what became of each skill, in the order in which they were written."""
    stories: dict[SkillId, Story] = {}
    for entry in entries:
        action = entry.action
        if not isinstance(action, Create | Update | Delete):
            continue
        story = stories.get(action.skill_id)
        if story is None:
            base = None if entry.base is None else dict(entry.base)
            story = stories[action.skill_id] = Story(action.skill_id, base=base)
        _add(story, entry, action)
    return stories


def _add(story: Story, entry: JournalEntry, action: Create | Update | Delete) -> None:
    story.page_id = action.page_id or story.page_id
    if story.base is not None:
        story.base = {**(entry.base or {}), **story.base}
    if isinstance(action, Create):
        story.created[action.side] = action.record
    elif isinstance(action, Delete):
        story.deleted[action.side] = action
        story.text = entry.removed or story.text
    elif action.restore and not entry.base:
        story.created.setdefault(action.side, None)
    else:
        for change in action.changes:
            if change.field in TWO_WAY:
                sides = story.changes.setdefault(change.field, {})
                first = sides.get(action.side, change)
                sides[action.side] = Change(change.field, first.before, change.after)


@dataclass(frozen=True, slots=True)
class Present:
    """Both sides and the base, with what is looked up in them; `alive` are skills that have a row."""

    base: Base
    local: LocalObservation
    remote: RemoteObservation
    skills: Mapping[SkillId, LocalSkill]
    rows: Mapping[PageId, RemoteRow]
    missing: Mapping[PageId, MissingRow]
    owners: Mapping[PageId, SkillId]
    alive: frozenset[SkillId]

    def page_of(self, skill_id: SkillId) -> PageId | None:
        """Return the page that a skill is bound to."""
        binding = self.base.bindings.get(skill_id)
        return binding.page_id if binding is not None else None

    def agreed(self, skill_id: SkillId, which: Field) -> Known:
        """Return what both sides last agreed on."""
        binding = self.base.bindings.get(skill_id)
        return binding.fields.get(which, UNKNOWN) if binding is not None else UNKNOWN

    def requires(self, row: RemoteRow) -> frozenset[str]:
        """Return the skills that a row lists as required."""
        return frozenset(self.owners[each] for each in row.requires if each in self.owners)

    def record(self, row: RemoteRow) -> Record:
        """Return the values of a row, comparable with those of a file."""
        return replace(row.record, requires=self.requires(row))

    def last_row(self, page_id: PageId | None) -> RemoteRow | None:
        """Return a row as it is, or as it was when it was last seen."""
        if page_id is None:
            return None
        gone = self.missing.get(page_id)
        return self.rows.get(page_id) or (gone.row if gone is not None else None)


def make_present(
    stories: Mapping[SkillId, Story],
    base: Base,
    local: LocalObservation,
    remote: RemoteObservation,
) -> Present:
    """Index what is there; pages that the run knew belong to its skills even when unbound."""
    pages = {story.page_id: each for each, story in stories.items() if story.page_id is not None}
    owners = {**pages, **identify(base, local, remote).pages}
    rows = {row.page_id: row for row in remote.rows}
    return Present(
        base=base,
        local=local,
        remote=remote,
        skills={each.skill_id: each for each in local.skills if each.skill_id is not None},
        rows=rows,
        missing={each.page_id: each for each in remote.missing},
        owners=owners,
        alive=frozenset(owners[page] for page in rows if page in owners),
    )


@dataclass(frozen=True, slots=True)
class Now:
    """What a field is now on both sides, and what both last agreed on."""

    sides: Mapping[Side, Value]
    base: Known


@dataclass(frozen=True, slots=True)
class Back:
    """What a field shall be on each side, and what is agreed on where the sides differ then."""

    sides: Mapping[Side, Value]
    base: Known

    @property
    def is_open(self) -> bool:
        """Whether the sides differ, so that nothing new is agreed on."""
        return self.sides[Side.LOCAL] != self.sides[Side.REMOTE]


#     the run            before         both sides get
#     brought a value    B, agreed on   B again
#     merged two         B              B again
#     settled a clash    B or unknown   each its own value again: the conflict is back
#     was cut off                       the written sides what they had; the base never moved


def take_back(which: Field, changes: Mapping[Side, Change], before: Known, now: Now) -> Back | None:
    """Return what both sides shall have, or None where something newer stands.

    `before` is what both had agreed on when the run began.
    """
    after = {side: (changes.get(side) or changes[side.other]).after for side in Side}
    former = {side: changes[side].before if side in changes else after[side] for side in Side}
    if now.base == after[Side.LOCAL] == after[Side.REMOTE]:
        back = _find_former(which, former, before)
    else:
        # The other side was never written, so nothing was agreed on.
        kept = {side: former[side] if side in changes else now.sides[side] for side in Side}
        back = Back(kept, now.base)
    is_newer = any(now.sides[side] not in (after[side], back.sides[side]) for side in Side)
    return None if is_newer else back


def _find_former(which: Field, former: Mapping[Side, Value], before: Known) -> Back:
    values = [former[side] for side in Side]
    if which is Field.SECTION and isinstance(before, str):
        # A row without a section is where an option was deleted, and nobody's choice.
        values = [value or before for value in values]
    merged = merge_field(which, before, *values)
    if isinstance(before, Mark) or merged is CLASH:
        return Back(former, before)
    return Back(dict.fromkeys(Side, before), before)


CHANGED = "changed since"
LEFT = "changed since: it is not in the file any more"
ANOTHER_ROW = "changed since: it has another row"
ANOTHER_ID = "changed since: its row is another skill's"


@dataclass(slots=True)
class Step:
    """What is to be done about one skill; `held` says why nothing is, `holds` why not a field.

    `comes` is the record that is put into the file. `row` and `local` are as they are now.
    """

    story: Story
    page_id: PageId | None
    local: LocalSkill | None = None
    row: RemoteRow | None = None
    held: str = ""
    holds: dict[Field, str] = field(default_factory=dict)
    comes: Record | None = None
    text: str = ""
    restores: bool = False
    remakes: bool = False
    leaves_file: bool = False
    leaves_notion: bool = False
    back: dict[Field, Back] = field(default_factory=dict)

    @property
    def skill_id(self) -> SkillId:
        """The skill's id."""
        return self.story.skill_id

    @property
    def is_return(self) -> bool:
        """Whether the skill comes back on a side."""
        return self.comes is not None or self.restores or self.remakes

    def hold(self, reason: str) -> None:
        """Do nothing about the skill."""
        self.held = reason
        self.comes, self.back = None, {}
        self.restores = self.remakes = self.leaves_file = self.leaves_notion = False

    def hold_field(self, which: Field, reason: str) -> None:
        """Do nothing about one field."""
        self.back.pop(which, None)
        self.holds[which] = reason

    def final(self, which: Field) -> Value:
        """Return the value that the file has afterwards."""
        if self.comes is not None:
            return self.comes.get(which)
        if which in self.back:
            return self.back[which].sides[Side.LOCAL]
        record = self.local.record if self.local is not None else Record("")
        return record.get(which)


def decide_step(story: Story, present: Present) -> Step:
    """Decide about one skill."""
    page_id = story.page_id or present.page_of(story.skill_id)
    row = present.rows.get(page_id) if page_id is not None else None
    step = Step(story, page_id, present.skills.get(story.skill_id), row)
    if story.deleted:
        _bring_back(step, present)
    elif row is not None and present.owners.get(row.page_id) != story.skill_id:
        step.hold(ANOTHER_ID)
    elif story.created:
        _send_away(step, present)
    else:
        _revert(step, present)
    return step


def _bring_back(step: Step, present: Present) -> None:
    if _has_another_row(step, present):
        step.hold(ANOTHER_ROW)
        return
    absence = _absence(step, present)
    if absence in {Absence.ARCHIVED, Absence.MOVED}:
        step.hold(ABSENT[absence])
        return
    step.restores = absence is Absence.TRASHED
    step.remakes = absence is Absence.UNSEEN
    if step.local is None:
        step.comes, step.text = _former_record(step.story), step.story.text


def _former_record(story: Story) -> Record:
    """Return what the file had: what both had agreed on, where the row was all that was left.

    Such a row may have lost values together with an option that was deleted in Notion.
    """
    if Side.LOCAL in story.deleted:
        return story.record
    former = story.record.with_values(story.base or {})
    return former if former.section else replace(former, section=INBOX)


def _absence(step: Step, present: Present) -> Absence | None:
    """Return how the row is absent; None when it is there."""
    if step.row is not None:
        return None
    gone = present.missing.get(step.page_id) if step.page_id is not None else None
    return gone.absence if gone is not None else Absence.UNSEEN


def _has_another_row(step: Step, present: Present) -> bool:
    bound = present.page_of(step.skill_id)
    if bound is not None and bound != step.page_id:
        return True
    return any(
        row.tracker_id == step.skill_id and row.page_id != step.page_id
        for row in present.remote.rows
    )


def _send_away(step: Step, present: Present) -> None:
    created = step.story.created
    if Side.REMOTE in created and step.row is not None:
        expected = created[Side.REMOTE] or _agreed_record(step.skill_id, present)
        record = _seen(present.record(step.row), present)
        is_same = expected is not None and record == _seen(expected, present)
        if not is_same or any(which in step.row.held for which in TWO_WAY):
            step.hold(CHANGED)
            return
        step.leaves_notion = True
    if Side.LOCAL in created and step.local is not None:
        if step.local.record != created[Side.LOCAL]:
            step.hold(CHANGED)
            return
        step.leaves_file = True


def _seen(record: Record, present: Present) -> Record:
    """Return a record without the prerequisites whose rows are gone: Notion lets go of them."""
    return replace(record, requires=record.requires & present.alive)


def _agreed_record(skill_id: SkillId, present: Present) -> Record | None:
    """Return what both sides last agreed on as a whole; None when something was left open."""
    binding = present.base.bindings.get(skill_id)
    fields: Mapping[Field, Value] = binding.fields if binding is not None else {}
    if any(which not in fields for which in TWO_WAY):
        return None
    return Record("").with_values(fields)


def _revert(step: Step, present: Present) -> None:
    if not step.story.changes:
        return
    if step.local is None:
        step.hold(LEFT)
        return
    if step.row is None:
        absence = _absence(step, present) or Absence.UNSEEN
        step.hold(f"{CHANGED}: {ABSENT[absence]}")
        return
    for which in TWO_WAY:
        if which in step.story.changes:
            _revert_field(step, which, present)


def _revert_field(step: Step, which: Field, present: Present) -> None:
    local, row = step.local, step.row
    if local is None or row is None:
        return
    if which in row.held:
        step.hold_field(which, row.held[which])
        return
    sides = {Side.LOCAL: local.record.get(which), Side.REMOTE: present.record(row).get(which)}
    now = Now(sides, present.agreed(step.skill_id, which))
    before = (step.story.base or {}).get(which, UNKNOWN)
    back = take_back(which, step.story.changes[which], before, now)
    if back is None:
        step.hold_field(which, CHANGED)
    elif dict(back.sides) != sides or back.base != now.base:
        step.back[which] = back
