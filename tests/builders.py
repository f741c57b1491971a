"""Builders of what the pure engine compares: a skill, a roadmap, and a world that is in sync."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from tracker.roadmap.model import SkillId, Status
from tracker.sync.model import (
    Action,
    Base,
    Binding,
    Change,
    PageId,
    Plan,
    Policy,
    RemoteObservation,
    RemoteRow,
    Side,
    Update,
)
from tracker.sync.records import Field, Link, Links, LocalObservation, LocalSkill, Record, Value

TODAY = date(2026, 11, 3)
POLICY = Policy(today=TODAY)


def record(name: str = "", **values: object) -> Record:
    """Make a record; collections may be given as lists, a status as its word, links as URLs."""
    return Record(name).with_values(
        {Field(key): _value(Field(key), it) for key, it in values.items()}
    )


def skill(skill_id: str | None, **values: object) -> LocalSkill:
    """Make a skill of section "Basics", named after its id."""
    named = {"name": (skill_id or "").title(), "section": "Basics"} | values
    return LocalSkill((0, 0), skill_id and SkillId(skill_id), record(**named))


def roadmap(*skills: LocalSkill, sections: Iterable[str] = ()) -> LocalObservation:
    """Make the observation of a file with these skills, in the order in which they are given."""
    titles = tuple(dict.fromkeys([*sections, *(each.record.section for each in skills)]))
    counts = dict.fromkeys(titles, 0)
    placed = []
    for title in titles:
        for each in skills:
            if each.record.section == title:
                at = (titles.index(title), counts[title])
                counts[title] += 1
                placed.append(replace(each, at=at))
    return LocalObservation("ds-path", "Data scientist path", "digest", titles, tuple(placed))


def page(skill_id: str) -> PageId:
    """Return the page id that `in_sync` gives a skill."""
    return PageId(f"page-{skill_id}")


def row(skill_id: str | None, page_id: str | None = None, **values: object) -> RemoteRow:
    """Make a row; `requires` are skill ids, `order`, `created_at` and `held` as in a RemoteRow."""
    own = {key: values.pop(key) for key in ("order", "created_at", "held") if key in values}
    requires = frozenset(page(each) for each in values.pop("requires", ()))
    named = {"name": (skill_id or "").title(), "section": "Basics"} | values
    return RemoteRow(
        PageId(page_id or page(skill_id or "")), skill_id, record(**named), requires, **own
    )


def in_sync(local: LocalObservation) -> tuple[Base, LocalObservation, RemoteObservation]:
    """Return base, local and remote of a world in which there is nothing to do."""
    bindings = {
        each.skill_id: Binding(each.skill_id, page(each.skill_id), each.record.values())
        for each in local.skills
    }
    rows = tuple(
        RemoteRow(
            page(each.skill_id),
            each.skill_id,
            replace(each.record, requires=frozenset()),
            frozenset(map(page, each.record.requires)),
            order=1000.0 * number,
        )
        for number, each in enumerate(local.skills, start=1)
    )
    return Base(bindings), local, RemoteObservation(rows)


def edit(side: LocalObservation | RemoteObservation, skill_id: str, **values: object):
    """Return a side with some values of one skill changed, as a person would."""
    if isinstance(side, LocalObservation):
        skills = tuple(
            replace(each, record=_edited(each.record, values))
            if each.skill_id == skill_id
            else each
            for each in side.skills
        )
        return roadmap(*skills, sections=side.sections)
    own = {key: values.pop(key) for key in ("tracker_id", "order", "held") if key in values}
    if "requires" in values:
        own["requires"] = frozenset(page(each) for each in values.pop("requires"))
    rows = tuple(
        replace(each, record=_edited(each.record, values), **own)
        if each.page_id == page(skill_id)
        else each
        for each in side.rows
    )
    return replace(side, rows=rows)


def without(side: LocalObservation | RemoteObservation, *skill_ids: str):
    """Return a side that does not list some skills any more."""
    if isinstance(side, LocalObservation):
        kept = [each for each in side.skills if each.skill_id not in skill_ids]
        return roadmap(*kept, sections=side.sections)
    gone = {page(each) for each in skill_ids}
    return replace(side, rows=tuple(each for each in side.rows if each.page_id not in gone))


def changes(plan: Plan, side: Side, skill_id: str) -> Mapping[Field, tuple[Value, Value]]:
    """Return what a plan changes in a skill on one side, as field → (before, after)."""
    return {
        change.field: (change.before, change.after)
        for action in plan.actions
        if isinstance(action, Update) and (action.side, action.skill_id) == (side, skill_id)
        for change in action.changes
    }


def only(plan: Plan, *kinds: type[Action]) -> list[Action]:
    """Return the actions of some kinds."""
    return [action for action in plan.actions if isinstance(action, kinds)]


def change(which: Field, before: Value, after: Value) -> Change:
    """Make a change."""
    return Change(which, before, after)


def _edited(before: Record, values: Mapping[str, object]) -> Record:
    return before.with_values({Field(key): _value(Field(key), it) for key, it in values.items()})


def _value(which: Field, given: object) -> Value:
    if which is Field.STATUS:
        return Status(given)
    if which is Field.RESOURCES and not isinstance(given, Links):
        return Links(tuple(each if isinstance(each, Link) else Link(each, each) for each in given))
    if which in {Field.TAGS, Field.REQUIRES}:
        return frozenset(given)
    return given
