"""What a sync did, as people read it.

Pure. The plan itself is rendered by `plan`; here stand the ends that differ from it, and one line
that sums it all up.
"""

from __future__ import annotations

from rich.text import Text

from tracker.cli.render.layout import make_line, plural
from tracker.cli.render.problems import render_problem
from tracker.sync.plan import Create, Delete, Hold, Outcome, Update
from tracker.sync.snapshot import Side
from tracker.workflows.results import ActionOutcome, SyncResult

WORDS = ((Create, "created"), (Update, "updated"), (Delete, "deleted"))
STYLES = {Outcome.STALE: "yellow", Outcome.FAILED: "bold red", Outcome.SKIPPED: "cyan"}


def render_unfinished(result: SyncResult) -> list[Text]:
    """Render every action that did not end as planned, with its problem."""
    lines: list[Text] = []
    for each in result.unfinished:
        if isinstance(each.action, Hold):
            continue
        lines.append(_render_outcome(each))
        lines += render_problem(each.error) if each.error else []
    return lines


def render_summary(result: SyncResult) -> Text:
    """Return the line that says what a sync did and what it took."""
    cost = f"{plural(result.requests, 'request')}, {result.seconds:.1f} s"
    if not result.confirmed:
        return make_line(("nothing was written", "bold"), f" ({cost})")
    done = _count_done(result)
    left = _count_left(result)
    if result.stopped:
        words = "; ".join([*done, *left]) or "nothing was written"
        return make_line(("stopped early", "bold red"), f": {words} ({cost})")
    if not done and not left:
        return make_line(("in sync", "bold green"), f": nothing to do ({cost})")
    style = "bold yellow" if left else "bold green"
    head = "synced with open ends" if left else "synced"
    return make_line((head, style), f": {'; '.join([*done, *left])} ({cost})")


def _count_done(result: SyncResult) -> list[str]:
    counted = []
    for side, place in ((Side.REMOTE, "in Notion"), (Side.LOCAL, "in the files")):
        words = [f"{count} {word}" for kind, word in WORDS if (count := result.count(kind, side))]
        if words:
            counted.append(f"{', '.join(words)} {place}")
    return counted


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
