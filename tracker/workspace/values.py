"""Property values in page writes: checked by type, turned into stored form.

Must not write anything itself. Relations come out as a list of page ids; the caller keeps them
as links. `None` or an empty list means cleared.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tracker.workspace.checks import (
    Json,
    check_bool,
    check_choice,
    check_list,
    check_object,
    check_string,
    check_uuid,
)
from tracker.workspace.dates import decode_date
from tracker.workspace.errors import UNDEFINED, expected, validation
from tracker.workspace.model import READ_ONLY_TYPES, Property
from tracker.workspace.options import Options, make_option
from tracker.workspace.property_types import ALL_TYPES
from tracker.workspace.rich_text import decode_runs

LONGEST_URL = 2000
LONGEST_CONTACT = 200
LONGEST_FILE_NAME = 100
_SAFE_INTEGER = 2**53


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
    stated = given.get("type")
    if prop.type not in given or stated not in (None, prop.type):
        other = stated or next((key for key in given if key in ALL_TYPES), None)
        if other is not None and other != prop.type:
            raise validation(f"{prop.name} is expected to be {prop.type}.")
        raise expected(f"{path}.{prop.type}", "defined", UNDEFINED)
    return _DECODERS[prop.type](prop, f"{path}.{prop.type}", given[prop.type])


def _decode_text(prop: Property, path: str, value: Any) -> Write:
    del prop
    return Write(decode_runs(path, value))


def _decode_number(prop: Property, path: str, value: Any) -> Write:
    del prop
    if value is None:
        return Write(None)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise expected(path, "a number", value)
    if isinstance(value, int) and abs(value) > _SAFE_INTEGER:
        value = _as_double(path, value)
    if not math.isfinite(value):
        raise expected(path, "a finite number", str(value))
    return Write(value)


def _as_double(path: str, value: int) -> float:
    try:
        return float(value)
    except OverflowError as error:
        raise expected(path, "a finite number", "Infinity") from error


def _decode_checkbox(prop: Property, path: str, value: Any) -> Write:
    del prop
    return Write(check_bool(path, value))


def _decode_select(prop: Property, path: str, value: Any) -> Write:
    if value is None:
        return Write(None)
    option, new = _pick(prop, path, value, [])
    return Write(option["id"], (option,) if new else ())


def _decode_multi_select(prop: Property, path: str, value: Any) -> Write:
    picked: list[str] = []
    added: list[Json] = []
    for index, item in enumerate(check_list(path, value)):
        option, new = _pick(prop, f"{path}[{index}]", item, added)
        if new:
            added.append(option)
        if option["id"] not in picked:
            picked.append(option["id"])
    return Write(picked, tuple(added))


def _pick(prop: Property, path: str, value: Any, added: list[Json]) -> tuple[Json, bool]:
    """Return the option a value names and whether it is new; an unknown name makes one."""
    given = check_object(path, value)
    known, fresh = prop.config["options"], Options(added)
    option_id, name = given.get("id"), given.get("name")
    if option_id is None and name is None:
        raise expected(f"{path}.name", "defined", UNDEFINED)
    found = known.find(option_id=option_id) if option_id is not None else None
    if found is None and name is not None:
        found = known.find(name=name) or fresh.find(name=name)
    if found is not None:
        return found, False
    if name is None:
        raise validation(f'Invalid select option. Option with id "{option_id}" does not exist.')
    return make_option(path, given), True


def _decode_status(prop: Property, path: str, value: Any) -> Write:
    if value is None:
        return Write(prop.config["default"])
    given = check_object(path, value)
    option_id, name = given.get("id"), given.get("name")
    if option_id is None and name is None:
        raise expected(f"{path}.name", "defined", UNDEFINED)
    found = prop.config["options"].find(option_id=option_id, name=name)
    if found is None:
        shown = name if name is not None else option_id
        raise validation(f'Invalid status option. Status option "{shown}" does not exist.')
    return Write(found["id"])


def _decode_date_value(prop: Property, path: str, value: Any) -> Write:
    del prop
    return Write(None if value is None else decode_date(path, value))


def _decode_url(prop: Property, path: str, value: Any) -> Write:
    del prop
    text = None if value is None else check_string(path, value, longest=LONGEST_URL)
    return Write(text or None)


def _decode_contact(prop: Property, path: str, value: Any) -> Write:
    del prop
    text = None if value is None else check_string(path, value, longest=LONGEST_CONTACT)
    return Write(text or None)


def _decode_ids(prop: Property, path: str, value: Any) -> Write:
    del prop
    ids = [
        check_uuid(
            f"{path}[{index}].id", check_object(f"{path}[{index}]", item).get("id", UNDEFINED)
        )
        for index, item in enumerate(check_list(path, value))
    ]
    return Write(list(dict.fromkeys(ids)))


def _decode_files(prop: Property, path: str, value: Any) -> Write:
    del prop
    items = enumerate(check_list(path, value))
    return Write([_decode_file(f"{path}[{index}]", item) for index, item in items])


def _decode_file(path: str, item: Any) -> Json:
    given = check_object(path, item)
    kind = given.get("type") or ("external" if "external" in given else "file")
    check_choice(f"{path}.type", kind, ("external", "file"))
    inner = check_object(f"{path}.{kind}", given.get(kind, UNDEFINED))
    url = check_string(f"{path}.{kind}.url", inner.get("url", UNDEFINED), longest=LONGEST_URL)
    name = check_string(
        f"{path}.name", given.get("name", url[:LONGEST_FILE_NAME]), longest=LONGEST_FILE_NAME
    )
    return {"name": name, "type": "external", "external": {"url": url}}


def _decode_place(prop: Property, path: str, value: Any) -> Write:
    del prop
    return Write(None if value is None else check_object(path, value))


_DECODERS: dict[str, Callable[[Property, str, Any], Write]] = {
    "title": _decode_text,
    "rich_text": _decode_text,
    "number": _decode_number,
    "checkbox": _decode_checkbox,
    "select": _decode_select,
    "multi_select": _decode_multi_select,
    "status": _decode_status,
    "date": _decode_date_value,
    "url": _decode_url,
    "email": _decode_contact,
    "phone_number": _decode_contact,
    "relation": _decode_ids,
    "people": _decode_ids,
    "files": _decode_files,
    "place": _decode_place,
}
