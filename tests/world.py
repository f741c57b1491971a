"""A whole world in memory: a file, a database with a trash, and a state, with no real I/O.

A documented fake of everything that carries out a plan. It follows the same order and the same
checkpoints as the real thing, so that laws about plans can be proven without disk and network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from builders import POLICY, roadmap

from tracker.roadmap.edits import (
    AddSection,
    Edit,
    InsertSkill,
    MoveSkill,
    RemoveSkill,
    RenameSection,
    SetItems,
    SetValue,
)
from tracker.roadmap.model import INBOX, SkillId, Status
from tracker.sync.model import (
    Absence,
    Action,
    Adopt,
    Base,
    Binding,
    Create,
    Delete,
    Forget,
    Hold,
    MissingRow,
    PageId,
    Part,
    Parts,
    Plan,
    Policy,
    RemoteObservation,
    RemoteRow,
    Side,
    Update,
    make_ledger,
)
from tracker.sync.parts import show_part, show_record
from tracker.sync.planner import make_edits, make_plan
from tracker.sync.records import Field, Link, Links, LocalObservation, LocalSkill, Record


class Crash(Exception):  # noqa: N818  it is an event, not an error
    """The power went out between two effects."""


@dataclass
class MemoryWorld:
    """Everything there is; `effects` counts down to a crash when it is set."""

    file: LocalObservation = field(default_factory=roadmap)
    rows: dict[PageId, RemoteRow] = field(default_factory=dict)
    trash: dict[PageId, RemoteRow] = field(default_factory=dict)
    hidden: dict[PageId, Absence] = field(default_factory=dict)
    state: dict[SkillId, Binding] = field(default_factory=dict)
    effects: int | None = None
    fails: Callable[[Action], bool] = lambda _: False
    shows_trashed: bool = False
    told_trash: bool = True
    made: int = 0
    options: dict[Field, set[str]] = field(default_factory=dict)
    parts: Parts = field(default_factory=dict)
    story: list = field(default_factory=list)

    def _repr_pretty_(self, printer, cycle) -> None:
        """Tell hypothesis what happened, for a falsified law."""
        lines = "".join(f"\n    {each}" for each in self.story)
        printer.text(f"World({self.shows_trashed=}, {self.told_trash=}){lines}\n")

    def observe(self) -> RemoteObservation:
        """Read the database completely, and look up bound rows that it does not list."""
        listed = {page: each for page, each in self.rows.items() if page not in self.hidden}
        missing = [
            MissingRow(binding.page_id, self._absence(binding.page_id), self._last(binding.page_id))
            for binding in self.state.values()
            if binding.page_id not in listed
        ]
        rows = [self._show(each) for each in listed.values()]
        options = {which: frozenset(texts) for which, texts in self._shown_options().items()}
        if self.parts.get(Field.SECTION) is Part.NO_INBOX:
            options[Field.SECTION] = options.get(Field.SECTION, frozenset()) | {INBOX}
        options = {
            which: texts
            for which, texts in options.items()
            if self.parts.get(which) is not Part.NOTHING
        }
        return RemoteObservation(tuple(rows), tuple(missing), options, parts=self.parts)

    def _show(self, row: RemoteRow) -> RemoteRow:
        shown = show_record(self.parts, row.record)
        return replace(row, record=shown, requires=self._related(row))

    def _shown_options(self) -> dict[Field, set[str]]:
        """Remember every option that a row ever had; only a act deletes or renames one."""
        for row in (*self.rows.values(), *self.trash.values()):
            for which in (Field.SECTION, Field.LEVEL, Field.TAGS):
                value = row.record.get(which)
                texts = value if isinstance(value, frozenset) else {value} - {None, ""}
                self.options.setdefault(which, set()).update(texts)
        return self.options

    def _absence(self, page_id: PageId) -> Absence:
        if page_id in self.trash:
            return Absence.TRASHED
        return self.hidden.get(page_id, Absence.UNSEEN)

    def _last(self, page_id: PageId) -> RemoteRow | None:
        row = self.trash.get(page_id) if self.told_trash else None
        return row and self._show(row)

    def _related(self, row: RemoteRow) -> frozenset[PageId]:
        if Field.REQUIRES in self.parts:
            return frozenset()
        return row.requires if self.shows_trashed else row.requires - self.trash.keys()

    def plan(self, policy: Policy = POLICY) -> Plan:
        """Make the plan for the world as it is."""
        return make_plan(Base(dict(self.state)), self.file, self.observe(), policy)

    def sync(self, policy: Policy = POLICY) -> Plan:
        """Plan and carry out; return the plan."""
        plan = self.plan(policy)
        self.carry_out(plan)
        return plan

    def carry_out(self, plan: Plan) -> None:
        """Bind, write the file at once, checkpoint, then row by row."""
        ledger = make_ledger(plan)
        local = [each for each in plan.writes if each.side is Side.LOCAL]
        self._write_file(plan, local)
        for action in local:
            if isinstance(action, Delete):
                self.state.pop(action.skill_id, None)
            elif action.page_id is not None:
                self._bind(action.skill_id, action.page_id, ledger.learn(action))
        self._remember(plan)
        pages = {each.skill_id: each.page_id for each in self.state.values()}
        for action in plan.actions:
            if isinstance(action, Create | Update | Delete) and action.side is Side.REMOTE:
                self._write_row(action, pages, ledger.learn)

    def _write_file(self, plan: Plan, local: list[Action]) -> None:
        for action in local:
            if isinstance(action, Create):
                self._bind(action.skill_id, action.page_id, {})
        edits = make_edits(plan, self.file)
        if edits:
            self._effect()
            self.file = apply_edits(self.file, edits)
        if local:
            self._effect()

    def _remember(self, plan: Plan) -> None:
        for action in plan.actions:
            if isinstance(action, Adopt):
                self._bind(action.skill_id, action.page_id, action.fields)
            elif isinstance(action, Forget):
                self.state.pop(action.skill_id, None)

    def _write_row(self, action, pages, learn) -> None:
        if self.fails(action):
            return
        self._effect()
        if isinstance(action, Delete):
            self.trash[action.page_id] = self.rows.pop(action.page_id)
            self._effect()
            self.state.pop(action.skill_id, None)
            return
        if isinstance(action, Create):
            known = frozenset(each for each in action.record.requires if each in pages)
            action = replace(action, record=action.record.with_values({Field.REQUIRES: known}))
            page_id = self._insert(action, pages)
        else:
            page_id = action.page_id
            self._update(action, pages)
        pages[action.skill_id] = page_id
        self._effect()
        self._bind(action.skill_id, page_id, learn(action))

    def _insert(self, action: Create, pages) -> PageId:
        self.made += 1
        page_id = PageId(f"made-{self.made}")
        assert page_id not in self.rows
        self.rows[page_id] = RemoteRow(
            page_id,
            action.skill_id,
            replace(action.record, requires=frozenset()),
            frozenset(pages[SkillId(each)] for each in action.record.requires),
            action.order,
            created_at=f"2026-{self.made:05}",
        )
        return page_id

    def _update(self, action: Update, pages) -> None:
        if action.restore:
            self.rows[action.page_id] = self.trash.pop(action.page_id)
        row = self.rows[action.page_id]
        for change in action.changes:
            self._check_before(row, change, pages)
            if change.field is Field.ID:
                row = replace(row, tracker_id=change.after)
            elif change.field is Field.ORDER:
                row = replace(row, order=change.after)
            elif change.field is Field.REQUIRES:
                row = replace(row, requires=frozenset(pages[SkillId(x)] for x in change.after))
            else:
                row = replace(row, record=row.record.with_values({change.field: change.after}))
        self.rows[action.page_id] = row

    def _check_before(self, row: RemoteRow, change, pages) -> None:
        """Check that a plan never claims another value than the one that the row has."""
        if change.field in self.parts:
            before = self._show(row).record.get(change.field)
            assert before != show_part(self.parts, change.field, change.after)
            return
        if change.field is Field.ID:
            assert change.before == row.tracker_id
        elif change.field is Field.ORDER:
            assert change.before == row.order or not self.told_trash
        elif change.field is not Field.REQUIRES:
            assert change.before == row.record.get(change.field) or not self.told_trash
        assert change.before != change.after

    def _bind(self, skill_id, page_id, fields) -> None:
        known = self.state.get(skill_id)
        before = known.fields if known is not None and known.page_id == page_id else {}
        self.state[skill_id] = Binding(skill_id, page_id, {**before, **fields})

    def _effect(self) -> None:
        if self.effects is not None:
            if self.effects == 0:
                raise Crash
            self.effects -= 1

    def records(self) -> tuple[dict[str, Record], dict[str, Record]]:
        """Return what each side says, by skill id, prerequisites as skill ids."""
        ids = {page: row.tracker_id for page, row in self.rows.items()}
        local = {each.skill_id: each.record for each in self.file.skills}
        remote = {
            row.tracker_id: replace(
                row.record, requires=frozenset(ids[each] for each in row.requires if each in ids)
            )
            for row in self.rows.values()
        }
        return local, remote


def apply_edits(file: LocalObservation, edits: tuple[Edit, ...]) -> LocalObservation:
    """Do to a file's observation what the edits ask for; arrivals come last, in edit order."""
    titles = list(file.sections)
    keys: dict[tuple[int, int], dict] = {each.at: {} for each in file.skills}
    gone: set[tuple[int, int]] = set()
    arriving: list[tuple[str, LocalSkill]] = []
    by_at = {each.at: each for each in file.skills}
    for edit in edits:
        if isinstance(edit, RenameSection):
            assert edit.title not in titles
            titles[edit.index] = edit.title
        elif isinstance(edit, AddSection):
            assert edit.title not in titles
            titles.append(edit.title)
        elif isinstance(edit, SetValue | SetItems):
            keys[edit.at][edit.key] = edit.value if isinstance(edit, SetValue) else edit.items
    for edit in edits:
        if isinstance(edit, RemoveSkill):
            gone.add(edit.at)
        elif isinstance(edit, MoveSkill):
            gone.add(edit.at)
            arriving.append((edit.section, _edited(by_at[edit.at], keys[edit.at])))
        elif isinstance(edit, InsertSkill):
            blank = LocalSkill((0, 0), None, Record(""))
            arriving.append((edit.section, _edited(blank, dict(edit.values))))
    placed = [
        (titles[each.at[0]], _edited(each, keys[each.at]))
        for each in file.skills
        if each.at not in gone
    ]
    skills = [
        replace(each, record=replace(each.record, section=title))
        for title, each in placed + arriving
    ]
    assert all(title in titles for title, _ in arriving)
    return replace(roadmap(*skills, sections=titles), digest=file.digest + "+")


def _edited(skill: LocalSkill, keys: dict) -> LocalSkill:
    values = {Field(key): _read(Field(key), value) for key, value in keys.items() if key != "id"}
    skill_id = SkillId(keys["id"]) if "id" in keys else skill.skill_id
    return replace(skill, skill_id=skill_id, record=skill.record.with_values(values))


def _read(which: Field, value):
    if which is Field.STATUS:
        return Status(value)
    if which is Field.RESOURCES:
        return Links(tuple(Link(each["url"], each["title"], each.get("type")) for each in value))
    if which in {Field.TAGS, Field.REQUIRES}:
        return frozenset(value)
    return float(value) if which is Field.HOURS and value is not None else value


def holds_of(plan: Plan) -> list[Hold]:
    """Return the holds of a plan without regard to their order."""
    return sorted(plan.holds, key=repr)
