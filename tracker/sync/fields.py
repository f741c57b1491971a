"""Decide what becomes of every field of a skill: the value both sides get, a conflict, or a hold.

Pure: no clock, no disk, no network, no logging; today comes with the policy. Looks at one skill at a
time; what needs the whole roadmap (validity, sections, order) comes after.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from tracker.roadmap.dates import are_in_order, find_filled, list_cleared
from tracker.roadmap.model import INBOX, SkillId, Status
from tracker.sync.fates import GONE, MERGED, Fate, Sides, SkillDraft, find_lost
from tracker.sync.identity import SkillPair
from tracker.sync.merge import CLASH, UNKNOWN, Known, Mark, merge_field
from tracker.sync.plan import Conflict, Policy, Take
from tracker.sync.seen import is_overwritten
from tracker.sync.snapshot import TWO_WAY, Field, Record, RemoteRow, Side, Value

NO_SECTION = "the row has no section any more; choose one there"
NO_NAME = "the row has no name any more; give it one there"
UNKNOWN_RELATION = "the row requires a row that is no skill of this roadmap"
OVERWRITTEN = "another machine wrote over this value without having seen it"
NO_BASE = "the two sides were never equal here, as far as is known"

Fates = Mapping[SkillId, Fate]


@dataclass(frozen=True, slots=True)
class Scene:
    """What the fields are worked out against.

    `alive` are the skills that survive the plan. That a row does not list one of those that are
    `hidden` (not seen at the moment) or `restored` (now in the trash) means nothing; the relation
    to a restored one is written again.
    """

    sides: Sides
    policy: Policy
    alive: frozenset[str]
    hidden: frozenset[str]
    restored: frozenset[str]
    has_deaths: bool


def make_scene(pairs: tuple[SkillPair, ...], fates: Fates, sides: Sides, policy: Policy) -> Scene:
    """Summarise who survives."""
    alive = frozenset(str(pair.skill_id) for pair in pairs if fates[pair.skill_id] not in GONE)
    missing = [pair.skill_id for pair in pairs if pair.missing is not None]
    hidden = frozenset(str(each) for each in missing if fates[each] is Fate.HOLD)
    restored = frozenset(str(each) for each in missing if fates[each] is Fate.RESTORE)
    return Scene(sides, policy, alive, hidden, restored, len(alive) < len(pairs))


def make_draft(pair: SkillPair, fate: Fate, scene: Scene) -> SkillDraft | None:
    """Work out the fields of one skill; None when it is the same on both sides and in the base."""
    if fate in MERGED:
        return None if _is_settled(pair, scene) else _merge_pair(pair, fate, scene)
    if fate is Fate.CREATE_LOCAL and pair.row is not None:
        return _make_local(pair, pair.row, scene)
    draft = SkillDraft(pair, fate, local=None if pair.local is None else pair.local.record)
    if fate is Fate.DELETE_REMOTE and pair.row is not None:
        draft.remote = replace(pair.row.record, requires=scene.sides.resolve(pair.row)[0])
    if fate in {Fate.CREATE_REMOTE, Fate.HOLD}:
        _drop_dead(draft, scene)
    return draft


def _is_settled(pair: SkillPair, scene: Scene) -> bool:
    """Tell, cheaply, whether there is nothing to do for the fields of a pair."""
    local, row = pair.local, pair.row
    if local is None or row is None or pair.former or row.held:
        return False
    if local.skill_id is None or row.tracker_id != pair.skill_id:
        return False
    if row.seen != pair.seen:
        return False
    record = local.record
    requires, known = scene.sides.resolve(row)
    if not known or requires != record.requires:
        return False
    if scene.has_deaths and not record.requires <= scene.alive:
        return False
    seen = replace(row.record, requires=requires) if requires else row.record
    return record == seen and record.values() == pair.base


def _merge_pair(pair: SkillPair, fate: Fate, scene: Scene) -> SkillDraft:
    base = scene.sides.base_of(pair)
    row = pair.row if pair.missing is None else pair.missing.row
    local = pair.local.record if pair.local is not None else Record("")
    if row is None:
        # Trashed, and nobody could tell what it held: what was agreed on is taken for it.
        base = Record(local.name, section=local.section).values() | dict(base)
        remote = Record("").with_values(base)
        shown, held = remote.requires, dict[Field, str]()
    else:
        remote = row.record
        shown, held = _read_requires(row, scene)
    draft = SkillDraft(pair, fate, local, remote, shown, base, holds=held)
    draft.remote = replace(remote, requires=_seen_requires(draft, scene))
    for which in TWO_WAY:
        if which not in draft.holds:
            _reconcile(draft, which, scene)
    _drop_dead(draft, scene)
    return draft


def _read_requires(row: RemoteRow, scene: Scene) -> tuple[frozenset[str], dict[Field, str]]:
    """Return the prerequisites that a row lists, and its held fields."""
    shown, known = scene.sides.resolve(row)
    held: dict[Field, str] = {each: row.held[each] for each in TWO_WAY if each in row.held}
    if not known:
        held.setdefault(Field.REQUIRES, UNKNOWN_RELATION)
    return shown, held


def _seen_requires(draft: SkillDraft, scene: Scene) -> frozenset[str]:
    """Add the prerequisites that the row only seems to have lost: their rows are out of sight."""
    base = draft.base.get(Field.REQUIRES)
    return draft.shown | (scene.hidden & base if isinstance(base, frozenset) else frozenset())


@dataclass(frozen=True, slots=True)
class _Values:
    """One field as the base and both sides have it, without what goes away by itself."""

    base: Known
    local: Value
    remote: Value


def _values(draft: SkillDraft, which: Field, scene: Scene) -> _Values:
    local, remote = _alive(draft.local, which, scene), _alive(draft.remote, which, scene)
    base = scene.sides.rename_tags(which, draft.known(which))
    if which is Field.REQUIRES and isinstance(base, frozenset) and isinstance(remote, frozenset):
        base &= scene.alive
        remote |= base & scene.restored
    return _Values(base, local, remote)


def _reconcile(draft: SkillDraft, which: Field, scene: Scene) -> None:
    """Merge one field into `wanted`, or record a conflict or a hold."""
    found = _values(draft, which, scene)
    if not found.remote and which is Field.NAME:
        draft.hold(which, NO_NAME)
        return
    lost = find_lost(which, found.base, found.remote, scene.sides.options)
    if isinstance(found.local, frozenset):
        lost &= found.local
    if not found.remote and which is Field.SECTION and (found.local != found.base or not lost):
        _reconcile_section(draft, found.base, found.local)
        return
    reason = f'the option "{min(lost)}" was deleted in {scene.policy.place}' if lost else ""
    base = found.base
    if _is_overwritten(draft, which, base, found.remote):
        base, reason = UNKNOWN, reason or OVERWRITTEN
    merged: Known = CLASH
    if not lost or found.local == found.remote:
        merged = merge_field(which, base, found.local, found.remote)
    if merged is CLASH:
        merged = _settle(scene.policy, draft.skill_id, which, found)
    if isinstance(merged, Mark):
        draft.conflicts[which] = _make_conflict(draft, which, found, reason)
    else:
        draft.wanted[which] = merged


def _make_conflict(draft: SkillDraft, which: Field, found: _Values, reason: str) -> Conflict:
    if isinstance(found.base, Mark):
        base, reason = None, reason or NO_BASE
    else:
        base = found.base
    return Conflict(draft.skill_id, draft.name, which, base, found.local, found.remote, reason)


def _is_overwritten(draft: SkillDraft, which: Field, base: Known, remote: Value) -> bool:
    row = draft.pair.last_row
    if isinstance(base, Mark) or row is None or remote == base:
        return False
    return is_overwritten(which, base, draft.pair.seen, row.seen)


def _alive(record: Record | None, which: Field, scene: Scene) -> Value:
    """Return a value of a record, without the prerequisites that do not survive the plan."""
    value = (record or Record("")).get(which)
    if which is Field.TAGS:
        renamed = scene.sides.rename_tags(which, value)
        return renamed if isinstance(renamed, frozenset) else value
    if which is Field.REQUIRES and isinstance(value, frozenset):
        return value & scene.alive
    return value


def _reconcile_section(draft: SkillDraft, base: Known, local: Value) -> None:
    """Settle a row without a section: no section is no value, so only the file can give one."""
    if local != base:
        draft.wanted[Field.SECTION] = local
    else:
        draft.hold(Field.SECTION, NO_SECTION)


def _settle(policy: Policy, skill_id: SkillId, which: Field, found: _Values) -> Known:
    """Settle a clash as the policy says; CLASH when it says nothing, or nothing possible."""
    prefer = {Side.LOCAL: Take.LOCAL, Side.REMOTE: Take.REMOTE, None: None}[policy.prefer]
    take: Take | Known = policy.takes.get((skill_id, which), prefer or CLASH)
    chosen: Known = take
    if isinstance(take, Take):
        chosen = {Take.LOCAL: found.local, Take.REMOTE: found.remote, Take.BASE: found.base}[take]
    return chosen if _is_possible(which, chosen) else CLASH


def _is_possible(which: Field, value: Known) -> bool:
    if isinstance(value, Mark):
        return False
    if which is Field.STATUS:
        return isinstance(value, Status)
    return bool(value) or which not in {Field.NAME, Field.SECTION}


def _make_local(pair: SkillPair, row: RemoteRow, scene: Scene) -> SkillDraft:
    """Take over a whole row; what cannot be read is held and stays empty meanwhile."""
    base = scene.sides.base_of(pair)
    shown, held = _read_requires(row, scene)
    remote = replace(row.record, requires=shown)
    draft = SkillDraft(pair, Fate.CREATE_LOCAL, None, remote, shown, base, wanted=remote.values())
    draft.wanted[Field.REQUIRES] = shown & scene.alive
    for which, reason in held.items():
        draft.hold(which, reason)
    if Field.REQUIRES in held:
        draft.wanted[Field.REQUIRES] = frozenset()
    if not draft.wanted[Field.SECTION]:
        draft.wanted[Field.SECTION] = base.get(Field.SECTION) or INBOX
    return draft


def _drop_dead(draft: SkillDraft, scene: Scene) -> None:
    """Take deleted skills out of prerequisites that are not merged: the file must stay valid."""
    if draft.local is None or Field.REQUIRES in draft.wanted:
        return
    if not draft.local.requires <= scene.alive:
        draft.wanted[Field.REQUIRES] = draft.local.requires & scene.alive


_NEVER_EMPTY = frozenset({Field.NAME, Field.SECTION, Field.STATUS})


def settle_takes(drafts: Mapping[SkillId, SkillDraft], policy: Policy) -> None:
    """Give every field that is taken the value that was chosen, over whatever Notion has there.

    Notion's own value cannot be taken: it is held because it cannot be read, or cannot stand in a
    file. A relation to a row that is no skill is never written over.
    """
    dead = frozenset(str(each.skill_id) for each in drafts.values() if each.fate in GONE)
    for (skill_id, which), take in policy.takes.items():
        draft = drafts.get(skill_id)
        if draft is None or draft.fate not in MERGED or which in draft.conflicts:
            continue
        if draft.holds.get(which) == UNKNOWN_RELATION:
            continue
        value = _choose(draft, which, take)
        if which is Field.REQUIRES and isinstance(value, frozenset):
            value -= dead
        if isinstance(value, Mark) or (not value and which in _NEVER_EMPTY):
            continue
        draft.wanted[which] = value
        if draft.holds.pop(which, None) is not None:
            draft.forced.add(which)


def _choose(draft: SkillDraft, which: Field, take: Take | Value) -> Known:
    if take is Take.LOCAL:
        return draft.local.get(which) if draft.local is not None else CLASH
    if take is Take.BASE:
        return draft.known(which)
    return CLASH if isinstance(take, Take) else take


def stamp(draft: SkillDraft, today: date) -> None:
    """Add the date stamps that a newly agreed status asks for to the wanted values."""
    before, after = draft.base.get(Field.STATUS), draft.wanted.get(Field.STATUS)
    if draft.fate not in MERGED or before == after:
        return
    if not (isinstance(before, Status) and isinstance(after, Status)):
        return
    for key in list_cleared(before, after):
        _clear(draft, Field(key))
    # After the clearing: a completion date that goes does not keep the start from being filled.
    if filled := find_filled(after):
        _fill(draft, Field(filled), today)


def _fill(draft: SkillDraft, which: Field, today: date) -> None:
    """Set a date that is empty on both sides, where that does not put the dates in wrong order."""
    if today == date.min or which not in draft.wanted or _has_date(draft, which):
        return
    other = Field.COMPLETED if which is Field.STARTED else Field.STARTED
    bound = draft.final(other)
    early, late = (today, bound) if which is Field.STARTED else (bound, today)
    if are_in_order(early, late):
        draft.wanted[which] = today


def _has_date(draft: SkillDraft, which: Field) -> bool:
    records = (draft.local or Record(""), draft.remote or Record(""))
    return any(record.get(which) is not None for record in records)


def _clear(draft: SkillDraft, which: Field) -> None:
    """Empty a date that nobody edited in this round."""
    local, remote = draft.local or Record(""), draft.remote or Record("")
    if which in draft.wanted and local.get(which) == remote.get(which) == draft.known(which):
        draft.wanted[which] = None
