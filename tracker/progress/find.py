"""Find skills by what a person types: an id, `roadmap/id`, or a part of a name, an alias, a tag, a goal.

Pure: no clock, no disk, no network. Never picks one of several.

    one skill   `SkillFinder`: by id, name or alias, from exact to loose
    nearest     `near_skills`: spelled alike, or with the words in a tag or the goal
    a search    `has_words`: every word stands in the id, name, an alias, a tag or the goal

Letter case, hyphens and the choice between -ise and -ize make no difference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from tracker.roadmap.model import At, Roadmap, Skill

_HYPHENS = re.compile(r"[-_\u2010-\u2015]")
_SPELLINGS = re.compile(r"([iy])z")


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
Key = Callable[[Match], str | None]

EXACT: tuple[Key, ...] = (
    # knn
    lambda match: match.skill.id,
    # ml/knn; without the slash, `reference` may be a name and belongs below.
    lambda match: match.reference if "/" in match.reference else None,
    # k-Nearest Neighbours
    lambda match: match.skill.name,
)
"""What a query may be to the letter."""

TIERS: tuple[Fits, ...] = (
    # K nearest  neighbours
    lambda match, query: fold(match.skill.name) == fold(query),
    # nearest neighbors, when that is an alias
    lambda match, query: fold(query) in map(fold, match.skill.aliases),
    # KNN
    lambda match, query: fold(match.skill.id or "") == fold(query),
    # neighbour
    lambda match, query: is_part(query, match.skill.name),
    # kn
    lambda match, query: is_part(query, match.skill.id or ""),
    # neighbor
    lambda match, query: any(is_part(query, alias) for alias in match.skill.aliases),
)
"""From exact to loose; only the first tier with a match answers."""


class SkillFinder:
    """Finds one skill after the other among the skills of some roadmaps."""

    def __init__(self, roadmaps: Mapping[str, Roadmap]) -> None:
        self._skills = list_skills(roadmaps)
        self._exact: list[dict[str, list[Match]]] = [{} for _ in EXACT]
        for found, key_of in zip(self._exact, EXACT, strict=True):
            for match in self._skills:
                if key := key_of(match):
                    found.setdefault(key, []).append(match)

    def find(self, query: str) -> tuple[Match, ...]:
        """Return the skills that fit best, in file order: one if clear, several if not, or none."""
        wanted = query.strip()
        if not fold(wanted):
            return ()
        for known in self._exact:
            if wanted in known:
                return tuple(known[wanted])
        for fits in TIERS:
            found = tuple(match for match in self._skills if fits(match, wanted))
            if found:
                return found
        return ()


def near_skills(roadmaps: Mapping[str, Roadmap], query: str, n: int = 5) -> tuple[Match, ...]:
    """Return the skills nearest to a query that fits none: spelled alike, then by tag and goal."""
    everything = list_skills(roadmaps)
    by_word: dict[str, Match] = {}
    for match in everything:
        for word in (match.skill.name, match.skill.id, *match.skill.aliases):
            if word:
                by_word.setdefault(fold(word), match)
    alike = (by_word[word] for word in get_close_matches(fold(query), by_word, n=n, cutoff=0.6))
    tagged = (match for match in everything if fold(query) in map(fold, match.skill.tags))
    told = (match for match in everything if has_words(match.skill, query))
    # By place: two skills may be equal, and a skill is no key of a dictionary.
    nearest = {(match.roadmap, match.at): match for match in (*alike, *tagged, *told)}
    return tuple(nearest.values())[:n]


def has_words(skill: Skill, text: str) -> bool:
    """Return whether every word of a text is a part of the id, name, aliases, tags or goal."""
    parts = (skill.id, skill.name, *skill.aliases, *skill.tags, skill.goal)
    searched = "\n".join(part for part in parts if part)
    return all(is_part(word, searched) for word in text.split())


def list_skills(roadmaps: Mapping[str, Roadmap]) -> list[Match]:
    """Return all skills with their places, in file order."""
    return [
        Match(name, section.title, (section_index, skill_index), skill)
        for name, roadmap in roadmaps.items()
        for section_index, section in enumerate(roadmap.sections)
        for skill_index, skill in enumerate(section.skills)
    ]


def fold(text: str) -> str:
    """Make letter case, spacing, hyphens and the choice between -ise and -ize irrelevant."""
    return " ".join(_HYPHENS.sub(" ", _spell(text)).split())


def is_part(query: str, text: str) -> bool:
    """Return whether a text holds a query, but for what `fold` makes irrelevant."""
    # cross-validation is meant by "cross validation" and by "crossvalidation".
    wanted, searched = _spell(query), _spell(text)
    parts = ((fold(wanted), fold(searched)), (_join(wanted), _join(searched)))
    return any(part and part in whole for part, whole in parts)


def _spell(text: str) -> str:
    # Wherever it stands: a person may type no more than "regulariz".
    return _SPELLINGS.sub(r"\1s", text.casefold())


def _join(text: str) -> str:
    return " ".join(_HYPHENS.sub("", text).split())
