"""A roadmap's database as a value: where it is, and which column holds which field.

Pure: no clock, no disk, no network, no logging.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tracker.sync.adoption import ForeignColumn
from tracker.sync.model import Part, Parts
from tracker.sync.records import TWO_WAY, Field


@dataclass(frozen=True, slots=True)
class DatabaseTarget:
    """A roadmap's database: ids of container and data source, and of each field's property.

    `types` are the types of the columns of which a database of tracker's own would have others.
    `history` is the property of the rows' history, empty where there is none. `optional` are fields
    that the database need not have a column for; those of `OPTIONAL` never need one. `options` binds
    status option ids to statuses. `gone` are the values whose option was deleted while rows had them, and
    that nobody has decided about yet; an option created later under such a name is another one.
    `views` are the ids of its views by kind, empty for one that is still to be made; a kind that is
    missing was refused, or never asked for. Kept in the state: ids survive renaming.
    """

    database_id: str
    data_source_id: str
    properties: Mapping[Field, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[Field, str] = field(default_factory=dict)
    history: str = ""
    gone: Mapping[Field, frozenset[str]] = field(default_factory=dict)
    optional: frozenset[Field] = frozenset()
    views: Mapping[str, str] = field(default_factory=dict)

    @property
    def unsynced(self) -> frozenset[Field]:
        """The fields without a column: what the file has of them stays there."""
        return frozenset(which for which in TWO_WAY if which not in self.properties)

    @property
    def is_adopted(self) -> bool:
        """Whether somebody else made the database, and chose its columns."""
        return bool(self.optional)

    @property
    def parts(self) -> Parts:
        """The fields of which the columns show only a part; see `sync.parts`."""
        shown = {
            which: part
            for (which, kind), part in _PARTS.items()
            if which in self.properties and self.types.get(which) == kind
        }
        if self.is_adopted:
            shown[Field.SECTION] = Part.NO_INBOX
        return {**shown, **dict.fromkeys(self.unsynced, Part.NOTHING)}

    def find_joined(self, known: DatabaseTarget | None) -> frozenset[Field]:
        """Return the fields that got a column since the rows were bound; `known` is remembered."""
        if known is None or not known.properties:
            return frozenset()
        return (
            frozenset(which for which in TWO_WAY if which in self.properties)
            - known.properties.keys()
        )


ADOPTED = frozenset(TWO_WAY) - {Field.NAME, Field.STATUS}
"""Fields that a database which somebody else made need not have a column for."""

_PARTS = {
    (Field.STATUS, "checkbox"): Part.TICK,
    (Field.RESOURCES, "url"): Part.FIRST_LINK,
}
"""What columns of other types show of a field."""

OPTIONAL = frozenset({Field.EVIDENCE})
"""Fields that databases of earlier versions have no column for; a database without it is fine."""


@dataclass(frozen=True, slots=True)
class Lacking:
    """What the database of an earlier version lacks: columns, and columns without a description.

    `taken` are the missing columns whose names other columns have.
    """

    columns: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    undescribed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ForeignDatabase:
    """A database that somebody else made: where it is, what it is called, and its columns.

    Those that an earlier run added are not among them. `is_locked` says that people cannot change
    its columns.
    """

    database_id: str
    data_source_id: str
    title: str
    columns: tuple[ForeignColumn, ...]
    is_locked: bool = False
