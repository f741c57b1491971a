"""Examine everything that a sync needs, mend deleted columns, and forget a roadmap.

Examining writes nothing. What is wrong with one thing never keeps the next from being examined,
unless that needs it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tracker.errors import Problem, Severity, TrackerError, UnreachableError, UsageError
from tracker.ports import Desk, Remote, RoadmapFile, Services, State, Target
from tracker.roadmap.model import SkillId
from tracker.settings import NOTION, RemoteName
from tracker.sync.snapshot import TWO_WAY, Binding, Field, Record, Value
from tracker.workflows.results import Forgotten


@dataclass(frozen=True, slots=True)
class Examination:
    """One thing that was looked at: what it is, what was found, and what is wrong with it."""

    subject: str
    found: str
    problems: tuple[Problem, ...] = ()

    @property
    def is_fine(self) -> bool:
        """Whether nothing is wrong."""
        return not any(each.severity is Severity.ERROR for each in self.problems)


@dataclass(frozen=True, slots=True)
class Mended:
    """The columns that were made again, by roadmap, and the new name of a damaged state."""

    columns: tuple[tuple[str, tuple[Field, ...]], ...] = ()
    set_aside: str = ""


def examine_roadmaps(desk: Desk) -> Examination:
    """Look at the roadmap files."""
    loaded = desk.reader.load_roadmaps()
    errors = tuple(each for each in loaded.problems if each.severity is Severity.ERROR)
    skills = sum(len(file.roadmap.skills) for file in loaded.files)
    return Examination("roadmaps", f"{len(loaded.files)} with {skills} skills", errors)


def examine_state(state: State) -> Examination:
    """Look at all that is remembered."""
    problems = state.find_damage()
    return Examination("state", "cannot be used" if problems else "can be read", problems)


def run_set_aside(desk: Desk, state: State) -> Mended:
    """Rename a state that is damaged; the next sync makes it anew."""
    with desk.lock():
        return Mended(set_aside=state.set_aside())


def examine_notion(services: Services, name: RemoteName) -> Iterator[Examination]:
    """Look at the token, the state, and the database of every roadmap."""
    token = _examine_token(services.writers.remote, name)
    yield token
    if not token.is_fine:
        return
    for file in services.readers.roadmaps.load_roadmaps().files:
        yield _examine_roadmap(services, file)
    yield from _examine_missing(services)


def run_mend(services: Services) -> Mended:
    """Make missing columns again, and note that their values have still to be brought to Notion.

    A database of which nothing is remembered is looked for as a sync does. Raises RefusedError for a
    column that has another type now.
    """
    made: list[tuple[str, tuple[Field, ...]]] = []
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
                made += [(name, fields)] if fields else []
    return Mended(tuple(made))


def _examine_token(remote: Remote, name: RemoteName) -> Examination:
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
    try:
        twins = services.writers.remote.count_twins(file.name, target)
    except TrackerError:
        twins = 0  # the database was found; where it lies need not be readable
    found = f"database found, {len(base.bindings)} rows bound"
    notes = (*(_note_intent(len(intents)) if intents else ()), *_note_twins(file, twins))
    return Examination(file.name, found, notes)


def _examine_missing(services: Services) -> Iterator[Examination]:
    loaded = services.readers.roadmaps.load_roadmaps()
    present = {file.name for file in loaded.files} | loaded.broken
    for name in services.readers.state.load_roadmaps():
        if name not in present:
            problem = Problem(
                code="missing-file",
                what=f"roadmaps/{name}.yaml is gone, but its database is still tracked",
                kept="nothing was written",
                next=f"restore the file, or tracker forget {name}",
            )
            yield Examination(name, "has no file", (problem,))


def _note_twins(file: RoadmapFile, count: int) -> Iterator[Problem]:
    if count:
        yield Problem(
            code="database-twins",
            severity=Severity.WARNING,
            what=f"there {'is' if count == 1 else 'are'} {count} more database"
            f'{"" if count == 1 else "s"} of "{file.roadmap.title}"; only one is synced',
            why="two machines may have made one each at the same moment, or somebody copied it",
            next="look at the others, and move those that nobody needs to the trash",
        )


def _note_intent(count: int) -> tuple[Problem, ...]:
    note = Problem(
        code="open-intents",
        severity=Severity.NOTE,
        what=f"{count} rows were being made when a sync was cut off",
        next="tracker sync    # looks them up before it makes anything",
    )
    return (note,)


def _bind_rows(services: Services, file: RoadmapFile, target: Target) -> None:
    """Bind the rows of a roadmap of which nothing is remembered to the skills of the file.

    Else the next sync could not tell a column that was empty from the start from one that somebody
    emptied. A row whose skill is not in the file stays unbound: bound, it would look like a skill
    that was removed there.
    """
    rows = services.readers.remote.fetch_rows(target, {}, classify=0).rows
    skills = {skill.id for skill in file.roadmap.skills if skill.id is not None}
    ids = Counter(row.tracker_id for row in rows)
    bindings = [
        Binding(SkillId(row.tracker_id), row.page_id)
        for row in rows
        if row.tracker_id in skills and ids[row.tracker_id] == 1
    ]
    services.writers.state.save_bindings(file.name, bindings)


def _forget_columns(state: State, name: str, known: Target, fresh: Target) -> tuple[Field, ...]:
    """Make the base say what a new column says, nothing, so that the file's values flow there."""
    new = tuple(which for which in Field if fresh.properties[which] != known.properties.get(which))
    if new:
        empty: dict[Field, Value] = {
            which: Record("").get(which) for which in new if which in TWO_WAY
        }
        bindings = state.load_base(name).bindings.values()
        state.save_bindings(
            name, [Binding(each.skill_id, each.page_id, empty) for each in bindings]
        )
    if fresh != known:
        state.save_target(name, fresh)
    return new


def run_forget(
    desk: Desk, state: State, roadmap: str, *, confirm: Callable[[Forgotten], bool]
) -> Forgotten | None:
    """Forget a roadmap; None when that was declined. Raises UsageError for one that is not known."""
    # Asked before the lock is taken, which makes files: a refusal makes none.
    if state.load_target(roadmap) is None:
        raise UsageError(_not_tracked(roadmap, state.load_roadmaps()))
    with desk.lock():
        loaded = desk.reader.load_roadmaps()
        present = {file.name for file in loaded.files} | loaded.broken
        bindings = len(state.load_base(roadmap).bindings)
        forgotten = Forgotten(roadmap, bindings, roadmap in present)
        if not confirm(forgotten):
            return None
        state.remove_roadmap(roadmap)
    return forgotten


def _not_tracked(roadmap: str, known: tuple[str, ...]) -> Problem:
    return Problem(
        code="not-tracked",
        what=f'no database is remembered for "{roadmap}"',
        why="roadmaps that are: " + (", ".join(known) or "none"),
        kept="nothing was written",
        next="tracker forget ROADMAP    # one of them; without any, there is nothing to forget",
    )
