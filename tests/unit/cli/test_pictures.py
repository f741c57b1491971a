"""Promises of the report's geometry: heat map, bars, burn-up, and the map of prerequisites."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from tracker.cli.render.badge import render_badge
from tracker.cli.render.pictures import (
    clip_line,
    draw_burn_up,
    draw_heat_map,
    draw_weeks,
    find_cuts,
    find_months,
    find_ticks,
    trace_days,
)
from tracker.cli.render.report_html import list_arcs, render_html
from tracker.cli.render.skill_map import draw_map, find_layers, order_layers
from tracker.progress.forecast import Aim
from tracker.progress.report import summarise
from tracker.progress.tally import Tally
from tracker.roadmap.model import Roadmap, Section, Skill, Status, Track

TODAY = date(2026, 11, 25)  # a Wednesday


def summary(*days: date, left: int = 40, hours: float | None = 2.0, today: date = TODAY):
    """Report on skills that were completed on these days, and on some that are left."""
    done = [Skill(name=f"D{n}", status=Status.DONE, completed=it) for n, it in enumerate(days)]
    rest = [Skill(name=f"T{n}") for n in range(left)]
    skills = [skill.model_copy(update={"hours": hours}) for skill in (*done, *rest)]
    roadmap = Roadmap(title="T", sections=(Section(title="A", skills=tuple(skills)),))
    return summarise({"t": roadmap}, today=today)


def ago(*days: int) -> list[date]:
    return [TODAY - timedelta(it) for it in days]


@pytest.mark.parametrize("rows", [1, 2])
def test_the_heat_map_has_every_day_of_the_year_until_today(rows):
    """Weeks are columns from Monday to Sunday; the running one ends today."""
    picture = draw_heat_map(summary(*ago(0, 0, 3)).history, TODAY, rows=rows)

    titles = [box.title for box in picture.boxes]
    assert (titles[0], titles[-1]) == ("2025-11-24: nothing", "2026-11-25: 2 skills, 4 h")
    assert titles == sorted(set(titles))
    assert len(titles) == 52 * 7 + 3
    assert "2026-11-22: 1 skill, 2 h" in titles
    assert all(box.x + box.width <= picture.width for box in picture.boxes)
    assert picture.says == "3 skills completed on 2 days of the last 53 weeks"


def test_a_monday_begins_a_column_and_a_sunday_ends_it():
    """Days of one week stand below each other, over the end of a year and of summer time too."""
    picture = draw_heat_map(summary(today=date(2027, 1, 3)).history, date(2027, 1, 3))

    place = {box.title[:10]: (box.x, box.y) for box in picture.boxes}
    assert place["2026-12-28"][0] == place["2027-01-03"][0] == max(x for x, _ in place.values())
    assert place["2026-10-25"][0] + 13 == place["2026-10-26"][0]
    assert place["2026-12-28"][1] + 6 * 13 == place["2027-01-03"][1]


def test_months_are_named_above_the_week_with_their_first_day():
    """January is told as its year, and names do not run into each other."""
    picture = draw_heat_map(summary().history, TODAY)

    columns = {label.text: label.x for label in picture.labels}
    first = next(box.x for box in picture.boxes if box.title.startswith("2026-01-01"))
    assert columns["2026"] == first
    months = sorted(x for name, x in columns.items() if name not in ("Mon", "Wed", "Fri"))
    assert all(after - before >= 26 for before, after in pairwise(months))


@pytest.mark.parametrize("today", [date(1, 1, 9), date(9999, 12, 31)])
def test_the_ends_of_time_are_drawn(today):
    """The first and the last days that a date can be make a page."""
    assert "<svg" in render_html(summary(today, today=today))


@pytest.mark.parametrize(
    ("counts", "cuts"),
    [([], ()), ([1, 1, 1, 1], (1, 1, 1)), ([1, 1, 2, 60], (1, 2, 60))],
)
def test_shades_are_quartiles(counts, cuts):
    """A day with very many ticks leaves the others their shades."""
    assert find_cuts(counts) == cuts


@pytest.mark.parametrize(
    ("most", "whole", "ticks"),
    [
        (1, True, [0, 1]),
        (5, True, [0, 1, 2, 3, 4, 5]),
        (7, True, [0, 2, 4, 6, 8]),
        (1703, False, [0, 500, 1000, 1500, 2000]),
        (0.5, False, [0, 0.1, 0.2, 0.3, 0.4, 0.5]),
    ],
)
def test_ticks_are_round_numbers_that_reach_the_top(most, whole, ticks):
    """An axis has few ticks, and skills are never halved."""
    assert find_ticks(most, whole=whole) == ticks


def test_months_of_an_axis_keep_their_distance():
    """The longer the time, the fewer months are named; years stay."""
    first = date(2026, 3, 2).toordinal()

    named = find_months(first, date(2028, 5, 1).toordinal(), 340)

    assert named == [
        *(date(2026, month, 1) for month in (4, 7, 10)),
        *(date(2027, month, 1) for month in (1, 4, 7, 10)),
        *(date(2028, month, 1) for month in (1, 4)),
    ]


def test_bars_stand_on_the_axis_and_know_their_weeks():
    """There are the weeks since the first completion, and at least a quarter."""
    picture = draw_weeks(summary(*ago(0, 1, 9, 30)).history, 400)

    assert [box.title for box in picture.boxes] == [
        "week of 2026-10-26: 1 skill, 2 h",
        "week of 2026-11-16: 1 skill, 2 h",
        "week of 2026-11-23: 2 skills, 4 h",
    ]
    assert {box.y + box.height for box in picture.boxes} == {130}
    assert picture.says.startswith("skills completed in each of the last 13 weeks: 0, 0")


def test_weekly_bars_keep_within_the_picture():
    """Neither a line nor the name of the last month runs past the edge, whatever the day."""
    for days in range(60):
        today = TODAY + timedelta(days)
        picture = draw_weeks(summary(*ago(1, 9, 30), today=today).history, 400)

        assert {line.d.split("H")[1] for line in picture.lines} == {"392"}
        months = [label.x for label in picture.labels if label.y == picture.height - 5]
        assert max(months) + 25 <= 400


def test_a_burn_up_ends_at_what_is_done():
    """What has no date was done before; each day climbs from the evening before."""
    assert trace_days([(10, 4.0), (11, 2.0), (20, 1.0)], 10.0, 8, 30) == [
        *((8, 3.0), (9, 3.0), (10, 7.0), (11, 9.0)),
        *((19, 9.0), (20, 10.0), (30, 10.0)),
    ]


def test_the_cone_reaches_the_top_on_the_days_of_the_finish():
    """The tips of both paces are the earliest and the latest finish."""
    report = summary(*ago(1, 5, 9, 14, 20, 40, 60, 85), left=20)
    picture = draw_burn_up(report, 860)

    tips = [line.d.split("L")[1].split(" ") for line in picture.lines if line.kind == "pace"]
    (top,) = (line.d for line in picture.lines if line.kind == "total")
    assert len({x for x, _ in tips}) == 2
    assert {f"M44 {y}H852" for _, y in tips} == {top}
    assert max(float(x) for x, _ in tips) == 852
    assert picture.says.startswith("16 of 56 hours done; finish ")


def test_a_finish_far_away_leaves_the_past_its_room():
    """A line that would leave the picture is cut at its edge, and points where it did."""
    assert clip_line((0, 100.0), (1000, 300.0), 250) == (250, 150.0)
    assert clip_line((0, 100.0), (200, 300.0), 250) == (200, 300.0)


@pytest.mark.parametrize("left", [100, 250, 9000], ids=["near", "open", "too far"])
def test_every_pace_has_its_line(left):
    """A finish beyond what can be told is a line that leaves the picture; the faster one is above."""
    report = summary(*ago(1, 5, 9, 14, 20, 60, 85), left=left)
    picture = draw_burn_up(report, 860)

    rays = [line.d.split("L")[1].split(" ") for line in picture.lines if line.kind == "pace"]
    (fast_x, fast_y), (slow_x, slow_y) = (map(float, ray) for ray in rays)
    assert 44 < fast_x <= slow_x == 852
    assert 16 <= fast_y <= slow_y < 220


@pytest.mark.parametrize(("track", "lines"), [("", 1), ("all", 0)])
def test_a_target_is_that_of_the_whole(track, lines):
    """The day of the target is drawn, unless it is that of a track: the burn-up is of everything."""
    skills = tuple(
        Skill(id=f"s-{n}", name=f"{n}", status=Status.DONE if n < 5 else Status.TODO)
        for n in range(30)
    )
    days = iter(ago(1, 4, 9, 20, 40))
    dated = [
        skill.model_copy(update={"completed": next(days)}) if skill.status is Status.DONE else skill
        for skill in skills
    ]
    roadmap = Roadmap(
        title="T",
        sections=(Section(title="A", skills=tuple(dated)),),
        tracks=(Track(id="all", title="All", targets=("s-29",)),),
    )
    aim = Aim(TODAY + timedelta(30), None, track)

    picture = draw_burn_up(summarise({"t": roadmap}, today=TODAY, aim=aim), 860)

    assert [line.kind for line in picture.lines].count("target") == lines


@pytest.mark.parametrize("days", [(), (0,), (0, 0, 1)], ids=["none", "one", "without estimates"])
def test_little_history_is_drawn_too(days):
    """A burn-up without a forecast has no cone; without estimates it counts skills."""
    picture = draw_burn_up(summary(*ago(*days), hours=None), 860)

    assert f"of {40 + len(days)} skills done" in picture.says
    assert [line.kind for line in picture.lines].count("cone") == (len(days) == 3)


def test_arcs_follow_each_other_and_leave_out_what_is_to_do():
    """The ring's parts are percent of the counted skills."""
    arcs = list_arcs(Tally(todo=4, doing=2, done=2, skipped=5, covered=1))

    assert [(arc.kind, arc.start, arc.length) for arc in arcs] == [
        ("done", 0, 25),
        ("doing", 25, 25),
        ("covered", 50, 12.5),
    ]


def listed(**requires: tuple[str, ...]):
    """Return skills with these prerequisites, the first one done."""
    skills = tuple(
        Skill(id=name, name=name, requires=needed, status=Status.TODO if n else Status.DONE)
        for n, (name, needed) in enumerate(requires.items())
    )
    roadmap = Roadmap(title="T", sections=(Section(title="A", skills=skills),))
    return summarise({"t": roadmap}, today=TODAY).roadmaps[0].sections[0].skills


def test_the_map_has_a_skill_right_of_what_it_requires():
    """Layers follow the longest way; lines from what is done are shown as such."""
    picture = draw_map(listed(a=(), b=("a",), c=("a", "b"), d=("missing",), e=()))

    place = {box.title: box.x for box in picture.boxes}
    assert list(place) == ["a: done", "b: can be started", "c: to do"]
    assert sorted(place.values()) == list(place.values())
    assert [line.kind for line in picture.lines] == ["met", "met", "unmet"]
    assert picture.says.endswith("2 skills without any left out")


def test_circles_and_tangles_end():
    """Skills in a circle share the last layer; a roadmap without prerequisites has no map."""
    assert find_layers({0: [1], 1: [0], 2: [], 3: [2]}) == [[2], [3], [0, 1]]
    needs = {0: (), 1: (), 2: (1,), 3: (0,)}
    first, then = order_layers([[0, 1], [2, 3]], needs)
    assert [needs[n][0] for n in then] == first
    assert draw_map(listed(a=(), b=())) is None
    many = {f"s{n}": (f"s{n - 1}",) if n else () for n in range(700)}
    assert draw_map(listed(**many)) is None


def test_a_badge_is_an_image_that_says_how_far():
    """The badge is well-formed, fits its text and is safe to be put into a page."""
    roadmap = Roadmap(title='<b> & "x" ' * 9, sections=())
    report = summarise({"t": roadmap}, today=TODAY)

    root = ET.fromstring(render_badge(report))

    assert root.get("role") == "img"
    assert root.get("aria-label").startswith('<b> & "x"')
    assert root.get("aria-label").endswith("…: - done")
    assert render_badge(summary(TODAY, left=2)).count("33 %") == 3
