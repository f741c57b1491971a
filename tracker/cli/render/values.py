"""Values of fields, for people: short, on one line, a change shown by what changed.

Pure.
"""

from __future__ import annotations

from datetime import date

from tracker.cli.render.layout import cut
from tracker.cli.text import clean_line
from tracker.sync.plan import Change
from tracker.sync.snapshot import Links, Value

NOTHING = "(none)"
ARROW = " → "
CONTEXT = 12
"""Most characters of the equal beginning that are kept before the first difference of long texts."""


def format_value(value: Value) -> str:
    """Return a value on one line; an empty one as a word."""
    match value:
        case None:
            return NOTHING
        case frozenset():
            return ", ".join(sorted(clean_line(each) for each in value)) or NOTHING
        case Links():
            return ", ".join(clean_line(link.title) for link in value.items) or NOTHING
        case date():
            return value.isoformat()
        case str():
            return clean_line(value) or NOTHING
        case _:
            return f"{value:.12g}"  # in full: two different numbers must not look the same


def format_change(change: Change, width: int) -> str:
    """Return a change in about so many cells: the elements of a set, or before and after."""
    if isinstance(change.before, frozenset) and isinstance(change.after, frozenset):
        return cut(_format_elements(change.before, change.after), width)
    if isinstance(change.before, Links) and isinstance(change.after, Links):
        return cut(_format_links(change.before, change.after), width)
    before, after = format_value(change.before), format_value(change.after)
    room = max((width - len(ARROW)) // 2, CONTEXT)
    if max(len(before), len(after)) > room and change.before and change.after:
        before, after = _from_first_difference(
            before, after, min(CONTEXT, max(room - CONTEXT, room * 3 // 7))
        )
    return f"{cut(before, room)}{ARROW}{cut(after, room)}"


def _format_elements(before: frozenset[str], after: frozenset[str]) -> str:
    added = [f"+{clean_line(each)}" for each in sorted(after - before)]
    removed = [f"-{clean_line(each)}" for each in sorted(before - after)]
    return " ".join(added + removed) or format_value(after)


def _format_links(before: Links, after: Links) -> str:
    known = {link.url for link in before.items}
    kept = {link.url for link in after.items}
    added = [f"+{clean_line(link.title)}" for link in after.items if link.url not in known]
    removed = [f"-{clean_line(link.title)}" for link in before.items if link.url not in kept]
    old = frozenset(before.items)
    changed = [
        f"~{clean_line(link.title)}"
        for link in after.items
        if link.url in known and link not in old
    ]
    return ", ".join(added + changed + removed) or format_value(after)


def _from_first_difference(before: str, after: str, context: int) -> tuple[str, str]:
    """Leave out a long equal beginning of two texts, but for its last characters."""
    pairs = zip(before, after, strict=False)
    same = next((n for n, (old, new) in enumerate(pairs) if old != new), None)
    if same is None:
        same = min(len(before), len(after))
    start = same - context
    if start <= 0:
        return before, after
    return f"…{before[start:]}", f"…{after[start:]}"
