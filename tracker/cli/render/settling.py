"""What waits for a decision, and what was decided, as people and as scripts read it.

Pure. Every open field comes with the commands that settle it.
"""

from __future__ import annotations

from rich.text import Text

from tracker.cli.render.answers import format_resolve, list_takes
from tracker.cli.render.conflict import render_values
from tracker.cli.render.layout import View, make_line, plural, wrap_text
from tracker.cli.render.plan import name_own_value, render_conflict_head, render_hold, render_plans
from tracker.cli.render.problems import render_refusal
from tracker.cli.render.sync import render_unfinished
from tracker.errors import Severity
from tracker.sync.one_skill import OpenField
from tracker.workflows.results import OpenEnds, Settled


def render_open_ends(ends: OpenEnds, view: View) -> list[Text]:
    """Render all that waits for a decision, or that nothing does."""
    lines: list[Text] = []
    for name, open_field in ends.fields:
        lines += [*render_open(open_field, view), *render_ways(name, open_field, view), Text()]
    lines += [line for _, hold in ends.holds for line in render_hold(hold, view.width)]
    lines += [Text()] * bool(ends.holds)
    for roadmap, refusal in ends.refusals:
        lines += render_refusal(roadmap, refusal, is_reading=view.is_reading)
    if not ends.fields and not ends.holds:
        if any(problem.severity is Severity.ERROR for problem in ends.problems):
            return [*lines, make_line(("no conflicts in the roadmaps that load", "bold yellow"))]
        return [*lines, make_line(("no conflicts", "bold green"))]
    conflicts = sum(not each.is_held for _, each in ends.fields)
    held = len(ends.fields) - conflicts + len(ends.holds)
    parts = [f"{plural(conflicts, 'conflict')} to resolve"] * bool(conflicts)
    return [*lines, make_line((", ".join([*parts, *[f"{held} held"] * bool(held)]), "bold yellow"))]


def render_open(open_field: OpenField, view: View) -> list[Text]:
    """Render one open field with its three values in full, and its reason."""
    sign = ("  . held      ", "cyan") if open_field.is_held else ("  ! both      ", "bold magenta")
    return [
        *render_conflict_head(sign, open_field.conflict, view),
        *render_values(open_field.conflict, view, is_readable=open_field.is_readable),
    ]


def render_ways(roadmap: str, open_field: OpenField, view: View) -> list[Text]:
    """Render the command that settles an open field, and the other words it takes."""
    words = list_takes(open_field, view.remote)
    first, *others = words or ["VALUE"]
    if words:
        others += name_own_value(open_field.conflict.field)
    ways = wrap_text(f"(or {', '.join(others)})", view.width - 6) if others else []
    return [
        make_line(
            ("    resolve: ", "dim"), f"{format_resolve(roadmap, open_field)} --take {first}"
        ),
        *(make_line(f"      {part}") for part in ways),
    ]


def render_settled(settled: Settled, view: View) -> list[Text]:
    """Render what was written, what is left open, and a line that sums it up."""
    planned = settled.result.planned
    lines = [*render_plans(planned, view), *render_unfinished(settled.result)]
    reference = f"{settled.roadmap}/{settled.skill_id}"
    left = len(planned.conflicts) + len(planned.holds)
    rest = f"; {left} left" if left else ""
    if not settled.fields:
        return [*lines, make_line(("nothing was settled", "bold yellow"), f" of {reference}{rest}")]
    style = "bold yellow" if left else "bold green"
    what = f": {', '.join(settled.fields)} of {reference}{rest}"
    return [*lines, make_line(("settled", style), what)]
