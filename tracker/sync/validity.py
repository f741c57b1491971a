"""Hold what cannot be written: values that break the file's rules, or exceed Notion's limits.

Pure: no clock, no disk, no network, no logging. The file itself was loaded, so it is valid: only
values that come from Notion can break it. The limits are in `tracker.roadmap.limits`; `tracker check`
reports the same values, with their places. One field that is held does not stop the other fields.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

from tracker.roadmap.dates import find_order_fault
from tracker.roadmap.graph import find_circles
from tracker.roadmap.limits import (
    Excess,
    find_links_excess,
    find_requires_excess,
    find_size_excess,
    find_tags_excess,
    find_text_excess,
    find_url_excess,
)
from tracker.roadmap.model import SkillId, find_forbidden, find_url_fault
from tracker.sync.fates import MERGED, Fate
from tracker.sync.fields import SkillDraft
from tracker.sync.snapshot import TWO_WAY, Field, Links, LocalObservation, Record, Value

Drafts = Mapping[SkillId, SkillDraft]

_SHOWN = 5
"""Skills of a circle that a reason names."""
_TEXTS = (Field.NAME, Field.GOAL, Field.NOTES)


def hold_invalid(drafts: Drafts, local: LocalObservation) -> None:
    """Turn every value from Notion that would break the file into a hold of its field."""
    for draft in drafts.values():
        if not draft.stays_local:
            continue
        for which in TWO_WAY:
            is_new = draft.changes_file(which) and which not in draft.holds
            if is_new and (reason := find_fault(which, draft.wanted[which])):
                draft.hold(which, reason)
        # Of two dates in the wrong order the end is held first: with the old end, the new start may
        # be right.
        for which in (Field.COMPLETED, Field.STARTED):
            fault = find_order_fault(draft.final(Field.STARTED), draft.final(Field.COMPLETED))
            if fault and draft.changes_file(which):
                draft.hold(which, fault)
    _hold_requires(drafts, local)


def find_fault(which: Field, value: Value) -> str:
    """Say why a value cannot be in a roadmap file, or nothing."""
    texts = [value] if isinstance(value, str) else []
    if isinstance(value, frozenset):
        texts += value
    elif isinstance(value, Links):
        texts += [text for link in value.items for text in (link.url, link.title, link.type or "")]
    if forbidden := next(filter(None, map(find_forbidden, texts)), ""):
        return f"it holds {forbidden}, which no roadmap can keep"
    if which in {Field.NAME, Field.SECTION} and not str(value or "").strip():
        return f"the {which} is empty"
    if which is Field.SECTION and str(value) != str(value).strip():
        return "the section's title has white space around it"
    if isinstance(value, float | int) and not (math.isfinite(value) and value >= 0):
        return f"{which} must be a number that is at least 0"
    if which is Field.TAGS and isinstance(value, frozenset) and not all(map(str.strip, value)):
        return "a tag is empty"
    return _find_link_fault(value) if isinstance(value, Links) else ""


def _find_link_fault(links: Links) -> str:
    # As a set: the very same link twice is no fault, the file gets it once.
    for url, times in Counter(link.url for link in frozenset(links.items)).items():
        if times > 1:
            return f"it lists {url} twice with different titles"
        if fault := find_url_fault(url):
            return f"{url} cannot be linked: {fault}"
    return "" if all(link.title.strip() for link in links.items) else "a link has no title"


def _hold_requires(drafts: Drafts, local: LocalObservation) -> None:
    """Hold prerequisites that are not in the file or that would go round in a circle."""
    suspects = [
        draft
        for draft in drafts.values()
        if draft.stays_local and draft.changes_file(Field.REQUIRES)
    ]
    if not suspects:
        return
    # What each skill of the file will require.
    graph = {str(skill.skill_id): skill.record.requires for skill in local.skills if skill.skill_id}
    for draft in drafts.values():
        if draft.stays_local:
            graph[draft.skill_id] = _find_requires(draft)
        else:
            graph.pop(draft.skill_id, None)
    for draft in suspects:
        # One by one: a set minus the keys of a mapping would copy all the keys.
        unknown = frozenset(need for need in _find_requires(draft) if need not in graph)
        if unknown:
            reason = f"it requires {min(unknown)}, which is not in the file"
            _hold_prerequisites(draft, unknown, reason, graph)
    # A held skill goes back to the prerequisites it had, which may close another circle.
    is_broken = True
    while is_broken:
        is_broken = False
        for circle in find_circles(graph):
            is_broken |= _break_circle(circle, drafts, graph)


def _break_circle(circle: frozenset[str], drafts: Drafts, graph: dict[str, frozenset[str]]) -> bool:
    """Hold every skill whose new prerequisites are part of a circle; tell whether there was one."""
    reason = f"its prerequisites would go round in a circle: {', '.join(sorted(circle)[:_SHOWN])}"
    is_broken = False
    for skill_id in sorted(circle):
        draft = drafts.get(SkillId(skill_id))
        if draft is None or not draft.changes_file(Field.REQUIRES):
            continue
        before = draft.local.requires if draft.local is not None else frozenset()
        bad = (_find_requires(draft) - before) & circle
        if bad:
            _hold_prerequisites(draft, bad, reason, graph)
            is_broken = True
    return is_broken


def _hold_prerequisites(
    draft: SkillDraft, bad: frozenset[str], reason: str, graph: dict[str, frozenset[str]]
) -> None:
    """Hold the field: a new skill gets its other prerequisites, an old one keeps those it has."""
    kept = _find_requires(draft) - bad
    draft.hold(Field.REQUIRES, reason)
    if draft.local is not None:
        # A set cut down to the keys of a mapping would be no frozenset, and no value.
        kept = frozenset(need for need in draft.local.requires if need in graph)
    if draft.local is None or kept != draft.local.requires:
        draft.wanted[Field.REQUIRES] = kept
    graph[draft.skill_id] = kept


def _find_requires(draft: SkillDraft) -> frozenset[str]:
    value = draft.final(Field.REQUIRES)
    return value if isinstance(value, frozenset) else frozenset()


def hold_unwritable(drafts: Drafts) -> None:
    """Hold new skills that no row can be, and changed values that no row can take."""
    held: set[str] = set()
    for draft in drafts.values():
        if draft.fate is Fate.CREATE_REMOTE:
            values = (draft.local or Record("")).with_values(draft.wanted).values()
            excesses = (_find_excess(which, value) for which, value in values.items())
            excess = next(filter(None, excesses), None) or _find_size_excess(values)
            if excess is not None:
                draft.fate, draft.reason = Fate.HOLD, _explain(excess)
                held.add(str(draft.skill_id))
        elif draft.fate in MERGED:
            _hold_changes(draft)
    for draft in drafts.values() if held else ():
        needs = draft.wanted.get(Field.REQUIRES)
        lost = needs & held if isinstance(needs, frozenset) else frozenset()
        # Not for a new row, which is made without the relation and gets it by a later sync.
        if lost and draft.fate in MERGED:
            draft.hold(Field.REQUIRES, f"it requires {min(lost)}, which cannot have a row")


def _hold_changes(draft: SkillDraft) -> None:
    """Hold the changed values that are too much, each by itself or all together."""
    changed: dict[Field, Value] = {}
    for which in TWO_WAY:
        if which in draft.wanted and not draft.is_open(which):
            shown = draft.remote.get(which) if draft.remote is not None else None
            is_new = draft.remote is None or draft.wanted[which] != shown
            if is_new or which in draft.forced:
                changed[which] = draft.wanted[which]
    for name, value in tuple(changed.items()):
        if excess := _find_excess(name, value):
            draft.hold(name, _explain(excess))
            del changed[name]
    # One request has a limit of its own: the largest values go until the others fit.
    while excess := _find_size_excess(changed):
        largest = max(changed, key=lambda which: len(str(changed[which])))
        draft.hold(largest, f"with it the skill {_explain(excess)}")
        del changed[largest]


def _find_excess(which: Field, value: Value) -> Excess | None:
    """Say how a value exceeds what its column can hold."""
    if isinstance(value, Links):
        long = next(filter(None, (find_url_excess(link.url) for link in value.items)), None)
        if long is not None:
            return long._replace(what=f"has a link that {long.what}")
        return find_links_excess(value.items)
    if which is Field.REQUIRES and isinstance(value, frozenset):
        return find_requires_excess(len(value))
    if which is Field.TAGS and isinstance(value, frozenset):
        return find_tags_excess(len(value))
    if which in _TEXTS and isinstance(value, str) and (excess := find_text_excess(value)):
        return excess._replace(what=f"has a {which} that {excess.what}")
    return None


def _find_size_excess(values: Mapping[Field, Value]) -> Excess | None:
    texts = [value for which, value in values.items() if which in _TEXTS if isinstance(value, str)]
    tags = values.get(Field.TAGS)
    links = values.get(Field.RESOURCES)
    return find_size_excess(
        [*texts, *(tags if isinstance(tags, frozenset) else ())],
        links.items if isinstance(links, Links) else (),
    )


def _explain(excess: Excess) -> str:
    return f"it {excess.what}, and {excess.why}; tracker check shows where"
