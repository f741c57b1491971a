"""Take one field back: both sides get what they had agreed on before, as far as nothing is newer.

Pure: no clock, no disk, no network, no logging.

    the run            before         both sides get
    brought a value    B, agreed on   B again
    merged two         B              B again
    settled a clash    B or unknown   each its own value again: the conflict is back
    was cut off                       the written sides what they had; the base never moved
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.sync.merge import CLASH, Known, Mark, merge_field
from tracker.sync.plan import Change
from tracker.sync.snapshot import Field, Side, Value


@dataclass(frozen=True, slots=True)
class Now:
    """What a field is now on both sides, and what both last agreed on."""

    sides: Mapping[Side, Value]
    base: Known


@dataclass(frozen=True, slots=True)
class Back:
    """What a field shall be on each side, and what is agreed on where the sides differ then."""

    sides: Mapping[Side, Value]
    base: Known

    @property
    def is_open(self) -> bool:
        """Whether the sides differ, so that nothing new is agreed on."""
        return self.sides[Side.LOCAL] != self.sides[Side.REMOTE]


def take_back(which: Field, changes: Mapping[Side, Change], before: Known, now: Now) -> Back | None:
    """Return what both sides shall have, or None where something newer stands.

    `before` is what both had agreed on when the run began.
    """
    after = {side: (changes.get(side) or changes[side.other]).after for side in Side}
    former = {side: changes[side].before if side in changes else after[side] for side in Side}
    if now.base == after[Side.LOCAL] == after[Side.REMOTE]:
        back = _find_former(which, former, before)
    else:
        # The other side was never written, so nothing was agreed on.
        kept = {side: former[side] if side in changes else now.sides[side] for side in Side}
        back = Back(kept, now.base)
    is_newer = any(now.sides[side] not in (after[side], back.sides[side]) for side in Side)
    return None if is_newer else back


def _find_former(which: Field, former: Mapping[Side, Value], before: Known) -> Back:
    values = [former[side] for side in Side]
    if which is Field.SECTION and isinstance(before, str):
        # A row without a section is where an option was deleted, and nobody's choice.
        values = [value or before for value in values]
    merged = merge_field(which, before, *values)
    if isinstance(before, Mark) or merged is CLASH:
        return Back(former, before)
    return Back(dict.fromkeys(Side, before), before)
