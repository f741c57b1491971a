"""The report as one self-contained HTML page.

Pure but for the page's templates, which are read from the package. Every foreign text is escaped; only
http and https become links. The page has no script, loads nothing, and is readable in print.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tracker.cli.render.figures import (
    format_aim,
    format_amount,
    format_covered,
    format_elsewhere,
    format_eta,
    format_finish,
    format_left,
    format_pace,
    format_rhythm,
    format_since,
    format_track,
    format_undated,
    list_tables,
    name_eta,
)
from tracker.cli.render.layout import is_web_url
from tracker.cli.render.pictures import (
    draw_burn_up,
    draw_heat_map,
    draw_weeks,
    name_unit,
)
from tracker.cli.render.skill_map import describe_skill, draw_map, name_state
from tracker.cli.render.skills import explain_finished, explain_next, find_first_link, format_age
from tracker.cli.render.templates import load_style, render_template
from tracker.progress.forecast import Eta, EtaKind
from tracker.progress.history import History
from tracker.progress.milestones import Reached
from tracker.progress.order import ListedSkill
from tracker.progress.report import Report, RoadmapProgress
from tracker.progress.tally import Tally
from tracker.roadmap.model import Resource, Skill, SkillKind, Status
from tracker.text import format_number, format_percent, plural

MOST_REACHED, MOST_LINKS = 8, 3
KINDS = {"doing": "in progress", "ready": "can be started", "todo": "to do"}


@dataclass(frozen=True, slots=True)
class Arc:
    """A part of a ring or a bar, in percent of the whole."""

    kind: str
    start: float
    length: float


def render_html(report: Report) -> str:
    """Render the whole report as one page: the overview, what is next, then every roadmap."""
    titles = ", ".join(progress.title for progress in report.roadmaps)
    page = render_template(
        "report.html.j2",
        (
            *(format_aim, format_amount, format_covered, format_elsewhere, format_eta),
            *(format_left, format_number, format_pace, format_percent, format_rhythm),
            *(format_facts, format_since, format_track, format_undated, name_eta, plural),
            *(draw_burn_up, draw_heat_map, draw_map, draw_weeks, explain_average, explain_cone),
            *(describe_skill, is_web_url, name_kind, name_state, name_unit, split_tally),
            *(list_ahead, list_arcs, list_facts, list_finished, list_first_links),
            *(list_reached, list_rows, list_skills, shorten_finish),
        ),
        report=report,
        title=f"Progress: {titles}" if titles else "Progress",
        style=load_style("report.css"),
    )
    return f"<!doctype html>\n{page}"


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


def list_arcs(tally: Tally) -> list[Arc]:
    """Return the parts of a ring or a bar that are not empty, one behind the other."""
    arcs, start = [], 0.0
    for kind, count in split_tally(tally):
        if count and kind != "todo":
            length = round(100 * count / tally.counted, 3)
            arcs.append(Arc(kind, round(start, 3), length))
            start += length
    return arcs


def name_kind(kind: str) -> str:
    """Return the words for a state in a legend."""
    return KINDS.get(kind, kind)


def shorten_finish(eta: Eta) -> str:
    """Return the finish without the word, which stands above it."""
    return format_finish(eta).removeprefix("finish").lstrip(": ")


def explain_cone(eta: Eta, history: History) -> str:
    """Return what the dashed lines of a burn-up mean; nothing where there are none."""
    if eta.kind not in (EtaKind.DATE, EtaKind.TOO_FAR):
        return ""
    days = " and ".join(dict.fromkeys(str(pace.days) for pace in history.paces))
    finish = f", to {shorten_finish(eta)}" if eta.earliest else ""
    return f"Dashed: on at the pace of the last {days} days{finish}."


def explain_average(history: History) -> str:
    """Return what the dashed line of the weekly bars means."""
    pace = history.long
    if not pace.skills:
        return ""
    return (
        f"Dashed: the average of the last {pace.days} days, {format_number(pace.skills_per_week)}."
    )


def list_rows(
    progress: RoadmapProgress,
) -> list[tuple[str, list[tuple[str, Tally, Sequence[ListedSkill]]]]]:
    """List the tables of a roadmap, each row with the skills that are shown one by one."""
    skills = {"Section": [section.skills for section in progress.sections]}
    return [
        (
            head,
            [
                (title, tally, cells)
                for (title, tally), cells in zip(
                    rows, skills.get(head, [()] * len(rows)), strict=True
                )
            ],
        )
        for head, rows in list_tables(progress)
    ]


def list_first_links(skill: Skill) -> list[Resource]:
    """Return the links to begin with, the first of them as `next` names it."""
    if not skill.resources:
        return []
    first = find_first_link(skill)
    return [first, *(link for link in skill.resources if link is not first)][:MOST_LINKS]


def list_skills(progress: RoadmapProgress) -> list[ListedSkill]:
    """Return all skills of a roadmap, in file order."""
    return [found for section in progress.sections for found in section.skills]


def list_finished(found: Iterable[ListedSkill]) -> list[tuple[str, str]]:
    """Return the names of completed skills, with when and what they took."""
    return [(each.skill.name, explain_finished(each)) for each in found]


def list_reached(reached: Sequence[Reached]) -> list[tuple[str, str]]:
    """Return what was reached last, with its days."""
    rows = [(each.what, str(each.day or "")) for each in reached[:MOST_REACHED]]
    more = len(reached) - len(rows)
    return [*rows, (f"and {more} more", "")] if more else rows


def list_ahead(ahead: Iterable[ListedSkill]) -> list[tuple[str, str]]:
    """Return the milestones to come, with their sections."""
    return [(each.skill.name, each.section) for each in ahead]


def format_facts(found: ListedSkill) -> str:
    """Return the line below a skill's name on its card."""
    skill = found.skill
    facts = [format_age(found) if skill.status is Status.DOING else found.section]
    facts += [f"{format_number(skill.hours)}\N{NO-BREAK SPACE}h"] if skill.hours is not None else []
    facts += [f"unlocks\N{NO-BREAK SPACE}{found.unlocks}"] if found.unlocks > 0 else []
    return " · ".join(facts)


def list_facts(found: ListedSkill) -> str:
    """Return what stands beside a skill's name in the list of all."""
    skill = found.skill
    if skill.status is Status.DONE:
        fact = explain_finished(found) if skill.completed else ""
    else:
        fact = explain_next(found)
    kind = "" if skill.kind is SkillKind.SKILL else str(skill.kind)
    return " · ".join(filter(None, (kind, skill.level, fact)))
