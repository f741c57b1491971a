"""What can be changed in a roadmap file, as values.

Pure: an edit says what should be true afterwards, never how the text is spliced. All edits of one
batch address the file *as it was read*: `at` is (section index, skill index) in that file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

At = tuple[int, int]
"""Section index and skill index, both from 0, in the file as it was read."""

Scalar = str | float | int | bool | date
Item = str | Mapping[str, Scalar]
"""An entry of a list value: a string (tags, requires) or a resource as title, url, type."""


@dataclass(frozen=True, slots=True)
class SetValue:
    """Give a skill's key a scalar value; None removes the key."""

    at: At
    key: str
    value: Scalar | None


@dataclass(frozen=True, slots=True)
class SetItems:
    """Give a skill's key this list of entries; kept entries keep their text, () removes the key.

    Strings match by value, resources by `url` (other keys written in an entry stay).
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
    values: Mapping[str, Scalar | tuple[Item, ...]]


@dataclass(frozen=True, slots=True)
class InsertText:
    """Put the text of a removed skill back as it stood, in front of a skill of the section.

    `text` is what its removal returned; `before` is a skill index in the file as it was read, or
    any larger number for the end. `values` are written instead where the text no longer fits.
    """

    section: str
    text: str
    before: int
    values: Mapping[str, Scalar | tuple[Item, ...]]


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


@dataclass(frozen=True, slots=True)
class RenameSection:
    """Give the section with this index another title."""

    index: int
    title: str


@dataclass(frozen=True, slots=True)
class SetHead:
    """Give a key of the roadmap itself, or of the section with this index, a text; None removes it.

    Not for the title of a section: that is `RenameSection`.
    """

    key: str
    value: str | None
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
