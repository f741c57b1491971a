"""Skills drafted from a foreign file, put together to a valid roadmap, and what had to be left out.

Pure. Whatever a parser drafts becomes a roadmap without errors: ids are made and unique, links
lead to the web, dates are in order, prerequisites exist and do not go in circles. What does not fit
is collected with its line number. Long reports are cut, and say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from tracker.errors import Location, Problem, Severity
from tracker.roadmap.links import find_url_fault
from tracker.roadmap.model import (
    REFERENCE_PATTERN,
    SKILL_ID_PATTERN,
    Imported,
    Resource,
    Roadmap,
    Section,
    Skill,
    Status,
)
from tracker.roadmap.rules import http_url, requires_cycle
from tracker.roadmap.texts import FORBIDDEN, SLUG_LENGTH, make_slug, show

MOST_PROBLEMS = 1000
"""More of them say nothing more, and a hostile file could have millions."""

_LONGEST_URL = 2000
_URL = re.compile(r"https?://[^\s<>\[\]\"`\\]+", re.IGNORECASE)
_URL_END = "?!.,:*_~'\";)"


class ImportReport:
    """Collects problems of one file; `path` is what they call it."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._problems: list[Problem] = []
        self._left_off = 0

    def tell(self, line: int, code: str, what: str, *, why: str = "", then: str = "") -> None:
        """Add what was left out, and why; `then` is what can be done about it."""
        self._add(Severity.WARNING, line, code, (what, why, then))

    def note(self, line: int, code: str, what: str, *, why: str = "", then: str = "") -> None:
        """Add what was left out or changed on purpose."""
        self._add(Severity.NOTE, line, code, (what, why, then))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems in order of place; of very many, the first and how many more there are."""
        told = tuple(sorted(self._problems, key=lambda each: each.sort_key))
        if not self._left_off:
            return told
        what = f"{self._left_off:,} more lines were not understood"
        rest = Problem("more-not-understood", what, Severity.WARNING, Location(self._path))
        return (*told, rest)

    def clean(self, text: str, line: int) -> str:
        """Drop the characters that no roadmap file can hold, and say so."""
        cleaned, count = FORBIDDEN.subn("", text)
        if count:
            first = FORBIDDEN.search(text)
            place = line + text.count("\n", 0, first.start() if first else 0)
            self.note(
                place,
                "control-character",
                f"{count:,} control character{'s were' if count > 1 else ' was'} dropped",
                why="a roadmap file cannot hold them",
            )
        return cleaned

    def insist(self, line: int, code: str, what: str, *, why: str = "", then: str = "") -> None:
        """Add what must be told, however much was told before."""
        self._put(Severity.WARNING, line, code, (what, why, then))

    def _add(self, severity: Severity, line: int, code: str, words: tuple[str, str, str]) -> None:
        if len(self._problems) >= MOST_PROBLEMS:
            self._left_off += 1
        else:
            self._put(severity, line, code, words)

    def _put(self, severity: Severity, line: int, code: str, words: tuple[str, str, str]) -> None:
        what, why, then = words
        place = Location(self._path, line)
        self._problems.append(Problem(code, what, severity, place, why=why, next=then))


def add_links(why: str, text: str, what: str) -> str:
    """Add to a reason the addresses of a text that was left out, but for those that `what` shows."""
    found = dict.fromkeys(url.rstrip(_URL_END) for url in _URL.findall(text))
    hidden = [show(url, _LONGEST_URL) for url in found if url not in what]
    addresses = f"with {', '.join(hidden)}" if hidden else ""
    return "; ".join(filter(None, (why, addresses)))


LONGEST_ID = 100
MOST_SKILLS = 50_000
"""More than anybody learns in a life; a hostile file of a few megabytes could hold a million."""

UNTITLED = "Imported roadmap"


@dataclass(slots=True)
class ImportDraft:
    """One skill; `line` is where it stands, `requires` holds ids or names of other skills.

    `resources` are by URL: the first of several to the same page counts. `group` names the roadmap
    a skill came from where a file holds several: prerequisites are looked for there first.
    """

    name: str
    line: int
    section: str
    id: str = ""
    goal: str | None = None
    status: Status = Status.TODO
    has_status: bool = False
    """Whether the file says what the status is; else a day of completion says that it is done."""
    level: str | None = None
    hours: float | None = None
    started: date | None = None
    completed: date | None = None
    requires: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    covered_by: tuple[str, ...] = ()
    resources: dict[str, Resource] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    group: str = ""


@dataclass(slots=True)
class ImportOutline:
    """A whole roadmap; `sections` maps titles to descriptions, in order."""

    title: str = ""
    description: str | None = None
    source: str | None = None
    edition: str | None = None
    sections: dict[str, str | None] = field(default_factory=dict)
    drafts: list[ImportDraft] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A link as written in a foreign file."""

    title: str
    url: str
    type: str | None = None
    free: bool = True


def add_link(draft: ImportDraft, link: FoundLink, line: int, report: ImportReport) -> None:
    """Add a link to a skill, unless it leads elsewhere than to the web, or is there already."""
    fault = find_url_fault(link.url)
    if fault:
        report.tell(
            line,
            "link-not-imported",
            f'the link `{show(link.url)}` of "{show(draft.name)}" was left out',
            why=fault,
            then="write a full address, such as https://example.org/page",
        )
        return
    title = link.title.strip() or link.url
    kind = link.type if link.type and link.type.strip() else None
    made = Resource(title=title, url=link.url, type=kind, free=link.free)
    draft.resources.setdefault(link.url, made)


def assemble(outline: ImportOutline, report: ImportReport) -> Imported:
    """Make a valid roadmap of what was drafted."""
    _cut(outline, report)
    ids = _make_ids(outline.drafts, report)
    names = _Names(outline.drafts, ids)
    skills: dict[str, list[Skill]] = {title.strip(): [] for title in outline.sections}
    for draft, skill_id in zip(outline.drafts, ids, strict=True):
        requires = _resolve(draft, skill_id, names, report)
        skill = _make_skill(draft, skill_id, requires, report)
        skills.setdefault(draft.section.strip(), []).append(skill)
    descriptions = {title.strip(): text for title, text in outline.sections.items()}
    roadmap = Roadmap(
        title=outline.title.strip() or UNTITLED,
        description=outline.description or None,
        source=_check_source(outline.source, report),
        edition=outline.edition or None,
        sections=tuple(
            Section(title=title, description=descriptions.get(title), skills=tuple(members))
            for title, members in skills.items()
        ),
    )
    return Imported(_break_circles(roadmap, outline.drafts, report), report.problems)


def _cut(outline: ImportOutline, report: ImportReport) -> None:
    """Leave out what is beyond measure, and say so."""
    extra = outline.drafts[MOST_SKILLS:]
    if not extra and len(outline.sections) <= MOST_SKILLS:
        return
    if extra:
        report.insist(
            extra[0].line,
            "too-many-skills",
            f"{len(extra):,} skills from here on were left out",
            why=f"a roadmap takes {MOST_SKILLS:,}",
            then="split the file into several roadmaps",
        )
    del outline.drafts[MOST_SKILLS:]
    held = {draft.section for draft in outline.drafts}
    outline.sections = {title: text for title, text in outline.sections.items() if title in held}


def _make_ids(drafts: Sequence[ImportDraft], report: ImportReport) -> list[str]:
    """Return an id for each skill: its own where it has a good one, else made of its name."""
    taken: dict[str, ImportDraft] = {}
    for draft in drafts:
        if draft.id and _is_id(draft.id) and draft.id not in taken:
            taken[draft.id] = draft
        elif draft.id:
            report.tell(
                draft.line,
                "id-not-imported",
                f'the id `{show(draft.id, 500)}` of "{show(draft.name)}" was replaced',
                why="it is taken" if draft.id in taken else "ids are lower-case words and hyphens",
            )
    counts: dict[str, int] = {}
    return [
        draft.id if taken.get(draft.id) is draft else _make_id(draft.name, taken, counts, draft)
        for draft in drafts
    ]


def _make_id(
    name: str, taken: dict[str, ImportDraft], counts: dict[str, int], draft: ImportDraft
) -> str:
    """Make a free id as `make_slug` does, in one step for the thousandth skill of a name, too."""
    stem = made = str(make_slug(name, ()))
    number = counts.get(stem, 1)
    while made in taken:
        number += 1
        tail = f"-{number}"
        made = stem[: SLUG_LENGTH - len(tail)].rstrip("-") + tail
    counts[stem] = number
    taken[made] = draft
    return made


def _is_id(text: str) -> bool:
    return len(text) <= LONGEST_ID and re.fullmatch(SKILL_ID_PATTERN, text) is not None


class _Names:
    """What skills are called: by the ids they were given, the ids they had, and their names."""

    def __init__(self, drafts: Sequence[ImportDraft], ids: Sequence[str]) -> None:
        self._ids = frozenset(ids)
        self._former: dict[tuple[str, str], str] = {}
        self._names: dict[tuple[str, str], str] = {}
        for draft, skill_id in zip(drafts, ids, strict=True):
            name = draft.name.strip().casefold()
            for group in dict.fromkeys((draft.group, "")):
                self._names.setdefault((group, name), skill_id)
            if draft.group and draft.id:
                self._former.setdefault((draft.group, draft.id), skill_id)

    def find(self, word: str, group: str) -> str | None:
        """Return the id of the skill that a word means, within a group if it is known there."""
        name = word.strip().casefold()
        there = self._former.get((group, word)) or (self._names.get((group, name)) if group else "")
        return there or (word if word in self._ids else self._names.get(("", name)))


def _resolve(draft: ImportDraft, own: str, names: _Names, report: ImportReport) -> tuple[str, ...]:
    """Return the ids of a skill's prerequisites, which may be given by name."""
    found: list[str] = []
    for word in draft.requires:
        needed = names.find(word, draft.group)
        if needed is None or needed == own:
            report.tell(
                draft.line,
                "requires-not-imported",
                f'"{show(draft.name)}" requires "{show(word, 500)}", which was left out',
                why="it is the skill itself" if needed else "there is no such skill",
            )
        else:
            found.append(needed)
    return tuple(dict.fromkeys(found))


def _make_skill(
    draft: ImportDraft, skill_id: str, requires: Iterable[str], report: ImportReport
) -> Skill:
    started = draft.started
    if started and draft.completed and draft.completed < started:
        report.tell(
            draft.line,
            "date-not-imported",
            f'the start of "{show(draft.name)}" on {started} was left out',
            why=f"it was completed before, on {draft.completed}",
        )
        started = None
    references = [each for each in draft.covered_by if re.fullmatch(REFERENCE_PATTERN, each)]
    for each in draft.covered_by:
        if each not in references:
            what = f'"{show(draft.name)}" is covered by `{show(each, 500)}`, which was left out'
            report.tell(draft.line, "reference-not-imported", what, why="it is no roadmap/skill")
    return Skill(
        id=skill_id,
        name=draft.name.strip(),
        goal=(draft.goal or "").strip() or None,
        status=Status.DONE if draft.completed and not draft.has_status else draft.status,
        level=draft.level or None,
        hours=draft.hours,
        started=started,
        completed=draft.completed,
        requires=tuple(requires),
        tags=draft.tags,
        covered_by=tuple(references),
        resources=tuple(draft.resources.values()),
        notes="\n".join(draft.notes) or None,
    )


def _check_source(source: str | None, report: ImportReport) -> str | None:
    if not source or not any(http_url(Roadmap(title=UNTITLED, source=source))):
        return source or None
    report.tell(
        0,
        "link-not-imported",
        f"the source `{show(source)}` was left out",
        why=find_url_fault(source),
    )
    return None


def _break_circles(
    roadmap: Roadmap, drafts: Sequence[ImportDraft], report: ImportReport
) -> Roadmap:
    """Take out the prerequisites that lead back to where they started."""
    closing = {finding.path: finding for finding in requires_cycle(roadmap)}
    if not closing:
        return roadmap
    lines = {draft.name: draft.line for draft in reversed(drafts)}
    sections = list(roadmap.sections)
    for row, section in enumerate(sections):
        skills = list(section.skills)
        for column, skill in enumerate(skills):
            path = ("sections", row, "skills", column, "requires")
            cut = [at for at in range(len(skill.requires)) if (*path, at) in closing]
            if cut:
                kept = tuple(each for at, each in enumerate(skill.requires) if at not in cut)
                skills[column] = skill.model_copy(update={"requires": kept})
                what = f'`{skill.requires[cut[0]]}` was left out of what "{show(skill.name)}" needs'
                why = closing[(*path, cut[0])].what
                report.tell(lines.get(skill.name, 0), "requires-not-imported", what, why=why)
        sections[row] = section.model_copy(update={"skills": tuple(skills)})
    return roadmap.model_copy(update={"sections": tuple(sections)})
