"""Give plain values the shape the model expects: bare strings become skills, unknown keys step aside.

Must not refuse a value: wrong types pass through, for the model to refuse.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from functools import lru_cache

from tracker.adapters.roadmap_files.locate import Locations
from tracker.adapters.roadmap_files.scalars import Plain
from tracker.errors import Problem, Severity
from tracker.ports import KeyPath
from tracker.roadmap.model import Resource, Roadmap, Section, Skill
from tracker.roadmap.rules.finding import show

_ROADMAP, _SECTION, _SKILL, _RESOURCE = (
    frozenset(model.model_fields) for model in (Roadmap, Section, Skill, Resource)
)
_COMPARED = 60
# Looking for the nearest key takes time; nobody reads more advice than this.
_ADVISED = 500
_NAMES = {_ROADMAP: "a roadmap", _SECTION: "a section", _SKILL: "a skill", _RESOURCE: "a resource"}


class Shaper:
    """Shapes the values of one file, and collects a warning for every unknown key."""

    def __init__(self, locations: Locations) -> None:
        self.problems: list[Problem] = []
        self._locations = locations

    def shape(self, roadmap: dict[str, Plain]) -> dict[str, Plain]:
        """Return what the model validates; the given values stay as they are."""
        shaped = self._strip(roadmap, _ROADMAP, ())
        return self._each(shaped, "sections", (), self._shape_section)

    def _shape_section(self, section: Plain, path: KeyPath) -> Plain:
        if not isinstance(section, dict):
            return section
        shaped = self._strip(section, _SECTION, path)
        return self._each(shaped, "skills", path, self._shape_skill)

    def _shape_skill(self, skill: Plain, path: KeyPath) -> Plain:
        if isinstance(skill, str):
            return {"name": skill}
        if not isinstance(skill, dict):
            return skill
        shaped = self._strip(skill, _SKILL, path)
        return self._each(shaped, "resources", path, self._shape_resource)

    def _shape_resource(self, resource: Plain, path: KeyPath) -> Plain:
        return self._strip(resource, _RESOURCE, path) if isinstance(resource, dict) else resource

    def _each(
        self,
        parent: dict[str, Plain],
        key: str,
        path: KeyPath,
        shape: Callable[[Plain, KeyPath], Plain],
    ) -> dict[str, Plain]:
        """Shape every entry of one list; a copy, because references share their values."""
        entries = parent.get(key)
        if not isinstance(entries, tuple):
            return parent
        shaped = [shape(entry, (*path, key, index)) for index, entry in enumerate(entries)]
        return {**parent, key: tuple(shaped)}

    def _strip(
        self, values: dict[str, Plain], known: frozenset[str], path: KeyPath
    ) -> dict[str, Plain]:
        """Leave out unknown keys, with a warning, and keys without a value, which mean nothing."""
        if values.keys() <= known and None not in values.values():
            return values
        for key in values:
            if key not in known:
                self._warn(key, known, path)
        return {key: value for key, value in values.items() if key in known and value is not None}

    def _warn(self, key: str, known: frozenset[str], path: KeyPath) -> None:
        self.problems.append(
            Problem(
                "unknown-key",
                f"`{show(key)}` is not a key of {_NAMES[known]}",
                Severity.WARNING,
                self._locations.key((*path, key)),
                why="it is kept in the file, and neither checked nor synced",
                next=_advise(key[:_COMPARED], known) if len(self.problems) < _ADVISED else "",
            )
        )


@lru_cache(maxsize=1024)
def _advise(key: str, known: frozenset[str]) -> str:
    nearest = get_close_matches(key.lower(), known, n=1)
    allowed = f"known keys: {', '.join(sorted(known))}"
    return f"did you mean `{nearest[0]}`? ({allowed})" if nearest else allowed
