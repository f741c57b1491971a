"""Guards: named checks that stop a plan which looks like an accident rather than like edits.

Pure: no clock, no disk, no network, no logging. A guard only looks; a refused plan is not changed.
The name of a guard is its function's name in kebab case.

    what happened                                       what would follow         guard
    the file was emptied, or its rows all vanished      all is deleted            emptied-side
    the settings name the database of another roadmap   two roadmaps mix          foreign-database
    rows were archived, moved, or are not shared        nothing, but not at once  mass-absence
    many skills left the file, or many rows were        they are deleted on the   too-many-deletes
    put into the trash                                  other side
    a bug                                               a skill is there twice    repeated-skill
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tracker.roadmap.model import SkillId
from tracker.sync.model import (
    Absence,
    Base,
    Binding,
    Create,
    Delete,
    Plan,
    Policy,
    Refusal,
    RemoteObservation,
    Side,
)
from tracker.sync.records import LocalObservation

LIMIT = 10
SHARE = 0.25
"""More deletions than both must be allowed on the command line: few skills are easily restored by
hand, and in a large roadmap ten are no sign of an accident."""
MEND_TRASH = "restore them from the trash"


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a guard may look at; `deleted` is what the same run removed before this plan."""

    plan: Plan
    base: Base
    local: LocalObservation
    remote: RemoteObservation
    policy: Policy
    deleted: Sequence[Delete] = ()

    @property
    def known(self) -> Mapping[SkillId, Binding]:
        """The skills on which both sides agreed once."""
        return {skill: bound for skill, bound in self.base.bindings.items() if bound.fields}

    def is_many(self, count: int) -> bool:
        """Tell whether so many skills at once are rather an accident."""
        return count > LIMIT and count > SHARE * self.total

    @property
    def total(self) -> int:
        """The number of skills that were bound when the run began."""
        return len(self.base.bindings) + len(self.deleted)


Guard = Callable[[Case], Iterator[Refusal]]


def check_guards(case: Case) -> tuple[Refusal, ...]:
    """Run all guards; an empty answer means that the plan may be carried out."""
    return tuple(refusal for guard in GUARDS for refusal in guard(case))


def too_many_deletes(case: Case) -> Iterator[Refusal]:
    """Refuse to delete more than 10 skills and more than 25 % of a roadmap on one side."""
    for side in Side:
        wanted = [
            action
            for action in case.plan.writes
            if isinstance(action, Delete) and action.side is side
        ]
        # A run plans anew when rows change under it: what it deleted before counts, or else the
        # limit could be passed in steps.
        count = len(wanted) + sum(action.side is side for action in case.deleted) * bool(wanted)
        # A side that lists nothing at all is refused by emptied_side, with other advice.
        emptied = not (case.local.skills if side is Side.REMOTE else case.remote.rows)
        if emptied or not case.is_many(count) or case.policy.allow_deletes >= count:
            continue
        title, total = case.plan.title, case.total
        if side is Side.REMOTE:
            what = f'refusing to trash {count} of {total} rows of "{title}"'
            kind, why, mend = "rows", f"{_file(case)} no longer lists them", "restore the file"
        else:
            what = f'refusing to remove {count} of {total} skills of "{title}"'
            kind, why, mend = "skills", "their rows are in the trash", MEND_TRASH
        yield Refusal(
            "too-many-deletes",
            f"{what} (limit: {LIMIT} {kind} and {SHARE * 100:.0f} %)",
            why,
            _allow(case, count, mend),
        )


def emptied_side(case: Case) -> Iterator[Refusal]:
    """Refuse when one side lists nothing any more while the other still does."""
    count, title = len(case.known), case.plan.title
    if not count or bool(case.local.skills) == bool(case.remote.rows):
        return
    if not case.local.skills:
        if case.policy.allow_deletes < count:
            yield Refusal(
                "emptied-side",
                f'refusing to sync "{title}": {_file(case)} lists no skill any more',
                f"{_count(count, 'skill')} stood there at the last sync",
                _allow(case, count, "restore the file"),
            )
        return
    # Rows that were moved or are not shared any more are not listed either, and nobody deleted them.
    proven = all(absence is Absence.TRASHED for absence in _list_absences(case))
    if proven and case.policy.allow_deletes >= count:
        return
    yield Refusal(
        "emptied-side",
        f'refusing to sync "{title}": its database lists no row any more',
        f"{_count(count, 'row')} stood there at the last sync"
        + ("; all of them are in the trash" if proven else _trashed_so_far(case)),
        _allow(case, count, MEND_TRASH) if proven else _look_on(case),
    )


def mass_absence(case: Case) -> Iterator[Refusal]:
    """Refuse when many rows are out of sight at once: that is not an edit."""
    # They would only be held; but the database may be the wrong one, or shared in part.
    count = sum(absence is not Absence.TRASHED for absence in _list_absences(case))
    if case.remote.rows and case.is_many(count):
        yield Refusal(
            "mass-absence",
            f'refusing to sync "{case.plan.title}": {count} of {len(case.base.bindings)} rows '
            "are out of sight",
            "they are archived, moved or not shared any more, and none of that is an edit"
            + _trashed_so_far(case),
            _look_on(case),
        )


def foreign_database(case: Case) -> Iterator[Refusal]:
    """Refuse a database that holds rows, but none that this roadmap ever had."""
    rows, known = case.remote.rows, case.known
    if not rows or not known:
        return
    pages = {binding.page_id for binding in known.values()}
    ids = {*known, *(skill.skill_id for skill in case.local.skills if skill.skill_id)}
    if any(row.page_id in pages or row.tracker_id in ids for row in rows):
        return
    # All old rows in the trash and new ones beside them: somebody started anew, in this database.
    if Absence.TRASHED in _list_absences(case):
        return
    yield Refusal(
        "foreign-database",
        f'refusing to sync "{case.plan.title}" with a database of other rows',
        f"none of its {_count(len(rows), 'row')} is one of the {len(known)} known skills",
        f"put the rows back there, then {case.policy.command}; or {_start_anew(case)}",
    )


def repeated_skill(case: Case) -> Iterator[Refusal]:
    """Refuse a plan that would make one skill twice on a side."""
    # No valid file gives such a plan: this is the last line against a fault of the planner.
    made: set[tuple[Side, SkillId]] = set()
    for action in case.plan.actions:
        if not isinstance(action, Create):
            continue
        if (action.side, action.skill_id) in made:
            yield Refusal(
                "repeated-skill",
                f'refusing to create "{action.record.name}" twice',
                f"the id {action.skill_id} stands more than once in {_file(case)}",
                "tracker check",
            )
        made.add((action.side, action.skill_id))


def _list_absences(case: Case) -> Iterator[Absence]:
    """Yield how each known row that is not listed is absent."""
    present = {row.page_id for row in case.remote.rows}
    named = {row.tracker_id for row in case.remote.rows}
    absences = {gone.page_id: gone.absence for gone in case.remote.missing}
    for skill_id, binding in case.base.bindings.items():
        if binding.page_id not in present and skill_id not in named:
            yield absences.get(binding.page_id, Absence.UNSEEN)


def _trashed_so_far(case: Case) -> str:
    """Say how many of the absent rows are proven to be in the trash, if any is."""
    count = sum(absence is Absence.TRASHED for absence in _list_absences(case))
    said = f"; {_count(count, 'row')} proved to be in the trash so far, of those looked at"
    return said if count else ""


def _look_on(case: Case) -> str:
    """Name what helps: leave to delete all absent rows also looks at all of them, one by one."""
    absent = list(_list_absences(case))
    if Absence.TRASHED not in absent or case.policy.allow_deletes >= len(absent):
        return (
            "look for the rows in the archive, in other databases and among what is not shared, "
            f"and put them back, then {case.policy.command}; or {_start_anew(case)}"
        )
    return (
        f"{case.policy.command} --allow-deletes {len(absent)}    # to look at all of them, "
        f"or {MEND_TRASH}"
    )


def _start_anew(case: Case) -> str:
    return f"tracker forget {case.plan.roadmap}, and the next sync makes rows for all of the file"


def _file(case: Case) -> str:
    return f"roadmaps/{case.plan.roadmap}.yaml"


def _count(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _allow(case: Case, count: int, mend: str) -> str:
    return f"{case.policy.command} --allow-deletes {count}    # or {mend}"


GUARDS: tuple[Guard, ...] = (
    emptied_side,
    foreign_database,
    mass_absence,
    too_many_deletes,
    repeated_skill,
)
