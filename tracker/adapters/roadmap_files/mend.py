"""Replace refused values by stand-ins, so that the rules can still judge the rest of the file.

Must not reach a loaded roadmap: what is mended here serves to find further problems, then goes.
"""

from __future__ import annotations

from collections.abc import Iterable

import yaml

from tracker.adapters.roadmap_files.locate import Locations
from tracker.adapters.roadmap_files.scalars import Plain
from tracker.ports import KeyPath

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
