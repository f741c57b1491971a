"""What is known of a row: which values its writers had seen, and what it is when it is written.

Pure: no clock, no disk, no network, no logging.

The history. Notion has no conditional write (no ETag, no If-Match), so two machines that sync at once
can write the same field, the second over a value it never saw. Each write leaves its row, in the
column "Sync history", a short chain of digests: the value it knew, and the value it wrote. A machine
whose own value is missing from a chain that grew since it last looked knows that its value was
overwritten unseen; that is a conflict, not an edit. A person's edit in Notion leaves the chains as they
are, and is therefore always taken for an edit. The chains also date a listing: Notion lists rows from
an index that lags behind writes, and a row that lacks the last value written shows the one before,
which is no edit either.

The state. A plan may take minutes to carry out, and only a GET of a row says what it is. A row that is
no longer as the plan saw it is not written but planned anew, from an observation that is carried
forward: rows as the run wrote them, and as it found them. A GET outranks an older listing in later
runs, too. Where the two differ, the digest of what was read is remembered; a listing that shows
something else is doubted, and the row is read again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from sys import intern

from tracker.roadmap.model import SkillId
from tracker.sync.model import (
    Absence,
    Change,
    Create,
    Delete,
    MissingRow,
    PageId,
    Parts,
    RemoteObservation,
    RemoteRow,
    Seen,
    Update,
)
from tracker.sync.parts import show_part, show_record
from tracker.sync.records import TWO_WAY, Field, Links, Record, Value, share_value
from tracker.sync.value_json import encode_value

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


_NO_CHAINS: Seen = {}


def parse_seen(text: str | None) -> Seen:
    """Return the chains of a row; what cannot be read counts as no history."""
    if not text:
        return _NO_CHAINS
    found = dict(_ENTRY.findall(text))
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


def share_values(
    rows: Iterable[RemoteRow], records: Mapping[SkillId, Record]
) -> tuple[RemoteRow, ...]:
    """Return equal rows that hold the values of their skills' records wherever these are the same.

    Nearly all are, and of ten thousand rows they take more memory than the roadmap.
    """
    return tuple(
        row if (own := records.get(SkillId(row.tracker_id or ""))) is None else _share(row, own)
        for row in rows
    )


def _share(row: RemoteRow, own: Record) -> RemoteRow:
    values, others = row.record.values(), own.values()
    shared = {which: share_value(values[which], others[which]) for which in values}
    return replace(
        row,
        record=row.record.with_values(shared),
        # Many rows are made at once, and by one integration.
        created_at=intern(row.created_at),
        edited_at=intern(row.edited_at),
        author=intern(row.author),
    )


Found = RemoteRow | MissingRow
"""What a GET says of a row."""

_ROW_DIGITS = 16
_PLAIN = frozenset(TWO_WAY) - {Field.REQUIRES}


def digest_row(found: Found) -> str:
    """Return a digest of everything that is synced of a row; a missing one has its absence."""
    if isinstance(found, MissingRow):
        return found.absence.value
    # Sorted throughout: neither tags nor links nor histories have an order that means anything.
    said = [
        [[which.value, _sort_value(value)] for which, value in found.record.values().items()],
        [found.tracker_id, found.order, sorted(found.requires)],
        sorted([which.value, reason] for which, reason in found.held.items()),
        sorted([which.value, *chain] for which, chain in found.seen.items()),
    ]
    text = json.dumps(said)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_ROW_DIGITS]


def _sort_value(value: Value) -> object:
    if isinstance(value, Links):
        return sorted([link.url, link.title, link.type or ""] for link in value.items)
    if isinstance(value, frozenset):
        return sorted(value)
    return str(value) if isinstance(value, date) else value


def is_as_planned(planned: Found | None, found: Found, moved: frozenset[PageId]) -> bool:
    """Tell whether a row is still what the plan was made from.

    All synced fields count, not only those about to be written: statuses stamp dates, and any edit
    keeps a row out of the trash. Relations to rows that the run itself `moved` into the trash or
    out of it do not count: Notion drops them and brings them back by itself.
    """
    if isinstance(planned, MissingRow):
        if not isinstance(found, MissingRow) or planned.absence is not found.absence:
            return False
        if planned.row is None or found.row is None:
            return planned.row is found.row
        return is_as_planned(planned.row, found.row, moved)
    if planned is None or isinstance(found, MissingRow):
        return False
    if not planned.requires ^ found.requires <= moved:
        return False
    # A row that the run made itself has no date yet; that is no edit.
    return found == replace(planned, requires=found.requires, created_at=found.created_at)


@dataclass(frozen=True, slots=True)
class RunEffects:
    """What a run did to the rows: the finished writes with their pages, and what it found instead.

    `pages` are those of all skills, and `is_dated` says that rows carry a history, by which a
    listing that shows them as they were before is known for old. Of the fields in `parts`, rows show
    only a part.
    """

    done: Sequence[tuple[Create | Update | Delete, PageId]]
    found: Mapping[PageId, Found]
    pages: Mapping[SkillId, PageId]
    is_dated: bool = True
    parts: Parts = field(default_factory=dict)


def make_written(planned: Found, action: Update | Delete, after: RunEffects) -> Found:
    """Return a row as it is after an action that was planned for it."""
    row = planned.row if isinstance(planned, MissingRow) else planned
    if isinstance(action, Delete):
        return MissingRow(planned.page_id, Absence.TRASHED, row)
    return planned if row is None else _update_row(row, action, after)


def carry_forward(before: RemoteObservation, after: RunEffects) -> RemoteObservation:
    """Return the observation as it is after a run, without listing the rows again.

    A listing right after the writes would show some of them and not others.
    """
    rows = {row.page_id: row for row in before.rows}
    missing = {gone.page_id: gone for gone in before.missing}
    reads = dict(before.direct_reads)
    for action, page_id in after.done:
        gone = missing.pop(page_id, None)
        row = rows.pop(page_id, None) or (gone.row if gone is not None else None)
        if isinstance(action, Delete):
            missing[page_id] = MissingRow(page_id, Absence.TRASHED, row)
            # Nothing is bound to the row any more; a listing that still shows it is old.
            reads[page_id] = Absence.TRASHED.value
            continue
        if isinstance(action, Create):
            record = replace(show_record(after.parts, action.record), requires=frozenset())
            related = _find_pages(action.record.requires, after)
            row = RemoteRow(page_id, action.skill_id, record, related, action.order)
        elif row is not None:
            row = _update_row(row, action, after)
        if row is None:
            continue
        rows[page_id] = row
        # A row that is new, or that carries its history, tells by itself whether a listing is old.
        if isinstance(action, Create) or (after.is_dated and action.seen):
            reads.pop(page_id, None)
        else:
            reads[page_id] = digest_row(row)
    options = dict(before.options)
    for page_id, found in after.found.items():
        rows.pop(page_id, None)
        missing.pop(page_id, None)
        if isinstance(found, MissingRow):
            missing[page_id] = found
        else:
            rows[page_id] = found
            _add_options(options, found)
        reads[page_id] = digest_row(found)
    return RemoteObservation(
        rows=tuple(rows.values()),
        missing=tuple(missing.values()),
        options=options,
        direct_reads=reads,
        parts=before.parts,
    )


def _update_row(row: RemoteRow, action: Update, after: RunEffects) -> RemoteRow:
    values = {
        change.field: show_part(after.parts, change.field, change.after)
        for change in action.changes
    }
    requires, order = values.get(Field.REQUIRES), values.get(Field.ORDER, row.order)
    related = row.requires
    if isinstance(requires, frozenset):
        # Relations to rows that are no skill's are kept by the writer.
        related = _find_pages(requires, after) | (row.requires - set(after.pages.values()))
    tracker_id = values.get(Field.ID, row.tracker_id)
    plain: dict[Field, Value] = {key: value for key, value in values.items() if key in _PLAIN}
    return replace(
        row,
        tracker_id=tracker_id if isinstance(tracker_id, str) else None,
        order=order if isinstance(order, float) else None,
        record=row.record.with_values(plain),
        requires=related,
        held={which: why for which, why in row.held.items() if which not in values},
        seen=action.seen if after.is_dated and action.seen else row.seen,
    )


def _find_pages(skills: Iterable[str], after: RunEffects) -> frozenset[PageId]:
    return frozenset(
        after.pages[SkillId(skill)] for skill in skills if SkillId(skill) in after.pages
    )


def _add_options(options: dict[Field, frozenset[str]], row: RemoteRow) -> None:
    """Add the options of a row that was just read: some may be newer than the schema that was."""
    for which in (Field.SECTION, Field.LEVEL, Field.TAGS):
        value = row.record.get(which)
        texts = value if isinstance(value, frozenset) else {str(value or "")} - {""}
        options[which] = options.get(which, frozenset()) | texts
