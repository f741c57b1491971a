"""What the options of the status column mean, and which option to write for a status.

Pure. An option is known by its id; one that the learner added means what its group means.
"""

from __future__ import annotations

from collections.abc import Mapping

from tracker.adapters.notion.errors import RowError
from tracker.adapters.notion.ids import Json
from tracker.adapters.notion.schema import STATUS_OPTIONS, Column, Option
from tracker.roadmap.limits import MOST_OPTIONS
from tracker.roadmap.model import Status

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
