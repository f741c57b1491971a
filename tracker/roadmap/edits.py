"""The edits that can be made to a roadmap file, as values.

Pure. An edit says what should be true afterwards, never how the text is spliced; all edits of one batch
address the file *as it was read*: `at` is (section index, skill index) in that file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from tracker.roadmap.dates import are_in_order, find_filled, list_cleared
from tracker.roadmap.model import At, Skill, Status

Scalar = str | float | int | bool | date
Choice = Mapping[str, tuple[str, ...]]
"""The value of `covered_by` where any one is enough: `{"any": (…)}`."""
Item = str | Mapping[str, Scalar | tuple[str, ...] | None]
"""An entry of a list value: a text (tags, requires), or the keys of a resource or a track.

In an entry that is there already, None takes a key out.
"""


@dataclass(frozen=True, slots=True)
class SetValue:
    """Give a skill's key a scalar value, or `covered_by` a choice; None removes the key."""

    at: At
    key: str
    value: Scalar | Choice | None


@dataclass(frozen=True, slots=True)
class SetItems:
    """Give a skill's key this list of entries; kept entries keep their text, () removes the key.

    Strings match by value, resources by `url` (other keys written in an entry stay, unless they are
    set to None).
    """

    at: At
    key: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class InsertSkill:
    """Add a skill at the end of the section with this title, in the style of its siblings.

    `values` maps keys to scalars or tuples of items, in the order in which they are written. The
    section may be one that an `AddSection` or `RenameSection` of the same batch makes.
    """

    section: str
    values: Mapping[str, Scalar | Choice | tuple[Item, ...]]


@dataclass(frozen=True, slots=True)
class InsertText:
    """Put the text of a removed skill back as it stood, in front of a skill of the section.

    `text` is what its removal returned; `before` is a skill index in the file as it was read, or
    any larger number for the end. `values` are written instead where the text no longer fits.
    """

    section: str
    text: str
    before: int
    values: Mapping[str, Scalar | Choice | tuple[Item, ...]]


@dataclass(frozen=True, slots=True)
class RemoveSkill:
    """Take a skill out, together with the comment that belongs to it."""

    at: At


@dataclass(frozen=True, slots=True)
class MoveSkill:
    """Move a skill, text and comments, to the end of the section with this title."""

    at: At
    section: str


@dataclass(frozen=True, slots=True)
class AddSection:
    """Add an empty section at the end of the file."""

    title: str
    description: str | None = None
    icon: str | None = None


@dataclass(frozen=True, slots=True)
class RenameSection:
    """Give the section with this index another title."""

    index: int
    title: str


@dataclass(frozen=True, slots=True)
class SetHead:
    """Give a key of the roadmap itself, or of the section with this index, a text; None removes it.

    `tracks` of the roadmap are entries instead, which match by `id`. Not for the title of a section:
    that is `RenameSection`.
    """

    key: str
    value: str | tuple[Item, ...] | None
    section: int | None = None


Edit = (
    SetValue
    | SetItems
    | InsertSkill
    | InsertText
    | RemoveSkill
    | MoveSkill
    | AddSection
    | RenameSection
    | SetHead
)


def make_mark(at: At, skill: Skill, status: Status, today: date) -> tuple[SetValue, ...]:
    """Return the edits that give a skill a status and its dates; a date it has is never replaced."""
    if skill.status is status:
        return ()
    cleared = [key for key in list_cleared(skill.status, status) if getattr(skill, key) is not None]
    dates = {
        key: None if key in cleared else getattr(skill, key) for key in ("started", "completed")
    }
    edits = [SetValue(at, "status", status.value)]
    filled = find_filled(status)
    # With a start in the future, or an old date of completion, today would make the file invalid.
    if filled and dates[filled] is None and are_in_order(**dates | {filled: today}):
        edits.append(SetValue(at, filled, today))
    return (*edits, *(SetValue(at, key, None) for key in cleared))
