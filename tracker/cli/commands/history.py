"""`log`, `undo` and `forget`: what runs wrote, taking one back, and forgetting a roadmap.

Never asks without a terminal; then the flag that answers is named instead.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from tracker.cli.again import format_again
from tracker.cli.call import Call, open_call
from tracker.cli.exits import DONE, FINDINGS, exit_code
from tracker.cli.options import Json, Yes, complete_roadmaps
from tracker.cli.render.as_json import planned_json, sync_json
from tracker.cli.render.history import (
    render_forgotten,
    render_run,
    render_runs,
    render_undo_head,
    render_undone,
    run_json,
    runs_json,
)
from tracker.cli.render.layout import View, plural
from tracker.cli.render.plan import render_planned
from tracker.cli.render.problems import render_problems
from tracker.cli.render.sync import render_summary, render_unfinished
from tracker.errors import Problem, UsageError
from tracker.sync.journal import Run
from tracker.wiring import find_folder, load_settings, open_desk, open_services, open_state
from tracker.workflows.forget import run_forget
from tracker.workflows.results import Forgotten, Planned, Undone
from tracker.workflows.undo import find_run, load_runs, plan_undo, run_undo

app = typer.Typer()

RunName = Annotated[
    str | None,
    typer.Argument(metavar="RUN", help="A run, as `tracker log` names it.", show_default=False),
]


@app.command()
def log(
    context: typer.Context,
    name: RunName = None,
    *,
    count: Annotated[int, typer.Option("-n", metavar="N", min=1, max=1000, help="How many.")] = 20,
    as_json: Json = False,  # noqa: ARG001  read from the raw arguments
) -> int:
    """List the last runs and what they wrote; one run in full, if it is named.

    With -v every run is shown in full. Runs that wrote nothing are not listed.
    """
    call = open_call(context)
    folder = find_folder(call.start)
    view = call.make_view(load_settings(folder).remote_name)
    with open_state(folder) as state:
        runs = (find_run(state, name),) if name is not None else load_runs(state, count)
    return call.answer(
        lambda: run_json(runs[0]) if name is not None else runs_json(runs),
        lambda: _render_log(view, runs, in_full=name is not None),
        DONE,
    )


@app.command()
def undo(
    context: typer.Context,
    name: RunName = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the plan.")] = False,
    yes: Yes = False,
    as_json: Json = False,  # noqa: ARG001  read from the raw arguments
) -> int:
    """Take the last run back on both sides, as far as nothing newer stands there.

    What it changed gets its former value in the file and in Notion; what it made is removed again;
    what it deleted comes back, rows from the trash and text to its place. Taking back is a run
    itself, so that the next `tracker undo` does it again.
    """
    call = open_call(context)
    folder = find_folder(call.start)
    view = call.make_view(load_settings(folder).remote_name)
    if name is not None:
        with open_state(folder) as state:
            name = find_run(state, name).name
    if dry_run:
        return _show_undo(call, view, folder, name)
    if not yes and not call.can_ask:
        raise UsageError(_needs_yes(call, "undo needs confirmation"))
    began = time.monotonic()
    with (
        open_services(folder, environ=call.environ) as services,
        call.screen.progress() as progress,
    ):
        undone = run_undo(
            services,
            name,
            confirm=lambda run, planned: _agree(call, view, run, planned, is_answered=yes),
            progress=progress,
        )
    return _answer_undo(call, view, undone, time.monotonic() - began)


@app.command()
def forget(
    context: typer.Context,
    roadmap: Annotated[
        str,
        typer.Argument(
            metavar="ROADMAP", help="Name of a roadmap.", autocompletion=complete_roadmaps
        ),
    ],
    *,
    yes: Yes = False,
    as_json: Json = False,  # noqa: ARG001  read from the raw arguments
) -> int:
    """Forget which rows belong to a roadmap; neither its file nor its database is touched."""
    call = open_call(context)

    def confirm(found: Forgotten) -> bool:
        if not yes and not call.can_ask:
            raise UsageError(_needs_yes(call, f'forgetting "{roadmap}" needs confirmation'))
        return yes or call.screen.ask(_question(found, remote.place))

    folder = find_folder(call.start)
    remote = load_settings(folder).remote_name
    with open_state(folder) as state:
        forgotten = run_forget(open_desk(folder), state, roadmap, confirm=confirm)
    return call.answer(
        lambda: {
            "roadmap": roadmap,
            "bindings": forgotten.bindings if forgotten else None,
            "file": forgotten.has_file if forgotten else None,
            "forgotten": forgotten is not None,
        },
        lambda: render_forgotten(forgotten),
        DONE if forgotten else FINDINGS,
    )


def _render_log(view: View, runs: Iterable[Run], *, in_full: bool) -> list[Text]:
    if not in_full and not view.verbose:
        return render_runs(tuple(runs), view)
    return [line for run in runs for line in render_run(run, view)] or render_runs((), view)


def _show_undo(call: Call, view: View, folder: Path, name: str | None) -> int:
    with open_services(folder, environ=call.environ, dry_run=True) as services:
        run, planned = plan_undo(services, name)
    if run is None:
        return call.answer(
            lambda: planned_json(planned) | {"undoes": None},
            lambda: render_undone(Undone(), view),
            DONE,
        )
    return call.answer(
        lambda: planned_json(planned) | {"undoes": run.name},
        lambda: _render_plan(view, run, planned),
        exit_code(planned),
    )


def _render_plan(view: View, run: Run, planned: Planned) -> list[Text]:
    return [render_undo_head(run, view), Text(), *render_planned(planned, view)]


def _agree(call: Call, view: View, run: Run, planned: Planned, *, is_answered: bool) -> bool:
    """Show what would be done, and ask."""
    if not call.frame.is_json:
        call.screen.answer(_render_plan(view, run, planned))
    return is_answered or call.screen.ask("take it back?")


def _answer_undo(call: Call, view: View, undone: Undone, seconds: float) -> int:
    if undone.result is None:
        nothing = planned_json(Planned(())) | {"undoes": None}
        return call.answer(lambda: nothing, lambda: render_undone(undone, view), DONE)
    result = replace(undone.result, seconds=seconds)
    call.tell(render_problems(result.stopped.problems if result.stopped else ()))
    return call.answer(
        lambda: sync_json(result) | {"undoes": undone.run.name if undone.run else None},
        lambda: [
            *render_unfinished(result),
            *render_summary(result, view),
            *render_undone(undone, view),
        ],
        exit_code(result),
    )


def _question(found: Forgotten, place: str) -> str:
    rows = plural(found.bindings, "row")
    if found.has_file:
        return (
            f"forget the {rows} of {found.roadmap}? its file is there: the next sync looks for "
            "its database and adopts it again;"
        )
    return f"forget the {rows} of {found.roadmap}? its database stays in {place};"


def _needs_yes(call: Call, what: str) -> Problem:
    return Problem(
        code="needs-yes",
        what=what,
        why="not running in a terminal",
        kept="nothing was written",
        next=format_again(call.context, "--yes"),
    )
