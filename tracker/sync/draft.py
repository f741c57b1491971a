"""The plan in the making: what becomes of each skill, and of each of its fields.

Pure: no clock, no disk, no network, no logging. Holds what the steps of the planner work out one
after the other; decides nothing itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tracker.roadmap.model import SkillId
from tracker.sync.merge import UNKNOWN, Known
from tracker.sync.pairs import Pair
from tracker.sync.plan import Conflict
from tracker.sync.snapshot import Field, Record, Value


class Fate(StrEnum):
    """What becomes of a skill as a whole."""

    MERGE = "merge"
    RESTORE = "restore"
    CREATE_LOCAL = "create-local"
    CREATE_REMOTE = "create-remote"
    DELETE_LOCAL = "delete-local"
    DELETE_REMOTE = "delete-remote"
    FORGET = "forget"
    HOLD = "hold"


GONE = frozenset({Fate.DELETE_LOCAL, Fate.DELETE_REMOTE, Fate.FORGET})
"""The fates after which a skill is on neither side."""

MERGED = frozenset({Fate.MERGE, Fate.RESTORE})
"""The fates of skills that have a value on both sides."""


@dataclass(slots=True)
class Draft:
    """One skill on the way to its actions.

    `local` and `remote` are the records as they are; `wanted` are the values that both sides shall
    have, for every field that is neither held nor in conflict. `shown` are the prerequisites that
    the row really lists, which may lack those whose rows cannot be seen. `forced` fields are written
    to the row whatever it seems to have: what it has cannot be read. `is_order_left` and `is_id_left`:
    the row keeps the number, or the Tracker ID, that another machine gave it. `reason` says why a
    skill is held, where that is not seen from its row.
    """

    pair: Pair
    fate: Fate
    local: Record | None = None
    remote: Record | None = None
    shown: frozenset[str] = frozenset()
    base: Mapping[Field, Value] = field(default_factory=dict)
    wanted: dict[Field, Value] = field(default_factory=dict)
    conflicts: dict[Field, Conflict] = field(default_factory=dict)
    holds: dict[Field, str] = field(default_factory=dict)
    forced: set[Field] = field(default_factory=set)
    is_order_left: bool = False
    is_id_left: bool = False
    reason: str = ""

    @property
    def skill_id(self) -> SkillId:
        """The skill's id."""
        return self.pair.skill_id

    @property
    def name(self) -> str:
        """The skill's name, as the file has it."""
        return self.local.name if self.local is not None else ""

    @property
    def stays_local(self) -> bool:
        """Tell whether the file lists the skill after the plan."""
        if self.fate is Fate.CREATE_LOCAL:
            return True
        return self.local is not None and self.fate is not Fate.DELETE_LOCAL

    def known(self, which: Field) -> Known:
        """Return the base value of a field, or UNKNOWN."""
        return self.base.get(which, UNKNOWN)

    def final(self, which: Field) -> Value:
        """Return the value that the file has after the plan."""
        if which in self.wanted:
            return self.wanted[which]
        record = self.local or Record("")
        return record.get(which)

    def comes_from_remote(self, which: Field) -> bool:
        """Tell whether the plan gives the file another value for this field."""
        if which not in self.wanted:
            return False
        return self.local is None or self.wanted[which] != self.local.get(which)

    def is_open(self, which: Field) -> bool:
        """Tell whether a field is held or in conflict, and the base must not move."""
        return which in self.holds or which in self.conflicts

    def hold(self, which: Field, reason: str) -> None:
        """Leave a field alone on both sides; a new skill gets the empty value meanwhile."""
        self.holds[which] = reason
        self.wanted.pop(which, None)
        if self.fate is Fate.CREATE_LOCAL:
            self.wanted[which] = self.base.get(which, Record("").get(which))
