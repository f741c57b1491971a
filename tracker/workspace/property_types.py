"""Property definitions of a schema, one decoder per type.

Must not know other data sources, beyond what a relation or rollup names: those are linked by
`relations`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tracker.workspace.checks import Json, check_choice, check_keys, check_object, check_string
from tracker.workspace.errors import UNDEFINED, expected, validation
from tracker.workspace.model import Property
from tracker.workspace.options import decode_select, decode_status

_CURRENCIES = (
    "argentine_peso australian_dollar baht canadian_dollar chilean_peso colombian_peso "
    "danish_krone dirham dollar euro forint franc hong_kong_dollar koruna krona leu lira "
    "mexican_peso new_taiwan_dollar new_zealand_dollar norwegian_krone peruvian_sol "
    "philippine_peso pound rand real ringgit riyal ruble rupee rupiah shekel "
    "singapore_dollar uruguayan_peso won yen yuan zloty"
)
NUMBER_FORMATS = ("number", "number_with_commas", "percent", *_CURRENCIES.split())
_PREFIX = re.compile(r"[A-Za-z0-9]{1,20}")

Decoder = Callable[[str, Json, Json | None], Json]
"""From the path, the request's config and the stored config to the new stored config."""


def _decode_empty(path: str, given: Json, current: Json | None) -> Json:
    del path, given, current
    return {}


def _decode_number(path: str, given: Json, current: Json | None) -> Json:
    kept = (current or {}).get("format", "number")
    return {"format": check_choice(f"{path}.format", given.get("format", kept), NUMBER_FORMATS)}


def _decode_unique_id(path: str, given: Json, current: Json | None) -> Json:
    prefix = given.get("prefix", (current or {}).get("prefix"))
    if prefix is not None and not _PREFIX.fullmatch(check_string(f"{path}.prefix", prefix)):
        raise expected(f"{path}.prefix", "letters and digits", prefix)
    return {"prefix": prefix}


def _decode_formula(path: str, given: Json, current: Json | None) -> Json:
    kept = (current or {}).get("expression", UNDEFINED)
    expression = check_string(f"{path}.expression", given.get("expression", kept), longest=10_000)
    return {"expression": expression}


_EMPTY_TYPES = (
    *("title", "rich_text", "checkbox", "date", "url", "email", "phone_number", "people"),
    *("files", "place", "created_time", "created_by", "last_edited_time", "last_edited_by"),
    "button",
)
DECODERS: dict[str, Decoder] = {
    **dict.fromkeys(_EMPTY_TYPES, _decode_empty),
    "number": _decode_number,
    "select": decode_select,
    "multi_select": decode_select,
    "status": decode_status,
    "unique_id": _decode_unique_id,
    "formula": _decode_formula,
}
LINKED_TYPES = ("relation", "rollup")
ALL_TYPES = (*DECODERS, *LINKED_TYPES)


def named_type(path: str, body: Json) -> str | None:
    """Return the type a definition asks for, or None when it names none."""
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


def config_body(path: str, kind: str, body: Json) -> Json:
    """Return the config object a definition gives for its type, which may be absent."""
    return check_object(f"{path}.{kind}", body.get(kind, {}))


def decode_description(path: str, body: Json, current: Property | None) -> str | None:
    """Return the description: as given; selects lose it when their options are sent without."""
    if "description" in body:
        given: Any = body["description"]
        return None if given is None else check_string(f"{path}.description", given)
    if current is None or any(kind in body for kind in ("select", "multi_select")):
        return None
    return current.description


def decode_name(path: str, name: Any) -> str:
    """Return a property name."""
    text = check_string(f"{path}.name", name)
    if not text.strip():
        raise validation("Property names must not be empty.")
    return text
