"""`init` and `doctor`: make a learner's folder, repair it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Annotated

import typer

from tracker.cli.app import Invocation, open_call
from tracker.cli.exits import DONE, FINDINGS
from tracker.cli.lines import StyledLine
from tracker.cli.options import Yes, advising, complete_bundled, format_again, require_answer
from tracker.cli.render.json_values import pick, problems_json
from tracker.cli.render.layout import (
    fit,
    make_line,
    render_initialised,
    render_problems,
    widest,
    wrap_text,
)
from tracker.cli.render.library import render_choices
from tracker.errors import Problem, SettingsError, Severity, StateError, TrackerError
from tracker.wiring import (
    find_folder,
    find_holder,
    init_folder,
    load_settings,
    open_bundled,
    open_local,
    open_services,
    open_state,
    save_track,
)
from tracker.workflows.doctor import (
    Examination,
    examine_lock,
    examine_notion,
    examine_roadmaps,
    examine_state,
)
from tracker.workflows.library import find_bundled_track, list_bundled
from tracker.workflows.mending import Mended, run_fix, run_set_aside

app = typer.Typer()

STATE, SETTINGS = "state", "settings"
SET_ASIDE = ("setting the damaged state aside", "set the damaged state aside?")
ADD_MISSING = (
    "adding columns, descriptions and views",
    "add the missing columns, descriptions and views to your databases?",
)
"""What mending does: as a thing that needs a word, and as a question."""
SIGNS = {
    Severity.ERROR: ("!!", "bold red"),
    Severity.WARNING: ("! ", "bold yellow"),
    Severity.NOTE: ("ok", "green"),
}


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
    track: Annotated[
        str,
        typer.Option(
            "--track",
            metavar="TRACK",
            help="Bring in the bundled roadmap with this goal, and keep to it.",
        ),
    ] = "",
    yes: Yes = False,
) -> int:
    """Make a folder: settings, bundled roadmaps, and where its Notion side is.

    Never overwrites a file; --track sets one line of tracker.yaml. On a terminal it asks which
    bundled roadmaps to bring in.
    Example: tracker init --track analyst
    """
    call = open_call(context)
    chosen = list(roadmaps or ())
    match = find_bundled_track(open_bundled(), track) if track else None
    if match and match.roadmap not in chosen:
        chosen.append(match.roadmap)
    if not chosen and not yes and call.can_ask:
        chosen = _ask_roadmaps(call)
    again = format_again(context, "--notion", "LINK", without={"notion"})
    with advising({"bad-page": f"in Notion: Share, Copy link; then {again}"}):
        made = init_folder(call.folder.absolute(), chosen, notion, environ=call.environ)
    if match:
        save_track(made.folder, match.track.id)
        made = replace(made, track=match.track.id)
    call.tell(render_problems(made.problems, call.screen.told_width))
    return call.answer(
        lambda: (
            pick(made, "folder files remote track") | {"problems": problems_json(made.problems)}
        ),
        lambda: render_initialised(made),
        0,
    )


def _ask_roadmaps(call: Invocation) -> list[str]:
    """Ask which of the bundled roadmaps to bring in; numbers, names and `all` answer."""
    listed = list_bundled(open_bundled())
    call.tell(render_choices(listed, call.screen.width))
    names = [roadmap.name for roadmap in listed]
    words = call.screen.ask_line("which roadmaps? (all, numbers or names; Enter for none)")
    chosen = words.replace(",", " ").split()
    if chosen == ["all"]:
        return names
    numbered = {str(number): name for number, name in enumerate(names, start=1)}
    return [numbered.get(word, word) for word in chosen]


@app.command()
def doctor(
    context: typer.Context,
    *,
    fix: Annotated[
        bool,
        typer.Option(
            "--fix", help="Add missing columns, descriptions, views; set a damaged state aside."
        ),
    ] = False,
    # The name of --fix in the first edition.
    mend: Annotated[bool, typer.Option("--mend", hidden=True)] = False,
    yes: Yes = False,
) -> int:
    """Diagnose problems and how to fix them; writes nothing without --fix.

    --fix adds what a database lacks as it is listed here, and changes no value. Whether a token may
    insert and update is asked with requests that cannot change anything: "not refused" is no proof.
    """
    call = open_call(context)
    if fix or mend:
        return _fix(call, is_answered=yes)
    examined = [part.with_advice_to_sync() for part in _examine(call)]
    wrong = [part for part in examined if not part.is_fine]
    code = FINDINGS if wrong else DONE
    # The code of damage that stops every command tells a script more than "findings".
    for subject, error in ((STATE, StateError), (SETTINGS, SettingsError)):
        if any(part.subject == subject for part in wrong):
            code = error.exit_code
    return call.answer(
        lambda: {
            "examined": [
                pick(part, "subject ok=is_fine found") | {"problems": problems_json(part.problems)}
                for part in examined
            ]
        },
        lambda: _render_examined(examined, call.screen.width),
        code,
    )


def _examine(call: Invocation) -> Iterable[Examination]:
    folder = find_folder(call.folder)
    try:
        settings = load_settings(folder)
    except SettingsError as error:
        # The roadmaps can be read without; where the other side is, nobody knows.
        yield Examination(SETTINGS, "cannot be read", error.problems)
        yield examine_roadmaps(open_local(folder))
        return
    remote = settings.remote_name
    page = f", page {settings.notion.parent}" if settings.notion.parent else ""
    yield Examination(SETTINGS, f"synced with {remote.place}{page}")
    yield examine_roadmaps(open_local(folder))
    yield examine_lock(find_holder(folder))
    with open_state(folder) as state:
        examined = examine_state(state)
    yield examined
    # The services need the state: with a damaged one, the other side cannot be asked.
    if not examined.is_fine:
        return
    try:
        with open_services(
            folder, environ=call.environ, notify=call.note, dry_run=True
        ) as services:
            yield from examine_notion(services, remote)
    # What cannot be asked is a finding, and no end of the examination.
    except TrackerError as error:
        yield Examination(remote.label, "cannot be asked", error.problems)


def _fix(call: Invocation, *, is_answered: bool) -> int:
    folder = find_folder(call.folder)
    with open_state(folder) as state:
        is_damaged = not examine_state(state).is_fine
        what, asking = SET_ASIDE if is_damaged else ADD_MISSING
        if not is_answered:
            require_answer(call, what)
            if not call.screen.ask(asking):
                return FINDINGS
        mended = run_set_aside(open_local(folder), state) if is_damaged else Mended()
    # The services open the state by themselves: it is closed before.
    if not is_damaged:
        with open_services(folder, environ=call.environ, notify=call.note) as services:
            mended = run_fix(services)
    return call.answer(
        lambda: {
            "mended": {it.name: [*it.columns] for it in mended.roadmaps if it.columns},
            "described": {it.name: [*it.described] for it in mended.roadmaps if it.described},
            "views": {it.name: [*it.views] for it in mended.roadmaps if it.views},
            "left_out": {it.name: [*it.left_out] for it in mended.roadmaps if it.left_out},
            "problems": problems_json(mended.problems),
            "set_aside": mended.set_aside or None,
        },
        lambda: _render_mended(mended, call.screen.width),
        mended.failure.exit_code if mended.failure else DONE,
    )


def _render_examined(examined: Sequence[Examination], width: int) -> list[StyledLine]:
    widest_subject = widest((part.subject for part in examined), 40)
    lines: list[StyledLine] = []
    told: set[Problem] = set()
    for part in examined:
        severities = {problem.severity for problem in part.problems}
        sign, style = next((SIGNS[it] for it in Severity if it in severities), SIGNS[Severity.NOTE])
        subject = f"{fit(part.subject, widest_subject)}  "
        first, *more = wrap_text(part.found, width - len(sign) - len(subject) - 2)
        lines.append(make_line((f"{sign}  ", style), (subject, "bold"), first))
        indent = " " * (len(sign) + len(subject) + 2)
        lines += [make_line(f"{indent}{line}") for line in more]
        # Looking writes nothing: what was kept goes without saying. A page that is not shared is the
        # reason for every roadmap, too.
        found = [replace(it, kept="") for it in part.problems if it not in told]
        told.update(part.problems)
        lines += render_problems(found, width)
    return lines


def _render_mended(mended: Mended, width: int) -> list[StyledLine]:
    if mended.set_aside:
        done = make_line(("set aside", "bold green"), f": the state is now {mended.set_aside}")
        return [done, make_line(("  next  ", "dim"), "tracker sync    # makes it anew")]
    lines: list[StyledLine] = []
    for it in mended.roadmaps:
        changed = (("mended", it.columns), ("described", it.described), ("views", it.views))
        lines += [
            make_line((word, "bold green"), f": {it.name}: {', '.join(parts)}")
            for word, parts in changed
            if parts
        ]
        if it.left_out:
            names = ", ".join(it.left_out)
            why = f": {it.name}: {names}; a column of yours has the name, rename it first"
            lines.append(make_line(("left out", "bold yellow"), why))
    lines += render_problems(mended.problems, width)
    if any(it.columns for it in mended.roadmaps):
        lines.append(make_line(("  next  ", "dim"), "tracker sync    # brings the values there"))
    return lines or [make_line("nothing is missing")]
