"""What the application of one plan shares, and what the journal says of its actions.

Holds values and ports; carries nothing out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tracker.errors import TrackerError
from tracker.ports import Target, Writers
from tracker.roadmap.model import SkillId
from tracker.sync.bookkeeping import Ledger
from tracker.sync.journal import JournalEntry
from tracker.sync.plan import Create, Delete, Update
from tracker.sync.row_state import Found, RunEffects, carry_forward
from tracker.sync.snapshot import Binding, Field, PageId, RemoteObservation, Seen, Side, Value
from tracker.workflows.observe import Observed

Write = Create | Update | Delete


@dataclass(slots=True)
class ApplyRun:
    """The state of applying one roadmap's plan; `run_id` names the run in the journal.

    `pages` grows as rows are created. `fatal` ended the run, `unmakeable` only the creation of rows.
    `removed` are the texts that left the file, `histories` the remembered history of each row. `done`
    are the finished writes of rows, and `found` the rows that turned out other than planned. `moved`
    are the rows that the run moves into the trash or out of it. `unanswered` counts the rows without a
    proper answer since the last one that had one, and `is_answered` says whether any had.
    """

    run_id: str
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
        after = RunEffects(self.done, self.found, self.pages, is_dated=bool(self.target.history))
        return carry_forward(self.seen.remote, after)


def make_entry(run: ApplyRun, action: Write) -> JournalEntry:
    """Make the journal entry of a finished action: what was there before, and the base it had."""
    removed = ""
    if isinstance(action, Delete) and action.side is Side.LOCAL:
        # Texts of removed skills come by id, or by name where the file gives none.
        removed = run.removed.get(action.skill_id) or run.removed.get(action.record.name, "")
    return JournalEntry(
        run=run.run_id,
        at=run.writers.clock.now(),
        roadmap=run.name,
        title=run.seen.file.roadmap.title,
        action=action,
        removed=removed,
        base=_find_base(run.seen.base.bindings.get(action.skill_id), action),
    )


def _find_base(known: Binding | None, action: Write) -> Mapping[Field, Value] | None:
    """Return the base of the fields that an action changes; None for a skill that was not bound."""
    # A base that was agreed on with another row says nothing about this one.
    if known is None or action.page_id not in {None, known.page_id}:
        return None
    # Creating, removing or restoring a skill concerns all of its fields.
    if not isinstance(action, Update) or action.restore:
        return known.fields
    changed = {change.field for change in action.changes}
    return {field: value for field, value in known.fields.items() if field in changed}
