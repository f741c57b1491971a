"""The history that rows carry: which values the machines that wrote a field had seen.

Pure: no clock, no disk, no network, no logging. Notion has no conditional write (no ETag, no
If-Match), so two machines that sync at once can write the same field, the second over a value it
never saw. Each write leaves its row, in the column "Sync history", a short chain of digests: the
value it knew, and the value it wrote. A machine whose own value is missing from a chain that grew
since it last looked knows that its value was overwritten unseen; that is a conflict, not an edit.

A person's edit in Notion leaves the chains as they are, and is therefore always taken for an edit.

The chains also date a listing: Notion lists rows from an index that lags behind writes, and a row
that lacks the last value written shows the one before, which is no edit either.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence

from tracker.roadmap.model import SkillId
from tracker.sync.plan import Change, Update
from tracker.sync.plan_json import encode_value
from tracker.sync.snapshot import TWO_WAY, Field, Links, RemoteRow, Seen, Value

LONGEST = 16
"""Digests that one chain keeps; older writes are forgotten."""

_DIGITS = 6
# A name begins where no letter stands before it, and is short: a long word is passed over once, not
# once for each of its letters.
_ENTRY = re.compile(rf"(?<![a-z])([a-z]{{1,20}})=((?:[0-9a-f]{{{_DIGITS}}}\.?)+)")
_JUDGED = frozenset(TWO_WAY) - {Field.REQUIRES}
"""Fields whose chains show who wrote over whom; Notion itself drops relations to trashed pages."""


def make_digest(which: Field, value: Value) -> str:
    """Return a short digest of a value, the same for equal values."""
    if isinstance(value, Links):
        value = Links(tuple(sorted(value.items, key=lambda link: (link.url, link.title))))
    text = json.dumps(encode_value(which, value), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def extend_seen(seen: Seen, changes: Iterable[Change]) -> Seen:
    """Return the chains as they are after a write of these changes."""
    longer = dict(seen)
    for change in changes:
        which = change.field
        known, written = (make_digest(which, value) for value in (change.before, change.after))
        older = seen.get(which, ())
        # A value that is known and not the last one written was typed by a person.
        fresh = (written,) if older[-1:] == (known,) else (known, written)
        longer[which] = (*older, *fresh)[-LONGEST:]
    return longer


def is_overwritten(which: Field, base: Value, before: Seen, now: Seen) -> bool:
    """Tell whether somebody wrote a field without having seen its base value.

    `before` are the chains as they were when the base was agreed on, `now` those of the row.
    """
    # A chain that did not grow: whatever the row has was typed by a person, who saw the value.
    chain = now.get(which, ()) if which in _JUDGED else ()
    return bool(chain) and chain != before.get(which, ()) and make_digest(which, base) not in chain


def is_numbered_elsewhere(row: RemoteRow, before: Seen) -> bool:
    """Tell whether another machine gave a row its number since this one last agreed to it."""
    chain = _find_news(Field.ORDER, before, row.seen)
    return bool(chain) and chain[-1] == make_digest(Field.ORDER, row.order)


def is_replaced(skill_id: SkillId, row_id: str | None, before: Seen, now: Seen) -> bool:
    """Tell whether another machine, which knew this Tracker ID of a row, gave it its own.

    Two files may know the same row under different ids, and would put theirs back for ever.
    """
    chain = _find_news(Field.ID, before, now)
    mine, theirs = (make_digest(Field.ID, value) for value in (skill_id, row_id))
    return mine in chain and chain[-1] == theirs


def _find_news(which: Field, before: Seen, now: Seen) -> Sequence[str]:
    """Return a chain that grew since it was remembered, or nothing.

    One that lacks what is remembered is older: that write was announced, and cut off.
    """
    chain, known = now.get(which, ()), before.get(which, ())
    return chain if chain != known and _follows(chain, known) else ()


def is_behind(before: Seen, now: Seen) -> bool:
    """Tell whether a row is shown as it was before the last write that is remembered of it."""
    return any(not _follows(now.get(which, ()), chain) for which, chain in before.items())


def _follows(chain: Sequence[str], older: Sequence[str]) -> bool:
    """Tell whether a chain is another one, or what became of it; a long one forgot its beginning."""
    forgotten = range(len(older) + 1) if len(chain) == LONGEST else (0,)
    return any(older[count:] == chain[: len(older) - count] for count in forgotten)


def announce(before: Seen, written: Update) -> Seen:
    """Return what to remember before a write: the number and the id that a row is about to get.

    A run that is cut off after the write would take them for another machine's.
    """
    given = {Field.ORDER, Field.ID} & {change.field for change in written.changes}
    return {**before, **{which: written.seen[which] for which in given if which in written.seen}}


def format_seen(seen: Seen) -> str:
    """Return the chains as the one line of text that a row carries."""
    return " ".join(f"{which.value}={'.'.join(chain)}" for which, chain in seen.items() if chain)


def parse_seen(text: str | None) -> Seen:
    """Return the chains of a row; what cannot be read counts as no history."""
    found = dict(_ENTRY.findall(text or ""))
    return {
        which: tuple(found[which.value].strip(".").split("."))[-LONGEST:]
        for which in Field
        if which.value in found
    }


def keep_open(before: Seen, now: Seen, unsettled: Iterable[Field]) -> Seen:
    """Return what to remember: the row's chains, but the old ones of fields still unsettled."""
    remembered: dict[Field, tuple[str, ...]] = dict(now)
    for which in unsettled:
        remembered.pop(which, None)
        if which in before:
            remembered[which] = before[which]
    return remembered
