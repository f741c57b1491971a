"""Read the rows of a roadmap's database: all of them, or what changed where that is enough.

Handed readers only. `sync.snapshot` decides what is enough; whatever is missing, damaged or does not
add up leads to a complete read, never to an error.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tracker.ports import Readers
from tracker.roadmap.model import SkillId
from tracker.sync.model import Base, PageId, RemoteObservation, RemoteRow, Seen
from tracker.sync.records import Record
from tracker.sync.snapshot import (
    ReadConditions,
    ReadMark,
    Snapshot,
    digest_shown,
    find_obstacle,
    find_since,
    make_snapshot,
    merge_rows,
)
from tracker.sync.target import DatabaseTarget

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Changes:
    """The rows that were edited since the rows of a snapshot were read.

    `conditions` are those under which they were read.
    """

    rows: Sequence[RemoteRow]
    mark: ReadMark
    conditions: ReadConditions


@dataclass(frozen=True, slots=True)
class Glance:
    """A roadmap's database as it is found now, and what changed in it.

    Without `changes` all rows have to be read.
    """

    target: DatabaseTarget | None
    changes: Changes | None


@dataclass(frozen=True, slots=True)
class RowsRead:
    """All rows of a database, and what to remember of them; of an incremental read the `fresh` ones."""

    remote: RemoteObservation
    snapshot: Snapshot | None = None
    fresh: frozenset[PageId] | None = None


def fetch_changes(readers: Readers, name: str, target: DatabaseTarget) -> Changes | None:
    """Read what changed in a database since its rows were last read; None where that is not enough."""
    state, mark = readers.state, readers.state.load_mark(name)
    conditions = readers.remote.describe_read(target)
    obstacle = find_obstacle(
        mark,
        conditions,
        large_from=readers.large_from,
        is_settled=not state.load_intents(name) and not state.load_direct_reads(name),
    )
    if mark is None or obstacle is not None:
        _LOG.debug("%s: all rows are read, because %s", name, obstacle)
        return None
    changed = readers.remote.fetch_changed(target, find_since(mark, conditions.lag))
    return None if changed is None else Changes(changed, mark, conditions)


def fetch_glance(readers: Readers, name: str, title: str) -> Glance:
    """Find the database of a roadmap, and read what changed in it."""
    known = readers.state.load_target(name)
    target = readers.remote.fetch_target(name, title, known)
    # Of a database that is not remembered, no row is; what the settings name is no memory.
    is_remembered = known is not None and bool(known.database_id)
    changes = fetch_changes(readers, name, target) if target and is_remembered else None
    return Glance(target, changes)


def is_unchanged(readers: Readers, name: str, glance: Glance) -> bool:
    """Tell whether neither the database nor any of its rows changed since its rows were last read."""
    if glance.changes is None:
        return False
    digests = readers.state.load_digests(name) if glance.changes.rows else {}
    return digests is not None and all(
        digests.get(row.page_id) == digest_shown(row) for row in glance.changes.rows
    )


@dataclass(frozen=True, slots=True)
class RowsReader:
    """Reads the rows of one roadmap; at most `classify` rows that are missing are read one by one.

    `records` are those of the file, with which the rows share what is the same.
    """

    readers: Readers
    name: str
    target: DatabaseTarget
    base: Base
    classify: int
    records: Mapping[SkillId, Record] = field(default_factory=dict)

    def fetch_rows(self, reads: Mapping[PageId, str]) -> RemoteObservation:
        """Read all rows; `reads` are the remembered digests of what GETs said of some."""
        return self.readers.remote.fetch_rows(
            self.target,
            self._bound,
            classify=self.classify,
            direct_reads=reads,
            records=self.records,
        )

    def read_all(self) -> RowsRead:
        """Read all rows, and those of creations that were never answered."""
        state = self.readers.state
        conditions = self.readers.remote.describe_read(self.target)
        remote = self.fetch_rows(state.load_direct_reads(self.name))
        intents = state.load_intents(self.name)
        if not intents:
            large_from = self.readers.large_from
            return RowsRead(remote, make_snapshot(remote, conditions, large_from=large_from))
        listed = {row.page_id for row in remote.rows}
        known = {row.tracker_id for row in remote.rows}
        # A creation that was cut off may have happened, and the listing may lag behind it (G14).
        found = [
            row
            for skill_id in sorted(intents - known)
            for row in self.readers.remote.fetch_by_id(self.target, skill_id)
            if row.page_id not in listed
        ]
        return RowsRead(replace(remote, rows=(*remote.rows, *found)))

    def read_changes(self, changes: Changes) -> RowsRead | None:
        """Put what changed in the place of what was remembered; None where that is not enough."""
        mark, conditions = changes.mark, changes.conditions
        known = self.readers.state.load_rows(self.name, self.records) or ()
        since = find_since(mark, conditions.lag)
        merged = merge_rows(known, changes.rows, since) if len(known) == mark.rows else None
        if merged is None:
            return None
        bound = self._bound
        unbound = [row for row in merged.rows if row.tracker_id and row.page_id not in bound]
        if len(unbound) > self.classify:
            return None
        remote = self.readers.remote.check_rows(self.target, merged, bound, classify=self.classify)
        if remote.missing:
            return None
        snapshot = make_snapshot(
            remote,
            conditions,
            large_from=self.readers.large_from,
            before=mark,
            fresh=merged.fresh,
        )
        return RowsRead(remote, snapshot, merged.fresh)

    @property
    def _bound(self) -> Mapping[PageId, Seen]:
        return {binding.page_id: binding.seen or {} for binding in self.base.bindings.values()}
