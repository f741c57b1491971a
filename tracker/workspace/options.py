"""Options of select, multi-select and status properties.

Must not know rows: a row keeps an option's id, so a dropped option vanishes from every row.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tracker.workspace.checks import (
    Json,
    check_choice,
    check_list,
    check_object,
    check_string,
)
from tracker.workspace.errors import UNDEFINED, expected, validation
from tracker.workspace.ids import new_id
from tracker.workspace.rich_text import COLORS

LONGEST_NAME = 100
GROUPS = (("To-do", "gray"), ("In progress", "blue"), ("Complete", "green"))
_DEFAULT_STATUS = (
    {"name": "Not started", "group": "To-do"},
    {"name": "In progress", "color": "blue", "group": "In progress"},
    {"name": "Done", "color": "green", "group": "Complete"},
)


class Options(list[Json]):
    """The options of a property in their order, found by id or name without a look at each.

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
    if current is None or "groups" not in current:
        groups = [{"id": new_id(), "name": n, "color": c, "option_ids": []} for n, c in GROUPS]
        current = {"options": (current or {}).get("options", Options()), "groups": groups}
        if "options" not in given and not current["options"]:
            given = {"options": list(_DEFAULT_STATUS)}
    wanted = given.get("options", [{"id": option["id"]} for option in current["options"]])
    options = _decode_list(f"{path}.options", wanted, current["options"])
    homes = _homes(f"{path}.options", wanted, options, current["groups"])
    groups = [
        {**group, "option_ids": [o["id"] for o in options if homes[o["id"]] == group["name"]]}
        for group in current["groups"]
    ]
    return {"options": options, "groups": groups, "default": _default(options, groups, current)}


def make_option(path: str, given: Json) -> Json:
    """Make a new option from a request; names hold no comma."""
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


def group_of(config: Json, option_id: str) -> str | None:
    """Return the name of the group an option stands in."""
    groups = config.get("groups", [])
    return next((group["name"] for group in groups if option_id in group["option_ids"]), None)


def _decode_list(path: str, value: Any, old: Options) -> Options:
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
    if name is not None and name != existing["name"] and option_id is not None:
        raise validation(f"Cannot update name of select with name: {existing['name']}.")
    if given.get("color") not in (None, existing["color"]):
        raise validation(f"Cannot update color of select with name: {existing['name']}.")
    if "description" in given:
        return {**existing, "description": given["description"]}
    return existing


def _homes(path: str, wanted: Any, options: list[Json], groups: list[Json]) -> dict[str, str]:
    """Return the group name of each option: as asked, else as before, else To-do."""
    names = [group["name"] for group in groups]
    homes: dict[str, str] = {}
    for index, (item, option) in enumerate(zip(wanted, options, strict=True)):
        asked = item.get("group")
        if asked is not None:
            asked = check_choice(f"{path}[{index}].group", asked, names)
        before = group_of({"groups": groups}, option["id"])
        homes[option["id"]] = asked or before or names[0]
    return homes


def _default(options: list[Json], groups: list[Json], current: Json) -> str | None:
    kept = {option["id"] for option in options}
    if current.get("default") in kept:
        return str(current["default"])
    first = next((group["option_ids"][0] for group in groups if group["option_ids"]), None)
    return str(first) if first else None
