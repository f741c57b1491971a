"""Values of a skill's keys as foreign text has them, set on a draft or reported.

Pure. Keys are those of a roadmap file; under which names others know them stands in `KEYS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tracker.adapters.exchange.cells import read_day, read_hours, read_status
from tracker.adapters.exchange.draft import Draft
from tracker.adapters.exchange.report import Report, show
from tracker.adapters.exchange.words import split_words
from tracker.roadmap.model import Status

_NAMES = {
    "goal": "goal, objective, outcome",
    "status": "status, state, progress",
    "level": "level, difficulty",
    "hours": "hours, estimate, estimated hours, est hours, duration, time",
    "started": "started, start, start date, started on, date started, begun",
    "completed": "completed, completed on, completion date, date completed, finished, finish date, "
    "end date, done on",
    "requires": "requires, prerequisites, prerequisite, depends on, needs",
    "tags": "tags, tag, labels, keywords, topics",
    "covered_by": "covered by",
    "resources": "resources, resource, links, link, url, urls, material, materials, reading",
    "notes": "notes, note, comments, comment, description, details",
}
KEYS: Mapping[str, str] = {name: key for key, names in _NAMES.items() for name in names.split(", ")}
"""Names of keys in lower case, and the keys of a roadmap file that they mean."""


_LONG = frozenset({"goal", "notes"})
"""Keys whose text may have several lines."""

_BREAK = re.compile("\r\n?")
"""A line end within a text, as Windows saves it."""


class Setter:
    """Sets the values of drafts; what a value cannot be is reported.

    `day_first` tells, for each key, how a date like 3/11/2026 is meant.
    """

    def __init__(self, report: Report, day_first: Mapping[str, bool | None] | None = None) -> None:
        self._report = report
        self._day_first = day_first or {}
        self._setters: Mapping[str, Callable[[Draft, str, int], None]] = {
            "status": self._set_status,
            "hours": self._set_hours,
            "started": lambda draft, text, line: self._set_day(draft, "started", text, line),
            "completed": lambda draft, text, line: self._set_day(draft, "completed", text, line),
            "goal": self._set_goal,
            "level": lambda draft, text, _: setattr(draft, "level", text),
            "notes": lambda draft, text, _: draft.notes.append(text),
            "tags": lambda draft, text, _: setattr(draft, "tags", split_words(text)),
            "requires": lambda draft, text, _: setattr(draft, "requires", split_words(text)),
            "covered_by": lambda draft, text, _: setattr(draft, "covered_by", split_words(text)),
        }

    def set(self, draft: Draft, key: str, text: str, line: int) -> None:
        """Set the value of a key, but for resources; an empty text sets nothing."""
        if text.strip():
            plain = _BREAK.sub("\n", text) if key in _LONG else text
            self._setters[key](draft, plain, line)

    def _set_status(self, draft: Draft, text: str, line: int) -> None:
        status = read_status(text)
        if status is None:
            words = ", ".join(each.value for each in Status)
            self._tell(draft, line, ("status", text), f"it is no status; todo was taken ({words})")
        draft.status = status or Status.TODO

    def _set_hours(self, draft: Draft, text: str, line: int) -> None:
        draft.hours = read_hours(text)
        if draft.hours is None:
            self._tell(draft, line, ("hours", text), "it is no number of hours")

    def _set_day(self, draft: Draft, key: str, text: str, line: int) -> None:
        day = read_day(text, day_first=self._day_first.get(key), last=key == "completed")
        if day is None:
            why = "it is no day, or can be read in two ways; write it as 2026-11-03"
            self._tell(draft, line, (key, text), why)
        setattr(draft, key, day)

    def _set_goal(self, draft: Draft, text: str, _: int) -> None:
        if draft.goal is None:
            draft.goal = text
        else:
            draft.notes.append(text)

    def _tell(self, draft: Draft, line: int, value: tuple[str, str], why: str) -> None:
        key, text = value
        what = f'the {key} "{show(text)}" of "{show(draft.name)}" was left out'
        self._report.tell(line, "value-not-understood", what, why=why)
