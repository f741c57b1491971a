"""Find a skill by what a person types: an id, `roadmap/id`, a name or a part of one, an alias.

Pure: no clock, no disk, no network. Never picks one of several.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from tracker.roadmap.model import At, Roadmap, Skill


@dataclass(frozen=True, slots=True)
class Match:
    """A skill that fits, with its place: section title, section index and skill index."""

    roadmap: str
    section: str
    at: At
    skill: Skill

    @property
    def reference(self) -> str:
        """What to type to get exactly this one: `roadmap/id`, or its name while it has no id."""
        return f"{self.roadmap}/{self.skill.id}" if self.skill.id else self.skill.name


Fits = Callable[[Match, str], bool]

TIERS: tuple[Fits, ...] = (
    # knn
    lambda match, query: match.skill.id == query,
    # ml/knn; without the slash, `reference` may be a name and belongs below.
    lambda match, query: "/" in query and match.reference == query,
    # k-Nearest Neighbours
    lambda match, query: match.skill.name == query,
    # k-nearest  neighbours
    lambda match, query: _fold(match.skill.name) == _fold(query),
    # nearest neighbors, when that is an alias
    lambda match, query: _fold(query) in map(_fold, match.skill.aliases),
    # neighbour
    lambda match, query: _fold(query) in _fold(match.skill.name),
    # kn
    lambda match, query: match.skill.id is not None and _fold(query) in match.skill.id,
)
"""From exact to loose; only the first tier with a match answers."""


def find_skill(roadmaps: Mapping[str, Roadmap], query: str) -> tuple[Match, ...]:
    """Return the skills that fit best, in file order: one if clear, several if ambiguous, or none."""
    wanted = query.strip()
    if not wanted:
        return ()
    everything = list_skills(roadmaps)
    for fits in TIERS:
        found = tuple(match for match in everything if fits(match, wanted))
        if found:
            return found
    return ()


def near_skills(roadmaps: Mapping[str, Roadmap], query: str, n: int = 3) -> tuple[str, ...]:
    """Return ids and names that are spelled much like a query that fits nothing."""
    words = {
        _fold(word): word
        for match in list_skills(roadmaps)
        for word in (match.skill.name, match.skill.id, *match.skill.aliases)
        if word
    }
    near = get_close_matches(_fold(query.strip()), words, n=n, cutoff=0.6)
    return tuple(words[word] for word in near)


def list_skills(roadmaps: Mapping[str, Roadmap]) -> list[Match]:
    """Return all skills with their places, in file order."""
    return [
        Match(name, section.title, (section_index, skill_index), skill)
        for name, roadmap in roadmaps.items()
        for section_index, section in enumerate(roadmap.sections)
        for skill_index, skill in enumerate(section.skills)
    ]


def _fold(text: str) -> str:
    """Make letter case and spacing irrelevant."""
    return " ".join(text.casefold().split())
