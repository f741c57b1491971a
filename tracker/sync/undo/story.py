"""What one run did to each skill, told from its entries in the journal.

Pure: no clock, no disk, no network, no logging. Tells only; what is done about it comes later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tracker.roadmap.model import SkillId
from tracker.sync.journal import Entry
from tracker.sync.plan import Change, Create, Delete, Update
from tracker.sync.snapshot import TWO_WAY, Field, PageId, Record, Side, Value


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


def tell_stories(entries: Iterable[Entry]) -> Mapping[SkillId, Story]:
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


def _add(story: Story, entry: Entry, action: Create | Update | Delete) -> None:
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
