"""Workflows that only read roadmap files: select roadmaps, check them, find skills.

No network, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from tracker.errors import Location, Problem, RoadmapError, Severity, UsageError
from tracker.local_ports import Loaded, RoadmapFile, RoadmapReader
from tracker.progress.coverage import Place
from tracker.progress.find import Match, SkillFinder, near_skills
from tracker.progress.selection import (
    SkillFilter,
    UnknownValue,
    find_unknown,
    select_places,
)
from tracker.progress.tracks import find_tracks, list_tracks
from tracker.roadmap.model import Roadmap
from tracker.roadmap.rules import is_breaking
from tracker.settings import SETTINGS_NAME

SHOWN = 8
"""Candidates that an ambiguous name lists."""


def list_names(loaded: Loaded) -> frozenset[str]:
    """Return the names of all roadmap files, broken or not."""
    return frozenset(file.name for file in loaded.files) | loaded.broken


def select_files(
    loaded: Loaded, names: Sequence[str], *, are_typed: bool = True
) -> tuple[RoadmapFile, ...]:
    """Return the named files, or all.

    Raises RoadmapError for broken ones, and for unknown ones UsageError; when nobody typed the names
    (`are_typed` false), an unknown file has vanished: RoadmapError.
    """
    known = list_names(loaded)
    chosen = set(names) or known
    errors = [problem for problem in loaded.problems if is_breaking(problem)]
    # Unknown names first: a typo must not be answered with the errors of other files.
    if unknown := sorted(chosen - known):
        if are_typed:
            raise UsageError(*(_unknown(name, sorted(known)) for name in unknown))
        raise RoadmapError(
            *(
                Problem(
                    code="unknown-roadmap",
                    what=f"roadmaps/{name}.yaml is gone",
                    kept="nothing was written",
                    next="put the file back, then run the command again",
                )
                for name in unknown
            )
        )
    if not names and errors:
        raise RoadmapError(*_with_what_was_kept(errors))
    if chosen & loaded.broken:
        broken = [
            it
            for it in errors
            if it.location and it.location.path.rpartition("/")[2].rpartition(".")[0] in chosen
        ]
        raise RoadmapError(*_with_what_was_kept(broken))
    return tuple(file for file in loaded.files if file.name in chosen)


def load_roadmaps(reader: RoadmapReader, names: Sequence[str]) -> Mapping[str, Roadmap]:
    """Load all roadmaps that load; raise RoadmapError when a chosen one, or any without names, does not."""
    loaded = reader.load_roadmaps()
    select_files(loaded, names)
    return {file.name: file.roadmap for file in loaded.files}


def _with_what_was_kept(errors: Sequence[Problem]) -> list[Problem]:
    """Say what was left untouched once, in the last problem: it is the same for all of them."""
    *others, last = sorted(errors, key=lambda problem: problem.sort_key)
    return [*others, replace(last, kept=last.kept or "nothing was written")]


@dataclass(frozen=True, slots=True)
class Checked:
    """The roadmaps that load, and the problems of all files.

    `skipped` are the codes of checks that were left out, `left_out` what they had found.
    """

    files: tuple[RoadmapFile, ...]
    problems: tuple[Problem, ...] = ()
    skipped: tuple[str, ...] = ()
    left_out: tuple[Problem, ...] = ()

    @property
    def has_errors(self) -> bool:
        """Whether any problem is an error."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)


def run_check(reader: RoadmapReader) -> Checked:
    """Load all roadmaps and return every problem of every file."""
    loaded = reader.load_roadmaps()
    problems = sorted(loaded.problems, key=lambda problem: problem.sort_key)
    return Checked(loaded.files, tuple(problems))


def leave_out(checked: Checked, codes: Sequence[str]) -> Checked:
    """Leave out the problems with these codes; what they were is kept in `left_out`."""
    return replace(
        checked,
        problems=tuple(it for it in checked.problems if it.code not in codes),
        skipped=tuple(dict.fromkeys(codes)),
        left_out=tuple(it for it in checked.problems if it.code in codes),
    )


def find_file(
    reader: RoadmapReader, query: str, *, warn: Callable[[Problem], None] = lambda _: None
) -> tuple[RoadmapFile, Match]:
    """Return the one skill that a person means, and its file.

    A broken file does not prevent finding a skill in another one; `warn` is then called with a
    warning. Raises RoadmapError when the skill can only be in a broken file, UsageError for none or
    several.
    """
    loaded = reader.load_roadmaps()
    found = find_among(loaded, make_finder(loaded), query)
    warn_of_broken(loaded, [query], warn)
    return found


def warn_of_broken(loaded: Loaded, queries: Sequence[str], warn: Callable[[Problem], None]) -> None:
    """Warn of the files that were not searched, unless every query names its roadmap."""
    if loaded.broken and any("/" not in query for query in queries):
        warn(
            Problem(
                code="not-searched",
                what=f"broken and left out of the search: {', '.join(sorted(loaded.broken))}",
                severity=Severity.WARNING,
                why="another skill that fits may be there",
                next="tracker check",
            )
        )


def make_finder(loaded: Loaded) -> SkillFinder:
    """Make what finds skills in the files that could be loaded."""
    return SkillFinder({file.name: file.roadmap for file in loaded.files})


def find_among(loaded: Loaded, finder: SkillFinder, query: str) -> tuple[RoadmapFile, Match]:
    """Return the one skill that a person means; raise UsageError for none or several."""
    named = query.strip().partition("/")[0]
    # `roadmap/skill` of a broken file: say what is broken, not that the skill is unknown.
    if named in loaded.broken and "/" in query:
        select_files(loaded, [named])
    files = {file.name: file for file in loaded.files}
    matches = finder.find(query)
    if not matches:
        # It may be in a file that does not load: then that is what is wrong.
        select_files(loaded, ())
        near = near_skills({name: file.roadmap for name, file in files.items()}, query)
        raise UsageError(
            Problem(
                code="unknown-skill",
                what=f'no skill matches "{query}"',
                why=f"nearest: {_name_matches(near)}" if near else "no name, tag or goal has it",
                kept="nothing was written",
                next="tracker list --all    # prints all skills with their ids",
            )
        )
    if len(matches) > 1:
        more = f", and {len(matches) - SHOWN} more" if len(matches) > SHOWN else ""
        raise UsageError(
            Problem(
                code="ambiguous-skill",
                what=f'"{query}" matches {len(matches)} skills',
                why=_name_matches(matches[:SHOWN]) + more,
                kept="nothing was written",
                next=f"use the full id, for example {matches[0].reference}",
            )
        )
    return files[matches[0].roadmap], matches[0]


def _name_matches(matches: Sequence[Match]) -> str:
    return "; ".join(
        # A skill without an id is named by its name alone.
        f"{match.reference} ({match.skill.name})" if match.skill.id else match.skill.name
        for match in matches
    )


def find_places(roadmaps: Mapping[str, Roadmap], wanted: SkillFilter) -> frozenset[Place]:
    """Return the places of the skills that a filter lets through; raise UsageError for unknown values."""
    if unknown := find_unknown(roadmaps, wanted):
        raise UsageError(*map(_no_such_value, unknown))
    return select_places(roadmaps, wanted)


def warn_of_unknown_track(
    roadmaps: Mapping[str, Roadmap], track: str | None, warn: Callable[[Problem], None]
) -> None:
    """Warn of a track in the settings that no roadmap has: then none is followed."""
    if track is None or find_tracks(roadmaps, track):
        return
    known = ", ".join(match.track.id for match in list_tracks(roadmaps))
    warn(
        Problem(
            code="unknown-track",
            what=f'no roadmap here has the track "{track}"',
            severity=Severity.WARNING,
            location=Location(SETTINGS_NAME),
            why=f"tracks here: {known or 'none'}",
            next=f"correct track in {SETTINGS_NAME}, or leave it out",
        )
    )


def _no_such_value(unknown: UnknownValue) -> Problem:
    near = get_close_matches(unknown.value, unknown.known, n=3, cutoff=0.4)
    shown = near or unknown.known[:SHOWN]
    more = "" if near or len(unknown.known) <= SHOWN else f", and {len(unknown.known) - SHOWN} more"
    return Problem(
        code="unknown-value",
        what=f'no skill has the {unknown.key} "{unknown.value}"',
        why=f"{'nearest' if near else 'there are'}: {'; '.join(shown)}{more}"
        if shown
        else f"no skill here has a {unknown.key}",
        kept="nothing was written",
        next="use one of these" if shown else f"leave --{unknown.key} out",
    )


def _unknown(name: str, known: Sequence[str]) -> Problem:
    near = get_close_matches(name.lower(), known, n=1)
    bundled = "tracker add NAME    # brings in a bundled one"
    other = "name one of these; or " + bundled if known else bundled
    return Problem(
        code="unknown-roadmap",
        what=f'there is no roadmap "{name}"',
        why="roadmaps here: " + (", ".join(known) or "none"),
        kept="nothing was written",
        next=f"did you mean {near[0]}?" if near else other,
    )
