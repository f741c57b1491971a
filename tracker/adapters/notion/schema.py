"""The columns of a roadmap's database: what they should be, what they are, and what each carries.

Pure: decodes and encodes schemas, and binds fields to columns and statuses to options by id, so
that renaming anything is fine. Sends nothing. Raises RefusedError when the learner's schema lost
what a bound field needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import takewhile

from tracker.adapters.notion.columns import Column, Option, Schema
from tracker.adapters.notion.errors import RowError, unwritten
from tracker.adapters.notion.ids import Json
from tracker.adapters.notion.rich_text import (
    encode_text,
    fold_name,
    is_shortened,
    make_option_name,
)
from tracker.errors import Problem, RefusedError
from tracker.roadmap.limits import MOST_OPTIONS, cut_title
from tracker.roadmap.model import Status
from tracker.sync.adoption import TYPES
from tracker.sync.records import Field
from tracker.sync.target import OPTIONAL, DatabaseTarget

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
    Field.EVIDENCE: ("Evidence", "url"),
    Field.NOTES: ("Notes", "rich_text"),
    Field.ORDER: ("Order", "number"),
    Field.ID: ("Tracker ID", "rich_text"),
}
"""Name and type of each field's column, in the order in which a learner wants to read them."""

FIRST_COLUMNS = tuple(
    takewhile(lambda name: name != "Requires", (it[0] for it in COLUMNS.values()))
)
"""Names of the columns that a database is made with.

The relation to itself needs the id of the data source that it belongs to, so it has to be added, and
whatever stands behind it, too: Notion shows columns in the order in which they were made.
"""

HISTORY_COLUMN = ("Sync history", "rich_text")
"""Name and type of the column in which machines tell each other what they wrote; see `sync.row_state`.

A database without it is synced all the same; then two machines that write the same field of the
same row at the same time are not told apart.
"""

SPARE_ORDER = "Tracker order"
"""Name of the column of numbers where somebody else's column has the usual one."""

PLUMBING = (COLUMNS[Field.ORDER][0], COLUMNS[Field.ID][0], HISTORY_COLUMN[0])
"""Names of the columns that a learner does not need."""
PLUMBING_NOTE = "used by tracker; leave as it is"

_OPTION_FIELDS = (Field.SECTION, Field.LEVEL, Field.TAGS)
"""The fields whose texts are options."""

_MOST_OPTION_BYTES = 30_000
"""Bytes of options that a new database gets: a schema holds 50 KB in all ("Size limits")."""
BACK_COLUMN = "Unlocks"
BACK_NOTE = "the skills that require this one; filled in from Requires"
_LEVEL_COLORS = {"entry": "green", "intermediate": "yellow", "advanced": "red"}
_SECTION_COLORS = ["blue", "green", "orange", "purple", "pink", "yellow", "brown", "red", "gray"]
"""All that Notion has, in an order that tells neighbours apart; sections use them in turn."""
STATUS_OPTIONS: Mapping[Status, tuple[str, str, str]] = {
    Status.TODO: ("Not started", "default", "To-do"),
    Status.DOING: ("In progress", "blue", "In progress"),
    Status.DONE: ("Done", "green", "Complete"),
    Status.SKIPPED: ("Skipped", "brown", "Complete"),
}
"""Name, colour and group of each status's option; Notion has these three groups and no others."""
_BY_GROUP = (Status.TODO, Status.DOING, Status.DONE)
_GROUPS = tuple(STATUS_OPTIONS[status][2].casefold() for status in _BY_GROUP)
_NAMED: Mapping[str, Status] = {
    **{name.casefold(): status for status, (name, _, _) in STATUS_OPTIONS.items()},
    **{status.value: status for status in Status},
}
"""What an option means by its name: that of tracker's own options, or the word in the YAML."""


MARKERS = (
    "Synced with roadmaps/{name}.yaml · do not edit this line",
    "Kept equal with roadmaps/{name}.yaml by tracker.",
)
"""Descriptions by which the database of a roadmap is found again: of new ones, and of older ones."""


def encode_marker(name: str) -> str:
    """Return the description of a new database."""
    return MARKERS[0].format(name=name)


def decode_marker(description: str) -> str | None:
    """Return the roadmap's name in the marker of a description; None when there is no marker."""
    for marker in MARKERS:
        before, after = marker.split("{name}")
        _, start, rest = description.partition(before)
        name, end, _ = rest.partition(after)
        if start and end:
            return name
    return None


def encode_database(name: str, title: str, parent: str, sections: Sequence[str], kind: str) -> Json:
    """Return the request that makes a database with its first columns.

    `kind` is the type of the status column: status, or select where groups are not understood.
    """
    columns = encode_columns(sections, kind, "")
    return {
        "parent": {"type": "page_id", "page_id": parent},
        "title": encode_text(cut_title(title or name)),
        "description": encode_text(encode_marker(name)),
        "initial_data_source": {"properties": {name: columns[name] for name in FIRST_COLUMNS}},
    }


def encode_columns(sections: Sequence[str], kind: str, source_id: str) -> Json:
    """Return the schema of all columns in reading order, with the options known from the start.

    `source_id` is the data source that they belong to, for the relation to itself.
    """
    columns: Json = {name: {kind: {}} for name, kind in [*COLUMNS.values(), HISTORY_COLUMN]}
    columns[COLUMNS[Field.STATUS][0]] = encode_status_column(kind)
    columns[COLUMNS[Field.REQUIRES][0]] = {
        "relation": {"data_source_id": source_id, "type": "dual_property", "dual_property": {}}
    }
    for which, texts in ((Field.SECTION, sections), (Field.LEVEL, (*_LEVEL_COLORS,))):
        columns[COLUMNS[which][0]] = {"select": {"options": _encode_options(which, texts)}}
    for which in (Field.HOURS, Field.ORDER):
        columns[COLUMNS[which][0]] = {"number": {"format": "number"}}
    for name in PLUMBING:
        columns[name]["description"] = PLUMBING_NOTE
    return columns


def encode_status_column(kind: str) -> Json:
    """Return the schema of the status column, as a status or as a select."""
    # Without `group` Notion puts every option, "Done" too, into the group To-do (measured).
    options = [
        {"name": name, "color": color, **({"group": group} if kind == "status" else {})}
        for name, color, group in STATUS_OPTIONS.values()
    ]
    return {kind: {"options": options}}


def encode_option(which: Field, number: int, text: str, name: str) -> Json:
    """Return a new option, the `number`th of its column.

    The description of one with a shortened name holds the whole text.
    """
    option = {"name": name}
    if is_shortened(name):
        option["description"] = text
    if which is Field.SECTION:
        option["color"] = _SECTION_COLORS[number % len(_SECTION_COLORS)]
    elif which is Field.LEVEL and text in _LEVEL_COLORS:
        option["color"] = _LEVEL_COLORS[text]
    return option


def _encode_options(which: Field, texts: Sequence[str]) -> list[Json]:
    """Return options for the texts that fit in a new schema; the others are made with a row."""
    options: dict[str, Json] = {}
    for text in texts:
        name = make_option_name(text)
        # Names are unique without regard to case ("Property object"): a second text gets a variant of
        # its name later, with a row.
        options.setdefault(fold_name(name), encode_option(which, len(options), text, name))
    room, sent = _MOST_OPTION_BYTES, list[Json]()
    for option in list(options.values())[:MOST_OPTIONS]:
        room -= 6 * sum(map(len, option.values()))  # a character takes up to 6 bytes of JSON
        if room < 0:
            break
        sent.append(option)
    return sent


def bind(schema: Schema, known: DatabaseTarget | None) -> DatabaseTarget:
    """Bind all fields: by id where one is known, by name and type otherwise.

    An optional field without a column is left out, unless it had one: a column that vanished is a
    changed world (G8). Raises RefusedError with one problem for each column that is gone or has
    another type.
    """
    ids = known.properties if known else {}
    optional = known.optional if known else frozenset[Field]()
    dispensable = (OPTIONAL | optional) - ids.keys()
    # Of an adopted database some columns were left alone, whatever they are called.
    wanted = [which for which in Field if which in ids or which not in optional]
    bound = {which: _find(schema, which, ids.get(which), known) for which in wanted}
    problems = tuple(
        _explain(schema, which, known)
        for which, column in bound.items()
        if column is None and which not in dispensable
    )
    if problems:
        raise RefusedError(*problems)
    columns = {which: column for which, column in bound.items() if column is not None}
    has_options = columns[Field.STATUS].type != "checkbox"
    options = (
        bind_options(columns[Field.STATUS], known.options if known else {}) if has_options else {}
    )
    gone: dict[Field, frozenset[str]] = {}
    if known:
        # An option that replaced a deleted one is not what the rows had: that value is still gone.
        replaced = {status for option, status in known.options.items() if option not in options}
        statuses = known.gone.get(Field.STATUS, frozenset()) | replaced
        gone = {**known.gone, **({Field.STATUS: statuses} if statuses else {})}
    return DatabaseTarget(
        database_id=schema.database_id or (known.database_id if known else ""),
        data_source_id=schema.data_source_id,
        properties={which: column.id for which, column in columns.items()},
        options=options,
        types=list_types(columns),
        history=find_history(schema, known.history if known else ""),
        gone=gone,
        optional=optional,
        views=known.views if known else {},
    )


def bind_loosely(schema: Schema) -> DatabaseTarget:
    """Bind the fields that have a column, by name and type; the others are left out."""
    found = {which: find_by_name(schema, which) for which in Field}
    columns = {which: column for which, column in found.items() if column is not None}
    return DatabaseTarget(
        database_id=schema.database_id,
        data_source_id=schema.data_source_id,
        properties={which: column.id for which, column in columns.items()},
        types=list_types(columns),
        history=find_history(schema, ""),
    )


def list_types(columns: Mapping[Field, Column]) -> dict[Field, str]:
    """Return the types of the columns that are of another type than tracker's own."""
    return {
        which: column.type for which, column in columns.items() if column.type != COLUMNS[which][1]
    }


def type_of(target: DatabaseTarget, which: Field) -> str:
    """Return the type of a field's column."""
    return target.types.get(which, COLUMNS[which][1])


def missing_fields(schema: Schema) -> frozenset[Field]:
    """Return the fields without a column in a database that is not bound yet."""
    return frozenset(which for which in Field if find_by_name(schema, which) is None)


def is_begun(schema: Schema) -> bool:
    """Return whether a database has its first columns, and none of those that are added later."""
    first = {which for which, (name, _) in COLUMNS.items() if name in FIRST_COLUMNS}
    return missing_fields(schema) == frozenset(Field) - first


def column_of(schema: Schema, target: DatabaseTarget, which: Field) -> Column:
    """Return the column of a bound field; raise RefusedError when it is gone by now."""
    column = schema.columns.get(target.properties[which])
    if column is None:
        raise RefusedError(_explain(schema, which, target))
    return column


def status_column(schema: Schema, target: DatabaseTarget) -> Column:
    """Return the column of the status; one without any option where it is still to be added."""
    if Field.STATUS in target.properties:
        return column_of(schema, target, Field.STATUS)
    return Column("", "", "", "checkbox")


def list_option_columns(schema: Schema, target: DatabaseTarget) -> dict[Field, Column]:
    """Return the columns whose texts are options, by field."""
    bound = [which for which in _OPTION_FIELDS if which in target.properties]
    return {which: column_of(schema, target, which) for which in bound}


def find_back(schema: Schema, target: DatabaseTarget) -> str:
    """Return the id of the other end of the relation between rows, or nothing without one."""
    requires = schema.columns.get(target.properties.get(Field.REQUIRES, ""))
    if requires is None or requires.related != schema.data_source_id:
        return ""
    return requires.back if requires.back != requires.id else ""


def find_history(schema: Schema, column_id: str) -> str:
    """Return the id of the history column, or nothing: it is no field, and may be missing."""
    column = schema.columns.get(column_id)
    if column is None:
        named = schema.find(*HISTORY_COLUMN)
        column = named if named and is_plumbing(schema, named) else None
    return column.id if column is not None and column.type == HISTORY_COLUMN[1] else ""


def is_plumbing(schema: Schema, column: Column) -> bool:
    """Return whether a column with the name of one that only the program needs is that one.

    It says so, or the whole database is tracker's: by its marker, or as it has all the columns.
    Any other is a learner's own, with values that nobody may overwrite.
    """
    is_own = decode_marker(schema.description) is not None or not missing_fields(schema) - OPTIONAL
    return is_own or column.description == PLUMBING_NOTE


def _find(
    schema: Schema, which: Field, column_id: str | None, known: DatabaseTarget | None
) -> Column | None:
    if column_id is None:
        return find_by_name(schema, which)
    # Ids survive renaming; a column that was deleted and made again has a new one (measured).
    column = schema.columns.get(column_id)
    # Settings that came from another machine name columns, and not their types.
    is_noted = known is not None and not known.database_id
    wanted = TYPES.get(which, ()) if is_noted else ()
    wanted = wanted or (type_of(known, which) if known else COLUMNS[which][1],)
    if column is None or column.type not in wanted:
        return None
    return None if _points_elsewhere(schema, column) else column


def find_by_name(schema: Schema, which: Field) -> Column | None:
    """Return the column of a field by its usual name and type; None where there is none."""
    name, kind = COLUMNS[which]
    column = schema.find(name, kind)
    typed = [column for column in schema.columns.values() if column.type == kind]
    if which is Field.ORDER:
        return schema.find(SPARE_ORDER, kind) or column or _find_noted(schema, kind)
    # Of the two columns of texts one needs its name, or they might be taken for one another.
    if which is Field.ID and column is None and schema.find(*HISTORY_COLUMN):
        return _find_noted(schema, kind)
    # A database has exactly one title, whatever its name.
    if which is Field.NAME:
        return next(iter(typed), None)
    # So with the status: the only one there is, else the select where groups were not understood.
    if which is Field.STATUS and column is None:
        return typed[0] if len(typed) == 1 else schema.find(name, "select")
    if which is Field.REQUIRES and column and _points_elsewhere(schema, column):
        return None
    return column


def _find_noted(schema: Schema, kind: str) -> Column | None:
    """Return the only renamed column that still says that it is tracker's."""
    noted = [
        column
        for column in schema.columns.values()
        if (column.type, column.description) == (kind, PLUMBING_NOTE)
        and column.name not in PLUMBING
    ]
    return noted[0] if len(noted) == 1 else None


def _points_elsewhere(schema: Schema, column: Column) -> bool:
    return column.type == "relation" and column.related not in {"", schema.data_source_id}


def _explain(schema: Schema, which: Field, known: DatabaseTarget | None) -> Problem:
    """Explain what happened to a column: gone, of another type, or never there."""
    name = COLUMNS[which][0]
    wanted = _word(type_of(known, which) if known else COLUMNS[which][1])
    column_id = known.properties.get(which) if known else None
    named = {column.name.casefold(): column for column in schema.columns.values()}
    column = named.get(name.casefold()) if column_id is None else schema.columns.get(column_id)
    if column is not None:
        return unwritten(
            "column-retyped",
            f'column "{column.name}" of "{schema.title}" has another type',
            f"it is a {_word(column.type)} column now, and {which.value} needs {wanted}",
            f"turn it back into a {wanted} column; or delete it, then tracker doctor --fix",
        )
    gone = f'column "{name}" of "{schema.title}" was deleted'
    if known is not None and which in known.optional:
        # Somebody else made the column, under a name that nobody remembers.
        gone = f'the column of "{schema.title}" that served as {which.value} was deleted'
    is_known = column_id is not None
    # Names are all there is to go by after the state was lost, and a second column would be added.
    undo = "undo the change there" if is_known else "where you renamed it, give it that name again"
    return unwritten(
        "column-deleted",
        gone if is_known else f'"{schema.title}" has no column "{name}"',
        f"{which.value} needs a {wanted} column",
        f"tracker doctor --fix    # or {undo}",
    )


def _word(kind: str) -> str:
    words = {"rich_text": "text", "url": "URL", "relation": "relation to the same database"}
    return words.get(kind, kind.replace("_", " "))


def bind_options(column: Column, known: Mapping[str, str]) -> dict[str, str]:
    """Bind one option to each status: the known one, else by its usual name, else by its group.

    A known option that was deleted stays bound as long as no option took over its name: what rows
    lost with it is not an edit.
    """
    bound = {option_id: status for option_id, status in known.items() if status in set(Status)}
    present = {option.id for option in column.options}
    for status in Status:
        if any(bound.get(option_id) == status for option_id in present):
            continue
        found = _find_named(column, status)
        if found is None and status not in bound.values():
            found = _find_meaning(column, status, bound)
        if found is not None and found.id not in bound:
            bound = {option_id: value for option_id, value in bound.items() if value != status}
            bound[found.id] = status.value
    return bound


def bound_statuses(column: Column, bound: Mapping[str, str]) -> frozenset[str]:
    """Return the statuses whose own option still exists."""
    return frozenset(bound[option.id] for option in column.options if option.id in bound)


def decode_status(column: Column, bound: Mapping[str, str], chosen: Json) -> Status | None:
    """Return the meaning of a row's option, or None when it has none.

    the row's option                    means
    bound                               the status it is bound to
    of the schema, by id or by name     the same if bound, else its group or name
    unknown to the schema               the status of that name
    """
    option_id, name = str(chosen.get("id", "")), str(chosen.get("name", ""))
    if option_id in bound:
        return Status(bound[option_id])
    option = next((option for option in column.options if option.id == option_id), None)
    option = option or next((option for option in column.options if option.name == name), None)
    if option is None:
        return _read_name(name)
    if option.id in bound:
        return Status(bound[option.id])
    return _meaning(column, option)


def find_option(column: Column, bound: Mapping[str, str], status: Status) -> Option | None:
    """Return the option to write for a status: its own, else another that means the same."""
    own = [option for option in column.options if bound.get(option.id) == status]
    return own[0] if own else _find_meaning(column, status, bound)


def _find_meaning(column: Column, status: Status, bound: Mapping[str, str]) -> Option | None:
    """Return the first unbound option that means a status."""
    free = (option for option in column.options if option.id not in bound)
    return next((option for option in free if _meaning(column, option) is status), None)


def encode_options_with(column: Column, status: Status) -> list[Json]:
    """Return the complete list of options with the one of this status added.

    Raises RowError when one request cannot hold them all: Notion deletes options that a list lacks.
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
    named = {status: _find_named(column, status) for status in Status}
    return all(
        option is not None and _group_status(column, option) is _grouped_as(status)
        for status, option in named.items()
    )


def _find_named(column: Column, status: Status) -> Option | None:
    """Return the option with a status's usual name, preferably one in the group of that status."""
    named = [option for option in column.options if _read_name(option.name) is status]
    grouped = [option for option in named if _group_status(column, option) is _grouped_as(status)]
    return next(iter(grouped or named), None)


@lru_cache(maxsize=1024)
def _read_name(name: str) -> Status | None:
    """Return the status that the name of an option means, in any of many languages."""
    known = _NAMED.get(name.casefold())
    if known is None:
        # Late: the words of many languages, for databases that somebody else made.
        from tracker.adapters.exchange.foreign_values import read_status  # noqa: PLC0415

        return read_status(name)
    return known


def _grouped_as(status: Status) -> Status:
    return Status.DONE if status is Status.SKIPPED else status  # both are complete


def _meaning(column: Column, option: Option) -> Status | None:
    """Return what an option means that the learner added: its group, or its name in a select."""
    named = _read_name(option.name)
    if column.type != "status":
        return named
    group = _group_status(column, option)
    return named if group is Status.DONE and named is Status.SKIPPED else group


def _group_status(column: Column, option: Option) -> Status | None:
    """Return what an option's group means: by its English name, else by its position of three.

    A workspace in another language may have other names, in the same order.
    """
    names = [group.casefold() for group in column.groups]
    group = option.group.casefold()
    if group in _GROUPS:
        return _BY_GROUP[_GROUPS.index(group)]
    if group in names and len(names) == len(_BY_GROUP):
        return _BY_GROUP[names.index(group)]
    return None
