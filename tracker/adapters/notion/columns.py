"""A data source as the server has it: its columns, their options and groups.

Pure: decodes leniently, and knows nothing of what a roadmap needs; see `schema`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tracker.adapters.notion.errors import understood
from tracker.adapters.notion.ids import Json, get_object, normal_id, normal_key
from tracker.adapters.notion.rich_text import decode_text


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a select, multi-select or status column; `group` of a status option only.

    `description` holds the text of an option whose name is too short for it.
    """

    id: str
    name: str
    group: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the server has it: `key` is its id verbatim, `id` the same unquoted.

    `groups` are the names of a status column's groups, in order. `related` is the data source that
    a relation points to, `back` the unquoted id of the relation's other end.
    """

    key: str
    id: str
    name: str
    type: str
    options: tuple[Option, ...] = ()
    groups: tuple[str, ...] = ()
    related: str = ""
    back: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Schema:
    """A data source: where it is, and its columns by unquoted id.

    `times` are those at which it was made and last changed itself, as ISO 8601 text.
    """

    data_source_id: str
    database_id: str
    title: str
    description: str = ""
    is_trashed: bool = False
    times: tuple[str, str] = ("", "")
    columns: Mapping[str, Column] = field(default_factory=dict)

    def find(self, name: str, kind: str) -> Column | None:
        """Return the column with this name and type; case matters only if it has to."""
        typed = [column for column in self.columns.values() if column.type == kind]
        exact = [column for column in typed if column.name == name]
        loose = [column for column in typed if column.name.casefold() == name.casefold()]
        return next(iter(exact or loose), None)


def decode_schema(source: Json) -> Schema:
    """Decode a data source; columns of unknown types are kept as they are.

    Raises RemoteError for one without columns, or in an unknown form: what cannot be read must not
    look like columns that were deleted.
    """
    with understood():
        columns = [_decode_column(name, entry) for name, entry in source["properties"].items()]
        parent = source.get("parent") or {}
        return Schema(
            data_source_id=normal_id(str(source.get("id", ""))),
            database_id=normal_id(str(parent.get("database_id") or "")),
            title=decode_text(source.get("title") or ()) or "",
            description=decode_text(source.get("description") or ()) or "",
            is_trashed=bool(source.get("in_trash") or source.get("archived")),
            times=(str(source.get("created_time")), str(source.get("last_edited_time"))),
            columns={column.id: column for column in columns},
        )


def _decode_column(name: str, source: Json) -> Column:
    kind = str(source.get("type", ""))
    config = get_object(source, kind)
    key = str(source.get("id", name))
    groups = [group for group in config.get("groups") or () if isinstance(group, dict)]
    # Options do not say their group: groups list the ids of their options.
    group_of = {
        option_id: str(group.get("name", ""))
        for group in groups
        for option_id in group.get("option_ids", ())
    }
    options = [
        Option(
            id=(option_id := str(option.get("id", ""))),
            name=str(option.get("name", "")),
            group=group_of.get(option_id, ""),
            description=str(option.get("description") or ""),
        )
        for option in config.get("options") or ()
    ]
    back = (config.get("dual_property") or {}).get("synced_property_id") or ""
    return Column(
        key=key,
        id=normal_key(key),
        name=str(source.get("name") or name),
        type=kind,
        options=tuple(options),
        groups=tuple(str(group.get("name", "")) for group in groups),
        related=normal_id(str(config.get("data_source_id") or "")),
        back=normal_key(str(back)),
        description=str(source.get("description") or ""),
    )
