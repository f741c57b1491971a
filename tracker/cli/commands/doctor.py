"""`doctor`: say what is wrong with a folder and its Notion side, and which command mends it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

import typer
from rich.text import Text

from tracker.cli.again import format_again
from tracker.cli.call import Call, open_call
from tracker.cli.exits import DONE, FINDINGS
from tracker.cli.options import Json, Yes
from tracker.cli.render.as_json import problems_json
from tracker.cli.render.layout import fit, make_line, widest
from tracker.cli.render.problems import render_problems
from tracker.errors import Problem, TrackerError, UsageError
from tracker.wiring import find_folder, load_settings, open_desk, open_services
from tracker.workflows.doctor import (
    Examination,
    Mended,
    examine_notion,
    examine_roadmaps,
    run_mend,
)

app = typer.Typer()


@app.command()
def doctor(
    context: typer.Context,
    *,
    mend: Annotated[bool, typer.Option("--mend", help="Make deleted columns again.")] = False,
    yes: Yes = False,
    as_json: Json = False,  # noqa: ARG001  read from the raw arguments
) -> int:
    """Say what is wrong, and the command that mends it; writes nothing without --mend."""
    call = open_call(context)
    if mend:
        return _mend(call, is_answered=yes)
    examined = list(_examine(call))
    is_fine = all(each.is_fine for each in examined)
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
        DONE if is_fine else FINDINGS,
    )


def _examine(call: Call) -> Iterable[Examination]:
    folder = find_folder(call.start)
    settings = load_settings(folder)
    place = f"Notion page {settings.notion.parent}" if settings.notion.parent else "built-in"
    yield Examination("settings", f"the Notion side is: {place}")
    yield examine_roadmaps(open_desk(folder))
    try:
        with open_services(folder, environ=call.environ, dry_run=True) as services:
            yield from examine_notion(services)
    except TrackerError as error:
        yield Examination("Notion", "cannot be asked", error.problems)


def _mend(call: Call, *, is_answered: bool) -> int:
    if not is_answered and not call.can_ask:
        raise UsageError(
            Problem(
                code="needs-yes",
                what="adding the deleted columns again needs confirmation",
                why="not running in a terminal",
                kept="nothing was written",
                next=format_again(call.context, "--yes"),
            )
        )
    if not is_answered and not call.screen.ask("add the deleted columns to your databases again?"):
        return FINDINGS
    with open_services(find_folder(call.start), environ=call.environ) as services:
        mended = run_mend(services)
    return call.answer(
        lambda: {"mended": {name: [*fields] for name, fields in mended.columns}},
        lambda: _render_mended(mended),
        DONE,
    )


def _render(examined: Sequence[Examination]) -> list[Text]:
    width = widest((each.subject for each in examined), 40)
    lines: list[Text] = []
    for each in examined:
        sign, style = ("ok", "green") if each.is_fine else ("!!", "bold red")
        head = (f"{fit(each.subject, width)}  ", "bold")
        lines.append(make_line((f"{sign}  ", style), head, each.found))
        lines += render_problems(each.problems)
    return lines


def _render_mended(mended: Mended) -> list[Text]:
    if not mended.columns:
        return [make_line("no column is missing")]
    lines = [
        make_line(("mended", "bold green"), f": {name}: {', '.join(fields)}")
        for name, fields in mended.columns
    ]
    return [*lines, make_line(("  next  ", "dim"), "tracker sync    brings the values there")]
