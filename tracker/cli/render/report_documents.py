"""The report as a document: markdown for a README or a wiki, or one self-contained HTML page.

Pure but for the page's template, which is read from the package. Every foreign text is escaped; only
http and https become links. The page has no script, loads nothing, and is readable in print.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

from tracker.cli.render.layout import is_web_url
from tracker.cli.render.learning import (
    WEEKS,
    format_aim,
    format_amount,
    format_counts,
    format_eta,
    format_pace,
    format_since,
    format_undated,
    name_eta,
)
from tracker.cli.render.skills import format_age
from tracker.progress import Eta, History, ListedSkill, Report, RoadmapProgress, Tally
from tracker.roadmap.model import Status
from tracker.text import clean_line, format_number, format_percent, plural

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


def render_html(report: Report) -> str:
    """Render the whole report as one page: the overview, what is next, then every roadmap."""
    # Late: jinja2 takes longer to import than a report to be made, and only pages need it.
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415
    from markupsafe import Markup  # noqa: PLC0415

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        # Every value is cleaned of what hides in it. Quotes become the entities of `html`, not those
        # of markupsafe, so that reports that were written before do not differ.
        finalize=lambda value: (
            value if isinstance(value, Markup) else Markup(escape(clean_line(value)))  # noqa: S704
        ),
    )
    folder = Path(__file__).parent
    lines = (folder / "report.html.j2").read_text(encoding="utf-8").splitlines()
    template = environment.from_string("".join(line.strip() for line in lines))
    titles = ", ".join(progress.title for progress in report.roadmaps)
    shown = (
        *(
            format_aim,
            format_amount,
            format_eta,
            format_number,
            format_pace,
            format_since,
            format_percent,
            format_undated,
        ),
        *(is_web_url, format_facts, list_tables, name_eta, plural, split_tally),
    )
    page = template.render(
        {function.__name__: function for function in shown},
        report=report,
        shown_weeks=WEEKS,
        title=f"Progress: {titles}" if titles else "Progress",
        once=_format_elsewhere(report),
        style=Markup("\n" + (folder / "report.css").read_text(encoding="utf-8")),  # noqa: S704
    )
    return f"<!doctype html>\n{page}\n"


def render_markdown(report: Report) -> str:
    """Render the whole report as one markdown document."""
    blocks = [f"# Progress on {report.today}"]
    if len(report.roadmaps) > 1:
        blocks += _render_total(report)
    for progress in report.roadmaps:
        blocks += _render_roadmap(progress)
    if report.aim:
        blocks.append(f"**Target**: {format_aim(report.aim, report.history)}")
    if report.since:
        completed = (
            f"- {found.skill.completed}: {escape_markdown(found.skill.name)}"
            for found in report.since.completed
        )
        head = f"## Since {report.since.day}: {format_since(report.since)}"
        blocks += [head, *filter(None, ["\n".join(completed)])]
    for head, listed in (("In progress", report.in_progress), ("Start next", report.next_up)):
        if listed:
            blocks += [f"## {head}", "\n".join(_render_next(candidate) for candidate in listed)]
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


def _render_total(report: Report) -> list[str]:
    total = report.total
    amount = f"**{format_percent(total.percent)}** of everything: {format_amount(total)}"
    once = f"; {_format_elsewhere(report)}" if report.elsewhere else ""
    return [
        f"{amount} ({format_counts(total)}{once})",
        _render_forecast(report.history, report.eta, report.total),
    ]


def _render_roadmap(progress: RoadmapProgress) -> list[str]:
    tally = progress.tally
    return [
        f"## {escape_markdown(progress.title)}",
        f"**{format_percent(tally.percent)}**: {format_amount(tally)} ({format_counts(tally)})",
        _render_forecast(progress.history, progress.eta, tally),
        *(_render_table(head, rows) for head, rows in list_tables(progress)),
    ]


def _render_forecast(history: History, eta: Eta, tally: Tally) -> str:
    rows = [
        f"- Pace: {format_pace(history)}",
        f"- {name_eta(eta)}: {format_eta(eta, tally, history)}",
    ]
    undated = format_undated(history)
    return "\n".join([*rows, f"- Note: {undated}"] if undated else rows)


def _render_table(head: str, rows: Sequence[tuple[str, Tally]]) -> str:
    has_hours = any(tally.hours for _, tally in rows)
    # Columns that would be empty in every row are left out.
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


def _render_next(candidate: ListedSkill) -> str:
    skill = candidate.skill
    facts = [format_age(candidate)] if skill.status is Status.DOING else []
    facts += [f"{format_number(skill.hours)} h"] if skill.hours is not None else []
    facts += [f"{candidate.unlocks} build on it"] if candidate.unlocks else []
    note = f" ({', '.join(facts)})" if facts else ""
    links = [link_markdown(resource.title, resource.url) for resource in skill.resources]
    return f"- **{escape_markdown(skill.name)}**{note}" + (f": {', '.join(links)}" if links else "")


def _format_elsewhere(report: Report) -> str:
    if not report.elsewhere:
        return ""
    return f"{plural(report.elsewhere, 'skill')} in several roadmaps, counted once"


def list_tables(progress: RoadmapProgress) -> list[tuple[str, list[tuple[str, Tally]]]]:
    """List the tables of a roadmap with their heads: sections, and levels if any skill has one."""
    tables = []
    if progress.sections:
        tables.append(
            ("Section", [(section.title, section.tally) for section in progress.sections])
        )
    if any(level.level for level in progress.levels):
        rows = [(level.level or "(no level)", level.tally) for level in progress.levels]
        tables.append(("Level", rows))
    return tables


def split_tally(tally: Tally) -> Sequence[tuple[str, int]]:
    """Split the counted skills into done, doing, covered and todo, each counted once."""
    # A skill under way may be covered as well; what is left counts it once.
    doing = min(tally.doing, tally.left)
    return (
        ("done", tally.done),
        ("doing", doing),
        ("covered", tally.covered),
        ("todo", tally.left - doing),
    )


def format_facts(found: ListedSkill) -> str:
    """Return the line below a skill's name on its card."""
    skill = found.skill
    facts = [format_age(found) if skill.status is Status.DOING else found.section]
    facts += [f"{format_number(skill.hours)}\N{NO-BREAK SPACE}h"] if skill.hours is not None else []
    facts += [f"{plural(found.unlocks, 'skill')} build on it"] if found.unlocks > 1 else []
    return " · ".join(facts)
