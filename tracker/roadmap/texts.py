"""What the text of a roadmap may hold: anything that a person can see, on lines of its own.

Pure. The one place that says so, for files that are read and for values that come from elsewhere.
"""

from __future__ import annotations

import re

FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Control characters but tab and line end, halves of characters, and what Unicode leaves out."""

_HALF = re.compile("[\ud800-\udfff]")


def find_forbidden(text: str) -> str:
    """Name the first character that no roadmap may hold; return nothing when there is none."""
    found = FORBIDDEN.search(text) if not text.isprintable() else None
    if found is None:
        return ""
    if _HALF.match(found.group()):
        return "half of a character"
    return f"the control character U+{ord(found.group()):04X}"
