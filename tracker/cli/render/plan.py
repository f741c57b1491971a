"""Plans, conflicts, results of a sync, open decisions and past runs, as people read them.

Pure, but that times are told in the local time of the machine. Decides nothing: the order of showing
is not the order of doing, and every number comes from the values.

    + → notion   the skill is made in Notion        + ← notion   it is made in the file
    ~ → notion   Notion gets the file's value       ~ ← notion   the file gets Notion's
    - → notion   the row goes to the trash          - ← notion   the skill leaves the file
    ! both       changed on both sides: a conflict  . held       left alone, and why

Where the remote side is the built-in workspace, the arrows say `workspace`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from math import ceil

from tracker.cli.cells import cell_len
from tracker.cli.lines import StyledLine
from tracker.cli.render.answers import WRITTEN, format_resolve, list_takes
from tracker.cli.render.conflict import format_short, render_change, render_values
from tracker.cli.render.layout import (
    NOTHING,
    AnswerView,
    Part,
    fit,
    fold,
    hang,
    make_line,
    render_problem,
    render_refusal,
    widest,
    wrap_text,
)
from tracker.errors import Severity, StateError
from tracker.settings import RemoteName
from tracker.sync.journal import JournalEntry, JournalKind, JournalRun
from tracker.sync.model import (
    Action,
    Adopt,
    Conflict,
    Create,
    Delete,
    Forget,
    Hold,
    Outcome,
    Plan,
    Side,
    Update,
)
from tracker.sync.one_skill import OpenField
from tracker.sync.records import Field
from tracker.text import clean_block, plural
from tracker.workflows.forecast import SpeedLimit, forecast_seconds, is_assumed
from tracker.workflows.results import Forgotten, OpenEnds, Planned, Settled, SyncResult, Undone

MOST_WRITES = 20
"""Writes per roadmap before the rest is counted; `-v` shows all."""

MOST_HELD = 10
"""Holds per roadmap before the rest is counted: a database out of sight holds every skill."""

SIGNS: dict[type[Action], tuple[str, str]] = {
    Create: ("+", "green"),
    Update: ("~", "yellow"),
    Delete: ("-", "red"),
}
ARROWS = {Side.REMOTE: "→", Side.LOCAL: "←"}
SHOWN_FIRST = (Delete, Update, Create)
NAMES_WIDTH = 30
SYNCED = "synced"
STYLES = {Outcome.STALE: "yellow", Outcome.FAILED: "bold red", Outcome.SKIPPED: "cyan"}
NO_ROOM = frozenset({"state-unusable", "workspace-unusable"})
"""Codes of the problems that a full disk gives every row."""

SUMMARY = "plan: "
OWN_VALUES = {
    Field.STATUS: "another status",
    Field.HOURS: "a number",
    Field.STARTED: "a date",
    Field.COMPLETED: "a date",
    Field.EVIDENCE: "a web address",
}
"""What is no text, among what a field can be settled for."""

INDENT = 6
Written = tuple[StyledLine, list[StyledLine]]

HEAD = 14
"""Cells before what a conflict or a hold is about."""


def render_planned(
    planned: Planned, view: AnswerView, *, pace: SpeedLimit | None = None
) -> list[StyledLine]:
    """Render everything a sync would do, with a summary at the end."""
    summary = _summarise_plan(planned, view, pace)
    return [*render_plans(planned, view), *hang((SUMMARY, "bold"), summary, view.width)]


def render_plans(planned: Planned, view: AnswerView) -> list[StyledLine]:
    """Render everything a sync would do, roadmap by roadmap, and the guards' refusals."""
    return [
        *(line for plan in planned.plans for line in render_plan(plan, view)),
        *_render_refusals(planned, view),
    ]


def _render_refusals(planned: Planned | OpenEnds, view: AnswerView) -> list[StyledLine]:
    return [
        line
        for roadmap, refusal in planned.refusals
        for line in render_refusal(roadmap, refusal, is_reading=view.is_reading)
    ]


def render_plan(plan: Plan, view: AnswerView) -> list[StyledLine]:
    """Render one roadmap's plan; nothing at all when there is nothing to say."""
    arrow = (f"  ~ ← {view.remote.word}  ", "yellow")
    body = [
        *(
            line
            for before, after in plan.sections
            for line in hang(arrow, f"section {before} → {after}", view.width)
        ),
        *_render_writes(plan.writes, view),
        *_render_quiet(plan.actions),
        *_render_holds(plan.holds, view),
        *(line for it in plan.conflicts for line in _render_conflict(plan.roadmap, it, view)),
    ]
    if not body:
        return []
    return [make_line((plan.title, "bold"), (f"  {plan.roadmap}", "dim")), *body, StyledLine()]


def _render_conflict(roadmap: str, conflict: Conflict, view: AnswerView) -> list[StyledLine]:
    """Render a conflict in full, and the commands that settle it."""
    # A value that both sides once agreed on is what `base` takes; there need not be one.
    base = ["base"] * (conflict.base is not None)
    takes = ["local", view.remote.word, *base, *_name_own_value(conflict.field)]
    return [
        *render_conflict_head(("  ! both      ", "bold magenta"), conflict, view),
        *render_values(conflict, view),
        *_render_takes(roadmap, conflict, takes, view),
    ]


def _render_takes(
    roadmap: str, conflict: Conflict, takes: Sequence[str], view: AnswerView
) -> list[StyledLine]:
    """Render the command that settles a conflict, and the other words it takes."""
    first, *others = takes
    command = f"{format_resolve(roadmap, conflict)} --take {first}"
    lines = [make_line(("    resolve: ", "dim"), command)]
    return (
        [*lines, *hang((" " * 6, ""), f"(or {', '.join(others)})", view.width)] if others else lines
    )


def _name_own_value(which: Field) -> list[str]:
    """Name what else a field can be set to, besides the values of the sides."""
    # Links have no spelling on a command line.
    return [] if which is Field.RESOURCES else [OWN_VALUES.get(which, '"other text"')]


def render_conflict_head(
    sign: tuple[str, str], conflict: Conflict, view: AnswerView
) -> list[StyledLine]:
    """Render which field of which skill is in conflict, and why, if there is more to say."""
    indent = " " * HEAD
    name, *more = wrap_text(conflict.name, view.width - HEAD)
    lines = [make_line(sign, (name, "bold")), *(make_line(indent, (part, "bold")) for part in more)]
    field = f" · {conflict.field}"
    # The field goes behind the name where it fits, else on a line of its own.
    if cell_len(lines[-1].plain) + len(field) <= view.width:
        lines[-1].append(field)
    else:
        lines.append(make_line(indent, str(conflict.field)))
    reason = wrap_text(conflict.reason, view.width - HEAD) if conflict.reason else []
    return [*lines, *(make_line(indent, (part, "dim")) for part in reason)]


def count_writes(actions: Iterable[Action], remote: RemoteName) -> str:
    """Return in words what is to be made, changed and removed, side by side."""
    verbs = {Create: "to create", Update: "to update", Delete: "to delete"}
    return "; ".join(count_by_side(actions, verbs, remote))


def count_by_side(
    actions: Iterable[Action], verbs: Mapping[type[Action], str], remote: RemoteName
) -> list[str]:
    """Return for each side how many rows or skills are written how, with words of the caller."""
    counts: Counter[tuple[Side, type[Action]]] = Counter(
        (action.side, type(action))
        for action in actions
        if isinstance(action, Create | Update | Delete)
    )
    places = ((Side.REMOTE, "row", f"in {remote.place}"), (Side.LOCAL, "skill", "in the files"))
    counted = []
    for side, noun, place in places:
        found = [(counts[side, kind], verb) for kind, verb in verbs.items() if counts[side, kind]]
        # The noun comes once: "3 rows to create, 1 to update in Notion".
        words = [
            f"{count if n else plural(count, noun)} {verb}" for n, (count, verb) in enumerate(found)
        ]
        if words:
            counted.append(f"{', '.join(words)} {place}")
    return counted


def _summarise_plan(planned: Planned, view: AnswerView, pace: SpeedLimit | None) -> str:
    actions = [action for plan in planned.plans for action in plan.writes]
    left = _count_left(planned)
    nothing = "nothing to write" if left else "nothing to do: both sides are equal"
    parts = [count_writes(actions, view.remote) or nothing, *left]
    requests = planned.estimated_requests
    costs = [plural(requests, "request")] * (view.verbose and requests > 0)
    if requests and pace is not None:
        assumed = f" at {pace.least} requests a minute" if is_assumed(planned, pace) else ""
        costs.append(f"about {ceil(forecast_seconds(planned, pace))} s{assumed}")
    if actions:
        parts.append(plural(len(actions), "write") + (f" ({', '.join(costs)})" if costs else ""))
    return "; ".join(parts)


def _count_left(planned: Planned) -> list[str]:
    """Return the numbers of conflicts and holds in words."""
    left = [plural(len(planned.conflicts), "conflict")] if planned.conflicts else []
    return [*left, f"{len(planned.holds)} held"] if planned.holds else left


def _render_writes(writes: Sequence[Action], view: AnswerView) -> list[StyledLine]:
    # What is lost is shown first, so that no limit of lines hides it.
    ordered = sorted(writes, key=lambda action: SHOWN_FIRST.index(type(action)))
    names = widest((action.skill_id or "" for action in ordered), NAMES_WIDTH)
    lines: list[StyledLine] = []
    for shown, action in enumerate(ordered):
        if not view.verbose and shown >= MOST_WRITES:
            rest = ordered[shown:]
            more = f"  … and {len(rest)} more: {count_writes(rest, view.remote)}"
            return [*lines, make_line(more, ("   (-v shows all)", "dim"))]
        lines += _render_write(action, names, view)
    return lines


def _render_write(action: Action, names: int, view: AnswerView) -> list[StyledLine]:
    if not isinstance(action, Create | Update | Delete):
        return []
    sign, style = SIGNS[type(action)]
    arrow = f"  {sign} {ARROWS[action.side]} {view.remote.word}  "
    head = make_line((arrow, style), (action.skill_id or "", "bold"))
    gap = max(len(arrow) + names + 2 - cell_len(head.plain), 2)
    beside, below = _tell_write(action, view.width - cell_len(head.plain) - gap, view)
    if beside and cell_len(head.plain) + gap + cell_len(beside.plain) <= view.width:
        return [head.append(" " * gap).append_line(beside), *below]
    indent = " " * INDENT
    # An id that does not fit behind the arrow has lines of its own.
    lines = [head]
    if cell_len(head.plain) > view.width:
        who = hang((indent, ""), action.skill_id, view.width, style="bold")
        lines = [make_line((arrow, style)), *who]
    return [*lines, *(fold(StyledLine(indent) + beside, view.width) if beside else []), *below]


def _tell_write(action: Create | Update | Delete, room: int, view: AnswerView) -> Written:
    """Return what a write does: beside the skill's id, where there is room, and below it."""
    if isinstance(action, Create):
        return make_line(action.record.name), []
    if isinstance(action, Delete):
        where = "to the trash" if action.side is Side.REMOTE else "removed from the file"
        return make_line(action.record.name, (f"  {where}", "dim")), []
    notes = make_line(("back from the trash" * action.restore, "dim"))
    # A single short change goes on the line of its skill, all others below it.
    if len(action.changes) == 1 and not action.restore:
        (change,) = action.changes
        short = make_line((f"{change.field}: ", "dim"), format_short(change))
        if format_short(change) and cell_len(short.plain) <= room:
            return short, []
    return notes, [it for each in action.changes for it in render_change(each, INDENT, view)]


def _render_quiet(actions: Sequence[Action]) -> list[StyledLine]:
    """Count what changes neither side: pairs that are only remembered or forgotten."""
    counts = Counter(type(action) for action in actions)
    told = (
        (counts[Adopt], "already the same on both sides"),
        (counts[Forget], "gone on both sides; forgotten"),
    )
    return [
        make_line(("  = ", "dim"), f"{plural(count, 'skill')} {what}")
        for count, what in told
        if count
    ]


def _render_holds(holds: Sequence[Hold], view: AnswerView) -> list[StyledLine]:
    shown = holds if view.verbose else holds[:MOST_HELD]
    lines = [line for hold in shown for line in render_hold(hold, view.width)]
    if len(shown) < len(holds):
        more = f"  … and {len(holds) - len(shown)} more held"
        lines.append(make_line(more, ("   (-v shows all)", "dim")))
    return lines


def render_hold(hold: Hold, width: int) -> list[StyledLine]:
    """Render what is left alone, and why."""
    who = hold.skill_id or f"page {hold.page_id or NOTHING}"
    field = f" {hold.field}" if hold.field else ""
    indent = " " * HEAD
    first, *more = wrap_text(who, width - HEAD - len(field))
    return [
        make_line(("  . held      ", "cyan"), (first, "bold"), field if not more else ""),
        *(make_line(indent, (part, "bold")) for part in more),
        *([make_line(indent, field)] if more and field else []),
        *hang((indent, ""), hold.reason, width),
    ]


def render_unfinished(result: SyncResult) -> list[StyledLine]:
    """Render every action that did not end as planned, with its problem."""
    lines: list[StyledLine] = []
    is_full = isinstance(result.stopped, StateError)
    for ended in result.unfinished:
        action, error = ended.action, ended.error
        # A hold is part of the plan; a full disk is told once, not for every row that found no room.
        if isinstance(action, Hold) or (is_full and error and error.code in NO_ROOM):
            continue
        verb, which = type(action).__name__.casefold(), action.skill_id or action.page_id
        head = (f"{ended.outcome}:", STYLES[ended.outcome])
        lines.append(make_line(head, f" {verb} {ended.roadmap}/{which}"))
        lines += render_problem(error) if error else []
    return lines


def render_summary(
    result: SyncResult, view: AnswerView, done_word: str = SYNCED
) -> list[StyledLine]:
    """Return the lines that say what a run did, what is left to a person, and what it took.

    `done_word` says what was done; what a sync leaves open is listed by `tracker conflicts`.
    """
    done = [ended.action for ended in result.outcomes if ended.outcome is Outcome.DONE]
    counted = count_by_side(done, WRITTEN, view.remote)
    if counted:
        writes = sum(isinstance(action, Create | Update | Delete) for action in done)
        counted.append(plural(writes, "write"))
    ends = Counter(it.outcome for it in result.unfinished if not isinstance(it.action, Hold))
    order = (Outcome.FAILED, Outcome.STALE, Outcome.SKIPPED)
    left = [f"{ends[end]} {end}" for end in order if ends[end]] + _count_left(result.planned)
    if done_word == SYNCED and (result.planned.conflicts or result.planned.holds):
        left[-1] += " (tracker conflicts)"
    # Declined · stopped by an error · nothing to do · all done · done but for what is left.
    if not result.confirmed:
        start, style, told = "nothing was written", "bold", ""
    elif result.stopped:
        start, style = "stopped early", "bold red"
        told = ": " + ("; ".join([*counted, *left]) or "nothing was written")
    elif not counted and not left:
        start, style = "in sync" if done_word == SYNCED else f"nothing {done_word}", "bold green"
        told = ": nothing to do"
    else:
        start, style = done_word, "bold green"
        if left:
            start, style = f"{done_word}, except {', '.join(left)}", "bold yellow"
        told = ": " + ("; ".join(counted) or "nothing to write")
    requests = [plural(result.requests, "request")] * view.verbose
    cost = f"({', '.join([*requests, f'{result.seconds:.1f} s'])})"
    first, *more = wrap_text(f"{start}{told} {cost}", view.width)
    head = make_line((first[: len(start)], style), first[len(start) :])
    return [head, *(make_line(line) for line in more)]


def render_open_ends(ends: OpenEnds, view: AnswerView) -> list[StyledLine]:
    """Render all that waits for a decision, with the commands that settle it, or that nothing does."""
    lines: list[StyledLine] = []
    for name, open_field in ends.fields:
        takes = list_takes(open_field, view.remote)
        # Where no side has a value that can be taken, only one of one's own settles it.
        takes = [*takes, *_name_own_value(open_field.conflict.field)] if takes else ["VALUE"]
        lines += render_open(open_field, view)
        lines += [*_render_takes(name, open_field.conflict, takes, view), StyledLine()]
    lines += [line for _, hold in ends.holds for line in render_hold(hold, view.width)]
    lines += [StyledLine()] * bool(ends.holds)
    lines += _render_refusals(ends, view)
    if not ends.fields and not ends.holds:
        if any(problem.severity is Severity.ERROR for problem in ends.problems):
            return [*lines, make_line(("no conflicts in the roadmaps that load", "bold yellow"))]
        return [*lines, make_line(("no conflicts", "bold green"))]
    conflicts = sum(not open_field.is_held for _, open_field in ends.fields)
    held = len(ends.fields) - conflicts + len(ends.holds)
    parts = [f"{plural(conflicts, 'conflict')} to resolve"] * bool(conflicts)
    return [*lines, make_line((", ".join([*parts, *[f"{held} held"] * bool(held)]), "bold yellow"))]


def render_open(open_field: OpenField, view: AnswerView) -> list[StyledLine]:
    """Render one open field with its three values in full, and its reason."""
    sign = ("  . held      ", "cyan") if open_field.is_held else ("  ! both      ", "bold magenta")
    return [
        *render_conflict_head(sign, open_field.conflict, view),
        *render_values(open_field.conflict, view, is_readable=open_field.is_readable),
    ]


def render_settled(settled: Settled, view: AnswerView) -> list[StyledLine]:
    """Render what was written, what is left open, and a line that sums it up."""
    planned = settled.result.planned
    lines = [*render_plans(planned, view), *render_unfinished(settled.result)]
    reference = f"{settled.roadmap}/{settled.skill_id}"
    left = len(planned.conflicts) + len(planned.holds)
    rest = f"; {left} left" if left else ""
    if not settled.fields:
        return [
            *lines,
            make_line(("nothing was resolved", "bold yellow"), f" of {reference}{rest}"),
        ]
    style = "bold yellow" if left else "bold green"
    what = f": {', '.join(settled.fields)} of {reference}{rest}"
    return [*lines, make_line(("resolved", style), what)]


def render_runs(runs: Sequence[JournalRun], view: AnswerView) -> list[StyledLine]:
    """Render runs, one a line: when, which roadmaps, what was written, and the run's name."""
    if not runs:
        return [make_line("no run wrote anything yet")]
    names = widest((", ".join(run.roadmaps) for run in runs), NAMES_WIDTH)
    return [line for run in runs for line in _render_listed(run, names, view)]


def _render_listed(run: JournalRun, names: int, view: AnswerView) -> list[StyledLine]:
    """Render a run on one line, or on several if it is too long; its name comes last."""
    head: list[Part] = [
        (format_time(run.at), "dim"),
        "  ",
        (fit(", ".join(run.roadmaps), names), "bold"),
    ]
    name, counted, marks = shorten_run(run.name), count_written(run.entries, view), _marks(run)
    line = make_line(*head, f"  {counted}", *marks, (f"  {name}", "cyan"))
    if cell_len(line.plain) <= view.width:
        return [line]
    body = "".join([counted, *(mark for mark, _ in marks), f" {name}"])
    lines = [make_line(f"    {part}") for part in wrap_text(body, view.width - 4)]
    lines[-1].stylize("cyan", len(lines[-1].plain) - len(name))
    return [make_line(*head), *lines]


def render_run(run: JournalRun, view: AnswerView) -> list[StyledLine]:
    """Render everything that a run wrote, with the values before and after."""
    lines = [*render_runs([run], view), StyledLine()]
    for name in run.roadmaps:
        entries = [entry for entry in run.entries if entry.roadmap == name]
        actions = tuple(entry.action for entry in entries)
        # Shown like the plan that it once was.
        plan = Plan(name, entries[0].title, "", actions)
        lines += render_plan(plan, replace(view, verbose=True))
    removed = [entry for entry in run.entries if entry.removed]
    if removed and not view.verbose:
        hint = f"tracker log -v {shorten_run(run.name)} shows the text that was removed"
        lines.append(make_line((hint, "dim")))
    for entry in removed if view.verbose else ():
        lines.append(make_line((f"removed from {entry.roadmap}:", "bold")))
        lines += [StyledLine(line) for line in clean_block(entry.removed).strip("\n").split("\n")]
    return lines


def render_undo_head(run: JournalRun, view: AnswerView) -> list[StyledLine]:
    """Return the heading of an undo or redo; for a redo, `run` is the undo to be taken back."""
    verb = "redoing" if run.kind is JournalKind.UNDO else "undoing"
    name = shorten_run(run.step)
    if run.kind is JournalKind.UNDO:
        rest = f" (undone {format_time(run.at)})"
    else:
        rest = f" of {format_time(run.at)}: {count_written(run.entries, view)}"
    lines = [make_line(part) for part in wrap_text(f"{verb} {name}{rest}", view.width)]
    lines[0].stylize("cyan", len(verb) + 1, len(verb) + 1 + len(name))
    return lines


def render_undone(undone: Undone, view: AnswerView) -> list[StyledLine]:
    """Return the lines that say how to go on after a run was undone."""
    run, result = undone.run, undone.result
    if run is None:
        return [make_line(("nothing to undo", "bold"), ": no run wrote anything that stands")]
    if result is None or not result.confirmed:
        return []
    if not result.outcomes:
        return _render_nothing(run, result, "undo")
    # To undo an undo is to redo.
    if run.kind is JournalKind.UNDO:
        return render_redone(undone)
    hints = [make_line(("Redo: tracker redo. One run further back: tracker undo", "dim"))]
    removed = {ended.action.side for ended in result.outcomes if isinstance(ended.action, Delete)}
    # What an edit of the file alone had made is gone from one side only: a sync would bring it back.
    if run.kind is JournalKind.EDIT and len(removed) == 1:
        where = "in the file" if Side.REMOTE in removed else f"in {view.remote.place}"
        hint = f"what still stands {where} comes back with the next sync; remove it there if not"
        hints.insert(0, make_line((hint, "dim")))
    return hints


def render_redone(redone: Undone) -> list[StyledLine]:
    """Return the lines that say how to go on after a run was redone."""
    run, result = redone.run, redone.result
    if run is None:
        return [
            make_line(("nothing to redo", "bold"), ": nothing was undone since the last change")
        ]
    if result is None or not result.confirmed:
        return []
    if not result.outcomes:
        return _render_nothing(run, result, "redo")
    return [make_line(("Undo: tracker undo", "dim"))]


def _render_nothing(run: JournalRun, result: SyncResult, verb: str) -> list[StyledLine]:
    # Holds were told with their reason: something newer is there.
    if result.planned.holds:
        return []
    return [make_line(f"nothing of {shorten_run(run.step)} is left to {verb}")]


def render_forgotten(forgotten: Forgotten | None) -> list[StyledLine]:
    """Render that a roadmap was forgotten, or that it was not."""
    if forgotten is None:
        return [make_line(("nothing was forgotten", "bold"))]
    rows = plural(forgotten.bindings, "row")
    return [make_line(("forgotten", "bold green"), f": {forgotten.roadmap}, {rows}; they stay")]


def count_written(entries: Iterable[JournalEntry], view: AnswerView) -> str:
    """Return in words what was made, changed and removed, side by side."""
    return "; ".join(count_by_side((entry.action for entry in entries), WRITTEN, view.remote))


def format_time(at: str) -> str:
    """Return an ISO time in the local time of this machine, to the minute."""
    try:
        return datetime.fromisoformat(at).astimezone().strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        # A journal that was edited by hand, or a year that this machine has no local time for.
        return at


def shorten_run(name: str) -> str:
    """Return the end of a run's name, which is enough to name it."""
    return name.rpartition("-")[2]


def _marks(run: JournalRun) -> list[tuple[str, str]]:
    marks: list[tuple[str, str]] = []
    if run.kind is not JournalKind.EDIT:
        marks.append((f"  {run.kind} of {shorten_run(run.step)}", "dim"))
    if run.is_open:
        marks.append(("  cut off", "yellow"))
    if run.undone_by:
        marks.append(("  (redone)" if run.kind is JournalKind.UNDO else "  (undone)", "dim"))
    return marks
