"""Collect what a parser finds in a foreign file, and make a valid roadmap of it.

Pure. The drafts of a parser may hold anything; the roadmap has no errors: ids are unique, links lead
to the web, dates are in order, prerequisites exist and do not go in circles. Whatever does not fit
is left out and reported with its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from tracker.errors import Location, Problem, Severity
from tracker.roadmap.dates import are_in_order
from tracker.roadmap.links import find_url_fault
from tracker.roadmap.model import (
    ANY_OF,
    FORBIDDEN,
    REFERENCE_PATTERN,
    SKILL_ID_PATTERN,
    SLUG_LENGTH,
    AnyOf,
    Imported,
    Resource,
    Roadmap,
    Section,
    Skill,
    SkillKind,
    Status,
    make_slug,
    show,
)
from tracker.roadmap.rules import http_url, requires_cycle

MOST_PROBLEMS = 1000
"""Nobody reads more, and a hostile file could have millions."""

_LONGEST_URL = 2000
_URL = re.compile(r"https?://[^\s<>\[\]\"`\\]+", re.IGNORECASE)
_URL_END = "?!.,:*_~'\";)"


class ImportReport:
    """Collects the problems of one file; `path` is the name of the file in them."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._problems: list[Problem] = []
        self._left_off = 0

    def tell(self, line: int, code: str, what: str, *, why: str = "", then: str = "") -> None:
        """Add what was left out, and why; `then` is what people can do about it."""
        place = Location(self._path, line)
        self._add(Problem(code, what, Severity.WARNING, place, why=why, next=then))

    def note(self, line: int, code: str, what: str, *, why: str = "") -> None:
        """Add what was left out or changed on purpose."""
        self._add(Problem(code, what, Severity.NOTE, Location(self._path, line), why=why))

    def insist(self, line: int, code: str, what: str, *, why: str = "", then: str = "") -> None:
        """Add a problem even if there are too many others."""
        place = Location(self._path, line)
        self._problems.append(Problem(code, what, Severity.WARNING, place, why=why, next=then))

    def _add(self, problem: Problem) -> None:
        if len(self._problems) < MOST_PROBLEMS:
            self._problems.append(problem)
        else:
            self._left_off += 1

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems in the order of the file; of too many, the first and how many more there are."""
        told = tuple(sorted(self._problems, key=lambda problem: problem.sort_key))
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


def add_links(why: str, text: str, what: str) -> str:
    """Add to a reason the addresses in a text that was left out, unless `what` shows them already."""
    # `what` shows the beginning of a long text: without this, its addresses would be lost silently.
    found = dict.fromkeys(url.rstrip(_URL_END) for url in _URL.findall(text))
    hidden = [show(url, _LONGEST_URL) for url in found if url not in what]
    addresses = f"with {', '.join(hidden)}" if hidden else ""
    return "; ".join(filter(None, (why, addresses)))


LONGEST_ID = 100
MOST_SKILLS = 50_000
"""More than anybody learns; a hostile file of a few megabytes could hold a million."""

UNTITLED = "Imported roadmap"

PART_OF = "Part of: "
"""Begins the note that keeps the name of the entry or page above a skill."""


@dataclass(slots=True)
class ImportDraft:
    """A skill as found; `requires` holds ids or names of other skills.

    `line` is where its entry begins. `resources` are by URL: of several to one page, the first
    counts. `group` is the name of the skill's roadmap if the file holds several; prerequisites are
    searched there first.
    """

    name: str
    line: int
    section: str
    id: str = ""
    goal: str | None = None
    status: Status = Status.TODO
    has_status: bool = False
    """Whether the file gives the status; if not, a day of completion means done."""
    level: str | None = None
    hours: float | None = None
    started: date | None = None
    completed: date | None = None
    requires: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    covered_by: tuple[str, ...] = ()
    kind: SkillKind = SkillKind.SKILL
    aliases: tuple[str, ...] = ()
    prove: tuple[str, ...] = ()
    evidence: str | None = None
    resources: dict[str, Resource] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    group: str = ""


@dataclass(slots=True)
class ImportOutline:
    """A roadmap as found; `sections` maps titles to descriptions, in order."""

    title: str = ""
    description: str | None = None
    source: str | None = None
    edition: str | None = None
    sections: dict[str, str | None] = field(default_factory=dict)
    drafts: list[ImportDraft] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A link as the file has it; `url` may be anything."""

    title: str
    url: str
    type: str | None = None
    free: bool | None = None


def add_link(draft: ImportDraft, link: FoundLink, line: int, report: ImportReport) -> None:
    """Add a link to a skill, unless it does not lead to the web, or the skill has it already."""
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
    """Make a valid roadmap of the drafts."""
    # The order matters: ids are made for skills that stay, and prerequisites are found by these ids.
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
    """Leave out the skills and sections beyond the limit, and report how many."""
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
    """Return an id for each skill: that of the file if it is valid and free, or one of its name."""
    taken: dict[str, ImportDraft] = {}
    # Ids of the file come first, so that no made-up id takes one of them.
    for draft in drafts:
        is_id = len(draft.id) <= LONGEST_ID and re.fullmatch(SKILL_ID_PATTERN, draft.id) is not None
        if is_id and draft.id not in taken:
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
    """Make a free id as `make_slug` does, at constant cost for each of many skills of one name."""
    stem = made = str(make_slug(name, ()))
    number = counts.get(stem, 1)
    while made in taken:
        number += 1
        tail = f"-{number}"
        made = stem[: SLUG_LENGTH - len(tail)].rstrip("-") + tail
    counts[stem] = number
    taken[made] = draft
    return made


class _Names:
    """Finds skills by what a file may call them: their id now, their id in the file, or their name."""

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
        """Return the id of the skill that a word means; a skill of the same group comes first."""
        name = word.strip().casefold()
        there = self._former.get((group, word)) or (self._names.get((group, name)) if group else "")
        return there or (word if word in self._ids else self._names.get(("", name)))


def _resolve(draft: ImportDraft, own: str, names: _Names, report: ImportReport) -> tuple[str, ...]:
    """Return the ids of a skill's prerequisites; report those that do not exist."""
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
    if not are_in_order(started, draft.completed):
        report.tell(
            draft.line,
            "date-not-imported",
            f'the start of "{show(draft.name)}" on {started} was left out',
            why=f"it was completed before, on {draft.completed}",
        )
        started = None
    is_any = bool(draft.covered_by) and draft.covered_by[0].startswith(ANY_OF)
    named = [text.removeprefix(ANY_OF if is_any else "") for text in draft.covered_by]
    covers = tuple(text for text in named if re.fullmatch(REFERENCE_PATTERN, text))
    for text in named:
        if text not in covers:
            what = f'"{show(draft.name)}" is covered by `{show(text, 500)}`, which was left out'
            report.tell(draft.line, "reference-not-imported", what, why="it is no roadmap/skill")
    return Skill(
        id=skill_id,
        name=draft.name.strip(),
        kind=draft.kind,
        aliases=draft.aliases,
        goal=(draft.goal or "").strip() or None,
        status=Status.DONE if draft.completed and not draft.has_status else draft.status,
        level=draft.level or None,
        hours=draft.hours,
        started=started,
        completed=draft.completed,
        requires=tuple(requires),
        tags=draft.tags,
        covered_by=AnyOf(any=covers) if is_any and covers else covers,
        prove=draft.prove,
        evidence=draft.evidence,
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
    """Leave out the prerequisites that close a circle."""
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
                kept = tuple(needed for at, needed in enumerate(skill.requires) if at not in cut)
                skills[column] = skill.model_copy(update={"requires": kept})
                what = f'`{skill.requires[cut[0]]}` was left out of what "{show(skill.name)}" needs'
                why = closing[(*path, cut[0])].what
                report.tell(lines.get(skill.name, 0), "requires-not-imported", what, why=why)
        sections[row] = section.model_copy(update={"skills": tuple(skills)})
    return roadmap.model_copy(update={"sections": tuple(sections)})
