"""Properties by type: their definitions, their options, and the values of page writes.

Must not write anything: it checks requests and returns the stored form. Relations come out as a
list of page ids, which the caller keeps as links. `None` or an empty list means cleared.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from tracker.workspace.model import READ_ONLY_TYPES, Property
from tracker.workspace.protocol import (
    COLORS,
    LONGEST_URL,
    UNDEFINED,
    Json,
    check_bool,
    check_choice,
    check_keys,
    check_list,
    check_object,
    check_string,
    check_uuid,
    decode_runs,
    expected,
    instant,
    is_date_only,
    new_id,
    parse_iso,
    validation,
)

LONGEST_NAME = 100
_SAFE_INTEGER = 2**53
GROUPS = (("To-do", "gray"), ("In progress", "blue"), ("Complete", "green"))
_DEFAULT_STATUS = (
    {"name": "Not started", "group": "To-do"},
    {"name": "In progress", "color": "blue", "group": "In progress"},
    {"name": "Done", "color": "green", "group": "Complete"},
)


def decode_date(path: str, value: Any) -> Json:
    """Return the stored `start` and `end` of a date value."""
    given = check_object(path, value)
    check_keys(path, given, ("start", "end", "time_zone"))
    if given.get("time_zone") is not None:
        # Other zones would need the time zone data of the machine, and nobody sends them.
        check_choice(f"{path}.time_zone", given["time_zone"], ("UTC",))
    start = _decode_moment(f"{path}.start", given.get("start", UNDEFINED))
    end = given.get("end")
    if end is None:
        return {"start": start, "end": None}
    end = _decode_moment(f"{path}.end", end)
    # Both or neither: a range from a day to a moment has no meaning in Notion.
    if is_date_only(start) != is_date_only(end):
        raise validation(f"{path}: start and end must both have a time, or neither.")
    if (instant(end) or 0) < (instant(start) or 0):
        raise validation(f"{path}: end must not be before start.")
    return {"start": start, "end": end}


def encode_date(stored: Json) -> Json:
    """Return the response form: a zone is never echoed."""
    return {"start": stored["start"], "end": stored["end"], "time_zone": None}


def _decode_moment(path: str, value: Any) -> str:
    moment = parse_iso(check_string(path, value))
    if moment is None:
        raise expected(path, "a valid ISO 8601 date string", value)
    if is_date_only(value):
        return str(value)
    # Measured: seconds are cut off on write, and a time without a zone is one of UTC.
    cut = moment.replace(second=0, microsecond=0, tzinfo=moment.tzinfo or UTC)
    return cut.isoformat(timespec="milliseconds")


class Options(list[Json]):
    """The options of a property in their order, indexed by id and by name ignoring case.

    Grows at its end only; a list that loses or changes options is made anew.
    """

    def __init__(self, options: Iterable[Json] = ()) -> None:
        super().__init__(options)
        self._by_id: dict[str, Json] = {}
        self._by_name: dict[str, Json] = {}
        self._indexed = 0

    def find(self, *, option_id: Any = None, name: Any = None) -> Json | None:
        """Return the option with this id, or with this name ignoring case."""
        for option in self[self._indexed :]:
            self._by_id.setdefault(option["id"], option)
            self._by_name.setdefault(option["name"].casefold(), option)
        self._indexed = len(self)
        if option_id is not None:
            return self._by_id.get(option_id) if isinstance(option_id, str) else None
        return self._by_name.get(name.casefold()) if isinstance(name, str) else None


def decode_select(path: str, given: Json, current: Json | None) -> Json:
    """Return the stored config of a select or multi-select; absent options keep the list."""
    old = (current or {}).get("options", Options())
    if "options" not in given:
        return {"options": old}
    return {"options": _decode_list(f"{path}.options", given["options"], old)}


def decode_status(path: str, given: Json, current: Json | None) -> Json:
    """Return the stored config of a status property: options, groups and the default."""
    if current is None:
        # The three groups are fixed: the API neither renames nor adds one.
        groups = [{"id": new_id(), "name": n, "color": c, "option_ids": []} for n, c in GROUPS]
        current = {"options": Options(), "groups": groups}
        if "options" not in given:
            given = {"options": list(_DEFAULT_STATUS)}
    wanted = given.get("options", [{"id": option["id"]} for option in current["options"]])
    options = _decode_list(f"{path}.options", wanted, current["options"])
    group_names = _find_groups(f"{path}.options", wanted, options, current)
    groups = [
        {**group, "option_ids": [o["id"] for o in options if group_names[o["id"]] == group["name"]]}
        for group in current["groups"]
    ]
    default = current.get("default")
    if default not in {option["id"] for option in options}:
        default = next((group["option_ids"][0] for group in groups if group["option_ids"]), None)
    return {"options": options, "groups": groups, "default": default}


def make_option(path: str, given: Json) -> Json:
    """Make a new option from a request.

    Names hold no comma; LONGEST_NAME is no published limit of Notion, but the one that all clients keep.
    """
    name = check_string(f"{path}.name", given.get("name", UNDEFINED), longest=LONGEST_NAME)
    if not name.strip():
        raise expected(f"{path}.name.length", "≥ `1`", 0)
    if "," in name:
        raise validation(f"Invalid select option, commas not allowed: {name}")
    color = given.get("color")
    if color is not None:
        check_choice(f"{path}.color", color, COLORS)
    description = given.get("description")
    if description is not None:
        check_string(f"{path}.description", description)
    return {
        "id": new_id(),
        "name": name,
        "color": color or "default",
        "description": description,
    }


def _decode_list(path: str, value: Any, old: Options) -> Options:
    # The list replaces the one before: rows lose the options that it leaves out.
    options = Options(
        _decode_option(f"{path}[{index}]", item, old)
        for index, item in enumerate(check_list(path, value))
    )
    seen: set[str] = set()
    for option in options:
        folded = option["name"].casefold()
        if folded in seen:
            raise validation(f"Option names must be unique, found twice: {option['name']}")
        seen.add(folded)
    return options


def _decode_option(path: str, item: Any, old: Options) -> Json:
    given = check_object(path, item)
    option_id, name = given.get("id"), given.get("name")
    existing = old.find(option_id=option_id, name=name)
    if existing is None:
        if option_id is not None and name is None:
            raise validation(f"Option with id {option_id} does not exist.")
        return make_option(path, given)
    # The API can neither rename nor recolour an option; Notion's own pages can.
    if name is not None and name != existing["name"] and option_id is not None:
        raise validation(f"Cannot update name of select with name: {existing['name']}.")
    if given.get("color") not in (None, existing["color"]):
        raise validation(f"Cannot update color of select with name: {existing['name']}.")
    if "description" in given:
        return {**existing, "description": given["description"]}
    return existing


def _find_groups(path: str, wanted: Any, options: list[Json], current: Json) -> dict[str, str]:
    """Return the group name of each option: as asked, else as before, else To-do."""
    names = [group["name"] for group in current["groups"]]
    before = {key: group["name"] for group in current["groups"] for key in group["option_ids"]}
    found: dict[str, str] = {}
    for index, (item, option) in enumerate(zip(wanted, options, strict=True)):
        asked = item.get("group")
        if asked is not None:
            asked = check_choice(f"{path}[{index}].group", asked, names)
        # Measured: options that are made without a group all land in To-do.
        found[option["id"]] = asked or before.get(option["id"]) or names[0]
    return found


def _decode_format(path: str, given: Json, current: Json | None) -> Json:
    kept = (current or {}).get("format", "number")
    return {"format": check_choice(f"{path}.format", given.get("format", kept), NUMBER_FORMATS)}


NUMBER_FORMATS = ("number", "number_with_commas", "percent", "dollar")
_PLAIN_TYPES = ("title", "rich_text", "checkbox", "date", "url", *sorted(READ_ONLY_TYPES))
DECODERS: dict[str, Callable[[str, Json, Json | None], Json]] = {
    **dict.fromkeys(_PLAIN_TYPES, lambda *_: {}),
    "number": _decode_format,
    "select": decode_select,
    "multi_select": decode_select,
    "status": decode_status,
}
"""By type: from the path, the request's config and the stored config to the new stored config."""
ALL_TYPES = (*DECODERS, "relation")


def named_type(path: str, body: Json) -> str | None:
    """Return the type that a definition names, None when it names none."""
    kind = body.get("type")
    if kind is None:
        return next((key for key in body if key in ALL_TYPES), None)
    return check_choice(f"{path}.type", kind, ALL_TYPES)


def check_definition(path: str, body: Json) -> None:
    """Refuse a definition with unknown keys, or with more than the one type that it names."""
    check_keys(path, body, ("id", "name", "description", "type", *ALL_TYPES))
    wanted = named_type(path, body)
    for kind, config in body.items():
        if kind in ALL_TYPES and kind != wanted:
            raise expected(f"{path}.{kind}", "not present", config)


def decode_description(path: str, body: Json, current: Property | None) -> str | None:
    """Return the description: as given, else as it was."""
    if "description" in body:
        given: Any = body["description"]
        return None if given is None else check_string(f"{path}.description", given)
    # Measured: a select whose options are sent without a description loses it.
    if current is None or any(kind in body for kind in ("select", "multi_select")):
        return None
    return current.description


def decode_name(path: str, name: Any) -> str:
    """Return a property name."""
    text = check_string(f"{path}.name", name)
    if not text.strip():
        raise validation("Property names must not be empty.")
    return text


@dataclass(frozen=True, slots=True)
class Write:
    """One checked value; `new_options` are to be added to the property's options."""

    value: Any
    new_options: tuple[Json, ...] = ()


def decode_value(prop: Property, path: str, body: Any) -> Write:
    """Return the stored form of one property value of a page write."""
    # Recorded: a title may be given as the bare list of its text.
    is_bare_title = prop.type == "title" and isinstance(body, list)
    given = check_object(path, {"title": body} if is_bare_title else body)
    if prop.type in READ_ONLY_TYPES:
        raise validation(f"{prop.name} is a {prop.type} property and cannot be updated.")
    # A value of another type is told apart from no value at all.
    stated = given.get("type")
    if prop.type not in given or stated not in (None, prop.type):
        other = stated or next((key for key in given if key in ALL_TYPES), None)
        if other is not None and other != prop.type:
            raise validation(f"{prop.name} is expected to be {prop.type}.")
        raise expected(f"{path}.{prop.type}", "defined", UNDEFINED)
    return _DECODERS[prop.type](prop, f"{path}.{prop.type}", given[prop.type])


def _decode_number(prop: Property, path: str, value: Any) -> Write:
    del prop
    if value is None:
        return Write(None)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise expected(path, "a number", value)
    if isinstance(value, int) and abs(value) > _SAFE_INTEGER:
        # Notion's numbers are doubles: a longer integer comes back rounded.
        try:
            value = float(value)
        except OverflowError as error:
            raise expected(path, "a finite number", "Infinity") from error
    if not math.isfinite(value):
        raise expected(path, "a finite number", str(value))
    return Write(value)


def _decode_select_value(prop: Property, path: str, value: Any) -> Write:
    if value is None:
        return Write(None)
    option, is_new = _pick(prop, path, value, [])
    return Write(option["id"], (option,) if is_new else ())


def _decode_multi_select(prop: Property, path: str, value: Any) -> Write:
    picked: list[str] = []
    added: list[Json] = []
    for index, item in enumerate(check_list(path, value)):
        option, is_new = _pick(prop, f"{path}[{index}]", item, added)
        if is_new:
            added.append(option)
        if option["id"] not in picked:
            picked.append(option["id"])
    return Write(picked, tuple(added))


def _pick(prop: Property, path: str, value: Any, added: list[Json]) -> tuple[Json, bool]:
    """Return the option that a value names and whether it is new.

    An unknown name makes an option, as in Notion; for a status it is refused.
    """
    option_id, name = _named(path, value)
    known = prop.config["options"]
    found = known.find(option_id=option_id) if option_id is not None else None
    if found is None and name is not None:
        found = known.find(name=name) or Options(added).find(name=name)
    if found is not None:
        return found, False
    if name is None:
        raise validation(f'Invalid select option. Option with id "{option_id}" does not exist.')
    return make_option(path, value), True


def _decode_status_value(prop: Property, path: str, value: Any) -> Write:
    if value is None:
        # Measured: a cleared status is the default option again.
        return Write(prop.config["default"])
    option_id, name = _named(path, value)
    found = prop.config["options"].find(option_id=option_id, name=name)
    if found is None:
        shown = name if name is not None else option_id
        raise validation(f'Invalid status option. Status option "{shown}" does not exist.')
    return Write(found["id"])


def _named(path: str, value: Any) -> tuple[Any, Any]:
    """Return the id and the name of an option in a request; one of them is there."""
    given = check_object(path, value)
    option_id, name = given.get("id"), given.get("name")
    if option_id is None and name is None:
        raise expected(f"{path}.name", "defined", UNDEFINED)
    return option_id, name


def _decode_ids(prop: Property, path: str, value: Any) -> Write:
    del prop
    ids = [
        check_uuid(
            f"{path}[{index}].id", check_object(f"{path}[{index}]", item).get("id", UNDEFINED)
        )
        for index, item in enumerate(check_list(path, value))
    ]
    return Write(list(dict.fromkeys(ids)))


_DECODERS: dict[str, Callable[[Property, str, Any], Write]] = {
    "title": lambda _, path, value: Write(decode_runs(path, value)),
    "rich_text": lambda _, path, value: Write(decode_runs(path, value)),
    "number": _decode_number,
    "checkbox": lambda _, path, value: Write(check_bool(path, value)),
    "select": _decode_select_value,
    "multi_select": _decode_multi_select,
    "status": _decode_status_value,
    "date": lambda _, path, value: Write(None if value is None else decode_date(path, value)),
    # An empty address clears the value.
    "url": lambda _, path, value: Write(
        None if value is None else check_string(path, value, longest=LONGEST_URL) or None
    ),
    "relation": _decode_ids,
}
