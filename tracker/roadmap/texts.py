"""Texts of a roadmap: which characters they may hold, how they are compared, shown, and made into ids.

Pure. For files that are read and for values that come from elsewhere alike.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection
from itertools import count

from tracker.roadmap.model import SkillId

FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Control characters but tab and line end, halves of characters, and what Unicode leaves out."""

SLUG_LENGTH = 60
"""Characters of the longest id that is made of a name."""

# Slugs that YAML reads as a number, a date, a truth value or nothing at all when they stand
# unquoted; a person who copies one into `requires` must not be surprised.
_ODD_IN_YAML = re.compile(
    r"[0-9-]+|[0-9]+e[0-9]+|0[box][0-9a-f]+|true|false|yes|no|on|off|null|y|n", re.ASCII
)

_HALF = re.compile("[\ud800-\udfff]")


def find_forbidden(text: str) -> str:
    """Name the first character that no roadmap may hold; return nothing when there is none."""
    # isprintable() is far faster than the pattern, and true of nearly every text.
    found = FORBIDDEN.search(text) if not text.isprintable() else None
    if found is None:
        return ""
    if _HALF.match(found.group()):
        return "half of a character"
    return f"the control character U+{ord(found.group()):04X}"


def show(text: str, most: int = 60) -> str:
    """Return text as a message may show it: at most `most` characters, printable, on one line."""
    # Foreign files hold megabytes on one line, and a thousand messages may quote it.
    flat = " ".join(text[: 100 * most].split())
    short = flat if len(flat) <= most else flat[: most - 1] + "…"
    if short.isprintable():
        return short
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in short)


def make_canonical_text(text: str | None) -> str | None:
    """Return text with LF line ends and no trailing white space; None when nothing is left."""
    if text is None:
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip() or None


def make_slug(name: str, taken: Collection[str]) -> SkillId:
    """Make an id from a skill's name that is not taken yet.

    At most 60 characters; a name without Latin letters or digits becomes `skill-` and eight
    hexadecimal digits of its SHA-256; a taken slug gets -2, -3 and so on.
    """
    stem = _make_stem(name)
    if stem not in taken:
        return SkillId(stem)
    tails = (f"-{number}" for number in count(2))
    candidates = (stem[: SLUG_LENGTH - len(tail)].rstrip("-") + tail for tail in tails)
    return SkillId(next(each for each in candidates if each not in taken))


def _make_stem(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    # Accents and apostrophes vanish; everything else that is no letter or digit parts words.
    plain = "".join(
        each for each in letters if not unicodedata.combining(each) and each not in "'\u2019"
    )
    slug = "-".join(re.findall(r"[a-z0-9]+", plain))[:SLUG_LENGTH].rstrip("-")
    if not slug:
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
        return f"skill-{digest[:8]}"
    if _ODD_IN_YAML.fullmatch(slug):
        return f"skill-{slug}"[:SLUG_LENGTH].rstrip("-")
    return slug
