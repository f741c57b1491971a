"""Turn the local actions of a plan into edits of the roadmap file.

Pure: no clock, no disk, no network, no logging. Says what should be true, never how it is spliced.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from tracker.roadmap.edits import (
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
)
from tracker.roadmap.model import SkillId, Status
from tracker.sync.plan import Action, Change, Create, Delete, Plan, Update
from tracker.sync.snapshot import Field, Link, Links, LocalObservation, Record, Side, Value

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
    present = {renamed.get(title, title) for title in local.sections}
    added: dict[str, None] = {}
    skills: list[Edit] = []
    for action in plan.actions:
        for edit in _make_edits(action, plan.sections):
            skills.append(edit)
            if (
                isinstance(edit, InsertSkill | InsertText | MoveSkill)
                and edit.section not in present
            ):
                added[edit.section] = None
    return (*edits, *map(AddSection, added), *skills)


def _make_edits(action: Action, renamed: tuple[tuple[str, str], ...]) -> Iterator[Edit]:
    if isinstance(action, Create) and action.side is Side.LOCAL:
        inserted = _insert(action.skill_id, action.record)
        if action.place is None:
            yield inserted
        else:
            yield InsertText(inserted.section, action.text, action.place, inserted.values)
    elif isinstance(action, Delete) and action.side is Side.LOCAL and action.at is not None:
        yield RemoveSkill(action.at)
    elif isinstance(action, Update) and action.side is Side.LOCAL and action.at is not None:
        for change in action.changes:
            if change.field is not Field.SECTION:
                yield _set(action, change)
            elif (change.before, change.after) not in renamed:
                yield MoveSkill(action.at, str(change.after))


def _set(action: Update, change: Change) -> Edit:
    at = action.at or (0, 0)
    if change.field in _LISTS:
        return SetItems(at, change.field.value, _make_items(change.after))
    return SetValue(at, change.field.value, _make_scalar(change.after))


def _insert(skill_id: SkillId, record: Record) -> InsertSkill:
    values: dict[str, Scalar | tuple[Item, ...]] = {"id": skill_id}
    for which in _KEYS:
        value = record.get(which)
        if which in _LISTS:
            items = _make_items(value)
            if items:
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
    return tuple(map(_make_resource, value.items)) if isinstance(value, Links) else ()


def _make_resource(link: Link) -> Item:
    resource: dict[str, Scalar] = {"title": link.title, "url": link.url}
    if link.type is not None:
        resource["type"] = link.type
    return resource
