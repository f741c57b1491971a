"""Workflows that set the status of skills in their files, and say what that brought about.

Touches the local side only; the other side learns of a mark at the next sync.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tracker.errors import Location, Problem, UnsafeEditError, UsageError
from tracker.local_ports import Loaded, LocalServices, RoadmapFile
from tracker.progress.coverage import Place, covered_places, index_references, index_skills
from tracker.progress.effects import MarkEffects, find_effects
from tracker.progress.find import Match
from tracker.roadmap.edits import Edit, SetValue, make_mark
from tracker.roadmap.line_diff import LineMatcher
from tracker.roadmap.model import At, Roadmap, Skill, SkillId, Status
from tracker.workflows.local import find_among, make_finder, select_files, warn_of_broken


@dataclass(frozen=True, slots=True)
class Marked:
    """A status set in a file; `diff` is a unified diff of it, empty when nothing changed.

    `started` and `completed` are the dates after it.
    """

    roadmap: str
    skill_id: SkillId | None
    name: str
    before: Status
    after: Status
    path: str
    line: int
    started: date | None = None
    completed: date | None = None
    diff: str = ""


@dataclass(frozen=True, slots=True)
class MarkResult:
    """The statuses that were set on a day, what they brought about, and all roadmaps after it."""

    today: date
    marked: tuple[Marked, ...]
    effects: MarkEffects
    roadmaps: Mapping[str, Roadmap]


def run_marks(
    local: LocalServices,
    queries: Sequence[str],
    status: Status,
    *,
    warn: Callable[[Problem], None] = lambda _: None,
) -> MarkResult:
    """Set the status of several skills, and the dates that go with it, each skill once.

    Writes nothing unless all skills are known: raises UsageError with a problem for every name that
    means none or several. The diff of a file comes with the first of its skills that changed. `warn`
    is called with a warning about files that were not searched.
    """
    with local.lock():
        loaded = local.reader.load_roadmaps()
        found = _find_all(loaded, queries, warn)
        today = local.clock.today()
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
        # Of several files, all are checked before the first is written; one checks itself then.
        for name, planned in edits.items() if len(files) > 1 else ():
            if planned and (problem := local.writer.check_edits(name, files[name].digest, planned)):
                raise UnsafeEditError(problem)
        diffs = {name: _save_edits(local, files[name], planned) for name, planned in edits.items()}
    before = {file.name: file.roadmap for file in loaded.files}
    after = {name: _edit_skills(roadmap, edits.get(name, ())) for name, roadmap in before.items()}
    marked = []
    for file, match in found.values():
        section, index = match.at
        skill = after[file.name].sections[section].skills[index]
        location = file.locations.get(("sections", section, "skills", index), Location(file.path))
        marked.append(
            Marked(
                roadmap=file.name,
                skill_id=SkillId(match.skill.id) if match.skill.id else None,
                name=match.skill.name,
                before=match.skill.status,
                after=status,
                path=file.path,
                line=location.line,
                started=skill.started,
                completed=skill.completed,
                diff=diffs.pop(file.name, "") if match.skill.status is not status else "",
            )
        )
    return MarkResult(today, tuple(marked), find_effects(before, after, today), after)


def _edit_skills(roadmap: Roadmap, edits: Iterable[SetValue]) -> Roadmap:
    """Return a roadmap with the values that edits set; what is not edited stays the same object."""
    changes: dict[At, dict[str, object]] = {}
    for edit in edits:
        changes.setdefault(edit.at, {})[edit.key] = (
            Status(str(edit.value)) if edit.key == "status" else edit.value
        )
    touched = {section for section, _ in changes}
    sections = tuple(
        section.model_copy(
            update={
                "skills": tuple(
                    skill.model_copy(update=changes.get((row, column), {}))
                    for column, skill in enumerate(section.skills)
                )
            }
        )
        if row in touched
        else section
        for row, section in enumerate(roadmap.sections)
    )
    return roadmap.model_copy(update={"sections": sections})


def _find_all(
    loaded: Loaded, queries: Sequence[str], warn: Callable[[Problem], None]
) -> dict[tuple[str, At], tuple[RoadmapFile, Match]]:
    """Find several skills, by file and place; raise UsageError for all that are not found."""
    found: dict[tuple[str, At], tuple[RoadmapFile, Match]] = {}
    problems: list[Problem] = []
    finder = make_finder(loaded)
    for query in queries:
        try:
            file, match = find_among(loaded, finder, query)
        except UsageError as error:
            problems += error.problems
        else:
            found[file.name, match.at] = (file, match)
    if problems:
        raise UsageError(*dict.fromkeys(problems))
    warn_of_broken(loaded, queries, warn)
    return found


def _save_edits(local: LocalServices, file: RoadmapFile, edits: Sequence[Edit]) -> str:
    """Write the edits of one file, and return a diff of it."""
    if not edits:
        return ""
    before = local.reader.load_text(file.name)
    local.writer.save_edits(file.name, file.digest, edits)
    return make_diff(before, local.reader.load_text(file.name), file.path)


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


def run_mark_covered(local: LocalServices, names: Sequence[str]) -> tuple[TickedFile, ...]:
    """Tick every skill of the named roadmaps (none named: all) that is covered by done skills.

    Returns the files that changed. Raises RoadmapError when a chosen file is broken.
    """
    with local.lock():
        loaded = local.reader.load_roadmaps()
        chosen = select_files(loaded, names)
        found = find_covered({file.name: file for file in loaded.files}, local.clock.today())
        return tuple(_tick(local, file, found[file.name]) for file in chosen if found[file.name])


def find_covered(files: Mapping[str, RoadmapFile], today: date) -> Mapping[str, tuple[Ticked, ...]]:
    """Return the covered skills of each file with the day on which the last one covering it was done.

    Where no such day is known, it is today; it is never before the day the skill was started.
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
    """Work out the days, starting with skills that only done skills cover."""
    places = index_references(skills)
    days: dict[Place, date] = {}
    waiting = set(covered)
    # Each round settles at least one: skills that only cover each other are never covered.
    while waiting:
        ready: dict[Place, list[Place]] = {}
        for place in waiting:
            named = [places[name] for name in skills[place].covering if name in places]
            met = [other for other in named if other in days or skills[other].status is Status.DONE]
            if met and (skills[place].is_any_enough or len(met) == len(named)):
                ready[place] = met
        for place, met in ready.items():
            # A day that the file has stays; nothing is completed before it was started.
            skill = skills[place]
            known = [days.get(it) or skills[it].completed for it in met]
            # Of several that are enough alone, the first one that was done counts.
            pick = min if skill.is_any_enough else max
            day = pick((day for day in known if day is not None), default=today)
            days[place] = skill.completed or max(day, skill.started or day)
        waiting -= ready.keys()
    return days


def _tick(local: LocalServices, file: RoadmapFile, ticked: tuple[Ticked, ...]) -> TickedFile:
    edits: list[Edit] = []
    for tick in ticked:
        edits.append(SetValue(tick.at, "status", Status.DONE.value))
        if tick.skill.completed is None:
            edits.append(SetValue(tick.at, "completed", tick.completed))
    diff = _save_edits(local, file, edits)
    return TickedFile(file.name, file.roadmap.title, file.path, ticked, diff)


def make_diff(before: str, after: str, path: str) -> str:
    """Return a unified diff of two versions of a file, empty when they are equal."""
    if before == after:
        return ""
    old, new = before.splitlines(), after.splitlines()
    # Not difflib alone, which takes the square of the lines of a long roadmap.
    matcher = LineMatcher(old, new)
    lines = [f"--- {path}", f"+++ {path}"]
    for group in matcher.get_grouped_opcodes(1):
        (_, old_start, _, new_start, _), (_, _, old_end, _, new_end) = group[0], group[-1]
        old_span = f"{old_start + 1},{old_end - old_start}"
        lines.append(f"@@ -{old_span} +{new_start + 1},{new_end - new_start} @@")
        for tag, start, end, start_after, end_after in group:
            if tag == "equal":
                lines += [f" {line}" for line in old[start:end]]
            else:
                lines += [f"-{line}" for line in old[start:end]]
                lines += [f"+{line}" for line in new[start_after:end_after]]
    return "\n".join(lines)
