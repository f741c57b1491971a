"""What a check finds, and the few words all checks share.

Pure: no clock, no disk, no network. Severity and place are given by the table, not here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from heapq import nlargest
from itertools import takewhile

from tracker.roadmap.model import Roadmap, Skill
from tracker.roadmap.texts import show

KeyPath = tuple[str | int, ...]
"""Path of a value in a roadmap, for example ("sections", 0, "skills", 3, "status")."""

_COMPARED = 200


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
    """Says which id may have been meant; only so often, because looking for it takes time."""

    def __init__(self, ids: Collection[str], *, limit: int = 20) -> None:
        self._ids = ids
        self._left = limit

    def give(self, wanted: str) -> str:
        """Advise on one id that does not exist."""
        self._left -= 1
        likely = self._find_likely(wanted) if self._left >= 0 else []
        nearest = get_close_matches(wanted, likely, n=1)
        return f"did you mean `{nearest[0]}`?" if nearest else "correct the id, or take it out"

    def _find_likely(self, wanted: str) -> list[str]:
        """Narrow a large roadmap down to the ids that begin like the wanted one."""
        if len(self._ids) <= _COMPARED:
            return list(self._ids)
        return nlargest(_COMPARED, self._ids, key=lambda each: _count_shared(each, wanted))


def _count_shared(text: str, other: str) -> int:
    """Count the letters that two words have in common at their beginning."""
    return sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(text, other, strict=False))
    )
