"""What an import could not take over, collected with line numbers.

Must not judge: the parsers say what they did not understand. Long reports are cut, and say so.
"""

from __future__ import annotations

import re

from tracker.errors import Location, Problem, Severity
from tracker.roadmap.texts import FORBIDDEN

MOST_PROBLEMS = 1000
"""More of them say nothing more, and a hostile file could have millions."""

_SHOWN = 60
_LONGEST_URL = 2000
_URL = re.compile(r"https?://[^\s<>\[\]\"`\\]+", re.IGNORECASE)
_URL_END = "?!.,:*_~'\";)"


class Report:
    """Collects problems of one file; `path` is what they call it."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._problems: list[Problem] = []
        self._left_off = 0

    def tell(self, line: int, code: str, what: str, *, why: str = "", then: str = "") -> None:
        """Add what was left out, and why; `then` is what can be done about it."""
        self._add(Severity.WARNING, line, code, (what, why, then))

    def note(self, line: int, code: str, what: str, *, why: str = "", then: str = "") -> None:
        """Add what was left out or changed on purpose."""
        self._add(Severity.NOTE, line, code, (what, why, then))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems in order of place; of very many, the first and how many more there are."""
        told = tuple(sorted(self._problems, key=lambda each: each.sort_key))
        if not self._left_off:
            return told
        what = f"{self._left_off:,} more lines were not understood"
        rest = Problem("more-not-understood", what, Severity.WARNING, Location(self._path))
        return (*told, rest)

    def clean(self, text: str, line: int) -> str:
        """Drop the characters that no roadmap file can hold, and say so."""
        cleaned, count = FORBIDDEN.subn("", text)
        if count:
            first = FORBIDDEN.search(text)
            place = line + text.count("\n", 0, first.start() if first else 0)
            self.note(
                place,
                "control-character",
                f"{count:,} control character{'s were' if count > 1 else ' was'} dropped",
                why="a roadmap file cannot hold them",
            )
        return cleaned

    def insist(self, line: int, code: str, what: str, *, why: str = "", then: str = "") -> None:
        """Add what must be told, however much was told before."""
        self._put(Severity.WARNING, line, code, (what, why, then))

    def _add(self, severity: Severity, line: int, code: str, words: tuple[str, str, str]) -> None:
        if len(self._problems) >= MOST_PROBLEMS:
            self._left_off += 1
        else:
            self._put(severity, line, code, words)

    def _put(self, severity: Severity, line: int, code: str, words: tuple[str, str, str]) -> None:
        what, why, then = words
        place = Location(self._path, line)
        self._problems.append(Problem(code, what, severity, place, why=why, next=then))


def add_links(why: str, text: str, what: str) -> str:
    """Add to a reason the addresses of a text that was left out, but for those that `what` shows."""
    found = dict.fromkeys(url.rstrip(_URL_END) for url in _URL.findall(text))
    hidden = [show(url, _LONGEST_URL) for url in found if url not in what]
    addresses = f"with {', '.join(hidden)}" if hidden else ""
    return "; ".join(filter(None, (why, addresses)))


def show(text: str, most: int = _SHOWN) -> str:
    """Return text as a message may show it: on one short line, without controls."""
    flat = " ".join(text[: 4 * most].split())
    short = flat if len(flat) <= most else flat[: most - 1] + "…"
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in short)
