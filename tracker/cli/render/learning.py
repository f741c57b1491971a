"""The report as text.

Also the sentences on pace and forecast of every format of a report: honest about what they rest on,
no date without enough history. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import ceil

from rich.text import Text

from tracker.cli.render.layout import (
    AnswerView,
    Part,
    cut,
    fit,
    hang,
    make_bar,
    make_line,
    widest,
)
from tracker.cli.render.skills import explain_finished, render_next, render_rows
from tracker.progress import (
    AimProgress,
    Chance,
    Eta,
    EtaKind,
    History,
    Report,
    RoadmapProgress,
    Since,
    Tally,
)
from tracker.text import (
    MONTHS,
    format_month,
    format_number,
    format_percent,
    format_range,
    plural,
)

COLUMNS = "▁▂▃▄▅▆▇█"
WEEKS = 13
"""Weeks that a report shows as columns."""

SMALL_BAR = 10
BESIDE_BAR = 46
"""Cells kept for percent, skills and hours beside the bar of a roadmap."""

LABEL = 8


def render_report(report: Report, view: AnswerView) -> list[Text]:
    """Render roadmap by roadmap, then the total of several, then what is next."""
    if not report.roadmaps:
        return [make_line("no roadmaps here yet: tracker add NAME brings one in")]
    width = view.width
    lines: list[Text] = []
    for progress in report.roadmaps:
        lines += [*_render_roadmap(progress, width), Text()]
    if len(report.roadmaps) > 1:
        once = f"  {plural(report.elsewhere, 'skill')} counted once" if report.elsewhere else ""
        lines += [
            make_line(("All roadmaps", "bold"), (once, "dim")),
            *_render_tally(report.total, width),
            *_render_forecast(report.history, report.eta, report.total, width),
            Text(),
        ]
    if report.aim:
        aim = format_aim(report.aim, report.history)
        lines += [*hang((f"{'Target':<{LABEL}}", "bold"), aim, width), Text()]
    lines += _render_since(report.since, view) if report.since else []
    following = render_next(report.in_progress, report.next_up, view)
    return [*lines, *following] if following else lines[:-1]


def _render_since(since: Since, view: AnswerView) -> list[Text]:
    """Render what was completed and started from a day on."""
    head = f"Since {since.day}: {format_since(since)}"
    rows = [(found, explain_finished(found)) for found in since.completed]
    rows += [(found, f"started {found.skill.started}") for found in since.started]
    return [*hang(("", ""), head, view.width, style="bold"), *render_rows(rows, view), Text()]


def format_since(since: Since) -> str:
    """Return how much was completed, and started, from a day on."""
    done = f"{plural(len(since.completed), 'skill')} done"
    done += f", {format_number(since.hours)} h" if since.hours else ""
    return f"{done}, {len(since.started)} started" if since.started else done


def _render_roadmap(progress: RoadmapProgress, width: int) -> list[Text]:
    title = cut(progress.title, width - len(progress.name) - 2)
    return [
        make_line((title, "bold"), (f"  {progress.name}", "dim")),
        *_render_tally(progress.tally, width),
        Text(),
        *_render_tables(progress, width),
        Text(),
        *_render_forecast(progress.history, progress.eta, progress.tally, width),
    ]


def _render_tally(tally: Tally, width: int) -> list[Text]:
    percent = f" {format_percent(tally.percent):>5}   "
    return [
        make_line(
            *make_bar(tally.percent, max(width - BESIDE_BAR, SMALL_BAR), tally.covered_percent),
            (percent, "bold"),
            format_amount(tally),
        ),
        make_line((format_counts(tally), "dim")),
    ]


def _render_tables(progress: RoadmapProgress, width: int) -> list[Text]:
    """Render the sections and, if any skill has one, the levels, in the same columns."""
    sections = [(section.title, section.tally) for section in progress.sections]
    if not any(level.level for level in progress.levels):
        return _render_rows(sections, width)
    levels = [(level.level or "(no level)", level.tally) for level in progress.levels]
    lines = _render_rows([*sections, *levels], width)
    return [*lines[: len(sections)], Text(), *lines[len(sections) :]]


def _render_rows(rows: Sequence[tuple[str, Tally]], width: int) -> list[Text]:
    """Render rows of title, bar, percent, skills, hours; hours only where there are any."""
    skills = [f"{tally.done}/{tally.counted}" for _, tally in rows]
    hours = [
        f"{format_number(tally.hours_done)}/{format_number(tally.hours)} h" if tally.hours else ""
        for _, tally in rows
    ]
    skill_cells, hour_cells = widest(skills, 12), widest(hours, 14)
    # Title, two blanks, bar, percent, skills, hours; the title gets what is left.
    room = max(width - 2 - 2 - SMALL_BAR - 7 - skill_cells - 4 - hour_cells, 12)
    lines = []
    for (title, tally), count, amount in zip(rows, skills, hours, strict=True):
        bar = make_bar(tally.percent, SMALL_BAR, tally.covered_percent)
        parts: list[Part] = [f"  {fit(title, room)}  ", *bar]
        parts += [f" {format_percent(tally.percent):>5} ", f" {count:>{skill_cells}} "]
        lines.append(make_line(*parts, (f"  {amount:>{hour_cells}}", "dim")))
    return lines


def _render_forecast(history: History, eta: Eta, tally: Tally, width: int) -> list[Text]:
    rows = (
        ("Pace", format_pace(history)),
        ("", format_weeks(history, width - LABEL)),
        (name_eta(eta), format_eta(eta, tally, history)),
        ("Note", format_undated(history)),
        ("Note", format_covered(tally)),
    )
    return [
        line
        for label, sentence in rows
        if sentence
        for line in hang((f"{label:<{LABEL}}", "bold"), sentence, width)
    ]


def format_counts(tally: Tally) -> str:
    """Return how many skills have each status."""
    parts = [f"{tally.done} done", f"{tally.doing} doing", f"{tally.todo} todo"]
    if tally.skipped:
        parts.append(f"{tally.skipped} skipped")
    if tally.covered:
        parts.append(f"{tally.covered} covered by skills done elsewhere")
    return " · ".join(parts)


def format_amount(tally: Tally) -> str:
    """Return the done part in skills and, where estimated, in hours."""
    skills = f"{tally.done} of {plural(tally.counted, 'skill')}"
    if not tally.hours:
        return skills
    return f"{skills}, {format_number(tally.hours_done)} of {format_number(tally.hours)} h"


def format_pace(history: History) -> str:
    """Return the recent pace, this week's count, and the weeks in a row."""
    # The recent pace, or that of a longer time where nothing was completed lately.
    shown = history.short if history.short.skills else history.long
    if not shown.skills:
        return "nothing completed in the last 90 days"
    number = format_number(shown.skills_per_week)
    week = "1 skill" if number == "1" else f"{number} skills"
    week += f", {format_number(shown.hours_per_week)} h" if shown.hours else ""
    parts = [f"{week} a week (last {shown.days} days)"]
    this_week = history.this_week
    if this_week.skills:
        hours = f", {format_number(this_week.hours)} h" if this_week.hours else ""
        parts.append(f"this week {plural(this_week.skills, 'skill')}{hours}")
    if history.longest_streak > 1:
        parts.append(format_streak(history))
    return "; ".join(parts)


def name_eta(eta: Eta) -> str:
    """Return the label of a forecast."""
    return "Done" if eta.kind is EtaKind.FINISHED else "Finish"


def format_eta(eta: Eta, tally: Tally, history: History) -> str:
    """Return when the rest is done, or why nobody can say."""
    match eta.kind:
        case EtaKind.FINISHED:
            done = "everything is done" + (" or covered" if tally.covered else "")
            return done if tally.counted else "nothing to do"
        case EtaKind.LITTLE_HISTORY:
            return "not enough history yet (finish 3 skills on 2 different days within 90 days)"
        case EtaKind.TOO_FAR:
            return f"more than ten years at this pace; {format_left(tally)} to go"
        case _:
            days = " and ".join(dict.fromkeys(str(pace.days) for pace in history.paces))
            basis = f"by the {eta.basis} of the last {days} days"
            return f"{format_range(eta.earliest, eta.latest)}, {basis}; {format_left(tally)} to go"


CHANCES = {
    Chance.ON_TRACK: "on track",
    Chance.WITHIN_REACH: "within reach",
    Chance.BEHIND: "behind",
    Chance.UNKNOWN: "",
}


def format_aim(aim: AimProgress, history: History) -> str:
    """Return what the learner's target and hours a week ask for, against what is done."""
    parts = []
    if aim.aim.target is not None:
        parts.append(_format_target(aim, aim.aim.target, history))
    if aim.aim.hours_per_week is not None:
        planned = f"{format_number(aim.aim.hours_per_week)} h a week planned"
        parts.append(f"{planned}, {format_number(history.this_week.hours)} h this week")
        if aim.planned:
            parts.append(f"at that pace {format_month(aim.planned)}")
    return "; ".join(parts)


def _format_target(aim: AimProgress, target: date, history: History) -> str:
    if aim.days_left is not None and aim.days_left < 0 and aim.skills_asked is None:
        late = "" if aim.chance is Chance.ON_TRACK else f", {plural(-aim.days_left, 'day')} ago"
        return f"{target}{late}"
    chance = CHANCES[aim.chance]
    head = f"{target}, {chance}" if chance else f"{target}"
    if aim.skills_asked is None:
        return head
    pace = history.short
    asked = f"asks for {format_number(aim.skills_asked)} skills"
    done = f"{format_number(pace.skills_per_week)} skills"
    if aim.hours_asked is not None:
        asked += f", {format_number(aim.hours_asked)} h"
        done += f", {format_number(pace.hours_per_week)} h"
    return f"{head}; {asked} a week, done {done} (last {pace.days} days)"


def format_left(tally: Tally) -> str:
    """Return what is still to be learned."""
    skills = plural(tally.left, "skill")
    if not tally.hours_left:
        return skills
    # Hours of skills without an estimate are not known to be none.
    more = "+" if tally.unestimated else ""
    return f"{skills}, {format_number(tally.hours_left)}{more} h"


def format_weeks(history: History, width: int) -> str:
    """Return the completed skills of the last weeks as columns below their months; nothing without any.

    What does not fit is left out: first the months, then the words.
    """
    weeks = history.weeks[-WEEKS:]
    most = max(week.skills for week in weeks)
    if not most:
        return ""
    # Rounded up: a week with one skill must not look like one with none.
    columns = [COLUMNS[ceil(week.skills / most * (len(COLUMNS) - 1))] for week in weeks]
    months = [MONTHS[week.day.month - 1] for week in weeks]
    named = [
        f" {month} {column}" if n == 0 or months[n - 1] != month else column
        for n, (month, column) in enumerate(zip(months, columns, strict=True))
    ]
    bars, best = "".join(columns), f"best {most}"
    choices = (f"{''.join(named).strip()} skills a week, {best}", f"{bars} skills a week, {best}")
    return next((it for it in choices if len(it) <= width), f"{bars} {best}")


def format_streak(history: History) -> str:
    """Return the weeks in a row with a completion, and the most there ever were."""
    if not history.longest_streak:
        return ""
    return f"streak {plural(history.streak, 'week')} (best {history.longest_streak})"


def format_finish(eta: Eta) -> str:
    """Return the finish in a few words."""
    match eta.kind:
        case EtaKind.FINISHED:
            return "all done"
        case EtaKind.LITTLE_HISTORY:
            return "finish: not enough history yet"
        case EtaKind.TOO_FAR:
            return "finish in more than ten years"
        case _:
            return f"finish {format_range(eta.earliest, eta.latest)}"


def format_covered(tally: Tally) -> str:
    """Return a remark on skills that were learned elsewhere and are not ticked, or nothing."""
    if not tally.covered:
        return ""
    verb = "is" if tally.covered == 1 else "are"
    return f"{plural(tally.covered, 'skill')} {verb} covered; tracker mark --covered ticks them"


def format_undated(history: History) -> str:
    """Return a remark on done skills that no pace can count, or nothing."""
    remarks = []
    if history.undated:
        verb = "has" if history.undated == 1 else "have"
        skills = plural(history.undated, "done skill")
        remarks.append(f"{skills} {verb} no completion date to measure by")
    if history.future:
        verb = "is" if history.future == 1 else "are"
        skills = plural(history.future, "done skill")
        remarks.append(f"{skills} {verb} dated after today and not measured yet")
    return "; ".join(remarks)
