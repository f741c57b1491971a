"""Promises of the text of the Progress page: its figures, its order, and that foreign text is only text."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.progress.page import (
    FOOTER,
    LONGEST_VALUE,
    MARKER,
    MOST_LISTED,
    MOST_ROADMAPS,
    MOST_ROWS,
    WAITING,
    PageContext,
    Waiting,
    cut_values,
    escape,
    find_last_day,
    join_waiting,
    render_page,
    split_waiting,
)
from tracker.roadmap.model import Roadmap, Section, Skill, Track
from tracker.text import clean_line
from tracker.workspace.inline import parse_inline
from tracker.workspace.markdown import parse_markdown, render_markdown
from tracker.workspace.protocol import plain_text

TODAY = date(2026, 11, 3)
NOTHING = PageContext()


def skill(slug, status="todo", **values):
    return Skill(id=slug, status=status, **{"name": slug.title(), **values})


def roadmap(*skills, title="Path"):
    return Roadmap(title=title, sections=(Section(title="All", skills=skills),))


def page(*skills, context=NOTHING, today=TODAY, **others):
    return render_page({"path": roadmap(*skills), **others}, today, context)


def cells(text):
    """Return the cells of the first table, row by row."""
    table = next(node for node in parse_markdown(text) if node.type == "table")
    return [[plain_text(cell) for cell in row.content["cells"]] for row in table.children]


def conflict(name="Knn", local="mine", remote="theirs", **more):
    return Waiting("path", "knn", name, "goal", local, remote, **more)


def test_it_says_all_that_there_is():
    """From the marker to the last line: figures, what is in progress, next, sections, and recent."""
    text = page(
        skill("a", "done", hours=2, completed=date(2026, 11, 2)),
        skill("b", "doing", hours=6, started=date(2026, 9, 24)),
        skill("c", hours=4),
        skill("d", requires=("c",)),
        skill("e", "skipped"),
        context=PageContext({("path", "c"): "https://a.example/c"}),
    )

    assert text.split("\n")[:4] == [
        f"*{MARKER}*",
        "## 25 % · 1 of 4 skills done",
        "████████░░░░░░░░░░░░░░░░░░░░░░",
        "2 of 12 h · 1 in progress · 1 skipped",
    ]
    assert "## In progress\n- **B** · since 24 Sep 2026, 40 days · stalled?\n" in text
    assert "## Start next\n- [C](https://a.example/c) · 4 h\n## Path\n" in text
    assert "## Recently finished\n- **A** · 2 Nov 2026\n" in text
    assert text.endswith(f"\n*{FOOTER}3 Nov 2026*")
    assert cells(text) == [
        ["Section", "Progress", "Skills", "Hours"],
        ["All", "██░░░░░░░░ 25 %", "1 of 4", "2 of 12 h"],
    ]


def test_it_is_spelled_as_it_comes_back():
    """What was sent is what the workspace answers, so the next change is found in it."""
    text = page(
        skill("a", "done", completed=TODAY),
        skill("b", "doing", started=TODAY),
        context=PageContext(waiting=(conflict(local="a\nb *c*"),), unread=("broken",)),
    )

    assert render_markdown(parse_markdown(text), "http://localhost/") == text


def test_it_keeps_to_the_track_that_is_followed():
    """The head says how far the track is, and what is next is on it."""
    made = roadmap(skill("a", "done", hours=2), skill("b", hours=4), skill("c", requires=("a",)))
    tracks = (Track(id="way", title="*My* way", targets=("c",)),)
    followed = made.model_copy(update={"tracks": tracks})

    text = render_page({"path": followed}, TODAY, PageContext(track="way"))

    assert "\nTrack \\*My\\* way: 1 of 2 skills · 2 of 2 h\n## Start next\n- **C**\n## Path" in text
    assert "Track" not in page(skill("a"), context=PageContext(track="way"))


def test_several_roadmaps_have_a_line_and_a_table_each():
    """The head is of all of them together, with what is counted once."""
    other = roadmap(skill("x", "done", hours=1), skill("y", hours=3), title="Other")

    text = page(skill("a", "done"), skill("b"), other=other)

    assert "## 50 % · 2 of 4 skills done" in text
    assert "## Other\n50 % · 1 of 2 skills · 1 of 4 h\n<table" in text


def test_the_day_alone_changes_only_what_it_must():
    """A page of the last day on record is the same however long nothing happens."""
    skills = (
        skill("a", "done", completed=date(2026, 10, 1)),
        skill("b", "doing", started=date(2026, 10, 5)),
    )
    last = find_last_day({"path": roadmap(*skills)})

    assert last == date(2026, 10, 5)
    assert find_last_day({}) == find_last_day({"path": roadmap(skill("a"))})
    assert page(*skills, today=TODAY) != page(*skills, today=TODAY + timedelta(days=1))


def test_a_conflict_shows_both_values_and_how_to_settle_it():
    """File first, then the other side by its own name, then the command to paste."""
    context = PageContext(waiting=(conflict(),), label="workspace", word="workspace")

    assert (
        "## Waiting for you\n"
        "- **Knn** · goal: changed on both sides\n"
        "\t- file: mine\n"
        "\t- workspace: theirs\n"
        "\t- keep one: `tracker resolve path/knn goal --take local` or "
        "`tracker resolve path/knn goal --take workspace`\n"
    ) in page(skill("knn"), context=context)


@pytest.mark.parametrize(
    ("local", "remote", "shown"),
    [
        ("", "x", ["(empty)", "x"]),
        ("one\ntwo", "x", ["one<br>two", "x"]),
        ("a  b", "a b", ["'a  b'", "'a b'"]),
        ("x ", "x", ["'x '", "'x'"]),
    ],
    ids=["nothing", "several lines", "spaces", "a space at the end"],
)
def test_values_are_told_apart(local, remote, shown):
    """Values that differ look different."""
    text = page(skill("knn"), context=PageContext(waiting=(conflict(local=local, remote=remote),)))

    lines = text.split("\n")
    assert [line.partition(": ")[2] for line in lines if line.startswith("\t- ")][:2] == shown


def test_long_values_are_cut_where_they_are_equal():
    """Two long texts that differ at their ends are shown from shortly before the difference."""
    mine, theirs = cut_values("word " * 1000 + "mine", "word " * 1000 + "theirs")

    assert (mine[:2], mine[-5:], theirs[-7:]) == ("…w", " mine", " theirs")
    assert max(len(mine), len(theirs)) <= LONGEST_VALUE


@pytest.mark.parametrize("own", [(), (conflict("Mine"),)], ids=["none", "one of its own"])
def test_conflicts_of_others_are_listed_beside_its_own(own):
    """What is taken from one page stands below the head of another, and nothing else of it does."""
    held = Waiting("path", "", "a row", reason="archived")
    theirs = split_waiting(page(context=PageContext(waiting=(conflict("Theirs"), held))))

    text = page(skill("a", "doing", started=TODAY), context=PageContext(waiting=own))
    joined = join_waiting(text, theirs)

    assert [item.split("\n")[0][:12] for item in theirs] == ["- **Theirs**"]
    assert split_waiting(joined) == (*split_waiting(text), *theirs)
    assert joined.count(WAITING) == 1
    assert joined.index(WAITING) < joined.index("## In progress")
    assert join_waiting(text, ()) == text


def test_what_is_held_is_shown_with_its_reason():
    """A hold has no values; it may be of a field, a skill, or a row that is none."""
    held = (
        Waiting("path", "knn", "Knn", "goal", reason="cannot be read"),
        Waiting("path", "", "a row", reason="archived"),
    )

    text = page(skill("knn"), context=PageContext(waiting=held))

    assert "- **Knn** · goal: cannot be read\n- **a row**: archived\n" in text


@given(st.text(max_size=40))
def test_any_text_is_shown_as_it_is(text):
    """Whatever a name holds, the page shows its characters, in a list and in a cell."""
    assert "\n" not in escape(text)
    assert plain_text(parse_inline(escape(text))) == clean_line(text)


HOSTILE = [
    MARKER,
    f"*{FOOTER}3 Nov 2026*",
    '<page url="https://www.notion.so/0123456789abcdef0123456789abcdef">x</page>',
    "[x](javascript:alert(1))",
    "</td></tr></table>",
    "# a\n- b\n```\n<table>",
    "\x1b[31m\u202e\u0000",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_makes_no_block(text):
    """The outline of the page is the same, whatever is in names, titles and values."""

    def outline(name):
        skills = (
            skill("a", "done", name=name, completed=TODAY),
            skill("b", "doing", name=name),
            skill("c", name=name),
        )
        made = Roadmap(title=name, sections=(Section(title=name, skills=skills),))
        waiting = (conflict(name, name, "x"), Waiting("path", "", name, reason=name))
        return render_page({"path": made}, TODAY, PageContext(waiting=waiting, unread=(name,)))

    plain, hostile = (parse_markdown(outline(name)) for name in ("x y", text))

    assert [node.type for node in hostile] == [node.type for node in plain]
    assert "\x1b" not in outline(text)


def test_a_page_has_an_end():
    """However much there is, the page stays within what one request may hold."""
    skills = [skill(f"s{n}", "doing", started=TODAY) for n in range(300)]
    waiting = tuple(
        Waiting("path", f"s{n}", "N" * 3000, "goal", *cut_values("m" * 9000, "t" * 9000))
        for n in range(300)
    )
    many = {f"r{n}": roadmap(skill("x"), title=f"R{n}") for n in range(50)}
    wide = Roadmap(
        title="Wide", sections=tuple(Section(title=f"S{n}", skills=()) for n in range(500))
    )

    text = page(*skills, context=PageContext(waiting=waiting), wide=wide, **many)

    assert f"- and {300 - MOST_LISTED} more" in text
    assert f"- and {300 - MOST_LISTED} more: `tracker conflicts`" in text
    assert f"and {52 - MOST_ROADMAPS} more: `tracker report`" in text
    assert text.count("<tr>") <= MOST_ROWS + MOST_ROADMAPS
    assert len(text.encode()) < 250_000


@pytest.mark.parametrize(
    ("skills", "head"),
    [
        ([], "## Nothing to learn yet"),
        ([skill("a", "skipped")], "## Nothing to learn yet"),
        ([skill("a")], "## 0 % · 0 of 1 skill done"),
        ([skill("a", "done")], "## 100 % · 1 of 1 skill done"),
    ],
    ids=["no skills", "all skipped", "nothing done", "all done"],
)
def test_the_head_fits_every_roadmap(skills, head):
    """Nothing is made up where there is nothing to count, and the end is told."""
    text = page(*skills)

    assert text.split("\n")[1] == head
    assert ("everything is done" in text) == head.startswith("## 100")
    assert "\n\n" not in text


@pytest.mark.parametrize("day", [date.min, date.max])
def test_absurd_dates_break_nothing(day):
    """A day at either end of the calendar is only a day."""
    skills = [
        skill(f"s{n}", "done", completed=day - n * timedelta(days=-1 if day.year == 1 else 1))
        for n in range(4)
    ]
    skills += [skill("b", "doing", started=day, hours=1), skill("c", hours=2)]
    last = find_last_day({"path": roadmap(*skills)})

    assert "66 % · 4 of 6" in page(*skills, today=last)
    assert "66 % · 4 of 6" in page(*skills)
