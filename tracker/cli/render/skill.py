"""Skills as people read them: what is next, one skill in full, statuses that were set.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.text import Text

from tracker.cli.render.layout import (
    Part,
    cut,
    fit,
    format_number,
    make_line,
    plural,
    widest,
    wrap_text,
)
from tracker.cli.text import clean_block, is_web_url
from tracker.progress import Match, NextSkill
from tracker.roadmap.model import Resource, Roadmap, Skill, Status
from tracker.workflows.local import Ticked, TickedFile
from tracker.workflows.results import Marked

SIGNS = {
    Status.TODO: ("·", "dim"),
    Status.DOING: (">", "yellow"),
    Status.DONE: ("x", "green"),
    Status.SKIPPED: ("-", "dim"),
}
DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}
LABEL = 12


@dataclass(frozen=True, slots=True)
class ShownSkill:
    """One skill with what surrounds it; `place` is `file:line` where known."""

    match: Match
    roadmap: Roadmap
    place: str = ""

    @property
    def requires(self) -> tuple[Skill, ...]:
        """The skills it requires."""
        return tuple(each for each in self.roadmap.skills if each.id in self.match.skill.requires)

    @property
    def unlocks(self) -> tuple[Skill, ...]:
        """The skills that require it."""
        own = self.match.skill.id
        return tuple(each for each in self.roadmap.skills if own and own in each.requires)


def render_next(found: Sequence[NextSkill], width: int, *, links: bool = False) -> list[Text]:
    """Render what to learn next, one skill a line; with `links` its first resource below."""
    names = widest((each.skill.name for each in found), max(width - 40, 20))
    lines = []
    for each in found:
        sign, style = SIGNS[each.skill.status]
        head: list[Part] = [(f"  {sign} ", style), (fit(each.skill.name, names), "bold"), "  "]
        lines.append(make_line(*head, (cut(_explain(each), width - names - 6), "dim")))
        if links:
            lines += _render_start(each, width)
    return lines


def render_skill(shown: ShownSkill, width: int) -> list[Text]:
    """Render one skill with everything that is known of it."""
    skill = shown.match.skill
    sign, style = SIGNS[skill.status]
    lines = [make_line((f"{sign} ", style), (skill.name, "bold"))]
    for label, text in _facts(shown).items():
        if text:
            wrapped = wrap_text(text, width - LABEL - 2)
            lines += [
                make_line((f"  {label if not n else '':<{LABEL}}", "dim"), part)
                for n, part in enumerate(wrapped)
            ]
    lines += [_render_relative("requires", each) for each in shown.requires]
    lines += [_render_relative("unlocks", each) for each in shown.unlocks]
    lines += [make_line((f"  {'covered by':<{LABEL}}", "dim"), each) for each in skill.covered_by]
    for resource in skill.resources:
        lines += _render_resource(resource, width)
    if skill.notes:
        lines.append(make_line(("  notes", "dim")))
        lines += [make_line(f"    {each}") for each in clean_block(skill.notes).split("\n")]
    return lines


def render_marks(marked: Sequence[Marked]) -> list[Text]:
    """Render statuses that were set: before and after, then the lines of the files that changed."""
    lines = []
    for each in marked:
        is_same = each.before is each.after
        change = f": already {each.after}  " if is_same else f": {each.before} → {each.after}  "
        lines.append(make_line((each.name, "bold"), change, (f"{each.path}:{each.line}", "dim")))
    return [*lines, *(line for each in marked if each.diff for line in render_diff(each.diff))]


def render_candidates(found: Sequence[Match]) -> str:
    """Return the exact words for each of several skills that fit."""
    return ", ".join(match.reference for match in found)


def _explain(each: NextSkill) -> str:
    skill = each.skill
    parts = []
    if skill.status is Status.DOING:
        parts.append(f"doing since {skill.started}" if skill.started else "doing")
    if skill.hours is not None:
        parts.append(f"{format_number(skill.hours)} h")
    if each.unlocks and skill.status is Status.TODO:
        verb = "builds" if each.unlocks == 1 else "build"
        parts.append(f"{plural(each.unlocks, 'skill')} {verb} on it")
    return ", ".join(parts)


def _render_start(each: NextSkill, width: int) -> list[Text]:
    """Render the goal and the first link to start with, free ones before paid ones."""
    lines = [make_line(f"      {part}") for part in wrap_text(each.skill.goal or "", width - 6)]
    links = sorted(each.skill.resources, key=lambda resource: not resource.free)
    where = [make_line("      ", (resource.url, "cyan")) for resource in links[:1]]
    return [*(line for line in lines if line.plain), *where]


def _facts(shown: ShownSkill) -> Mapping[str, str]:
    skill = shown.match.skill
    return {
        "skill": shown.match.reference,
        "in": f"{shown.roadmap.title} / {shown.match.section}",
        "file": shown.place,
        "status": skill.status.value,
        "goal": skill.goal or "",
        "level": skill.level or "",
        "hours": "" if skill.hours is None else format_number(skill.hours),
        "started": str(skill.started or ""),
        "completed": str(skill.completed or ""),
        "tags": ", ".join(skill.tags),
    }


def _render_relative(label: str, skill: Skill) -> Text:
    sign, style = SIGNS[skill.status]
    return make_line((f"  {label:<{LABEL}}", "dim"), (f"{sign} ", style), skill.name)


def _render_resource(resource: Resource, width: int) -> list[Text]:
    """Render a link: its title broken to the width, its URL in one piece."""
    kind = ", ".join(each for each in (resource.type, "" if resource.free else "paid") if each)
    title = f"{resource.title} ({kind})" if kind else resource.title
    style = "cyan" if is_web_url(resource.url) else "dim"
    return [
        *(
            make_line((f"  {'' if n else 'link':<{LABEL}}", "dim"), part)
            for n, part in enumerate(wrap_text(title, width - LABEL - 2))
        ),
        make_line(f"  {'':<{LABEL}}", (resource.url, style)),
    ]


def render_diff(diff: str) -> list[Text]:
    """Render a unified diff without its head."""
    lines = clean_block(diff).rstrip("\n").split("\n")
    shown = (each for each in lines if not each.startswith(("---", "+++")))
    return [Text(f"  {line}", DIFF_STYLES.get(line[:1], "dim")) for line in shown]


MOST_TICKED = 20
"""Skills per roadmap before the rest is counted; `-v` shows all of them, and the diff."""

TICKED_WIDTH = 36


def render_ticked(files: Sequence[TickedFile], width: int, *, verbose: bool = False) -> list[Text]:
    """Render the skills that were ticked, file by file, and one line that sums up."""
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
    names = widest((each.skill.name for each in shown), TICKED_WIDTH)
    lines = [make_line((cut(file.title, width - len(file.path) - 2), "bold"), f"  {file.path}")]
    lines += [_render_ticked(each, names, width) for each in shown]
    if len(shown) < len(file.ticked):
        more = f"  … and {len(file.ticked) - len(shown)} more"
        lines.append(make_line(more, ("   (tracker show SKILL; -v shows all)", "dim")))
    return [*lines, *(render_diff(file.diff) if verbose else ()), Text()]


def _render_ticked(each: Ticked, names: int, width: int) -> Text:
    covered = ", ".join(each.skill.covered_by)
    return make_line(
        ("  x ", "green"),
        (fit(each.skill.name, names), "bold"),
        f"  {each.completed}",
        (f"  {cut(covered, max(width - names - 18, 12))}", "dim"),
    )
