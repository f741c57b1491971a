"""Plans, conflicts and the results of a sync, as people read them.

Pure. Decides nothing: the order of showing is not the order of doing, and every number comes from
the values.

    + → notion   the skill is made in Notion        + ← notion   it is made in the file
    ~ → notion   Notion gets the file's value       ~ ← notion   the file gets Notion's
    - → notion   the row goes to Notion's trash     - ← notion   the skill leaves the file
    ! both       changed on both sides: a conflict  . held       left alone, and why
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil

from rich.text import Text

from tracker.cli.render.layout import Part, cut, fit, make_line, plural, widest, wrap_text
from tracker.cli.render.problems import render_refusal
from tracker.cli.render.values import NOTHING, format_change, format_value
from tracker.sync.plan import (
    Action,
    Adopt,
    Conflict,
    Create,
    Delete,
    Forget,
    Hold,
    Plan,
    Update,
)
from tracker.sync.snapshot import Side
from tracker.workflows.results import Planned

MOST_LINES = 20
"""Lines of actions per roadmap before the rest is counted; `-v` shows all."""

MOST_HELD = 10
"""Holds per roadmap before the rest is counted: a database out of sight holds every skill."""

SIGNS: dict[type[Action], tuple[str, str]] = {
    Create: ("+", "green"),
    Update: ("~", "yellow"),
    Delete: ("-", "red"),
}
ARROWS = {Side.REMOTE: "→ notion", Side.LOCAL: "← notion"}
SHOWN_FIRST = (Delete, Update, Create)
NAMES_WIDTH = 30
FIELD_WIDTH = 10
SUMMARY = "plan: "
SECONDS_PER_REQUEST = 0.05
"""Ten at a time, each answered in about half a second."""


def render_planned(
    planned: Planned, width: int, *, verbose: bool = False, budget: int | None = None
) -> list[Text]:
    """Render everything a sync would do, with a summary at the end."""
    lines = render_plans(planned, width, verbose=verbose)
    summary = wrap_text(_summarise_plan(planned, budget), width - len(SUMMARY))
    heads = [SUMMARY, *[" " * len(SUMMARY)] * len(summary)]
    return [
        *lines,
        *(make_line((head, "bold"), part) for head, part in zip(heads, summary, strict=False)),
    ]


def render_plans(planned: Planned, width: int, *, verbose: bool = False) -> list[Text]:
    """Render everything a sync would do, roadmap by roadmap, and what speaks against it."""
    lines: list[Text] = []
    for plan in planned.plans:
        lines += render_plan(plan, width, verbose=verbose)
    for roadmap, refusal in planned.refusals:
        lines += render_refusal(roadmap, refusal)
    return lines


def render_plan(plan: Plan, width: int, *, verbose: bool = False) -> list[Text]:
    """Render one roadmap's plan; nothing at all when there is nothing to say."""
    body = [
        *(_render_section(before, after) for before, after in plan.sections),
        *_render_writes(plan.writes, width, verbose=verbose),
        *_render_quiet(plan.actions),
        *_render_holds(plan.holds, width, verbose=verbose),
        *(line for each in plan.conflicts for line in render_conflict(plan.roadmap, each, width)),
    ]
    if not body:
        return []
    return [make_line((plan.title, "bold"), (f"  {plan.roadmap}", "dim")), *body, Text()]


def render_conflict(roadmap: str, conflict: Conflict, width: int) -> list[Text]:
    """Render a conflict with its three values, and the commands that settle it."""
    room = width - 16
    head: list[Part] = [
        ("  ! both      ", "bold magenta"),
        (cut(conflict.name, room - len(conflict.field)), "bold"),
        f"  {conflict.field}",
    ]
    if conflict.reason:
        head.append((f"  ({cut(conflict.reason, room // 2)})", "dim"))
    values = (("base", conflict.base), ("local", conflict.local), ("notion", conflict.remote))
    settle = f"tracker resolve {roadmap}/{conflict.skill_id} {conflict.field} --take local"
    return [
        make_line(*head),
        *(
            make_line((f"      {name:<8}", "dim"), cut(format_value(value), room))
            for name, value in values
        ),
        make_line(("      settle  ", "dim"), settle),
        make_line(("              ", "dim"), "(or notion, base, or a value of its own)"),
    ]


def count_writes(actions: Iterable[Action]) -> str:
    """Return in words what is to be made, changed and removed, side by side."""
    counted = []
    listed = list(actions)
    for side, place in ((Side.REMOTE, "in Notion"), (Side.LOCAL, "in the files")):
        words = [
            f"{count} to {word}"
            for kind, word in ((Create, "create"), (Update, "update"), (Delete, "delete"))
            if (count := sum(isinstance(each, kind) and each.side is side for each in listed))
        ]
        if words:
            counted.append(f"{', '.join(words)} {place}")
    return "; ".join(counted)


def estimate_seconds(requests: int, budget: int) -> int:
    """Return about how long requests take when so many are allowed in 60 seconds."""
    waits = max(ceil(requests / budget) - 1, 0)
    return 60 * waits + ceil((requests - waits * budget) * SECONDS_PER_REQUEST)


def _summarise_plan(planned: Planned, budget: int | None) -> str:
    writes = count_writes(action for plan in planned.plans for action in plan.writes)
    parts = [writes or "nothing to do: both sides are equal"]
    if planned.conflicts or planned.holds:
        parts[0] = writes or "nothing to write"
    if planned.conflicts:
        parts.append(plural(len(planned.conflicts), "conflict"))
    if planned.holds:
        parts.append(f"{len(planned.holds)} held")
    if requests := planned.estimated_requests:
        time = f" in about {estimate_seconds(requests, budget)} s" if budget else ""
        parts.append(f"{plural(requests, 'request')}{time}")
    return "; ".join(parts)


def _render_writes(writes: Sequence[Action], width: int, *, verbose: bool) -> list[Text]:
    ordered = sorted(writes, key=lambda action: SHOWN_FIRST.index(type(action)))
    names = widest((action.skill_id or "" for action in ordered), NAMES_WIDTH)
    lines: list[Text] = []
    for shown, action in enumerate(ordered):
        block = _render_write(action, names, width)
        if not verbose and lines and len(lines) + len(block) > MOST_LINES:
            rest = ordered[shown:]
            more = f"  … and {len(rest)} more: {count_writes(rest)}"
            return [*lines, make_line(more, ("   (tracker -v plan shows all)", "dim"))]
        lines += block
    return lines


def _render_write(action: Action, names: int, width: int) -> list[Text]:
    if not isinstance(action, Create | Update | Delete):
        return []
    sign, style = SIGNS[type(action)]
    head: list[Part] = [
        (f"  {sign} {ARROWS[action.side]}  ", style),
        (fit(action.skill_id, names), "bold"),
        "  ",
    ]
    room = max(width - 16 - names, 20)
    if isinstance(action, Update):
        return _render_update(head, action, room)
    what = cut(action.record.name, room)
    if isinstance(action, Create):
        return [make_line(*head, what)]
    where = "to Notion's trash" if action.side is Side.REMOTE else "out of the file"
    return [make_line(*head, cut(what, max(room - len(where) - 2, 10)), (f"  {where}", "dim"))]


def _render_update(head: list[Part], action: Update, room: int) -> list[Text]:
    notes: list[Part] = [("back from the trash", "dim")] if action.restore else []
    if len(action.changes) == 1 and not notes:
        (change,) = action.changes
        field = f"{change.field}: "
        return [make_line(*head, (field, "dim"), format_change(change, room - len(field)))]
    changes = [
        make_line(
            (f"                {change.field:<{FIELD_WIDTH}} ", "dim"),
            format_change(change, room + 2),
        )
        for change in action.changes
    ]
    return [make_line(*head, *notes), *changes]


def _render_section(before: str, after: str) -> Text:
    return make_line(
        ("  ~ ← notion  ", "yellow"), ("section ", "dim"), f"{cut(before, 24)} → {cut(after, 24)}"
    )


def _render_quiet(actions: Sequence[Action]) -> list[Text]:
    """Count what changes neither side: pairs that are only remembered or forgotten."""
    adopted = sum(isinstance(each, Adopt) for each in actions)
    forgotten = sum(isinstance(each, Forget) for each in actions)
    lines = []
    if adopted:
        lines.append(make_line(("  = ", "dim"), f"{plural(adopted, 'skill')} equal; remembered"))
    if forgotten:
        gone = f"{plural(forgotten, 'skill')} gone on both sides; forgotten"
        lines.append(make_line(("  = ", "dim"), gone))
    return lines


def _render_holds(holds: Sequence[Hold], width: int, *, verbose: bool) -> list[Text]:
    shown = holds if verbose else holds[:MOST_HELD]
    lines = [line for hold in shown for line in render_hold(hold, width)]
    if len(shown) < len(holds):
        more = f"  … and {len(holds) - len(shown)} more held"
        lines.append(make_line(more, ("   (tracker -v plan shows all)", "dim")))
    return lines


def render_hold(hold: Hold, width: int) -> list[Text]:
    """Render what is left alone, and why."""
    who = hold.skill_id or f"page {hold.page_id or NOTHING}"
    field = f" {hold.field}" if hold.field else ""
    head = make_line(("  . held      ", "cyan"), (cut(who, 50), "bold"), field)
    return [
        head,
        *(make_line("              ", each) for each in wrap_text(hold.reason, width - 14)),
    ]
