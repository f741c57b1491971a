"""Hold what cannot be written: values that break the file's rules, or exceed Notion's limits.

Pure: no clock, no disk, no network, no logging. The file itself was loaded, so it is valid: only
values that come from Notion can break it. The limits are in `tracker.roadmap.limits`; `tracker check`
reports the same values, with their places.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

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
from tracker.roadmap.links import find_url_fault
from tracker.roadmap.model import SkillId
from tracker.roadmap.texts import find_forbidden
from tracker.sync.fates import MERGED, Fate
from tracker.sync.fields import SkillDraft
from tracker.sync.snapshot import TWO_WAY, Field, Links, LocalObservation, Record, Value

_SHOWN = 5


def hold_invalid(drafts: Mapping[SkillId, SkillDraft], local: LocalObservation) -> None:
    """Turn every value from Notion that would break the file into a hold of its field."""
    for draft in drafts.values():
        if draft.stays_local:
            _hold_values(draft)
            _hold_dates(draft)
    _hold_requires(drafts, local)


def _hold_values(draft: SkillDraft) -> None:
    for which in TWO_WAY:
        if draft.comes_from_remote(which) and which not in draft.holds:
            reason = find_fault(which, draft.wanted[which])
            if reason:
                draft.hold(which, reason)


def find_fault(which: Field, value: Value) -> str:
    """Say why a value cannot stand in a roadmap file, or nothing."""
    if forbidden := next(filter(None, map(find_forbidden, _texts(value))), ""):
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
    for url, times in Counter(link.url for link in frozenset(links.items)).items():
        if times > 1:
            return f"it lists {url} twice with different titles"
        if fault := find_url_fault(url):
            return f"{url} cannot be linked: {fault}"
    return "" if all(link.title.strip() for link in links.items) else "a link has no title"


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, frozenset):
        yield from value
    elif isinstance(value, Links):
        for link in value.items:
            yield from (link.url, link.title, link.type or "")


def _hold_dates(draft: SkillDraft) -> None:
    for which in (Field.COMPLETED, Field.STARTED):
        started, completed = draft.final(Field.STARTED), draft.final(Field.COMPLETED)
        if not (isinstance(started, date) and isinstance(completed, date)):
            return
        if started > completed and draft.comes_from_remote(which):
            draft.hold(which, f"completed {completed} would be before started {started}")


def _hold_requires(drafts: Mapping[SkillId, SkillDraft], local: LocalObservation) -> None:
    """Hold prerequisites that are not in the file or that would go round in a circle."""
    suspects = [
        draft
        for draft in drafts.values()
        if draft.stays_local and draft.comes_from_remote(Field.REQUIRES)
    ]
    if not suspects:
        return
    graph = _make_graph(drafts, local)
    for draft in suspects:
        # One by one: a set minus the keys of a mapping would copy all the keys.
        unknown = frozenset(each for each in _requires(draft) if each not in graph)
        if unknown:
            reason = f"it requires {min(unknown)}, which is not in the file"
            _hold_prerequisites(draft, unknown, reason, graph)
    # A held skill goes back to the prerequisites it had, which may close another circle.
    broken = True
    while broken:
        broken = False
        for circle in find_circles(graph):
            broken |= _break_circle(circle, drafts, graph)


def _make_graph(
    drafts: Mapping[SkillId, SkillDraft], local: LocalObservation
) -> dict[str, frozenset[str]]:
    """Return what each skill of the file will require."""
    graph = {str(skill.skill_id): skill.record.requires for skill in local.skills if skill.skill_id}
    for draft in drafts.values():
        if draft.stays_local:
            graph[draft.skill_id] = _requires(draft)
        else:
            graph.pop(draft.skill_id, None)
    return graph


def _break_circle(
    circle: frozenset[str], drafts: Mapping[SkillId, SkillDraft], graph: dict[str, frozenset[str]]
) -> bool:
    """Hold every skill whose new prerequisites are part of a circle; tell whether there was one."""
    reason = f"its prerequisites would go round in a circle: {', '.join(sorted(circle)[:_SHOWN])}"
    broken = False
    for skill_id in sorted(circle):
        draft = drafts.get(SkillId(skill_id))
        if draft is None or not draft.comes_from_remote(Field.REQUIRES):
            continue
        before = draft.local.requires if draft.local is not None else frozenset()
        bad = (_requires(draft) - before) & circle
        if bad:
            _hold_prerequisites(draft, bad, reason, graph)
            broken = True
    return broken


def _hold_prerequisites(
    draft: SkillDraft, bad: frozenset[str], reason: str, graph: dict[str, frozenset[str]]
) -> None:
    """Hold the field: a new skill gets its other prerequisites, an old one keeps those it has."""
    others = _requires(draft) - bad
    draft.hold(Field.REQUIRES, reason)
    # A set cut down to the keys of a mapping would be no frozenset, and no value.
    kept = (
        others
        if draft.local is None
        else frozenset(each for each in draft.local.requires if each in graph)
    )
    if draft.local is None or kept != draft.local.requires:
        draft.wanted[Field.REQUIRES] = kept
    graph[draft.skill_id] = kept


def _requires(draft: SkillDraft) -> frozenset[str]:
    value = draft.final(Field.REQUIRES)
    return value if isinstance(value, frozenset) else frozenset()


_MEND = "tracker check shows where"
_TEXTS = (Field.NAME, Field.GOAL, Field.NOTES)


def hold_unwritable(drafts: Mapping[SkillId, SkillDraft]) -> None:
    """Hold new skills that no row can be, and changed values that no row can take."""
    held: set[str] = set()
    for draft in drafts.values():
        if draft.fate is Fate.CREATE_REMOTE:
            record = (draft.local or Record("")).with_values(draft.wanted)
            excess = next(_find_excesses(record.values()), None)
            if excess is not None:
                draft.fate, draft.reason = Fate.HOLD, _explain(excess)
                held.add(str(draft.skill_id))
        elif draft.fate in MERGED:
            _hold_changes(draft)
    for draft in drafts.values() if held else ():
        needs = draft.wanted.get(Field.REQUIRES)
        lost = needs & held if isinstance(needs, frozenset) else frozenset()
        if lost and draft.fate in MERGED:
            draft.hold(Field.REQUIRES, f"it requires {min(lost)}, which cannot have a row")


def _hold_changes(draft: SkillDraft) -> None:
    """Hold the changed values that are too much, each by itself or all together."""
    changed: dict[Field, Value] = {
        which: draft.wanted[which]
        for which in TWO_WAY
        if which in draft.wanted and not draft.is_open(which) and _is_changed(draft, which)
    }
    for which, value in changed.items():
        if excess := find_excess(which, value):
            draft.hold(which, _explain(excess))
    left: dict[Field, Value] = {
        which: value for which, value in changed.items() if which not in draft.holds
    }
    while excess := _find_size_excess(left):
        largest = max(left, key=lambda which: len(str(left[which])))
        draft.hold(largest, f"with it the skill {_explain(excess)}")
        del left[largest]


def _is_changed(draft: SkillDraft, which: Field) -> bool:
    if which in draft.forced or draft.remote is None:
        return True
    return draft.wanted[which] != draft.remote.get(which)


def _find_excesses(values: Mapping[Field, Value]) -> Iterator[Excess]:
    for which, value in values.items():
        if excess := find_excess(which, value):
            yield excess
    if excess := _find_size_excess(values):
        yield excess


def find_excess(which: Field, value: Value) -> Excess | None:
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
    return f"it {excess.what}, and {excess.why}; {_MEND}"
