"""Which section is which in two roadmaps, and where in the copy the skills of a section go.

Pure: no clock, no disk, no network, no logging. A section is known by its title or, when it was
renamed, by the skills it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from tracker.roadmap.model import Roadmap

Pairs = Mapping[int, int]
"""Index of a section in one roadmap: index of the same section in another."""


def match_sections(one: Roadmap, other: Roadmap) -> Pairs:
    """Pair the sections of two roadmaps, each at most once.

    First those with one title that share a skill (or have none), then those that share the most
    skills, at least half of the smaller one, and at last those that only share the title.
    """
    ours, theirs = _ids(one), _ids(other)
    same = [
        (left, right)
        for left, right in product(range(len(ours)), range(len(theirs)))
        if _title(one, left) == _title(other, right)
    ]
    shared = {
        (left, right): len(ours[left] & theirs[right])
        for left, right in product(range(len(ours)), range(len(theirs)))
    }
    alike = [
        pair
        for pair, count in sorted(shared.items(), key=lambda each: (-each[1], each[0]))
        if count and 2 * count >= min(len(ours[pair[0]]), len(theirs[pair[1]]))
    ]
    sure = [pair for pair in same if shared[pair] or not (ours[pair[0]] and theirs[pair[1]])]
    found: dict[int, int] = {}
    for left, right in (*sure, *alike, *same):
        if left not in found and right not in found.values():
            found[left] = right
    return found


class Homes:
    """Where the skills of each section of an edition are at home in the copy."""

    def __init__(self, base: Roadmap | None, local: Roadmap, edition: Roadmap) -> None:
        self._base = base
        self._local = local
        self._edition = edition
        self.to_edition: Pairs = match_sections(base, edition) if base else {}
        self.to_local: Pairs = match_sections(base, local) if base else {}
        self._from_edition = {right: left for left, right in self.to_edition.items()}
        self._direct: Pairs = {} if base else match_sections(edition, local)

    def find(self, section: int, titles: Mapping[int, str]) -> int | None:
        """Return the copy's section for one of the edition; None when it has none yet.

        `titles` are the titles that the copy's sections will have.
        """
        home = self._direct.get(section)
        origin = self._from_edition.get(section)
        if origin is not None:
            home = self.to_local.get(origin)
            home = self._holding_most(origin) if home is None else home
        if home is not None:
            return home
        wanted = _title(self._edition, section)
        return next((index for index, title in titles.items() if title.strip() == wanted), None)

    def _holding_most(self, origin: int) -> int | None:
        """Return where the learner put most of what was in a section that is gone."""
        base = self._base
        wanted = _ids(base)[origin] if base is not None else set()
        counts = [len(ids & wanted) for ids in _ids(self._local)]
        best = max(counts, default=0)
        return counts.index(best) if best else None


def _ids(roadmap: Roadmap) -> list[set[str]]:
    return [{each.id for each in section.skills if each.id} for section in roadmap.sections]


def _title(roadmap: Roadmap, index: int) -> str:
    return roadmap.sections[index].title.strip()
