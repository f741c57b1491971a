"""What waits for a decision, and what was decided, as people and as scripts read it.

Pure. Every open field comes with the commands that settle it.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text

from tracker.cli.render.as_json import problems_json, refusal_json, sync_json, value_json
from tracker.cli.render.conflict import render_values
from tracker.cli.render.layout import View, make_line, plural, wrap_text
from tracker.cli.render.plan import name_own_value, render_conflict_head, render_hold, render_plans
from tracker.cli.render.problems import render_refusal
from tracker.cli.render.sync import render_unfinished
from tracker.errors import Severity
from tracker.settings import RemoteName
from tracker.sync.one_skill import OpenField
from tracker.sync.plan import Hold, Take
from tracker.workflows.results import OpenEnds, Settled

Json = dict[str, object]


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
    words = _list_words(open_field, view.remote)
    first, *others = words or ["VALUE"]
    if words:
        others += name_own_value(open_field.conflict.field)
    ways = wrap_text(f"(or {', '.join(others)})", view.width - 6) if others else []
    return [
        make_line(("    resolve: ", "dim"), f"{_command(roadmap, open_field)} --take {first}"),
        *(make_line(f"      {part}") for part in ways),
    ]


def _list_words(open_field: OpenField, remote: RemoteName) -> list[str]:
    """Return what `--take` can be given for a field, in the words of this folder."""
    return [remote.word if word is Take.REMOTE else str(word) for word in open_field.can_take]


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


def open_ends_json(ends: OpenEnds, remote: RemoteName) -> Json:
    """Return the keys of a list of all that waits for a decision."""
    conflicts = [_open_json(name, each, remote) for name, each in ends.fields if not each.is_held]
    held = [_open_json(name, each, remote) for name, each in ends.fields if each.is_held]
    return {
        "conflicts": conflicts,
        "holds": [*held, *(_hold_json(name, hold) for name, hold in ends.holds)],
        "refusals": [refusal_json(name, each) for name, each in ends.refusals],
        "problems": problems_json(ends.problems),
        "requests": ends.requests,
    }


def settled_json(settled: Settled) -> Json:
    """Return the keys of what was settled, beside those of a sync."""
    keys: Mapping[str, object] = sync_json(settled.result)
    return {
        **keys,
        "roadmap": settled.roadmap,
        "skill": settled.skill_id,
        "settled": [each.value for each in settled.fields],
    }


def _command(roadmap: str, open_field: OpenField) -> str:
    conflict = open_field.conflict
    return f"tracker resolve {roadmap}/{conflict.skill_id} {conflict.field}"


def _open_json(roadmap: str, open_field: OpenField, remote: RemoteName) -> Json:
    conflict = open_field.conflict
    command = _command(roadmap, open_field)
    return {
        "roadmap": roadmap,
        "skill": conflict.skill_id,
        "name": conflict.name,
        "page": None,
        "field": conflict.field.value,
        "base": value_json(conflict.base),
        "local": value_json(conflict.local),
        "remote": value_json(conflict.remote),
        "reason": conflict.reason or None,
        "readable": open_field.is_readable,
        "settle": [f"{command} --take {word}" for word in _list_words(open_field, remote)],
    }


def _hold_json(roadmap: str, hold: Hold) -> Json:
    empty: Json = dict.fromkeys(("name", "base", "local", "remote"))
    return {
        "roadmap": roadmap,
        "skill": hold.skill_id,
        "page": hold.page_id,
        "field": hold.field.value if hold.field else None,
        **empty,
        "reason": hold.reason,
        "readable": False,
        "settle": [],
    }
