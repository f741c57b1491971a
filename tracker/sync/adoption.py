"""Decide which column of a database that somebody else made serves as which field of a skill.

Pure: no clock, no disk, no network, no logging. Columns come with what their names mean; in which
languages, the caller knows. A column serves one field at most, and a field has one column at most.

    a column                                          serves
    that somebody mapped                              what it was mapped to, or nothing
    of type title                                     the name
    whose name means a field that its type can hold   that field; of two, the better type, then the first
    alone of its type, with a name that says nothing  the field of `_BY_TYPE`, if that is still free
    any other                                         nothing: it is left alone
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum

from tracker.errors import NOTHING_WRITTEN, Problem, UsageError
from tracker.roadmap.model import Status, show
from tracker.sync.records import TWO_WAY, Field

TYPES: Mapping[Field, tuple[str, ...]] = {
    Field.NAME: ("title",),
    Field.STATUS: ("status", "select", "checkbox"),
    Field.SECTION: ("select", "status"),
    Field.LEVEL: ("select",),
    Field.HOURS: ("number",),
    Field.GOAL: ("rich_text",),
    Field.RESOURCES: ("url", "rich_text"),
    Field.REQUIRES: ("relation",),
    Field.TAGS: ("multi_select",),
    Field.STARTED: ("date",),
    Field.COMPLETED: ("date",),
    Field.EVIDENCE: ("url",),
    Field.NOTES: ("rich_text",),
}
"""The types of columns that can hold each field, the best first."""

_BY_TYPE: Mapping[str, Field] = {
    "status": Field.STATUS,
    "checkbox": Field.STATUS,
    "select": Field.SECTION,
    "number": Field.HOURS,
    "url": Field.RESOURCES,
    "multi_select": Field.TAGS,
    "rich_text": Field.NOTES,
}
"""What the only column of a type is taken for. A day may be a start, an end or a deadline."""

_BY_KEY_AND_TYPE: Mapping[tuple[str, str], Field] = {
    # "Completed" and "Erledigt" are names of boxes and of days alike.
    **{("completed", kind): Field.STATUS for kind in TYPES[Field.STATUS]},
    **{("done", kind): Field.STATUS for kind in TYPES[Field.STATUS]},
    ("done", "date"): Field.COMPLETED,
}

LEAVE = "-"
"""What a column is mapped to that is to be left alone."""


class Reason(StrEnum):
    """Why a column serves a field."""

    ASKED = "as asked"
    TITLE = "the title"
    NAME = "by its name"
    TYPE = "alone of its type"


@dataclass(frozen=True, slots=True)
class ForeignColumn:
    """A column as it was found: `key` is what its name means, such as "hours" or "done", or nothing.

    `meanings` are the options of a select or status column, with the statuses that they mean.
    `is_elsewhere` says that a relation leads to another database.
    """

    id: str
    name: str
    type: str
    key: str = ""
    meanings: Mapping[str, Status | None] = field(default_factory=dict)
    is_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class ColumnMatch:
    """A column that serves a field."""

    field: Field
    column: ForeignColumn
    reason: Reason


@dataclass(frozen=True, slots=True)
class Matching:
    """Which columns serve which fields; `left` are those that are left alone, each with the reason."""

    matches: tuple[ColumnMatch, ...]
    left: tuple[tuple[ForeignColumn, str], ...] = ()

    @property
    def columns(self) -> Mapping[Field, ForeignColumn]:
        """The columns by the fields that they serve."""
        return {match.field: match.column for match in self.matches}


def match_columns(columns: Sequence[ForeignColumn], asked: Mapping[str, str]) -> Matching:
    """Match columns to fields; `asked` maps names of columns to names of fields, or to LEAVE.

    Raises UsageError with one problem for each wish that cannot be met.
    """
    problems: list[Problem] = []
    wishes = dict(_read_wishes(columns, asked, problems))
    _check_wishes(wishes, problems)
    if problems:
        raise UsageError(*problems)
    by_id = {column.id: column for column in columns}
    found: dict[Field, ColumnMatch] = {}
    for column_id, wish in wishes.items():
        if wish is not None:
            found[wish] = ColumnMatch(wish, by_id[column_id], Reason.ASKED)
    free = [column for column in columns if column.id not in wishes]
    left = {column_id: "as asked" for column_id, wish in wishes.items() if wish is None}
    _match_names(free, found, left)
    _match_types(free, found, left)
    return Matching(
        tuple(found[which] for which in TYPES if which in found),
        tuple((column, left[column.id]) for column in columns if column.id in left),
    )


def find_fault(which: Field, column: ForeignColumn) -> str:
    """Say why a column cannot serve a field, or nothing."""
    if column.type not in TYPES[which]:
        types = " or ".join(map(name_type, TYPES[which]))
        return f"it is a {name_type(column.type)} column, and {which.value} needs a {types} column"
    if column.is_elsewhere:
        return f"it leads to another database, and {which.value} needs a relation to this one"
    # An empty column of options gets its options by what is written there.
    is_chosen = which is Field.STATUS and column.type == "select" and column.meanings
    if is_chosen and not any(column.meanings.values()):
        options = ", ".join(map(show, list(column.meanings)[:5]))
        return f"none of its options means a status: {options}"
    return ""


def name_type(kind: str) -> str:
    """Return what people call a type of column."""
    return {"rich_text": "text"}.get(kind, kind.replace("_", "-"))


def _read_wishes(
    columns: Sequence[ForeignColumn], asked: Mapping[str, str], problems: list[Problem]
) -> Iterator[tuple[str, Field | None]]:
    """Yield the ids of the columns that were named, with their fields; None leaves one alone."""
    exact = {column.name: column for column in columns}
    loose = {column.name.strip().casefold(): column for column in reversed(columns)}
    names = {which.value: which for which in TYPES}
    for name, word in asked.items():
        column = exact.get(name) or loose.get(name.strip().casefold())
        wish = names.get(word.strip().casefold())
        if column is None:
            problems.append(_unknown_column(name, list(exact)))
        elif wish is None and word.strip() != LEAVE:
            problems.append(_unknown_field(word, list(names)))
        elif wish is not None and (fault := find_fault(wish, column)):
            problems.append(_wrong_type(column, wish, fault))
        else:
            yield column.id, wish


def _check_wishes(wishes: Mapping[str, Field | None], problems: list[Problem]) -> None:
    wanted = [wish for wish in wishes.values() if wish is not None]
    problems += [
        Problem(
            code="field-mapped-twice",
            what=f"two columns were mapped to {which.value}",
            why="a field has one column",
            kept=NOTHING_WRITTEN,
            next=f"leave out one --map …={which.value}",
        )
        for which in TYPES
        if wanted.count(which) > 1
    ]


def _match_names(
    columns: Sequence[ForeignColumn], found: dict[Field, ColumnMatch], left: dict[str, str]
) -> None:
    """Match the columns whose names mean a field, and say of the others what is wrong with them."""
    meant: dict[Field, list[ForeignColumn]] = {}
    for column in columns:
        which = _find_meant(column)
        if which is None:
            continue
        if fault := find_fault(which, column):
            left[column.id] = fault
        else:
            meant.setdefault(which, []).append(column)
    for which, candidates in meant.items():
        # min keeps the first of equals.
        best = min(candidates, key=lambda column: TYPES[which].index(column.type))
        if which not in found:
            reason = Reason.TITLE if which is Field.NAME else Reason.NAME
            found[which] = ColumnMatch(which, best, reason)
        for column in candidates:
            if found[which].column is not column:
                other = show(found[which].column.name)
                left[column.id] = f'"{other}" serves as {which.value}'


def _find_meant(column: ForeignColumn) -> Field | None:
    if column.type == "title":
        return Field.NAME
    which = _BY_KEY_AND_TYPE.get((column.key, column.type))
    if which is not None or column.key == Field.NAME.value:
        return which
    return next((which for which in TWO_WAY if which in TYPES and which.value == column.key), None)


def _match_types(
    columns: Sequence[ForeignColumn], found: dict[Field, ColumnMatch], left: dict[str, str]
) -> None:
    """Match the columns that are alone of their type, if their names say nothing else."""
    taken = {match.column.id for match in found.values()}
    open_ = [column for column in columns if column.id not in taken]
    for column in open_:
        which = _BY_TYPE.get(column.type)
        # A text by the name of a section cannot hold it; several words at once are tags all the same.
        is_silent = not column.key or column.type == "multi_select"
        alone = sum(other.type == column.type and not other.key for other in open_) <= 1
        if which is None or which in found or not is_silent or find_fault(which, column):
            left.setdefault(column.id, "no field of a skill")
        elif not alone:
            left.setdefault(column.id, f"not the only {name_type(column.type)} column")
        else:
            found[which] = ColumnMatch(which, column, Reason.TYPE)
            left.pop(column.id, None)


def _unknown_column(name: str, names: Sequence[str]) -> Problem:
    near = get_close_matches(name, names, n=1)
    listed = ", ".join(f'"{show(other)}"' for other in near or names[:12])
    return Problem(
        code="unknown-column",
        what=f'the database has no column "{show(name)}"',
        why=f"{'nearest' if near else 'it has'}: {listed}",
        kept=NOTHING_WRITTEN,
        next="give the name of a column as the database shows it: --map COLUMN=FIELD",
    )


def _unknown_field(word: str, names: Sequence[str]) -> Problem:
    near = get_close_matches(word.casefold(), names, n=1)
    return Problem(
        code="unknown-field",
        what=f'"{show(word)}" is not a field of a skill',
        why=(f"nearest: {near[0]}; " if near else "") + f"fields: {', '.join(names)}",
        kept=NOTHING_WRITTEN,
        next=f"--map COLUMN=FIELD with one of these, or {LEAVE} to leave the column alone",
    )


def _wrong_type(column: ForeignColumn, which: Field, fault: str) -> Problem:
    return Problem(
        code="column-does-not-fit",
        what=f'the column "{show(column.name)}" cannot serve as {which.value}',
        why=fault,
        kept=NOTHING_WRITTEN,
        next=f"map another column to {which.value}, or leave this --map out",
    )
