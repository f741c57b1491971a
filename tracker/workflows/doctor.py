"""Examine everything that a sync needs, mend deleted columns, and forget a roadmap.

Examining writes nothing. What is wrong with one thing never keeps the next from being examined,
unless that needs it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tracker.errors import Problem, Severity, TrackerError, UnreachableError, UsageError
from tracker.ports import LocalServices, Remote, RoadmapFile, Services, State
from tracker.roadmap.model import SkillId
from tracker.settings import NOTION, RemoteName
from tracker.sync.model import TWO_WAY, Binding, Field, Record, Value
from tracker.sync.target import DatabaseTarget, Lacking
from tracker.workflows.local import list_names
from tracker.workflows.results import Forgotten


@dataclass(frozen=True, slots=True)
class Examination:
    """One thing that was examined: what it is, what was found, and what is wrong with it."""

    subject: str
    found: str
    problems: tuple[Problem, ...] = ()

    @property
    def is_fine(self) -> bool:
        """Whether nothing is wrong."""
        return not any(problem.severity is Severity.ERROR for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Mended:
    """What was created again or added, by roadmap, and the new name of a damaged state.

    `columns` are the fields with a new column, `described` the names of columns that were described,
    and `left_out` those of columns that were not made because another one has the name.
    """

    columns: tuple[tuple[str, tuple[Field, ...]], ...] = ()
    described: tuple[tuple[str, tuple[str, ...]], ...] = ()
    left_out: tuple[tuple[str, tuple[str, ...]], ...] = ()
    set_aside: str = ""


def examine_roadmaps(local: LocalServices) -> Examination:
    """Examine the roadmap files."""
    loaded = local.reader.load_roadmaps()
    errors = tuple(it for it in loaded.problems if it.severity is Severity.ERROR)
    skills = sum(len(file.roadmap.skills) for file in loaded.files)
    return Examination("roadmaps", f"{len(loaded.files)} with {skills} skills", errors)


def examine_state(state: State) -> Examination:
    """Examine everything that is remembered."""
    problems = state.find_damage()
    return Examination("state", "cannot be used" if problems else "can be read", problems)


def run_set_aside(local: LocalServices, state: State) -> Mended:
    """Rename a damaged state; the next sync makes a new one."""
    with local.lock():
        return Mended(set_aside=state.set_aside())


def examine_notion(services: Services, name: RemoteName) -> Iterator[Examination]:
    """Examine the token, then every roadmap's database and what is remembered of it."""
    access = _examine_access(services.writers.remote, name)
    yield access
    if access.is_fine:
        loaded = services.readers.roadmaps.load_roadmaps()
        for file in loaded.files:
            yield _examine_roadmap(services, file)
        for roadmap in services.readers.state.load_roadmaps():
            if roadmap not in list_names(loaded):
                problem = Problem(
                    code="missing-file",
                    what=f"roadmaps/{roadmap}.yaml is gone, but its database is still tracked",
                    kept="nothing was written",
                    next=f"restore the file, or tracker forget {roadmap}",
                )
                yield Examination(roadmap, "has no file", (problem,))


def run_fix(services: Services) -> Mended:
    """Create missing columns, and note that their values have still to be brought to Notion.

    Describes columns, too, and changes no value. A database of which nothing is remembered is searched for as in a sync. Raises RefusedError for a
    column that has another type now.
    """
    mended: list[tuple[str, tuple[Field, ...]]] = []
    lacking: dict[str, Lacking] = {}
    state, remote = services.writers.state, services.writers.remote
    with services.lock():
        files = {file.name: file for file in services.readers.roadmaps.load_roadmaps().files}
        for name in sorted({*files, *state.load_roadmaps()}):
            known = state.load_target(name)
            if known is None or not known.properties:
                title = files[name].roadmap.title if name in files else name
                known = remote.find_target(name, title, known)
            if known is not None:
                fresh = remote.create_columns(known)
                if name in files and not state.load_base(name).bindings:
                    _bind_rows(services, files[name], fresh)
                fields = _forget_columns(state, name, known, fresh)
                mended += [(name, fields)] if fields else []
                lacking[name] = remote.fetch_lacking(fresh)
                if lacking[name].undescribed:
                    remote.describe_columns(fresh)
    return Mended(
        columns=tuple(mended),
        described=tuple((name, it.undescribed) for name, it in lacking.items() if it.undescribed),
        left_out=tuple((name, it.taken) for name, it in lacking.items() if it.taken),
    )


def _examine_access(remote: Remote, name: RemoteName) -> Examination:
    try:
        who = remote.fetch_me()
    except UnreachableError as error:
        return Examination(name.label, "cannot be reached", error.problems)
    except TrackerError as error:
        return Examination(name.label, "does not let us in", error.problems)
    return Examination(name.label, f"answers as {who}" if name is NOTION else "answers")


def _examine_roadmap(services: Services, file: RoadmapFile) -> Examination:
    readers = services.readers
    try:
        base = readers.state.load_base(file.name)
        known = readers.state.load_target(file.name)
        target = readers.remote.fetch_target(file.name, file.roadmap.title, known)
        intents = readers.state.load_intents(file.name)
    except TrackerError as error:
        return Examination(file.name, "cannot be synced", error.problems)
    if target is None:
        return Examination(file.name, "has no database yet; the first sync makes it")
    remote = services.writers.remote
    try:
        lacking, twins = remote.fetch_lacking(target), remote.count_twins(file.name, target)
    except TrackerError:
        lacking, twins = Lacking(), 0  # the database was found; where it is need not be readable
    found = f"database found, {len(base.bindings)} rows bound"
    notes = (*_note_lacking(file, lacking), *_note_oddities(file, len(intents), twins))
    return Examination(file.name, found, notes)


def _note_lacking(file: RoadmapFile, lacking: Lacking) -> Iterator[Problem]:
    """Report what a database of an earlier version has not, and a new one has."""
    parts = [f"the column {name}" for name in lacking.columns]
    parts += [f"a description of {name}" for name in lacking.undescribed]
    first = f"rename your own column {' and '.join(lacking.taken)}, then " if lacking.taken else ""
    if parts:
        yield Problem(
            code="database-lacks",
            severity=Severity.NOTE,
            what=f'the database of "{file.roadmap.title}" has not all that a new one has',
            why=f"it lacks {', '.join(parts)}; it is synced all the same",
            next=f"{first}tracker doctor --fix    # adds that, and changes no value",
        )


def _note_oddities(file: RoadmapFile, intents: int, twins: int) -> Iterator[Problem]:
    """Report rows whose creation was cut off, and other databases of the same roadmap."""
    if intents:
        yield Problem(
            code="open-intents",
            severity=Severity.NOTE,
            what=f"{intents} rows were being made when a sync was cut off",
            next="tracker sync    # looks them up before it makes anything",
        )
    if twins:
        yield Problem(
            code="database-twins",
            severity=Severity.WARNING,
            what=f"there {'is' if twins == 1 else 'are'} {twins} more database"
            f'{"" if twins == 1 else "s"} of "{file.roadmap.title}"; only one is synced',
            why="two machines may have made one each at the same moment, or somebody copied it",
            next="look at the others, and move those that nobody needs to the trash",
        )


def _bind_rows(services: Services, file: RoadmapFile, target: DatabaseTarget) -> None:
    """Bind the rows of a roadmap of which nothing is remembered to the skills of the file."""
    # Unbound, the next sync could not tell a column that was always empty from one that somebody
    # emptied. A row whose skill is not in the file stays unbound: bound, it would look like a skill
    # that was removed there.
    rows = services.readers.remote.fetch_rows(target, {}, classify=0).rows
    skills = {skill.id for skill in file.roadmap.skills if skill.id is not None}
    ids = Counter(row.tracker_id for row in rows)
    bindings = [
        Binding(SkillId(row.tracker_id), row.page_id)
        for row in rows
        if row.tracker_id in skills and ids[row.tracker_id] == 1
    ]
    services.writers.state.save_bindings(file.name, bindings)


def _forget_columns(
    state: State, name: str, known: DatabaseTarget, fresh: DatabaseTarget
) -> tuple[Field, ...]:
    """Set the base of new columns to what they hold, nothing, so that the file's values go there."""
    new = tuple(
        field for field in Field if fresh.properties.get(field) != known.properties.get(field)
    )
    if new:
        empty: dict[Field, Value] = {
            field: Record("").get(field) for field in new if field in TWO_WAY
        }
        bound = state.load_base(name).bindings.values()
        state.save_bindings(name, [Binding(it.skill_id, it.page_id, empty) for it in bound])
    if fresh != known:
        state.save_target(name, fresh)
    return new


def run_forget(
    local: LocalServices, state: State, roadmap: str, *, confirm: Callable[[Forgotten], bool]
) -> Forgotten | None:
    """Forget a roadmap's bindings; both sides stay as they are. None when that was declined.

    Raises UsageError for a roadmap that is not known.
    """
    # Checked before the lock is taken, which creates files: a refusal creates none.
    if state.load_target(roadmap) is None:
        raise UsageError(
            Problem(
                code="not-tracked",
                what=f'no database is remembered for "{roadmap}"',
                why="roadmaps that are: " + (", ".join(state.load_roadmaps()) or "none"),
                kept="nothing was written",
                next="tracker forget ROADMAP    # one of them; without any, there is nothing to forget",
            )
        )
    with local.lock():
        bindings = len(state.load_base(roadmap).bindings)
        has_file = roadmap in list_names(local.reader.load_roadmaps())
        forgotten = Forgotten(roadmap, bindings, has_file)
        if not confirm(forgotten):
            return None
        state.remove_roadmap(roadmap)
    return forgotten
