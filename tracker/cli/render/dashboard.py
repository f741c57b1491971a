"""The dashboard: how far, how fast, what is in progress, what to start, and what is not synced.

Pure. One screen: at 60 columns and more never longer than a terminal of 30 lines.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from tracker.cli.render.layout import AnswerView, Part, fit, hang, make_bar, make_line, widest
from tracker.cli.render.learning import format_aim, format_finish, format_streak, format_weeks
from tracker.cli.render.skills import NO_SKILLS, explain_next, render_rows
from tracker.progress import History, Report, Tally
from tracker.sync.unsynced import Unsynced
from tracker.text import format_number, format_percent, plural
from tracker.workflows.dashboard import Dashboard

MOST_LINES = 30
MOST_ROADMAPS = 5
MOST_SKILLS = 5
SMALLEST_BAR = 10


def render_dashboard(dashboard: Dashboard, view: AnswerView) -> list[Text]:
    """Render the dashboard; names fewer skills where their lines would not fit on a screen."""
    for most in range(MOST_SKILLS, 0, -1):
        lines = _render_with(dashboard, view, most)
        if len(lines) <= MOST_LINES:
            break
    return lines


def _render_with(dashboard: Dashboard, view: AnswerView, most: int) -> list[Text]:
    report = dashboard.report
    lines = render_heads(report, view)
    if not report.total.skills:
        return [*lines, *hang(("", ""), NO_SKILLS, view.width)]
    facts = (
        format_this_week(report.history),
        format_streak(report.history),
        format_finish(report.eta),
    )
    lines += hang(("", ""), " · ".join(filter(None, facts)), view.width)
    if report.aim:
        lines += hang(("Target  ", "bold"), format_aim(report.aim, report.history), view.width)
    if weeks := format_weeks(report.history, view.width):
        lines.append(make_line((weeks, "green")))
    for head, listed in (("In progress", report.in_progress), ("Start next", report.next_up)):
        if listed:
            shown = listed[:most]
            lines += [Text(), make_line((f"{head} ({len(listed)})", "bold"))]
            lines += render_rows([(found, explain_next(found)) for found in shown], view)
            lines += _count_more(len(listed) - len(shown))
    return [*lines, Text(), *_render_sync(dashboard, view)]


def _count_more(count: int) -> list[Text]:
    return [make_line((f"  … and {count} more: tracker next", "dim"))] if count > 0 else []


def render_heads(report: Report, view: AnswerView) -> list[Text]:
    """Render how far all of it is, and below it each of several roadmaps."""
    rows = [(progress.title, progress.tally) for progress in report.roadmaps]
    if len(rows) == 1:
        return _render_bars(rows, view)
    lines = _render_bars([("All roadmaps", report.total), *rows[:MOST_ROADMAPS]], view)
    hidden = len(rows) - MOST_ROADMAPS
    return [
        *lines,
        *([make_line((f"… and {hidden} more: tracker report", "dim"))] if hidden > 0 else []),
    ]


def _render_bars(rows: Sequence[tuple[str, Tally]], view: AnswerView) -> list[Text]:
    """Render a line a row: title, bar, percent, skills and hours; two on a narrow screen."""
    amounts = [_format_amount(tally, with_hours=not view.is_narrow) for _, tally in rows]
    cells = widest(amounts, view.width)
    if view.is_narrow:
        room = max(view.width - cells - 2, 4)
        return [
            line
            for (title, tally), amount in zip(rows, amounts, strict=True)
            for line in (
                *hang(("", ""), title, view.width, style="bold"),
                make_line(*make_bar(tally.percent, room, tally.covered_percent), f"  {amount}"),
            )
        ]
    titles = widest((title for title, _ in rows), (view.width - cells - 4) // 2)
    room = max(view.width - titles - cells - 4, SMALLEST_BAR)
    lines = []
    for (title, tally), amount in zip(rows, amounts, strict=True):
        bar: list[Part] = make_bar(tally.percent, room, tally.covered_percent)
        lines.append(make_line((f"{fit(title, titles)}  ", "bold"), *bar, f"  {amount:>{cells}}"))
    return lines


def _format_amount(tally: Tally, *, with_hours: bool) -> str:
    amount = f"{format_percent(tally.percent)} · {tally.done}/{tally.counted}"
    if not tally.hours or not with_hours:
        return amount
    return f"{amount} · {format_number(tally.hours_done)}/{format_number(tally.hours)} h"


def format_this_week(history: History) -> str:
    """Return what was completed in the running week."""
    week = history.this_week
    if not week.skills:
        return "This week nothing yet"
    return f"This week {plural(week.skills, 'skill')}" + (
        f", {format_number(week.hours)} h" if week.hours else ""
    )


def _render_sync(dashboard: Dashboard, view: AnswerView) -> list[Text]:
    unsynced = dashboard.unsynced
    if unsynced is None:
        return hang(("", ""), "What is not synced is unknown: tracker doctor", view.width)
    if not unsynced.bound:
        return hang(("", ""), "Never synced yet: tracker sync", view.width, style="yellow")
    if not unsynced.count:
        return hang(("", ""), "Nothing changed here since the last sync", view.width, style="dim")
    return hang(("", ""), format_unsynced(unsynced), view.width, style="yellow")


def format_unsynced(unsynced: Unsynced) -> str:
    """Return how many skills the next sync has to carry over, and its command."""
    counts = (
        (unsynced.changed, "changed"),
        (unsynced.added, "new"),
        (unsynced.removed, "removed"),
    )
    told = ", ".join(f"{count} {word}" for count, word in counts if count)
    return f"{plural(unsynced.count, 'skill')} not synced ({told}): tracker sync"
