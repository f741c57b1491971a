"""`mark`, `start` and `done`: set the status of skills in their files, with no network at all."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import typer

from tracker.cli.app import Invocation, open_call
from tracker.cli.options import complete_mark, complete_skills
from tracker.cli.render.layout import render_problems
from tracker.cli.render.learning_json import marks_json, ticked_json
from tracker.cli.render.marks import render_marks, render_ticked
from tracker.errors import Problem, SettingsError, StateError, UsageError
from tracker.roadmap.model import Status
from tracker.wiring import find_folder, open_agreed, open_local
from tracker.workflows.marks import run_mark_covered, run_marks
from tracker.workflows.unsynced import find_unsynced

app = typer.Typer()

Queries = Annotated[
    list[str],
    typer.Argument(
        metavar="SKILL...",
        help="Skills: ids, ROADMAP/ID, names, or unique parts of names.",
        autocompletion=complete_skills,
    ),
]


@app.command()
def mark(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SKILL... STATUS",
            help="Skills (id, name or unique part of a name) and todo|doing|done|skipped. "
            "With --covered: roadmaps to include [default: all].",
            autocompletion=complete_mark,
            show_default=False,
        ),
    ] = None,
    *,
    covered: Annotated[
        bool,
        typer.Option("--covered", help="Tick every skill that other skills cover (covered_by)."),
    ] = False,
) -> int:
    """Set the status of skills in their files, with the date that goes with it.

    The other side learns of it from the next sync. Nothing is written unless all skills are known.
    """
    call = open_call(context)
    if covered:
        return _mark_covered(call, words or [])
    return _mark(call, *_parse_mark(words or []))


@app.command()
def start(context: typer.Context, queries: Queries) -> int:
    """Start skills: they are in progress from today on."""
    return _mark(open_call(context), queries, Status.DOING)


@app.command()
def done(context: typer.Context, queries: Queries) -> int:
    """Tick skills off, today; says what that unlocks and how far the section is."""
    return _mark(open_call(context), queries, Status.DONE)


def _mark(call: Invocation, queries: list[str], status: Status) -> int:
    folder = find_folder(call.folder)
    result = run_marks(
        open_local(folder),
        queries,
        status,
        warn=lambda problem: call.tell(render_problems([problem])),
    )
    # What was marked is in the file: nothing that is wrong with settings or state undoes that.
    unsynced = None
    with suppress(SettingsError, StateError), open_agreed(folder) as state:
        unsynced = find_unsynced(state, result.roadmaps)
    return call.answer(
        lambda: marks_json(result) | {"unsynced": unsynced.count if unsynced else None},
        lambda: render_marks(result, unsynced, call.make_view()),
        0,
    )


def _mark_covered(call: Invocation, names: list[str]) -> int:
    ticked = run_mark_covered(open_local(find_folder(call.folder)), names)
    return call.answer(
        lambda: ticked_json(ticked),
        lambda: render_ticked(ticked, call.make_view()),
        0,
    )


def _parse_mark(words: list[str]) -> tuple[list[str], Status]:
    """Return skills and the status; raise UsageError for anything else."""
    # The status comes last: names of skills may be several words, and any number of them.
    statuses = ", ".join(Status)
    *queries, last = words or [""]
    word = last.casefold()
    if queries and word in set(Status):
        return queries, Status(word)
    if len(words) < 2:  # noqa: PLR2004  a skill and a status
        what = f"missing argument '{('SKILL', 'STATUS')[len(words)]}'"
    else:
        what = f'"{last}" is not a status'
    raise UsageError(
        Problem(
            code="usage",
            what=what,
            why=f"a status is one of {statuses}",
            kept="nothing was written",
            next="tracker mark SKILL... STATUS    # or tracker mark --covered; tracker mark --help",
        )
    )
