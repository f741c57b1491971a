"""The report as one self-contained HTML page: no script, nothing loaded, readable in print.

Pure. All escaping is that of `html_parts`.
"""

from __future__ import annotations

from collections.abc import Sequence

from tracker.cli.render.html_parts import Html, element, join, link, make_page
from tracker.cli.render.layout import format_number, format_percent, plural
from tracker.cli.render.report import (
    format_amount,
    format_eta,
    format_pace,
    format_undated,
    name_eta,
)
from tracker.progress import Eta, History, NextSkill, Report, RoadmapProgress, Tally
from tracker.roadmap.model import Status


def render_html(report: Report) -> str:
    """Render the whole report as one page: the overview, what is next, then every roadmap."""
    titles = ", ".join(each.title for each in report.roadmaps)
    header = element(
        "header",
        element("h1", "Progress"),
        element("p", f"As of {report.today}", class_="faint"),
    )
    if len(report.roadmaps) == 1:
        (only,) = report.roadmaps
        articles = [_render_roadmap(only), _render_next(report.next_up)]
        articles.append(element("article", *_render_tables(only)))
    else:
        articles = [_render_total(report), _render_next(report.next_up)]
        articles += [join(_render_roadmap(each), *_render_tables(each)) for each in report.roadmaps]
    page = join(header, element("main", *articles))
    return make_page(f"Progress: {titles}" if titles else "Progress", page)


def _render_total(report: Report) -> Html:
    note = f"{plural(report.elsewhere, 'skill')} in several roadmaps, counted once"
    return element(
        "article",
        _render_head("All roadmaps", report.total),
        element("p", note, class_="faint") if report.elsewhere else Html(),
        _render_forecast(report.history, report.eta, report.total),
    )


def _render_roadmap(progress: RoadmapProgress) -> Html:
    return element(
        "article",
        _render_head(progress.title, progress.tally),
        _render_forecast(progress.history, progress.eta, progress.tally),
    )


def _render_tables(progress: RoadmapProgress) -> list[Html]:
    tables = []
    if progress.sections:
        rows = [(each.title, each.tally) for each in progress.sections]
        tables.append(_render_table("Section", rows))
    if any(each.level for each in progress.levels):
        rows = [(each.level or "(no level)", each.tally) for each in progress.levels]
        tables.append(_render_table("Level", rows))
    return tables


def _render_head(title: str, tally: Tally) -> Html:
    percent = element("span", format_percent(tally.percent), class_="big")
    return join(
        element("div", element("h2", title), percent, class_="head"),
        _render_bar(tally, "bar wide"),
        _render_legend(tally),
        element("p", format_amount(tally)),
    )


def _render_bar(tally: Tally, classes: str) -> Html:
    """Render a stacked bar; its label says the same in words."""
    parts = [
        element("i", class_=kind, style=f"width:{100 * count / tally.counted:.3f}%")
        for kind, count in _split(tally)
        if count and kind != "todo"
    ]
    covered = f", {format_percent(tally.covered_percent)} covered" if tally.covered else ""
    label = f"{format_percent(tally.percent)} done{covered}"
    return element("div", *parts, class_=classes, role="img", aria_label=label)


def _render_legend(tally: Tally) -> Html:
    rows = [
        element("li", element("i", class_=kind, aria_hidden="true"), f"{count} {kind}")
        for kind, count in _split(tally)
        if count
    ]
    skipped = [element("li", f"{tally.skipped} skipped")] if tally.skipped else []
    return element("ul", *rows, *skipped, class_="legend")


def _split(tally: Tally) -> Sequence[tuple[str, int]]:
    """Split the counted skills into done, doing, covered and todo, each counted once."""
    doing = min(tally.doing, tally.left)
    return (
        ("done", tally.done),
        ("doing", doing),
        ("covered", tally.covered),
        ("todo", tally.left - doing),
    )


def _render_forecast(history: History, eta: Eta, tally: Tally) -> Html:
    rows = [
        ("Pace", format_pace(history)),
        (name_eta(eta), format_eta(eta, tally, history)),
        ("Note", format_undated(history)),
    ]
    listed = [join(element("dt", label), element("dd", text)) for label, text in rows if text]
    if any(history.weeks):
        listed.append(join(element("dt", "Weeks"), element("dd", _render_weeks(history))))
    return element("dl", *listed)


def _render_weeks(history: History) -> Html:
    most = max(history.weeks)
    columns = [
        element("i", style=f"height:{100 * count / most:.1f}%", title=plural(count, "skill"))
        for count in history.weeks
    ]
    words = ", ".join(str(count) for count in history.weeks)
    label = f"skills completed in each of the last {len(history.weeks)} weeks: {words}"
    return element("div", *columns, class_="weeks", role="img", aria_label=label)


def _render_table(head: str, rows: Sequence[tuple[str, Tally]]) -> Html:
    has_hours = any(tally.hours for _, tally in rows)
    heads = [element("th", each, scope="col") for each in (head, "Progress")]
    heads += [
        element("th", each, scope="col", class_="number")
        for each in ("Done", "Skills", *(["Hours"] if has_hours else []))
    ]
    body = [_render_row(title, tally, has_hours=has_hours) for title, tally in rows]
    return element("table", element("thead", element("tr", *heads)), element("tbody", *body))


def _render_row(title: str, tally: Tally, *, has_hours: bool) -> Html:
    hours = f"{format_number(tally.hours_done)} / {format_number(tally.hours)}"
    numbers = [format_percent(tally.percent), f"{tally.done} / {tally.counted}"]
    numbers += [hours if tally.hours else ""] if has_hours else []
    return element(
        "tr",
        element("th", title, scope="row"),
        element("td", _render_bar(tally, "bar")),
        *(element("td", each, class_="number") for each in numbers),
    )


def _render_next(found: Sequence[NextSkill]) -> Html:
    if not found:
        return Html()
    cards = [_render_card(each) for each in found]
    return element("article", element("h2", "Next up"), element("ol", *cards, class_="next"))


def _render_card(each: NextSkill) -> Html:
    skill = each.skill
    facts = ["under way" if skill.status is Status.DOING else each.section]
    facts += [f"{format_number(skill.hours)}\N{NO-BREAK SPACE}h"] if skill.hours is not None else []
    facts += [f"{plural(each.unlocks, 'skill')} build on it"] if each.unlocks > 1 else []
    links = [element("li", link(resource.title, resource.url)) for resource in skill.resources]
    return element(
        "li",
        element("h3", skill.name),
        element("p", " · ".join(facts), class_="faint"),
        element("p", skill.goal) if skill.goal else Html(),
        element("ul", *links) if links else Html(),
    )
