"""What a row shows of a field whose column cannot show all of it, and what the field is all the same.

Pure: no clock, no disk, no network, no logging. A database that somebody else made may have a box for
the status, an address for the links, or no column at all for a field. What such a column shows is a
function of the value. So a row says nothing new as long as it shows what it would show of a value that
is known: then it has that value. Whatever compares rows with rows, right before a write, compares what
they show.

    part           shows                   of
    NOTHING        nothing                 any value
    TICK           done, or todo           "doing" and "skipped" are todo
    FIRST_LINK     one address             several links with titles and types; any of them may be shown
    NO_INBOX       a section, or none      the inbox is none
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tracker.roadmap.model import INBOX, Status
from tracker.sync.model import Part, Parts
from tracker.sync.records import Field, Link, Links, Record, Value

_EMPTY = Record("")


def show_part(parts: Parts, which: Field, value: Value) -> Value:
    """Return what a row shows of a value; that is a value as well, and shows itself."""
    match parts.get(which):
        case Part.NOTHING:
            return _EMPTY.get(which)
        case Part.TICK:
            return value if value is Status.DONE else Status.TODO
        case Part.FIRST_LINK:
            links = value.items if isinstance(value, Links) else ()
            return Links(tuple(Link(link.url, link.url) for link in links[:1]))
        case Part.NO_INBOX:
            return "" if value == INBOX else value
    return value


def is_shown(parts: Parts, which: Field, value: Value, shown: Value) -> bool:
    """Return whether a row that shows this may have that value."""
    if isinstance(value, Links) and isinstance(shown, Links) and shown.items:
        # Files append a link that came from a row, and a person may choose another one to be shown.
        return shown.items[0].url in {link.url for link in value.items}
    return show_part(parts, which, value) == shown


def show_record(parts: Parts, record: Record) -> Record:
    """Return what a row shows of all its values."""
    if not parts:
        return record
    return record.with_values(
        {which: show_part(parts, which, record.get(which)) for which in parts}
    )


def complete_record(parts: Parts, shown: Record, known: Iterable[Mapping[Field, Value]]) -> Record:
    """Return the values of a row, which shows only parts of some; the first that fits counts."""
    known = tuple(known)
    return shown.with_values(
        {
            which: _complete(
                parts, which, shown.get(which), [it[which] for it in known if which in it]
            )
            for which in parts
        }
    )


def _complete(parts: Parts, which: Field, shown: Value, known: list[Value]) -> Value:
    fitting = [value for value in known if show_part(parts, which, value) == shown]
    fitting = fitting or [value for value in known if is_shown(parts, which, value, shown)]
    if fitting or not known:
        return fitting[0] if fitting else shown
    last = known[-1]
    if isinstance(shown, Links) and isinstance(last, Links):
        # The first link was exchanged or taken out; the others are out of sight, and stay.
        urls = {link.url for link in shown.items}
        return Links((*shown.items, *(link for link in last.items[1:] if link.url not in urls)))
    return shown
