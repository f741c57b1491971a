"""Work out the fields of every skill: what both sides shall have, what clashes, what is held.

Pure: no clock, no disk, no network, no logging. Looks at one skill at a time; what needs the whole
roadmap (stamps, validity, sections, order) comes after.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tracker.roadmap.model import SkillId, Status
from tracker.sync.draft import GONE, MERGED, Draft, Fate
from tracker.sync.fates import Sides
from tracker.sync.merge import CLASH, UNKNOWN, Known, Mark, merge_field
from tracker.sync.options import find_lost
from tracker.sync.pairs import Pair
from tracker.sync.plan import Conflict, Policy, Take
from tracker.sync.seen import is_overwritten
from tracker.sync.snapshot import TWO_WAY, Field, Record, RemoteRow, Side, Value

INBOX = "Inbox"
"""The section of rows that come from Notion without one."""

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


def make_scene(pairs: tuple[Pair, ...], fates: Fates, sides: Sides, policy: Policy) -> Scene:
    """Summarise who survives."""
    alive = frozenset(str(pair.skill_id) for pair in pairs if fates[pair.skill_id] not in GONE)
    missing = [pair.skill_id for pair in pairs if pair.missing is not None]
    hidden = frozenset(str(each) for each in missing if fates[each] is Fate.HOLD)
    restored = frozenset(str(each) for each in missing if fates[each] is Fate.RESTORE)
    return Scene(sides, policy, alive, hidden, restored, len(alive) < len(pairs))


def make_draft(pair: Pair, fate: Fate, scene: Scene) -> Draft | None:
    """Work out the fields of one skill; None when it is the same on both sides and in the base."""
    if fate in MERGED:
        return None if _is_settled(pair, scene) else _merge_pair(pair, fate, scene)
    if fate is Fate.CREATE_LOCAL and pair.row is not None:
        return _make_local(pair, pair.row, scene)
    draft = Draft(pair, fate, local=None if pair.local is None else pair.local.record)
    if fate is Fate.DELETE_REMOTE and pair.row is not None:
        draft.remote = replace(pair.row.record, requires=scene.sides.resolve(pair.row)[0])
    if fate in {Fate.CREATE_REMOTE, Fate.HOLD}:
        _drop_dead(draft, scene)
    return draft


def _is_settled(pair: Pair, scene: Scene) -> bool:
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


def _merge_pair(pair: Pair, fate: Fate, scene: Scene) -> Draft:
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
    draft = Draft(pair, fate, local, remote, shown, base, holds=held)
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


def _seen_requires(draft: Draft, scene: Scene) -> frozenset[str]:
    """Add the prerequisites that the row only seems to have lost: their rows are out of sight."""
    base = draft.base.get(Field.REQUIRES)
    return draft.shown | (scene.hidden & base if isinstance(base, frozenset) else frozenset())


@dataclass(frozen=True, slots=True)
class _Values:
    """One field as the base and both sides have it, without what goes away by itself."""

    base: Known
    local: Value
    remote: Value


def _values(draft: Draft, which: Field, scene: Scene) -> _Values:
    local, remote = _alive(draft.local, which, scene), _alive(draft.remote, which, scene)
    base = scene.sides.rename_tags(which, draft.known(which))
    if which is Field.REQUIRES and isinstance(base, frozenset) and isinstance(remote, frozenset):
        base &= scene.alive
        remote |= base & scene.restored
    return _Values(base, local, remote)


def _reconcile(draft: Draft, which: Field, scene: Scene) -> None:
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


def _make_conflict(draft: Draft, which: Field, found: _Values, reason: str) -> Conflict:
    if isinstance(found.base, Mark):
        base, reason = None, reason or NO_BASE
    else:
        base = found.base
    return Conflict(draft.skill_id, draft.name, which, base, found.local, found.remote, reason)


def _is_overwritten(draft: Draft, which: Field, base: Known, remote: Value) -> bool:
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


def _reconcile_section(draft: Draft, base: Known, local: Value) -> None:
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


def _make_local(pair: Pair, row: RemoteRow, scene: Scene) -> Draft:
    """Take over a whole row; what cannot be read is held and stays empty meanwhile."""
    base = scene.sides.base_of(pair)
    shown, held = _read_requires(row, scene)
    remote = replace(row.record, requires=shown)
    draft = Draft(pair, Fate.CREATE_LOCAL, None, remote, shown, base, wanted=remote.values())
    draft.wanted[Field.REQUIRES] = shown & scene.alive
    for which, reason in held.items():
        draft.hold(which, reason)
    if Field.REQUIRES in held:
        draft.wanted[Field.REQUIRES] = frozenset()
    if not draft.wanted[Field.SECTION]:
        draft.wanted[Field.SECTION] = base.get(Field.SECTION) or INBOX
    return draft


def _drop_dead(draft: Draft, scene: Scene) -> None:
    """Take deleted skills out of prerequisites that are not merged: the file must stay valid."""
    if draft.local is None or Field.REQUIRES in draft.wanted:
        return
    if not draft.local.requires <= scene.alive:
        draft.wanted[Field.REQUIRES] = draft.local.requires & scene.alive
