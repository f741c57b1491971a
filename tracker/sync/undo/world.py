"""What is there now, as far as taking a run back has to know it.

Pure: no clock, no disk, no network, no logging. Looks things up, decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tracker.roadmap.model import SkillId
from tracker.sync.identity import identify
from tracker.sync.merge import UNKNOWN, Known
from tracker.sync.snapshot import (
    Base,
    Field,
    LocalObservation,
    LocalSkill,
    MissingRow,
    PageId,
    Record,
    RemoteObservation,
    RemoteRow,
)
from tracker.sync.undo.story import Story


@dataclass(frozen=True, slots=True)
class Present:
    """Both sides and the base, with what is looked up in them; `alive` are skills that have a row."""

    base: Base
    local: LocalObservation
    remote: RemoteObservation
    skills: Mapping[SkillId, LocalSkill]
    rows: Mapping[PageId, RemoteRow]
    missing: Mapping[PageId, MissingRow]
    owners: Mapping[PageId, SkillId]
    alive: frozenset[SkillId]

    def page_of(self, skill_id: SkillId) -> PageId | None:
        """Return the page that a skill is bound to."""
        binding = self.base.bindings.get(skill_id)
        return binding.page_id if binding is not None else None

    def agreed(self, skill_id: SkillId, which: Field) -> Known:
        """Return what both sides last agreed on."""
        binding = self.base.bindings.get(skill_id)
        return binding.fields.get(which, UNKNOWN) if binding is not None else UNKNOWN

    def requires(self, row: RemoteRow) -> frozenset[str]:
        """Return the skills that a row lists as required."""
        return frozenset(self.owners[each] for each in row.requires if each in self.owners)

    def record(self, row: RemoteRow) -> Record:
        """Return the values of a row, comparable with those of a file."""
        return replace(row.record, requires=self.requires(row))

    def last_row(self, page_id: PageId | None) -> RemoteRow | None:
        """Return a row as it is, or as it was when it was last seen."""
        if page_id is None:
            return None
        gone = self.missing.get(page_id)
        return self.rows.get(page_id) or (gone.row if gone is not None else None)


def make_present(
    stories: Mapping[SkillId, Story],
    base: Base,
    local: LocalObservation,
    remote: RemoteObservation,
) -> Present:
    """Index what is there; pages that the run knew belong to its skills even when unbound."""
    pages = {story.page_id: each for each, story in stories.items() if story.page_id is not None}
    owners = {**pages, **identify(base, local, remote).pages}
    rows = {row.page_id: row for row in remote.rows}
    return Present(
        base=base,
        local=local,
        remote=remote,
        skills={each.skill_id: each for each in local.skills if each.skill_id is not None},
        rows=rows,
        missing={each.page_id: each for each in remote.missing},
        owners=owners,
        alive=frozenset(owners[page] for page in rows if page in owners),
    )
