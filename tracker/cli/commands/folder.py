"""`init` and `check`: make a learner's folder, and validate what is in it."""

from __future__ import annotations

from typing import Annotated

import typer

from tracker.adapters.folder import list_bundled
from tracker.cli.call import Call, open_call
from tracker.cli.exits import exit_code
from tracker.cli.options import Json, Yes, complete_bundled
from tracker.cli.render.as_json import checked_json, initialised_json
from tracker.cli.render.check import render_checked, render_initialised
from tracker.cli.render.layout import make_line
from tracker.wiring import bundled_folder, find_folder, init_folder, open_desk
from tracker.workflows.local import run_check

app = typer.Typer()


@app.command()
def init(
    context: typer.Context,
    *,
    roadmaps: Annotated[
        list[str] | None,
        typer.Option(
            "--roadmap",
            metavar="NAME",
            help="Bring in a bundled roadmap; may be repeated.",
            autocompletion=complete_bundled,
        ),
    ] = None,
    notion: Annotated[
        str | None,
        typer.Option(
            "--notion",
            metavar="PAGE",
            help="URL or id of the Notion page to keep equal with; built-in workspace without.",
        ),
    ] = None,
    yes: Yes = False,
    as_json: Json = False,  # noqa: ARG001  read from the raw arguments
) -> int:
    """Make a folder: settings, bundled roadmaps, and where its Notion side is.

    Never overwrites a file. On a terminal it asks which bundled roadmaps to bring in.
    """
    call = open_call(context)
    chosen = list(roadmaps or ())
    if not chosen and not yes and call.can_ask:
        chosen = _ask_roadmaps(call)
    made = init_folder(call.start.absolute(), chosen, notion)
    return call.answer(lambda: initialised_json(made), lambda: render_initialised(made), 0)


@app.command()
def check(
    context: typer.Context,
    *,
    skip: Annotated[
        list[str] | None,
        typer.Option("--skip", metavar="CODE", help="Leave out a check; may be repeated."),
    ] = None,
    as_json: Json = False,  # noqa: ARG001  read from the raw arguments
) -> int:
    """Validate the roadmaps offline; all problems, with line numbers."""
    call = open_call(context)
    reader = open_desk(find_folder(call.start)).reader
    checked = run_check(reader, skip=frozenset(skip or ()))
    return call.answer(
        lambda: checked_json(checked), lambda: render_checked(checked), exit_code(checked)
    )


def _ask_roadmaps(call: Call) -> list[str]:
    """Ask which of the bundled roadmaps to bring in; numbers and names both answer."""
    names = list_bundled(bundled_folder())
    call.tell(make_line(f"  {number}  {name}") for number, name in enumerate(names, start=1))
    words = call.screen.ask_line("which roadmaps? (numbers or names; empty for none)")
    numbered = {str(number): name for number, name in enumerate(names, start=1)}
    return [numbered.get(word, word) for word in words.replace(",", " ").split()]
