"""Decide what has to be done to take back what a run did to one skill.

Pure: no clock, no disk, no network, no logging. Looks at one skill at a time; whether the file stays
valid with all of it is the business of `valid`.

    the run         now                                   is taken back by
    deleted it      its row is in the trash               restoring the row, putting the text back
                    its row is there                      putting the text back
                    its row cannot be found any more      putting the text back, making a new row
                    it has another row                    nothing: held
    made a row      the row is as it was made             moving the row to the trash
    made a skill    the skill is as it was made           taking it out of the file
    changed fields  see `fields`
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tracker.roadmap.model import SkillId
from tracker.sync.actions import ABSENT
from tracker.sync.fields import INBOX
from tracker.sync.merge import UNKNOWN
from tracker.sync.snapshot import (
    TWO_WAY,
    Absence,
    Field,
    LocalSkill,
    PageId,
    Record,
    RemoteRow,
    Side,
    Value,
)
from tracker.sync.undo.fields import Back, Now, take_back
from tracker.sync.undo.story import Story
from tracker.sync.undo.world import Present

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
