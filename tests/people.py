"""What people do between two syncs, as small values that hypothesis can draw and shrink.

Every act leaves a file that loads: one that would break the rules of a roadmap does not happen.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from graphlib import CycleError, TopologicalSorter

from builders import record, roadmap
from hypothesis import strategies as st
from world import MemoryWorld

from tracker.roadmap.model import Status
from tracker.sync.model import Absence, PageId, RemoteRow
from tracker.sync.records import Field, Link, Links, LocalObservation, LocalSkill

IDS = ("knn", "svm", "trees", "boosting", "pca")
VALUES = {
    Field.NAME: ("Knn", "SVM", "Knn again", "Trees"),
    Field.STATUS: tuple(Status),
    Field.SECTION: ("Basics", "Models", "Cloud"),
    Field.LEVEL: (None, "entry", "advanced"),
    Field.GOAL: (None, "Can do it.", "Can explain it."),
    Field.HOURS: (None, 1.0, 2.5),
    Field.STARTED: (None, date(2026, 1, 1), date(2026, 2, 1)),
    Field.COMPLETED: (None, date(2026, 1, 1), date(2026, 3, 1)),
    Field.TAGS: (frozenset(), frozenset("a"), frozenset("b"), frozenset("ab"), frozenset("bc")),
    Field.RESOURCES: (
        Links(),
        Links((Link("https://a.org", "A"),)),
        Links((Link("https://a.org", "A again", "docs"), Link("https://b.org", "B"))),
        Links((Link("https://c.org", "C"),)),
    ),
    Field.EVIDENCE: (None, "https://a.org/me", "https://b.org/me"),
    Field.NOTES: (None, "one\ntwo\nthree", "one\ntwo\nthree\nfour", "zero\none\ntwo\nthree", "x"),
}
LOCAL = (
    "set",
    "require",
    "delete",
    "add",
    "add without id",
    "rename section",
    "shuffle",
    "lose id",
)
REMOTE = (
    "set row", "relate", "trash", "untrash", "new row", "copy row", "number", "rename option", "rename option",
    "set row", "relate", "clash", "clash",
)  # fmt: skip
STRANGE = ("hide", "show", "edit tracker id", "clear section", "hold", "unbind", "new id")
NUMBERS = st.integers(0, 30)


def acts(*kinds: str):
    """Draw a few acts of some kinds: what, which skill, which field, which value."""
    fields = st.sampled_from(list(VALUES))
    return st.lists(
        st.tuples(st.sampled_from(kinds), NUMBERS, fields, NUMBERS), min_size=1, max_size=10
    )


@st.composite
def files(draw):
    """Draw a valid file of up to five skills with ids."""
    world = MemoryWorld(
        roadmap(*(_new(each, 0) for each in IDS[: draw(st.sampled_from([3, 5, 4, 2, 1, 0]))]))
    )
    for act in draw(acts("set", "require", "set", "set")):
        do(world, act)
    return world.file


def do(world: MemoryWorld, act: tuple[str, int, Field, int]) -> None:
    """Let a person do something on either side."""
    kind, at, which, value = act
    carry_out = _ACTS[kind]
    before = world.file
    carry_out(world, at, which, value)
    if not is_valid(world.file):
        world.file = before


def is_valid(file: LocalObservation) -> bool:
    """Tell whether a file would load."""
    ids = [each.skill_id for each in file.skills if each.skill_id is not None]
    if len(set(ids)) < len(ids) or len(set(file.sections)) < len(file.sections):
        return False
    needs = {each.skill_id: each.record.requires for each in file.skills if each.skill_id}
    for each in file.skills:
        started, completed = each.record.started, each.record.completed
        if not each.record.name or not each.record.section or each.record.requires - set(ids):
            return False
        if started and completed and completed < started:
            return False
    try:
        TopologicalSorter(needs).prepare()
    except CycleError:
        return False
    return True


def _new(skill_id: str | None, value: int) -> LocalSkill:
    name = (skill_id or "Knn").title()
    section = VALUES[Field.SECTION][value % 2]
    return LocalSkill((0, 0), skill_id, record(name, section=section))


def _pick(items, at: int):
    items = list(items)
    return items[at % len(items)] if items else None


def _replace(world: MemoryWorld, skill: LocalSkill | None, new: LocalSkill | None) -> None:
    skills = [new if each is skill else each for each in world.file.skills]
    kept = [each for each in skills if each is not None]
    world.file = replace(roadmap(*kept, sections=world.file.sections), digest=world.file.digest)


def _set(world: MemoryWorld, at: int, which: Field, value: int) -> None:
    skill = _pick(world.file.skills, at)
    if skill is not None:
        new = skill.record.with_values({which: _pick(VALUES[which], value)})
        _replace(world, skill, replace(skill, record=new))


def _require(world: MemoryWorld, at: int, _: Field, value: int) -> None:
    skill = _pick(world.file.skills, at)
    if skill is not None:
        flip = {_pick(IDS, value)}
        new = replace(skill.record, requires=skill.record.requires ^ flip)
        _replace(world, skill, replace(skill, record=new))


def _delete(world: MemoryWorld, at: int, _: Field, __: int) -> None:
    skill = _pick(world.file.skills, at)
    if skill is None:
        return
    _replace(world, skill, None)
    for each in world.file.skills:
        if skill.skill_id in each.record.requires:
            kept = each.record.requires - {skill.skill_id}
            _replace(world, each, replace(each, record=replace(each.record, requires=kept)))


def _add(world: MemoryWorld, at: int, _: Field, value: int, *, named: bool = True) -> None:
    skill = _new(_pick((*IDS, "new", "newer"), at) if named else None, value)
    skills = (*world.file.skills, skill)
    world.file = replace(roadmap(*skills, sections=world.file.sections), digest=world.file.digest)


def _rename_section(world: MemoryWorld, at: int, _: Field, value: int) -> None:
    before, after = _pick(world.file.sections, at), _pick(("Renamed", "Cloud"), value)
    if before is not None and after not in world.file.sections:
        titles = [after if each == before else each for each in world.file.sections]
        skills = [
            replace(each, record=replace(each.record, section=after))
            if each.record.section == before
            else each
            for each in world.file.skills
        ]
        world.file = replace(roadmap(*skills, sections=titles), digest=world.file.digest)


def _shuffle(world: MemoryWorld, at: int, _: Field, value: int) -> None:
    skills = list(world.file.skills)
    if skills:
        skills.insert(value % len(skills), skills.pop(at % len(skills)))
        world.file = replace(roadmap(*skills, sections=world.file.sections), digest="shuffled")


def _set_id(world: MemoryWorld, at: int, new: str | None) -> None:
    skill = _pick(world.file.skills, at)
    if skill is not None:
        _replace(world, skill, replace(skill, skill_id=new))


def _set_row(world: MemoryWorld, at: int, **values) -> None:
    page_id = _pick(world.rows, at)
    if page_id is not None:
        world.rows[page_id] = replace(world.rows[page_id], **values)


def _set_field(world: MemoryWorld, at: int, which: Field, value: int) -> None:
    row = _pick(world.rows.values(), at)
    if row is not None:
        _set_row(world, at, record=row.record.with_values({which: _pick(VALUES[which], value)}))


def _clash(world: MemoryWorld, at: int, which: Field, value: int) -> None:
    """Change one field of one skill on both sides, usually to different values."""
    skill = _pick(world.file.skills, at)
    bound = [row for row in world.rows.values() if skill and row.tracker_id == skill.skill_id]
    _set(world, at, which, value)
    if bound:
        index = list(world.rows.values()).index(bound[0])
        _set_field(world, index, which, value + 1)


def _relate(world: MemoryWorld, at: int, _: Field, value: int) -> None:
    row, other = _pick(world.rows.values(), at), _pick(world.rows, value)
    if row is not None:
        _set_row(world, at, requires=row.requires ^ {other})


def _trash(world: MemoryWorld, at: int, _: Field, __: int) -> None:
    page_id = _pick(world.rows, at)
    if page_id is not None:
        world.trash[page_id] = world.rows.pop(page_id)


def _untrash(world: MemoryWorld, at: int, _: Field, __: int) -> None:
    page_id = _pick(world.trash, at)
    if page_id is not None:
        world.rows[page_id] = world.trash.pop(page_id)


def _new_row(world: MemoryWorld, at: int, _: Field, value: int) -> None:
    world.made += 1
    page_id = PageId(f"typed-{world.made}")
    name, section = _pick(("", *VALUES[Field.NAME]), at), _pick(("", "Basics", "Typed"), value)
    world.rows[page_id] = RemoteRow(
        page_id, None, record(name, section=section), created_at=f"2026-{world.made:05}"
    )


def _copy_row(world: MemoryWorld, at: int, _: Field, __: int) -> None:
    row = _pick(world.rows.values(), at)
    if row is not None:
        world.made += 1
        page_id = PageId(f"copied-{world.made}")
        created_at = f"2026-{world.made:05}"
        world.rows[page_id] = replace(row, page_id=page_id, created_at=created_at)


def _rename_option(world: MemoryWorld, at: int, _: Field, value: int) -> None:
    """Rename an option of a column, or delete it, in all rows at once."""
    world.observe()
    which = (Field.SECTION, Field.TAGS, Field.LEVEL)[value % 3]
    before = _pick(sorted(world.options.get(which, ())), at)
    after = _pick(("Renamed there", "Renamed again", None), value // 3)
    if before is None or after in world.options[which]:
        return
    world.options[which].discard(before)
    for rows in (world.rows, world.trash):
        for page_id, row in rows.items():
            old = row.record.get(which)
            if isinstance(old, frozenset):
                new = old - {before} | ({after} - {None} if before in old else set())
            else:
                new = old if old != before else after if which is Field.LEVEL else after or ""
            rows[page_id] = replace(row, record=row.record.with_values({which: new}))


def _hide(world: MemoryWorld, at: int, _: Field, value: int) -> None:
    page_id = _pick(world.rows, at)
    if page_id is not None:
        how = (Absence.ARCHIVED, Absence.MOVED, Absence.UNSEEN)
        world.hidden[page_id] = _pick(how, value)


def _hold(world: MemoryWorld, at: int, which: Field, value: int) -> None:
    _set_row(world, at, held={which: "cannot be read"} if value % 2 else {})


def _unbind(world: MemoryWorld, at: int, _: Field, value: int) -> None:
    skill_id = _pick(world.state, at)
    if value % 2:
        world.state.clear()
    elif skill_id is not None:
        del world.state[skill_id]


_ACTS = {
    "set": _set,
    "require": _require,
    "delete": _delete,
    "add": _add,
    "add without id": lambda *act: _add(*act, named=False),
    "rename section": _rename_section,
    "shuffle": _shuffle,
    "lose id": lambda world, at, *_: _set_id(world, at, None),
    "new id": lambda world, at, _, value: _set_id(world, at, _pick(("fresh", "other"), value)),
    "set row": _set_field,
    "relate": _relate,
    "clash": _clash,
    "trash": _trash,
    "untrash": _untrash,
    "new row": _new_row,
    "copy row": _copy_row,
    "number": lambda world, at, _, value: _set_row(world, at, order=(None, 1.0, 5.5)[value % 3]),
    "rename option": _rename_option,
    "hide": _hide,
    "show": lambda world, *_: world.hidden.clear(),
    "edit tracker id": lambda world, at, _, value: _set_row(
        world, at, tracker_id=_pick((None, "svm", "trees", "Not a slug", "elsewhere"), value)
    ),
    "clear section": lambda world, at, *_: _set_row(
        world,
        at,
        **(
            {"record": replace(_pick(world.rows.values(), at).record, section="")}
            if world.rows
            else {}
        ),
    ),
    "hold": _hold,
    "unbind": _unbind,
}
