"""The report as one self-contained HTML page.

Pure but for the page's template, which is read from the package. Every foreign text is escaped; only
http and https become links. The page has no script, loads nothing, and is readable in print.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from tracker.cli.render.figures import (
    WEEKS,
    format_aim,
    format_amount,
    format_elsewhere,
    format_eta,
    format_rhythm,
    format_since,
    format_undated,
    list_tables,
    name_eta,
)
from tracker.cli.render.layout import is_web_url
from tracker.cli.render.skills import format_age
from tracker.progress import ListedSkill, Report, Tally
from tracker.roadmap.model import Status
from tracker.text import clean_line, format_number, format_percent, plural


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
            format_rhythm,
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
        once=format_elsewhere(report),
        style=Markup("\n" + (folder / "report.css").read_text(encoding="utf-8")),  # noqa: S704
    )
    return f"<!doctype html>\n{page}\n"


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
