"""Laws of the merge of one field: symmetric, lossless, and never a guess."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from tracker.roadmap.model import Status
from tracker.sync.merge import CLASH, UNKNOWN, merge_field
from tracker.sync.records import Field, Link, Links

WORDS = st.sampled_from(["a", "b", "c"])
LINES = st.lists(st.sampled_from(["one", "two", "three", "four", ""]), max_size=8).map(
    lambda lines: "\n".join(lines).rstrip() or None
)
LINKS = st.dictionaries(WORDS, st.tuples(WORDS, st.none() | WORDS), max_size=3).map(
    lambda links: Links(tuple(Link(f"https://{url}.org", *rest) for url, rest in links.items()))
)
DATES = st.none() | st.sampled_from([date(2026, 1, day) for day in (1, 2, 3)])
VALUES = {
    Field.NAME: WORDS,
    Field.STATUS: st.sampled_from(Status),
    Field.SECTION: WORDS,
    Field.LEVEL: st.none() | WORDS,
    Field.GOAL: st.none() | WORDS,
    Field.HOURS: st.none() | st.sampled_from([0.0, 1.0, 2.5]),
    Field.STARTED: DATES,
    Field.COMPLETED: DATES,
    Field.TAGS: st.frozensets(WORDS),
    Field.REQUIRES: st.frozensets(WORDS),
    Field.RESOURCES: LINKS,
    Field.EVIDENCE: st.none() | WORDS,
    Field.NOTES: LINES,
}


@st.composite
def triples(draw, *, unknown=True):
    """Draw a field with a base (maybe unknown) and two sides."""
    which = draw(st.sampled_from(list(VALUES)))
    values = VALUES[which]
    base = draw(values | st.just(UNKNOWN)) if unknown else draw(values)
    return which, base, draw(values), draw(values)


@given(triples())
def test_swapping_the_sides_changes_nothing(triple):
    """Local and remote are equals: the merge of swapped sides is the same value or clash."""
    which, base, local, remote = triple

    assert merge_field(which, base, local, remote) == merge_field(which, base, remote, local)


@given(triples())
def test_equal_sides_agree_whatever_the_base(triple):
    """Equal content is never a conflict."""
    which, base, local, _ = triple

    assert merge_field(which, base, local, local) == local


@given(triples(unknown=False))
def test_a_change_on_one_side_wins(triple):
    """What only one side changed is taken over from there."""
    which, base, local, _ = triple

    assert merge_field(which, base, local, base) == local


@given(triples())
def test_an_unknown_base_decides_nothing(triple):
    """Without a common ancestor two values clash, sets included."""
    which, _, local, remote = triple

    merged = merge_field(which, UNKNOWN, local, remote)

    assert merged == (local if local == remote else CLASH)


@given(triples(unknown=False))
def test_merging_again_changes_nothing(triple):
    """A merged value is stable against both sides that it came from."""
    which, base, local, remote = triple
    merged = merge_field(which, base, local, remote)

    if merged is not CLASH:
        assert merge_field(which, local, merged, local) == merged
        assert merge_field(which, remote, remote, merged) == merged


@given(st.frozensets(WORDS), st.frozensets(WORDS), st.frozensets(WORDS))
def test_sets_keep_what_was_added_and_drop_what_was_removed(base, local, remote):
    """Every addition of either side is in the merged set, and no removal of either side."""
    merged = merge_field(Field.TAGS, base, local, remote)

    assert merged >= (local - base) | (remote - base)
    assert not merged & ((base - local) | (base - remote))


@given(LINKS, LINKS, LINKS)
def test_links_keep_every_edit(base, local, remote):
    """Every link that a side added or edited is in the merged list, unless they clash."""
    merged = merge_field(Field.RESOURCES, base, local, remote)

    if merged is not CLASH:
        edited = (set(local.items) | set(remote.items)) - set(base.items)
        assert edited <= set(merged.items)


@given(LINES, LINES, LINES)
def test_notes_keep_every_added_line(base, local, remote):
    """Every line that a side wrote anew is in the merged text, unless the edits overlap."""
    merged = merge_field(Field.NOTES, base, local, remote)

    if merged is not CLASH:
        before = (base or "").split("\n")
        written = {line for each in (local, remote) for line in (each or "").split("\n")}
        assert written - set(before) <= set((merged or "").split("\n"))
