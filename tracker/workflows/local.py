"""Workflows that need no network: check, the input of reports, and marking skills.

Touches the local side only; Notion learns of a mark at the next sync.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from tracker.errors import Problem, Severity, UnsafeEditError, UsageError
from tracker.ports import Desk, Loaded, RoadmapFile, RoadmapReader
from tracker.progress import Match, find_skill, near_skills
from tracker.progress.coverage import Place, covered_places, index_references, index_skills
from tracker.roadmap.dates import make_mark
from tracker.roadmap.edits import At, Edit, SetValue
from tracker.roadmap.line_diff import LineMatcher
from tracker.roadmap.model import Skill, SkillId, Status
from tracker.workflows.observe import select_files
from tracker.workflows.results import Checked, Marked

SHOWN = 8
"""Candidates that an ambiguous name lists."""


def run_check(reader: RoadmapReader) -> Checked:
    """Load all roadmaps and return every problem of every file."""
    loaded = reader.load_roadmaps()
    return Checked(loaded.files, tuple(sorted(loaded.problems, key=lambda each: each.sort_key)))


def leave_out(checked: Checked, codes: Sequence[str]) -> Checked:
    """Leave out the problems with these codes; how many there were is not lost."""
    return replace(
        checked,
        problems=tuple(each for each in checked.problems if each.code not in codes),
        skipped=tuple(dict.fromkeys(codes)),
        left_out=tuple(each for each in checked.problems if each.code in codes),
    )


def load_files(reader: RoadmapReader, names: Sequence[str] = ()) -> tuple[RoadmapFile, ...]:
    """Load the named roadmaps, or all; raise RoadmapError when one is broken, UsageError when unknown."""
    return select_files(reader.load_roadmaps(), names)


def find_file(
    reader: RoadmapReader, query: str, *, warn: Callable[[Problem], None] = lambda _: None
) -> tuple[RoadmapFile, Match]:
    """Return the one skill that a person means, and its file.

    A broken file does not stand in the way of a skill in another one; `warn` is told when it was left
    out. Raises RoadmapError when the
    skill can only be in a broken file, UsageError for none or several.
    """
    loaded = reader.load_roadmaps()
    found = _find_among(loaded, query)
    _warn_of_broken(loaded, [query], warn)
    return found


def _warn_of_broken(
    loaded: Loaded, queries: Sequence[str], warn: Callable[[Problem], None]
) -> None:
    """Tell which files were not searched, unless every query names its roadmap."""
    if loaded.broken and any("/" not in query for query in queries):
        names = ", ".join(sorted(loaded.broken))
        warn(
            Problem(
                code="not-searched",
                what=f"broken and left out of the search: {names}",
                severity=Severity.WARNING,
                why="another skill that fits may be there",
                next="tracker check",
            )
        )


def _find_among(loaded: Loaded, query: str) -> tuple[RoadmapFile, Match]:
    named = query.strip().partition("/")[0]
    roadmaps = {file.name: file.roadmap for file in loaded.files}
    if named in loaded.broken and "/" in query:
        select_files(loaded, [named])
    if not find_skill(roadmaps, query):
        # It may be in a file that does not load: then that is what is wrong.
        select_files(loaded, ())
    match = find_one(loaded.files, query)
    return next(file for file in loaded.files if file.name == match.roadmap), match


def find_one(files: Sequence[RoadmapFile], query: str) -> Match:
    """Return the one skill that a person means; raise UsageError for none or several."""
    roadmaps = {file.name: file.roadmap for file in files}
    matches = find_skill(roadmaps, query)
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise UsageError(_ambiguous(query, matches))
    raise UsageError(_nothing(query, near_skills(roadmaps, query)))


def run_mark(desk: Desk, query: str, status: Status) -> Marked:
    """Set a skill's status in its file, and stamp or clear the dates that go with it."""
    (marked,) = run_marks(desk, [query], status)
    return marked


def run_marks(
    desk: Desk,
    queries: Sequence[str],
    status: Status,
    *,
    warn: Callable[[Problem], None] = lambda _: None,
) -> tuple[Marked, ...]:
    """Set the status of several skills, each once; write nothing unless all of them are known.

    Raises UsageError with a problem for every name that means none or several. The diff of a file
    comes with the first of its skills that changed. `warn` is told of files that were not searched.
    """
    with desk.lock():
        found = _find_all(desk.reader, queries, warn)
        today = desk.clock.today()
        files = {file.name: file for file, _ in found.values()}
        edits = {
            name: [
                edit
                for file, match in found.values()
                if file.name == name
                for edit in make_mark(match.at, match.skill, status, today)
            ]
            for name in files
        }
        if len(files) > 1:
            # One file alone is checked when it is written.
            _check_marks(desk, files, edits)
        diffs = {name: _save_marks(desk, files[name], planned) for name, planned in edits.items()}
    return tuple(
        Marked(
            roadmap=file.name,
            skill_id=SkillId(match.skill.id) if match.skill.id else None,
            name=match.skill.name,
            before=match.skill.status,
            after=status,
            path=file.path,
            line=_find_line(file, match.at),
            diff=diffs.pop(file.name, "") if match.skill.status is not status else "",
        )
        for file, match in found.values()
    )


def _find_all(
    reader: RoadmapReader, queries: Sequence[str], warn: Callable[[Problem], None]
) -> dict[tuple[str, At], tuple[RoadmapFile, Match]]:
    """Find several skills by where they stand; raise UsageError for all that are not found."""
    loaded = reader.load_roadmaps()
    found: dict[tuple[str, At], tuple[RoadmapFile, Match]] = {}
    problems: list[Problem] = []
    for query in queries:
        try:
            file, match = _find_among(loaded, query)
        except UsageError as error:
            problems += error.problems
        else:
            found[file.name, match.at] = (file, match)
    if problems:
        raise UsageError(*dict.fromkeys(problems))
    _warn_of_broken(loaded, queries, warn)
    return found


def _check_marks(
    desk: Desk, files: Mapping[str, RoadmapFile], edits: Mapping[str, Sequence[Edit]]
) -> None:
    """Raise UnsafeEditError before anything is written if an edit of any file cannot be made."""
    for name, planned in edits.items():
        problem = desk.writer.check_edits(name, files[name].digest, planned) if planned else None
        if problem is not None:
            raise UnsafeEditError(problem)


def _save_marks(desk: Desk, file: RoadmapFile, edits: Sequence[Edit]) -> str:
    """Write the edits of one file, and return what they changed."""
    if not edits:
        return ""
    before = desk.reader.load_text(file.name)
    desk.writer.save_edits(file.name, file.digest, edits)
    return make_diff(before, desk.reader.load_text(file.name), file.path)


def _find_line(file: RoadmapFile, at: At) -> int:
    section, skill = at
    location = file.locations.get(("sections", section, "skills", skill))
    return location.line if location else 0


def make_diff(before: str, after: str, path: str) -> str:
    """Return a unified diff of two versions of a file, empty when they are equal."""
    if before == after:
        return ""
    old, new = before.splitlines(), after.splitlines()
    matcher = LineMatcher(old, new)
    lines = [f"--- {path}", f"+++ {path}"]
    for group in matcher.get_grouped_opcodes(1):
        lines.append(f"@@ -{_span(group, 1)} +{_span(group, 3)} @@")
        for tag, start, end, new_start, new_end in group:
            if tag == "equal":
                lines += [f" {line}" for line in old[start:end]]
            else:
                lines += [f"-{line}" for line in old[start:end]]
                lines += [f"+{line}" for line in new[new_start:new_end]]
    return "\n".join(lines)


def _span(group: Sequence[tuple[str, int, int, int, int]], side: int) -> str:
    first, last = group[0], group[-1]
    start, end = (first[1], last[2]) if side == 1 else (first[3], last[4])
    return f"{start + 1},{end - start}"


def _ambiguous(query: str, matches: Sequence[Match]) -> Problem:
    names = [f"{match.reference} ({match.skill.name})" for match in matches[:SHOWN]]
    more = f", and {len(matches) - SHOWN} more" if len(matches) > SHOWN else ""
    return Problem(
        code="ambiguous-skill",
        what=f'"{query}" fits {len(matches)} skills',
        why="; ".join(names) + more,
        kept="nothing was written",
        next=f"name one of them in full, such as {matches[0].reference}",
    )


def _nothing(query: str, near: Sequence[str]) -> Problem:
    return Problem(
        code="unknown-skill",
        what=f'no skill fits "{query}"',
        severity=Severity.ERROR,
        why=f"near to it: {', '.join(near)}" if near else "no name or id contains it",
        kept="nothing was written",
        next="tracker export    # prints all skills with their ids",
    )


@dataclass(frozen=True, slots=True)
class Ticked:
    """A covered skill that is done now; `completed` is the day its file says."""

    at: At
    skill: Skill
    completed: date


@dataclass(frozen=True, slots=True)
class TickedFile:
    """One file with the skills that were ticked in it, and a unified diff of it."""

    name: str
    title: str
    path: str
    ticked: tuple[Ticked, ...]
    diff: str


def run_mark_covered(desk: Desk, names: Sequence[str]) -> tuple[TickedFile, ...]:
    """Tick every covered skill of the named roadmaps (none named: all), one batch a file.

    Returns the files that changed. Raises RoadmapError when a chosen file is broken.
    """
    with desk.lock():
        loaded = desk.reader.load_roadmaps()
        chosen = select_files(loaded, names)
        found = find_covered({file.name: file for file in loaded.files}, desk.clock.today())
        return tuple(_tick(desk, file, found[file.name]) for file in chosen if found[file.name])


def find_covered(files: Mapping[str, RoadmapFile], today: date) -> Mapping[str, tuple[Ticked, ...]]:
    """Return the covered skills of each file with the day on which the last of what covers it was done.

    Where no such day is known, it is today; it is never before the day a skill was started.
    """
    skills = index_skills({name: file.roadmap for name, file in files.items()})
    covered = covered_places(skills)
    days = _find_days(skills, covered, today)
    found: dict[str, tuple[Ticked, ...]] = {}
    for name, file in files.items():
        places = [
            (row, column)
            for row, section in enumerate(file.roadmap.sections)
            for column, _ in enumerate(section.skills)
        ]
        found[name] = tuple(
            Ticked(at, skills[name, index], days[name, index])
            for index, at in enumerate(places)
            if (name, index) in covered
        )
    return found


def _find_days(
    skills: Mapping[Place, Skill], covered: frozenset[Place], today: date
) -> dict[Place, date]:
    """Work out the days from what is done on to what is covered by covered skills."""
    places = index_references(skills)
    days: dict[Place, date] = {}
    waiting = set(covered)
    while waiting:
        ready = {
            place
            for place in waiting
            if not any(places[each] in waiting for each in skills[place].covered_by)
        }
        for place in ready:
            skill = skills[place]
            named = [places[each] for each in skill.covered_by]
            known = [days.get(each) or skills[each].completed for each in named]
            latest = max((each for each in known if each is not None), default=today)
            days[place] = skill.completed or max(latest, skill.started or latest)
        waiting -= ready
    return days


def _tick(desk: Desk, file: RoadmapFile, ticked: tuple[Ticked, ...]) -> TickedFile:
    edits: list[Edit] = []
    for each in ticked:
        edits.append(SetValue(each.at, "status", Status.DONE.value))
        if each.skill.completed is None:
            edits.append(SetValue(each.at, "completed", each.completed))
    before = desk.reader.load_text(file.name)
    desk.writer.save_edits(file.name, file.digest, edits)
    diff = make_diff(before, desk.reader.load_text(file.name), file.path)
    return TickedFile(file.name, file.roadmap.title, file.path, ticked, diff)
