"""The Progress page: everything that a report says, as one text in Notion's markdown.

Pure: the day of today is an argument. Does not know where the page is, or what stands on it.
Every foreign text is escaped, so that it is shown as it is: it cannot become a heading, a link, or one of
the tags by which Notion's markdown moves pages. One line is one block, without blank lines between:
that is how Notion itself spells a page, so its answer can be compared with what was sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from textwrap import dedent

from tracker.progress.forecast import Aim, Eta, EtaKind
from tracker.progress.history import History
from tracker.progress.order import ListedSkill
from tracker.progress.report import Report, RoadmapProgress, summarise
from tracker.progress.tally import Tally
from tracker.roadmap.model import Roadmap
from tracker.text import (
    MONTHS,
    clean_block,
    count_cells,
    format_number,
    format_percent,
    format_range,
    from_first_difference,
    plural,
    quote_argument,
    shorten,
)

MARKER = (
    "Kept by tracker: what follows is written anew whenever your progress changes. "
    "Your own notes go above this line or below the last one."
)
"""The first line; what stands above it is the learner's."""
FOOTER = "Written by tracker on "
"""How the last line begins, before the day; what stands below it is the learner's, too."""
WAITING = "## Waiting for you"

MOST_LISTED = 20
"""How many skills a list holds; the rest is a number."""
MOST_ROWS = 200
"""Sections in all tables together: a request may hold 1,000 blocks, and every row is one."""
MOST_ROADMAPS = 30
LONGEST_NAME = 200
LONGEST_VALUE = 600
_CONTEXT = 40
_WIDE_BAR, _NARROW_BAR = 30, 10
# "Enhanced markdown format" of Notion's documentation. Lines begin with a mark of ours, so nothing
# else of a text can make a block of it.
_SPECIAL = re.compile(r"([\\`*_~$\[\]<>{}|^])")


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a person: a conflict with the values of both sides, or something that is held.

    What is held has a `reason`, and no values. It may be a whole skill, or a row that is none.
    """

    roadmap: str
    skill_id: str
    name: str
    field: str = ""
    local: str | None = None
    remote: str | None = None
    reason: str = ""

    @property
    def is_conflict(self) -> bool:
        """Whether a person has to choose between two values."""
        return self.local is not None or self.remote is not None


@dataclass(frozen=True, slots=True)
class PageContext:
    """What the page shows beside progress, and how it names the other side.

    `links` are addresses of rows by roadmap and skill id. `unread` are roadmaps that cannot be read.
    `track` is the goal that is followed.
    """

    links: Mapping[tuple[str, str], str] = field(default_factory=dict)
    waiting: tuple[Waiting, ...] = ()
    unread: tuple[str, ...] = ()
    label: str = "Notion"
    word: str = "notion"
    track: str | None = None


def render_page(roadmaps: Mapping[str, Roadmap], today: date, context: PageContext) -> str:
    """Return what stands on the page from the marker to the last line."""
    report = summarise(roadmaps, today=today, aim=Aim(track=context.track))
    under_way = [f"{_link(it, context)}{_format_age(it)}" for it in report.in_progress]
    startable = [f"{_link(it, context)}{_format_worth(it)}" for it in report.next_up]
    recent = [
        f"{_link(it, context)} · {_format_day(it.skill.completed)}"
        for it in report.recent
        if it.skill.completed
    ]
    return "\n".join(
        [
            f"*{MARKER}*",
            *_render_head(report),
            *_render_waiting(context),
            *_list("In progress", under_way),
            *_list("Start next", startable),
            *_render_roadmaps(report),
            *_list("Recently finished", recent),
            f"*{FOOTER}{_format_day(today)}*",
        ]
    )


def find_last_day(roadmaps: Mapping[str, Roadmap]) -> date:
    """Return the last day on record.

    A page of that day says only what the files say: it stays the same while nothing but time goes by.
    """
    days = (
        day
        for roadmap in roadmaps.values()
        for skill in roadmap.skills
        for day in (skill.started, skill.completed)
        if day
    )
    return max(days, default=date(2000, 1, 1))


def split_waiting(text: str) -> tuple[str, ...]:
    """Return the conflicts that a page lists, each with the lines of its values."""
    lines = dedent(text).split("\n")
    items: list[str] = []
    for line in lines[lines.index(WAITING) + 1 :] if WAITING in lines else ():
        if line.startswith(("- ", "* ")):
            items.append(line)
        elif line[:1].isspace() and items:
            items[-1] += f"\n{line}"
        else:
            break
    return tuple(item for item in items if "\n" in item)


def join_waiting(text: str, items: Sequence[str]) -> str:
    """Return a page that lists these conflicts as well."""
    lines = text.split("\n")
    if WAITING in lines:
        at = lines.index(WAITING) + 1
        while lines[at].startswith(("- ", "\t")):
            at += 1
    else:
        # Right below the head.
        headings = [at for at, line in enumerate(lines) if line.startswith("## ")]
        at = headings[1] if len(headings) > 1 else len(lines) - 1
        items = (WAITING, *items) if items else ()
    return "\n".join([*lines[:at], *items, *lines[at:]])


def escape(text: object, most: int = LONGEST_NAME) -> str:
    """Return a text on one line, such that the page shows its characters."""
    return _SPECIAL.sub(r"\\\1", shorten(text, most))


def _render_head(report: Report) -> Iterator[str]:
    tally = report.total
    if not tally.counted:
        yield "## Nothing to learn yet"
        return
    yield f"## {format_percent(tally.percent)} · {tally.done} of {plural(tally.counted, 'skill')} done"
    yield _bar(tally, _WIDE_BAR)
    facts = [f"{tally.doing} in progress"] if tally.doing else []
    facts += [f"{tally.skipped} skipped"] if tally.skipped else []
    facts += [f"{tally.covered} covered by what is done elsewhere"] if tally.covered else []
    facts += [f"{plural(report.elsewhere, 'skill')} counted once"] if report.elsewhere else []
    facts = [*_format_hours(tally), *facts, *_format_pace(report.history, report.eta)]
    if facts:
        yield " · ".join(facts)
    if report.track:
        on_track = report.track.tally
        counts = f"{on_track.done} of {plural(on_track.counted, 'skill')}"
        yield " · ".join(
            [f"Track {escape(report.track.title)}: {counts}", *_format_hours(on_track)]
        )


def _format_hours(tally: Tally) -> list[str]:
    if not tally.hours:
        return []
    return [f"{format_number(tally.hours_done)} of {format_number(tally.hours)} h"]


def _format_pace(history: History, eta: Eta) -> Iterator[str]:
    if history.streak > 1:
        longest = history.longest_streak
        best = f" (best {longest})" if longest > history.streak else ""
        yield f"{history.streak}-week streak{best}"
    if eta.kind is EtaKind.DATE:
        yield f"finish {format_range(eta.earliest, eta.latest)}"
    elif eta.kind is EtaKind.FINISHED:
        yield "everything is done"


def _bar(tally: Tally, width: int) -> str:
    filled = count_cells(tally.percent, width)
    return "█" * filled + "░" * (width - filled)


def _render_waiting(context: PageContext) -> Iterator[str]:
    """Show what cannot be synced before somebody decides, with the command that settles it."""
    if not (context.waiting or context.unread):
        return
    yield WAITING
    for item in context.waiting[:MOST_LISTED]:
        field_name = f" · {item.field}" if item.field else ""
        reason = item.reason or "changed on both sides"
        yield f"- **{escape(item.name or item.skill_id)}**{field_name}: {escape(reason, LONGEST_VALUE)}"
        if item.local is not None and item.remote is not None:
            mine, theirs = _tell_apart(item.local, item.remote)
            # Two roadmaps may have a skill of the same id.
            target = quote_argument(f"{item.roadmap}/{item.skill_id}")
            command = f"tracker resolve {target} {item.field} --take"
            yield f"\t- file: {mine}"
            yield f"\t- {context.label}: {theirs}"
            yield f"\t- keep one: `{command} local` or `{command} {context.word}`"
    if len(context.waiting) > MOST_LISTED:
        yield f"- and {len(context.waiting) - MOST_LISTED} more: `tracker conflicts`"
    for name in context.unread[:MOST_LISTED]:
        yield f"- **{escape(name)}** is left out here, because its file cannot be read: `tracker check`"


def cut_values(mine: str, theirs: str) -> tuple[str, str]:
    """Return two values short enough for the page; of long ones what differs."""
    if max(len(mine), len(theirs)) > LONGEST_VALUE:
        mine, theirs = from_first_difference(mine, theirs, _CONTEXT)
    most = LONGEST_VALUE
    mine, theirs = (it if len(it) <= most else f"{it[: most - 1]}…" for it in (mine, theirs))
    return mine, theirs


def _tell_apart(mine: str, theirs: str) -> tuple[str, str]:
    """Return two values as they are shown, with escapes where they would look the same."""
    shown = _format_value(mine), _format_value(theirs)
    if shown[0].split() != shown[1].split():
        return shown
    return escape(ascii(mine), LONGEST_VALUE), escape(ascii(theirs), LONGEST_VALUE)


def _format_value(value: str) -> str:
    lines = clean_block(value).split("\n")
    return "<br>".join(escape(line, LONGEST_VALUE) for line in lines) or "(empty)"


def _list(title: str, entries: Sequence[str]) -> Iterator[str]:
    if entries:
        yield f"## {title}"
        yield from (f"- {entry}" for entry in entries[:MOST_LISTED])
    if len(entries) > MOST_LISTED:
        yield f"- and {len(entries) - MOST_LISTED} more"


def _link(listed: ListedSkill, context: PageContext) -> str:
    """Return a skill's name, as a link to its row where that is known.

    A link, not a tag: a tag of Notion's markdown that names a page moves it here.
    """
    name = escape(listed.skill.name)
    address = context.links.get((listed.roadmap, listed.skill.id or ""))
    return f"[{name}]({address})" if address else f"**{name}**"


def _format_age(listed: ListedSkill) -> str:
    started = listed.skill.started
    if started is None or listed.age is None:
        return ""
    age = f", {plural(listed.age, 'day')}" if listed.age else ""
    return f" · since {_format_day(started)}{age}" + (" · stalled?" if listed.is_stalled else "")


def _format_worth(listed: ListedSkill) -> str:
    hours = listed.skill.hours
    facts = [f"{format_number(hours)} h"] if hours is not None else []
    facts += [f"{plural(listed.unlocks, 'skill')} build on it"] if listed.unlocks > 1 else []
    return "".join(f" · {fact}" for fact in facts)


def _render_roadmaps(report: Report) -> Iterator[str]:
    """Show a table of sections for each roadmap, as far as all of them fit."""
    rows = 0
    for progress in report.roadmaps[:MOST_ROADMAPS]:
        tally = progress.tally
        yield f"## {escape(progress.title)}"
        if len(report.roadmaps) > 1:
            counts = f"{format_percent(tally.percent)} · {tally.done} of {plural(tally.counted, 'skill')}"
            pace = _format_pace(progress.history, progress.eta)
            yield " · ".join([counts, *_format_hours(tally), *pace])
        rows += len(progress.sections)
        if rows <= MOST_ROWS:
            yield from _render_table(progress)
        else:
            yield f"{plural(len(progress.sections), 'section')}: `tracker report {progress.name}`"
    if len(report.roadmaps) > MOST_ROADMAPS:
        yield f"and {len(report.roadmaps) - MOST_ROADMAPS} more: `tracker report`"


def _render_table(progress: RoadmapProgress) -> Iterator[str]:
    """Show the sections as a table of tags, which is how Notion spells one."""
    if not progress.sections:
        return
    has_hours = bool(progress.tally.hours)
    rows = [["Section", "Progress", "Skills", *["Hours"] * has_hours]]
    for section in progress.sections:
        tally = section.tally
        bar = (
            f"{_bar(tally, _NARROW_BAR)} {format_percent(tally.percent)}" if tally.counted else "–"
        )
        cells = [escape(section.title), bar, f"{tally.done} of {tally.counted}"]
        rows.append([*cells, *(_format_hours(tally) or ["–"]) * has_hours])
    yield '<table header-row="true">'
    for row in rows:
        yield "\t<tr>"
        yield from (f"\t\t<td>{cell}</td>" for cell in row)
        yield "\t</tr>"
    yield "</table>"


def _format_day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
