"""The report as Markdown, for a README or a wiki.

Pure. Every foreign text is escaped; only http and https become links.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tracker.cli.render.figures import (
    WEEKS,
    format_aim,
    format_amount,
    format_counts,
    format_covered,
    format_elsewhere,
    format_eta,
    format_rhythm,
    format_since,
    format_undated,
    format_weeks,
    list_tables,
    name_eta,
)
from tracker.cli.render.layout import EMPTY, FULL, is_web_url
from tracker.cli.render.skills import explain_finished, explain_next, find_first_link
from tracker.progress.forecast import Eta
from tracker.progress.history import History
from tracker.progress.order import ListedSkill
from tracker.progress.report import Report, RoadmapProgress
from tracker.progress.tally import Tally
from tracker.text import clean_line, count_cells, format_number, format_percent

BAR, SMALL_BAR = 30, 10
SPECIAL = re.compile(r"([\\`*_{}\[\]#|~$])")
# A parenthesis would end the link, a bar the cell of a table.
URL_ESCAPES = str.maketrans(
    {
        "(": "%28",
        ")": "%29",
        "<": "%3C",
        ">": "%3E",
        "|": "%7C",
        "\\": "%5C",
        '"': "%22",
        "`": "%60",
    }
)


def render_markdown(report: Report) -> str:
    """Render the whole report as one document."""
    blocks = [f"# Progress on {report.today}"]
    if len(report.roadmaps) > 1:
        once = f"; {format_elsewhere(report)}" if report.elsewhere else ""
        blocks += _render_tally(report.total, once)
        blocks.append(_render_forecast(report.history, report.eta, report.total))
    for progress in report.roadmaps:
        blocks += _render_roadmap(progress)
    if report.aim:
        blocks.append(f"**Target**: {format_aim(report.aim, report.history)}")
    if report.since:
        blocks += _render_list(
            f"Since {report.since.day}: {format_since(report.since)}",
            [(found, explain_finished(found)) for found in report.since.completed],
        )
    for head, listed in (("In progress", report.in_progress), ("Start next", report.next_up)):
        rows = [(found, explain_next(found)) for found in listed]
        blocks += _render_list(head, rows, links=True) if rows else []
    if report.recent and not report.since:
        rows = [(found, explain_finished(found)) for found in report.recent]
        blocks += _render_list("Finished last", rows)
    return "\n\n".join(blocks) + "\n"


def escape_markdown(text: object) -> str:
    """Return a clean line that markdown shows as it is, in a paragraph or a table cell."""
    line = clean_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return SPECIAL.sub(r"\\\1", line)


def link_markdown(title: object, url: str) -> str:
    """Return a link, or only its title unless the URL is a web address."""
    if not is_web_url(url):
        return escape_markdown(title)
    return f"[{escape_markdown(title)}]({url.translate(URL_ESCAPES)})"


def _draw_bar(percent: float | None, width: int) -> str:
    full = count_cells(percent, width)
    return f"`{FULL * full}{EMPTY * (width - full)}`"


def _render_tally(tally: Tally, once: str = "") -> list[str]:
    return [
        f"{_draw_bar(tally.percent, BAR)} **{format_percent(tally.percent)}**",
        f"{format_amount(tally)} ({format_counts(tally)}{once})",
    ]


def _render_roadmap(progress: RoadmapProgress) -> list[str]:
    return [
        f"## {escape_markdown(progress.title)}",
        *_render_tally(progress.tally),
        _render_forecast(progress.history, progress.eta, progress.tally),
        *(_render_table(head, rows) for head, rows in list_tables(progress)),
    ]


def _render_forecast(history: History, eta: Eta, tally: Tally) -> str:
    rows = (
        ("Pace", format_rhythm(history)),
        ("Weeks", format_weeks(history, BAR + 9 * WEEKS)),
        (name_eta(eta), format_eta(eta, tally, history)),
        ("Note", format_undated(history)),
        ("Note", format_covered(tally.covered)),
    )
    return "\n".join(f"- {label}: {sentence}" for label, sentence in rows if sentence)


def _render_table(head: str, rows: Sequence[tuple[str, Tally]]) -> str:
    # Columns that would be empty in every row are left out.
    columns = {
        head: [escape_markdown(title) for title, _ in rows],
        "Progress": [_draw_bar(tally.percent, SMALL_BAR) for _, tally in rows],
        "Done": [format_percent(tally.percent) for _, tally in rows],
        "Skills": [f"{tally.done} / {tally.counted}" for _, tally in rows],
    }
    if any(tally.covered for _, tally in rows):
        columns["Covered"] = [str(tally.covered or "") for _, tally in rows]
    if any(tally.hours for _, tally in rows):
        columns["Hours"] = [
            f"{format_number(tally.hours_done)} / {format_number(tally.hours)}" for _, tally in rows
        ]
    lines = [tuple(columns), ("---", "---", *["---:"] * (len(columns) - 2))]
    lines += zip(*columns.values(), strict=True)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _render_list(
    head: str, rows: Sequence[tuple[ListedSkill, str]], *, links: bool = False
) -> list[str]:
    """Render skills with a remark on each, and with `links` the link to begin with."""
    lines = []
    for found, remark in rows:
        note = f" ({remark})" if remark else ""
        line = f"- **{escape_markdown(found.skill.name)}**{note}"
        if links and found.skill.resources:
            link = find_first_link(found.skill)
            part = f", {escape_markdown(link.part)}" if link.part else ""
            line += f": {link_markdown(link.title, link.url)}{part}"
        lines.append(line)
    return [f"## {head}", *filter(None, ["\n".join(lines)])]
