"""Promises of the drawings: what a chart and a calendar show are the numbers and days that they are of."""

from __future__ import annotations

import math
import re
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.workspace.web.charts import (
    BAND,
    WIDTH,
    Numbers,
    Series,
    draw_bars,
    draw_columns,
    draw_donut,
    draw_line,
    draw_slice,
    find_ticks,
    format_value,
    shorten,
)
from tracker.workspace.web.months import make_month, parse_month

VALUES = st.lists(st.integers(0, 500), min_size=1, max_size=12)


def numbers(*columns, colors=("green", "blue", "red")):
    """Return numbers with a series for each column of values."""
    names = tuple(f"n{place}" for place in range(len(columns[0])))
    series = (
        Series(f"s{i}", color, tuple(c))
        for i, (c, color) in enumerate(zip(columns, colors, strict=False))
    )
    return Numbers(names, tuple(colors[i % len(colors)] for i in range(len(names))), tuple(series))


def angles(path):
    """Return the turns at which the outer arcs of a slice begin and end."""
    found = re.findall(r"M([\d.]+) ([\d.]+) A100 100 0 \d 1 ([\d.]+) ([\d.]+)", path)
    return [
        [
            math.atan2(float(x) - 110, 110 - float(y)) / (2 * math.pi) % 1
            for x, y in (arc[:2], arc[2:])
        ]
        for arc in found
    ]


@given(VALUES)
def test_the_slices_of_a_ring_share_it_by_their_values(values):
    """Slices follow each other without a gap, and each is as long as its part of the whole."""
    drawing = draw_donut(numbers(values))

    shown = [value for value in values if value]
    assert len(drawing.shapes) == len(shown)
    at = 0.0
    for shape, value in zip(drawing.shapes, shown, strict=True):
        arcs = angles(shape.path)
        length = sum((end - start) % 1 for start, end in arcs)
        assert arcs[0][0] == pytest.approx(at % 1, abs=1e-3)
        assert length == pytest.approx(value / sum(shown), abs=1e-3)
        at += value / sum(shown)


def test_a_slice_beyond_half_a_turn_takes_the_long_way():
    """The flag of a long arc is set for more than half a ring, and a whole ring is two halves."""
    assert " 0 1 1 " in draw_slice(0, 0.75)
    assert " 0 0 1 " in draw_slice(0.75, 1)
    assert draw_slice(0, 1).count("M") == 2


@given(VALUES, VALUES, st.booleans())
def test_stacked_bars_begin_where_the_last_one_ended(one, other, is_percent):
    """The parts of a bar lie side by side, in their order, within the chart, as long as their values."""
    both = list(zip(one, other, strict=False))
    data = numbers(*zip(*both, strict=True))
    drawing = draw_bars(data, is_percent=is_percent)
    most = 100 if is_percent else max(sum(pair) for pair in both)
    scale = find_ticks(most)[-1]

    for place, pair in enumerate(both):
        boxes = [shape for shape in drawing.shapes if place * BAND <= shape.y < place * BAND + BAND]
        at = 0.0
        for value, box in zip([value for value in pair if value], boxes, strict=True):
            part = 100 * value / sum(pair) if is_percent else value
            assert (box.x, box.width) == pytest.approx((at, WIDTH * part / scale))
            at += box.width
        assert at <= WIDTH * 1.0001


@given(VALUES)
def test_standing_bars_stand_on_the_ground(values):
    """A column ends at the bottom, is as high as its value, and keeps within its own room."""
    drawing = draw_columns(numbers(values), is_percent=False, height=240)
    scale = find_ticks(max(values))[-1]

    shown = [(place, value) for place, value in enumerate(values) if value]
    for (place, value), box in zip(shown, drawing.shapes, strict=True):
        room = WIDTH / len(values)
        assert box.y + box.height == pytest.approx(240)
        assert box.height == pytest.approx(240 * value / scale)
        assert place * room <= box.x <= box.x + box.width <= (place + 1) * room + 1e-9


def test_a_line_goes_from_edge_to_edge():
    """Points stand at equal distances, the highest value is the highest point, zero is the ground."""
    drawing = draw_line(numbers([0, 5, 10]), height=100, is_filled=True)

    line, *points = drawing.shapes
    assert [(point.x, point.y) for point in points] == [(0, 100), (500, 50), (1000, 0)]
    assert line.path == "M0.00 100.00 L500.00 50.00 L1000.00 0.00"
    assert drawing.area == "M0.00 100 L0.00 100.00 L500.00 50.00 L1000.00 0.00 L1000.00 100 Z"
    assert [tick.words for tick in drawing.names] == ["n0", "n1", "n2"]


@pytest.mark.parametrize("count", [1, 2, 7, 38, 500])
def test_the_names_below_a_line_do_not_run_into_each_other(count):
    """However many points there are, at most six have a name, and the last one is among them."""
    drawing = draw_line(numbers(list(range(1, count + 1))), height=100, is_filled=False)

    places = [tick.at for tick in drawing.names]
    assert len(places) <= 6
    assert drawing.names[-1].words == f"n{count - 1}"
    assert all(b - a >= WIDTH / 8 for a, b in pairwise(places))


def test_nothing_is_drawn_of_nothing():
    """A chart without rows has no shape, and no division by zero."""
    empty = Numbers((), (), (Series("", "blue", ()),))

    drawings = [
        draw_donut(empty),
        draw_bars(empty, is_percent=True),
        draw_columns(empty, is_percent=False, height=9),
        draw_donut(numbers([0, 0])),
        draw_bars(numbers([0], [0]), is_percent=True),
    ]

    assert not any(drawing.shapes for drawing in drawings)
    assert draw_line(empty, height=9, is_filled=True).area == ""


@pytest.mark.parametrize(
    ("most", "ticks"),
    [(0, [0, 1]), (1, [0, 1]), (3, [0, 1, 2, 3]), (10, [0, 2, 4, 6, 8, 10]), (82, [0, 20, 40, 60, 80, 100]),
     (249, [0, 50, 100, 150, 200, 250]), (0.5, [0, 0.1, 0.2, 0.3, 0.4, 0.5]), (float("inf"), [0, 1])],
)  # fmt: skip
def test_an_axis_has_round_numbers(most, ticks):
    """An axis begins at zero, reaches the highest value, and shows no half skills."""
    assert find_ticks(most) == pytest.approx(ticks)


@given(st.floats(0.001, 1e12))
def test_an_axis_is_short_and_reaches_far_enough(most):
    """Whatever the highest value, an axis has few marks, and none is far beyond it."""
    ticks = find_ticks(most)

    assert len(ticks) <= 7
    assert most <= ticks[-1] * 1.0001
    assert ticks[-2] < most or len(ticks) == 2


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (3, "3"),
        (2.5, "2.5"),
        (1234, "1,234"),
        (0.333333, "0.33"),
        (12_345_678, "12,345,678"),
        (-0.0, "0"),
    ],
)
def test_a_value_is_written_for_a_reader(value, words):
    """Whole numbers have no point, others two digits behind it."""
    assert format_value(value) == words


def test_a_long_name_is_cut():
    """A name that does not fit beside a bar ends in an ellipsis."""
    assert shorten("x" * 34) == "x" * 34
    assert shorten(f"{'x' * 32} yy") == f"{'x' * 32}…"


TODAY = date(2026, 11, 5)


def days(month):
    """Return the days of a month with their things, without those that have none."""
    return {
        (day.day.month, day.day.day): day.things
        for week in month.weeks
        for day in week
        if day.things
    }


def test_a_month_holds_what_is_on_its_days():
    """Whole weeks from Monday to Sunday, with the things of each day and the days around the month."""
    things = [
        (date(2026, 11, 2), date(2026, 11, 2), "a"),
        (date(2026, 11, 2), date(2026, 11, 2), "b"),
        (date(2026, 10, 28), date(2026, 10, 28), "before"),
        (date(2026, 9, 1), date(2026, 9, 1), "long ago"),
        (date(2026, 11, 29), date(2027, 4, 1), "long"),
    ]

    month = make_month(things, date(2026, 11, 1), TODAY)

    assert [len(week) for week in month.weeks] == [7] * 6
    assert (month.weeks[0][0].day, month.weeks[-1][-1].day) == (
        date(2026, 10, 26),
        date(2026, 12, 6),
    )
    found = days(month)
    assert found[11, 2] == ("a", "b")
    assert found[10, 28] == ("before",)
    assert all(found[11, day] == ("long",) for day in (29, 30))
    assert found[12, 6] == ("long",)
    assert [day.day for week in month.weeks for day in week if day.is_today] == [TODAY]
    assert (month.name, month.count, month.latest) == ("November 2026", 3, "2026-10")
    assert (month.before, month.after) == ("2026-10", "2026-12")


@pytest.mark.parametrize(
    "first", [date(1, 1, 1), date(9999, 12, 1), date(2026, 2, 1), date(2024, 2, 1)]
)
def test_every_month_of_the_calendar_can_be_shown(first):
    """The first and the last month there is have no neighbour, and no day too much."""
    month = make_month([(first, date.max, "x")], first, TODAY)

    assert sum(not day.is_outside for week in month.weeks for day in week) in (28, 29, 31)
    assert (month.before == "") == (first == date(1, 1, 1))
    assert (month.after == "") == (first.year == 9999)


@pytest.mark.parametrize(
    "text", ["", "2026-13", "0000-01", "x", "2026-1", "99999-01", "2026-01-01"]
)
def test_a_month_that_is_none_is_the_present_one(text):
    """An address with nonsense in it shows this month."""
    assert parse_month(text, TODAY) == date(2026, 11, 1)
    assert parse_month("2025-02", TODAY) == date(2025, 2, 1)
