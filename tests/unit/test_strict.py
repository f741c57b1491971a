"""Promises of the check of untrusted values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

import pytest

from tracker.strict import Limits, OneOf, ValidationError, validate


class Colour(StrEnum):
    """A word."""

    RED = "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """A part of a value."""

    size: Annotated[float, Limits(ge=0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    """A value with every kind of annotation."""

    name: Annotated[str, Limits(min_length=1, pattern=r"\S")]
    wheels: tuple[Wheel, ...] = ()
    colour: Colour = Colour.RED
    built: date | None = None
    labels: dict[str, str] = field(default_factory=dict)
    use: Literal["field", "town"] = "town"
    cargo: Annotated[
        tuple[str, ...] | Wheel,
        OneOf(("many", "one"), lambda it: ("many", "one")[type(it) is dict]),
    ] = ()


def test_a_map_of_good_values_makes_the_dataclass():
    """Values are taken as they are, words become those of the enum, what is missing has its default."""
    values = {"name": "a", "wheels": ({"size": 2},), "colour": "red", "built": date(2026, 11, 3)}

    made = validate(Cart, values | {"cargo": {"size": 1}})

    assert made == Cart(
        name="a",
        wheels=(Wheel(size=2.0),),
        colour=Colour.RED,
        built=date(2026, 11, 3),
        cargo=Wheel(size=1.0),
    )
    assert type(made.wheels[0].size) is float


@pytest.mark.parametrize(
    ("wrong", "kind", "place"),
    [
        ({"name": " "}, "string_pattern_mismatch", ("name",)),
        ({"name": 1}, "string_type", ("name",)),
        ({"wheels": [{"size": 1}]}, "tuple_type", ("wheels",)),
        ({"wheels": ({"size": 1}, {"size": -1})}, "greater_than_equal", ("wheels", 1, "size")),
        ({"wheels": ({"size": "1"},)}, "float_type", ("wheels", 0, "size")),
        ({"wheels": (3,)}, "dataclass_type", ("wheels", 0)),
        ({"wheels": ({},)}, "missing", ("wheels", 0, "size")),
        ({"colour": "blue"}, "enum", ("colour",)),
        ({"built": "2026-11-03"}, "date_type", ("built",)),
        ({"labels": {"a": 1}}, "string_type", ("labels", "a")),
        ({"use": "sea"}, "literal_error", ("use",)),
        ({"cargo": ("a", 1)}, "string_type", ("cargo", "many", 1)),
        ({"weight": 1}, "unexpected_keyword_argument", ("weight",)),
    ],
)
def test_every_wrong_value_is_refused_at_its_place(wrong, kind, place):
    """Nothing is converted, nothing is guessed, and no key is taken that nobody knows."""
    with pytest.raises(ValidationError) as raised:
        validate(Cart, {"name": "a"} | wrong)

    assert [(it["type"], it["loc"]) for it in raised.value.errors()] == [(kind, place)]


def test_all_that_is_wrong_is_told_at_once():
    """The second mistake is found together with the first."""
    with pytest.raises(ValidationError) as raised:
        validate(Cart, {"name": "", "colour": "blue"})

    assert raised.value.error_count() == 2
