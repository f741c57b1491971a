"""The report as text.

Pure. One roadmap is told in full: sections, levels, pace and finish. Several have a line each, below
the total of all, and with `-v` the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

from tracker.cli.lines import StyledLine
from tracker.cli.render.bars import render_bars
from tracker.cli.render.figures import (
    format_aim,
    format_amount,
    format_counts,
    format_covered,
    format_elsewhere,
    format_eta,
    format_pace,
    format_since,
    format_streak,
    format_this_week,
    format_track,
    format_undated,
    format_weeks,
    name_eta,
)
from tracker.cli.render.layout import AnswerView, hang, make_bar, make_line
from tracker.cli.render.skills import explain_finished, render_next, render_rows
from tracker.progress.forecast import AimProgress, Eta
from tracker.progress.history import History
from tracker.progress.report import Report, RoadmapProgress, Since, TrackProgress
from tracker.progress.tally import Tally
from tracker.text import format_percent

LABEL = 8


def render_report(report: Report, view: AnswerView) -> list[StyledLine]:
    """Render how far and how fast, then what is in progress, what is next, and what was done last."""
    if not report.roadmaps:
        return hang(("", ""), "no roadmaps here yet: tracker add NAME brings one in", view.width)
    lines: list[StyledLine] = []
    if len(report.roadmaps) > 1:
        lines += _render_all(report, view)
    if len(report.roadmaps) == 1 or view.verbose:
        for progress in report.roadmaps:
            lines += _render_roadmap(progress, report, view)
    if report.since:
        lines += [*_render_since(report.since, view), StyledLine()]
    following = render_next(report.in_progress, report.next_up, view)
    lines += [*following, StyledLine()] if following else []
    if report.recent and not report.since:
        rows = [(found, explain_finished(found)) for found in report.recent]
        lines += [make_line(("Finished last", "bold")), *render_rows(rows, view), StyledLine()]
    # Blank lines go between the parts, not behind the last.
    return lines[:-1]


def _render_all(report: Report, view: AnswerView) -> list[StyledLine]:
    rows = [(progress.title, progress.tally) for progress in report.roadmaps]
    lines = render_bars([("All roadmaps", report.total), *rows], view, is_filled=True)
    lines += hang(("", ""), format_counts(report.total), view.width, style="dim")
    lines += (
        hang(("", ""), format_elsewhere(report), view.width, style="dim")
        if report.elsewhere
        else []
    )
    lines += _render_forecast(report.history, report.eta, report.total, report.aim, view)
    # In the total they count elsewhere; here nobody has ticked them yet.
    if covered := format_covered(sum(progress.tally.covered for progress in report.roadmaps)):
        lines += _render_fact("Note", covered, view)
    lines += _render_tracks([report.track], view) if report.track else []
    if not view.verbose:
        names = ", ".join(progress.name for progress in report.roadmaps)
        lines += _render_fact("More", f"tracker report NAME, one of {names}", view)
    return [*lines, StyledLine()]


def _render_roadmap(
    progress: RoadmapProgress, report: Report, view: AnswerView
) -> list[StyledLine]:
    tally = progress.tally
    # With several roadmaps, the aim stands in their total.
    aim = report.aim if len(report.roadmaps) == 1 else None
    followed = [track for track in progress.tracks if track == report.track]
    sections = [(section.title, section.tally) for section in progress.sections]
    levels = [(level.level or "(no level)", level.tally) for level in progress.levels]
    # Levels that no skill has are no table; in one table, both stand in the same columns.
    has_levels = any(level.level for level in progress.levels)
    rows = render_bars(sections + levels * has_levels, view, indent=2)
    if has_levels and not view.is_narrow:
        rows.insert(len(sections), StyledLine())
    return [
        *hang(("", ""), f"{progress.title} ({progress.name})", view.width, style="bold"),
        *_render_tally(tally, view),
        *hang(("", ""), format_counts(tally), view.width, style="dim"),
        StyledLine(),
        *rows,
        *([StyledLine()] if rows else []),
        *_render_forecast(progress.history, progress.eta, tally, aim, view),
        *_render_tracks(followed or progress.tracks, view),
        StyledLine(),
    ]


def _render_tracks(tracks: Sequence[TrackProgress], view: AnswerView) -> list[StyledLine]:
    labels = ["Track" if len(tracks) == 1 else "Tracks", *[""] * len(tracks)]
    return [
        line
        for label, track in zip(labels, tracks, strict=False)
        for line in _render_fact(label, format_track(track), view)
    ]


def _render_tally(tally: Tally, view: AnswerView) -> list[StyledLine]:
    percent, amount = format_percent(tally.percent), format_amount(tally)
    if view.is_narrow:
        bar = make_bar(tally.percent, view.width - len(percent) - 2, tally.covered_percent)
        return [make_line(*bar, (f"  {percent}", "bold")), *hang(("", ""), amount, view.width)]
    room = max(view.width - len(percent) - len(amount) - 5, 10)
    bar = make_bar(tally.percent, room, tally.covered_percent)
    return [make_line(*bar, (f"  {percent}", "bold"), f"   {amount}")]


def _render_forecast(
    history: History, eta: Eta, tally: Tally, aim: AimProgress | None, view: AnswerView
) -> list[StyledLine]:
    so_far = " · ".join(filter(None, (format_this_week(history), format_streak(history))))
    rows = (
        ("Pace", format_pace(history)),
        ("", so_far if history.longest_streak else ""),
        ("", format_weeks(history, view.width - LABEL)),
        (name_eta(eta), format_eta(eta, tally, history)),
        ("Target", format_aim(aim, history) if aim else ""),
        ("Note", format_undated(history)),
        ("Note", format_covered(tally.covered)),
    )
    return [
        line for label, sentence in rows if sentence for line in _render_fact(label, sentence, view)
    ]


def _render_fact(label: str, sentence: str, view: AnswerView) -> list[StyledLine]:
    return hang((f"{label:<{LABEL}}", "bold"), sentence, view.width)


def _render_since(since: Since, view: AnswerView) -> list[StyledLine]:
    """Render what was completed and started from a day on."""
    head = f"Since {since.day}: {format_since(since)}"
    rows = [(found, explain_finished(found)) for found in since.completed]
    rows += [(found, f"started {found.skill.started}") for found in since.started]
    return [*hang(("", ""), head, view.width, style="bold"), *render_rows(rows, view)]
