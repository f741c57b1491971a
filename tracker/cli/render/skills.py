"""Skills in lists and one in full: what to learn next, what a search finds, what `show` tells.

Pure. A list has a line a skill, with its handle to type; on a narrow screen the handle goes below the
name. Nothing is wider than the screen but addresses, which are never broken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from tracker.cli.cells import cell_len
from tracker.cli.lines import StyledLine
from tracker.cli.render.layout import (
    AnswerView,
    Part,
    fit,
    hang,
    is_web_url,
    make_line,
    widest,
    wrap_text,
)
from tracker.progress.find import Match
from tracker.progress.order import ListedSkill
from tracker.progress.tally import Tally, make_tally
from tracker.roadmap.model import Resource, Roadmap, Skill, SkillKind, Status, list_covering
from tracker.text import clean_block, clean_line, format_number, plural

SIGNS = {
    Status.TODO: ("○ ", "[ ] ", "dim"),
    Status.DOING: ("◐ ", "[~] ", "yellow"),
    Status.DONE: ("✓ ", "[x] ", "green"),
    Status.SKIPPED: ("– ", "[-] ", "dim"),
}
"""The sign of a status, the same in ASCII, and its style."""

NO_SKILLS = "no skills here yet: tracker add NAME brings a roadmap in"
FACT_LABEL = 12
LONGEST_HANDLE = 28
"""Cells of the column of handles; a longer one has a line of its own."""


def sign_of(status: Status, view: AnswerView) -> tuple[str, str]:
    """Return the sign of a status with a blank behind it, and its style."""
    sign, ascii_sign, style = SIGNS[status]
    return (ascii_sign if view.is_ascii else sign), style


def render_next(
    in_progress: Sequence[ListedSkill],
    startable: Sequence[ListedSkill],
    view: AnswerView,
    *,
    links: bool = False,
) -> list[StyledLine]:
    """Render what is in progress, then what to start; with `links` goals and links to begin with."""
    lines: list[StyledLine] = []
    for head, listed in (("In progress", in_progress), ("Start next", startable)):
        if listed:
            lines += [StyledLine(), make_line((f"{head} ({len(listed)})", "bold"))]
            lines += render_rows(
                [(found, explain_next(found)) for found in listed], view, links=links
            )
    return lines[1:]


def render_rows(
    rows: Sequence[tuple[ListedSkill, str]], view: AnswerView, *, links: bool = False
) -> list[StyledLine]:
    """Render skills with a remark on each; with `links` their goals and the links to begin with."""
    lines: list[StyledLine] = []
    columns = _Columns.make(rows, view)
    for found, remark in rows:
        lines += columns.render(found, remark)
        if links:
            lines += _render_beginning(found.skill, view)
    return lines


@dataclass(frozen=True, slots=True)
class SkillGroup:
    """The listed skills of a section; `tally` counts all skills of it, listed or not."""

    roadmap: str
    section: str
    tally: Tally
    skills: tuple[ListedSkill, ...]


def group_skills(
    everything: Sequence[ListedSkill],
    found: Sequence[ListedSkill],
    roadmaps: Mapping[str, Roadmap],
) -> list[SkillGroup]:
    """Put the skills that were found into their sections, out of all there are; both in file order."""
    by_section = [
        {key: tuple(skills) for key, skills in groupby(listed, lambda it: (it.roadmap, it.section))}
        for listed in (everything, found)
    ]
    whole, shown = by_section
    return [
        SkillGroup(
            roadmaps[name].title,
            section,
            make_tally((it.skill, it.is_covered) for it in whole[name, section]),
            skills,
        )
        for (name, section), skills in shown.items()
    ]


def render_list(
    groups: Sequence[SkillGroup], view: AnswerView, *, is_folded: bool = False
) -> list[StyledLine]:
    """Render skills by section; `is_folded` counts what is done or skipped instead of naming it."""
    finished = {Status.DONE, Status.SKIPPED} if is_folded else set()
    rows = [
        [
            (found, _explain_listed(found, view))
            for found in group.skills
            if found.skill.status not in finished
        ]
        for group in groups
    ]
    columns = _Columns.make([row for some in rows for row in some], view)
    has_several = len({group.roadmap for group in groups}) > 1
    lines: list[StyledLine] = []
    for group, some in zip(groups, rows, strict=True):
        where = f"{group.roadmap} / {group.section}" if has_several else group.section
        lines += [
            StyledLine(),
            *hang(
                ("", ""),
                f"{where}  {group.tally.done}/{group.tally.counted}",
                view.width,
                style="bold",
            ),
        ]
        for found, remark in some:
            lines += columns.render(found, remark)
        lines += _render_folded(group.skills, finished, view)
    counts = Counter(found.skill.status for group in groups for found in group.skills)
    words = {
        Status.DONE: "done",
        Status.DOING: "in progress",
        Status.TODO: "to do",
        Status.SKIPPED: "skipped",
    }
    told = " · ".join(
        f"{counts[status]} {word}" for status, word in words.items() if counts[status]
    )
    total = plural(sum(counts.values()), "skill")
    return (
        [*lines[1:], StyledLine(), *hang(("", ""), f"{total}: {told}", view.width)]
        if groups
        else []
    )


def _render_folded(
    skills: Sequence[ListedSkill], finished: Collection[Status], view: AnswerView
) -> list[StyledLine]:
    parts: list[Part] = []
    for status in (Status.DONE, Status.SKIPPED):
        count = sum(found.skill.status is status for found in skills) if status in finished else 0
        parts += ["  ", sign_of(status, view), (f"{count} {status}", "dim")] if count else []
    return [make_line(*parts)] if parts else []


def _explain_listed(found: ListedSkill, view: AnswerView) -> str:
    """Return what a list says of a skill beside its name."""
    skill = found.skill
    parts = (
        # Most rows of a section have the same level; names need the room more.
        skill.level or "" if view.is_wide else "",
        "" if skill.hours is None else f"{format_number(skill.hours)} h",
        format_age(found) if skill.status is Status.DOING else "",
        str(skill.completed or "") if skill.status is Status.DONE else "",
    )
    return " · ".join(filter(None, parts))


@dataclass(frozen=True, slots=True)
class _Columns:
    """The widths of the columns of a list, in cells; no handles beside names on a narrow screen."""

    view: AnswerView
    handles: int
    names: int
    remarks: int

    @classmethod
    def make(cls, rows: Sequence[tuple[ListedSkill, str]], view: AnswerView) -> _Columns:
        """Give the remarks what they need, and the names what the handles leave."""
        handles = widest((found.handle for found, _ in rows if found.skill.id), LONGEST_HANDLE)
        remarks = widest((remark for _, remark in rows), view.width // 3)
        edge = 2 + len(sign_of(Status.TODO, view)[0])
        room = view.width - edge - (handles + 2 if handles else 0) - (remarks + 2 if remarks else 0)
        return cls(view, handles, widest((found.skill.name for found, _ in rows), room), remarks)

    def render(self, found: ListedSkill, remark: str) -> list[StyledLine]:
        """Render one skill, in one line where it fits."""
        sign = sign_of(found.skill.status, self.view)
        handle = clean_line(found.handle) if found.skill.id else ""
        if self.view.is_narrow:
            return self._render_narrow(
                sign, found.skill.name, " · ".join(filter(None, (handle, remark)))
            )
        cells: list[Part] = [
            (f"{fit(handle, self.handles)}  ", "cyan") if self.handles else "",
            f"{fit(found.skill.name, self.names)}  ",
            (remark, "dim"),
        ]
        if cell_len(handle) <= self.handles:
            return [make_line("  ", sign, *cells)]
        cells[0] = " " * (len(sign[0]) + self.handles + 2)
        above = hang((f"  {sign[0]}", sign[1]), handle, self.view.width)
        return [*above, make_line("  ", *cells)]

    def _render_narrow(self, sign: tuple[str, str], name: str, below: str) -> list[StyledLine]:
        indent = " " * len(sign[0])
        room = self.view.width - len(indent)
        return [
            *(
                make_line(indent if n else sign, part)
                for n, part in enumerate(wrap_text(name, room))
            ),
            *(
                make_line(indent, (part, "dim"))
                for part in (wrap_text(below, room) if below else ())
            ),
        ]


def _render_beginning(skill: Skill, view: AnswerView) -> list[StyledLine]:
    """Render the goal of a skill and the link to begin with."""
    indent = " " * (len(sign_of(skill.status, view)[0]) + (0 if view.is_narrow else 2))
    lines = (
        [make_line(indent, part) for part in wrap_text(skill.goal, view.width - len(indent))]
        if skill.goal
        else []
    )
    if not skill.resources:
        return lines
    link = find_first_link(skill)
    title = f"{link.title}, {link.part}" if link.part else link.title
    lines += [
        make_line(indent, (part, "dim")) for part in wrap_text(title, view.width - len(indent))
    ]
    return [*lines, make_line(indent, (link.url, _link_style(link.url)))]


def find_first_link(skill: Skill) -> Resource:
    """Return the link to begin with; the skill has to have one."""
    # The author's choice, or else something to start with that is not known to be paid.
    return min(skill.resources, key=lambda link: (not link.primary, link.free is False))


def explain_next(found: ListedSkill) -> str:
    """Return how old what is in progress is, or what it takes to learn a skill, and what it unlocks."""
    if found.skill.status is Status.DOING:
        return format_age(found)
    hours = "" if found.skill.hours is None else f"{format_number(found.skill.hours)} h"
    return " · ".join(filter(None, (hours, f"unlocks {found.unlocks}" if found.unlocks else "")))


def explain_finished(found: ListedSkill) -> str:
    """Return when a skill was completed, and what it took."""
    hours = "" if found.skill.hours is None else f" · {format_number(found.skill.hours)} h"
    return f"{found.skill.completed}{hours}"


def format_age(listed: ListedSkill) -> str:
    """Return for how long a skill has been in progress, as far as its file says."""
    if listed.age is None:
        return f"starts {listed.skill.started}" if listed.skill.started else "no start date"
    words = {0: "since today", 1: "since yesterday"}
    return words.get(listed.age, f"{listed.age} days") + (
        " · stalled?" if listed.is_stalled else ""
    )


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


def render_skill(shown: ShownSkill, view: AnswerView) -> list[StyledLine]:
    """Render one skill with everything that is known of it."""
    skill, width = shown.match.skill, view.width
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
    lines = _hang_signed(("", ""), skill, view, style="bold")
    for label, fact in facts.items():
        lines += hang(_label(label), fact, width) if fact else []
    for label, relatives in (("requires", shown.requires), ("unlocks", shown.unlocks)):
        lines += [
            line for relative in relatives for line in _hang_signed(_label(label), relative, view)
        ]
    for reference in list_covering(skill):
        lines += hang(_label("covered by"), reference, width)
    for sentence in skill.prove:
        lines += hang(_label("prove"), sentence, width)
    if skill.evidence:
        lines.append(make_line(_label("evidence"), (skill.evidence, _link_style(skill.evidence))))
    for number, resource in enumerate(skill.resources, start=1):
        # The number that `open --link` takes, where there is a choice.
        label = f"link {number}" if len(skill.resources) > 1 else "link"
        lines += _render_resource(label, resource, width)
    return [*lines, *_render_notes(skill.notes, width)] if skill.notes else lines


def _hang_signed(
    label: tuple[str, str], skill: Skill, view: AnswerView, *, style: str = ""
) -> list[StyledLine]:
    """Break a name behind a label and the sign of its status."""
    sign = sign_of(skill.status, view)
    indent = " " * (len(label[0]) + len(sign[0]))
    return [
        make_line(*((indent,) if n else (label, sign)), (part, style))
        for n, part in enumerate(wrap_text(skill.name, view.width - len(indent)))
    ]


def _render_notes(notes: str, width: int) -> list[StyledLine]:
    lines = [make_line(("  notes", "dim"))]
    for line in clean_block(notes).split("\n"):
        # Text that was laid out by hand keeps its blanks where it fits.
        parts = [line] if cell_len(line) <= width - 4 else wrap_text(line, width - 4)
        lines += [make_line(f"    {part}") for part in parts]
    return lines


def _label(word: str) -> tuple[str, str]:
    return (f"  {word:<{FACT_LABEL}}", "dim")


def _render_resource(label: str, resource: Resource, width: int) -> list[StyledLine]:
    # The address is never broken, so that a terminal or a paste takes it as one.
    address = make_line(" " * (FACT_LABEL + 2), (resource.url, _link_style(resource.url)))
    return [*hang(_label(label), format_resource(resource), width), address]


def format_resource(resource: Resource) -> str:
    """Return a link's title with the place in it, and what is known of it."""
    facts = (
        resource.type,
        resource.part,
        resource.length,
        resource.lang,
        resource.price,
        "start here" if resource.primary else "",
    )
    kind = ", ".join(filter(None, facts))
    return f"{resource.title} ({kind})" if kind else resource.title


def _link_style(url: str) -> str:
    return "cyan" if is_web_url(url) else "dim"
