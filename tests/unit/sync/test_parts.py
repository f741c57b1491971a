"""Boxes, single addresses and fields without a column: what is seen of a value, and what it is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import POLICY, TODAY, changes, edit, in_sync, only, page, roadmap, skill

from tracker.roadmap.model import Status
from tracker.sync.journal import JournalEntry
from tracker.sync.model import Base, Change, Create, Part, Side, Update
from tracker.sync.parts import complete_record, show_record
from tracker.sync.planner import make_plan
from tracker.sync.records import Field, Link, Links
from tracker.sync.row_state import (
    RunEffects,
    carry_forward,
    digest_row,
    is_as_planned,
    make_written,
)
from tracker.sync.undo import make_undo

TODO, DOING, DONE, SKIPPED = Status
BOX = {Field.STATUS: Part.TICK, Field.COMPLETED: Part.NOTHING, Field.STARTED: Part.NOTHING}
LINKS = Links((Link("https://a.org", "A", "docs"), Link("https://b.org", "B")))


def world(parts, **values):
    """Return a world of one skill in sync, whose row shows parts of its values."""
    base, local, remote = in_sync(roadmap(skill("knn", **values)))
    rows = tuple(replace(row, record=show_record(parts, row.record)) for row in remote.rows)
    return base, local, replace(remote, rows=rows, parts=parts)


def plan_box(was, here, ticked, *, is_remembered=True):
    """Plan for a skill whose row has a box."""
    base, local, remote = world(BOX, status=was)
    remote = edit(remote, "knn", status="done" if ticked else "todo")
    return make_plan(
        base if is_remembered else Base(), edit(local, "knn", status=here), remote, POLICY
    )


@pytest.mark.parametrize(
    ("was", "here", "ticked", "file", "box"),
    [
        ("todo", "todo", False, None, None),
        ("todo", "doing", False, None, None),
        ("doing", "skipped", False, None, None),
        ("doing", "todo", False, None, None),
        ("todo", "done", False, None, DONE),
        ("doing", "done", False, None, DONE),
        ("done", "doing", True, None, DOING),
        ("todo", "todo", True, DONE, None),
        ("doing", "doing", True, DONE, None),
        ("skipped", "skipped", True, DONE, None),
        ("done", "done", False, TODO, None),
        # Both sides at once, and to the same: nobody has to decide.
        ("todo", "done", True, None, None),
        ("done", "skipped", False, None, None),
    ],
)
def test_a_box_tells_done_from_all_others(was, here, ticked, file, box):
    """An empty box is no word against doing or skipped; a tick is done, and taken out it is todo."""
    plan = plan_box(was, here, ticked)

    assert plan.conflicts == ()
    assert changes(plan, Side.LOCAL, "knn").get(Field.STATUS, (None, None))[1] == file
    assert changes(plan, Side.REMOTE, "knn").get(Field.STATUS, (None, None))[1] == box


@pytest.mark.parametrize("here", ["doing", "skipped"])
def test_a_tick_against_an_edit_is_a_conflict(here):
    """Who marks a skill in the file while somebody ticks it is asked."""
    (conflict,) = plan_box("todo", here, ticked=True).conflicts

    assert (conflict.base, conflict.local, conflict.remote) == (TODO, here, DONE)


@pytest.mark.parametrize(
    ("here", "ticked", "is_clash"),
    [
        ("doing", False, False),
        ("skipped", False, False),
        ("done", True, False),
        ("done", False, True),
        ("doing", True, True),
    ],
)
def test_without_a_base_only_what_shows_can_clash(here, ticked, is_clash):
    """With the state lost, an empty box agrees with whatever is not done."""
    plan = plan_box("todo", here, ticked, is_remembered=False)

    assert [it.field for it in plan.conflicts] == [Field.STATUS] * is_clash


def test_dates_without_a_column_follow_the_box():
    """A tick stamps the file alone, a date that is there stays, and taken out the tick clears it."""
    ticked = plan_box("todo", "todo", ticked=True)
    base, local, remote = world(BOX, status="done", completed=TODAY)
    taken_out = make_plan(base, local, edit(remote, "knn", status="todo"), POLICY)

    assert changes(ticked, Side.LOCAL, "knn")[Field.COMPLETED] == (None, TODAY)
    assert changes(taken_out, Side.LOCAL, "knn")[Field.COMPLETED] == (TODAY, None)
    assert [*only(ticked, Update), *only(taken_out, Update)] == [
        it for it in (*ticked.actions, *taken_out.actions) if getattr(it, "side", "") is Side.LOCAL
    ]


def test_an_undo_brings_back_what_the_box_does_not_show():
    """A tick that came from the row is taken back to doing, and the box is emptied."""
    base, local, remote = world(BOX, status="done")
    change = Change(Field.STATUS, DOING, DONE)
    done = Update(Side.LOCAL, "knn", (change,), page("knn"), (0, 0))
    entry = JournalEntry("run", "now", "ds-path", "Path", done, "", {Field.STATUS: DOING})

    plan = make_undo([entry], base, local, remote).plan

    assert changes(plan, Side.LOCAL, "knn") == {Field.STATUS: (DONE, DOING)}
    assert changes(plan, Side.REMOTE, "knn") == {Field.STATUS: (DONE, DOING)}


def test_an_undo_writes_no_box_that_stays_as_it_is():
    """From doing back to todo is an edit of the file alone."""
    base, local, remote = world(BOX, status="doing")
    done = Update(Side.LOCAL, "knn", (Change(Field.STATUS, TODO, DOING),), page("knn"), (0, 0))
    entry = JournalEntry("run", "now", "ds-path", "Path", done, "", {Field.STATUS: TODO})

    plan = make_undo([entry], base, local, remote).plan

    assert changes(plan, Side.LOCAL, "knn") == {Field.STATUS: (DOING, TODO)}
    assert changes(plan, Side.REMOTE, "knn") == {}


def test_a_written_row_is_known_by_what_it_shows():
    """After a write of "skipped" the row shows an empty box, and that is no edit of anybody."""
    _, _, remote = world(BOX, status="done")
    (row,) = remote.rows
    written = Update(Side.REMOTE, "knn", (Change(Field.STATUS, DONE, SKIPPED),), row.page_id)
    effects = RunEffects([(written, row.page_id)], {}, {"knn": row.page_id}, parts=BOX)
    shown = replace(row, record=replace(row.record, status=TODO))

    after = carry_forward(remote, effects)

    assert is_as_planned(make_written(row, written, effects), shown, frozenset())
    assert (after.parts, [digest_row(it) for it in after.rows]) == (BOX, [digest_row(shown)])


def test_a_new_row_shows_what_its_columns_can():
    """A skill that is begun gets an empty box, which then says nothing new."""
    base, local, remote = world(BOX, status="doing")
    plan = make_plan(Base(), local, replace(remote, rows=()), POLICY)
    (made,) = only(plan, Create)

    after = carry_forward(
        replace(remote, rows=()), RunEffects([(made, page("knn"))], {}, {}, parts=BOX)
    )

    assert (made.record.status, after.rows[0].record.status) == (DOING, TODO)
    assert make_plan(base, local, after, POLICY).writes == ()


@pytest.mark.parametrize(
    ("shown", "links"),
    [
        ("https://a.org", LINKS.items),
        ("https://c.org", (Link("https://c.org", "https://c.org"), LINKS.items[1])),
        ("https://b.org", LINKS.items),
        ("", LINKS.items[1:]),
    ],
)
def test_an_address_stands_for_the_first_link(shown, links):
    """The other links, and the title and type of the first, are kept while the address is."""
    parts = {Field.RESOURCES: Part.FIRST_LINK}
    record = skill("knn", resources=[shown] if shown else []).record

    whole = complete_record(parts, record, [{Field.RESOURCES: LINKS}])

    assert whole.resources.items == links


@pytest.mark.guarantee("G3", "G4")
@pytest.mark.parametrize("is_remembered", [True, False])
def test_any_link_of_the_file_may_be_shown(is_remembered):
    """A link that came from the row stands last in the file, and is no edit, with or without a base."""
    base, local, remote = world({Field.RESOURCES: Part.FIRST_LINK}, resources=LINKS.items)
    remote = edit(remote, "knn", resources=["https://b.org"])

    plan = make_plan(base if is_remembered else Base(), local, remote, POLICY)

    assert (plan.conflicts, changes(plan, Side.LOCAL, "knn")) == ((), {})
    assert changes(plan, Side.REMOTE, "knn") == {}


def test_a_new_first_link_of_the_file_is_shown():
    """The row shows the second link then, and gets the first."""
    base, local, remote = world({Field.RESOURCES: Part.FIRST_LINK}, resources=LINKS.items)
    local = edit(local, "knn", resources=["https://c.org", *LINKS.items])

    plan = make_plan(base, local, remote, POLICY)

    assert changes(plan, Side.REMOTE, "knn")[Field.RESOURCES][1].items[0].url == "https://c.org"


def test_a_link_that_moves_up_is_shown():
    """Where the first link was taken out in the row, the row gets the next one."""
    parts = {Field.RESOURCES: Part.FIRST_LINK}
    base, local, remote = world(parts, resources=LINKS.items)

    plan = make_plan(base, local, edit(remote, "knn", resources=[]), POLICY)

    assert changes(plan, Side.LOCAL, "knn")[Field.RESOURCES] == (LINKS, Links(LINKS.items[1:]))
    assert changes(plan, Side.REMOTE, "knn")[Field.RESOURCES][1] == Links(LINKS.items[1:])


def test_the_inbox_is_no_section():
    """A row without a section is in the inbox, and is not given one."""
    parts = {Field.SECTION: Part.NO_INBOX}
    base, local, remote = world(parts, section="Inbox")
    other = edit(remote, "knn", section="Basics")

    fresh = make_plan(Base(), roadmap(), remote, POLICY)
    moved = make_plan(base, local, other, POLICY)

    assert [it.record.section for it in only(fresh, Create)] == ["Inbox"]
    assert Field.SECTION not in changes(fresh, Side.REMOTE, "knn")
    assert make_plan(base, local, remote, POLICY).actions == ()
    assert changes(moved, Side.LOCAL, "knn")[Field.SECTION] == ("Inbox", "Basics")
