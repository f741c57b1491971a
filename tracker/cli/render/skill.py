"""One skill in full, and statuses that were set, as people read them.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from tracker.cli.render.layout import (
    clean_block,
    cut,
    fit,
    format_number,
    hang,
    is_web_url,
    make_line,
    plural,
    widest,
)
from tracker.progress import Match
from tracker.roadmap.model import Resource, Roadmap, Skill, Status
from tracker.workflows.local import TickedFile
from tracker.workflows.results import Marked

SIGNS = {
    Status.TODO: ("·", "dim"),
    Status.DOING: (">", "yellow"),
    Status.DONE: ("x", "green"),
    Status.SKIPPED: ("-", "dim"),
}
DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}
LABEL = 12
MOST_TICKED = 20
"""Skills per roadmap before the rest is counted; `-v` shows all of them, and the diff."""

TICKED_WIDTH = 36


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
    for resource in skill.resources:
        lines += _render_resource(resource, width)
    if skill.notes:
        lines.append(make_line(("  notes", "dim")))
        lines += [make_line(f"    {line}") for line in clean_block(skill.notes).split("\n")]
    return lines


def _label(word: str) -> tuple[str, str]:
    return (f"  {word:<{LABEL}}", "dim")


def _render_resource(resource: Resource, width: int) -> list[Text]:
    kind = ", ".join(filter(None, (resource.type, "" if resource.free else "paid")))
    title = f"{resource.title} ({kind})" if kind else resource.title
    style = "cyan" if is_web_url(resource.url) else "dim"
    # The address is never broken, so that a terminal or a paste takes it as one.
    address = make_line(" " * (LABEL + 2), (resource.url, style))
    return [*hang(_label("link"), title, width), address]


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
