"""The dashboard: how far, how fast, what is in progress, what to start, and what is not synced.

Pure. One screen: at 60 columns and more never longer than a terminal of 30 lines.
"""

from __future__ import annotations

from collections.abc import Sequence

from tracker.cli.lines import StyledLine
from tracker.cli.render.bars import render_bars
from tracker.cli.render.figures import (
    format_aim,
    format_finish,
    format_streak,
    format_this_week,
    format_track,
    format_weeks,
)
from tracker.cli.render.layout import AnswerView, hang, make_line
from tracker.cli.render.skills import NO_SKILLS, explain_next, render_rows
from tracker.cli.render.unsynced import format_unsynced
from tracker.progress.page import Waiting
from tracker.progress.report import Report
from tracker.text import plural
from tracker.workflows.dashboard import Dashboard

MOST_LINES = 30
MOST_ROADMAPS = 5
MOST_SKILLS = 5


def render_dashboard(dashboard: Dashboard, view: AnswerView) -> list[StyledLine]:
    """Render the dashboard; names fewer skills where their lines would not fit on a screen."""
    for most in range(MOST_SKILLS, 0, -1):
        lines = _render_with(dashboard, view, most)
        if len(lines) <= MOST_LINES:
            break
    return lines


def _render_with(dashboard: Dashboard, view: AnswerView, most: int) -> list[StyledLine]:
    report = dashboard.report
    lines = render_heads(report, view)
    if not report.total.skills:
        return [*lines, *hang(("", ""), NO_SKILLS, view.width)]
    facts = (
        format_this_week(report.history),
        format_streak(report.history),
        format_finish(report.eta),
    )
    line = " · ".join(filter(None, facts))
    lines += hang(("", ""), line[:1].upper() + line[1:], view.width)
    if report.track:
        lines += hang(("Track   ", "bold"), format_track(report.track), view.width)
    if report.aim:
        lines += hang(("Target  ", "bold"), format_aim(report.aim, report.history), view.width)
    if weeks := format_weeks(report.history, view.width):
        lines.append(make_line((weeks, "green")))
    for head, listed in (("In progress", report.in_progress), ("Start next", report.next_up)):
        if listed:
            shown = listed[:most]
            lines += [StyledLine(), make_line((f"{head} ({len(listed)})", "bold"))]
            lines += render_rows([(found, explain_next(found)) for found in shown], view)
            lines += _count_more(len(listed) - len(shown))
    lines += [StyledLine(), *_render_sync(dashboard, view)]
    if waiting := format_waiting(dashboard.waiting):
        lines += hang(("", ""), waiting, view.width, style="yellow")
    return lines


def _count_more(count: int) -> list[StyledLine]:
    return [make_line((f"  … and {count} more: tracker next", "dim"))] if count > 0 else []


def render_heads(report: Report, view: AnswerView) -> list[StyledLine]:
    """Render how far all of it is, and below it each of several roadmaps."""
    rows = [(progress.title, progress.tally) for progress in report.roadmaps]
    if len(rows) == 1:
        return render_bars(rows, view, is_filled=True)
    shown = [("All roadmaps", report.total), *rows[:MOST_ROADMAPS]]
    lines = render_bars(shown, view, is_filled=True)
    hidden = len(rows) - MOST_ROADMAPS
    return [
        *lines,
        *([make_line((f"… and {hidden} more: tracker report", "dim"))] if hidden > 0 else []),
    ]


def _render_sync(dashboard: Dashboard, view: AnswerView) -> list[StyledLine]:
    unsynced = dashboard.unsynced
    if unsynced is None:
        return hang(("", ""), "What is not synced is unknown: tracker doctor --fix", view.width)
    if not unsynced.bound:
        return hang(("", ""), "Never synced yet: tracker sync", view.width, style="yellow")
    if not unsynced.count:
        return hang(("", ""), "Nothing changed here since the last sync", view.width, style="dim")
    return hang(("", ""), format_unsynced(unsynced), view.width, style="yellow")


def format_waiting(waiting: Sequence[Waiting]) -> str:
    """Return how much the last sync left to a person, and the command that lists it; or nothing."""
    conflicts = sum(item.is_conflict for item in waiting)
    held = len(waiting) - conflicts
    parts = [f"{plural(conflicts, 'conflict')} to resolve"] if conflicts else []
    parts += [f"{held} held"] if held else []
    return f"{', '.join(parts)}: tracker conflicts" if parts else ""
