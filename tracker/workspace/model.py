"""The things a workspace holds, as plain values.

Must not read or write anything: the store keeps them, the operations change them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tracker.workspace.protocol import Json, Runs, decode_property_id

READ_ONLY_TYPES = frozenset({"created_time", "last_edited_time"})


@dataclass(frozen=True, slots=True)
class Property:
    """One column of a data source; `config` is in stored form.

    number: format · select, multi_select: options · status: options, groups, default (an option's
    id) · relation: data_source_id, key and side of its links, synced (the id of its back-property).
    """

    id: str
    name: str
    type: str
    description: str | None = None
    config: Json = field(default_factory=dict)


Schema = dict[str, Property]
"""Properties by raw id."""
TITLE = Property("title", "title", "title")
"""The only property of a page that is no row."""


@dataclass(slots=True)
class Database:
    """A container of data sources and views."""

    id: str
    parent: Json
    created: int
    edited: int
    created_by: str
    edited_by: str
    title: Runs = field(default_factory=list)
    description: Runs = field(default_factory=list)
    icon: Json | None = None
    cover: Json | None = None
    is_inline: bool = False
    is_locked: bool = False
    in_trash: bool = False


@dataclass(slots=True)
class DataSource:
    """A table: its schema, not its rows."""

    id: str
    database_id: str
    created: int
    edited: int
    created_by: str
    edited_by: str
    title: Runs = field(default_factory=list)
    icon: Json | None = None
    in_trash: bool = False
    schema: Schema = field(default_factory=dict)


@dataclass(slots=True)
class Page:
    """A page or row; `values` holds stored property values by raw property id."""

    id: str
    parent_type: str
    parent_id: str
    created: int
    edited: int
    created_by: str
    edited_by: str
    in_trash: bool = False
    is_archived: bool = False
    is_locked: bool = False
    icon: Json | None = None
    cover: Json | None = None
    values: Json = field(default_factory=dict)
    seq: int = 0


@dataclass(slots=True)
class Block:
    """One block of a page's body; child pages and databases have a block of their own id."""

    id: str
    parent_type: str
    parent_id: str
    type: str
    created: int
    edited: int
    created_by: str
    edited_by: str
    position: int = 0
    in_trash: bool = False
    content: Json = field(default_factory=dict)


@dataclass(slots=True)
class View:
    """One way to look at a data source."""

    id: str
    database_id: str
    data_source_id: str
    created: int
    edited: int
    created_by: str
    edited_by: str
    body: Json = field(default_factory=dict)


def find_property(schema: Schema, key: str) -> Property | None:
    """Return the property with this id, in either spelling, or else with this name."""
    # Ids first: a column may be named like the id of another one.
    found = schema.get(key) or schema.get(decode_property_id(key))
    return found or find_by_name(schema, key)


def find_by_name(schema: Schema, name: str) -> Property | None:
    """Return the property with exactly this name."""
    return next((prop for prop in schema.values() if prop.name == name), None)


def sorted_properties(schema: Schema) -> list[Property]:
    """Return the properties as responses list them: by raw id, the title last."""
    # Recorded; clients must not rely on it, as Notion promises no order.
    return sorted(schema.values(), key=lambda prop: (prop.type == "title", prop.id))
