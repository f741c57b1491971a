"""`doctor`: say what is wrong with a folder and its Notion side, and which command mends it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Annotated

import typer
from rich.text import Text

from tracker.cli.advice import format_again
from tracker.cli.call import Call, open_call
from tracker.cli.exits import DONE, FINDINGS
from tracker.cli.options import Json, Yes
from tracker.cli.render.answers import problems_json
from tracker.cli.render.layout import fit, make_line, widest
from tracker.cli.render.problems import render_problems
from tracker.errors import Problem, StateError, TrackerError, UsageError
from tracker.wiring import find_folder, load_settings, open_desk, open_services, open_state
from tracker.workflows.doctor import (
    Examination,
    Mended,
    examine_notion,
    examine_roadmaps,
    examine_state,
    run_mend,
    run_set_aside,
)

app = typer.Typer()

STATE = "state"
SET_ASIDE = ("setting the damaged state aside", "set the damaged state aside?")
ADD_COLUMNS = (
    "adding the deleted columns again",
    "add the deleted columns to your databases again?",
)
"""What mending does: as a thing that needs a word, and as a question."""


@app.command()
def doctor(
    context: typer.Context,
    *,
    mend: Annotated[
        bool, typer.Option("--mend", help="Set a damaged state aside; make deleted columns again.")
    ] = False,
    yes: Yes = False,
    as_json: Json = False,  # noqa: ARG001  read from the raw arguments
) -> int:
    """Say what is wrong, and the command that mends it; writes nothing without --mend."""
    call = open_call(context)
    if mend:
        return _mend(call, is_answered=yes)
    examined = list(_examine(call))
    return call.answer(
        lambda: {
            "examined": [
                {
                    "subject": each.subject,
                    "ok": each.is_fine,
                    "found": each.found,
                    "problems": problems_json(each.problems),
                }
                for each in examined
            ]
        },
        lambda: _render(examined),
        _find_code(examined),
    )


def _find_code(examined: Sequence[Examination]) -> int:
    """Return the exit code; that of a damaged state tells more than "findings"."""
    wrong = [each for each in examined if not each.is_fine]
    if any(each.subject == STATE for each in wrong):
        return StateError.exit_code
    return FINDINGS if wrong else DONE


def _examine(call: Call) -> Iterable[Examination]:
    folder = find_folder(call.start)
    settings = load_settings(folder)
    remote = settings.remote_name
    page = f", page {settings.notion.parent}" if settings.notion.parent else ""
    yield Examination("settings", f"synced with {remote.place}{page}")
    yield examine_roadmaps(open_desk(folder))
    with open_state(folder) as state:
        examined = examine_state(state)
    if not examined.is_fine:
        yield examined
        return
    try:
        with open_services(
            folder, environ=call.environ, notify=call.note, dry_run=True
        ) as services:
            yield from examine_notion(services, remote)
    except TrackerError as error:
        yield Examination(remote.label, "cannot be asked", error.problems)


def _mend(call: Call, *, is_answered: bool) -> int:
    folder = find_folder(call.start)
    with open_state(folder) as state:
        is_damaged = not examine_state(state).is_fine
        what, asking = SET_ASIDE if is_damaged else ADD_COLUMNS
        if not is_answered and not call.can_ask:
            raise UsageError(_needs_yes(call, what))
        if not is_answered and not call.screen.ask(asking):
            return FINDINGS
        mended = run_set_aside(open_desk(folder), state) if is_damaged else Mended()
    if not is_damaged:
        with open_services(folder, environ=call.environ, notify=call.note) as services:
            mended = run_mend(services)
    return call.answer(
        lambda: {
            "mended": {name: [*fields] for name, fields in mended.columns},
            "set_aside": mended.set_aside or None,
        },
        lambda: _render_mended(mended),
        DONE,
    )


def _needs_yes(call: Call, what: str) -> Problem:
    return Problem(
        code="needs-yes",
        what=f"{what} needs confirmation",
        why="not running in a terminal",
        kept="nothing was written",
        next=format_again(call.context, "--yes"),
    )


def _render(examined: Sequence[Examination]) -> list[Text]:
    width = widest((each.subject for each in examined), 40)
    lines: list[Text] = []
    for each in examined:
        sign, style = ("ok", "green") if each.is_fine else ("!!", "bold red")
        head = (f"{fit(each.subject, width)}  ", "bold")
        lines.append(make_line((f"{sign}  ", style), head, each.found))
        # Looking writes nothing: what was kept goes without saying.
        lines += render_problems(replace(problem, kept="") for problem in each.problems)
    return lines


def _render_mended(mended: Mended) -> list[Text]:
    if mended.set_aside:
        done = make_line(("set aside", "bold green"), f": the state is now {mended.set_aside}")
        return [done, make_line(("  next  ", "dim"), "tracker sync    # makes it anew")]
    if not mended.columns:
        return [make_line("no column is missing")]
    lines = [
        make_line(("mended", "bold green"), f": {name}: {', '.join(fields)}")
        for name, fields in mended.columns
    ]
    return [*lines, make_line(("  next  ", "dim"), "tracker sync    # brings the values there")]
