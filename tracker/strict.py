"""Strict values: the check of untrusted input against a frozen dataclass, by its annotations.

pydantic would make the same check of the same annotations, and loading it takes longer than reading
a large roadmap; its core, which does the work, is made use of directly. Nothing is converted but the
words of an enum and whole numbers where others may be. A dataclass that is called checks nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, asdict, dataclass, fields, is_dataclass
from datetime import date
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic_core import SchemaValidator, ValidationError

__all__ = ["Limits", "OneOf", "Shape", "ValidationError", "make_shape", "validate"]

T = TypeVar("T")

Shape = dict[str, Any]
"""What a value has to be, as a core schema of pydantic."""

_PLAIN = {bool: "bool", date: "date", float: "float", int: "int", str: "str"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """In `Annotated`: what a text or a number has to be beyond its type; None leaves it open."""

    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    allow_inf_nan: bool | None = None


@dataclass(frozen=True, slots=True)
class OneOf:
    """In `Annotated`: a name for each type of a union, and what tells the name that fits a value."""

    names: tuple[str, ...]
    tell: Callable[[object], str]


_VALIDATORS: dict[type, SchemaValidator] = {}
"""Of the dataclasses that were asked for so far."""


def validate(kind: type[T], value: object) -> T:
    """Return the dataclass that a map of values makes; raise ValidationError with all that is wrong."""
    if kind not in _VALIDATORS:
        _VALIDATORS[kind] = SchemaValidator(make_shape(kind))
    made: T = _VALIDATORS[kind].validate_python(value)
    return made


def make_shape(hint: Any) -> Shape:
    """Return what a value has to be for an annotation, which may be a dataclass."""
    if hint in _PLAIN:
        return {"type": _PLAIN[hint], "strict": True}
    if is_dataclass(hint):
        return _make_dataclass_shape(hint)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        words = {"cls": hint, "members": [*hint], "sub_type": "str", "ref": hint.__name__}
        return {"type": "enum", **words, "strict": False}
    return _COMPOSED[get_origin(hint)](*get_args(hint))


def _make_annotated_shape(hint: Any, more: Limits | OneOf) -> Shape:
    if isinstance(more, OneOf):
        choices = dict(zip(more.names, map(make_shape, get_args(hint)), strict=True))
        return {"type": "tagged-union", "choices": choices, "discriminator": more.tell}
    limits = {name: limit for name, limit in asdict(more).items() if limit is not None}
    return make_shape(hint) | limits


def _make_optional_shape(*hints: Any) -> Shape:
    (hint,) = (hint for hint in hints if hint is not NoneType)
    return {"type": "nullable", "schema": make_shape(hint)}


def _make_tuple_shape(hint: Any, _: object) -> Shape:
    items = {"items_schema": [make_shape(hint)], "variadic_item_index": 0}
    return {"type": "tuple", **items, "strict": True}


def _make_dict_shape(key: Any, value: Any) -> Shape:
    parts = {"keys_schema": make_shape(key), "values_schema": make_shape(value)}
    return {"type": "dict", **parts, "strict": True}


def _make_literal_shape(*words: str) -> Shape:
    return {"type": "literal", "expected": [*words]}


_COMPOSED: dict[Any, Callable[..., Shape]] = {
    Annotated: _make_annotated_shape,
    Literal: _make_literal_shape,
    Union: _make_optional_shape,
    UnionType: _make_optional_shape,
    dict: _make_dict_shape,
    tuple: _make_tuple_shape,
}


def _make_dataclass_shape(kind: Any) -> Shape:
    hints = get_type_hints(kind, include_extras=True)
    parts = [
        {"type": "dataclass-field", "name": part.name, "schema": _make_field_shape(part, hints)}
        for part in fields(kind)
    ]
    arguments = {"type": "dataclass-args", "dataclass_name": kind.__name__, "fields": parts}
    return {
        "type": "dataclass",
        "cls": kind,
        "ref": kind.__name__,
        "fields": [part.name for part in fields(kind)],
        "slots": True,
        "schema": {**arguments, "extra_behavior": "forbid"},
    }


def _make_field_shape(part: Field[Any], hints: dict[str, Any]) -> Shape:
    shape = make_shape(hints[part.name])
    if part.default is not MISSING:
        return {"type": "default", "schema": shape, "default": part.default}
    if part.default_factory is not MISSING:
        return {"type": "default", "schema": shape, "default_factory": part.default_factory}
    return shape
