"""What a check of a roadmap finds, and the words that all checks share.

Pure. Knows no check.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from heapq import nlargest
from os.path import commonprefix

from tracker.roadmap.model import KeyPath, Roadmap, Skill, show

_COMPARED = 200
"""Ids that a misspelt one is compared with."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: the path it concerns, what, why and what to do.

    `first` is the path of an earlier value that this one collides with.
    """

    path: KeyPath
    what: str
    why: str = ""
    next: str = ""
    first: KeyPath | None = None


def walk(roadmap: Roadmap) -> Iterator[tuple[KeyPath, Skill]]:
    """Yield all skills in file order, with their paths."""
    for row, section in enumerate(roadmap.sections):
        for column, skill in enumerate(section.skills):
            yield ("sections", row, "skills", column), skill


def name_skill(skill: Skill) -> str:
    """Name a skill in a message."""
    return f"skill {quote(skill.name)}"


def quote(text: str) -> str:
    """Put text in quotes, as a message may show it."""
    return f'"{show(text)}"'


class Advice:
    """Suggests the id that may be meant, for the first few unknown ids: the search takes time."""

    def __init__(self, ids: Sequence[str], *, limit: int = 20) -> None:
        self._ids = ids
        self._left = limit

    def give(self, wanted: str) -> str:
        """Advise on one id that does not exist."""
        nearest: list[str] = []
        if self._left > 0:
            self._left -= 1
            likely = self._ids
            if len(likely) > _COMPARED:
                # difflib is too slow for thousands of ids: it gets those that begin alike.
                likely = nlargest(
                    _COMPARED,
                    likely,
                    key=lambda known: len(commonprefix((known, wanted))),  # noqa: RUF071  no paths
                )
            nearest = get_close_matches(wanted, likely, n=1)
        return f"did you mean `{nearest[0]}`?" if nearest else "correct the id, or take it out"
