"""What the text of a YAML scalar stands for.

Must not judge whether a value fits its key. Stricter than YAML 1.1: numbers are decimal, dates are
days; what YAML would read otherwise is kept as an odd value, for the model to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import yaml

from tracker.adapters.roadmap_files.locate import MERGE_TAG

Plain = object
"""A dict with text keys, a tuple, or a scalar: str, int, float, bool, date, None or Odd."""

TAG = "tag:yaml.org,2002:"
# The resolver hands out this very object for unquoted and quoted text alike.
STR_TAG = yaml.resolver.BaseResolver.DEFAULT_SCALAR_TAG

_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FRACTION = re.compile(r"[-+]?(?:[0-9]*\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TRUE = frozenset({"yes", "true", "on"})
_FALSE = frozenset({"no", "false", "off"})


@dataclass(frozen=True, slots=True)
class Odd:
    """A scalar that YAML reads as something nobody means: `12:30`, `010`, a date with a time."""

    raw: str


def _make_int(raw: str) -> Plain:
    return int(raw) if _DECIMAL.fullmatch(raw) else Odd(raw)


def _make_float(raw: str) -> Plain:
    if _FRACTION.fullmatch(raw) or _DECIMAL.fullmatch(raw):
        return float(raw)
    named = raw.lower().replace(".", "", 1)
    return float(named) if named.lstrip("+-") in {"inf", "nan"} else Odd(raw)


def _make_bool(raw: str) -> Plain:
    word = raw.lower()
    return word in _TRUE if word in _TRUE | _FALSE else Odd(raw)


def _make_date(raw: str) -> Plain:
    return date.fromisoformat(raw) if _DAY.fullmatch(raw) else Odd(raw)


SCALARS: dict[str, Callable[[str], Plain]] = {
    STR_TAG: str,
    TAG + "null": lambda _: None,
    TAG + "bool": _make_bool,
    TAG + "int": _make_int,
    TAG + "float": _make_float,
    TAG + "timestamp": _make_date,
    # A lone `<<` or `=` as a value: the text that stands there.
    MERGE_TAG: str,
    TAG + "value": str,
}
