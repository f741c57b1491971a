"""Roadmaps to a CSV table, for spreadsheets and for Notion's import.

Pure. One row is one skill; the headers are the columns of a database that sync makes. A cell that
would be a formula is marked as text, see `guards`. Days are ISO 8601, tags are parted by commas,
links stand one on a line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from tracker.adapters.exchange.guards import guard
from tracker.adapters.exchange.markdown import format_resource
from tracker.adapters.exchange.words import join_words
from tracker.adapters.roadmap_files.format import format_number
from tracker.roadmap.model import Roadmap, Section, Skill, Status

STATUS_NAMES = {
    Status.TODO: "Not started",
    Status.DOING: "In progress",
    Status.DONE: "Done",
    Status.SKIPPED: "Skipped",
}

_ODD = re.compile(r'[",;\t\r\n]|^\s|\s$')

_Cell = Callable[[Roadmap, Section, Skill], str]

COLUMNS: Mapping[str, _Cell] = {
    "Skill": lambda _, __, skill: skill.name,
    "Status": lambda _, __, skill: STATUS_NAMES[skill.status],
    "Section": lambda _, section, __: section.title,
    "Level": lambda _, __, skill: skill.level or "",
    "Goal": lambda _, __, skill: skill.goal or "",
    "Hours": lambda _, __, skill: "" if skill.hours is None else format_number(skill.hours),
    "Started": lambda _, __, skill: skill.started.isoformat() if skill.started else "",
    "Completed": lambda _, __, skill: skill.completed.isoformat() if skill.completed else "",
    "Tags": lambda _, __, skill: join_words(skill.tags),
    "Requires": lambda _, __, skill: join_words(skill.requires),
    "Resources": lambda _, __, skill: "\n".join(map(format_resource, skill.resources)),
    "Notes": lambda _, __, skill: skill.notes or "",
    "Tracker ID": lambda _, __, skill: skill.id or "",
    "Covered by": lambda _, __, skill: join_words(skill.covered_by),
    "Roadmap": lambda roadmap, _, __: roadmap.title,
}
"""The columns in their order: title, and how a skill's cell is made."""


def format_csv(roadmaps: Mapping[str, Roadmap]) -> str:
    """Write the skills of roadmaps as one table; `roadmaps` maps their names to them."""
    lines = [_line(COLUMNS)]
    lines += (
        _line(guard(cell(roadmap, section, skill)) for cell in COLUMNS.values())
        for roadmap in roadmaps.values()
        for section in roadmap.sections
        for skill in section.skills
    )
    return "".join(f"{line}\n" for line in lines)


def _line(cells: Iterable[str]) -> str:
    return ",".join(_quote(cell) for cell in cells)


def _quote(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if _ODD.search(cell) else cell
