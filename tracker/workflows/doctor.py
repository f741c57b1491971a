"""Examine everything that a sync needs.

Writes nothing, neither here nor there. What is wrong with one thing never keeps the next from being
examined, unless that needs it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tracker.errors import (
    Problem,
    RemoteError,
    Severity,
    TrackerError,
    UnreachableError,
)
from tracker.local_ports import LocalServices, RoadmapFile
from tracker.ports import (
    Capability,
    CapabilityAnswer,
    PageFate,
    Remote,
    Services,
    State,
    Token,
    TokenKind,
)
from tracker.settings import NOTION, RemoteName
from tracker.sync.fates import find_lost_by_rows
from tracker.sync.model import RemoteRow
from tracker.sync.records import Field
from tracker.sync.target import DatabaseTarget, Lacking
from tracker.text import plural
from tracker.workflows.local import list_names
from tracker.workflows.progress_page import LEFT, UNMARKED

MOST_OFF = timedelta(minutes=5)
"""How far the clock of this machine may be from that of the server."""
MOST_NAMED = 5
"""Tracker IDs that are named; of more there is only a count."""


@dataclass(frozen=True, slots=True)
class Examination:
    """One thing that was examined: what it is, what was found, and what is wrong with it."""

    subject: str
    found: str
    problems: tuple[Problem, ...] = ()

    @property
    def is_fine(self) -> bool:
        """Whether nothing is wrong."""
        return not any(problem.severity is Severity.ERROR for problem in self.problems)

    def with_advice_to_sync(self) -> Examination:
        """Return the examination with advice that never means the doctor by "the command"."""
        return replace(
            self,
            problems=tuple(
                replace(it, next=it.next.replace("run the command again", "tracker sync"))
                for it in self.problems
            ),
        )


def examine_roadmaps(local: LocalServices) -> Examination:
    """Examine the roadmap files."""
    loaded = local.reader.load_roadmaps()
    errors = tuple(it for it in loaded.problems if it.severity is Severity.ERROR)
    skills = sum(len(file.roadmap.skills) for file in loaded.files)
    broken = f", {len(loaded.broken)} cannot be read" if loaded.broken else ""
    found = f"{len(loaded.files)} with {skills} skills{broken}"
    return Examination("roadmaps", found, errors)


def examine_state(state: State) -> Examination:
    """Examine everything that is remembered."""
    problems = state.find_damage()
    return Examination("state", "cannot be used" if problems else "can be read", problems)


def examine_lock(holder: Problem | None) -> Examination:
    """Examine whether another run is writing in the folder; `holder` says which one."""
    if holder is None:
        return Examination("lock", "free")
    # Nothing is broken, and whoever waits for the other run need not do anything.
    advice = "wait for it to finish, or end that process"
    return Examination("lock", "taken", (replace(holder, severity=Severity.WARNING, next=advice),))


def examine_notion(services: Services, name: RemoteName) -> Iterator[Examination]:
    """Examine token and page, then every roadmap's database and what is remembered of it."""
    remote = services.writers.remote
    try:
        token = remote.fetch_token()
    except UnreachableError as error:
        yield Examination(name.label, "cannot be reached", error.problems)
        return
    except TrackerError as error:
        yield Examination(name.label, "does not let us in", error.problems)
        return
    yield Examination(name.label, _describe(token) if name is NOTION else "answers")
    if name is NOTION:
        yield from _examine_clock(token, services.readers.clock.now())
        page = _examine_parent(remote)
        yield page
        # Without the right to read, all else would be the same refusal.
        if any(problem.code == "notion-denied" for problem in page.problems):
            return
        yield _examine_capabilities(remote)
    yield _examine_progress_page(services)
    yield from _examine_roadmaps(services)


def _examine_roadmaps(services: Services) -> Iterator[Examination]:
    loaded = services.readers.roadmaps.load_roadmaps()
    for file in loaded.files:
        yield _examine_roadmap(services, file)
    for roadmap in services.readers.state.load_roadmaps():
        if roadmap not in list_names(loaded):
            problem = Problem(
                code="missing-file",
                what=f"roadmaps/{roadmap}.yaml is gone, but its database is still tracked",
                kept="nothing was written",
                next=f"restore the file, or tracker forget {roadmap}",
            )
            yield Examination(roadmap, "has no file", (problem,))


def _describe(token: Token) -> str:
    match token.kind:
        case TokenKind.CONNECTION:
            kind = "; a connection, which sees the pages that are shared with it"
        case TokenKind.PERSONAL:
            kind = "; a personal token, which sees what its owner sees, and expires after a year at most"
        case TokenKind.UNKNOWN:
            kind = ""
    return f"answers as {token.who}{kind}"


def _examine_clock(token: Token, now: str) -> Iterator[Examination]:
    """Compare this machine's clock with that of the server, where the server tells the time."""
    if token.time is None:
        return
    off = datetime.fromisoformat(now) - token.time
    if abs(off) <= MOST_OFF:
        yield Examination("clock", "agrees with the server's")
        return
    minutes = round(abs(off).total_seconds() / 60)
    amount = plural(minutes, "minute") if minutes < 120 else plural(minutes // 60, "hour")  # noqa: PLR2004
    problem = Problem(
        code="clock-off",
        severity=Severity.WARNING,
        what=f"the clock of this machine is {amount} {'fast' if off > timedelta() else 'slow'}",
        why="started and completed are dated by it, and so are pace and finish",
        next="set the clock, or let the system set it from the network",
    )
    yield Examination("clock", "differs from the server's", (problem,))


def _examine_parent(remote: Remote) -> Examination:
    try:
        title = remote.fetch_parent_title()
    except TrackerError as error:
        return Examination("page", "cannot be used", error.problems)
    return Examination("page", f'"{title or "Untitled"}" can be read')


def _examine_capabilities(remote: Remote) -> Examination:
    """Examine what the token may do, as far as that can be seen without writing anything."""
    answers = {capability: remote.probe_capability(capability) for capability in Capability}
    said = (f"{capability.value} {answer.value}" for capability, answer in answers.items())
    problems = [
        Problem(
            code="capability-missing",
            what=f"the connection of your token may not {capability.value} content",
            why=_STOPS[capability],
            next=_SWITCH_ON.format(name=capability.value.capitalize()),
        )
        for capability, answer in answers.items()
        if answer is CapabilityAnswer.MISSING
    ]
    if CapabilityAnswer.FULL in answers.values():
        problems.append(_FULL)
    proof = "; only a write would prove it" if _NOT_REFUSED in answers.values() else ""
    found = ", ".join(("read works", *said)) + proof
    return Examination("capabilities", found, tuple(problems))


def _examine_progress_page(services: Services) -> Examination:
    page, known = services.writers.page, services.readers.state.load_page()
    subject = "Progress page"
    if page is None:
        return Examination(subject, "not wanted: progress_page is false in tracker.yaml")
    if not known.page_id:
        is_due = bool(services.readers.state.load_roadmaps())
        return Examination(subject, "not made yet", (_NOT_MADE,) if is_due else ())
    try:
        fate = page.fetch_fate(known)
    except TrackerError as error:
        return Examination(subject, "cannot be read", error.problems)
    match fate:
        case PageFate.LEFT:
            left = replace(LEFT, what="the Progress page is left alone")
            return Examination(subject, "in the trash, or not shared", (left,))
        case PageFate.UNMARKED:
            unmarked = replace(UNMARKED, severity=Severity.WARNING)
            return Examination(subject, "cannot be written", (unmarked,))
        case PageFate.WRITTEN:
            # Emptied before each writing, filled in after it.
            is_late = not known.sources
            return Examination(
                subject, "not up to date" if is_late else "found", (_LATE,) if is_late else ()
            )


def _examine_roadmap(services: Services, file: RoadmapFile) -> Examination:
    readers = services.readers
    try:
        base = readers.state.load_base(file.name)
        known = readers.state.load_target(file.name)
        target = readers.remote.fetch_target(file.name, file.roadmap.title, known)
        intents = readers.state.load_intents(file.name)
        if target is None:
            return Examination(file.name, "has no database yet; the first sync makes it")
        observed = readers.remote.fetch_rows(target, {}, classify=0)
    except TrackerError as error:
        return Examination(file.name, "cannot be synced", error.problems)
    remote = services.writers.remote
    try:
        lacking, twins = remote.fetch_lacking(target), remote.count_twins(file.name, target)
    except TrackerError:
        lacking, twins = Lacking(), 0  # the database was found; where it is need not be readable
    problems = (
        *_note_lacking(file, lacking, _fetch_missing_views(remote, target)),
        *_note_lost_options(file, find_lost_by_rows(base, observed)),
        *_note_duplicates(file, observed.rows),
        *_note_oddities(file, len(intents), twins),
    )
    bound, seen = len(base.bindings), len(observed.rows)
    found = plural(seen, "row") + (f", {bound}" if bound != seen else "") + " bound"
    return Examination(file.name, f"database found, {found}", problems)


def _fetch_missing_views(remote: Remote, target: DatabaseTarget) -> tuple[str, ...]:
    try:
        return tuple(remote.fetch_missing_views(target).values())
    except RemoteError:
        return ()  # a server that shows none makes none


def _note_lacking(file: RoadmapFile, lacking: Lacking, views: Iterable[str]) -> Iterator[Problem]:
    """Report what a database has not that a new one has."""
    parts = [f"the column {name}" for name in lacking.columns]
    parts += [f"a description of {name}" for name in lacking.undescribed]
    parts += [f"the view {name}" for name in views]
    first = f"rename your own column {' and '.join(lacking.taken)}, then " if lacking.taken else ""
    if parts:
        yield Problem(
            code="database-lacks",
            severity=Severity.NOTE,
            what=f'the database of "{file.roadmap.title}" has not all that a new one has',
            why=f"it lacks {', '.join(parts)}; it is synced all the same",
            next=f"{first}tracker doctor --fix    # adds that, and changes no value",
        )


def _note_lost_options(
    file: RoadmapFile, lost: Mapping[Field, frozenset[str]]
) -> Iterator[Problem]:
    """Report options that were deleted while rows had them, and that nobody has decided about yet."""
    gone = [f'"{it}" of {which.value}' for which, texts in lost.items() for it in sorted(texts)]
    if gone:
        yield Problem(
            code="options-deleted",
            severity=Severity.WARNING,
            what=f'options of "{file.roadmap.title}" were deleted: {", ".join(gone)}',
            why="the rows that had them lost them; the file keeps its values until you decide",
            next="tracker sync, then tracker conflicts",
        )


def _note_duplicates(file: RoadmapFile, rows: Iterable[RemoteRow]) -> Iterator[Problem]:
    """Report rows that share a Tracker ID."""
    counts = Counter(row.tracker_id for row in rows if row.tracker_id)
    shared = {skill_id: count for skill_id, count in sorted(counts.items()) if count > 1}
    if shared:
        named = [f"{skill_id} ({count} rows)" for skill_id, count in shared.items()]
        more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
        yield Problem(
            code="duplicate-ids",
            severity=Severity.WARNING,
            what=f'rows of "{file.roadmap.title}" share a Tracker ID: '
            f"{', '.join(named[:MOST_NAMED])}{more}",
            why="a copy becomes a skill of its own with the next sync; a row that two machines made "
            "at once is left alone",
            next="move the rows that nobody needs to the trash; tracker plan    # shows the rest",
        )


def _note_oddities(file: RoadmapFile, intents: int, twins: int) -> Iterator[Problem]:
    """Report rows whose creation was cut off, and other databases of the same roadmap."""
    if intents:
        yield Problem(
            code="open-intents",
            severity=Severity.NOTE,
            what=f"{plural(intents, 'row')} {'was' if intents == 1 else 'were'} being made when a sync "
            "was cut off",
            next="tracker sync    # looks them up before it makes anything",
        )
    if twins:
        yield Problem(
            code="database-twins",
            severity=Severity.WARNING,
            what=f"there {'is' if twins == 1 else 'are'} {twins} more database"
            f'{"" if twins == 1 else "s"} of "{file.roadmap.title}"; only one is synced',
            why="two machines may have made one each at the same moment, or somebody copied it",
            next="look at the others, and move those that nobody needs to the trash",
        )


_NOT_REFUSED = CapabilityAnswer.NOT_REFUSED
_STOPS = {
    Capability.INSERT: "new skills, databases, views and the Progress page do not get to Notion; "
    "changes of rows that are there do",
    Capability.UPDATE: "ticks and edits of the file do not get to Notion; what is edited there "
    "still comes to the file",
}
_SWITCH_ON = (
    "at app.notion.com/developers/connections open the connection and switch on "
    '"{name} content" under Capabilities; then tracker sync'
)
_FULL = Problem(
    "notion-full",
    "the workspace of your token takes no more blocks",
    why="its plan is used up: new skills do not get to Notion; changes of rows that are there do",
    next="upgrade the plan of the workspace, or use a personal access token, which has no such limit",
)
_NOT_MADE = Problem(
    "progress-page-missing",
    "there is no Progress page yet",
    Severity.NOTE,
    why="the last sync could not make it, or an earlier version of tracker made the databases",
    next="tracker sync    # makes it; progress_page: false in tracker.yaml does without",
)
_LATE = Problem(
    "progress-page-late",
    "the Progress page is not up to date",
    Severity.NOTE,
    why="the last sync could not write it",
    next="tracker sync    # tries again",
)
