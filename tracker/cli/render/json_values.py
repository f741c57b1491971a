"""Attributes, values and problems as JSON has them: what every JSON answer is made of.

Not in `answers`, which knows the results of every workflow and takes a while to import.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from operator import attrgetter
from pathlib import Path
from typing import Any

from tracker.errors import Problem

Json = dict[str, Any]


def pick(source: object, keys: str) -> Json:
    """Return attributes as keys: `key=attribute` where the names differ, `key?` for null if empty.

    All keys are null where there is no source.
    """
    picked: Json = {}
    for word in keys.split():
        key, _, attribute = word.rstrip("?").partition("=")
        value = None if source is None else to_json(attrgetter(attribute or key)(source))
        picked[key] = None if word.endswith("?") and not value else value
    return picked


def to_json(value: object) -> Any:
    """Return a value as JSON has it: sets sorted, links as objects, dates and paths as text."""
    # Enumerations are texts already, for json too.
    match value:
        case frozenset():
            return sorted(value)
        case date() | Path():
            return str(value)
        case tuple():
            return [to_json(item) for item in value]
        case Mapping():
            return {key: to_json(item) for key, item in value.items()}
        case str() | float() | int() | None:
            return value
    # Late: what is left are the values of a sync, which most answers do without.
    from tracker.sync.records import Links  # noqa: PLC0415

    return [pick(it, "title url type") for it in value.items] if isinstance(value, Links) else value


def problems_json(problems: Iterable[Problem]) -> list[Json]:
    """Return problems as objects."""
    return [problem_json(problem) for problem in problems]


def problem_json(problem: Problem) -> Json:
    """Return a problem as an object."""
    told = pick(problem, "code severity what why? kept? next?")
    return told | pick(problem.location, "path line? column?")
