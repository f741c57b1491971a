"""Characters spelled out where a place does not take them, and read back.

Pure. A spelled character is ⧵ (reverse solidus operator, U+29F5) and its code point: ⧵{A}; the
sign itself is doubled. What is not spelled is read as it stands.
"""

# ruff: noqa: RUF002  the sign is what this is about

from __future__ import annotations

import re
import sys

ESCAPE = "\u29f5"
CONTROLS = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
"""For a character class: line ends and other characters without a shape."""

_SURROGATES = range(0xD800, 0xE000)


def spell(text: str, odd: re.Pattern[str]) -> str:
    """Spell out the characters that match; the pattern should match ESCAPE itself."""
    return odd.sub(lambda match: spell_character(match[0]), text)


def spell_character(character: str) -> str:
    """Spell out one character."""
    return ESCAPE * 2 if character == ESCAPE else f"{ESCAPE}{{{ord(character):X}}}"


def read_spelled(text: str) -> str:
    """Return the text with what was spelled out put back."""
    return _SPELLED.sub(lambda match: read_character(match[0]), text)


def read_character(spelled: str) -> str:
    """Return the character that was spelled out; something else comes back as it is."""
    if spelled == ESCAPE * 2:
        return ESCAPE
    code = int(spelled[2:-1], 16)
    return spelled if code > sys.maxunicode or code in _SURROGATES else chr(code)


SPELLED = rf"{ESCAPE}(?:{ESCAPE}|\{{[0-9A-F]{{1,6}}\}})"
_SPELLED = re.compile(SPELLED)
