"""Filters of a query: checked against the schema, turned into a test of one row.

Must not fetch anything: a row offers its values through `Row`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from tracker.workspace.checks import Json, check_choice, check_list, check_object, check_string
from tracker.workspace.conditions import OPERATORS, Condition
from tracker.workspace.errors import UNDEFINED, expected, no_such_property, validation
from tracker.workspace.model import Property, Schema, find_property

TIMESTAMPS = ("created_time", "last_edited_time")
_DEEPEST = 2
_TEXT_TYPES = ("title", "rich_text", "url", "email", "phone_number")
_CREATED = Property("created_time", "created_time", "created_time")
_EDITED = Property("last_edited_time", "last_edited_time", "last_edited_time")


class Row(Protocol):
    """One row as filters and sorts see it."""

    def content(self, prop: Property) -> Any:
        """Return a property's comparable content: text, number, list of ids and so on."""


Test = Callable[[Row], bool]


class FilterReader:
    """Reads one filter; collects the properties that its test will look at."""

    def __init__(self, schema: Schema, *, now: int) -> None:
        self._schema = schema
        self._now = now
        self.used: dict[str, Property] = {}

    def read(self, value: Any, *, path: str = "body.filter") -> Test:
        """Return the test that a filter stands for."""
        return self._read(path, value, 0)

    def _read(self, path: str, value: Any, depth: int) -> Test:
        given = check_object(path, value)
        for joiner, all_of in (("and", True), ("or", False)):
            if joiner in given:
                if depth >= _DEEPEST:
                    raise validation(
                        f"body failed validation: {path} is nested deeper than {_DEEPEST} levels."
                    )
                items = check_list(f"{path}.{joiner}", given[joiner])
                where = f"{path}.{joiner}"
                tests = [self._read(f"{where}[{i}]", x, depth + 1) for i, x in enumerate(items)]
                return _join(tests, all_of=all_of)
        prop = self._property(path, given)
        key, condition = self._condition(path, given, prop)
        where = f"{path}.{key}"
        return self._test(where, prop, key, check_object(where, condition))

    def _property(self, path: str, given: Json) -> Property:
        if "timestamp" in given:
            name = check_choice(f"{path}.timestamp", given["timestamp"], TIMESTAMPS)
            prop = _CREATED if name == "created_time" else _EDITED
        else:
            key = check_string(f"{path}.property", given.get("property", UNDEFINED))
            found = find_property(self._schema, key)
            if found is None:
                raise no_such_property(key)
            prop = found
        self.used[prop.id] = prop
        return prop

    def _condition(self, path: str, given: Json, prop: Property) -> tuple[str, Any]:
        keys = [key for key in given if key not in ("property", "timestamp", "type")]
        if len(keys) != 1:
            raise expected(f"{path}.{prop.type}", "defined", UNDEFINED)
        if not _fits(keys[0], prop.type):
            raise validation(f"database property {prop.type} does not match filter {keys[0]}")
        return keys[0], given[keys[0]]

    def _test(self, path: str, prop: Property, key: str, condition: Json) -> Test:
        if prop.type == "formula":
            raise validation("Unable to filter based on a formula of unknown type")
        if prop.type == "rollup":
            return self._rollup_test(path, prop, condition)
        test = _read_condition(path, key, condition, Condition(prop, self._now))
        return lambda row: test(row.content(prop))

    def _rollup_test(self, path: str, prop: Property, condition: Json) -> Test:
        kind = next(iter(condition), UNDEFINED)
        check_choice(path, kind, ("any", "every", "none", "number", "date"))
        inner = check_object(f"{path}.{kind}", condition[kind])
        context = Condition(prop, self._now)
        if kind in ("number", "date"):
            test = _read_condition(f"{path}.{kind}", kind, inner, context)
            return lambda row: test(_single(row.content(prop), kind))
        key = next(iter(inner), UNDEFINED)
        check_choice(f"{path}.{kind}", key, tuple(OPERATORS))
        each = _read_condition(f"{path}.{kind}.{key}", key, inner[key], context)
        return lambda row: _quantify(kind, [each(item) for item in _many(row.content(prop))])


def _read_condition(
    path: str, key: str, condition: Any, context: Condition
) -> Callable[[Any], bool]:
    given = check_object(path, condition)
    if len(given) != 1:
        raise expected(path, "an object with one condition", given)
    name, value = next(iter(given.items()))
    operators = OPERATORS["rich_text" if key in _TEXT_TYPES else key]
    check_choice(path, name, tuple(operators))
    return operators[name](f"{path}.{name}", value, context)


def _fits(key: str, kind: str) -> bool:
    if key in _TEXT_TYPES and kind in _TEXT_TYPES:
        return True
    if key == "date" and kind in ("date", *TIMESTAMPS):
        return True
    return key == kind


def _join(tests: list[Test], *, all_of: bool) -> Test:
    if all_of:
        return lambda row: all(test(row) for test in tests)
    return lambda row: any(test(row) for test in tests)


def _quantify(kind: str, results: list[bool]) -> bool:
    if kind == "any":
        return any(results)
    if kind == "none":
        return not any(results)
    # Recorded: `every` does not hold for a row that rolls up nothing.
    return bool(results) and all(results)


def _single(content: Any, kind: str) -> Any:
    fits = isinstance(content, dict) if kind == "date" else isinstance(content, int | float)
    return content if fits else None


def _many(content: Any) -> list[Any]:
    return content if isinstance(content, list) else []
