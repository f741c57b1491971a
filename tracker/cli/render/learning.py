"""The report as text, what to learn next, one skill in full, and statuses that were set.

Also the sentences on pace and forecast of every format of a report: honest about what they rest on,
no date without enough history. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from rich.text import Text

from tracker.cli.render.layout import (
    Part,
    cut,
    fit,
    hang,
    is_web_url,
    make_bar,
    make_line,
    widest,
    wrap_text,
)
from tracker.progress import (
    AimProgress,
    Chance,
    Eta,
    EtaKind,
    History,
    ListedSkill,
    Match,
    Report,
    RoadmapProgress,
    Tally,
)
from tracker.roadmap.model import Resource, Roadmap, Skill, SkillKind, Status
from tracker.text import clean_block, format_number, format_percent, plural
from tracker.workflows.local import TickedFile
from tracker.workflows.results import Marked

SIGNS = {
    Status.TODO: ("·", "dim"),
    Status.DOING: (">", "yellow"),
    Status.DONE: ("x", "green"),
    Status.SKIPPED: ("-", "dim"),
}
DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}
FACT_LABEL = 12
MOST_TICKED = 20
"""Skills per roadmap before the rest is counted; `-v` shows all of them, and the diff."""

TICKED_WIDTH = 36


COLUMNS = "▁▂▃▄▅▆▇█"
# Not strftime: it speaks the language of the machine, and the rest of the report is English.
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
WEEKS = 13
"""Weeks that a report shows as columns."""

SMALL_BAR = 10
BESIDE_BAR = 46
"""Cells kept for percent, skills and hours beside the bar of a roadmap."""

LABEL = 8


@dataclass(frozen=True, slots=True)
class ShownSkill:
    """One skill with what surrounds it; `place` is `file:line` where known."""

    match: Match
    roadmap: Roadmap
    place: str = ""

    @property
    def requires(self) -> tuple[Skill, ...]:
        """The skills it requires."""
        wanted = self.match.skill.requires
        return tuple(skill for skill in self.roadmap.skills if skill.id in wanted)

    @property
    def unlocks(self) -> tuple[Skill, ...]:
        """The skills that require it; none where it has no id to be named by."""
        own = self.match.skill.id
        return tuple(skill for skill in self.roadmap.skills if own and own in skill.requires)


def render_skill(shown: ShownSkill, width: int) -> list[Text]:
    """Render one skill with everything that is known of it."""
    skill = shown.match.skill
    sign, style = SIGNS[skill.status]
    facts = {
        "skill": shown.match.reference,
        "in": f"{shown.roadmap.title} / {shown.match.section}",
        "file": shown.place,
        "kind": "" if skill.kind is SkillKind.SKILL else skill.kind,
        "also": ", ".join(skill.aliases),
        "status": skill.status,
        "goal": skill.goal,
        "level": skill.level,
        "hours": "" if skill.hours is None else format_number(skill.hours),
        "started": skill.started,
        "completed": skill.completed,
        "tags": ", ".join(skill.tags),
    }
    lines = [make_line((f"{sign} ", style), (skill.name, "bold"))]
    for label, fact in facts.items():
        lines += hang(_label(label), fact, width) if fact else []
    for label, relatives in (("requires", shown.requires), ("unlocks", shown.unlocks)):
        for relative in relatives:
            sign, style = SIGNS[relative.status]
            lines.append(make_line(_label(label), (f"{sign} ", style), relative.name))
    lines += [make_line(_label("covered by"), reference) for reference in skill.covered_by]
    for sentence in skill.prove:
        lines += hang(_label("prove"), sentence, width)
    if skill.evidence:
        lines.append(make_line(_label("evidence"), (skill.evidence, _link_style(skill.evidence))))
    for resource in skill.resources:
        lines += _render_resource(resource, width)
    if skill.notes:
        lines.append(make_line(("  notes", "dim")))
        lines += [make_line(f"    {line}") for line in clean_block(skill.notes).split("\n")]
    return lines


def _label(word: str) -> tuple[str, str]:
    return (f"  {word:<{FACT_LABEL}}", "dim")


def _render_resource(resource: Resource, width: int) -> list[Text]:
    facts = (
        resource.type,
        resource.part,
        "" if resource.minutes is None else f"{resource.minutes} min",
        resource.lang,
        # Nothing of a link of which nobody knows whether it is free.
        {True: "free", False: "paid", None: ""}[resource.free],
        "start here" if resource.primary else "",
    )
    kind = ", ".join(filter(None, facts))
    title = f"{resource.title} ({kind})" if kind else resource.title
    # The address is never broken, so that a terminal or a paste takes it as one.
    address = make_line(" " * (FACT_LABEL + 2), (resource.url, _link_style(resource.url)))
    return [*hang(_label("link"), title, width), address]


def _link_style(url: str) -> str:
    return "cyan" if is_web_url(url) else "dim"


def render_marks(marked: Sequence[Marked]) -> list[Text]:
    """Render statuses that were set: before and after, then the lines of the files that changed."""
    lines = []
    for mark in marked:
        is_same = mark.before is mark.after
        change = f": already {mark.after}  " if is_same else f": {mark.before} → {mark.after}  "
        lines.append(make_line((mark.name, "bold"), change, (f"{mark.path}:{mark.line}", "dim")))
    return [*lines, *(line for mark in marked if mark.diff for line in render_diff(mark.diff))]


def render_diff(diff: str) -> list[Text]:
    """Render a unified diff without its head."""
    lines = clean_block(diff).rstrip("\n").split("\n")
    shown = (line for line in lines if not line.startswith(("---", "+++")))
    return [Text(f"  {line}", DIFF_STYLES.get(line[:1], "dim")) for line in shown]


def render_ticked(files: Sequence[TickedFile], width: int, *, verbose: bool = False) -> list[Text]:
    """Render the covered skills that were ticked, file by file, and one line that sums up."""
    if not files:
        return [make_line(("nothing to mark", "bold"), ": no skill is covered by what is done")]
    lines: list[Text] = []
    for file in files:
        lines += _render_file(file, width, verbose=verbose)
    count = sum(len(file.ticked) for file in files)
    where = plural(len(files), "roadmap")
    return [*lines, make_line(("marked", "bold green"), f": {plural(count, 'skill')} in {where}")]


def _render_file(file: TickedFile, width: int, *, verbose: bool) -> list[Text]:
    shown = file.ticked if verbose else file.ticked[:MOST_TICKED]
    names = widest((tick.skill.name for tick in shown), TICKED_WIDTH)
    lines = [make_line((cut(file.title, width - len(file.path) - 2), "bold"), f"  {file.path}")]
    for tick in shown:
        covered = cut(", ".join(tick.skill.covered_by), max(width - names - 18, 12))
        name = (fit(tick.skill.name, names), "bold")
        lines.append(
            make_line(("  x ", "green"), name, f"  {tick.completed}", (f"  {covered}", "dim"))
        )
    if len(shown) < len(file.ticked):
        more = f"  … and {len(file.ticked) - len(shown)} more"
        lines.append(make_line(more, ("   (tracker show SKILL; -v shows all)", "dim")))
    return [*lines, *(render_diff(file.diff) if verbose else ()), Text()]


def render_report(report: Report, width: int) -> list[Text]:
    """Render roadmap by roadmap, then the total of several, then what is next."""
    if not report.roadmaps:
        return [make_line("no roadmaps here yet: tracker add NAME brings one in")]
    lines: list[Text] = []
    for progress in report.roadmaps:
        lines += [*_render_roadmap(progress, width), Text()]
    if len(report.roadmaps) > 1:
        once = f"  {plural(report.elsewhere, 'skill')} counted once" if report.elsewhere else ""
        lines += [
            make_line(("All roadmaps", "bold"), (once, "dim")),
            *_render_tally(report.total, width),
            *_render_forecast(report.history, report.eta, report.total, width),
            Text(),
        ]
    if report.aim:
        aim = format_aim(report.aim, report.history)
        lines += [*hang((f"{'Target':<{LABEL}}", "bold"), aim, width), Text()]
    following = render_next_up(report, width)
    return [*lines, *following] if following else lines[:-1]


def render_next_up(report: Report, width: int, *, links: bool = False) -> list[Text]:
    """Render what is in progress, then what to start; with `links` goals and first resources."""
    lines: list[Text] = []
    for head, listed in (("In progress", report.in_progress), ("Start next", report.next_up)):
        if listed:
            lines += [
                Text(),
                make_line((head, "bold")),
                *_render_listed(listed, width, links=links),
            ]
    return lines[1:]


def _render_roadmap(progress: RoadmapProgress, width: int) -> list[Text]:
    title = cut(progress.title, width - len(progress.name) - 2)
    return [
        make_line((title, "bold"), (f"  {progress.name}", "dim")),
        *_render_tally(progress.tally, width),
        Text(),
        *_render_tables(progress, width),
        Text(),
        *_render_forecast(progress.history, progress.eta, progress.tally, width),
    ]


def _render_tally(tally: Tally, width: int) -> list[Text]:
    percent = f" {format_percent(tally.percent):>5}   "
    return [
        make_line(
            *make_bar(tally.percent, max(width - BESIDE_BAR, SMALL_BAR), tally.covered_percent),
            (percent, "bold"),
            format_amount(tally),
        ),
        make_line((format_counts(tally), "dim")),
    ]


def _render_tables(progress: RoadmapProgress, width: int) -> list[Text]:
    """Render the sections and, if any skill has one, the levels, in the same columns."""
    sections = [(section.title, section.tally) for section in progress.sections]
    if not any(level.level for level in progress.levels):
        return _render_rows(sections, width)
    levels = [(level.level or "(no level)", level.tally) for level in progress.levels]
    lines = _render_rows([*sections, *levels], width)
    return [*lines[: len(sections)], Text(), *lines[len(sections) :]]


def _render_rows(rows: Sequence[tuple[str, Tally]], width: int) -> list[Text]:
    """Render rows of title, bar, percent, skills, hours; hours only where there are any."""
    skills = [f"{tally.done}/{tally.counted}" for _, tally in rows]
    hours = [
        f"{format_number(tally.hours_done)}/{format_number(tally.hours)} h" if tally.hours else ""
        for _, tally in rows
    ]
    skill_cells, hour_cells = widest(skills, 12), widest(hours, 14)
    # Title, two blanks, bar, percent, skills, hours; the title gets what is left.
    room = max(width - 2 - 2 - SMALL_BAR - 7 - skill_cells - 4 - hour_cells, 12)
    lines = []
    for (title, tally), count, amount in zip(rows, skills, hours, strict=True):
        bar = make_bar(tally.percent, SMALL_BAR, tally.covered_percent)
        parts: list[Part] = [f"  {fit(title, room)}  ", *bar]
        parts += [f" {format_percent(tally.percent):>5} ", f" {count:>{skill_cells}} "]
        lines.append(make_line(*parts, (f"  {amount:>{hour_cells}}", "dim")))
    return lines


def _render_forecast(history: History, eta: Eta, tally: Tally, width: int) -> list[Text]:
    rows = (
        ("Pace", format_pace(history)),
        ("", format_weeks(history)),
        (name_eta(eta), format_eta(eta, tally, history)),
        ("Note", format_undated(history)),
        ("Note", format_covered(tally)),
    )
    return [
        line
        for label, sentence in rows
        if sentence
        for line in hang((f"{label:<{LABEL}}", "bold"), sentence, width)
    ]


def _render_listed(found: Sequence[ListedSkill], width: int, *, links: bool) -> list[Text]:
    names = widest((candidate.skill.name for candidate in found), max(width - 40, 20))
    lines = []
    for candidate in found:
        skill = candidate.skill
        sign, style = SIGNS[skill.status]
        head: list[Part] = [(f"  {sign} ", style), (fit(skill.name, names), "bold"), "  "]
        lines.append(make_line(*head, (cut(_explain(candidate), width - names - 6), "dim")))
        if links and skill.goal:
            lines += [make_line(f"      {part}") for part in wrap_text(skill.goal, width - 6)]
        if links and skill.resources:
            # The author's choice, or else something to start with that is not known to be paid.
            start = min(skill.resources, key=lambda link: (not link.primary, link.free is False))
            lines.append(make_line("      ", (start.url, "cyan")))
    return lines


def _explain(candidate: ListedSkill) -> str:
    skill = candidate.skill
    parts = []
    if skill.status is Status.DOING:
        parts.append(format_age(candidate))
    if skill.hours is not None:
        parts.append(f"{format_number(skill.hours)} h")
    if candidate.unlocks and skill.status is Status.TODO:
        verb = "builds" if candidate.unlocks == 1 else "build"
        parts.append(f"{plural(candidate.unlocks, 'skill')} {verb} on it")
    return ", ".join(parts)


def format_age(listed: ListedSkill) -> str:
    """Return for how long a skill has been in progress, as far as its file says."""
    if listed.age is None:
        return f"starts {listed.skill.started}" if listed.skill.started else "no start date"
    words = {0: "since today", 1: "since yesterday"}
    return words.get(listed.age, f"{listed.age} days") + (
        " · stalled?" if listed.is_stalled else ""
    )


def format_counts(tally: Tally) -> str:
    """Return how many skills have each status."""
    parts = [f"{tally.done} done", f"{tally.doing} doing", f"{tally.todo} todo"]
    if tally.skipped:
        parts.append(f"{tally.skipped} skipped")
    if tally.covered:
        parts.append(f"{tally.covered} covered by skills done elsewhere")
    return " · ".join(parts)


def format_amount(tally: Tally) -> str:
    """Return the done part in skills and, where estimated, in hours."""
    skills = f"{tally.done} of {plural(tally.counted, 'skill')}"
    if not tally.hours:
        return skills
    return f"{skills}, {format_number(tally.hours_done)} of {format_number(tally.hours)} h"


def format_pace(history: History) -> str:
    """Return the recent pace, this week's count, and the weeks in a row."""
    # The recent pace, or that of a longer time where nothing was completed lately.
    shown = history.short if history.short.skills else history.long
    if not shown.skills:
        return "nothing completed in the last 90 days"
    number = format_number(shown.skills_per_week)
    week = "1 skill" if number == "1" else f"{number} skills"
    week += f", {format_number(shown.hours_per_week)} h" if shown.hours else ""
    parts = [f"{week} a week (last {shown.days} days)"]
    this_week = history.this_week
    if this_week.skills:
        hours = f", {format_number(this_week.hours)} h" if this_week.hours else ""
        parts.append(f"this week {plural(this_week.skills, 'skill')}{hours}")
    if history.longest_streak > 1:
        parts.append(f"{history.streak}-week streak (best {history.longest_streak})")
    return "; ".join(parts)


def name_eta(eta: Eta) -> str:
    """Return the label of a forecast."""
    return "Done" if eta.kind is EtaKind.FINISHED else "Finish"


def format_eta(eta: Eta, tally: Tally, history: History) -> str:
    """Return when the rest is done, or why nobody can say."""
    match eta.kind:
        case EtaKind.FINISHED:
            done = "everything is done" + (" or covered" if tally.covered else "")
            return done if tally.counted else "nothing to do"
        case EtaKind.LITTLE_HISTORY:
            return "not enough history yet (finish 3 skills on 2 different days within 90 days)"
        case EtaKind.TOO_FAR:
            return f"more than ten years at this pace; {format_left(tally)} to go"
        case _:
            days = " and ".join(dict.fromkeys(str(pace.days) for pace in history.paces))
            basis = f"by the {eta.basis} of the last {days} days"
            return f"{format_range(eta)}, {basis}; {format_left(tally)} to go"


CHANCES = {
    Chance.ON_TRACK: "on track",
    Chance.WITHIN_REACH: "within reach",
    Chance.BEHIND: "behind",
    Chance.UNKNOWN: "",
}


def format_aim(aim: AimProgress, history: History) -> str:
    """Return what the learner's target and hours a week ask for, against what is done."""
    parts = []
    if aim.aim.target is not None:
        parts.append(_format_target(aim, aim.aim.target, history))
    if aim.aim.hours_per_week is not None:
        planned = f"{format_number(aim.aim.hours_per_week)} h a week planned"
        parts.append(f"{planned}, {format_number(history.this_week.hours)} h this week")
        if aim.planned:
            parts.append(f"at that pace {_format_month(aim.planned)}")
    return "; ".join(parts)


def _format_target(aim: AimProgress, target: date, history: History) -> str:
    if aim.days_left is not None and aim.days_left < 0 and aim.skills_asked is None:
        late = "" if aim.chance is Chance.ON_TRACK else f", {plural(-aim.days_left, 'day')} ago"
        return f"{target}{late}"
    chance = CHANCES[aim.chance]
    head = f"{target}, {chance}" if chance else f"{target}"
    if aim.skills_asked is None:
        return head
    pace = history.short
    asked = f"asks for {format_number(aim.skills_asked)} skills"
    done = f"{format_number(pace.skills_per_week)} skills"
    if aim.hours_asked is not None:
        asked += f", {format_number(aim.hours_asked)} h"
        done += f", {format_number(pace.hours_per_week)} h"
    return f"{head}; {asked} a week, done {done} (last {pace.days} days)"


def format_range(eta: Eta) -> str:
    """Return the months within which the rest is done, by both paces."""
    first = _format_month(eta.earliest) if eta.earliest else ""
    if eta.latest is None:
        return f"{first} or later"
    last = _format_month(eta.latest)
    return first if first == last else f"{first} – {last}"


def _format_month(day: date) -> str:
    return f"{MONTHS[day.month - 1]} {day.year}"


def format_left(tally: Tally) -> str:
    """Return what is still to be learned."""
    skills = plural(tally.left, "skill")
    if not tally.hours_left:
        return skills
    # Hours of skills without an estimate are not known to be none.
    more = "+" if tally.unestimated else ""
    return f"{skills}, {format_number(tally.hours_left)}{more} h"


def format_weeks(history: History) -> str:
    """Return the completed skills of the last weeks as a row of columns; nothing without any."""
    counts = [week.skills for week in history.weeks[-WEEKS:]]
    most = max(counts)
    if not most:
        return ""
    # Rounded up: a week with one skill must not look like one with none.
    columns = (COLUMNS[ceil(count / most * (len(COLUMNS) - 1))] for count in counts)
    return f"{''.join(columns)}  skills a week, last {len(counts)} weeks; best week {most}"


def format_covered(tally: Tally) -> str:
    """Return a remark on skills that were learned elsewhere and are not ticked, or nothing."""
    if not tally.covered:
        return ""
    verb = "is" if tally.covered == 1 else "are"
    return f"{plural(tally.covered, 'skill')} {verb} covered; tracker mark --covered ticks them"


def format_undated(history: History) -> str:
    """Return a remark on done skills that no pace can count, or nothing."""
    remarks = []
    if history.undated:
        verb = "has" if history.undated == 1 else "have"
        skills = plural(history.undated, "done skill")
        remarks.append(f"{skills} {verb} no completion date to measure by")
    if history.future:
        verb = "is" if history.future == 1 else "are"
        skills = plural(history.future, "done skill")
        remarks.append(f"{skills} {verb} dated after today and not measured yet")
    return "; ".join(remarks)
