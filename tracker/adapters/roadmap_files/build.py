"""Build plain values (dicts, tuples, text, numbers, dates) from YAML nodes, in the model's shape.

Refuses what YAML allows and a roadmap must not hold: keys given twice, tags that make objects,
references that grow without bound. Wrong types pass through, for the model to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import lru_cache

from tracker.adapters.roadmap_files.document import (
    DOUBLE,
    LIST_TAG,
    MAP,
    MAP_TAG,
    MAX_DEPTH,
    MERGE,
    MERGE_TAG,
    STR,
    STR_TAG,
    TAG,
    Document,
)
from tracker.adapters.roadmap_files.parse import Locations
from tracker.errors import Location, Problem, Severity
from tracker.roadmap.model import (
    FORBIDDEN,
    AnyOf,
    KeyPath,
    Resource,
    Roadmap,
    Section,
    Skill,
    Track,
    show,
)

Plain = object
"""A dict with text keys, a tuple, or a scalar: str, int, float, bool, date, None or OddScalar."""

MAX_EXPANDED = 1_000_000
"""How many nodes all references (`*name`, `<<`) of a file may expand to."""

_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FRACTION = re.compile(r"[-+]?(?:[0-9]*\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TRUE = frozenset({"yes", "true", "on"})
_FALSE = frozenset({"no", "false", "off"})

_ROADMAP, _SECTION, _SKILL, _RESOURCE, _TRACK, _ANY_OF = (
    frozenset(model.model_fields) for model in (Roadmap, Section, Skill, Resource, Track, AnyOf)
)
_NAMES = {
    _ROADMAP: "a roadmap",
    _SECTION: "a section",
    _SKILL: "a skill",
    _RESOURCE: "a resource",
    _TRACK: "a track",
    _ANY_OF: "`covered_by`",
}
_LISTS = {
    _ROADMAP: {"sections": _SECTION, "tracks": _TRACK},
    _SECTION: {"skills": _SKILL},
    _SKILL: {"resources": _RESOURCE},
}
_WORDS = {
    "recursive-alias": (
        "a reference leads back into itself",
        "`*name` stands inside the list or map that `&name` names",
        "write the values out instead of the reference",
    ),
    "alias-bomb": (
        f"references expand to more than {MAX_EXPANDED:,} values",
        "references (`*name`) to lists of references grow without bound",
        "write the values out",
    ),
    "nested-too-deep": (
        "references nest too deep",
        f"lists and maps may be nested {MAX_DEPTH} levels deep",
        "write the values out",
    ),
    "bad-key": (
        "a key is a list or a map",
        "keys must be words, such as `name`",
        "write `key: value`",
    ),
    "duplicate-key": (
        "the key `{0}` stands twice in the same place",
        "it stands in line {1} already, and only one of them could count",
        "remove or rename one of them",
    ),
    "merge-key": (
        "`<<` takes keys from something that is not a map",
        "`<<` needs a reference to a map, such as `<<: *defaults`",
        "refer to a map, or quote the key",
    ),
    "control-character": (
        "the text contains the control character U+{0}",
        "only line ends and tabs are allowed in text",
        "take the escape out of the text",
    ),
    "custom-tag": (
        "the tag `{0}` is not allowed",
        "a roadmap holds text, numbers, dates, lists and maps only",
        "take the tag out",
    ),
}
"""What, why and what to do, by the code of the problem; `{0}` and `{1}` are shown values."""

# Looking for the nearest key takes time; nobody reads more advice than this.
_ADVISED = 500
_COMPARED = 60


@dataclass(frozen=True, slots=True)
class OddScalar:
    """A scalar that YAML reads as something nobody means: `12:30`, `010`, a date with a time."""

    raw: str


# Stricter than YAML 1.1: numbers are decimal, dates are days. What YAML would read otherwise is
# kept as an odd value, for the model to refuse and for `explain` to explain.


def _make_int(raw: str) -> Plain:
    return int(raw) if _DECIMAL.fullmatch(raw) else OddScalar(raw)


def _make_float(raw: str) -> Plain:
    if _FRACTION.fullmatch(raw) or _DECIMAL.fullmatch(raw):
        return float(raw)
    named = raw.lower().replace(".", "", 1)
    return float(named) if named.lstrip("+-") in {"inf", "nan"} else OddScalar(raw)


def _make_bool(raw: str) -> Plain:
    word = raw.lower()
    return word in _TRUE if word in _TRUE | _FALSE else OddScalar(raw)


def _make_date(raw: str) -> Plain:
    return date.fromisoformat(raw) if _DAY.fullmatch(raw) else OddScalar(raw)


_SCALARS: dict[str, Callable[[str], Plain]] = {
    STR_TAG: str,
    TAG + "null": lambda _: None,
    TAG + "bool": _make_bool,
    TAG + "int": _make_int,
    TAG + "float": _make_float,
    TAG + "timestamp": _make_date,
    # A lone `<<` or `=` as a value is the text itself.
    MERGE_TAG: str,
    TAG + "value": str,
}


@dataclass(frozen=True, slots=True)
class BuiltValue:
    """The plain value of a file; `is_usable` is False when it had to be given up half-way."""

    value: Plain
    problems: tuple[Problem, ...] = ()
    is_usable: bool = True


def build_values(document: Document, *, path: str) -> BuiltValue:
    """Make plain values of all nodes, with every problem found on the way."""
    builder = _Builder(path, document)
    try:
        value = builder.build(0)
    except _UnusableError as reason:
        return BuiltValue(None, (*builder.problems, reason.problem), is_usable=False)
    return BuiltValue(value, tuple(builder.problems))


class _UnusableError(Exception):
    """The file cannot be expanded; carries the problem that says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.what)
        self.problem = problem


@dataclass(slots=True)
class _Extent:
    """How large a collection is once its references are expanded."""

    value: Plain
    nodes: int
    depth: int


class _Builder:
    """Builds each collection once; a reference to it shares the value and is counted."""

    def __init__(self, path: str, document: Document) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self._document = document
        # Of the collections that something refers to.
        self._extents: dict[int, _Extent] = {}
        self._open: set[int] = set()
        self._first_lines: dict[int, dict[str, int]] = {}
        self._expanded = 0
        # How many collections are around, and the extent of the children of the innermost one.
        self._level = 0
        self._nodes = 0
        self._depth = 0

    def build(self, number: int) -> Plain:
        """Return the value of one node."""
        number = self._document.resolve(number)
        if self._document.kinds[number] <= DOUBLE:
            self._nodes += 1
            return self._build_scalar(number)
        if number not in self._document.targets:
            return self._build_collection(number).value
        extent = self._extents.get(number)
        if extent is not None:
            self._count_reference(extent, number)
        elif number in self._open:
            raise _UnusableError(self._make("recursive-alias", number))
        else:
            self._open.add(number)
            extent = self._extents[number] = self._build_collection(number)
            self._open.discard(number)
        return extent.value

    def _build_collection(self, number: int) -> _Extent:
        nodes, depth = self._nodes, self._depth
        self._level += 1
        self._nodes, self._depth = 1, 0
        is_map = self._document.kinds[number] >= MAP
        tag = self._document.tag(number)
        if tag != (MAP_TAG if is_map else LIST_TAG):
            self._report("custom-tag", number, show(tag.replace(TAG, "!!")))
        value = self._build_map(number) if is_map else self._build_list(number)
        extent = _Extent(value, self._nodes, self._depth + 1)
        self._level -= 1
        self._nodes, self._depth = nodes + extent.nodes, max(depth, extent.depth)
        return extent

    def _build_list(self, number: int) -> Plain:
        return tuple([self.build(entry) for entry in self._document.children(number)])

    def _build_map(self, number: int) -> Plain:
        kinds, tags, texts = self._document.kinds, self._document.tags, self._document.values
        values: dict[str, Plain] = {}
        merged: dict[str, Plain] | None = None
        children = iter(self._document.children(number))
        for key, value in zip(children, children, strict=True):
            if tags[key] == MERGE:
                if merged is None:
                    merged = self._build_merge(value)
                else:
                    self._report_duplicate(key, number)
                continue
            name = texts[key]
            if not isinstance(name, str):
                self._report("bad-key", key)
            elif name in values:
                # Built all the same, for the problems inside of it.
                self.build(value)
                self._report_duplicate(key, number)
            elif tags[value] == STR and kinds[value] < DOUBLE:
                # By far the most frequent case, without two calls.
                self._nodes += 1
                values[name] = texts[value]
            else:
                values[name] = self.build(value)
        return values if merged is None else {**merged, **values}

    def _build_merge(self, number: int) -> dict[str, Plain]:
        merged: dict[str, Plain] = {}
        sources = self.build(number)
        # Of several sources the first is the strongest.
        for source in reversed(sources if isinstance(sources, tuple) else (sources,)):
            if isinstance(source, dict):
                merged.update(source)
            else:
                self._report("merge-key", number)
        return merged

    def _build_scalar(self, number: int) -> Plain:
        tag, raw = self._document.tag(number), str(self._document.values[number])
        make = _SCALARS.get(tag)
        if make is None:
            self._report("custom-tag", number, show(tag.replace(TAG, "!!")))
            return raw
        # Only an escape in double quotes can make a control character: the parser refuses others.
        is_escaped = self._document.kinds[number] == DOUBLE and not raw.isprintable()
        if is_escaped and (found := FORBIDDEN.search(raw)):
            self._report("control-character", number, f"{ord(found.group()):04X}")
        try:
            return make(raw)
        except ValueError:
            return OddScalar(raw)

    def _count_reference(self, extent: _Extent, number: int) -> None:
        self._expanded += extent.nodes
        self._nodes += extent.nodes
        self._depth = max(self._depth, extent.depth)
        if self._expanded > MAX_EXPANDED:
            raise _UnusableError(self._make("alias-bomb", number))
        if self._depth + self._level > 2 * MAX_DEPTH:
            raise _UnusableError(self._make("nested-too-deep", number))

    def _report_duplicate(self, key: int, number: int) -> None:
        # Kept per map: a file may give ten thousand keys twice.
        lines = self._first_lines.get(number)
        if lines is None:
            keys = reversed(self._document.children(number)[::2])
            lines = {str(self._document.values[known]): self._line(known) for known in keys}
            self._first_lines[number] = lines
        name = str(self._document.values[key])
        self._report("duplicate-key", key, show(name), str(lines[name]))

    def _line(self, number: int) -> int:
        return self._document.line_of(self._document.starts[number]) + 1

    def _report(self, code: str, number: int, *shown: str) -> None:
        self.problems.append(self._make(code, number, *shown))

    def _make(self, code: str, number: int, *shown: str) -> Problem:
        what, why, advice = (text.format(*shown) for text in _WORDS[code])
        column = self._document.column_of(self._document.starts[number]) + 1
        place = Location(self.path, self._line(number), column)
        return Problem(code, what, location=place, why=why, next=advice)


class Shaper:
    """Gives the values of one file the shape of the model, and warns of every unknown key."""

    def __init__(self, locations: Locations) -> None:
        self.problems: list[Problem] = []
        self._locations = locations

    def shape_section(self, value: Plain, index: int) -> Plain:
        """Return what the model validates of the section with an index."""
        return self.shape(value, _SECTION, ("sections", index))

    def shape(self, value: Plain, keys: frozenset[str] = _ROADMAP, path: KeyPath = ()) -> Plain:
        """Return what the model validates; the given values stay as they are."""
        # A bare string is the short form of a skill.
        if keys is _SKILL and isinstance(value, str):
            return {"name": value}
        if not isinstance(value, dict):
            return value
        stripped = self._strip(value, keys, path)
        shaped: dict[str, Plain] = {}
        for name, entry_keys in _LISTS.get(keys, {}).items():
            entries = stripped.get(name)
            if isinstance(entries, tuple):
                shaped[name] = tuple(
                    self.shape(entry, entry_keys, (*path, name, index))
                    for index, entry in enumerate(entries)
                )
        if keys is _SKILL and isinstance(covered := stripped.get("covered_by"), dict):
            shaped["covered_by"] = self.shape(covered, _ANY_OF, (*path, "covered_by"))
        # A copy, because references share their values.
        return {**stripped, **shaped} if shaped else stripped

    def _strip(
        self, values: dict[str, Plain], known: frozenset[str], path: KeyPath
    ) -> dict[str, Plain]:
        """Leave out unknown keys, with a warning, and keys without a value, which mean nothing."""
        if values.keys() <= known and None not in values.values():
            return values
        for key in values:
            if key not in known:
                is_advised = len(self.problems) < _ADVISED
                self.problems.append(
                    Problem(
                        "unknown-key",
                        f"`{show(key)}` is not a key of {_NAMES[known]}",
                        Severity.WARNING,
                        self._locations.key((*path, key)),
                        why="it is kept in the file, and neither checked nor synced",
                        next=_advise(key[:_COMPARED], known) if is_advised else "",
                    )
                )
        return {key: value for key, value in values.items() if key in known and value is not None}


@lru_cache(maxsize=1024)
def _advise(key: str, known: frozenset[str]) -> str:
    nearest = get_close_matches(key.lower(), known, n=1)
    allowed = f"known keys: {', '.join(sorted(known))}"
    return f"did you mean `{nearest[0]}`? ({allowed})" if nearest else allowed
