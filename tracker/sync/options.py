"""Options that a learner deleted or renamed in Notion: a change of the schema, not of the rows.

Pure: no clock, no disk, no network, no logging. What a row lost together with an option is no edit;
a tag that turned into another one in every row at once was renamed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tracker.roadmap.model import Status
from tracker.sync.merge import UNKNOWN, Known
from tracker.sync.pairs import Pair
from tracker.sync.plan import Conflict
from tracker.sync.snapshot import Base, Field, RemoteObservation, Value

Options = Mapping[Field, frozenset[str]]

_STATUSES = frozenset(Status)


def find_lost(which: Field, base: Known, remote: Value, options: Options) -> frozenset[str]:
    """Return the options that vanished from the schema and took values of this field with them."""
    known = options.get(which)
    if known is None or base is UNKNOWN or base == remote:
        return frozenset()
    if isinstance(base, frozenset) and isinstance(remote, frozenset):
        return base - remote - known
    if which is Field.STATUS:
        # Only where the options are told as statuses. A vanished one falls back to the default,
        # which is any other one when the default itself vanished.
        is_default = remote is Status.TODO or Status.TODO not in known
        lost = known <= _STATUSES and is_default and base not in known
    else:
        lost = bool(base) and not remote and base not in known
    return frozenset({str(base)}) if lost else frozenset()


def find_gone(conflicts: Iterable[Conflict], options: Options) -> dict[Field, frozenset[str]]:
    """Return the vanished options over which there is a conflict, by field.

    They stay gone until it is settled, even if an option is made anew under the same name.
    """
    return _collect(
        (
            (each.field, UNKNOWN if each.base is None else each.base, each.remote)
            for each in conflicts
        ),
        options,
    )


def find_lost_by_rows(base: Base, remote: RemoteObservation) -> dict[Field, frozenset[str]]:
    """Return the vanished options that took values of rows with them, by field."""
    rows = {row.page_id: row.record for row in remote.rows}
    return _collect(
        (
            (which, binding.fields.get(which, UNKNOWN), rows[binding.page_id].get(which))
            for binding in base.bindings.values()
            if binding.page_id in rows
            for which in remote.options
        ),
        remote.options,
    )


def _collect(
    values: Iterable[tuple[Field, Known, Value]], options: Options
) -> dict[Field, frozenset[str]]:
    gone: dict[Field, frozenset[str]] = {}
    for which, base, remote in values:
        if lost := find_lost(which, base, remote, options):
            gone[which] = gone.get(which, frozenset()) | lost
    return gone


def find_renamed_tags(pairs: Iterable[Pair], options: Options) -> Mapping[str, str]:
    """Return the tags whose option is gone and that became one and the same new tag everywhere."""
    known = options.get(Field.TAGS)
    if known is None:
        return {}
    gained: dict[str, frozenset[str]] = {}
    familiar: set[str] = set()
    for pair in pairs:
        base = (pair.base or {}).get(Field.TAGS)
        row = pair.last_row
        if not isinstance(base, frozenset) or row is None:
            continue
        familiar |= base
        for tag in base - known:
            fresh = row.record.tags - base
            gained[tag] = gained.get(tag, fresh) & fresh
    targets = {tag: fresh - familiar for tag, fresh in gained.items()}
    names = [name for fresh in targets.values() for name in fresh]
    return {
        tag: min(fresh)
        for tag, fresh in targets.items()
        if len(fresh) == 1 and names.count(min(fresh)) == 1
    }
