"""How far a report is, as a small SVG to show in a README or on a profile.

Pure but for the template.
"""

from __future__ import annotations

from tracker.cli.render.templates import render_template
from tracker.progress.report import Report
from tracker.text import count_cells, format_percent, shorten

MOST_CHARACTERS = 40
LETTER, PADDING, BAR = 6.6, 8, 60
"""Pixels: of a letter on the average, which `textLength` then makes true, of a gap, of the bar."""


def render_badge(report: Report) -> str:
    """Render the title, a bar and the percent of all roadmaps of a report."""
    titles = [progress.title for progress in report.roadmaps]
    title = shorten(titles[0], MOST_CHARACTERS) if len(titles) == 1 else "Progress"
    percent = format_percent(report.total.percent)
    # East Asian letters are about twice as wide.
    text = round(LETTER * sum(1 + (letter > "\u2e80") for letter in title))
    left = text + 2 * PADDING
    return render_template(
        "badge.svg.j2",
        (),
        title=title,
        percent=percent,
        says=f"{title}: {percent} done",
        text=text,
        left=left,
        width=left + BAR + 3 * PADDING + round(LETTER * len(percent)),
        padding=PADDING,
        bar=BAR,
        full=count_cells(report.total.percent, BAR),
    )
