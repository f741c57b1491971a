"""The report as text for a terminal, 80 columns or what there is.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from tracker.cli.render.forecast import (
    format_amount,
    format_counts,
    format_covered,
    format_eta,
    format_pace,
    format_undated,
    format_weeks,
    name_eta,
)
from tracker.cli.render.layout import (
    Part,
    cut,
    fit,
    format_number,
    format_percent,
    make_bar,
    make_line,
    plural,
    widest,
    wrap_text,
)
from tracker.cli.render.skill import render_next
from tracker.progress import Eta, History, Report, RoadmapProgress, Tally

SMALL_BAR = 10
BESIDE_BAR = 46
"""Cells kept for percent, skills and hours beside the bar of a roadmap."""

LABEL = 8


def render_report(report: Report, width: int) -> list[Text]:
    """Render roadmap by roadmap, then the total of several, then what is next."""
    if not report.roadmaps:
        return [make_line("no roadmaps here yet: tracker add NAME brings one in")]
    lines: list[Text] = []
    for progress in report.roadmaps:
        lines += [*_render_roadmap(progress, width), Text()]
    if len(report.roadmaps) > 1:
        lines += [*_render_total(report, width), Text()]
    if report.next_up:
        lines += [make_line(("Next up", "bold")), *render_next(report.next_up, width)]
    return lines[:-1] if not lines[-1].plain else lines


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


def _render_total(report: Report, width: int) -> list[Text]:
    note = f"  {plural(report.elsewhere, 'skill')} counted once" if report.elsewhere else ""
    head = make_line(("All roadmaps", "bold"), (note, "dim"))
    forecast = _render_forecast(report.history, report.eta, report.total, width)
    return [head, *_render_tally(report.total, width), *forecast]


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
    sections = [(each.title, each.tally) for each in progress.sections]
    if not any(each.level for each in progress.levels):
        return _render_rows(sections, width)
    levels = [(each.level or "(no level)", each.tally) for each in progress.levels]
    lines = _render_rows([*sections, *levels], width)
    return [*lines[: len(sections)], Text(), *lines[len(sections) :]]


def _render_rows(rows: Sequence[tuple[str, Tally]], width: int) -> list[Text]:
    """Render rows of title, bar, percent, skills, hours; hours only where there are any."""
    skills = [f"{tally.done}/{tally.counted}" for _, tally in rows]
    hours = [_format_hours(tally) for _, tally in rows]
    skill_cells, hour_cells = widest(skills, 12), widest(hours, 14)
    room = max(width - 2 - 2 - SMALL_BAR - 7 - skill_cells - 4 - hour_cells, 12)
    lines = []
    for (title, tally), count, amount in zip(rows, skills, hours, strict=True):
        bar = make_bar(tally.percent, SMALL_BAR, tally.covered_percent)
        parts: list[Part] = [f"  {fit(title, room)}  ", *bar]
        parts += [f" {format_percent(tally.percent):>5} ", f" {count:>{skill_cells}} "]
        lines.append(make_line(*parts, (f"  {amount:>{hour_cells}}", "dim")))
    return lines


def _format_hours(tally: Tally) -> str:
    if not tally.hours:
        return ""
    return f"{format_number(tally.hours_done)}/{format_number(tally.hours)} h"


def _render_forecast(history: History, eta: Eta, tally: Tally, width: int) -> list[Text]:
    rows = (
        ("Pace", format_pace(history)),
        ("", format_weeks(history)),
        (name_eta(eta), format_eta(eta, tally, history)),
        ("Note", format_undated(history)),
        ("Note", format_covered(tally)),
    )
    return [
        make_line((f"{label if not n else '':<{LABEL}}", "bold"), part)
        for label, text in rows
        if text
        for n, part in enumerate(wrap_text(text, width - LABEL))
    ]
