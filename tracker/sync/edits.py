"""Turn the local actions of a plan into edits of the roadmap file.

Pure: no clock, no disk, no network, no logging. Says what should be true, never how it is spliced.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from tracker.roadmap.model import (
    AddSection,
    Edit,
    InsertSkill,
    InsertText,
    Item,
    MoveSkill,
    RemoveSkill,
    RenameSection,
    Scalar,
    SetItems,
    SetValue,
    SkillId,
    Status,
)
from tracker.sync.plan import Create, Delete, Plan, Update
from tracker.sync.snapshot import Field, Links, LocalObservation, Record, Side, Value

_LISTS = frozenset({Field.TAGS, Field.REQUIRES, Field.RESOURCES})

_KEYS = (
    Field.NAME,
    Field.GOAL,
    Field.STATUS,
    Field.LEVEL,
    Field.HOURS,
    Field.STARTED,
    Field.COMPLETED,
    Field.REQUIRES,
    Field.TAGS,
    Field.RESOURCES,
    Field.NOTES,
)
"""The order in which the keys of a new skill are written, after its id."""


def make_edits(plan: Plan, local: LocalObservation) -> tuple[Edit, ...]:
    """Return the edits of the file as it was read: sections first, then skills in plan order.

    Entries of tags and requires come sorted; those that the file has already keep their place.
    """
    renamed = dict(plan.sections)
    edits: list[Edit] = [
        RenameSection(index, renamed[title])
        for index, title in enumerate(local.sections)
        if title in renamed
    ]
    # The editor adds no section by itself: a new one is added before skills move into it.
    present = {renamed.get(title, title) for title in local.sections}
    added: dict[str, None] = {}
    skills: list[Edit] = []
    for action in plan.writes:
        for edit in _make_edits(action, plan.sections) if action.side is Side.LOCAL else ():
            skills.append(edit)
            if isinstance(edit, InsertSkill | InsertText | MoveSkill):
                added[edit.section] = None
    made = (AddSection(title) for title in added if title not in present)
    return (*edits, *made, *skills)


def _make_edits(
    action: Create | Update | Delete, renamed: tuple[tuple[str, str], ...]
) -> Iterator[Edit]:
    if isinstance(action, Create):
        inserted = _insert(action.skill_id, action.record)
        # With a place it comes back by an undo, as the text that it was.
        if action.place is None:
            yield inserted
        else:
            yield InsertText(inserted.section, action.text, action.place, inserted.values)
    elif action.at is None:
        return
    elif isinstance(action, Delete):
        yield RemoveSkill(action.at)
    else:
        for change in action.changes:
            key = change.field.value
            # A skill whose whole section is renamed does not move.
            if change.field is Field.SECTION and (change.before, change.after) not in renamed:
                yield MoveSkill(action.at, str(change.after))
            elif change.field in _LISTS:
                yield SetItems(action.at, key, _make_items(change.after))
            elif change.field is not Field.SECTION:
                yield SetValue(action.at, key, _make_scalar(change.after))


def _insert(skill_id: SkillId, record: Record) -> InsertSkill:
    values: dict[str, Scalar | tuple[Item, ...]] = {"id": skill_id}
    for which in _KEYS:
        value = record.get(which)
        # What is empty, or the default, is left out, as people do.
        if which in _LISTS:
            if items := _make_items(value):
                values[which.value] = items
        elif value is not None and value is not Status.TODO:
            values[which.value] = _make_scalar(value) or 0
    return InsertSkill(record.section, values)


def _make_scalar(value: Value) -> Scalar | None:
    """Return the YAML scalar of a value: a plain string for a status, whole hours as integers."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    return value if isinstance(value, date | int) else None


def _make_items(value: Value) -> tuple[Item, ...]:
    if isinstance(value, frozenset):
        return tuple(sorted(value))
    items: list[Item] = []
    for link in value.items if isinstance(value, Links) else ():
        resource: dict[str, Scalar] = {"title": link.title, "url": link.url}
        items.append(resource if link.type is None else {**resource, "type": link.type})
    return tuple(items)
