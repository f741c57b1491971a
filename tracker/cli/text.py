"""Foreign text made safe to show: one line or several, no control, no hidden direction.

Pure. Text from YAML and Notion may hold terminal escapes, bidirectional controls, line breaks and
lone surrogates; nothing of it reaches a screen unless it went through here. Says nothing about
HTML or markdown, which have rules of their own beside these.
"""

from __future__ import annotations

import json
import re
import unicodedata

JOINERS = "\u200c\u200d"
"""Format characters that scripts and emoji need, and that hide nothing."""

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories of what is not to be seen: controls, formats, surrogates, separators."""

SHOWN = re.compile(r"[\n\t -~]*")
SPACES = re.compile(r"[\s\u2028\u2029\u0085]+")
PLAIN = re.compile(r"[ -~]*")
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


def is_web_url(url: str) -> bool:
    """Whether a link may be made of it: http or https, a host, and nothing hidden in it."""
    # Late: the model loads pydantic, which `--help` and completion can do without.
    from tracker.roadmap.model import LONGEST_URL, names_web_host  # noqa: PLC0415

    is_clean = url.isprintable() and not any(character.isspace() for character in url)
    return len(url) <= LONGEST_URL and is_clean and names_web_host(url)


def _shown(character: str) -> str:
    """Return a character, or the escape that makes a hidden one visible."""
    if character in JOINERS or unicodedata.category(character) not in HIDDEN:
        return character
    return character.encode("unicode_escape").decode("ascii")
