"""The geometry of the report's pictures: heat map, weekly bars, burn-up, in numbers of an SVG.

Pure: takes the figures from the report and counts nothing by itself. Weeks start on Monday. A picture is
boxes, lines and labels; the template draws every picture the same way, and the style sheet gives the
kinds their colours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, floor, log10

from tracker.progress.forecast import Eta, EtaKind
from tracker.progress.history import Completions, History
from tracker.progress.report import Report
from tracker.progress.tally import Tally
from tracker.text import MONTHS, format_number, format_range, plural

STEP, CELL = 13, 11
"""A day of the heat map with its gap, and without."""

LEFT, TOP, RIGHT, BOTTOM = 44, 16, 8, 20
"""The room for the words around a picture."""

HEAT_LEFT = 30
WEEKDAYS = ((0, "Mon"), (2, "Wed"), (4, "Fri"))
FEWEST_WEEKS = 13
"""Weeks of the bars, even if there is less history."""

MONTH_ROOM = 36
"""Pixels that the name of a month takes."""

MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120)
LONGEST_VIEW = 730
"""Days ahead that a burn-up shows in any case; more only for three times the time behind."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; `title` is shown when it is pointed at."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A path, as the attribute `d` of SVG."""

    d: str
    kind: str


@dataclass(frozen=True, slots=True)
class Label:
    """A text; `anchor` says which part of it stands at x: start, middle or end."""

    x: float
    y: float
    text: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing with what it says in words."""

    width: float
    height: float
    says: str
    boxes: tuple[Box, ...] = ()
    lines: tuple[Line, ...] = ()
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where a value stands between two pixels."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        share = (value - self.low) / ((self.high - self.low) or 1)
        return round(self.start + share * (self.end - self.start), 1)


def describe_completions(done: Completions) -> str:
    """Return what was completed in words: `2 skills, 9 h`."""
    if not done.skills:
        return "nothing"
    hours = f", {format_number(done.hours)} h" if done.hours else ""
    return f"{plural(done.skills, 'skill')}{hours}"


def draw_heat_map(history: History, today: date, *, rows: int = 1) -> Picture:
    """Draw every day of the year, a column a week, in as many rows of weeks as asked for."""
    days = {done.day: done for done in history.days}
    cuts = find_cuts([done.skills for done in history.days])
    weeks = history.weeks
    length = ceil(len(weeks) / rows)
    height = TOP + 7 * STEP
    boxes: list[Box] = []
    labels: list[Label] = []
    for row in range(rows):
        shown, top = weeks[row * length : (row + 1) * length], row * (height + 6)
        labels += [Label(0, top + TOP + n * STEP + 9, name) for n, name in WEEKDAYS]
        labels += _label_columns(shown, top + TOP - 6)
        for column, week in enumerate(shown):
            for weekday in range(min(7, (today - week.day).days + 1)):
                day = date.fromordinal(week.day.toordinal() + weekday)
                done = days.get(day, Completions(day))
                level = 1 + sum(done.skills > cut for cut in cuts) if done.skills else 0
                x, y = HEAT_LEFT + column * STEP, top + TOP + weekday * STEP
                title = f"{day}: {describe_completions(done)}"
                boxes.append(Box(x, y, CELL, CELL, f"heat{level}", title))
    total = sum(done.skills for done in history.days)
    when = f"on {plural(len(days), 'day')} of the last {len(weeks)} weeks"
    return Picture(
        HEAT_LEFT + length * STEP,
        rows * (height + 6) - 6,
        f"{plural(total, 'skill')} completed {when}",
        boxes=tuple(boxes),
        labels=tuple(labels),
    )


def find_cuts(counts: Iterable[int]) -> tuple[int, ...]:
    """Return the quartiles of the days' counts: one day with many ticks must not pale the others."""
    ordered = sorted(counts)
    return tuple(ordered[len(ordered) * part // 4] for part in (1, 2, 3)) if ordered else ()


def _label_columns(weeks: Sequence[Completions], y: float) -> Iterator[Label]:
    """Name each month above the week that holds its first day, and the first one where there is room."""
    months = [
        date.fromordinal(min(week.day.toordinal() + 6, date.max.toordinal())) for week in weeks
    ]
    starts = [
        n
        for n, day in enumerate(months)
        if n == 0 or (day.year, day.month) != (months[n - 1].year, months[n - 1].month)
    ]
    for place, column in enumerate(starts):
        following = starts[place + 1] if place + 1 < len(starts) else len(weeks)
        if (following - column) * STEP > MONTH_ROOM - STEP:
            day = months[column]
            # A year's name needs more room than its first weeks may have.
            name = f"{MONTHS[day.month - 1]}" if day.month > 1 else f"{day.year}"
            yield Label(HEAT_LEFT + column * STEP, y, name)


def crop_weeks(history: History) -> tuple[Completions, ...]:
    """Return the weeks since the first completion of the year, but at least a quarter."""
    first = next((n for n, week in enumerate(history.weeks) if week.skills), len(history.weeks))
    return history.weeks[min(first, max(len(history.weeks) - FEWEST_WEEKS, 0)) :]


def draw_weeks(history: History, width: float) -> Picture:
    """Draw the completed skills of each week as bars, with the average of the longer pace."""
    weeks = crop_weeks(history)
    height = 150.0
    ticks = find_ticks(max(1, *(week.skills for week in weeks)), whole=True)
    edge = width - RIGHT
    x = _Scale(0, len(weeks), LEFT, edge)
    y = _Scale(0, ticks[-1], height - BOTTOM, TOP)
    bar = max((edge - LEFT) / len(weeks) * 0.78, 1)
    boxes = [
        Box(
            x.place(n),
            y.place(week.skills),
            round(bar, 1),
            round(height - BOTTOM - y.place(week.skills), 1),
            "done",
            f"week of {week.day}: {describe_completions(week)}",
        )
        for n, week in enumerate(weeks)
        if week.skills
    ]
    lines = [_level(y.place(tick), LEFT, edge, "grid") for tick in ticks]
    average = history.long.skills_per_week
    if 0 < average <= ticks[-1]:
        start = x.place(max(len(weeks) - history.long.days / 7, 0))
        lines.append(_level(y.place(average), start, edge, "average"))
    first, last = weeks[0].day.toordinal(), weeks[-1].day.toordinal() + 7
    months = find_months(first, last, edge - LEFT)
    dates = _Scale(first, last, LEFT, edge)
    counts = ", ".join(str(week.skills) for week in weeks)
    return Picture(
        width,
        height,
        f"skills completed in each of the last {len(weeks)} weeks: {counts}",
        tuple(boxes),
        tuple(lines),
        (*_label_axis(ticks, y), *_label_months(months, dates, height)),
    )


def name_unit(tally: Tally, eta: Eta) -> str:
    """Return what a burn-up counts: hours, unless the forecast or an estimate lacks them."""
    is_known = tally.hours_done + tally.hours_left > 0 and not tally.unestimated
    return "hours" if is_known and eta.basis != "skills" else "skills"


def draw_burn_up(report: Report, width: float) -> Picture:
    """Draw what is done day by day up to today, and the cone of both paces up to the finish."""
    tally, history, eta = report.total, report.history, report.eta
    unit = name_unit(tally, eta)
    is_hours = unit == "hours"
    done, left = (
        (tally.hours_done, tally.hours_left) if is_hours else (float(tally.done), float(tally.left))
    )
    height, now, first = 240.0, report.today.toordinal(), crop_weeks(history)[0].day.toordinal()
    end = find_horizon(first, now, eta)
    ticks = find_ticks(max(done + left, 1), whole=not is_hours)
    x = _Scale(first, max(end, now + 1), LEFT, width - RIGHT)
    y = _Scale(0, max(ticks[-1], done + left), height - BOTTOM, TOP)
    days = [(it.day.toordinal(), it.hours if is_hours else float(it.skills)) for it in history.days]
    path = _trace(trace_days(days, done, first, now), x, y)
    bottom = y.place(0)
    lines = [
        *(_level(y.place(tick), LEFT, width - RIGHT, "grid") for tick in ticks),
        Line(f"{path}V{bottom}H{x.place(first)}Z", "area"),
        *_draw_cone((now, done, done + left), _list_finishes(report, unit, left), end, (x, y)),
        Line(path, "burned"),
        _level(y.place(done + left), LEFT, width - RIGHT, "total"),
        Line(f"M{x.place(now)} {TOP}V{bottom}", "today"),
    ]
    labels = [
        *_label_axis(ticks, y),
        *_label_months(find_months(first, max(end, now + 1), width - LEFT), x, height),
        Label(*_beside(x.place(now), TOP + 14, width), "today", _anchor(x.place(now), width)),
    ]
    # Who follows a track aims at its end, which this picture does not show.
    goal = report.aim.aim.target if report.aim and not report.track else None
    if goal and now < goal.toordinal() <= end:
        target = x.place(goal.toordinal())
        lines.append(Line(f"M{target} {TOP}V{bottom}", "target"))
        labels.append(Label(*_beside(target, bottom - 6, width), "target", _anchor(target, width)))
    sum_of = format_number(done + left)
    finish = f"; finish {format_range(eta.earliest, eta.latest)}" if eta.earliest else ""
    says = f"{format_number(done)} of {sum_of} {unit} done{finish}"
    return Picture(width, height, says, lines=tuple(lines), labels=tuple(labels))


def trace_days(
    done_by_day: Iterable[tuple[int, float]], done: float, first: int, now: int
) -> list[tuple[int, float]]:
    """Return how much was done on which days from the first one until now, where all of `done` is.

    What has no date, or one before the first day, was done before.
    """
    amounts = list(done_by_day)
    total = max(done - sum(amount for _, amount in amounts), 0.0)
    points = [(first, total)]
    for day, amount in amounts:
        # A day's work shows on its day: the line climbs from the evening before.
        if points[-1][0] < day - 1:
            points.append((day - 1, total))
        total += amount
        points.append((day, total))
    return [*points, (now, done)]


def find_horizon(first: int, now: int, eta: Eta) -> int:
    """Return the last day that a burn-up shows: the finish, if it is not so far that the past vanishes."""
    if eta.kind is EtaKind.TOO_FAR:
        return min(now + max(now - first, 90), date.max.toordinal())
    if eta.kind is not EtaKind.DATE or eta.earliest is None:
        return now
    farthest = now + max(LONGEST_VIEW, 3 * (now - first))
    finish = eta.latest.toordinal() if eta.latest else farthest
    return min(finish, farthest, date.max.toordinal())


def _list_finishes(report: Report, unit: str, left: float) -> list[int]:
    """Return the days on which the paces reach the end, as ordinals, the faster one first."""
    if report.eta.kind not in (EtaKind.DATE, EtaKind.TOO_FAR):
        return []
    known = [day.toordinal() for day in (report.eta.earliest, report.eta.latest) if day]
    paces = [
        pace.hours_per_week if unit == "hours" else pace.skills_per_week
        for pace in report.history.paces
    ]
    # A finish that is too far to be told still gives a line its direction.
    weeks = sorted(left / pace for pace in paces)
    return known + [report.today.toordinal() + ceil(7 * it) for it in weeks[len(known) :]]


def _draw_cone(
    start: tuple[int, float, float],
    finishes: Sequence[int],
    end: int,
    scales: tuple[_Scale, _Scale],
) -> list[Line]:
    now, done, total = start
    x, y = scales
    tips = [
        clip_line((now, done), (day, total), end)
        for day in finishes
        if day is not None and day > now
    ]
    if not tips:
        return []
    corners = [(now, done), *tips]
    # Where the faster pace is done, the cone goes on along the top until the slower one is.
    if len(tips) > 1 and tips[0][0] < tips[1][0]:
        corners.insert(2, (tips[1][0], tips[0][1]))
    rays = [Line(_trace([(now, done), tip], x, y), "pace") for tip in dict.fromkeys(tips)]
    return [Line(f"{_trace(corners, x, y)}Z", "cone"), *rays]


def clip_line(start: tuple[int, float], finish: tuple[int, float], end: int) -> tuple[int, float]:
    """Return where a line from start to finish leaves the picture, or its finish."""
    if finish[0] <= end:
        return finish
    share = (end - start[0]) / (finish[0] - start[0])
    return end, start[1] + share * (finish[1] - start[1])


def find_ticks(most: float, *, whole: bool = False) -> list[float]:
    """Return at most six round numbers from 0, the last of them not below `most`."""
    rough = most / 5
    power = 10.0 ** floor(log10(rough))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough * (1 - 1e-9))
    step = max(step, 1.0) if whole else step
    return [round(step * n, 6) for n in range(ceil(most / step - 1e-9) + 1)]


def find_months(first: int, last: int, room: float) -> list[date]:
    """Return the firsts of months between two days, as few as their names have room for."""
    start, end = date.fromordinal(first), date.fromordinal(min(last, date.max.toordinal()))
    months = (end.year - start.year) * 12 + end.month - start.month
    step = next((n for n in MONTH_STEPS if months / n * MONTH_ROOM <= room), MONTH_STEPS[-1])
    begin = start.year * 12 + start.month - 1
    found = [
        date(number // 12, number % 12 + 1, 1)
        for number in range(begin, begin + months + 1)
        if number % step == 0
    ]
    return [day for day in found if first <= day.toordinal() <= last]


def _label_months(months: Iterable[date], x: _Scale, height: float) -> Iterator[Label]:
    for day in months:
        place = x.place(day.toordinal())
        name = f"{day.year}" if day.month == 1 else MONTHS[day.month - 1]
        # The last one would be cut off by the edge.
        if place + MONTH_ROOM * 0.7 <= x.end + RIGHT:
            yield Label(place, height - 5, name)


def _label_axis(ticks: Iterable[float], y: _Scale) -> Iterator[Label]:
    for tick in ticks:
        yield Label(LEFT - 6, y.place(tick) + 4, format_number(tick), "end")


def _beside(x: float, y: float, width: float) -> tuple[float, float]:
    return (x - 4 if _anchor(x, width) == "end" else x + 4), y


def _anchor(x: float, width: float) -> str:
    return "end" if x > width / 2 else "start"


def _level(y: float, start: float, end: float, kind: str) -> Line:
    return Line(f"M{start:g} {y:g}H{end:g}", kind)


def _trace(points: Iterable[tuple[float, float]], x: _Scale, y: _Scale) -> str:
    return "M" + "L".join(f"{x.place(day):g} {y.place(amount):g}" for day, amount in points)
