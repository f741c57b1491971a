"""The values of a sync and their changes as text, for plans, conflicts and marks.

Not in `layout`, because most answers show none, and the values of a sync take a while to import.
"""

from __future__ import annotations

from tracker.cli.render.layout import NOTHING, cut
from tracker.sync.model import Change
from tracker.sync.records import Links, Value
from tracker.text import clean_line, from_first_difference

ARROW = " → "
CONTEXT = 12
"""Most characters of the equal beginning that are kept before the first difference of long texts."""


def format_value(value: Value) -> str:
    """Return a value on one line; an empty one as a word."""
    match value:
        case frozenset():
            return ", ".join(sorted(map(clean_line, value))) or NOTHING
        case Links():
            return ", ".join(clean_line(link.title) for link in value.items) or NOTHING
        case float() | int():
            # In full: two different numbers must not look the same.
            return f"{value:.12g}"
        case _:
            return clean_line(value or "") or NOTHING


def format_change(change: Change, width: int = 0) -> str:
    """Return a change: added and removed elements, or before and after; in full without a width."""
    if isinstance(change.before, frozenset) and isinstance(change.after, frozenset):
        added = [f"+{clean_line(name)}" for name in sorted(change.after - change.before)]
        removed = [f"-{clean_line(name)}" for name in sorted(change.before - change.after)]
        words = " ".join(added + removed) or format_value(change.after)
        return cut(words, width) if width else words
    if isinstance(change.before, Links) and isinstance(change.after, Links):
        words = _format_links(change.before, change.after)
        return cut(words, width) if width else words
    before, after = format_value(change.before), format_value(change.after)
    if not width:
        return f"{before}{ARROW}{after}"
    room = max((width - len(ARROW)) // 2, CONTEXT)
    # What differs must be seen, even at the end of two long texts.
    if max(len(before), len(after)) > room and change.before and change.after:
        before, after = from_first_difference(
            before, after, min(CONTEXT, max(room - CONTEXT, room * 3 // 7))
        )
    return f"{cut(before, room)}{ARROW}{cut(after, room)}"


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
