"""Sections: which were renamed in Notion, and where every skill stands in the file afterwards.

Pure: no clock, no disk, no network, no logging.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tracker.roadmap.model import SkillId
from tracker.sync.draft import Draft
from tracker.sync.pairs import Pair
from tracker.sync.snapshot import Field, LocalObservation

Renames = tuple[tuple[str, str], ...]


def find_renamed(
    local: LocalObservation,
    drafts: Mapping[SkillId, Draft],
    pairs: Sequence[Pair],
    options: frozenset[str] | None,
) -> Renames:
    """Return the sections whose skills all got one new section from Notion, as (before, after).

    A section whose title is still an option in Notion was not renamed: its skills were moved.
    """
    targets: dict[str, set[str]] = {}
    for pair in pairs[: len(local.skills)]:
        draft = drafts.get(pair.skill_id)
        if pair.local is not None and (draft is None or draft.stays_local):
            before = pair.local.record.section
            targets.setdefault(before, set()).add(_section(draft, before))
    taken = set(local.sections)
    renamed: list[tuple[str, str]] = []
    for before in local.sections:
        after = targets.get(before, set())
        if len(after) == 1 and not after & taken and before not in (options or ()):
            renamed += [(before, title) for title in after]
            taken |= after
    return tuple(renamed)


def _section(draft: Draft | None, before: str) -> str:
    return str(draft.final(Field.SECTION)) if draft is not None else before


def list_in_file_order(
    local: LocalObservation,
    drafts: Mapping[SkillId, Draft],
    pairs: Sequence[Pair],
    renamed: Renames,
) -> list[Pair]:
    """Return the skills of the file as the plan leaves it, in its order.

    Skills that stay come first in their section, then those that move there, then new ones.
    """
    titles = dict(renamed)
    sections: dict[str, list[Pair]] = {titles.get(title, title): [] for title in local.sections}
    arriving: list[tuple[str, Pair]] = []
    for pair in pairs:
        draft = drafts.get(pair.skill_id)
        if pair.local is None and (draft is None or not draft.stays_local):
            continue
        if draft is not None and not draft.stays_local:
            continue
        before = pair.local.record.section if pair.local is not None else None
        after = _section(draft, before or "")
        if before is not None and titles.get(before, before) == after:
            sections.setdefault(after, []).append(pair)
        else:
            arriving.append((after, pair))
    for after, pair in arriving:
        sections.setdefault(after, []).append(pair)
    return [pair for each in sections.values() for pair in each]
