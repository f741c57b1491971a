"""Roadmaps that came in or were begun, as people read them.

Pure.
"""

from __future__ import annotations

from rich.text import Text

from tracker.cli.render.layout import make_line, plural
from tracker.cli.render.problems import count_severities, render_finding
from tracker.workflows.exchange import ImportResult, NewResult


def render_imported(result: ImportResult) -> list[Text]:
    """Render a roadmap that came in, and how to go on."""
    roadmap = result.roadmap
    contents = f"{plural(len(roadmap.sections), 'section')}, {plural(len(roadmap.skills), 'skill')}"
    return [
        make_line(("imported", "bold green"), f": {result.path}"),
        make_line(f"  {roadmap.title}", (f"  {contents}", "dim")),
        make_line(("  next  ", "dim"), "tracker check    # then tracker sync"),
    ]


def render_not_understood(result: ImportResult) -> list[Text]:
    """Render what of a foreign file did not come in, line by line, and a sum."""
    if not result.not_understood:
        return []
    found = [line for each in result.not_understood for line in render_finding(each)]
    total = count_severities(result.not_understood)
    return [*found, make_line((total, "bold yellow"), "; everything else was taken over")]


def render_begun(result: NewResult) -> list[Text]:
    """Render a roadmap that was begun, and how to go on."""
    files = [make_line(("  + ", "green"), path) for path in result.files]
    step = f"write your skills into {result.files[0]}, then tracker check"
    return [
        make_line(("begun", "bold green"), f": {result.title}"),
        *files,
        make_line(("  next  ", "dim"), step),
    ]
