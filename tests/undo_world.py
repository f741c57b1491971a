"""A world in memory whose runs are journalled and can be taken back; see `world`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from builders import POLICY, roadmap
from world import Crash, MemoryWorld, apply_edits

from tracker.roadmap.edits import InsertSkill, InsertText
from tracker.roadmap.model import SkillId
from tracker.sync.journal import JournalEntry
from tracker.sync.model import (
    Base,
    Bookkeeping,
    Create,
    Delete,
    MissingRow,
    Plan,
    Side,
    Update,
    make_ledger,
)
from tracker.sync.planner import make_edits
from tracker.sync.records import Field, LocalObservation, LocalSkill
from tracker.sync.undo import UndoPlan, make_undo


@dataclass
class JournalWorld(MemoryWorld):
    """Remembers the entries of each run; `texts` are those of the removed skills."""

    runs: dict[str, list[JournalEntry]] = field(default_factory=dict)

    def sync_as(self, run: str, policy=POLICY) -> Plan:
        """Sync, and journal it."""
        plan = self.plan(policy)
        self.carry_out_as(run, plan, Bookkeeping(make_ledger(plan)))
        return plan

    def plan_undo(self, run: str) -> UndoPlan:
        """Make the plan that takes a run back."""
        entries = self.runs.get(run, [])
        remote = self.observe()
        told = {each.page_id for each in (*remote.rows, *remote.missing)}
        pages = {each.action.page_id for each in entries if each.action.page_id} - told
        gone = [MissingRow(each, self._absence(each), self._last(each)) for each in sorted(pages)]
        remote = replace(remote, missing=(*remote.missing, *gone))
        return make_undo(entries, Base(dict(self.state)), self.file, remote)

    def undo_as(self, name: str, run: str) -> UndoPlan:
        """Take a run back, and journal that under a name."""
        undoing = self.plan_undo(run)
        self.carry_out_as(name, undoing.plan, undoing.bookkeeping)
        return undoing

    def carry_out_as(self, run: str, plan: Plan, bookkeeping: Bookkeeping) -> None:
        """Do what `apply_plan` does, in the same order and with the same checkpoints."""
        before = dict(self.state)
        for skill_id in bookkeeping.forget:
            self._effect()
            self.state.pop(skill_id, None)
        for each in bookkeeping.bind:
            self._bind(each.skill_id, each.page_id, each.fields)
        local = [each for each in plan.writes if each.side is Side.LOCAL]
        self._write_file(plan, local)
        for action in local:
            self._note(run, action, before)
            if not isinstance(action, Delete) and action.page_id is not None:
                self._bind(action.skill_id, action.page_id, bookkeeping.ledger.learn(action))
        for action in local:
            if isinstance(action, Delete):
                self._effect()
                self.state.pop(action.skill_id, None)
        self._remember(plan)
        self._write_rows(run, plan, bookkeeping, before)

    def _write_rows(self, run: str, plan: Plan, bookkeeping: Bookkeeping, before) -> None:
        pages = {each.skill_id: each.page_id for each in self.state.values()}
        remote = [each for each in plan.writes if each.side is Side.REMOTE]
        for action in remote:
            if not isinstance(action, Create) and action.page_id:
                pages[action.skill_id] = action.page_id
        for action in _in_order(remote):
            made = self.made
            known = _with_known(action, pages)
            if self.fails(action):
                continue
            self._write_row(known, pages, bookkeeping.ledger.learn)
            if isinstance(action, Create) and self.made > made:
                known = replace(known, page_id=pages[action.skill_id])
            self._note(run, known, before)

    def _write_file(self, plan: Plan, local) -> None:
        for action in local:
            if isinstance(action, Create) and action.page_id is not None:
                self._bind(action.skill_id, action.page_id, {})
        edits = make_edits(plan, self.file)
        if edits:
            self._effect()
            self.file = _apply(self.file, edits, dict(plan.sections))
        if local:
            self._effect()

    def _note(self, run: str, action, before) -> None:
        known = before.get(action.skill_id)
        is_other = known is None or action.page_id not in {None, known.page_id}
        base = None if is_other else dict(known.fields)
        if base is not None and isinstance(action, Update) and not action.restore:
            changed = {change.field for change in action.changes}
            base = {which: value for which, value in base.items() if which in changed}
        text = "text" if isinstance(action, Delete) and action.side is Side.LOCAL else ""
        entry = JournalEntry(run, "now", "ds-path", "Data scientist path", action, text, base)
        self.runs.setdefault(run, []).append(entry)


def _with_known(action, pages):
    """Leave out prerequisites that have no row, as the real thing does."""
    if not isinstance(action, Update):
        return action
    changes = tuple(
        replace(each, after=frozenset(key for key in each.after if key in pages))
        if each.field is Field.REQUIRES
        else each
        for each in action.changes
    )
    return replace(action, changes=changes)


def _in_order(actions):
    """Rows that come first, then the others: what requires them has them then."""
    first = [each for each in actions if isinstance(each, Create) or getattr(each, "restore", 0)]
    return [*first, *(each for each in actions if each not in first)]


def _apply(file: LocalObservation, edits, renamed) -> LocalObservation:
    """Apply edits; texts go in front of the sibling that they name, or else of what arrives."""
    texts = [each for each in edits if isinstance(each, InsertText)]
    after = apply_edits(file, tuple(each for each in edits if not isinstance(each, InsertText)))
    back: set[SkillId | None] = set()
    for each in texts:
        made = apply_edits(
            roadmap(sections=after.sections), (InsertSkill(each.section, each.values),)
        ).skills[0]
        old = [it.skill_id for it in file.skills if _title(it, renamed) == each.section]
        index = _find_place(after.skills, each, old, back)
        skills = (*after.skills[:index], made, *after.skills[index:])
        back.add(made.skill_id)
        after = replace(roadmap(*skills, sections=after.sections), digest=after.digest + "+")
    return after


def _title(skill: LocalSkill, renamed) -> str:
    return renamed.get(skill.record.section, skill.record.section)


def _find_place(skills, text: InsertText, old, back) -> int:
    """Return the index in front of which a text goes; `back` are those that went before it."""
    there = [(at, it) for at, it in enumerate(skills) if it.record.section == text.section]
    later = [at for at, it in there if it.skill_id in old[text.before :]]
    arrived = [at for at, it in there if it.skill_id not in old and it.skill_id not in back]
    return min(later or arrived, default=len(skills))


__all__ = ["Crash", "JournalWorld"]
