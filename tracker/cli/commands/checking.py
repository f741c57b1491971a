"""`check`: validate the roadmaps of a folder, and the links in them if asked to."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from tracker.cli.app import open_call
from tracker.cli.exits import exit_code
from tracker.cli.render.check import checked_json, links_json, render_checked, render_links
from tracker.wiring import find_folder, open_links, open_local
from tracker.workflows.local import leave_out, run_check

app = typer.Typer()


@app.command()
def check(
    context: typer.Context,
    *,
    links: Annotated[bool, typer.Option("--links", help="Check every link too.")] = False,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Check the links that answered lately as well.")
    ] = False,
    skip: Annotated[
        list[str] | None,
        typer.Option(
            "--skip",
            metavar="CODE",
            help="Leave out a check, by the code its findings show; may be repeated.",
        ),
    ] = None,
) -> int:
    """Validate the roadmaps offline; all problems, with line numbers.

    --links checks each link once. Good answers are remembered for a week, others for an hour. Links
    that nobody can follow are errors; moved, refused, slow or silent ones are warnings.
    """
    call = open_call(context)
    folder = find_folder(call.folder)
    checked = run_check(open_local(folder).reader)
    asked = None
    if links:
        # Late: the network, for those who ask for it.
        from tracker.workflows.links import run_link_check  # noqa: PLC0415

        reader, cache = open_links(folder)
        memory = None if no_cache else cache
        with call.screen.progress() as progress:
            asked = run_link_check(checked.files, reader, memory, progress=progress)
        # Findings of links join the others, so that --skip leaves them out as well.
        checked = replace(checked, problems=(*checked.problems, *asked.problems))
    checked = leave_out(checked, skip or ())
    return call.answer(
        lambda: checked_json(checked) | {"links": links_json(asked) if asked else None},
        lambda: [*render_checked(checked), *(render_links(asked) if asked else ())],
        exit_code(checked),
    )
