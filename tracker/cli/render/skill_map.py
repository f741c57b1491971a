"""The map of prerequisites: skills in layers, each right of all that it requires.

Pure. Skills that nothing requires and that require nothing are left out, and so is the map of a roadmap
that is too large to be looked at.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

from tracker.cli.render.pictures import Box, Line, Picture
from tracker.progress.order import ListedSkill
from tracker.roadmap.model import Status
from tracker.text import plural

MOST_SKILLS, MOST_LINES = 600, 3000
"""More than this is a tangle, and not a map."""

DOT, ROW, MARGIN, WIDTH = 12, 17, 6, 860
NARROWEST_COLUMN = 20
SWEEPS = 6
"""Times that the layers are put in order by their neighbours; more changes little."""

WORDS = {"ready": "can be started", "doing": "in progress", "todo": "to do"}


def name_state(found: ListedSkill) -> str:
    """Return done, doing, skipped, covered, ready or todo: what a picture shows of a skill."""
    status = found.skill.status
    if found.is_covered and status in (Status.TODO, Status.DOING):
        return "covered"
    return "ready" if found.is_ready else str(status)


def describe_skill(found: ListedSkill) -> str:
    """Return a skill's name and state in words."""
    state = name_state(found)
    return f"{found.skill.name}: {WORDS.get(state, state)}"


def draw_map(skills: Sequence[ListedSkill]) -> Picture | None:
    """Draw the skills of a roadmap by their prerequisites; None without any, or with too many."""
    places = {found.skill.id: n for n, found in enumerate(skills) if found.skill.id}
    requires = {
        n: tuple(
            dict.fromkeys(
                places[it] for it in found.skill.requires if it in places and places[it] != n
            )
        )
        for n, found in enumerate(skills)
    }
    count = sum(map(len, requires.values()))
    tied = {n for n, needed in requires.items() if needed} | {
        it for needed in requires.values() for it in needed
    }
    if not count or count > MOST_LINES or len(tied) > MOST_SKILLS:
        return None
    layers = order_layers(find_layers({n: requires[n] for n in sorted(tied)}), requires)
    height = max(map(len, layers)) * ROW + 2 * MARGIN
    column = max((WIDTH - 2 * MARGIN - DOT) / max(len(layers) - 1, 1), NARROWEST_COLUMN)
    at = {
        n: (
            round(MARGIN + depth * column, 1),
            round(height / 2 + (row - len(layer) / 2) * ROW + (ROW - DOT) / 2, 1),
        )
        for depth, layer in enumerate(layers)
        for row, n in enumerate(layer)
    }
    boxes = tuple(
        Box(*at[n], DOT, DOT, name_state(skills[n]), describe_skill(skills[n]))
        for n in sorted(tied)
    )
    alone = len(skills) - len(tied)
    rest = f"; {plural(alone, 'skill')} without any left out" if alone else ""
    return Picture(
        max(WIDTH, round(MARGIN * 2 + DOT + (len(layers) - 1) * column)),
        height,
        f"{plural(len(tied), 'skill')} in {plural(len(layers), 'layer')} by prerequisites{rest}",
        boxes,
        tuple(
            Line(_bend(at[needed], at[n]), "met" if _is_met(skills[needed]) else "unmet")
            for n in sorted(tied)
            for needed in requires[n]
        ),
    )


def find_layers(requires: Mapping[int, Sequence[int]]) -> list[list[int]]:
    """Put every skill into the first layer behind all that it requires.

    Skills in a circle, which `check` reports, and those behind it share the last layer.
    """
    waiting = {n: len(needed) for n, needed in requires.items()}
    unlocks: dict[int, list[int]] = {n: [] for n in requires}
    for n, needed in requires.items():
        for it in needed:
            unlocks[it].append(n)
    depth = {n: 0 for n, count in waiting.items() if not count}
    ready = deque(depth)
    placed: list[int] = []
    while ready:
        n = ready.popleft()
        placed.append(n)
        for following in unlocks[n]:
            depth[following] = max(depth.get(following, 0), depth[n] + 1)
            waiting[following] -= 1
            if not waiting[following]:
                ready.append(following)
    layers: list[list[int]] = [[] for _ in range(max((depth[n] for n in placed), default=-1) + 1)]
    for n in sorted(placed):
        layers[depth[n]].append(n)
    circle = [n for n in requires if waiting[n]]
    return [*layers, circle] if circle else layers


def order_layers(
    layers: Sequence[Sequence[int]], requires: Mapping[int, Sequence[int]]
) -> list[list[int]]:
    """Order each layer by where its neighbours stand, so that fewer lines cross."""
    neighbours: dict[int, list[int]] = {n: list(requires[n]) for layer in layers for n in layer}
    for n in list(neighbours):
        for needed in requires[n]:
            neighbours[needed].append(n)
    ordered = [list(layer) for layer in layers]
    place = {n: row - len(layer) / 2 for layer in ordered for row, n in enumerate(layer)}
    for sweep in range(SWEEPS):
        for layer in ordered if sweep % 2 == 0 else reversed(ordered):
            layer.sort(key=lambda n: sum(place[it] for it in neighbours[n]) / len(neighbours[n]))
            place |= {n: row - len(layer) / 2 for row, n in enumerate(layer)}
    return ordered


def _bend(start: tuple[float, float], end: tuple[float, float]) -> str:
    x, y = start[0] + DOT, start[1] + DOT / 2
    to_x, to_y = end[0], end[1] + DOT / 2
    middle = round((x + to_x) / 2, 1)
    return f"M{x:g} {y:g}C{middle:g} {y:g} {middle:g} {to_y:g} {to_x:g} {to_y:g}"


def _is_met(found: ListedSkill) -> bool:
    return name_state(found) in ("done", "covered", "skipped")
