"""Decide what needs all skills of a roadmap: what is held as invalid or too large, and the order.

Pure: no clock, no disk, no network, no logging. The file itself was loaded, so it is valid: only
values that come from Notion can break it. The limits are in `tracker.roadmap.limits`; `tracker check`
reports the same values, with their places. One field that is held does not stop the other fields.

Notion shows rows in the order of a number column. Numbers are whole and gapped by 1000; as many of
the existing ones as possible stay, the others go into the gaps, so that a skill that moves costs one
request and not one a row.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

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
from tracker.roadmap.links import find_url_fault
from tracker.roadmap.model import SkillId, find_forbidden
from tracker.sync.fates import MERGED, Fate
from tracker.sync.fields import SkillDraft
from tracker.sync.identity import SkillPair
from tracker.sync.records import TWO_WAY, Field, Links, LocalObservation, Record, Value
from tracker.sync.row_state import is_numbered_elsewhere, is_replaced

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
    return _find_link_fault(which, value)


def _find_link_fault(which: Field, value: Value) -> str:
    if which is Field.EVIDENCE and value:
        return find_url_fault(str(value))
    links = value if isinstance(value, Links) else Links()
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
    """Hold the values that no row can take, and new skills whose name is one of them."""
    held: set[str] = set()
    for draft in drafts.values():
        if draft.fate is Fate.CREATE_REMOTE:
            values = (draft.local or Record("")).with_values(draft.wanted).values()
            name = values[Field.NAME]
            if excess := _find_excess(Field.NAME, name) or _find_size_excess({Field.NAME: name}):
                draft.fate, draft.reason = Fate.HOLD, _explain(excess)
                held.add(str(draft.skill_id))
                continue
            # The row is made without them, so that it can be ticked at least.
            draft.left_out = _hold_excess(draft, values)
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
    _hold_excess(draft, changed)


def _hold_excess(draft: SkillDraft, values: Mapping[Field, Value]) -> list[Field]:
    """Hold the values that are too much, each by itself or all together; return their fields."""
    left, held = dict(values), []
    for name, value in values.items():
        if excess := _find_excess(name, value):
            draft.hold(name, _explain(excess))
            held.append(name)
            del left[name]
    # One request has a limit of its own: the largest values go until the others fit. A name goes last.
    while excess := _find_size_excess(left):
        largest = max(left, key=lambda which: (which is not Field.NAME, len(str(left[which]))))
        draft.hold(largest, f"with it the skill {_explain(excess)}")
        held.append(largest)
        del left[largest]
    return held


def _find_excess(which: Field, value: Value) -> Excess | None:
    """Say how a value exceeds what its column can hold."""
    if isinstance(value, Links):
        long = next(filter(None, (find_url_excess(link.url) for link in value.items)), None)
        if long is not None:
            return long._replace(what=f"has a link that {long.what}")
        return find_links_excess(value.items)
    if which is Field.EVIDENCE and value and (excess := find_url_excess(str(value))):
        return excess._replace(what=f"has evidence that {excess.what}")
    if isinstance(value, frozenset):
        count = find_requires_excess if which is Field.REQUIRES else find_tags_excess
        return count(len(value))
    if which in _TEXTS and isinstance(value, str) and (excess := find_text_excess(value)):
        return excess._replace(what=f"has a {which} that {excess.what}")
    return None


def _find_size_excess(values: Mapping[Field, Value]) -> Excess | None:
    named = {*_TEXTS, Field.EVIDENCE}
    texts = [value for which, value in values.items() if which in named if isinstance(value, str)]
    tags = values.get(Field.TAGS)
    links = values.get(Field.RESOURCES)
    return find_size_excess(
        [*texts, *(tags if isinstance(tags, frozenset) else ())],
        links.items if isinstance(links, Links) else (),
    )


def _explain(excess: Excess) -> str:
    return f"it {excess.what}, and {excess.why}; tracker check shows where"


GAP = 1000
_LARGEST = 1e12
"""Beyond this, a floating-point number has no room for a gap."""

Renames = tuple[tuple[str, str], ...]
"""Sections that get another title, as (before, after)."""
Key = TypeVar("Key")


def find_renamed(
    local: LocalObservation,
    drafts: Drafts,
    pairs: Sequence[SkillPair],
    options: frozenset[str] | None,
) -> Renames:
    """Return the sections whose skills all got one new section from Notion.

    A section whose title is still an option in Notion was not renamed: its skills were moved.
    """
    titles: dict[str, set[str]] = {}
    for pair in pairs[: len(local.skills)]:
        draft = drafts.get(pair.skill_id)
        if pair.local is not None and (draft is None or draft.stays_local):
            before = pair.local.record.section
            titles.setdefault(before, set()).add(_find_section(draft, before))
    return match_titles(local.sections, titles, still=options or ())


def match_titles(
    sections: Sequence[str], titles: Mapping[str, set[str]], still: Collection[str] = ()
) -> Renames:
    """Return the sections that get one title nobody has; `titles` are those of their skills after."""
    taken = set(sections)
    renamed: list[tuple[str, str]] = []
    for before in sections:
        after = titles.get(before, set())
        if len(after) == 1 and not after & taken and before not in still:
            renamed += [(before, title) for title in after]
            # A second section with the same new title is not renamed: its skills move to the first.
            taken |= after
    return tuple(renamed)


def list_in_file_order(
    local: LocalObservation, drafts: Drafts, pairs: Sequence[SkillPair], renamed: Renames
) -> list[SkillPair]:
    """Return the skills of the file as the plan leaves it, in its order.

    Skills that stay come first in their section, then those that move there, then new ones: that is
    where the edits of the file put them.
    """
    titles = dict(renamed)
    sections: dict[str, list[SkillPair]] = {
        titles.get(title, title): [] for title in local.sections
    }
    arriving: list[tuple[str, SkillPair]] = []
    for pair in pairs:
        draft = drafts.get(pair.skill_id)
        # Without a draft nothing changes: the skill stays where it is, in the file or not.
        if not (pair.local is not None if draft is None else draft.stays_local):
            continue
        before = pair.local.record.section if pair.local is not None else None
        after = _find_section(draft, before or "")
        if before is not None and titles.get(before, before) == after:
            sections.setdefault(after, []).append(pair)
        else:
            arriving.append((after, pair))
    for after, pair in arriving:
        sections.setdefault(after, []).append(pair)
    return [pair for listed in sections.values() for pair in listed]


def _find_section(draft: SkillDraft | None, before: str) -> str:
    return str(draft.final(Field.SECTION)) if draft is not None else before


def number_rows(listed: Sequence[SkillPair], drafts: Drafts) -> Mapping[SkillId, float]:
    """Return the new numbers of rows; `listed` are the skills in the order of the file.

    Two files may list the same skills in different orders, and each machine would put its own
    numbers back after the other. A number that another machine gave is therefore left alone, until
    all numbers rise in the order of the file.
    """
    rows: list[tuple[SkillId, float | None]] = []
    left: set[SkillId] = set()
    for pair in listed:
        draft, row = drafts.get(pair.skill_id), pair.last_row
        # Without a base nobody knows whose number it is, and the file decides.
        if pair.row is not None and pair.base and is_numbered_elsewhere(pair.row, pair.seen):
            left.add(pair.skill_id)
        if draft is not None and draft.fate is Fate.HOLD:
            continue
        if row is None and pair.page_id is None:
            rows.append((pair.skill_id, None))
        elif row is not None and Field.ORDER not in row.held:
            rows.append((pair.skill_id, row.order))
    orders = diff_order(rows)
    if not orders or not left:
        return orders
    for skill_id in left:
        drafts[skill_id].is_order_left = True
    return diff_order([row for row in rows if row[0] not in left])


def leave_ids(pairs: Sequence[SkillPair], drafts: Drafts) -> None:
    """Leave the Tracker IDs that another machine gave, unless they are those of other skills here.

    As with numbers: two files may know a row under different ids.
    """
    own = {pair.skill_id for pair in pairs}
    for draft in drafts.values():
        row, pair = draft.pair.last_row, draft.pair
        if row is not None and pair.base and row.tracker_id not in own:
            draft.is_id_left = is_replaced(pair.skill_id, row.tracker_id, pair.seen, row.seen)


def diff_order(rows: Sequence[tuple[Key, float | None]]) -> Mapping[Key, float]:
    """Return the numbers to set, so that all numbers rise in the given sequence."""
    numbers = [
        number if number is not None and abs(number) <= _LARGEST else None for _, number in rows
    ]
    known = [number for number in numbers if number is not None]
    if len(known) == len(numbers) and all(low < high for low, high in pairwise(known)):
        return {}
    placed = _fill_gaps(_find_longest_rise(numbers))
    return {
        key: new for (key, _), old, new in zip(rows, numbers, placed, strict=True) if old != new
    }


def _find_longest_rise(numbers: Sequence[float | None]) -> list[float | None]:
    """Keep the longest strictly rising subsequence, and None in place of the rest."""
    # Patience sorting: tails[n] is the smallest number that ends a rise of n + 1 numbers so far.
    tails: list[float] = []
    tail_at: list[int] = []
    before: dict[int, int | None] = {}
    for index, number in enumerate(numbers):
        if number is None:
            continue
        length = bisect_left(tails, number)
        before[index] = tail_at[length - 1] if length else None
        tails[length : length + 1] = [number]
        tail_at[length : length + 1] = [index]
    kept: list[float | None] = [None] * len(numbers)
    at = tail_at[-1] if tail_at else None
    while at is not None:
        kept[at] = numbers[at]
        at = before[at]
    return kept


def _fill_gaps(kept: Sequence[float | None]) -> list[float]:
    """Give every None a number between its neighbours; renumber neighbours too if there is no room."""
    placed: list[float] = []
    at = 0
    while at < len(kept):
        number = kept[at]
        if number is not None:
            placed.append(number)
            at += 1
            continue
        at = _find_run_end(kept, at)
        # Give up a neighbour's number, on the right and on the left in turn, until all fit.
        rightwards = True
        while not _has_room(*(bounds := _find_bounds(placed, kept, at)), at - len(placed)):
            if rightwards or not placed:
                at = _find_run_end(kept, at + 1)
            else:
                placed.pop()
            rightwards = not rightwards
        placed += _spread(*bounds, at - len(placed))
    return placed


def _find_run_end(kept: Sequence[float | None], at: int) -> int:
    while at < len(kept) and kept[at] is None:
        at += 1
    return at


def _find_bounds(
    placed: Sequence[float], kept: Sequence[float | None], at: int
) -> tuple[float | None, float | None]:
    return placed[-1] if placed else None, kept[at] if at < len(kept) else None


def _has_room(low: float | None, high: float | None, count: int) -> bool:
    return low is None or high is None or math.ceil(high) - math.floor(low) > count


def _spread(low: float | None, high: float | None, count: int) -> list[float]:
    """Return `count` whole numbers between two, evenly; where one is open, in steps of the gap."""
    start = math.floor(low) if low is not None else 0
    if high is None:
        return [float(start + GAP * step) for step in range(1, count + 1)]
    end = math.ceil(high)
    if low is None and end <= count:
        # No room for whole numbers above 0: go below it.
        return [float(end - GAP * step) for step in range(count, 0, -1)]
    return [float(start + (end - start) * step // (count + 1)) for step in range(1, count + 1)]
