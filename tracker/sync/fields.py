"""Decide what becomes of every field of a skill: a value for both sides, a conflict, or a hold.

Pure: no clock, no disk, no network, no logging; today comes with the policy. Looks at one skill at a
time: `fates` has already decided what happens to the skill as a whole, and what needs the whole roadmap
(valid prerequisites, renamed sections, the order) comes after.

A field has three versions: in the base, which is what both sides last agreed on; `local`, in the YAML
file; and `remote`, in the row in Notion. Before they are compared, `_read_versions` takes out of all
three what changes by itself and is nobody's edit: prerequisites on skills that are deleted or whose
rows Notion cannot show, and tags that were renamed for all rows at once.

A field of a skill that is on both sides; the first matching case wins (the code has the same numbers):

        what is found                                    what becomes of the field
    1   a person chose a value (`tracker resolve`)       both sides get it, also in cases 2 to 5
    2   the row's value cannot be read                   hold
    3   the row has no name                              hold: a skill must have a name
    4   the row has no section, the file a new one (*)   both sides get the file's
    5   the row has no section, its option still exists  hold: a skill must have a section
    6   the two sides are equal                          agreed: at most the base needs updating
    7   its option was deleted in Notion (**)            clash
    8   there is no base                                 clash: nobody knows who changed it
    9   another machine wrote over the base, unseen      clash: the base does not tell who is newer
    10  one side differs from the base                   the other side gets that value
    11  both differ, the changes fit together            both sides get the merged value
    12  both differ, the changes do not fit together     clash

    (*)   another one than the base, or any one if there is no base
    (**)  a tag only counts while the file still has it

Case 1 does not apply when a row relates to a page that is not a skill: the relation would be lost. Cases
3 to 5 have no counterpart for status: a row without one is read as "todo".

A clash is settled by `resolve --take notion` or by `prefer`; otherwise it becomes a conflict. A hold
or a conflict writes neither side: both keep what they have, and the base stays as it is. There are two
exceptions, because the file must stay valid:

-   A skill that is new in the file gets a value for a field that is held, too: that of the base, or
    else an empty one. But unreadable prerequisites are empty even if the base has some, and a skill
    without a section gets the base's, or else the inbox.
-   Deleted skills go from prerequisites in any case.

When all fields of a skill are decided, the dates that go with a new status are filled or cleared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tracker.roadmap.dates import are_in_order, find_filled, list_cleared
from tracker.roadmap.model import INBOX, SkillId, Status
from tracker.sync.fates import GONE, MERGED, Fate, SkillLookup, find_lost
from tracker.sync.identity import SkillPair
from tracker.sync.merge import CLASH, NO_CHOICE, UNKNOWN, Known, Mark, merge_field
from tracker.sync.model import NO_TODAY, Conflict, Policy, RemoteRow, Side, Take
from tracker.sync.parts import is_shown, show_part
from tracker.sync.records import TWO_WAY, Field, LocalSkill, Record, RecordValues, Value
from tracker.sync.row_state import is_overwritten

NO_SECTION = "the row has no section any more; choose one there"
NO_NAME = "the row has no name any more; give it one there"
UNKNOWN_RELATION = "the row requires a row that is no skill of this roadmap"
OVERWRITTEN = "another machine wrote over this value without having seen it"
NO_BASE = "the two sides were never equal here, as far as is known"

Versions = tuple[Known, Value, Value]
"""One field in the base, in the file and in the row; a `Known` is a value or a `Mark`."""

_NEVER_EMPTY = frozenset({Field.NAME, Field.SECTION, Field.STATUS})


@dataclass(slots=True)
class SkillDraft:
    """What is decided about one skill so far; the planner makes its actions from that.

    `local` and `remote` are the records as they are. `wanted` are the values that both sides get; a
    field that is held or in conflict has none, but for the two exceptions named above.
    """

    pair: SkillPair
    fate: Fate
    local: Record | None = None
    remote: Record | None = None
    shown: frozenset[str] = frozenset()
    """The prerequisites that the row lists; `remote` also has those whose rows are out of sight."""
    base: Mapping[Field, Value] = field(default_factory=dict)
    wanted: dict[Field, Value] = field(default_factory=dict)
    conflicts: dict[Field, Conflict] = field(default_factory=dict)
    holds: dict[Field, str] = field(default_factory=dict)
    """The fields that are left alone, with the reason."""
    forced: set[Field] = field(default_factory=set)
    """Fields that are written even if the row seems to have the value.

    What it has is unreadable, or its column shows only a part of the value and not this one: such a
    field is written only if it is here.
    """
    stamped: set[Field] = field(default_factory=set)
    """Dates that follow from a new status."""
    only: frozenset[Field] | None = None
    """The fields that may be written, where `tracker resolve` settles just these; see `planner`."""
    is_order_left: bool = False
    """Whether the row keeps the number that another machine gave it; set by `whole_roadmap`."""
    is_id_left: bool = False
    """Whether the row keeps the Tracker ID that another machine gave it; set by `whole_roadmap`."""
    left_out: Sequence[Field] = ()
    """Fields that a new row is made without, as no row takes their values; set by `whole_roadmap`."""
    reason: str = ""
    """Why the whole skill is held, where its row does not tell; set by `whole_roadmap`."""

    @property
    def skill_id(self) -> SkillId:
        """The skill's id."""
        return self.pair.skill_id

    @property
    def stays_local(self) -> bool:
        """Tell whether the file lists the skill after the plan."""
        if self.fate is Fate.CREATE_LOCAL:
            return True
        return self.local is not None and self.fate is not Fate.DELETE_LOCAL

    def known(self, which: Field) -> Known:
        """Return the base value of a field, or UNKNOWN."""
        return self.base.get(which, UNKNOWN)

    def final(self, which: Field) -> Value:
        """Return the value that the file has after the plan."""
        if which in self.wanted:
            return self.wanted[which]
        return (self.local or Record("")).get(which)

    def changes_file(self, which: Field) -> bool:
        """Tell whether the plan gives the file another value for this field."""
        if which not in self.wanted:
            return False
        return self.local is None or self.wanted[which] != self.local.get(which)

    def is_written(self, which: Field) -> bool:
        """Tell whether a wanted value may be written by this plan."""
        return which in self.wanted and (self.only is None or which in self.only)

    def is_open(self, which: Field) -> bool:
        """Tell whether a field is held or in conflict, and the base must not move."""
        return which in self.holds or which in self.conflicts

    def hold(self, which: Field, reason: str) -> None:
        """Leave a field alone on both sides; a new skill gets the base or the empty value."""
        self.holds[which] = reason
        self.wanted.pop(which, None)
        if self.fate is Fate.CREATE_LOCAL:
            self.wanted[which] = self.base.get(which, Record("").get(which))


@dataclass(frozen=True, slots=True)
class FieldContext:
    """What the fields of a skill depend on besides the skill itself.

    A row cannot list a prerequisite whose row is `hidden` (not seen at the moment) or in the trash
    (and `restored` by this plan), so a relation that lacks one of these was not edited.
    """

    skills: SkillLookup
    policy: Policy
    alive: frozenset[str]
    """The skills that are there after the plan."""
    dead: frozenset[str]
    """The skills that the plan deletes or forgets."""
    hidden: frozenset[str]
    restored: frozenset[str]


def make_context(
    pairs: tuple[SkillPair, ...],
    fates: Mapping[SkillId, Fate],
    skills: SkillLookup,
    policy: Policy,
) -> FieldContext:
    """Sort the skills of a roadmap by what becomes of them."""
    ids = frozenset(str(pair.skill_id) for pair in pairs)
    dead = frozenset(str(pair.skill_id) for pair in pairs if fates[pair.skill_id] in GONE)
    missing = [pair.skill_id for pair in pairs if pair.missing is not None]
    hidden = frozenset(str(skill) for skill in missing if fates[skill] is Fate.HOLD)
    restored = frozenset(str(skill) for skill in missing if fates[skill] is Fate.RESTORE)
    return FieldContext(skills, policy, ids - dead, dead, hidden, restored)


def make_draft(pair: SkillPair, fate: Fate, context: FieldContext) -> SkillDraft | None:
    """Decide about the fields of one skill; None when both sides and the base are the same."""
    # The fate implies which sides there are: the tests for None are for the type checker.
    if fate in MERGED and pair.local is not None:
        if _is_settled(pair, pair.local, context):
            return None
        return _merge_skill(pair, pair.local.record, fate, context)
    if fate is Fate.CREATE_LOCAL and pair.row is not None:
        return _take_over_row(pair, pair.row, context)
    # Left are DELETE_LOCAL, DELETE_REMOTE, FORGET, HOLD and CREATE_REMOTE: there is nothing to compare.
    # For CREATE_REMOTE the planner takes the values of `draft.local`, and those of `wanted` before them.
    draft = SkillDraft(pair, fate, local=None if pair.local is None else pair.local.record)
    if fate is Fate.DELETE_REMOTE and pair.row is not None:
        # The journal keeps what is deleted, or it could not be undone.
        draft.remote = replace(pair.row.record, requires=context.skills.resolve(pair.row)[0])
    if fate in {Fate.CREATE_REMOTE, Fate.HOLD}:
        # These two stay in the file without being merged.
        _drop_dead(draft, context)
    return draft


def _is_settled(pair: SkillPair, local: LocalSkill, context: FieldContext) -> bool:
    """Tell, cheaply, whether there is nothing to do for the fields of a pair.

    Nearly all skills of nearly all syncs are settled: this keeps ten thousand of them fast. It may
    ignore `policy.takes`: `tracker resolve` lets a person choose only where there is a conflict or a
    hold, and a settled skill has neither. If it became settled after that, nothing is left to choose.
    """
    row = pair.row
    # Also without an edit there is something to do where the file gave the skill another id
    # (`former`), or where the row's history grew since the base was agreed on (`seen`).
    if row is None or pair.former or row.held or row.seen != pair.seen:
        return False
    # The id is still to be written, into the file or into the row.
    if local.skill_id is None or row.tracker_id != pair.skill_id:
        return False
    record = local.record
    requires, is_known = context.skills.resolve(row)
    if not is_known or requires != record.requires or record.requires & context.dead:
        return False
    # `row.record.requires` is empty: a row's relations are page ids until `resolve` makes them skills.
    remote = replace(row.record, requires=requires) if requires else row.record
    return record == remote and pair.base == RecordValues(record)


def _merge_skill(pair: SkillPair, local: Record, fate: Fate, context: FieldContext) -> SkillDraft:
    base = context.skills.base_of(pair)
    # The live row, else the trashed one that is restored, with the values that it had there.
    row = pair.last_row
    if row is None:
        # Nobody could tell what the row in the trash holds. Assume the base, completed by empty
        # values: then whatever else the file has counts as its edit, and is written to the row.
        base = Record(local.name, section=local.section).values() | dict(base)
        remote = Record("").with_values(base)
        shown, holds = remote.requires, dict[Field, str]()
    else:
        remote = row.record
        shown, holds = _read_requires(row, context)
    # A prerequisite whose row is not seen at the moment cannot be listed, but still is one.
    known = base.get(Field.REQUIRES)
    unseen = context.hidden & known if isinstance(known, frozenset) else frozenset()
    remote = replace(remote, requires=shown | unseen)
    draft = SkillDraft(pair, fate, local, remote, shown, base, holds=holds)
    for which in TWO_WAY:
        _decide_field(draft, which, context)
    _drop_dead(draft, context)
    _stamp_dates(draft, context)
    _show_parts(draft)
    return draft


def _show_parts(draft: SkillDraft) -> None:
    """Have the row written where it does not show what it has to of a value, and only there."""
    for which in draft.pair.parts:
        if which in draft.wanted and not draft.is_open(which):
            wanted, parts, shown = (
                draft.wanted[which],
                draft.pair.parts,
                draft.pair.shown.get(which),
            )
            # What the row shows already of a value that nobody changed stays.
            is_equal = draft.remote is not None and draft.remote.get(which) == wanted
            is_kept = is_equal and is_shown(parts, which, wanted, shown)
            if show_part(parts, which, wanted) != shown and not is_kept:
                draft.forced.add(which)


def _read_requires(
    row: RemoteRow, context: FieldContext
) -> tuple[frozenset[str], dict[Field, str]]:
    """Return the prerequisites that a row lists, and its unreadable fields with the reasons."""
    shown, is_known = context.skills.resolve(row)
    holds: dict[Field, str] = {which: row.held[which] for which in TWO_WAY if which in row.held}
    if not is_known:
        holds.setdefault(Field.REQUIRES, UNKNOWN_RELATION)
    return shown, holds


def _decide_field(draft: SkillDraft, which: Field, context: FieldContext) -> None:
    """Give one field a wanted value, a hold or a conflict, as the table of this module says.

    A `Known`, such as `chosen`, `base` and `outcome`, is a value, or a `Mark` where there is none.
    """
    # 1. A person's choice comes before all else. It also ends a hold, and is written then even if the
    # row seems to have that value: what it has cannot be read.
    chosen = _find_choice(draft, which, context)
    if not isinstance(chosen, Mark):
        draft.wanted[which] = chosen
        if draft.holds.pop(which, None) is not None:
            draft.forced.add(which)
        return
    # 2. Nobody knows what an unreadable value means, so it is neither taken over nor overwritten.
    if which in draft.holds:
        return
    base, local, remote = _read_versions(draft, which, context)
    # 3. No name from the file is put there: somebody may be about to type another one.
    if which is Field.NAME and not remote:
        draft.hold(which, NO_NAME)
        return
    if which is Field.SECTION and not remote:
        # 4. Unlike a name, a section is emptied by dragging a card out of its group: that is no value,
        # and so the file's new section has nothing to clash with. Without a base (UNKNOWN, which equals
        # no value) the file's section is always taken for new, on purpose: case 8 would make a conflict
        # with nothing on the other side.
        if local != base:
            draft.wanted[which] = local
            return
        # 5. As with a name. Where the option itself was deleted, nobody emptied this row: see 7.
        if not find_lost(which, base, remote, context.skills.options):
            draft.hold(which, NO_SECTION)
            return
    outcome, reason = _merge_versions(draft, which, (base, local, remote), context)
    if outcome is CLASH:
        outcome = _settle_clash(draft.skill_id, which, local, remote, context.policy)
    # The base is shown with the conflict, and stays what both agree on until it is settled.
    if isinstance(outcome, Mark):
        common = None if isinstance(base, Mark) else base
        name = draft.local.name if draft.local is not None else ""
        draft.conflicts[which] = Conflict(
            draft.skill_id, name, which, common, local, remote, reason
        )
    else:
        draft.wanted[which] = outcome


def _merge_versions(
    draft: SkillDraft, which: Field, versions: Versions, context: FieldContext
) -> tuple[Known, str]:
    """Return the value for both sides, or CLASH and a reason, if this is not a plain merge clash."""
    base, local, remote = versions
    # 6. Checked before the base is questioned: what is equal is agreed on, however it came about.
    if local == remote:
        return local, ""
    # 7. Deleting an option takes it from all rows at once, so nobody edited this one; only a tag
    # that the file has dropped, too, is gone in agreement. `place` is what people call the remote side:
    # Notion, or the built-in workspace.
    lost = find_lost(which, base, remote, context.skills.options)
    if isinstance(local, frozenset):
        lost &= local
    if lost:
        return CLASH, f'the option "{min(lost)}" was deleted in {context.policy.place}'
    # 8. Two values and no ancestor: either may be the newer one.
    if isinstance(base, Mark):
        return CLASH, NO_BASE
    # 9. Notion has no conditional write: a machine may have written over a value that it never saw.
    # `seen` is the history of a row: digests of the values that were written to each field, and of those
    # that the writer knew. Comparing the row's history now with the one remembered with the base shows
    # that. A row that has the base's value again lost nothing.
    history = draft.pair.last_row.seen if draft.pair.last_row is not None else {}
    if remote != base and is_overwritten(which, base, before=draft.pair.seen, now=history):
        return CLASH, OVERWRITTEN
    # 10, 11, 12. The three-way merge; `merge` has a table of its own.
    return merge_field(which, base, local, remote), ""


def _find_choice(draft: SkillDraft, which: Field, context: FieldContext) -> Known:
    """Return the value that a person chose for a field, or NO_CHOICE.

    The choice of Notion's own value is no choice here: it answers a clash, see `_settle_clash`.
    """
    # A relation to a row that is no skill is never written over: it would be lost.
    if draft.holds.get(which) == UNKNOWN_RELATION:
        return NO_CHOICE
    take: Take | Known = context.policy.takes.get((draft.skill_id, which), NO_CHOICE)
    chosen: Known = NO_CHOICE if isinstance(take, Take) else take
    if take is Take.LOCAL and draft.local is not None:
        chosen = draft.local.get(which)
    elif take is Take.BASE:
        chosen = draft.known(which)
    if which is Field.REQUIRES and isinstance(chosen, frozenset):
        # Unknown ids stay in it: `whole_roadmap` holds the field then, and says so.
        chosen -= context.dead
    return NO_CHOICE if not chosen and which in _NEVER_EMPTY else chosen


def _read_versions(draft: SkillDraft, which: Field, context: FieldContext) -> Versions:
    """Return a field as the base, the file and the row have it, without what changes by itself."""
    base = draft.known(which)
    local, remote = ((record or Record("")).get(which) for record in (draft.local, draft.remote))
    if not (isinstance(local, frozenset) and isinstance(remote, frozenset)):
        return base, local, remote
    if which is Field.TAGS:
        # A tag that was renamed in Notion was renamed in every row at once: nobody edited the rows.
        rename = context.skills.rename_tags
        base = rename(base) if isinstance(base, frozenset) else base
        local, remote = rename(local), rename(remote)
    if which is Field.REQUIRES:
        # A prerequisite that is deleted goes from every list: nobody edited the lists. Nothing else goes,
        # of the two sides: a file with unknown ids does not load (the rule `unknown_requires`), and the
        # relations of a row were resolved to skills.
        local, remote = local & context.alive, remote & context.alive
        if isinstance(base, frozenset):
            base &= context.alive
            # Notion dropped the relation when the prerequisite's row went to the trash; this plan
            # brings that row back, and so the relation must be written again. It will be: the planner
            # compares the merged value with `draft.remote`, which still lacks it.
            remote |= base & context.restored
    return base, local, remote


def _settle_clash(
    skill_id: SkillId, which: Field, local: Value, remote: Value, policy: Policy
) -> Known:
    """Return the value that the policy prefers; CLASH without a preference or a usable value.

    An empty name, section or status is not usable.
    """
    side = policy.prefer
    if (skill_id, which) in policy.takes:
        # Any other choice reaching here was unusable; do not let `prefer` override the person.
        side = Side.REMOTE if policy.takes[skill_id, which] is Take.REMOTE else None
    if side is None:
        return CLASH
    value = local if side is Side.LOCAL else remote
    return CLASH if not value and which in _NEVER_EMPTY else value


def _drop_dead(draft: SkillDraft, context: FieldContext) -> None:
    """Take deleted skills out of the file's prerequisites, or the file would be invalid.

    Where the field is merged, that is done already. Where it is held or in conflict, the file cannot
    wait for the decision.
    """
    if draft.local is None or Field.REQUIRES in draft.wanted:
        return
    if not draft.local.requires <= context.alive:
        draft.wanted[Field.REQUIRES] = draft.local.requires & context.alive


def _stamp_dates(draft: SkillDraft, context: FieldContext) -> None:
    """Fill and clear the dates that go with a new status; never a date that a person just edited.

    Without a status that was agreed on before, nobody knows whether this one is new, unless it was
    chosen where the sides differ: then the one that was not chosen was there before.
    """
    local, remote = draft.local or Record(""), draft.remote or Record("")
    after = draft.wanted.get(Field.STATUS)
    others = [status for status in (local.status, remote.status) if status is not after]
    before = draft.base.get(Field.STATUS, next(iter(others), after))
    if before == after or not (isinstance(before, Status) and isinstance(after, Status)):
        return
    for which in map(Field, list_cleared(before, after)):
        day = local.get(which)
        is_untouched = day == remote.get(which) and draft.known(which) in {day, UNKNOWN}
        if which in draft.wanted and is_untouched:
            draft.wanted[which] = None
            draft.stamped.add(which)
    # Run after clearing, so that a cleared completion date cannot block the start date.
    filled = find_filled(after)
    if filled is None or context.policy.today == NO_TODAY:
        return
    which, today = Field(filled), context.policy.today
    has_date = local.get(which) is not None or remote.get(which) is not None
    started = today if which is Field.STARTED else draft.final(Field.STARTED)
    completed = today if which is Field.COMPLETED else draft.final(Field.COMPLETED)
    if which in draft.wanted and not has_date and are_in_order(started, completed):
        draft.wanted[which] = today
        draft.stamped.add(which)


def _take_over_row(pair: SkillPair, row: RemoteRow, context: FieldContext) -> SkillDraft:
    """Make a skill of the file from a row; what cannot be read is held.

    A held field gets the base's or an empty value (`SkillDraft.hold`), with the two exceptions below.
    """
    base = context.skills.base_of(pair)
    shown, holds = _read_requires(row, context)
    remote = replace(row.record, requires=shown)
    draft = SkillDraft(pair, Fate.CREATE_LOCAL, None, remote, shown, base, wanted=remote.values())
    draft.wanted[Field.REQUIRES] = shown & context.alive
    for which, reason in holds.items():
        draft.hold(which, reason)
    if Field.REQUIRES in holds:
        # Not what `hold` gives it: the base may name skills that are gone. Nor `base & alive`: those may be
        # in a circle with newer prerequisites, and an empty list is valid whatever the others require.
        draft.wanted[Field.REQUIRES] = frozenset()
    # A file has no skills outside sections. The row may have none, or `hold` may have left it empty.
    if not draft.wanted[Field.SECTION]:
        draft.wanted[Field.SECTION] = base.get(Field.SECTION) or INBOX
    _show_parts(draft)
    return draft
