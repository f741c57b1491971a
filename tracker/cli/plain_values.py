"""Values of options and arguments: what is plainly right is taken here, all else is left to typer.

typer makes a pydantic adapter of each parameter, and loads pydantic for the first one, which takes longer
than most commands do. What is wrong or unusual still goes that way: typer words the refusals.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", re.ASCII)
NOT_PLAIN = object()
"""Stands for a value that typer has to look at."""


def take_plainly(params: list[Any]) -> list[Any]:
    """Return typer's parameters, made to take plain values without pydantic."""
    for param in params:
        # Versions of typer without it do not use pydantic.
        if hasattr(param, "get_runtime_param"):
            vars(param)["get_runtime_param"] = PlainParam
    return params


class PlainParam:
    """The conversion of one parameter's words, in the place of typer's own."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value of what was typed or is the default; typer raises its usage errors."""
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        # Where a later typer describes its parameters in another way, all is left to it.
        with suppress(AttributeError):
            described = param.type_descriptor
            plain = convert(described.annotation, value, described.parameter_info)
            if plain is not NOT_PLAIN:
                return plain
        return type(param).get_runtime_param(param).coerce(value, param=param, ctx=ctx)


def convert(annotation: Any, value: Any, info: Any) -> Any:
    """Return the value of a type for what was typed, NOT_PLAIN where that is not plain to see.

    `info` has the limits that the option was declared with.
    """
    is_enum = isinstance(annotation, type) and issubclass(annotation, StrEnum)
    take = _take_word if is_enum else _TAKEN.get(annotation)
    return NOT_PLAIN if take is None or info.parser is not None else take(annotation, value, info)


def _take_text(_: object, value: Any, __: object) -> Any:
    return value if type(value) is str else NOT_PLAIN


def _take_texts(_: object, value: Any, __: object) -> Any:
    return [*value] if all(type(text) is str for text in value) else NOT_PLAIN


def _take_word(words: Any, value: Any, _: object) -> Any:
    return words(value) if value in set(words) else NOT_PLAIN


def _take_number(kind: Any, value: Any, info: Any) -> Any:
    number = value
    if type(value) is str and NUMBER.fullmatch(value) and ("." not in value or kind is float):
        number = kind(value)
    is_inside = type(number) is kind and (
        (info.min is None or info.min <= number) and (info.max is None or number <= info.max)
    )
    return number if is_inside else NOT_PLAIN


def _take_path(_: object, value: Any, info: Any) -> Any:
    is_checked = info.writable or info.resolve_path or info.path_type
    is_any = info.file_okay and info.dir_okay and not is_checked
    is_plain = is_any and type(value) is str and os.access(value, os.R_OK)
    return Path(value) if is_plain else NOT_PLAIN


_TAKEN: Mapping[Any, Callable[[Any, Any, Any], Any]] = {
    Path: _take_path,
    float: _take_number,
    int: _take_number,
    list[str]: _take_texts,
    str: _take_text,
}
"""What takes the values of a type."""
