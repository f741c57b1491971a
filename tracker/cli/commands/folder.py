"""`init` and `check`: make a learner's folder, and validate what is in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.advice import advising, format_again
from tracker.cli.call import Call, open_call
from tracker.cli.exits import exit_code
from tracker.cli.options import Json, Yes, complete_bundled
from tracker.cli.render.answers import checked_json, initialised_json, links_json
from tracker.cli.render.check import render_checked, render_initialised, render_links
from tracker.cli.render.library import render_choices
from tracker.cli.render.problems import render_problems
from tracker.wiring import find_folder, init_folder, open_desk, open_library, open_links
from tracker.workflows.library import list_bundled
from tracker.workflows.links import LinksChecked, run_link_check
from tracker.workflows.local import leave_out, run_check
from tracker.workflows.results import Checked

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
    again = format_again(context, "--notion", "LINK", without={"notion"})
    with advising({"bad-page": f"in Notion: Share, Copy link; then {again}"}):
        made = init_folder(call.start.absolute(), chosen, notion, environ=call.environ)
    call.tell(render_problems(made.problems, call.screen.told_width))
    return call.answer(lambda: initialised_json(made), lambda: render_initialised(made), 0)


@app.command()
def check(
    context: typer.Context,
    *,
    links: Annotated[bool, typer.Option("--links", help="Ask every link over HTTP too.")] = False,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Ask the links that answered lately as well.")
    ] = False,
    skip: Annotated[
        list[str] | None,
        typer.Option(
            "--skip",
            metavar="CODE",
            help="Leave out a check, by the code its findings show; may be repeated.",
        ),
    ] = None,
    as_json: Json = False,  # noqa: ARG001  read from the raw arguments
) -> int:
    """Validate the roadmaps offline; all problems, with line numbers.

    --links asks each link once. Good answers are remembered for a week, others for an hour. Links
    that nobody can follow are errors; moved, refused, slow or silent ones are warnings.
    """
    call = open_call(context)
    folder = find_folder(call.start)
    checked = run_check(open_desk(folder).reader)
    asked = _check_links(call, folder, checked, no_cache=no_cache) if links else None
    if asked is not None:
        checked = replace(checked, problems=(*checked.problems, *asked.problems))
    checked = leave_out(checked, skip or ())
    return call.answer(
        lambda: checked_json(checked) | {"links": links_json(asked) if asked else None},
        lambda: [*render_checked(checked), *(render_links(asked) if asked else ())],
        exit_code(checked),
    )


def _check_links(call: Call, folder: Path, checked: Checked, *, no_cache: bool) -> LinksChecked:
    """Ask the links of all roadmaps that load."""
    reader, cache = open_links(folder)
    memory = None if no_cache else cache
    with call.screen.progress() as progress:
        return run_link_check(checked.files, reader, memory, progress=progress)


def _ask_roadmaps(call: Call) -> list[str]:
    """Ask which of the bundled roadmaps to bring in; numbers, names and `all` answer."""
    listed = list_bundled(open_library())
    call.tell(render_choices(listed, call.screen.width))
    names = [each.name for each in listed]
    words = call.screen.ask_line("which roadmaps? (all, numbers or names; Enter for none)")
    chosen = words.replace(",", " ").split()
    if chosen == ["all"]:
        return names
    numbered = {str(number): name for number, name in enumerate(names, start=1)}
    return [numbered.get(word, word) for word in chosen]
