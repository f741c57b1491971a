"""Explain what the model refused: one problem for every value of the wrong type or form.

Must not decide what is valid; the model did. The words come from the nodes, because only they know
how the value was written. `mend_values` puts stand-ins for refused values, so that the rules can
judge the rest of the file; what it returns never becomes a loaded roadmap.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

import yaml
from pydantic import ValidationError

from tracker.adapters.roadmap_files.build import Plain
from tracker.adapters.roadmap_files.parse import Locations
from tracker.adapters.roadmap_files.syntax import explain_surprise, is_quoted
from tracker.errors import Problem
from tracker.roadmap.model import KeyPath, Skill, Status
from tracker.roadmap.texts import show

_STATUSES = tuple(each.value for each in Status)
_TEXT_TYPES = frozenset({"string_type", "string_unicode", "string_sub_type"})
_NUMBER_TYPES = frozenset({"float_type", "finite_number", "greater_than_equal", "float_parsing"})
_DATE_TYPES = frozenset({"date_type", "date_parsing", "date_from_datetime_inexact"})
_MAP_TYPES = frozenset({"model_type", "model_attributes_type", "dict_type"})

_QUOTED = "it is in quotes, which makes it text"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_SHAPES = {
    "sections": ("a section", "write `- title: …` with a list of `skills:`"),
    "skills": ("a skill", "write the skill's name, or a map with `name: …`"),
    "resources": ("a resource", 'write `- {title: "…", url: "https://…"}`'),
}


@dataclass(frozen=True, slots=True)
class _Refused:
    """One refused value: the kind of refusal, its path, its node, what it belongs to and stands in."""

    kind: str
    path: KeyPath
    node: yaml.Node | None
    owner: str
    around: yaml.Node | None = None

    @property
    def label(self) -> str:
        """Name the value: `hours` of skill "kNN"."""
        keys = [step for step in self.path if isinstance(step, str)]
        own = isinstance(self.path[-1], int)
        entry = f"entry {int(self.path[-1]) + 1} of " if own else ""
        return f"{entry}`{keys[-1]}` of {self.owner}"

    @property
    def key(self) -> str:
        """The key that the value, or the list around it, belongs to."""
        return next((step for step in reversed(self.path) if isinstance(step, str)), "")

    @property
    def shown(self) -> str:
        """The value as it was written, short and printable."""
        if isinstance(self.node, yaml.ScalarNode):
            return f"`{show(self.node.value)}`" if self.node.value else "nothing"
        return "a list" if isinstance(self.node, yaml.SequenceNode) else "a map"


def explain_refusals(error: ValidationError, locations: Locations) -> tuple[Problem, ...]:
    """Make a problem of every refusal of the model."""
    problems = []
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        path: KeyPath = each["loc"]
        owner = _describe_owner(path, locations)
        around = locations.node(path[:-1])
        refused = _Refused(each["type"], path, locations.node(path), owner, around)
        code, what, why, then = _explain(refused)
        place = locations.nearest(path)
        problems.append(Problem(code, what, location=place, why=why, next=then))
    return tuple(problems)


_Words = tuple[str, str, str, str]
"""Code, what, why, next."""


def _explain(refused: _Refused) -> _Words:
    if refused.kind == "missing":
        return _explain_missing(refused)
    for kinds, explain in _EXPLAINED:
        if refused.kind in kinds:
            return explain(refused)
    return ("wrong-type", f"{refused.label} cannot be {refused.shown}", refused.kind, "")


def _explain_missing(refused: _Refused) -> _Words:
    key, owner = refused.key, refused.owner
    surprise = explain_surprise(refused.node)
    if surprise is not None:
        what = f"{refused.label} must be text, but {surprise.what}"
        return ("yaml-surprise", what, surprise.why, surprise.quoted)
    what = f"{owner} has no `{key}`" if refused.node is None else f"`{key}` of {owner} is empty"
    example = 'url: "https://…"' if key == "url" else f"{key}: …"
    meant = _find_split_name(refused)
    advice = f'; for a name with a colon, put it in quotes: "{show(meant)}"' if meant else ""
    return ("missing-key", what, f"`{key}` is required", f"write `{example}`{advice}")


def _find_split_name(refused: _Refused) -> str:
    """Return the name that YAML took for a key and its value, such as `Python: the basics`."""
    pairs = refused.around.value if isinstance(refused.around, yaml.MappingNode) else []
    if not pairs or refused.path[-1] != "name" or refused.node is not None:
        return ""
    key, value = pairs[0]
    is_text = isinstance(key, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode)
    if not is_text or get_close_matches(str(key.value)[:60].lower(), Skill.model_fields, n=1):
        return ""
    return f"{key.value}: {value.value}"


def _explain_text(refused: _Refused) -> _Words:
    surprise = explain_surprise(refused.node)
    if surprise is not None:
        what = f"{refused.label} must be text, but {surprise.what}"
        return ("yaml-surprise", what, surprise.why, surprise.quoted)
    what = f"{refused.label} must be text, not {refused.shown}"
    return ("wrong-type", what, "", "write text, in quotes if it holds `: `, `#` or brackets")


def _explain_list(refused: _Refused) -> _Words:
    what = f"{refused.label} must be a list, not {refused.shown}"
    if refused.key in _SHAPES:
        return ("wrong-type", what, "", f"start each entry with `- `: {_SHAPES[refused.key][1]}")
    return ("wrong-type", what, "", f"write `{refused.key}: [first, second]`")


def _explain_map(refused: _Refused) -> _Words:
    name, advice = _SHAPES.get(refused.key, ("the roadmap", "write `title: …`"))
    surprise = explain_surprise(refused.node)
    if surprise is not None and refused.key == "skills":
        what = f"{name} must be text or a map, but {surprise.what}"
        return ("yaml-surprise", f"{what} ({refused.label})", surprise.why, surprise.quoted)
    text_or = "text or " if refused.key == "skills" else ""
    what = f"{refused.label} must be {text_or}a map, not {refused.shown}"
    return ("wrong-type", what, "", advice)


def _explain_number(refused: _Refused) -> _Words:
    surprise = explain_surprise(refused.node)
    advice = "write a plain number, 0 or more, such as 2 or 1.5"
    if surprise is not None and surprise.is_odd:
        what = f"{refused.label} must be a plain number, but {surprise.what}"
        return ("yaml-surprise", what, surprise.why, advice)
    why = _QUOTED if is_quoted(refused.node) else ""
    why = "a number of hours cannot be negative" if refused.kind == "greater_than_equal" else why
    return ("bad-number", f"{refused.label} cannot be {refused.shown}", why, advice)


def _explain_date(refused: _Refused) -> _Words:
    node, advice = refused.node, "write year-month-day without quotes, such as 2026-11-03"
    why = ""
    if isinstance(node, yaml.ScalarNode) and _DAY.match(node.value):
        is_longer = len(node.value) > len("2026-11-03")
        why = _QUOTED if is_quoted(node) else "there is no such day"
        why = "it is more than a day" if is_longer else why
    return ("bad-date", f"{refused.label} must be a date, not {refused.shown}", why, advice)


def _explain_status(refused: _Refused) -> _Words:
    raw = refused.node.value if isinstance(refused.node, yaml.ScalarNode) else ""
    nearest = get_close_matches(str(raw)[:60].lower(), _STATUSES, n=1)
    guess = f"did you mean `{nearest[0]}`? " if nearest else ""
    surprise = explain_surprise(refused.node)
    return (
        "unknown-status",
        f"{refused.label} cannot be {refused.shown}",
        surprise.why if surprise else "",
        f"{guess}allowed: {', '.join(_STATUSES)}",
    )


def _explain_form(refused: _Refused) -> _Words:
    if refused.key in {"id", "requires"}:
        return (
            "bad-id",
            f"{refused.label} cannot be {refused.shown}",
            "an id has lower-case letters and digits, parted by single hyphens, at most 100",
            "write an id such as train-test-split",
        )
    if refused.key == "covered_by":
        what = f"{refused.label} cannot be {refused.shown}"
        return ("bad-reference", what, "it must name a roadmap and a skill", "write roadmap/skill")
    return ("empty-text", f"{refused.label} is empty", "it must hold some text", "write the text")


def _explain_choice(refused: _Refused) -> _Words:
    what = f"{refused.label} must be true or false, not {refused.shown}"
    return ("wrong-type", what, "", "write true or false")


_EXPLAINED: tuple[tuple[frozenset[str], Callable[[_Refused], _Words]], ...] = (
    (_TEXT_TYPES, _explain_text),
    (frozenset({"tuple_type"}), _explain_list),
    (_MAP_TYPES, _explain_map),
    (_NUMBER_TYPES, _explain_number),
    (_DATE_TYPES, _explain_date),
    (frozenset({"enum"}), _explain_status),
    (frozenset({"string_pattern_mismatch", "string_too_long", "string_too_short"}), _explain_form),
    (frozenset({"bool_type", "bool_parsing"}), _explain_choice),
)


def _describe_owner(path: KeyPath, locations: Locations) -> str:
    """Name the innermost roadmap, section, skill or resource that a path lies in."""
    owner = "the roadmap"
    for length in range(2, len(path)):
        kind, index = path[length - 2 : length]
        if kind not in _SHAPES or not isinstance(index, int):
            continue
        word = str(kind).removesuffix("s")
        title = "name" if kind == "skills" else "title"
        node = locations.node((*path[:length], title))
        named = node.value.strip() if isinstance(node, yaml.ScalarNode) else ""
        within = f" of {owner}" if kind == "resources" else ""
        owner = f'{word} "{show(named)}"{within}' if named else f"{word} {index + 1} of {owner}"
    return owner


_REQUIRED = frozenset({"title", "name", "url"})
_ENTRIES = {"sections": ("title",), "skills": ("name",), "resources": ("title", "url")}


def mend_values(values: Plain, paths: Iterable[KeyPath], locations: Locations) -> Plain:
    """Return a copy in which the values at these paths are valid.

    A text that is required stays what was written, if anything was. Lists keep their
    length, so that paths into the copy are paths into the file.
    """
    mended = _thaw(values)
    for number, path in enumerate(paths, 1):
        node = locations.node(path)
        written = node.value.strip() if isinstance(node, yaml.ScalarNode) else ""
        _replace(mended, path, written or f"unnamed {number}")
    return _freeze(mended)


def _replace(values: object, path: KeyPath, text: str) -> None:
    parent = values
    for step in path[:-1]:
        parent = _step(parent, step)
    last = path[-1]
    if isinstance(parent, list) and isinstance(last, int) and last < len(parent):
        parent[last] = _make_entry(str(path[-2]), text)
    elif isinstance(parent, dict) and last in _REQUIRED:
        parent[last] = text
    elif isinstance(parent, dict):
        parent.pop(last, None)


def _step(parent: object, step: str | int) -> object:
    if isinstance(parent, dict):
        return parent.get(step)
    if isinstance(parent, list) and isinstance(step, int) and step < len(parent):
        return parent[step]
    return None


def _make_entry(key: str, text: str) -> object:
    if key in _ENTRIES:
        return dict.fromkeys(_ENTRIES[key], text)
    return {"requires": "unnamed", "covered_by": "unnamed/unnamed"}.get(key, text)


def _thaw(value: object) -> object:
    if isinstance(value, dict):
        return {key: _thaw(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return [_thaw(each) for each in value]
    return value


def _freeze(value: object) -> object:
    if isinstance(value, dict):
        return {key: _freeze(each) for key, each in value.items()}
    if isinstance(value, list):
        return tuple([_freeze(each) for each in value])
    return value
