"""Bring the Progress page up to date at the end of a run, after the rows.

Writes nothing but that page and what is remembered of it. Nothing is sent while what the page says is
the same but for the day. A page that cannot be written is a note of the run, and the next run tries
again; only a network that is down, or a token that is refused, ends the run as it does elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace

from tracker.errors import (
    NoMoreRowsError,
    Problem,
    RemoteError,
    Severity,
    TrackerError,
    UnansweredError,
    UnreachableError,
)
from tracker.local_ports import Loaded, PageRecord
from tracker.ports import PageFate, ProgressPage, Services
from tracker.progress.page import (
    MARKER,
    PageContext,
    Waiting,
    cut_values,
    find_last_day,
    render_page,
)
from tracker.sync.model import Plan
from tracker.sync.records import Links, Value
from tracker.workflows.results import SyncResult

SpeaksOf = Callable[[str], bool]
"""Whether a plan tells all that waits of a skill; the empty id stands for rows that are no skill."""


def refresh_page(
    services: Services, result: SyncResult, loaded: Loaded, speaks_of: SpeaksOf
) -> SyncResult:
    """Rewrite the page if it says something else now; return the result with what came of it.

    `loaded` are the roadmaps as the run found them; without any, they are loaded here. What waits in
    roadmaps and skills of which the run said nothing is as it was.
    """
    # Where the network is gone, it is gone for the page as well.
    if result.stopped is not None and not isinstance(result.stopped, NoMoreRowsError):
        return result
    requests_before = services.readers.remote.requests
    try:
        problems = tuple(_refresh(services, result, loaded, speaks_of))
    except TrackerError as error:
        return replace(result, stopped=result.stopped or error)
    requests = result.requests + services.readers.remote.requests - requests_before
    return replace(result, problems=(*result.problems, *problems), requests=requests)


def _refresh(
    services: Services, result: SyncResult, loaded: Loaded, speaks_of: SpeaksOf
) -> Iterator[Problem]:
    """Rewrite the page if need be, and yield the note on what kept it from being written."""
    page, state = services.writers.page, services.writers.state
    known = state.load_page()
    if not loaded.files:
        loaded = services.readers.roadmaps.load_roadmaps()
    waiting = _list_waiting(known.waiting, result.planned.plans, loaded, speaks_of)
    if page is None:
        # Switched off. Switched on again, it is looked for anew. What waits is shown elsewhere, too.
        if known != PageRecord(waiting=waiting):
            state.save_page(PageRecord(waiting=waiting))
        return
    sources = _digest(
        [
            [[file.name, file.digest] for file in loaded.files],
            sorted(loaded.broken),
            [asdict(item) for item in waiting],
        ]
    )
    # The usual run that finds nothing to do ends here.
    if not loaded.files or (sources == known.sources and not result.outcomes):
        return
    roadmaps = {file.name: file.roadmap for file in loaded.files}
    context = _make_context(services, page, loaded, waiting)
    digest = _digest(render_page(roadmaps, find_last_day(roadmaps), context))
    found, fate = known, PageFate.WRITTEN
    if digest != known.digest:
        # Beforehand: whatever happens, the next run knows of roadmaps that it does not read.
        state.save_page(replace(known, waiting=waiting, sources=""))
        text = render_page(roadmaps, services.readers.clock.today(), context)
        planned = result.planned
        is_first = planned.new_databases == len(planned.plans) == len(loaded.files)
        try:
            found, fate = page.write_text(text, known, is_first=is_first)
        except RemoteError as error:
            if _is_down(error):
                raise
            yield _failed(error)
            return
    state.save_page(replace(found, waiting=waiting, sources=sources, digest=digest))
    # Told once: that it stays in the trash is what the learner wants.
    if fate is PageFate.LEFT and not known.is_gone:
        yield LEFT
    elif fate is PageFate.UNMARKED:
        yield UNMARKED


def _list_waiting(
    before: Sequence[Waiting], plans: Sequence[Plan], loaded: Loaded, speaks_of: SpeaksOf
) -> tuple[Waiting, ...]:
    """Return what waits now: what the plans say, and what was known of all else."""
    names = {file.name for file in loaded.files} | loaded.broken
    planned = {plan.roadmap for plan in plans}
    kept = [
        item
        for item in before
        if item.roadmap in names and not (item.roadmap in planned and speaks_of(item.skill_id))
    ]
    found = [
        item for plan in plans for item in _list_open(plan, loaded) if speaks_of(item.skill_id)
    ]
    return tuple(sorted((*kept, *found), key=lambda it: (it.roadmap, it.skill_id, it.field)))


def _list_open(plan: Plan, loaded: Loaded) -> Iterator[Waiting]:
    for conflict in plan.conflicts:
        values = cut_values(_format(conflict.local), _format(conflict.remote))
        yield Waiting(
            plan.roadmap,
            conflict.skill_id,
            conflict.name,
            conflict.field.value,
            *values,
            conflict.reason,
        )
    skills = {
        skill.id: skill.name
        for file in loaded.files
        if file.name == plan.roadmap
        for skill in file.roadmap.skills
    }
    for hold in plan.holds:
        skill_id = hold.skill_id or ""
        name = skills.get(skill_id, skill_id) or "a row"
        which = hold.field.value if hold.field else ""
        yield Waiting(plan.roadmap, skill_id, name, which, reason=hold.reason)


def _format(value: Value) -> str:
    """Return a value as text; of links all that can differ."""
    match value:
        case None:
            return ""
        case Links():
            parts = ((link.title, link.url, link.type) for link in value.items)
            return "\n".join(" · ".join(filter(None, part)) for part in parts)
        case frozenset():
            return ", ".join(sorted(value))
        case float():
            return f"{value:.12g}"
        case _:
            return str(value)


def _make_context(
    services: Services, page: ProgressPage, loaded: Loaded, waiting: tuple[Waiting, ...]
) -> PageContext:
    links = {
        (file.name, str(skill_id)): page.format_link(page_id)
        for file in loaded.files
        for skill_id, page_id in services.writers.state.load_pages(file.name).items()
    }
    name = services.readers.name
    unread = tuple(sorted(loaded.broken))
    track = services.readers.track
    return PageContext(links, waiting, unread, name.label, name.word, track)


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=True).encode()).hexdigest()


def _is_down(error: RemoteError) -> bool:
    """Return whether nothing would get an answer, and not only the request for the page."""
    has_status = isinstance(error, UnansweredError) and error.status > 0
    return isinstance(error, UnreachableError) and not has_status


def _failed(error: RemoteError) -> Problem:
    first = error.problems[0]
    return Problem(
        "progress-page-failed",
        "the Progress page was not written",
        Severity.NOTE,
        why=": ".join(filter(None, (first.what, first.why))),
        kept=_KEPT,
        next="tracker sync    # tries again; progress_page: false in tracker.yaml does without it",
    )


_KEPT = "all else is synced, and what is on the page stays"
LEFT = Problem(
    "progress-page-left",
    "the Progress page is left alone from now on",
    Severity.NOTE,
    why="it is in the trash, or not shared any more",
    kept=_KEPT,
    next="restore it to have it back; progress_page: false in tracker.yaml says that you want none",
)
UNMARKED = Problem(
    "progress-page-unmarked",
    "the Progress page was not written",
    Severity.NOTE,
    why="the line that marks tracker's part is gone, so all of it may be yours",
    kept=_KEPT,
    next=f"write this line where your progress is to stand: {MARKER}",
)
