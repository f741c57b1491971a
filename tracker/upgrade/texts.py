"""Texts of the roadmap and of its sections: title, description, source, edition.

Pure: no clock, no disk, no network, no logging.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.roadmap.edits import RenameSection, SetHead
from tracker.roadmap.model import Roadmap
from tracker.roadmap.texts import make_canonical_text
from tracker.sync.merge import CLASH, merge_field
from tracker.sync.snapshot import Field
from tracker.upgrade.fields import BOTH
from tracker.upgrade.sections import Homes
from tracker.upgrade.values import Note, Rewording

KEYS = ("title", "description", "source")
TAKEN = "another section has that title; yours keeps its own"


@dataclass(frozen=True, slots=True)
class Texts:
    """What changes in texts, and the titles that the copy's sections have afterwards."""

    rewordings: tuple[Rewording, ...]
    notes: tuple[Note, ...]
    titles: Mapping[int, str]
    homes: Homes


def merge_texts(base: Roadmap | None, local: Roadmap, edition: Roadmap, homes: Homes) -> Texts:
    """Merge all texts; the edition's name is always taken over, it says what was merged."""
    merger = _Merger(local)
    if base is not None:
        for key in KEYS:
            merger.merge_head(base, edition, key)
        for origin, target in homes.to_edition.items():
            mine = homes.to_local.get(origin)
            if mine is not None:
                merger.merge_section(base, edition, (origin, mine, target))
    if edition.edition is not None and local.edition != edition.edition:
        edit = SetHead("edition", edition.edition)
        merger.changes.append(Rewording(None, "edition", local.edition, edition.edition, edit))
    return Texts(tuple(merger.changes), tuple(merger.notes), merger.titles, homes)


class _Merger:
    def __init__(self, local: Roadmap) -> None:
        self.local = local
        self.titles = {index: section.title for index, section in enumerate(local.sections)}
        self.changes: list[Rewording] = []
        self.notes: list[Note] = []

    def merge_head(self, base: Roadmap, edition: Roadmap, key: str) -> None:
        """Merge one text of the roadmap itself."""
        versions = [getattr(each, key) for each in (base, self.local, edition)]
        text = self._merge("", key, versions)
        if text is not None and not (key == "title" and not text[1]):
            self.changes.append(Rewording(None, key, *text, SetHead(key, text[1])))

    def merge_section(self, base: Roadmap, edition: Roadmap, at: tuple[int, int, int]) -> None:
        """Merge title and description of a section that base, copy and edition have."""
        trio = [
            each.sections[index]
            for each, index in zip((base, self.local, edition), at, strict=True)
        ]
        mine = trio[1].title
        described = self._merge(mine, "description", [each.description for each in trio])
        if described is not None:
            edit = SetHead("description", described[1], at[1])
            self.changes.append(Rewording(mine, "description", *described, edit))
        titled = self._merge(mine, "title", [each.title for each in trio])
        if titled is None or not titled[1]:
            return
        if titled[1].strip() in {title.strip() for title in self.titles.values()}:
            self.notes.append(Note(mine, "title", TAKEN))
            return
        self.titles[at[1]] = titled[1]
        self.changes.append(Rewording(mine, "title", *titled, RenameSection(at[1], titled[1])))

    def _merge(
        self, who: str, key: str, versions: list[str | None]
    ) -> tuple[str | None, str | None] | None:
        """Return before and after, None when the text stays."""
        base, local, edition = map(make_canonical_text, versions)
        result = merge_field(Field.GOAL, base, local, edition)
        if result is CLASH:
            self.notes.append(Note(who, key, BOTH))
            return None
        return None if result == local else (local, edition)
