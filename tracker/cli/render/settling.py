"""What waits for a decision, and what was decided, as people and as scripts read it.

Pure. Every open field comes with the commands that settle it.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text

from tracker.cli.render.as_json import problems_json, refusal_json, sync_json, value_json
from tracker.cli.render.layout import Part, cut, make_line, plural, wrap_text
from tracker.cli.render.plan import render_hold, render_plans
from tracker.cli.render.problems import render_refusal
from tracker.cli.render.sync import render_unfinished
from tracker.cli.render.values import format_value
from tracker.sync.plan import Hold
from tracker.sync.settling import OpenField
from tracker.sync.snapshot import Field
from tracker.workflows.results import OpenEnds, Settled

UNREADABLE = "(cannot be read)"
INDENT = 14
Json = dict[str, object]


def render_open_ends(ends: OpenEnds, width: int) -> list[Text]:
    """Render all that waits for a decision, or that nothing does."""
    lines = [line for name, each in ends.fields for line in render_open(name, each, width)]
    lines += [line for _, hold in ends.holds for line in render_hold(hold, width)]
    for roadmap, refusal in ends.refusals:
        lines += render_refusal(roadmap, refusal)
    if not ends.fields and not ends.holds:
        return [*lines, make_line(("no conflicts", "bold green"), ": nothing is held either")]
    conflicts = sum(not each.is_held for _, each in ends.fields)
    held = len(ends.fields) - conflicts + len(ends.holds)
    parts = [plural(conflicts, "conflict")] * bool(conflicts) + [f"{held} held"] * bool(held)
    return [*lines, Text(), make_line(("open", "bold yellow"), f": {', '.join(parts)}")]


def render_open(roadmap: str, open_field: OpenField, width: int) -> list[Text]:
    """Render one open field with its three values, its reason, and what settles it."""
    conflict = open_field.conflict
    sign = ("  . held      ", "cyan") if open_field.is_held else ("  ! both      ", "bold magenta")
    room = width - INDENT - 2
    head: list[Part] = [sign, (cut(conflict.name, room - 12), "bold"), f"  {conflict.field}"]
    remote = format_value(conflict.remote) if open_field.is_readable else UNREADABLE
    values = (
        ("base", format_value(conflict.base)),
        ("local", format_value(conflict.local)),
        ("notion", remote),
    )
    why = wrap_text(conflict.reason, room) if conflict.reason else []
    command = _command(roadmap, open_field)
    own = ["or a value of its own"] * (conflict.field is not Field.RESOURCES)
    words = ", ".join([*open_field.can_take[1:], *own])
    return [
        make_line(*head),
        *(_labelled("why" if not n else "", part) for n, part in enumerate(why)),
        *(_labelled(name, cut(value, room)) for name, value in values),
        _labelled("settle", f"{command} --take {next(iter(open_field.can_take), 'VALUE')}"),
        *([_labelled("", f"({words})")] if open_field.can_take and words else []),
    ]


def render_settled(settled: Settled, width: int) -> list[Text]:
    """Render what was written, what is left open, and a line that sums it up."""
    planned = settled.result.planned
    lines = [*render_plans(planned, width), *render_unfinished(settled.result)]
    reference = f"{settled.roadmap}/{settled.skill_id}"
    left = len(planned.conflicts) + len(planned.holds)
    rest = f"; {left} left" if left else ""
    if not settled.fields:
        return [*lines, make_line(("nothing was settled", "bold yellow"), f" of {reference}{rest}")]
    style = "bold yellow" if left else "bold green"
    what = f": {', '.join(settled.fields)} of {reference}{rest}"
    return [*lines, make_line(("settled", style), what)]


def open_ends_json(ends: OpenEnds) -> Json:
    """Return the keys of a list of all that waits for a decision."""
    conflicts = [_open_json(name, each) for name, each in ends.fields if not each.is_held]
    held = [_open_json(name, each) for name, each in ends.fields if each.is_held]
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


def _open_json(roadmap: str, open_field: OpenField) -> Json:
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
        "settle": [f"{command} --take {word}" for word in open_field.can_take],
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


def _labelled(label: str, text: str) -> Text:
    return make_line((f"      {label:<8}", "dim"), text)
