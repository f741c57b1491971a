"""The columns of a roadmap's database: what they should be, what they are, and what each carries.

Pure: decodes and encodes schemas, binds fields to columns and statuses to options by id (so that
renaming anything is fine), sends nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tracker.adapters.notion.errors import RowError, understood
from tracker.adapters.notion.ids import Json, normal_id, normal_key
from tracker.adapters.notion.rich_text import (
    decode_text,
    encode_option_name,
    encode_text,
    fold_name,
    is_option_name,
    is_shortened,
    shorten_name,
)
from tracker.errors import Problem, RefusedError
from tracker.ports import Target
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


def bind(schema: Schema, known: Target | None) -> Target:
    """Bind all fields: by id where one is known, by name and type otherwise.

    Raises RefusedError with one problem for each column that is gone or has another type.
    """
    ids = known.properties if known else {}
    bound = {which: _find(schema, which, ids.get(which), known) for which in Field}
    problems = tuple(
        _explain(schema, which, ids.get(which)) for which, column in bound.items() if column is None
    )
    if problems:
        raise RefusedError(*problems)
    columns = {which: column for which, column in bound.items() if column is not None}
    options = bind_options(columns[Field.STATUS], known.options if known else {})
    return Target(
        database_id=schema.database_id or (known.database_id if known else ""),
        data_source_id=schema.data_source_id,
        properties={which: column.id for which, column in columns.items()},
        options=options,
        status_type=columns[Field.STATUS].type,
        history=_find_history(schema, known.history if known else ""),
        gone=_find_gone(known, options) if known else {},
    )


def bind_loosely(schema: Schema) -> Target:
    """Bind the fields that have a column, by name and type; the others are left out."""
    found = {which: _find_by_name(schema, which) for which in Field}
    columns = {which: column for which, column in found.items() if column is not None}
    status = columns.get(Field.STATUS)
    return Target(
        database_id=schema.database_id,
        data_source_id=schema.data_source_id,
        properties={which: column.id for which, column in columns.items()},
        status_type=status.type if status is not None else COLUMNS[Field.STATUS][1],
        history=_find_history(schema, ""),
    )


def _find_gone(known: Target, options: Mapping[str, str]) -> dict[Field, frozenset[str]]:
    """Return the values whose option was deleted: those that are known, and replaced statuses."""
    replaced = {status for each, status in known.options.items() if each not in options}
    statuses = known.gone.get(Field.STATUS, frozenset()) | replaced
    return {**known.gone, **({Field.STATUS: statuses} if statuses else {})}


def missing_fields(schema: Schema) -> frozenset[Field]:
    """Return the fields that a database nobody has bound yet has no column for."""
    return frozenset(which for which in Field if _find(schema, which, None, None) is None)


def column_of(schema: Schema, target: Target, which: Field) -> Column:
    """Return the column of a bound field; raise RefusedError when it is gone by now."""
    column = schema.columns.get(target.properties[which])
    if column is None:
        raise RefusedError(_explain(schema, which, target.properties[which]))
    return column


def _find_history(schema: Schema, column_id: str) -> str:
    """Return the id of the history column, or nothing: it is nobody's value, and may be missing."""
    column = schema.columns.get(column_id) or schema.find(*HISTORY_COLUMN)
    return column.id if column is not None and column.type == HISTORY_COLUMN[1] else ""


def _find(
    schema: Schema, which: Field, column_id: str | None, known: Target | None
) -> Column | None:
    if column_id is None:
        return _find_by_name(schema, which)
    column = schema.columns.get(column_id)
    wanted = known.status_type if known and which is Field.STATUS else COLUMNS[which][1]
    if column is None or column.type != wanted:
        return None
    return None if _points_elsewhere(schema, column) else column


def _find_by_name(schema: Schema, which: Field) -> Column | None:
    name, kind = COLUMNS[which]
    column = schema.find(name, kind)
    if which is Field.NAME:
        column = next((each for each in schema.columns.values() if each.type == kind), None)
    if which is Field.STATUS:
        column = column or _only(schema, kind) or schema.find(name, "select")
    if which is Field.REQUIRES and column and _points_elsewhere(schema, column):
        return None
    return column


def _only(schema: Schema, kind: str) -> Column | None:
    columns = [each for each in schema.columns.values() if each.type == kind]
    return columns[0] if len(columns) == 1 else None


def _points_elsewhere(schema: Schema, column: Column) -> bool:
    return column.type == "relation" and column.related not in {"", schema.data_source_id}


def _explain(schema: Schema, which: Field, column_id: str | None) -> Problem:
    """Say what happened to a column: gone, of another type, or never there."""
    name, kind = COLUMNS[which]
    column = schema.columns.get(column_id) if column_id is not None else _by_name(schema, name)
    if column is None:
        why = f"{which.value} needs a {_word(kind)} column"
        gone = f'column "{name}" of "{schema.title}" was deleted'
        what = gone if column_id is not None else f'"{schema.title}" has no column "{name}"'
        return Problem("column-deleted", what, why=why, kept=_KEPT, next=_NEXT)
    why = f"it is a {_word(column.type)} column now, and {which.value} needs {_word(kind)}"
    what = f'column "{column.name}" of "{schema.title}" has another type'
    advice = f"turn it back into a {_word(kind)} column; or delete it, then {_MEND}"
    return Problem("column-retyped", what, why=why, kept=_KEPT, next=advice)


def _by_name(schema: Schema, name: str) -> Column | None:
    named = {each.name.casefold(): each for each in schema.columns.values()}
    return named.get(name.casefold())


def _word(kind: str) -> str:
    return _WORDS.get(kind, kind.replace("_", " "))


_WORDS: Mapping[str, str] = {"rich_text": "text", "relation": "relation to the same database"}
_KEPT = "nothing was written"
_MEND = "tracker doctor --mend"
_NEXT = f"{_MEND}    # or undo the change there"


_GROUPS = tuple(STATUS_OPTIONS[each][2] for each in (Status.TODO, Status.DOING, Status.DONE))
_BY_GROUP = (Status.TODO, Status.DOING, Status.DONE)
_NAMED: Mapping[str, Status] = {
    **{name.casefold(): status for status, (name, _, _) in STATUS_OPTIONS.items()},
    **{status.value: status for status in Status},
}


def bind_options(column: Column, known: Mapping[str, str]) -> dict[str, str]:
    """Bind one option to each status: the known one, else by its usual name, else by its group.

    A known option that was deleted stays bound as long as no option took over its name: what rows
    lost with it is not an edit.
    """
    bound = {option_id: status for option_id, status in known.items() if status in set(Status)}
    present = {option.id for option in column.options}
    for status in Status:
        if any(bound.get(each) == status for each in present):
            continue
        found = _find_named(column, status)
        if found is None and status not in bound.values():
            found = _find_meaning(column, status, bound)
        if found is not None and found.id not in bound:
            bound = {each: word for each, word in bound.items() if word != status}
            bound[found.id] = status.value
    return bound


def bound_statuses(column: Column, bound: Mapping[str, str]) -> frozenset[str]:
    """Return the statuses whose own option still exists."""
    return frozenset(bound[option.id] for option in column.options if option.id in bound)


def decode_status(column: Column, bound: Mapping[str, str], chosen: Json) -> Status | None:
    """Return what a row's option means; None when nobody can say."""
    option_id, name = str(chosen.get("id", "")), str(chosen.get("name", ""))
    if option_id in bound:
        return Status(bound[option_id])
    option = next((each for each in column.options if each.id == option_id), None)
    option = option or next((each for each in column.options if each.name == name), None)
    if option is None:
        return _NAMED.get(name.casefold())
    if option.id in bound:
        return Status(bound[option.id])
    return _meaning(column, option)


def find_option(column: Column, bound: Mapping[str, str], status: Status) -> Option | None:
    """Return the option to write for a status: its own, else another that means the same."""
    own = [each for each in column.options if bound.get(each.id) == status]
    return own[0] if own else _find_meaning(column, status, bound)


def _find_meaning(column: Column, status: Status, bound: Mapping[str, str]) -> Option | None:
    """Return the first option that nobody bound and that means a status."""
    return next(
        (
            each
            for each in column.options
            if each.id not in bound and _meaning(column, each) is status
        ),
        None,
    )


def encode_options_with(column: Column, status: Status) -> list[Json]:
    """Return the complete list of options with the one of this status added.

    Raises RowError when one request cannot hold them all: what it leaves out would be deleted.
    """
    if len(column.options) >= MOST_OPTIONS:
        raise RowError(
            f"the status column has no option that means {status.value}",
            why=f"it was deleted there, and there are {len(column.options)} others",
            next="add it again as an option of the column",
        )
    name, color, group = STATUS_OPTIONS[status]
    added: Json = {"name": name, "color": color}
    if column.type == "status":
        added["group"] = group
    return [{"id": option.id} for option in column.options] + [added]


def are_grouped(column: Column) -> bool:
    """Return whether every usual option is there, in the group that gives it its meaning."""
    return all(
        (option := _find_named(column, status)) is not None
        and _group_status(column, option) is (Status.DONE if status is Status.SKIPPED else status)
        for status in Status
    )


def _find_named(column: Column, status: Status) -> Option | None:
    """Return the option with a status's usual name, rather one in the group of that status."""
    named = [each for each in column.options if _NAMED.get(each.name.casefold()) is status]
    group = Status.DONE if status is Status.SKIPPED else status
    grouped = [each for each in named if _group_status(column, each) is group]
    return next(iter(grouped or named), None)


def _meaning(column: Column, option: Option) -> Status | None:
    if column.type != "status":
        return _NAMED.get(option.name.casefold())
    group = _group_status(column, option)
    is_skipped = _NAMED.get(option.name.casefold()) is Status.SKIPPED
    return Status.SKIPPED if group is Status.DONE and is_skipped else group


def _group_status(column: Column, option: Option) -> Status | None:
    """Return what an option's group means: by its English name, else by its position of three."""
    names = [each.casefold() for each in column.groups]
    usual = [each.casefold() for each in _GROUPS]
    group = option.group.casefold()
    if group in usual:
        return _BY_GROUP[usual.index(group)]
    if group in names and len(names) == len(_BY_GROUP):
        return _BY_GROUP[names.index(group)]
    return None
