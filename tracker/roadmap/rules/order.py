"""Checks of what comes before what: prerequisites, references and dates.

Pure: no clock, no disk, no network.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from tracker.roadmap.dates import are_in_order
from tracker.roadmap.graph import walk_circles
from tracker.roadmap.model import Roadmap, Status
from tracker.roadmap.rules.finding import Advice, Finding, KeyPath, name_skill, walk
from tracker.roadmap.texts import show

_CYCLE_SHOWN = 12


def unknown_requires(roadmap: Roadmap) -> Iterator[Finding]:
    """Find requirements that are no skills of the same roadmap."""
    ids = {skill.id for skill in roadmap.skills if skill.id is not None}
    advice = Advice(sorted(ids))
    for path, skill in walk(roadmap):
        for index, needed in enumerate(skill.requires):
            if needed not in ids:
                yield Finding(
                    (*path, "requires", index),
                    f"{name_skill(skill)} requires `{show(needed)}`, which is no skill here",
                    "`requires` lists ids of skills of this roadmap",
                    advice.give(needed),
                )


def self_requires(roadmap: Roadmap) -> Iterator[Finding]:
    """Find skills that require themselves."""
    for path, skill in walk(roadmap):
        for index, needed in enumerate(skill.requires):
            if needed == skill.id:
                yield Finding(
                    (*path, "requires", index),
                    f"{name_skill(skill)} requires itself",
                    "it could never be started",
                    f"take `{needed}` out of its `requires`",
                )


def requires_cycle(roadmap: Roadmap) -> Iterator[Finding]:
    """Find prerequisites that lead back to where they started; one finding closes each circle."""
    graph, paths = _make_graph(roadmap)
    for trail in walk_circles(graph):
        *walked, needed = trail
        yield _make_cycle(paths[walked[-1], needed], walked, needed)


def date_order(roadmap: Roadmap) -> Iterator[Finding]:
    """Find skills completed before they were started."""
    for path, skill in walk(roadmap):
        if not are_in_order(skill.started, skill.completed):
            yield Finding(
                (*path, "completed"),
                f"{name_skill(skill)} is completed on {skill.completed}, before it was started",
                f"it was started on {skill.started}",
                "correct one of the two dates",
            )


def completed_open(roadmap: Roadmap) -> Iterator[Finding]:
    """Find skills with a completion date that are still to do or under way."""
    for path, skill in walk(roadmap):
        if skill.completed is None or not are_in_order(skill.started, skill.completed):
            continue  # `date_order` names the second: one finding a value is enough
        if skill.status in {Status.TODO, Status.DOING}:
            yield Finding(
                (*path, "completed"),
                f"{name_skill(skill)} was completed on {skill.completed}, but is `{skill.status}`",
                "it counts as not done, and its date is in no report",
                "write `status: done`, or take `completed` out",
            )


def unknown_reference(
    roadmap: Roadmap, ids: Mapping[str, Collection[str | None]]
) -> Iterator[Finding]:
    """Find skills that are covered by what does not exist, though its roadmap is present."""
    advice = {name: Advice([each for each in known if each]) for name, known in ids.items()}
    for path, skill in walk(roadmap):
        for index, reference in enumerate(skill.covered_by):
            other, _, wanted = reference.partition("/")
            if other in ids and wanted not in ids[other]:
                yield Finding(
                    (*path, "covered_by", index),
                    f"{name_skill(skill)} is covered by `{reference}`, which does not exist",
                    f"roadmap `{other}` has no skill `{wanted}`",
                    advice[other].give(wanted),
                )


def _make_graph(
    roadmap: Roadmap,
) -> tuple[dict[str, list[str]], dict[tuple[str, str], KeyPath]]:
    """Return who requires whom by id, without self-loops, and the path of every such entry."""
    graph: dict[str, list[str]] = {skill.id: [] for skill in roadmap.skills if skill.id is not None}
    paths: dict[tuple[str, str], KeyPath] = {}
    for path, skill in walk(roadmap):
        for index, needed in enumerate(skill.requires):
            if skill.id is None or needed == skill.id or needed not in graph:
                continue
            if (skill.id, needed) not in paths:
                paths[skill.id, needed] = (*path, "requires", index)
                graph[skill.id].append(needed)
    return graph, paths


def _make_cycle(path: KeyPath, trail: list[str], start: str) -> Finding:
    cycle = trail[trail.index(start) :]
    if len(cycle) > _CYCLE_SHOWN:
        cycle = [*cycle[: _CYCLE_SHOWN - 2], f"({len(cycle) - _CYCLE_SHOWN + 1} more)", cycle[-1]]
    return Finding(
        path,
        f"prerequisites go in a circle: {' → '.join([*cycle, start])}",
        "none of these skills could ever be started",
        f"take `{start}` out of the `requires` of `{trail[-1]}`, or break the circle elsewhere",
    )
