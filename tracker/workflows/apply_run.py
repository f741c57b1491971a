"""What the application of one plan shares, and what the journal says of its actions.

Holds values and ports; carries nothing out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tracker.errors import (
    TrackerError,
)
from tracker.ports import Target, Writers
from tracker.roadmap.model import SkillId
from tracker.sync.carry_out import Ledger
from tracker.sync.journal import JournalEntry
from tracker.sync.looks import Aftermath, Found, carry_forward
from tracker.sync.plan import Create, Delete, Update
from tracker.sync.snapshot import Binding, Field, PageId, RemoteObservation, Seen, Side, Value
from tracker.workflows.observe import Observed

Progress = Callable[[int, int, str], None]
"""Called with actions done, actions in all, and a word on what is going on."""

Write = Create | Update | Delete


@dataclass(slots=True)
class Run:
    """What the application of one roadmap's plan shares; `pages` grows as rows are created.

    `fatal` ended the run, `unmakeable` only the making of rows.
    `removed` are the texts that left the file, `histories` what is remembered of each row's. `done`
    are the finished writes of rows, and `found` the rows that turned out otherwise than planned.
    `moved` are those that the run takes into the trash or out of it. `unanswered` counts the rows that
    got no proper answer since the last one that did, and `is_answered` says whether any did.
    """

    run: str
    writers: Writers
    seen: Observed
    target: Target
    pages: dict[SkillId, PageId]
    ledger: Ledger
    fatal: TrackerError | None = None
    unmakeable: TrackerError | None = None
    removed: Mapping[str, str] = field(default_factory=dict)
    histories: Mapping[PageId, Seen] = field(default_factory=dict)
    done: list[tuple[Write, PageId]] = field(default_factory=list)
    found: dict[PageId, Found] = field(default_factory=dict)
    moved: frozenset[PageId] = frozenset()
    unanswered: int = 0
    is_answered: bool = False

    @property
    def name(self) -> str:
        """The roadmap's name."""
        return self.seen.file.name

    def carry_forward(self) -> RemoteObservation:
        """Return what is known of the rows by now, without listing them again."""
        after = Aftermath(self.done, self.found, self.pages, is_dated=bool(self.target.history))
        return carry_forward(self.seen.remote, after)


def make_entry(this: Run, action: Write) -> JournalEntry:
    """Make the entry of a finished action: what stood there before, and what both had agreed on."""
    removed = ""
    if isinstance(action, Delete) and action.side is Side.LOCAL:
        # Texts of removed skills come by id, or by name where the file gives none.
        removed = this.removed.get(action.skill_id) or this.removed.get(action.record.name, "")
    return JournalEntry(
        run=this.run,
        at=this.writers.clock.now(),
        roadmap=this.name,
        title=this.seen.file.roadmap.title,
        action=action,
        removed=removed,
        base=_agreed_before(this.seen.base.bindings.get(action.skill_id), action),
    )


def _agreed_before(known: Binding | None, action: Write) -> Mapping[Field, Value] | None:
    """Return the base of the fields that an action is about; None for a skill that was not bound.

    What makes a skill, removes it or brings it back is about all of them. What was agreed on with
    another row says nothing about this one.
    """
    if known is None or action.page_id not in {None, known.page_id}:
        return None
    if not isinstance(action, Update) or action.restore:
        return known.fields
    changed = {change.field for change in action.changes}
    return {which: value for which, value in known.fields.items() if which in changed}
