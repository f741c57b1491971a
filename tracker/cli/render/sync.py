"""What a sync did, as people read it.

Pure. The plan itself is rendered by `plan`; here stand the ends that differ from it, and one line
that sums it all up.
"""

from __future__ import annotations

from rich.text import Text

from tracker.cli.render.answers import WRITTEN
from tracker.cli.render.layout import View, make_line, plural, wrap_text
from tracker.cli.render.plan import count_by_side
from tracker.cli.render.problems import render_problem
from tracker.errors import StateError
from tracker.sync.plan import Create, Delete, Hold, Outcome, Update
from tracker.workflows.results import ActionOutcome, SyncResult

SYNCED = "synced"
NO_ROOM = frozenset({"state-unusable", "workspace-unusable"})
STYLES = {Outcome.STALE: "yellow", Outcome.FAILED: "bold red", Outcome.SKIPPED: "cyan"}


def render_unfinished(result: SyncResult) -> list[Text]:
    """Render every action that did not end as planned, with its problem."""
    lines: list[Text] = []
    is_full = isinstance(result.stopped, StateError)
    for each in result.unfinished:
        if isinstance(each.action, Hold):
            continue
        if is_full and each.error and each.error.code in NO_ROOM:
            # A full disk is told once, not for every row that found no room.
            continue
        lines.append(_render_outcome(each))
        lines += render_problem(each.error) if each.error else []
    return lines


def render_summary(result: SyncResult, view: View, done_word: str = SYNCED) -> list[Text]:
    """Return the lines that say what a run did, what is left to a person, and what it took.

    `done_word` says what was done; what a sync leaves open is listed by `tracker conflicts`.
    """
    requests = [plural(result.requests, "request")] * view.verbose
    cost = f"({', '.join([*requests, f'{result.seconds:.1f} s'])})"
    if not result.confirmed:
        return _wrap_summary(("nothing was written", "bold"), f" {cost}", view)
    done = [each.action for each in result.outcomes if each.outcome is Outcome.DONE]
    counted = count_by_side(done, WRITTEN, view.remote)
    left = _count_left(result)
    if done_word == SYNCED and (result.planned.conflicts or result.planned.holds):
        left[-1] += " (tracker conflicts)"
    writes = sum(isinstance(each, Create | Update | Delete) for each in done)
    if counted:
        counted.append(plural(writes, "write"))
    if result.stopped:
        words = "; ".join([*counted, *left]) or "nothing was written"
        return _wrap_summary(("stopped early", "bold red"), f": {words} {cost}", view)
    if not counted and not left:
        same = "in sync" if done_word == SYNCED else f"nothing {done_word}"
        return _wrap_summary((same, "bold green"), f": nothing to do {cost}", view)
    words = "; ".join(counted) or "nothing to write"
    if not left:
        return _wrap_summary((done_word, "bold green"), f": {words} {cost}", view)
    head = f"{done_word}, except {', '.join(left)}"
    return _wrap_summary((head, "bold yellow"), f": {words} {cost}", view)


def _wrap_summary(head: tuple[str, str], rest: str, view: View) -> list[Text]:
    """Break a summary at the width of the screen; its beginning keeps its style."""
    start, style = head
    first, *more = wrap_text(start + rest, view.width)
    lines = [make_line((first[: len(start)], style), first[len(start) :])]
    return [*lines, *(make_line(line) for line in more)]


def _count_left(result: SyncResult) -> list[str]:
    unfinished = [each for each in result.unfinished if not isinstance(each.action, Hold)]
    counts = {
        outcome: sum(each.outcome is outcome for each in unfinished)
        for outcome in (Outcome.FAILED, Outcome.STALE, Outcome.SKIPPED)
    }
    left = [f"{count} {outcome}" for outcome, count in counts.items() if count]
    if result.planned.conflicts:
        left.append(plural(len(result.planned.conflicts), "conflict"))
    if result.planned.holds:
        left.append(f"{len(result.planned.holds)} held")
    return left


def _render_outcome(each: ActionOutcome) -> Text:
    name = type(each.action).__name__.casefold()
    return make_line(
        (f"{each.outcome}:", STYLES[each.outcome]),
        f" {name} {each.roadmap}/{each.action.skill_id or each.action.page_id}",
    )
