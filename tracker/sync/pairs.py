"""Who is who: one skill as both sides and the base know it.

Pure values. How rows and skills are matched is the business of `identity`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tracker.roadmap.model import SKILL_ID_PATTERN, SkillId
from tracker.sync.plan import Hold
from tracker.sync.snapshot import (
    EMPTY_NAME,
    Field,
    LocalSkill,
    MissingRow,
    PageId,
    Record,
    RemoteRow,
    Seen,
    Value,
)

_SLUG = re.compile(SKILL_ID_PATTERN)
_LONGEST_ID = 100


@dataclass(frozen=True, slots=True)
class Pair:
    """One skill as both sides and the base know it.

    `base` is None when the pair is not bound, or bound to another page than the one it has now.
    Exactly one of `row` and `missing` is set for a skill that has a page.
    """

    skill_id: SkillId
    page_id: PageId | None = None
    base: Mapping[Field, Value] | None = None
    local: LocalSkill | None = None
    row: RemoteRow | None = None
    missing: MissingRow | None = None
    seen: Seen = field(default_factory=dict)
    """The row's history as it was when the base was agreed on."""
    former: SkillId | None = None
    """The id under which the pair is bound, when the file gave it another one."""
    is_moved: bool = False
    """Whether the pair is bound to a twin of its row; see `twins`."""

    @property
    def last_row(self) -> RemoteRow | None:
        """The row as it is, or as it was when it was last seen."""
        if self.row is not None or self.missing is None:
            return self.row
        return self.missing.row


@dataclass(frozen=True, slots=True)
class Identified:
    """All skills of both sides and the base: local ones in file order, then the rest.

    `pages` tells the skill of every page that is known; `holds` are rows that are none yet.
    """

    pairs: tuple[Pair, ...]
    pages: Mapping[PageId, SkillId]
    holds: tuple[Hold, ...] = ()
    renamed: Mapping[SkillId, SkillId] = field(default_factory=dict)
    """New ids of skills by the ids under which they are bound."""


def is_skill_id(text: str | None) -> bool:
    """Tell whether a text can be a skill id."""
    return bool(text) and len(text or "") <= _LONGEST_ID and bool(_SLUG.fullmatch(text or ""))


def is_blank(row: RemoteRow) -> bool:
    """Tell whether nobody has written anything into a row yet; Notion makes such with one click."""
    if row.tracker_id or row.requires or row.order is not None or row.seen:
        return False
    held = {**row.held}
    return held.pop(Field.NAME, EMPTY_NAME) == EMPTY_NAME and not held and row.record == Record("")


def is_nameless(row: RemoteRow) -> bool:
    """Tell whether a row cannot become a skill because it has no readable name."""
    return Field.NAME in row.held or not row.record.name.strip()
