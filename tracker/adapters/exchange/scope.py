"""The list below one heading of a checklist: which of its entries are skills, and which tell of one.

Pure. With boxes, an entry with a box is a skill; one without is a part of the section when skills
stand below it, and tells something about the skill it stands below. Without boxes every entry is a
skill, but for links, keys and their values below one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tracker.adapters.exchange.draft import Draft, Outline, add_link
from tracker.adapters.exchange.entries import (
    Entry,
    read_entry,
    read_key,
    read_resource,
    read_value,
)
from tracker.adapters.exchange.fields import KEYS, Setter
from tracker.adapters.exchange.lines import Line
from tracker.adapters.exchange.report import Report, show
from tracker.roadmap.model import Status

STATES = {
    " ": Status.TODO,
    "x": Status.DONE,
    "X": Status.DONE,
    "/": Status.DOING,
    "~": Status.DOING,
    "-": Status.SKIPPED,
}
"""What stands in the box of a skill: `[/]` is doing, `[-]` is skipped."""

_ID = re.compile(r"<!--\s*id:\s*([a-z0-9-]{1,100})\s*-->$")


@dataclass(slots=True)
class Item:
    """An entry with the paragraphs below it; `parent` is the index of the entry it stands below."""

    line: Line
    parent: int | None
    paragraphs: list[list[str]] = field(default_factory=list)
    draft: Draft | None = None
    group: str = ""


class ScopeReader:
    """Turns the entries below headings into drafts of skills."""

    def __init__(self, references: Mapping[str, str], outline: Outline, report: Report) -> None:
        self._references = references
        self._outline = outline
        self._report = report
        self._setter = Setter(report)

    def read(self, items: Sequence[Item], section: str, fallback: str) -> None:
        """Draft the skills of one list of a section; `fallback` names one that has no title."""
        has_box = any(item.line.box is not None for item in items)
        above_box = _find_above_box(items)
        for index, item in enumerate(items):
            parent = items[item.parent] if item.parent is not None else None
            owner = parent.draft if parent else None
            item.group = parent.group if parent else ""
            if item.line.box is not None:
                item.draft = self._read_skill(item, (section, item.group), fallback)
            elif owner is not None and self._read_detail(item, owner, is_note=has_box):
                item.draft = owner
            elif not has_box:
                item.draft = self._read_skill(item, (section, item.group), fallback)
            elif index in above_box:
                label = self._read_label(item)
                item.group = f"{item.group}: {label}" if item.group else label
            else:
                self._tell_entry(item, "it has no box, and other entries here have one")

    def _read_skill(self, item: Item, titles: Sequence[str], fallback: str) -> Draft | None:
        text, skill_id = item.line.text, ""
        if found := _ID.search(text):
            text, skill_id = text[: found.start()].rstrip(), found[1]
        entry = read_entry(text, self._references)
        if _is_contents(item, entry):
            self._tell_entry(item, "it only leads to another place in the same document")
            return None
        name = entry.name if entry.name.strip() else entry.links[0].url if entry.links else ""
        if not name.strip():
            self._tell_entry(item, "it has no text to name a skill")
            return None
        section = ": ".join(filter(None, titles)) or fallback
        draft = Draft(name, item.line.number, section, skill_id, entry.goal)
        draft.status, draft.has_status = self._read_box(item), item.line.box is not None
        self._add_links(draft, entry, item.line.number)
        self._outline.drafts.append(draft)
        self._outline.sections.setdefault(draft.section, None)
        self._read_paragraphs(item, draft, "goal")
        return draft

    def _read_box(self, item: Item) -> Status:
        box = item.line.box
        if box is not None and box not in STATES:
            what = f"`[{box}]` is taken for a skill to do"
            why = "known are `[ ]` todo, `[/]` doing, `[x]` done, `[-]` skipped"
            self._report.note(item.line.number, "unknown-box", what, why=why)
        return STATES.get(box or " ", Status.TODO)

    def _read_detail(self, item: Item, owner: Draft, *, is_note: bool) -> bool:
        """Read an entry that tells of the skill above it; False when it is a skill itself."""
        line = item.line
        link = read_resource(line.text, self._references)
        keyed = read_key(line.text, KEYS)
        if link is not None:
            add_link(owner, link, line.number, self._report)
        elif keyed is not None and keyed[0] != "resources":
            self._add_value(owner, *keyed, line.number)
        elif keyed is not None or is_note:
            self._add_value(owner, "notes", keyed[1] if keyed else line.text, line.number)
        else:
            return False
        self._read_paragraphs(item, owner, "notes")
        return True

    def _add_value(self, draft: Draft, key: str, text: str, line: int) -> None:
        """Set a key; of several links behind each other nothing is left but links."""
        value = read_value(text, self._references)
        for link in value.links:
            add_link(draft, link, line, self._report)
        if not value.links or value.beside.strip(" ,;|&+\t\n"):
            self._setter.set(draft, key, value.text, line)

    def _add_links(self, draft: Draft, entry: Entry, line: int) -> None:
        for link in entry.links:
            add_link(draft, link, line, self._report)
        for image in entry.images:
            what = f'an image of "{show(draft.name)}" was left out'
            self._report.note(line, "image-not-imported", what, why=show(image))

    def _read_paragraphs(self, item: Item, draft: Draft, key: str) -> None:
        """Take text below an entry: the goal of a skill that has none yet, else notes."""
        for paragraph in item.paragraphs:
            self._add_value(draft, key, " ".join(paragraph), item.line.number)

    def _read_label(self, item: Item) -> str:
        label = read_value(item.line.text, self._references).text.strip().rstrip(":")
        return label or "Untitled"

    def _tell_entry(self, item: Item, why: str) -> None:
        what = f'"{show(item.line.text)}" was left out' if item.line.text else "an empty list entry"
        self._report.tell(item.line.number, "line-not-understood", what, why=why)


def _find_above_box(items: Sequence[Item]) -> frozenset[int]:
    """Return the indexes of the entries below which an entry with a box stands."""
    above: set[int] = set()
    for index in range(len(items) - 1, -1, -1):
        parent = items[index].parent
        if parent is not None and (items[index].line.box is not None or index in above):
            above.add(parent)
    return frozenset(above)


def _is_contents(item: Item, entry: Entry) -> bool:
    """Tell whether an entry belongs to a table of contents."""
    is_plain = item.line.box is None and entry.links and entry.goal is None
    return bool(is_plain) and all(each.url.startswith("#") for each in entry.links)
