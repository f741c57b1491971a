"""Marks of progress beside the words of an entry: signs, and days behind signs.

Pure. `- ✅ kNN` and `- kNN ✅` are done; Obsidian and others put days behind signs.

    kNN ✅ 2026-01-02        done on that day
    kNN 🛫 2026-01-01        started on that day
    kNN ❌ 2026-01-02        skipped
    kNN 📅 2026-01-09 🔺     due then, and urgent: no key of a skill, kept in its notes
    kNN [completion:: 2026-01-02]     done on that day, in words
    DONE kNN, kNN (done)     done, where entries have no boxes

`escape_marks` writes a name so that nothing in it is taken for a mark.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from tracker.adapters.exchange.cells import read_day
from tracker.adapters.exchange.statuses import SHORTCODES, SIGNS, VARIATION, fold, read_status
from tracker.roadmap.model import Status

_DATED_SIGNS = {
    **dict.fromkeys("✅☑✔✓", "completed"),
    **dict.fromkeys("❌✗✘", "skipped"),
    "🛫": "started",
    **dict.fromkeys("📅📆🗓⏳⌛\N{HEAVY PLUS SIGN}", ""),
}
_FIELDS = {
    "completion": "completed",
    "completed": "completed",
    "done": "completed",
    "start": "started",
    "started": "started",
    "cancelled": "skipped",
}
_PRIORITIES = "🔺⏫🔼🔽⏬"
_LABELS = "🔁🆔⛔🏁"
_MOST_TAILS = 20
_SEPARATORS = ": \t-\u2013\u2014"
_NEEDS_BLANK = "√□▢◐◻◽"
"""Signs that are also parts of words and formulas: only a blank makes a mark of them."""

_VARIATION = f"[{VARIATION}]?"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_DATED = re.compile(
    rf"([{''.join(_DATED_SIGNS)}]){_VARIATION}[ \t]*(?:\[\[)?({_DAY})(?:\]\])?(?!\w)"
)
_FIELD = re.compile(r"(?<!\\)\[([A-Za-z]{3,12}):: ?([^\[\]\\]{1,60})\]")
_TAG = re.compile(rf"@(done|started|due|cancelled)\(({_DAY})[^()]{{0,20}}\)")
_TAIL = re.compile(
    rf"(?:[{_PRIORITIES}]{_VARIATION}"
    rf"|[{_LABELS}]{_VARIATION}[ \t]*[A-Za-z0-9][A-Za-z0-9 ,_-]{{0,40}}"
    r"|(?<=\s)\^(?=[a-z-]*[0-9])[A-Za-z0-9-]{4,20})\Z"
)
_KEYWORD = re.compile(r"(TODO|DOING|DONE|LATER|CANCELL?ED)[ \t]+(?=\S)")
"""How Logseq and others begin an entry."""

_BEHIND = re.compile(r"(?<=\s)\(([^\W0-9_][^()]{1,24})\)\Z")
_VAGUE_WORDS = (
    "open, new, next, later, no, yes, active, current, closed, complete, completo, completa, passed, "
    "learning, reading, started, begun, waiting, true, false, listo, lista, pronto, ja, nein, oui, non, "
    "si, sim, nao, neu, aktiv, laufend, checked, unchecked, archived, dropped, mastered, vero, falso"
)
_VAGUE = frozenset(_VAGUE_WORDS.split(", "))
"""Words that mean a status only where a status is asked for."""

_EDGE = "|".join(map(re.escape, (*SIGNS, *SHORTCODES)))
_LEADING = re.compile(rf"(?P<sign>{_EDGE}){_VARIATION}(?P<blank>[ \t]*)(?=\S)")
_TRAILING = re.compile(rf"(?<=\S)(?P<blank>[ \t]*)(?P<sign>{_EDGE}){_VARIATION}[ \t]*\Z")
_ANY = re.compile(
    rf"[{''.join(dict.fromkeys((*SIGNS, *_DATED_SIGNS, *_PRIORITIES, *_LABELS)))}]"
    r"|:(?=[a-z_]+:)|@(?=done\(|started\(|due\(|cancelled\()|\^(?=[A-Za-z0-9-]{4,20}\s*\Z)"
)


@dataclass(slots=True)
class Marks:
    """An entry without its marks, and what these say; `rest` has those that no key is made for."""

    text: str
    status: Status | None = None
    started: date | None = None
    completed: date | None = None
    rest: list[str] = field(default_factory=list)


def read_marks(text: str, status: Status | None) -> Marks:
    """Read the signs of an entry; `status` is that of its box, if it has one."""
    marks = Marks(text)
    for pattern, keys in ((_DATED, _DATED_SIGNS), (_FIELD, _FIELDS), (_TAG, _FIELDS)):
        for found in pattern.finditer(marks.text):
            _take_day(marks, keys.get(found[1].casefold(), ""), found)
        bare = pattern.sub("", marks.text)
        marks.text = marks.text if bare == marks.text else " ".join(bare.split())
    for _ in range(_MOST_TAILS):
        tail = _TAIL.search(marks.text)
        if tail is None:
            break
        marks.rest.insert(0, tail.group())
        marks.text = marks.text[: tail.start()].rstrip()
    if not marks.text.strip():
        return Marks(text)
    read_edges(marks, status)
    return marks


def read_edges(marks: Marks, status: Status | None) -> None:
    """Read a sign at the beginning or end; one that says else than the box is no mark."""
    found = [_TRAILING.search(marks.text), _LEADING.match(marks.text)]
    for edge in filter(None, found):
        sign, blank = edge["sign"], edge["blank"]
        said = SIGNS[SHORTCODES.get(sign, sign)]
        is_mark = blank or sign not in _NEEDS_BLANK
        if is_mark and said is (status or marks.status or said):
            before, behind = marks.text[: edge.start()], marks.text[edge.end() :]
            marks.text = before or behind.lstrip(_SEPARATORS) or behind
            marks.status = said


def read_words(marks: Marks) -> None:
    """Read a status in words, of an entry that has neither a box nor a sign."""
    if marks.status is not None:
        return
    if keyword := _KEYWORD.match(marks.text):
        marks.status = read_status(keyword[1])
        marks.text = marks.text[keyword.end() :]
    elif (behind := _BEHIND.search(marks.text)) and fold(behind[1]) not in _VAGUE:
        status = read_status(behind[1])
        if status is not None:
            marks.status = status
            marks.text = marks.text[: behind.start()].rstrip()


def escape_marks(text: str) -> str:
    """Write a name, escaped already, so that no mark is read from it."""
    return _ANY.sub(lambda found: f"&#{ord(found.group())};", text)


def _take_day(marks: Marks, key: str, found: re.Match[str]) -> None:
    """Take a day behind a sign, or keep both as they are."""
    day = read_day(found[2])
    if key == "started" and day and not marks.started:
        marks.started = day
    elif key == "completed" and day and not marks.completed:
        marks.completed = day
    else:
        marks.rest.append(found.group())
    if key == "skipped" and day:
        marks.status = Status.SKIPPED
