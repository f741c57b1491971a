"""Fold the edits of one batch: what happens to each skill and each section in the end.

Pure bookkeeping; looks into no text and no node. Later edits of the same thing win.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from yaml.nodes import Node

from tracker.adapters.roadmap_files.splice.mappings import identity
from tracker.adapters.roadmap_files.splice.render import Value
from tracker.adapters.roadmap_files.splice.text import make_refusal
from tracker.roadmap.model import (
    AddSection,
    At,
    Edit,
    InsertSkill,
    InsertText,
    MoveSkill,
    RemoveSkill,
    RenameSection,
    SetHead,
    SetItems,
    SetValue,
)

ROADMAP_KEYS = ("title", "description", "source", "edition")
SECTION_KEYS = ("description",)
"""The texts of a roadmap and of a section that can be set."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A skill that comes to a section: one that moves, or a new one.

    It comes to the end, or in front of the skill with the index `before`. `text` is the text it had
    before it was removed, and `node` what that text says, once it is known to fit.
    """

    at: At | None = None
    values: Mapping[str, Value] = field(default_factory=dict)
    before: int | None = None
    text: str = ""
    node: Node | None = None


@dataclass(slots=True)
class Batch:
    """Folded edits; sections are indexes, those made by the batch come behind those of the file."""

    titles: Sequence[str]
    changes: dict[At, dict[str, Value | None]] = field(default_factory=dict)
    removed: set[At] = field(default_factory=set)
    moved: dict[At, int] = field(default_factory=dict)
    renamed: dict[int, str] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    arrivals: dict[int, list[Arrival]] = field(default_factory=dict)
    heads: dict[int | None, dict[str, Value | None]] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)

    def group_gone(self) -> dict[int, set[int]]:
        """Return the skills that leave their place, by section."""
        gone: dict[int, set[int]] = {}
        for section, skill in chain(self.removed, self.moved):
            gone.setdefault(section, set()).add(skill)
        return gone

    def is_gone(self, at: At) -> bool:
        """Tell whether a skill leaves its place."""
        return at in self.removed or at in self.moved

    def section_of(self, title: str) -> int:
        """Return the index of a section by the title it gets, or else by the one it had."""
        if title not in self.places:
            raise make_refusal(
                f"the section '{title}' cannot be filled", "there is no such section"
            )
        return self.places[title]


def fold_edits(edits: Sequence[Edit], titles: Sequence[str]) -> Batch:
    """Fold edits of a file that has sections with these titles."""
    batch = Batch(titles)
    # Sections first, whatever the order of the edits: a skill may come to one that is made here.
    for edit in edits:
        if isinstance(edit, RenameSection):
            if not 0 <= edit.index < len(titles):
                raise make_refusal(
                    "a section cannot be renamed", f"there is no number {edit.index}"
                )
            batch.renamed[edit.index] = str(edit.title)
    final = [batch.renamed.get(index, title) for index, title in enumerate(titles)]
    for edit in edits:
        if isinstance(edit, AddSection) and str(edit.title) not in final:
            if edit.description:
                batch.heads[len(final)] = {"description": edit.description}
            final.append(str(edit.title))
    batch.added += final[len(titles) :]
    # A title that another section had before its renaming still finds that one.
    for names in (final, titles):
        for index, name in enumerate(names):
            batch.places.setdefault(name, index)
    for edit in edits:
        _fold(batch, edit)
    return batch


def _fold(batch: Batch, edit: Edit) -> None:
    match edit:
        case SetValue(at, key, value):
            batch.changes.setdefault(at, {})[key] = value
        case SetItems(at, key, items):
            # Of several entries with one identity the first counts.
            unique = {identity(item): item for item in reversed(items)}
            first = (unique[name] for name in dict.fromkeys(map(identity, items)))
            batch.changes.setdefault(at, {})[key] = tuple(first)
        case InsertSkill(section, values):
            arrival = Arrival(values=present(values))
            batch.arrivals.setdefault(batch.section_of(section), []).append(arrival)
        case InsertText(section, body, before, values):
            arrival = Arrival(None, present(values), before, body)
            batch.arrivals.setdefault(batch.section_of(section), []).append(arrival)
        case RemoveSkill(at):
            # Removing wins over moving, in whatever order they come.
            batch.removed.add(at)
            _forget_move(batch, at)
        case MoveSkill(at, section):
            _forget_move(batch, at)
            if at not in batch.removed:
                batch.moved[at] = batch.section_of(section)
                batch.arrivals.setdefault(batch.moved[at], []).append(Arrival(at=at))
        case SetHead(key, text, section_index):
            _check_head(batch, edit)
            batch.heads.setdefault(section_index, {})[key] = text
        case _:  # sections are folded already
            pass


def _check_head(batch: Batch, edit: SetHead) -> None:
    """Refuse to set what is no text of the roadmap or of one of its sections."""
    allowed = ROADMAP_KEYS if edit.section is None else SECTION_KEYS
    is_there = edit.section is None or 0 <= edit.section < len(batch.titles)
    if not is_there or edit.key not in allowed or (edit.key == "title" and not edit.value):
        where = "the roadmap" if edit.section is None else f"section {edit.section}"
        raise make_refusal(f"'{edit.key}' cannot be set", f"{where} has no such text")


def _forget_move(batch: Batch, at: At) -> None:
    if at in batch.moved:
        section = batch.moved.pop(at)
        batch.arrivals[section].remove(Arrival(at=at))
        if not batch.arrivals[section]:
            del batch.arrivals[section]


def present(values: Mapping[str, Value | None]) -> dict[str, Value]:
    """Return values by key without those that say nothing: None and ()."""
    return {key: value for key, value in values.items() if value is not None and value != ()}


def split_places(
    arrivals: Sequence[Arrival], count: int
) -> tuple[dict[int, list[Arrival]], list[Arrival]]:
    """Return the arrivals in front of each of so many entries, and those that come to the end."""
    placed: dict[int, list[Arrival]] = {}
    for arrival in arrivals:
        if arrival.before is not None:
            placed.setdefault(min(max(arrival.before, 0), count), []).append(arrival)
    last = placed.pop(count, [])
    return placed, [*last, *(arrival for arrival in arrivals if arrival.before is None)]
