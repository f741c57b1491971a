"""The numbers of a chart, and the shapes that show them.

Pure: no store, no HTML. Lengths along a chart are parts of a thousand of its width, so that a drawing fits
a phone as well as a desk; heights are pixels.

    donut     slices of a ring                    line      one line through points in time or order
    bar       lying bars, one below the other     column    standing bars, side by side
    number    one figure
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from statistics import mean, median
from typing import Any

from tracker.workspace.model import Property
from tracker.workspace.protocol import Json
from tracker.workspace.query import LoadedRow
from tracker.workspace.web.cells import Chip
from tracker.workspace.web.grouping import RowGroup, group_rows, name_day, next_day
from tracker.workspace.web.layouts import ViewLayout

WIDTH = 1000
"""Units of the width of a chart."""
MOST_POINTS = 1_500
"""Weeks or days of one line; beyond, those without a row are left out."""
MOST_BANDS = 100
"""Bars of one chart; the numbers of the rest are in its table."""
MOST_SPOKEN = 40
BAND, BAR, _TOP = 38, 18, 16.0
"""Heights of a lying bar with its name, of the bar itself, and of what is above it."""
HEIGHTS = {"small": 160, "medium": 240, "large": 340, "extra_large": 460}
_PALETTE = ("blue", "green", "orange", "purple", "pink", "yellow", "red", "brown", "gray")
_TICKS = 5
_RADIUS, _HOLE, _CENTRE = 100.0, 62.0, 110.0
_LONGEST_NAME = 34
_HALF, _ROOM = 0.5, 0.8
Axis = tuple[Property, Json]
"""A column, and how a view groups by it."""
_DATED = ("date", "created_time", "last_edited_time")


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a chart: a value for each of its names."""

    name: str
    color: str
    values: tuple[float, ...]

    @property
    def total(self) -> float:
        """All its values together."""
        return sum(self.values)


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a chart shows: names along its axis with their colours, and the series above them."""

    names: tuple[str, ...]
    colors: tuple[str, ...]
    series: tuple[Series, ...]

    @property
    def totals(self) -> tuple[float, ...]:
        """What the series have for each name, together."""
        return tuple(map(sum, zip(*(one.values for one in self.series), strict=True)))


@dataclass(frozen=True, slots=True)
class Shape:
    """A part of a drawing; `x` and `width` in units of WIDTH, `path` in place of a rectangle."""

    words: str
    color: str
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0
    path: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis, at `at` units of WIDTH or pixels, with its words."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """The shapes of a chart; `height` is that of the part with the shapes, in pixels.

    `area` is the ground below a line. `names` stand along the axis of the names, `ticks` along the other.
    """

    height: int
    shapes: tuple[Shape, ...]
    names: tuple[Tick, ...] = ()
    ticks: tuple[Tick, ...] = ()
    area: str = ""


def measure(rows: Sequence[LoadedRow], how: str, prop: Property | None) -> float:
    """Return what a view reckons of the rows of a group, such as their number or a sum of hours."""
    if how == "count" or prop is None:
        return len(rows)
    contents = [row.content(prop) for row in rows]
    filled = [content for content in contents if content not in (None, "", [])]
    numbers = [n for n in filled if isinstance(n, int | float) and not isinstance(n, bool)]
    if how in _OF_NUMBERS:
        return float(_OF_NUMBERS[how](numbers)) if numbers else 0
    counts = {
        "count_values": sum(len(one) if isinstance(one, list) else 1 for one in filled),
        "unique": len({repr(one) for one in filled}),
        "empty": len(contents) - len(filled),
        "not_empty": len(filled),
        "checked": sum(bool(one) for one in contents),
        "unchecked": sum(not one for one in contents),
    }
    name = how.removeprefix("percent_")
    # What is left are dates, of which there is no amount.
    count = counts.get(name, len(filled))
    return 100 * count / len(rows) if name != how and rows else count


_OF_NUMBERS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "sum": math.fsum,
    "average": mean,
    "median": median,
    "min": min,
    "max": max,
    "range": lambda numbers: max(numbers) - min(numbers),
}


@dataclass(frozen=True, slots=True)
class Question:
    """What a chart asks: groups along an axis, groups in each of them, and what is reckoned of these."""

    axis: Axis
    stack: Axis | None = None
    how: str = "count"
    of: Property | None = None
    config: Json = field(default_factory=dict)

    def reckon(self, rows: Sequence[LoadedRow]) -> float:
        """Return the value of some rows."""
        return measure(rows, self.how, self.of)


def make_numbers(
    rows: Sequence[LoadedRow], question: Question, titles: Mapping[str, str]
) -> Numbers:
    """Return the numbers that a chart shows.

    A row without a date is no point in time. Weeks in which nothing was done are points of their own.
    """
    prop, spec = question.axis
    groups = list(group_rows(rows, prop, spec, titles))
    if prop.type in _DATED:
        groups = _fill(spec, [group for group in groups if group.place is not None])
    series = _make_series(groups, question, titles)
    if question.config.get("cumulative"):
        series = [Series(one.name, one.color, tuple(accumulate(one.values))) for one in series]
    colors = _choose_colors([group.chip for group in groups], question.config.get("color_theme"))
    numbers = Numbers(tuple(group.chip.label for group in groups), tuple(colors), tuple(series))
    return _sort(numbers, question.config)


def _make_series(
    groups: Sequence[RowGroup], question: Question, titles: Mapping[str, str]
) -> list[Series]:
    if question.stack is None:
        color = _choose_colors([Chip("", "")], question.config.get("color_theme"))[0]
        return [Series("", color, tuple(question.reckon(group.rows) for group in groups))]
    prop, spec = question.stack
    # Once each: a row may be in several groups of the axis.
    rows = list({row.page.id: row for group in groups for row in group.rows}.values())
    stacks = group_rows(rows, prop, spec, titles)
    colors = _choose_colors([stack.chip for stack in stacks], question.config.get("color_theme"))
    series = []
    for stack, color in zip(stacks, colors, strict=True):
        inside = {row.page.id for row in stack.rows}
        values = (
            question.reckon([row for row in group.rows if row.page.id in inside])
            for group in groups
        )
        series.append(Series(stack.chip.label, color, tuple(values)))
    return [one for one in series if any(one.values)]


def _fill(spec: Json, groups: Sequence[RowGroup]) -> list[RowGroup]:
    """Put a group without rows wherever a day, week, month or year is missing, in order of time."""
    by_day: dict[date, RowGroup] = {group.place: group for group in groups}
    step, filled = spec.get("group_by", "day"), list[RowGroup]()
    day, last = min(by_day, default=None), max(by_day, default=None)
    while day is not None and last is not None and day <= last:
        filled.append(by_day.get(day) or RowGroup(Chip(name_day(day, step), ""), day, ()))
        if len(filled) > MOST_POINTS:
            return [by_day[place] for place in sorted(by_day)]
        day = next_day(day, step)
    return filled


def _choose_colors(chips: Sequence[Chip], theme: Any) -> list[str]:
    """Return a colour for each name: that of its option, or the next one where it has none."""
    if theme in _PALETTE:
        return [str(theme)] * len(chips)
    own = [chip.color for chip in chips]
    is_plain = theme == "colorful" or not any(own)
    return [
        _PALETTE[place % len(_PALETTE)] if is_plain else color or "gray"
        for place, color in enumerate(own)
    ]


def _sort(numbers: Numbers, config: Json) -> Numbers:
    """Order the names as the chart says, and leave those without a value out if it says so."""
    places = list(range(len(numbers.names)))
    totals = numbers.totals
    way = config.get("sort") or "manual"
    if way.startswith("y_"):
        places.sort(key=lambda place: totals[place], reverse=way == "y_descending")
    elif way == "x_descending":
        places.reverse()
    if config.get("hide_empty_groups"):
        places = [place for place in places if totals[place]]
    return Numbers(
        tuple(numbers.names[place] for place in places),
        tuple(numbers.colors[place] for place in places),
        tuple(
            Series(one.name, one.color, tuple(one.values[place] for place in places))
            for one in numbers.series
        ),
    )


def format_value(value: float) -> str:
    """Return a value for a reader: whole numbers without a point."""
    return f"{value + 0.0:,.2f}".rstrip("0").rstrip(".")


def find_ticks(most: float) -> list[float]:
    """Return round values from 0 to at least `most`, at most one more than _TICKS of them."""
    if most <= 0 or not math.isfinite(most):
        return [0, 1]
    rough = most / _TICKS
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    # There is no half skill.
    step = max(step, 1) if float(most).is_integer() else step
    return [place * step for place in range(math.ceil(most / step - 1e-9) + 1)]


def shorten(name: str) -> str:
    """Return a name that fits beside a bar."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1].rstrip()}…"


def draw_donut(numbers: Numbers) -> Drawing:
    """Return the slices of a ring, clockwise from the top."""
    whole = sum(numbers.totals)
    shapes, seen = [], 0.0
    for name, color, value in zip(numbers.names, numbers.colors, numbers.totals, strict=True):
        if value > 0:
            path = draw_slice(seen / whole, (seen + value) / whole)
            words = f"{name}: {format_value(value)} ({value / whole:.0%})"
            shapes.append(Shape(words, color, path=path))
            seen += value
    return Drawing(int(2 * _CENTRE), tuple(shapes))


def draw_slice(start: float, end: float) -> str:
    """Return the path of the part of a ring between two parts of a turn."""
    if end - start >= 1:
        # An arc back to its own beginning is none: the whole ring is two halves.
        return f"{draw_slice(start, start + _HALF)} {draw_slice(start + _HALF, end - 1e-9)}"
    is_long = int(end - start > _HALF)

    def at(turn: float, radius: float) -> str:
        angle = 2 * math.pi * turn
        return f"{_CENTRE + radius * math.sin(angle):.2f} {_CENTRE - radius * math.cos(angle):.2f}"

    return (
        f"M{at(start, _RADIUS)} A{_RADIUS:g} {_RADIUS:g} 0 {is_long} 1 {at(end, _RADIUS)} "
        f"L{at(end, _HOLE)} A{_HOLE:g} {_HOLE:g} 0 {is_long} 0 {at(start, _HOLE)} Z"
    )


def draw_bars(numbers: Numbers, *, is_percent: bool) -> Drawing:
    """Return lying bars, one below the other, each with its series side by side."""
    return _draw_bands(numbers, is_lying=True, is_percent=is_percent, height=0)


def draw_columns(numbers: Numbers, *, is_percent: bool, height: int) -> Drawing:
    """Return standing bars, side by side, each with its series one upon the other."""
    return _draw_bands(numbers, is_lying=False, is_percent=is_percent, height=height)


def _draw_bands(numbers: Numbers, *, is_lying: bool, is_percent: bool, height: int) -> Drawing:
    totals = numbers.totals
    ticks = find_ticks(100 if is_percent else max(totals, default=0))
    count = min(len(numbers.names), MOST_BANDS)
    wide, shapes, names = WIDTH / max(count, 1), list[Shape](), list[Tick]()
    for place, name in enumerate(numbers.names[:MOST_BANDS]):
        seen = 0.0
        for one in numbers.series:
            value = one.values[place]
            words = ": ".join(filter(None, (name, f"{format_value(value)} {one.name}".strip())))
            part = 100 * value / totals[place] if is_percent and totals[place] else value
            start, end = seen / ticks[-1], (seen + part) / ticks[-1]
            seen += part
            if part <= 0:
                continue
            if is_lying:
                box = (WIDTH * start, place * BAND + _TOP, WIDTH * (end - start), float(BAR))
            else:
                # A fifth of the room is between two bars.
                box = (wide * (place + 0.1), height * (1 - end), wide * 0.8, height * (end - start))
            shapes.append(Shape(words, one.color, *box))
        at = place * BAND if is_lying else wide * (place + _HALF)
        names.append(Tick(at, name))
    far = WIDTH if is_lying else -height
    marks = (
        Tick((far * t / ticks[-1]) + (0 if is_lying else height), format_value(t)) for t in ticks
    )
    return Drawing(height or count * BAND, tuple(shapes), tuple(names), tuple(marks))


def draw_line(numbers: Numbers, *, height: int, is_filled: bool) -> Drawing:
    """Return a line through the totals, with a point for each, and the area below it."""
    totals = numbers.totals
    ticks = find_ticks(max(totals, default=0))
    last = max(len(totals) - 1, 1)
    places = [
        # A single point stands in the middle.
        (WIDTH * place / last if len(totals) > 1 else WIDTH / 2, height * (1 - value / ticks[-1]))
        for place, value in enumerate(totals)
    ]
    path = " L".join(f"{x:.2f} {y:.2f}" for x, y in places)
    color = numbers.series[0].color if numbers.series else "blue"
    points = tuple(
        Shape(f"{name}: {format_value(value)}", color, x, y)
        for name, value, (x, y) in zip(numbers.names, totals, places, strict=True)
    )
    area = f"M{places[0][0]:.2f} {height} L{path} L{places[-1][0]:.2f} {height} Z" if places else ""
    step = max(1, math.ceil(len(places) / _TICKS))
    names = tuple(
        Tick(x, name)
        for place, ((x, _), name) in enumerate(zip(places, numbers.names, strict=True))
        # Not beside the last one, which always has its name.
        if place == len(places) - 1
        or (place % step == 0 and place <= len(places) - 1 - step * _ROOM)
    )
    marks = tuple(Tick(height * (1 - t / ticks[-1]), format_value(t)) for t in ticks)
    line = Shape("", color, path=f"M{path}") if len(places) > 1 else Shape("", color)
    return Drawing(height, (line, *points), names, marks, area if is_filled else "")


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, ready to show: what it is of, its numbers as shapes, and as words.

    `figure` is that of a chart of one number. `legend` names its colours, with the value of each.
    """

    kind: str
    about: str
    numbers: Numbers
    drawing: Drawing
    legend: tuple[Series, ...]
    legend_place: str
    figure: str = ""
    is_gridded: bool = True

    @property
    def sum(self) -> float:
        """All values together."""
        return sum(self.numbers.totals)

    @property
    def spoken(self) -> Sequence[tuple[str, str]]:
        """The first names with their totals: what a drawing says to those who do not see it."""
        pairs = zip(self.numbers.names, self.numbers.totals, strict=True)
        return [(name, format_value(total)) for name, total in pairs][:MOST_SPOKEN]


def make_chart(
    layout: ViewLayout, rows: Sequence[LoadedRow], titles: Mapping[str, str], nouns: str
) -> Chart:
    """Draw the chart that a view asks for; `nouns` are what its rows are called."""
    config = layout.config
    kind = config["chart_type"]
    reckoned = config.get("value") or config.get("y_axis") or {}
    how, of = reckoned.get("aggregator", "count"), layout.subject
    about = nouns.capitalize()
    if of is not None and how != "count":
        about = f"{how.replace('_', ' ').capitalize()} of {of.name}"
    if layout.grouping is None or layout.group is None:
        figure = format_value(measure(rows, how, of))
        return Chart("number", about, Numbers((), (), ()), Drawing(0, ()), (), "off", figure)
    question = Question((layout.grouping, layout.group), layout.stack, how, of, config)
    numbers = make_numbers(rows, question, titles)
    is_percent = config.get("group_style") == "percent"
    height = HEIGHTS.get(config.get("height", ""), HEIGHTS["medium"])
    if kind == "donut":
        drawing = draw_donut(numbers)
    elif kind == "line":
        is_filled = not config.get("hide_line_fill_area")
        drawing = draw_line(numbers, height=height, is_filled=is_filled)
    elif kind == "column":
        drawing = draw_columns(numbers, is_percent=is_percent, height=height)
    else:
        drawing = draw_bars(numbers, is_percent=is_percent)
    legend = tuple(one for one in numbers.series if one.name)
    if kind == "donut":
        named = zip(numbers.names, numbers.colors, numbers.totals, strict=True)
        legend = tuple(Series(name, color, (value,)) for name, color, value in named)
    about += f" by {layout.grouping.name}"
    about += f" and {layout.stack[0].name}" if layout.stack else ""
    about += ", cumulative" if config.get("cumulative") else ""
    return Chart(
        kind,
        about,
        numbers,
        drawing,
        legend,
        config.get("legend_position") or "bottom",
        is_gridded=config.get("grid_lines") != "none",
    )
