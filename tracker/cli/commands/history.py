"""`log`, `undo`, `redo` and `forget`: what runs wrote, stepping back and forward, and forgetting.

Never asks without a terminal; then the flag that answers is named instead.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Annotated

import typer

from tracker.cli.app import Invocation, open_call
from tracker.cli.exits import DONE, FINDINGS, exit_code
from tracker.cli.lines import StyledLine
from tracker.cli.options import (
    Count,
    DryRun,
    Yes,
    advising,
    complete_roadmaps,
    format_again,
    require_answer,
)
from tracker.cli.render.answers import log_json, planned_json, sync_json
from tracker.cli.render.json_values import pick
from tracker.cli.render.layout import render_problems
from tracker.cli.render.plan import (
    render_forgotten,
    render_planned,
    render_plans,
    render_redone,
    render_run,
    render_runs,
    render_summary,
    render_undo_head,
    render_undone,
    render_unfinished,
    shorten_run,
)
from tracker.ports import Progress, Services
from tracker.sync.journal import JournalKind, JournalRun
from tracker.text import plural
from tracker.wiring import find_folder, load_settings, open_local, open_services, open_state
from tracker.workflows.mending import run_forget
from tracker.workflows.results import Forgotten, Planned, Undone
from tracker.workflows.undo import find_run, load_runs, plan_redo, plan_undo, run_redo, run_undo

app = typer.Typer()

DONE_WORDS = {"undo": "undone", "redo": "redone"}

RunName = Annotated[
    str | None,
    typer.Argument(metavar="RUN", help="A run, as `tracker log` names it.", show_default=False),
]


@app.command()
def log(context: typer.Context, name: RunName = None, *, count: Count = 20) -> int:
    """List the last runs and what they wrote; one run in full, if it is named.

    With -v every run is shown in full. Runs that wrote nothing are not listed.
    """
    call = open_call(context)
    folder = find_folder(call.folder)
    view = call.make_view(load_settings(folder).remote_name)
    with open_state(folder) as state:
        runs = (find_run(state, name),) if name is not None else load_runs(state, count)
    return call.answer(
        lambda: log_json(runs, in_full=name is not None),
        lambda: (
            [line for run in runs for line in render_run(run, view)]
            if runs and (name is not None or view.verbose)
            else render_runs(runs, view)
        ),
        DONE,
    )


@app.command()
def undo(
    context: typer.Context, name: RunName = None, *, dry_run: DryRun = False, yes: Yes = False
) -> int:
    """Undo the last run on both sides, as far as nothing newer stands there.

    What it changed gets its former value in the file and on the other side; what it made is removed
    again; what it deleted comes back, rows from the trash and text to its place. Each further
    `tracker undo` goes one run back, and `tracker redo` one forward.
    """
    step = _Step(open_call(context), "undo")
    if name is not None:
        # A run that does not exist is told before Notion is asked for anything.
        with open_state(step.folder) as state:
            name = find_run(state, name).name
    if dry_run:
        return step.show(lambda services: plan_undo(services, name))
    # Nobody can answer a script's question: it is told so before the first request.
    if not yes:
        require_answer(step.call, "undo")
    return step.run(
        lambda services, progress: run_undo(
            services, name, confirm=partial(step.confirm, is_answered=yes), progress=progress
        )
    )


@app.command()
def redo(context: typer.Context, *, dry_run: DryRun = False, yes: Yes = False) -> int:
    """Redo the run that was undone last, on both sides.

    Goes forward one run at a time, until nothing is undone; a run that changes something new ends that.
    """
    step = _Step(open_call(context), "redo")
    if dry_run:
        return step.show(plan_redo)
    if not yes:
        require_answer(step.call, "redo")
    return step.run(
        lambda services, progress: run_redo(
            services, confirm=partial(step.confirm, is_answered=yes), progress=progress
        )
    )


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
) -> int:
    """Forget which rows belong to a roadmap; neither its file nor its database is touched."""
    call = open_call(context)
    folder = find_folder(call.folder)
    remote = load_settings(folder).remote_name

    def confirm(found: Forgotten) -> bool:
        if yes:
            return True
        require_answer(call, f'forgetting "{roadmap}"')
        rows = plural(found.bindings, "row")
        after = f"its database stays in {remote.place}"
        if found.has_file:
            after = "its file is there: the next sync looks for its database and adopts it again"
        return call.screen.ask(f"forget the {rows} of {found.roadmap}? {after};")

    with open_state(folder) as state:
        forgotten = run_forget(open_local(folder), state, roadmap, confirm=confirm)
    return call.answer(
        lambda: {
            "roadmap": roadmap,
            **pick(forgotten, "bindings file=has_file"),
            "forgotten": forgotten is not None,
        },
        lambda: render_forgotten(forgotten),
        DONE if forgotten else FINDINGS,
    )


class _Step:
    """A step back or forward as it is shown; `verb` is `undo` or `redo`."""

    def __init__(self, call: Invocation, verb: str) -> None:
        self.call = call
        self.verb = verb
        self.folder = find_folder(call.folder)
        self.view = call.make_view(load_settings(self.folder).remote_name)

    def show(self, plan: Callable[[Services], tuple[JournalRun | None, Planned]]) -> int:
        """Show what the step would do."""
        with open_services(
            self.folder, environ=self.call.environ, notify=self.call.note, dry_run=True
        ) as services:
            run, planned = plan(services)
        return self.call.answer(
            lambda: planned_json(planned) | self._name(run),
            lambda: self._render_end(Undone()) if run is None else self._render_plan(run, planned),
            DONE if run is None else exit_code(planned),
        )

    def run(self, workflow: Callable[[Services, Progress], Undone]) -> int:
        """Make the step, and tell how it ended."""
        call, began = self.call, time.monotonic()
        with (
            advising({"plan-stale": format_again(call.context)}),
            open_services(self.folder, environ=call.environ, notify=call.note) as services,
            call.screen.progress() as progress,
        ):
            undone = workflow(services, progress)
        if undone.result is None:
            # No run to take back is an answer as well, with the keys that scripts read.
            nothing = planned_json(Planned(())) | self._name(None)
            return call.answer(lambda: nothing, lambda: self._render_end(undone), DONE)
        result = replace(undone.result, seconds=time.monotonic() - began)
        stopped = result.stopped.problems if result.stopped else ()
        call.tell(render_problems((*result.problems, *stopped), call.screen.told_width))
        # A plan that writes nothing was not shown: nobody was asked.
        held = render_plans(result.planned, self.view) if result.planned.is_empty else []
        return call.answer(
            lambda: sync_json(result) | self._name(undone.run),
            lambda: [
                *held,
                *render_unfinished(result),
                *render_summary(result, self.view, DONE_WORDS[self.verb]),
                *self._render_end(undone),
            ],
            exit_code(result),
        )

    def confirm(self, run: JournalRun, planned: Planned, *, is_answered: bool) -> bool:
        """Show the step before it is made, and ask."""
        if not self.call.is_json:
            self.call.screen.answer(self._render_plan(run, planned))
        # To undo an undo is to redo what it took back.
        verb = "Redo" if run.kind is JournalKind.UNDO else "Undo"
        return is_answered or self.call.screen.ask(f"{verb} {shorten_run(run.step)}?")

    def _name(self, run: JournalRun | None) -> dict[str, object]:
        """Return the keys that say what is undone, or what is redone."""
        undoes: dict[str, object] = {"undoes": run.name if run else None}
        return undoes | {"redoes": run.step if run else None} if self.verb == "redo" else undoes

    def _render_plan(self, run: JournalRun, planned: Planned) -> list[StyledLine]:
        return [
            *render_undo_head(run, self.view),
            StyledLine(),
            *render_planned(planned, self.view),
        ]

    def _render_end(self, undone: Undone) -> list[StyledLine]:
        return render_redone(undone) if self.verb == "redo" else render_undone(undone, self.view)
