"""Make the plan that undoes a run, and the bookkeeping that goes with it.

Pure: no clock, no disk, no network, no logging. `undo_steps` decides about each skill; this module
keeps all steps valid together, finds their places in the file and turns them into actions. Nothing is
forced: what changed since the run is held, and an undo can itself be undone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tracker.roadmap.dates import find_order_fault
from tracker.roadmap.graph import find_circles
from tracker.roadmap.model import At, SkillId
from tracker.sync.journal import JournalEntry
from tracker.sync.merge import Mark
from tracker.sync.model import (
    Action,
    Base,
    Binding,
    Bookkeeping,
    Change,
    Create,
    Delete,
    Hold,
    Plan,
    RemoteObservation,
    RemoteRow,
    Side,
    Update,
    make_ledger,
)
from tracker.sync.parts import show_part
from tracker.sync.records import TWO_WAY, Field, LocalObservation, LocalSkill, Record, Value
from tracker.sync.row_state import extend_seen
from tracker.sync.undo_steps import (
    CurrentState,
    RowUndo,
    UndoStep,
    decide_step,
    index_state,
    summarise_writes,
)
from tracker.sync.whole_roadmap import Renames, diff_order, match_titles


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """A plan that undoes a run in one roadmap, and the bookkeeping that it needs."""

    plan: Plan
    bookkeeping: Bookkeeping


def make_undo(
    entries: Sequence[JournalEntry], base: Base, local: LocalObservation, remote: RemoteObservation
) -> UndoPlan:
    """Make the plan that undoes the entries of one run in one roadmap.

    `remote` must contain all rows that the entries name, as rows or as missing ones.
    """
    written = summarise_writes(entries)
    state = index_state(written, base, local, remote)
    steps = {skill_id: decide_step(writes, state) for skill_id, writes in written.items()}
    _keep_valid(steps, state)
    plan = Plan(
        roadmap=local.roadmap,
        title=local.title,
        digest=local.digest,
        actions=tuple(_make_actions(steps, state)),
        sections=find_renamed(steps, state),
    )
    return UndoPlan(plan, _make_bookkeeping(plan, steps, state))


def _keep_valid(steps: dict[SkillId, UndoStep], state: CurrentState) -> None:
    """Hold whatever would break the file, or leave a skill without what it requires."""
    for skill_id, step in steps.items():
        fault = find_order_fault(step.final(Field.STARTED), step.final(Field.COMPLETED))
        for which in (Field.STARTED, Field.COMPLETED):
            if fault and which in step.fields:
                steps[skill_id] = steps[skill_id].hold_field(which, fault)
    # A step that is held changes what the others may rely on.
    while _hold_needed(steps, state) or _hold_broken(steps, state):
        pass


def _list_requires(steps: Steps, state: CurrentState) -> dict[str, frozenset[str]]:
    """Return what each skill requires that the file has afterwards."""
    graph = {str(skill_id): skill.record.requires for skill_id, skill in state.skills.items()}
    for skill_id, step in steps.items():
        if step.leaves_file:
            graph.pop(skill_id, None)
        elif step.record is not None or skill_id in graph:
            needs = step.final(Field.REQUIRES)
            graph[skill_id] = needs if isinstance(needs, frozenset) else frozenset()
    return graph


def _hold_needed(steps: dict[SkillId, UndoStep], state: CurrentState) -> bool:
    """Hold the rows that others require and that would go alone; tell whether there was one."""
    needed: dict[str, str] = {}
    for row in state.remote.rows:
        owner = state.owners.get(row.page_id)
        step = steps.get(owner) if owner is not None else None
        if owner is None or (step is not None and step.leaves_notion):
            continue
        undo = step.fields.get(Field.REQUIRES) if step is not None else None
        needs = undo.values[Side.REMOTE] if undo is not None else state.requires(row)
        if isinstance(needs, frozenset):
            needed.update(dict.fromkeys(needs, owner))
    lost = [step for step in steps.values() if step.leaves_notion and step.skill_id in needed]
    for step in lost:
        steps[step.skill_id] = step.hold(_needed_by(needed[step.skill_id]))
    return bool(lost)


def _hold_broken(steps: dict[SkillId, UndoStep], state: CurrentState) -> bool:
    """Mend prerequisites that point nowhere or round in a circle; tell whether there were any."""
    graph = _list_requires(steps, state)
    for skill_id, needs in graph.items():
        gone = sorted(need for need in needs if need not in graph)
        # Better keep what the run made than break what somebody wrote since.
        for leaving in filter(None, (steps.get(SkillId(need)) for need in gone)):
            if leaving.leaves_file:
                steps[leaving.skill_id] = leaving.hold(_needed_by(skill_id))
                return True
        if gone and SkillId(skill_id) in steps:
            reason = f"it required {gone[0]}, which is not in the file any more"
            return _leave_out(steps, SkillId(skill_id), frozenset(gone), reason)
    for circle in find_circles(graph):
        reason = f"its prerequisites would go round in a circle: {', '.join(sorted(circle))}"
        for skill_id in sorted(circle):
            if _leave_out(steps, SkillId(skill_id), circle, reason):
                return True
    return False


def _leave_out(
    steps: dict[SkillId, UndoStep], skill_id: SkillId, needs: frozenset[str], reason: str
) -> bool:
    """Leave prerequisites out of what comes back; tell whether that changed anything."""
    step = steps.get(skill_id)
    if step is None:
        return False
    if step.record is not None and step.record.requires & needs:
        record = replace(step.record, requires=step.record.requires - needs)
        # The text of before still has these prerequisites, so the skill is written anew.
        steps[skill_id] = replace(step, record=record, text="")
        return True
    if Field.REQUIRES in step.fields:
        steps[skill_id] = step.hold_field(Field.REQUIRES, reason)
        return True
    return False


def _needed_by(skill_id: str) -> str:
    return f"changed since: {skill_id} requires it"


def _make_actions(steps: Steps, state: CurrentState) -> Iterator[Action]:
    """Yield local actions, then remote ones, then what is held."""
    places = _find_places(steps, state)
    for step in _sort_steps(steps):
        yield from _make_local(step, places.get(step.skill_id))
    orders = _diff_orders(steps, state)
    alive = _list_requires(steps, state).keys()
    for step in steps.values():
        yield from _make_remote(step, state, orders.pop(step.skill_id, None), alive)
    # Neighbours that the run never touched, where there was no number left between them.
    for skill_id, order in orders.items():
        page_id = state.page_of(skill_id)
        row = state.last_row(page_id)
        change = Change(Field.ORDER, row.order if row is not None else None, order)
        yield Update(Side.REMOTE, skill_id, (change,), page_id)
    for step in steps.values():
        if step.held:
            yield Hold(step.skill_id, step.held, step.page_id)
        for which, reason in step.holds.items():
            yield Hold(step.skill_id, reason, step.page_id, which)


def _make_local(step: UndoStep, place: int | None) -> Iterator[Action]:
    local = step.local
    if step.record is not None:
        page_id = None if step.row_undo is RowUndo.REMAKE else step.page_id
        yield Create(
            Side.LOCAL, step.skill_id, step.record, page_id=page_id, text=step.text, place=place
        )
    elif local is not None and step.leaves_file:
        yield Delete(Side.LOCAL, step.skill_id, local.record, step.page_id, local.at)
    elif local is not None and (changes := _list_changes(step, Side.LOCAL, local.record)):
        yield Update(Side.LOCAL, step.skill_id, changes, step.page_id, local.at)


def _make_remote(
    step: UndoStep, state: CurrentState, order: float | None, alive: Collection[str]
) -> Iterator[Action]:
    row = state.last_row(step.page_id)
    if step.row_undo is RowUndo.REMAKE:
        record = step.record or (step.local.record if step.local is not None else Record(""))
        yield Create(Side.REMOTE, step.skill_id, record, order)
        return
    if step.leaves_notion and row is not None:
        yield Delete(Side.REMOTE, step.skill_id, state.record(row), step.page_id)
        return
    is_restored = step.row_undo is RowUndo.RESTORE
    changes: tuple[Change, ...] = ()
    if is_restored:
        changes = _relate(step, state, alive)
    elif row is not None:
        parts = state.remote.parts
        changes = tuple(
            change
            for change in _list_changes(step, Side.REMOTE, state.record(row))
            # A row that shows the same of both values need not be written.
            if show_part(parts, change.field, change.before)
            != show_part(parts, change.field, change.after)
        )
    if order is not None:
        before = row.order if row is not None else None
        changes = (*changes, Change(Field.ORDER, before, order))
    if changes or is_restored:
        known = row.seen if row is not None else {}
        # Who gives a conflict back knows its base, too: the row was not overwritten unseen.
        known = extend_seen(known, _list_bases(step, changes))
        seen = extend_seen(known, changes) if changes else {}
        yield Update(
            Side.REMOTE, step.skill_id, changes, step.page_id, restore=is_restored, seen=seen
        )


def _list_bases(step: UndoStep, changes: Iterable[Change]) -> Iterator[Change]:
    for change in changes:
        undo = step.fields.get(change.field)
        if undo is not None and undo.is_open and not isinstance(undo.base, Mark):
            yield Change(change.field, undo.base, change.before)


def _list_changes(step: UndoStep, side: Side, record: Record) -> tuple[Change, ...]:
    return tuple(
        Change(which, record.get(which), step.fields[which].values[side])
        for which in TWO_WAY
        if which in step.fields and step.fields[which].values[side] != record.get(which)
    )


def _relate(step: UndoStep, state: CurrentState, alive: Collection[str]) -> tuple[Change, ...]:
    """Return the relation of a restored row, where the trash does not show it as it was."""
    known = (step.writes.base or {}).get(Field.REQUIRES, step.writes.record.requires)
    before = known if isinstance(known, frozenset) else frozenset()
    wanted = frozenset(need for need in before if need in alive)
    row = state.last_row(step.page_id)
    shown = state.requires(row) if row is not None else frozenset()
    return (Change(Field.REQUIRES, shown, wanted),) if shown != wanted else ()


def _diff_orders(steps: Steps, state: CurrentState) -> dict[SkillId, float]:
    """Return new numbers of rows where what comes back does not fit in between."""
    moving = {RowUndo.RESTORE, RowUndo.REMAKE}
    if not any(
        step.record is not None or step.row_undo in moving or Field.SECTION in step.fields
        for step in steps.values()
    ):
        return {}
    rows: list[tuple[SkillId, float | None]] = []
    for skill_id in _list_afterwards(steps, state):
        step = steps.get(skill_id)
        row = _find_numbered_row(skill_id, step, state)
        if step is not None and step.row_undo is RowUndo.REMAKE:
            rows.append((skill_id, None))
        elif row is not None:
            rows.append((skill_id, row.order))
    return dict(diff_order(rows))


def _find_numbered_row(
    skill_id: SkillId, step: UndoStep | None, state: CurrentState
) -> RemoteRow | None:
    """Return the row of a skill if it can be numbered: one in the trash cannot be edited."""
    if step is not None and step.leaves_notion:
        return None
    page_id = step.page_id if step is not None else state.page_of(skill_id)
    is_restored = step is not None and step.row_undo is RowUndo.RESTORE
    row = state.last_row(page_id) if is_restored or page_id in state.rows else None
    return None if row is None or Field.ORDER in row.held else row


def _make_bookkeeping(plan: Plan, steps: Steps, state: CurrentState) -> Bookkeeping:
    """Say what is forgotten and bound before anything is written, and what is agreed on then.

    A row that is to go is forgotten first: a run that is cut off must not look like a deletion.
    """
    ledger = make_ledger(plan)
    unsettled = dict(ledger.unsettled)
    final: dict[SkillId, Mapping[Field, Value]] = {}
    for skill_id, step in steps.items():
        opened = frozenset(which for which, undo in step.fields.items() if undo.is_open)
        unsettled[skill_id] = unsettled.get(skill_id, frozenset()) | opened
        if _comes_back(step):
            final[skill_id] = step.writes.base or step.writes.record.values()
    return Bookkeeping(
        replace(ledger, unsettled=unsettled, final=final),
        forget=tuple(
            skill_id
            for skill_id, step in steps.items()
            if step.leaves_file or step.leaves_notion or _has_unknown_base(step)
        ),
        bind=tuple(
            binding for step in steps.values() if (binding := _rebind(step, state)) is not None
        ),
    )


def _comes_back(step: UndoStep) -> bool:
    """Tell whether a skill is whole again on both sides, with the row that it had."""
    is_restored = step.row_undo is RowUndo.RESTORE
    return is_restored or (step.record is not None and step.row is not None)


def _has_unknown_base(step: UndoStep) -> bool:
    """Tell whether a conflict comes back in which nothing was ever agreed on."""
    return any(undo.is_open and isinstance(undo.base, Mark) for undo in step.fields.values())


def _rebind(step: UndoStep, state: CurrentState) -> Binding | None:
    """Return what a skill is bound to before anything is written, where that changes."""
    page_id, row = step.page_id, state.last_row(step.page_id)
    if page_id is None:
        return None
    seen = row.seen if row is not None else None
    # Without fields: the base learns them when both sides have been written.
    if _comes_back(step):
        return Binding(step.skill_id, page_id, {}, seen)
    binding = state.base.bindings.get(step.skill_id)
    is_there = step.local is not None and step.row is not None and not step.held
    if binding is not None and not binding.fields and step.writes.deleted and is_there:
        # Cut off after its last write: both sides have it again, and only the base is missing.
        return Binding(step.skill_id, page_id, step.writes.base or {}, seen)
    # A conflict comes back with its base. Where a run was cut off before it noted what it wrote,
    # both sides have the values back already.
    opened = {
        which: undo.base
        for which, undo in step.fields.items()
        if undo.is_open or _is_written(step, which, state)
    }
    if binding is None or not opened:
        return None
    known = {which: base for which, base in opened.items() if not isinstance(base, Mark)}
    if _has_unknown_base(step):
        # The binding was forgotten, since a single field cannot be: the other fields are kept.
        kept = {which: value for which, value in binding.fields.items() if which not in opened}
        known = {**kept, **known}
    return Binding(step.skill_id, page_id, known, binding.seen)


def _is_written(step: UndoStep, which: Field, state: CurrentState) -> bool:
    row = state.last_row(step.page_id)
    if step.local is None or row is None:
        return False
    now = {Side.LOCAL: step.local.record.get(which), Side.REMOTE: state.record(row).get(which)}
    return now == step.fields[which].values


Steps = Mapping[SkillId, UndoStep]
_LAST = (1 << 30, 1 << 30)


def _sort_steps(steps: Steps) -> list[UndoStep]:
    """Return the steps in the order in which their edits are made, and so arrive in a section.

    First what was removed from the file, by its old place; then what is in the file, by its own.
    """
    return sorted(
        steps.values(),
        key=lambda step: (_old_place(step), step.local.at if step.local is not None else _LAST),
    )


def _old_place(step: UndoStep) -> At:
    deleted = step.writes.deleted.get(Side.LOCAL)
    return (deleted.at or _LAST) if deleted is not None else _LAST


def _find_places(steps: Steps, state: CurrentState) -> dict[SkillId, int]:
    """Return the index of the skill in front of which each returning skill belongs.

    One that the run removed from the file goes between the same neighbours, any other one where the
    number of its row puts it.
    """
    places: dict[SkillId, int] = {}
    taken = [_old_place(step) for step in steps.values()]
    before = {after: title for title, after in find_renamed(steps, state)}
    for skill_id, step in steps.items():
        if step.record is None:
            continue
        section, index = _old_place(step)
        if (section, index) != _LAST:
            # The old index counted the skills that were taken out with this one.
            places[skill_id] = index - sum(at[0] == section and at[1] < index for at in taken)
        else:
            title = before.get(step.record.section, step.record.section)
            places[skill_id] = _place_by_number(step, title, state)
    return places


def _place_by_number(step: UndoStep, title: str, state: CurrentState) -> int:
    row = state.last_row(step.page_id)
    siblings = _list_siblings(title, state)
    if row is None or row.order is None:
        return len(siblings)
    place = 0
    for at, skill in enumerate(siblings):
        other = state.last_row(state.page_of(skill.skill_id)) if skill.skill_id else None
        if other is not None and other.order is not None and other.order < row.order:
            place = at + 1
    return place


def _list_siblings(section: str, state: CurrentState) -> list[LocalSkill]:
    return [skill for skill in state.local.skills if skill.record.section == section]


def find_renamed(steps: Steps, state: CurrentState) -> Renames:
    """Return the sections that get another title with all their skills, as (before, after)."""
    titles: dict[str, set[str]] = {}
    for skill in state.local.skills:
        step = _find_step(skill, steps)
        if step is None or not step.leaves_file:
            title = skill.record.section
            titles.setdefault(title, set()).add(_find_section(step, title))
    return match_titles(state.local.sections, titles)


def _list_afterwards(steps: Steps, state: CurrentState) -> list[SkillId]:
    """Return the skills of the file in the order in which they are afterwards."""
    renamed = dict(find_renamed(steps, state))
    places = _find_places(steps, state)
    in_order = _sort_steps(steps)
    coming = [(step.record.section, step.skill_id) for step in in_order if step.record is not None]
    sections: dict[str, list[SkillId]] = {}
    moved: list[tuple[str, SkillId]] = []
    for before in state.local.sections:
        title = renamed.get(before, before)
        own = [skill_id for section, skill_id in coming if section == title]
        listed = sections.setdefault(title, [])
        siblings = _list_siblings(before, state)
        for index, skill in enumerate(siblings):
            listed += [skill_id for skill_id in own if places[skill_id] == index]
            step = _find_step(skill, steps)
            if skill.skill_id is None or (step is not None and step.leaves_file):
                continue
            section = _find_section(step, before)
            if section in {before, title}:
                listed.append(skill.skill_id)
            else:
                moved.append((section, skill.skill_id))
        listed += [skill_id for skill_id in own if places[skill_id] >= len(siblings)]
    return _add_arrivals(sections, coming, moved, in_order)


def _add_arrivals(
    sections: dict[str, list[SkillId]],
    coming: list[tuple[str, SkillId]],
    moved: list[tuple[str, SkillId]],
    in_order: list[UndoStep],
) -> list[SkillId]:
    """Append what moves to the ends of sections, and to sections that are made for it."""
    known = {skill_id for listed in sections.values() for skill_id in listed}
    fresh = [(section, skill_id) for section, skill_id in coming if skill_id not in known]
    titles = {skill_id: section for section, skill_id in (*moved, *fresh)}
    # New sections are made in the order of the edits, whatever arrives in them first.
    for step in in_order:
        if step.skill_id in titles:
            sections.setdefault(titles[step.skill_id], [])
    for section, skill_id in (*fresh, *moved):
        sections[section].append(skill_id)
    return [skill_id for listed in sections.values() for skill_id in listed]


def _find_step(skill: LocalSkill, steps: Steps) -> UndoStep | None:
    return steps.get(skill.skill_id) if skill.skill_id is not None else None


def _find_section(step: UndoStep | None, before: str) -> str:
    return str(step.final(Field.SECTION)) if step is not None else before
