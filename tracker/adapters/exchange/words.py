"""Lists of words in one cell or line: separated by commas, in quotes where they hold one.

Pure, and reversible for any words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_ODD = re.compile(r'[,;"\n\r]|^\s|\s$')
_WORD = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,|\Z)')


def join_words(words: Iterable[str]) -> str:
    """Write words behind each other."""
    return ", ".join(
        '"' + word.replace('"', '""') + '"' if _ODD.search(word) else word for word in words
    )


def split_words(text: str) -> tuple[str, ...]:
    """Read words; empty ones are left out, and so are repetitions."""
    words: list[str] = []
    position = 0
    while position < len(text) and (found := _WORD.match(text, position)):
        quoted, plain = found.groups()
        words.append(quoted.replace('""', '"') if quoted is not None else plain.strip())
        position = found.end()
    return tuple(dict.fromkeys(word for word in words if word.strip()))
