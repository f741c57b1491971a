"""The columns of a roadmap's database: what they should be, and what a data source says it has.

Pure: decodes and encodes schemas, sends nothing. Which column carries which field is decided in
`binding`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tracker.adapters.notion.errors import understood
from tracker.adapters.notion.ids import Json, normal_id, normal_key
from tracker.adapters.notion.option_names import (
    encode_option_name,
    fold_name,
    is_option_name,
    is_shortened,
    shorten_name,
)
from tracker.adapters.notion.rich_text import decode_text, encode_text
from tracker.roadmap.limits import MOST_OPTIONS, cut_title
from tracker.roadmap.model import Status
from tracker.sync.snapshot import Field

COLUMNS: Mapping[Field, tuple[str, str]] = {
    Field.NAME: ("Skill", "title"),
    Field.STATUS: ("Status", "status"),
    Field.SECTION: ("Section", "select"),
    Field.LEVEL: ("Level", "select"),
    Field.HOURS: ("Hours", "number"),
    Field.GOAL: ("Goal", "rich_text"),
    Field.RESOURCES: ("Resources", "rich_text"),
    Field.REQUIRES: ("Requires", "relation"),
    Field.TAGS: ("Tags", "multi_select"),
    Field.STARTED: ("Started", "date"),
    Field.COMPLETED: ("Completed", "date"),
    Field.NOTES: ("Notes", "rich_text"),
    Field.ORDER: ("Order", "number"),
    Field.ID: ("Tracker ID", "rich_text"),
}
"""Name and type of each field's column, in the order in which a learner wants to read them."""

HISTORY_COLUMN = ("Sync history", "rich_text")
"""Name and type of the column in which machines tell each other what they wrote; see `sync.seen`.

A database without it is synced all the same; then two machines that write the same field of the
same row in the same moments are not told apart.
"""

PLUMBING = (COLUMNS[Field.ORDER][0], COLUMNS[Field.ID][0], HISTORY_COLUMN[0])
"""Names of the columns that are no learner's business."""
PLUMBING_NOTE = "used by tracker; leave as it is"

OPTION_FIELDS = (Field.SECTION, Field.LEVEL, Field.TAGS)
"""The fields whose texts are options."""

_MOST_OPTION_BYTES = 30_000
"""Bytes of options that a new database gets; all its columns together have 50 KB."""
BACK_COLUMN = "Unlocks"
LEVELS = ("entry", "intermediate", "advanced")
STATUS_OPTIONS: Mapping[Status, tuple[str, str, str]] = {
    Status.TODO: ("Not started", "default", "To-do"),
    Status.DOING: ("In progress", "blue", "In progress"),
    Status.DONE: ("Done", "green", "Complete"),
    Status.SKIPPED: ("Skipped", "brown", "Complete"),
}
"""Name, colour and group of each status's option."""


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
        typed = [each for each in self.columns.values() if each.type == kind]
        exact = [each for each in typed if each.name == name]
        loose = [each for each in typed if each.name.casefold() == name.casefold()]
        return next(iter(exact or loose), None)


def decode_schema(source: Json) -> Schema:
    """Decode a data source; columns of unknown types are kept as they are.

    Raises RemoteError for one without columns, or in a form that is not known: what cannot be read
    must not look like columns that were deleted.
    """
    with understood():
        return _decode_schema(source)


def _decode_schema(source: Json) -> Schema:
    properties = source["properties"]
    columns = [_decode_column(name, each) for name, each in properties.items()]
    parent = source.get("parent") or {}
    return Schema(
        data_source_id=normal_id(str(source.get("id", ""))),
        database_id=normal_id(str(parent.get("database_id") or "")),
        title=decode_text(source.get("title") or ()) or "",
        description=decode_text(source.get("description") or ()) or "",
        is_trashed=bool(source.get("in_trash") or source.get("archived")),
        times=(str(source.get("created_time")), str(source.get("last_edited_time"))),
        columns={each.id: each for each in columns},
    )


def _decode_column(name: str, source: Json) -> Column:
    kind = str(source.get("type", ""))
    config = source.get(kind)
    config = config if isinstance(config, dict) else {}
    key = str(source.get("id", name))
    groups = [each for each in config.get("groups") or () if isinstance(each, dict)]
    group_of = {
        option: str(each.get("name", ""))
        for each in groups
        for option in each.get("option_ids", ())
    }
    back = (config.get("dual_property") or {}).get("synced_property_id") or ""
    return Column(
        key=key,
        id=normal_key(key),
        name=str(source.get("name") or name),
        type=kind,
        options=tuple(_decode_option(each, group_of) for each in config.get("options") or ()),
        groups=tuple(str(each.get("name", "")) for each in groups),
        related=normal_id(str(config.get("data_source_id") or "")),
        back=normal_key(str(back)),
        description=str(source.get("description") or ""),
    )


def _decode_option(source: Json, group_of: Mapping[str, str]) -> Option:
    option_id = str(source.get("id", ""))
    return Option(
        id=option_id,
        name=str(source.get("name", "")),
        group=group_of.get(option_id, ""),
        description=str(source.get("description") or ""),
    )


def encode_marker(name: str) -> str:
    """Return the description by which the database of a roadmap is found again."""
    return f"Kept equal with roadmaps/{name}.yaml by tracker."


def encode_database(name: str, title: str, parent: str, sections: Sequence[str], kind: str) -> Json:
    """Return the request that makes a database with all columns but the relation to itself.

    `kind` is the type of the status column: status, or select where groups are not understood.
    """
    return {
        "parent": {"type": "page_id", "page_id": parent},
        "title": encode_text(cut_title(title or name)),
        "description": encode_text(encode_marker(name)),
        "initial_data_source": {"properties": encode_columns(sections, kind)},
    }


def encode_columns(sections: Sequence[str], kind: str) -> Json:
    """Return the schema of all columns but the relation, with the options known from the start.

    They are made in the order in which they stand here. The relation to the rows themselves can be
    added to a data source only that is there, and comes last.
    """
    named = [*COLUMNS.values(), HISTORY_COLUMN]
    columns: Json = {name: {kind: {}} for name, kind in named if kind != "relation"}
    columns[COLUMNS[Field.STATUS][0]] = encode_status_column(kind)
    columns[COLUMNS[Field.SECTION][0]] = {"select": {"options": _encode_options(sections)}}
    columns[COLUMNS[Field.LEVEL][0]] = {"select": {"options": _encode_options(LEVELS)}}
    for which in (Field.HOURS, Field.ORDER):
        columns[COLUMNS[which][0]] = {"number": {"format": "number"}}
    for name in PLUMBING:
        columns[name]["description"] = PLUMBING_NOTE
    return columns


def encode_status_column(kind: str) -> Json:
    """Return the schema of the status column, as a status or as a select."""
    options: list[Json] = []
    for name, color, group in STATUS_OPTIONS.values():
        option = {"name": name, "color": color}
        options.append({**option, "group": group} if kind == "status" else option)
    return {kind: {"options": options}}


def encode_relation(data_source_id: str) -> Json:
    """Return the schema of the relation of a data source to itself, with a column back."""
    relation = {
        "data_source_id": data_source_id,
        "type": "dual_property",
        "dual_property": {},
    }
    return {COLUMNS[Field.REQUIRES][0]: {"relation": relation}}


def encode_option(text: str, name: str) -> Json:
    """Return a new option; one whose name is too short for its text is described by it."""
    return {"name": name, "description": text} if is_shortened(name) else {"name": name}


def _encode_options(texts: Sequence[str]) -> list[Json]:
    """Return options for the texts that can have one now; the others get theirs with a row."""
    options: dict[str, Json] = {}
    for text in texts:
        name = encode_option_name(text)
        name = name if is_option_name(name) else shorten_name(text)
        options.setdefault(fold_name(name), encode_option(text, name))
    room, sent = _MOST_OPTION_BYTES, list[Json]()
    for option in list(options.values())[:MOST_OPTIONS]:
        room -= 6 * sum(map(len, option.values()))
        if room < 0:
            break
        sent.append(option)
    return sent
