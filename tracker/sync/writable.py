"""Hold what Notion can never take, so that the rest of a sync goes on without it.

Pure: no clock, no disk, no network, no logging. The limits stand in `tracker.roadmap.limits`; `check`
names the same values, with their places.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tracker.roadmap.limits import (
    Excess,
    find_links_excess,
    find_requires_excess,
    find_size_excess,
    find_tags_excess,
    find_text_excess,
    find_url_excess,
)
from tracker.roadmap.model import SkillId
from tracker.sync.draft import MERGED, Draft, Fate
from tracker.sync.snapshot import TWO_WAY, Field, Links, Record, Value

_MEND = "tracker check shows where"
_TEXTS = (Field.NAME, Field.GOAL, Field.NOTES)


def hold_unwritable(drafts: Mapping[SkillId, Draft]) -> None:
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


def _hold_changes(draft: Draft) -> None:
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


def _is_changed(draft: Draft, which: Field) -> bool:
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
