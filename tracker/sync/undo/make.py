"""Make the plan that undoes a run, and the state changes that go with it.

Pure: no clock, no disk, no network, no logging. `steps` decides about each skill; this module keeps
all steps valid together and turns them into actions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from tracker.roadmap.graph import find_circles
from tracker.roadmap.model import SkillId
from tracker.sync.carry_out import Terms, make_ledger
from tracker.sync.journal import JournalEntry
from tracker.sync.merge import Mark
from tracker.sync.order import diff_order
from tracker.sync.plan import Action, Change, Create, Delete, Hold, Plan, Update
from tracker.sync.seen import extend_seen, is_same
from tracker.sync.snapshot import (
    TWO_WAY,
    Base,
    Binding,
    Field,
    LocalObservation,
    Record,
    RemoteObservation,
    RemoteRow,
    Side,
    Value,
)
from tracker.sync.undo.places import find_places, find_renamed, list_afterwards, sort_steps
from tracker.sync.undo.steps import Present, Step, decide_step, make_present, tell_stories

Steps = Mapping[SkillId, Step]


def keep_valid(steps: Steps, present: Present) -> None:
    """Hold whatever would break the file, or leave a skill without what it requires."""
    for step in steps.values():
        _hold_dates(step)
    # A step that is held changes what the others may rely on.
    while _hold_needed(steps, present) or _hold_broken(steps, present):
        pass


def list_requires(steps: Steps, present: Present) -> dict[str, frozenset[str]]:
    """Return what each skill requires that the file has afterwards."""
    graph = {str(each): skill.record.requires for each, skill in present.skills.items()}
    for skill_id, step in steps.items():
        if step.leaves_file:
            graph.pop(skill_id, None)
        elif step.comes is not None or skill_id in graph:
            needs = step.final(Field.REQUIRES)
            graph[skill_id] = needs if isinstance(needs, frozenset) else frozenset()
    return graph


def _hold_dates(step: Step) -> None:
    started, completed = step.final(Field.STARTED), step.final(Field.COMPLETED)
    if isinstance(started, date) and isinstance(completed, date) and started > completed:
        for which in {Field.STARTED, Field.COMPLETED} & step.back.keys():
            step.hold_field(which, f"completed {completed} would be before started {started}")


def _hold_needed(steps: Steps, present: Present) -> bool:
    """Hold the rows that others require and that would go alone; tell whether there was one."""
    needed: dict[str, str] = {}
    for row in present.remote.rows:
        owner = present.owners.get(row.page_id)
        step = steps.get(owner) if owner is not None else None
        if owner is None or (step is not None and step.leaves_notion):
            continue
        back = step.back.get(Field.REQUIRES) if step is not None else None
        needs = back.sides[Side.REMOTE] if back is not None else present.requires(row)
        if isinstance(needs, frozenset):
            needed.update(dict.fromkeys(needs, owner))
    lost = [each for each in steps.values() if each.leaves_notion and each.skill_id in needed]
    for step in lost:
        step.hold(_needed_by(needed[step.skill_id]))
    return bool(lost)


def _hold_broken(steps: Steps, present: Present) -> bool:
    """Mend prerequisites that point nowhere or round in a circle; tell whether there were any."""
    graph = list_requires(steps, present)
    for skill_id, needs in graph.items():
        gone = frozenset(each for each in needs if each not in graph)
        for need in sorted(gone):
            leaving = steps.get(SkillId(need))
            if leaving is not None and leaving.leaves_file:
                leaving.hold(_needed_by(skill_id))
                return True
        step = steps.get(SkillId(skill_id))
        if gone and step is not None:
            reason = f"it required {min(gone)}, which is not in the file any more"
            return _leave_out(step, gone, reason)
    for circle in find_circles(graph):
        for skill_id in sorted(circle):
            step = steps.get(SkillId(skill_id))
            reason = f"its prerequisites would go round in a circle: {', '.join(sorted(circle))}"
            if step is not None and _leave_out(step, circle, reason):
                return True
    return False


def _leave_out(step: Step, needs: frozenset[str], reason: str) -> bool:
    """Leave prerequisites out of what comes back; tell whether that changed anything."""
    if step.comes is not None and step.comes.requires & needs:
        step.comes = replace(step.comes, requires=step.comes.requires - needs)
        step.text = ""
        return True
    if Field.REQUIRES in step.back:
        step.hold_field(Field.REQUIRES, reason)
        return True
    return False


def _needed_by(skill_id: str) -> str:
    return f"changed since: {skill_id} requires it"


@dataclass(frozen=True, slots=True)
class Undoing:
    """A plan that takes a run back in one roadmap, and on what terms it is carried out."""

    plan: Plan
    terms: Terms


def make_undo(
    entries: Sequence[JournalEntry], base: Base, local: LocalObservation, remote: RemoteObservation
) -> Undoing:
    """Make the plan that takes the entries of one run back in one roadmap.

    `remote` has to tell of all rows that the entries name, listed or not.
    """
    stories = tell_stories(entries)
    present = make_present(stories, base, local, remote)
    steps = {each: decide_step(story, present) for each, story in stories.items()}
    keep_valid(steps, present)
    plan = Plan(
        roadmap=local.roadmap,
        title=local.title,
        digest=local.digest,
        actions=tuple(_make_actions(steps, present)),
        sections=find_renamed(steps, present),
    )
    return Undoing(plan, _make_terms(plan, steps, present))


def _make_actions(steps: Mapping[SkillId, Step], present: Present) -> Iterator[Action]:
    """Yield local actions, then remote ones, then what is held."""
    places = find_places(steps, present)
    for step in sort_steps(steps):
        yield from _make_local(step, places.get(step.skill_id))
    orders = _diff_orders(steps, present)
    alive = list_requires(steps, present).keys()
    for step in steps.values():
        yield from _make_remote(step, present, orders.pop(step.skill_id, None), alive)
    for skill_id, order in orders.items():
        yield _renumber(skill_id, order, present)
    for step in steps.values():
        if step.held:
            yield Hold(step.skill_id, step.held, step.page_id)
        for which, reason in step.holds.items():
            yield Hold(step.skill_id, reason, step.page_id, which)


def _make_local(step: Step, place: int | None) -> Iterator[Action]:
    local = step.local
    if step.comes is not None:
        page_id = None if step.remakes else step.page_id
        yield Create(
            Side.LOCAL, step.skill_id, step.comes, page_id=page_id, text=step.text, place=place
        )
    elif local is not None and step.leaves_file:
        yield Delete(Side.LOCAL, step.skill_id, local.record, step.page_id, local.at)
    elif local is not None and (changes := _list_changes(step, Side.LOCAL, local.record)):
        yield Update(Side.LOCAL, step.skill_id, changes, step.page_id, local.at)


def _make_remote(
    step: Step, present: Present, order: float | None, alive: Collection[str]
) -> Iterator[Action]:
    row = present.last_row(step.page_id)
    if step.remakes:
        record = step.comes or (step.local.record if step.local is not None else Record(""))
        yield Create(Side.REMOTE, step.skill_id, record, order)
        return
    if step.leaves_notion and row is not None:
        yield Delete(Side.REMOTE, step.skill_id, present.record(row), step.page_id)
        return
    changes: list[Change] = []
    if step.restores:
        changes += _relate(step, present, alive)
    elif row is not None:
        changes += _list_changes(step, Side.REMOTE, present.record(row))
    if order is not None:
        changes.append(Change(Field.ORDER, row.order if row is not None else None, order))
    if changes or step.restores:
        yield _update_row(step, tuple(changes), present)


def _update_row(step: Step, changes: tuple[Change, ...], present: Present) -> Update:
    row = present.last_row(step.page_id)
    known = row.seen if row is not None else {}
    # Who gives a conflict back knows its base, too: the row was not overwritten unseen.
    longer = extend_seen(extend_seen(known, _list_bases(step, changes)), changes)
    return Update(
        Side.REMOTE,
        step.skill_id,
        changes,
        step.page_id,
        restore=step.restores,
        seen={} if is_same(longer, known) else longer,
    )


def _list_bases(step: Step, changes: Iterable[Change]) -> Iterator[Change]:
    for change in changes:
        back = step.back.get(change.field)
        if back is not None and back.is_open and not isinstance(back.base, Mark):
            yield Change(change.field, back.base, change.before)


def _list_changes(step: Step, side: Side, record: Record) -> tuple[Change, ...]:
    return tuple(
        Change(which, record.get(which), step.back[which].sides[side])
        for which in TWO_WAY
        if which in step.back and step.back[which].sides[side] != record.get(which)
    )


def _relate(step: Step, present: Present, alive: Collection[str]) -> tuple[Change, ...]:
    """Return the relation of a restored row, where the trash does not show it as it was."""
    known = (step.story.base or {}).get(Field.REQUIRES, step.story.record.requires)
    before = known if isinstance(known, frozenset) else frozenset()
    wanted = frozenset(each for each in before if each in alive)
    row = present.last_row(step.page_id)
    shown = present.requires(row) if row is not None else frozenset()
    return (Change(Field.REQUIRES, shown, wanted),) if shown != wanted else ()


def _diff_orders(steps: Mapping[SkillId, Step], present: Present) -> dict[SkillId, float]:
    """Return new numbers of rows where what comes back does not fit in between."""
    if not any(step.is_return or Field.SECTION in step.back for step in steps.values()):
        return {}
    rows: list[tuple[SkillId, float | None]] = []
    for skill_id in list_afterwards(steps, present):
        step = steps.get(skill_id)
        if step is not None and step.remakes:
            rows.append((skill_id, None))
            continue
        row = _numbered_row(skill_id, step, present)
        if row is not None:
            rows.append((skill_id, row.order))
    return dict(diff_order(rows))


def _numbered_row(skill_id: SkillId, step: Step | None, present: Present) -> RemoteRow | None:
    """Return the row of a skill if it can be numbered: one in the trash cannot be edited."""
    if step is not None and step.leaves_notion:
        return None
    page_id = step.page_id if step is not None else present.page_of(skill_id)
    comes = step is not None and step.restores
    row = present.last_row(page_id) if comes or page_id in present.rows else None
    return None if row is None or Field.ORDER in row.held else row


def _renumber(skill_id: SkillId, order: float, present: Present) -> Update:
    page_id = present.page_of(skill_id)
    row = present.last_row(page_id)
    change = Change(Field.ORDER, row.order if row is not None else None, order)
    return Update(Side.REMOTE, skill_id, (change,), page_id)


def _make_terms(plan: Plan, steps: Mapping[SkillId, Step], present: Present) -> Terms:
    """Say what is forgotten and bound before anything is written, and what is agreed on then.

    A row that is to go is forgotten first: a run that is cut off must not look like a deletion.
    """
    ledger = make_ledger(plan)
    unsettled = dict(ledger.unsettled)
    forget: list[SkillId] = []
    bind: list[Binding] = []
    final: dict[SkillId, Mapping[Field, Value]] = {}
    for skill_id, step in steps.items():
        opened = frozenset(which for which, back in step.back.items() if back.is_open)
        unsettled[skill_id] = unsettled.get(skill_id, frozenset()) | opened
        if step.leaves_file or step.leaves_notion or _is_unknown(step):
            forget.append(skill_id)
        bind += _rebind(step, present)
        if step.restores or (step.comes is not None and step.row is not None):
            final[skill_id] = step.story.base or step.story.record.values()
    ledger = replace(ledger, unsettled=unsettled, final=final)
    return Terms(ledger, tuple(forget), tuple(bind))


def _is_unknown(step: Step) -> bool:
    """Tell whether a conflict comes back in which nothing was ever agreed on."""
    return any(back.is_open and isinstance(back.base, Mark) for back in step.back.values())


def _is_back(step: Step) -> bool:
    is_there = step.local is not None and step.row is not None
    return bool(step.story.deleted) and is_there and not step.held


def _is_written(step: Step, which: Field, present: Present) -> bool:
    """Tell whether both sides have a value back already: a run was cut off before it noted that."""
    row = present.last_row(step.page_id)
    if step.local is None or row is None:
        return False
    now = {Side.LOCAL: step.local.record.get(which), Side.REMOTE: present.record(row).get(which)}
    return now == dict(step.back[which].sides)


def _rebind(step: Step, present: Present) -> Iterator[Binding]:
    page_id, row = step.page_id, present.last_row(step.page_id)
    if page_id is None:
        return
    if step.restores or (step.comes is not None and step.row is not None):
        yield Binding(step.skill_id, page_id, {}, row.seen if row is not None else None)
        return
    binding = present.base.bindings.get(step.skill_id)
    if binding is not None and not binding.fields and _is_back(step):
        # Cut off after its last write: both sides have it again, and only the base is missing.
        seen = row.seen if row is not None else None
        yield Binding(step.skill_id, page_id, step.story.base or {}, seen)
        return
    opened = {
        which: back.base
        for which, back in step.back.items()
        if back.is_open or _is_written(step, which, present)
    }
    if binding is None or not opened:
        return
    known = {which: base for which, base in opened.items() if not isinstance(base, Mark)}
    if _is_unknown(step):
        kept = {which: it for which, it in binding.fields.items() if which not in opened}
        known = {**kept, **known}
    yield Binding(step.skill_id, page_id, known, binding.seen)
