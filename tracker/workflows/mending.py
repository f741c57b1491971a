"""Mend what the doctor finds: columns, descriptions, views, a damaged state; and forget a roadmap.

Changes no value. What cannot be mended for one roadmap keeps none of the others from it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from tracker.errors import (
    Problem,
    RefusedError,
    RemoteError,
    TrackerError,
    UnreachableError,
    UsageError,
)
from tracker.local_ports import LocalServices, RoadmapFile
from tracker.ports import Services, State
from tracker.roadmap.model import SkillId
from tracker.sync.model import Binding
from tracker.sync.records import TWO_WAY, Field, Record, Value
from tracker.sync.target import DatabaseTarget
from tracker.workflows.local import list_names
from tracker.workflows.results import Forgotten


@dataclass(frozen=True, slots=True)
class MendedRoadmap:
    """What was created again or added for one roadmap.

    `columns` are the fields with a new column, `described` the names of columns that were described,
    `views` those of views, and `left_out` those of columns that were not made because another one has
    the name.
    """

    name: str
    columns: tuple[Field, ...] = ()
    described: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mended:
    """What was mended, what could not be, and the new name of a damaged state.

    `failure` is what stood in the way for the first roadmap that could not be mended.
    """

    roadmaps: tuple[MendedRoadmap, ...] = ()
    problems: tuple[Problem, ...] = ()
    failure: TrackerError | None = None
    set_aside: str = ""


def run_set_aside(local: LocalServices, state: State) -> Mended:
    """Rename a damaged state; the next sync makes a new one."""
    with local.lock():
        return Mended(set_aside=state.set_aside())


def run_fix(services: Services) -> Mended:
    """Create missing columns and views, describe columns, and change no value.

    That the values of new columns have still to be brought to Notion is noted. A database of which
    nothing is remembered is searched for as in a sync.
    """
    mended: list[MendedRoadmap] = []
    failures: list[TrackerError] = []
    state, remote = services.writers.state, services.writers.remote
    with services.lock():
        files = {file.name: file for file in services.readers.roadmaps.load_roadmaps().files}
        for name in sorted({*files, *state.load_roadmaps()}):
            try:
                mended.append(_mend(services, name, files.get(name)))
            except UnreachableError:
                raise
            except (RefusedError, RemoteError) as error:
                failures.append(error)
    problems = [problem for error in failures for problem in error.problems]
    return Mended(tuple(mended), (*problems, *remote.notes), next(iter(failures), None))


def _mend(services: Services, name: str, file: RoadmapFile | None) -> MendedRoadmap:
    """Mend one database; raises RefusedError for a column that has another type now."""
    state, remote = services.writers.state, services.writers.remote
    known = state.load_target(name)
    if known is None or not known.properties:
        known = remote.find_target(name, file.roadmap.title if file else name, known)
    if known is None:
        return MendedRoadmap(name)
    fresh = remote.create_columns(known)
    if file is not None and not state.load_base(name).bindings:
        _bind_rows(services, file, fresh)
    fields = _forget_columns(state, name, known, fresh)
    lacking = remote.fetch_lacking(fresh)
    if lacking.undescribed:
        remote.describe_columns(fresh)
    views = _make_views(services, name, fresh)
    return MendedRoadmap(name, fields, lacking.undescribed, views, lacking.taken)


def _make_views(services: Services, name: str, target: DatabaseTarget) -> tuple[str, ...]:
    """Make the missing views, and return their names; those that are refused are in the notes."""
    state, remote = services.writers.state, services.writers.remote
    try:
        missing = remote.fetch_missing_views(target)
    except UnreachableError:
        raise
    except RemoteError:
        return ()  # a server that shows no views has none to make, as in a sync
    reached = pending = replace(target, views={**target.views, **dict.fromkeys(missing, "")})
    for reached in remote.create_views(pending) if missing else ():
        state.save_target(name, reached)
    return tuple(view for kind, view in missing.items() if reached.views.get(kind))


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
