"""Text that is fit to be shown: clean lines, numbers and counts in words, arguments for a shell.

Pure. Text from YAML and Notion may hold terminal escapes, bidirectional controls, line breaks and
lone surrogates; nothing of it is shown anywhere unless it went through here. Knows no colour and no
width, and says nothing about HTML or Markdown, which have rules of their own beside these.
"""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import date

JOINERS = "\u200c\u200d"
"""Format characters that scripts and emoji need, and that hide nothing."""

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories of what is not to be seen: controls, formats, surrogates, separators."""

SHOWN = re.compile(r"[\n\t -~]*")
SPACES = re.compile(r"[\s\u2028\u2029\u0085]+")
PLAIN = re.compile(r"[ -~]*")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WORD = re.compile(r"[\w@%+=:,./-]+", re.ASCII)
"""What a shell takes as it is."""


def clean_line(text: object) -> str:
    """Return text on one line; what cannot be seen becomes a visible escape."""
    line = str(text)
    # Most text is ASCII and needs no look at every character.
    if PLAIN.fullmatch(line):
        return line.strip()
    return "".join(_shown(char) for char in SPACES.sub(" ", line)).strip()


def clean_block(text: object) -> str:
    """Return text of several lines, each of them clean; tabs become spaces."""
    lines = str(text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(
        "".join(_shown(char) for char in line.expandtabs(4)).rstrip() for line in lines
    )


def reveal(text: str) -> str:
    """Return a document as it is, but for what hides in it: that becomes a visible escape.

    An escape of a character beyond the first 65,536 is a pair of escapes, as JSON writes them.
    """
    if SHOWN.fullmatch(text):
        return text
    return "".join(
        char if char in "\n\t" or _shown(char) == char else json.dumps(char)[1:-1] for char in text
    )


def shorten(text: object, most: int) -> str:
    """Return a clean line of at most so many characters, its end replaced by `…`."""
    line = clean_line(text)
    return line if len(line) <= most else line[: max(most - 1, 0)].rstrip() + "…"


def quote_argument(text: str) -> str:
    """Return text as one argument for a shell, for commands that are shown to be pasted."""
    # Like shlex.quote, but with the shorter escape of an apostrophe.
    line = clean_line(text)
    if WORD.fullmatch(line):
        return line
    return "'" + line.replace("'", "'\\''") + "'"


def _shown(character: str) -> str:
    """Return a character, or the escape that makes a hidden one visible."""
    if character in JOINERS or unicodedata.category(character) not in HIDDEN:
        return character
    return character.encode("unicode_escape").decode("ascii")


def format_percent(percent: float | None) -> str:
    """Return whole percent: 100 only when all is done, 0 only when nothing is."""
    if percent is None:
        return "-"
    whole = int(percent)
    return f"{max(whole, 1) if percent > 0 else 0} %"


def count_cells(percent: float | None, width: int) -> int:
    """Return how many cells of a bar are full: none only at 0, all only at 100."""
    share = (percent or 0.0) / 100
    filled = round(share * width)
    # What is begun looks begun, and what is not done looks not done, however long the bar.
    if share > 0:
        filled = max(filled, 1)
    return min(filled, width - 1) if share < 1 else filled


def format_month(day: date) -> str:
    """Return the month of a day: `Nov 2026`."""
    return f"{MONTHS[day.month - 1]} {day.year}"


def format_range(first: date | None, last: date | None) -> str:
    """Return the months from the first day to the last; without a last one it is open."""
    months = [format_month(day) for day in (first, last) if day]
    return " – ".join(dict.fromkeys(months)) if last else f"{months[0]} or later"


def format_number(number: float) -> str:
    """Return a number without a needless fraction."""
    # A typo such as 1e30 hours must not fill the line with digits.
    return f"{number:.1f}".removesuffix(".0") if abs(number) < 1e9 else f"{number:.0g}"  # noqa: PLR2004


def plural(count: int, word: str) -> str:
    """Return a count with its word: `1 skill`, `2 skills`."""
    if count == 1:
        return f"1 {word}"
    # entry, query, category.
    return f"{count} {word[:-1]}ies" if word.endswith("ry") else f"{count} {word}s"


def from_first_difference(before: str, after: str, context: int) -> tuple[str, str]:
    """Leave out a long equal beginning of two texts, but for its last `context` characters."""
    pairs = zip(before, after, strict=False)
    same = next((n for n, (old, new) in enumerate(pairs) if old != new), None)
    if same is None:
        same = min(len(before), len(after))
    start = same - context
    if start <= 0:
        return before, after
    return f"…{before[start:]}", f"…{after[start:]}"
