"""The report as markdown, for a README or a wiki.

Pure. Every foreign text is escaped for markdown and HTML; only http and https become links.
"""

from __future__ import annotations

import re

from tracker.cli.render.layout import format_number, format_percent, plural
from tracker.cli.render.report import (
    format_amount,
    format_counts,
    format_eta,
    format_pace,
    format_undated,
    name_eta,
)
from tracker.cli.text import clean_line, is_web_url
from tracker.progress import Eta, History, NextSkill, Report, RoadmapProgress, Tally
from tracker.roadmap.model import Status

SPECIAL = re.compile(r"([\\`*_{}\[\]#|~$])")
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
    """Render the whole report as one markdown document."""
    blocks = [f"# Progress on {report.today}"]
    if len(report.roadmaps) > 1:
        blocks += _render_total(report)
    for progress in report.roadmaps:
        blocks += _render_roadmap(progress)
    if report.next_up:
        blocks += ["## Next up", "\n".join(_render_next(each) for each in report.next_up)]
    return "\n\n".join(blocks) + "\n"


def escape_markdown(text: object) -> str:
    """Return a clean line that markdown shows as it is, in a paragraph or a table cell."""
    line = clean_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return SPECIAL.sub(r"\\\1", line)


def link_markdown(title: object, url: str) -> str:
    """Return a link, or only its title where the URL is none of the web."""
    if not is_web_url(url):
        return escape_markdown(title)
    return f"[{escape_markdown(title)}]({url.translate(URL_ESCAPES)})"


def _render_total(report: Report) -> list[str]:
    total = report.total
    amount = f"**{format_percent(total.percent)}** of everything: {format_amount(total)}"
    once = f"; {plural(report.elsewhere, 'skill')} in several roadmaps, counted once"
    return [
        f"{amount} ({format_counts(total)}{once if report.elsewhere else ''})",
        _render_forecast(report.history, report.eta, report.total),
    ]


def _render_roadmap(progress: RoadmapProgress) -> list[str]:
    tally = progress.tally
    blocks = [
        f"## {escape_markdown(progress.title)}",
        f"**{format_percent(tally.percent)}**: {format_amount(tally)} ({format_counts(tally)})",
        _render_forecast(progress.history, progress.eta, tally),
    ]
    if progress.sections:
        rows = [(each.title, each.tally) for each in progress.sections]
        blocks.append(_render_table("Section", rows))
    if any(each.level for each in progress.levels):
        rows = [(each.level or "(no level)", each.tally) for each in progress.levels]
        blocks.append(_render_table("Level", rows))
    return blocks


def _render_forecast(history: History, eta: Eta, tally: Tally) -> str:
    rows = [
        f"- Pace: {format_pace(history)}",
        f"- {name_eta(eta)}: {format_eta(eta, tally, history)}",
    ]
    undated = format_undated(history)
    return "\n".join([*rows, f"- Note: {undated}"] if undated else rows)


def _render_table(head: str, rows: list[tuple[str, Tally]]) -> str:
    has_hours = any(tally.hours for _, tally in rows)
    has_covered = any(tally.covered for _, tally in rows)
    heads = [head, "Done", "Skills", *["Covered"] * has_covered, *["Hours"] * has_hours]
    lines = [f"| {' | '.join(heads)} |", f"|---|{'---:|' * (len(heads) - 1)}"]
    for title, tally in rows:
        cells = [
            escape_markdown(title),
            format_percent(tally.percent),
            f"{tally.done} / {tally.counted}",
        ]
        if has_covered:
            cells.append(str(tally.covered or ""))
        if has_hours:
            cells.append(f"{format_number(tally.hours_done)} / {format_number(tally.hours)}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _render_next(each: NextSkill) -> str:
    skill = each.skill
    facts = ["under way"] if skill.status is Status.DOING else []
    facts += [f"{format_number(skill.hours)} h"] if skill.hours is not None else []
    facts += [f"{each.unlocks} build on it"] if each.unlocks else []
    note = f" ({', '.join(facts)})" if facts else ""
    links = [link_markdown(resource.title, resource.url) for resource in skill.resources]
    return f"- **{escape_markdown(skill.name)}**{note}" + (f": {', '.join(links)}" if links else "")
