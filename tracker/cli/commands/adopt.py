"""`adopt`: make a roadmap of an existing Notion database."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

import typer

from tracker.cli.app import Invocation, open_call
from tracker.cli.exits import DONE, FINDINGS, exit_code
from tracker.cli.lines import StyledLine
from tracker.cli.options import Yes, advising, format_again, require_answer
from tracker.cli.render.adopt import proposal_json, render_doubt, render_proposal
from tracker.cli.render.answers import sync_json
from tracker.cli.render.json_values import problems_json
from tracker.cli.render.layout import AnswerView, make_line, render_problems
from tracker.cli.render.plan import render_summary, render_unfinished
from tracker.errors import NOTHING_WRITTEN, Problem, Severity, UsageError
from tracker.ports import Services
from tracker.roadmap.model import SkillId
from tracker.sync.model import PageId, Policy
from tracker.sync.namesakes import Doubt
from tracker.wiring import find_folder, load_settings, open_new_files, open_services
from tracker.workflows.adopt import (
    Adopted,
    Proposal,
    Wish,
    list_doubts,
    propose_adoption,
    run_adoption,
)
from tracker.workflows.library import NewFileWriter

app = typer.Typer()

MOST_NAMED = 5


ColumnMaps = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="COLUMN=FIELD",
        help="Let a column serve as a field; COLUMN=- leaves it alone; may be repeated.",
    ),
]
SectionColumn = Annotated[
    str | None,
    typer.Option(
        "--section",
        metavar="COLUMN",
        help="The column that gives the sections; short for --map COLUMN=section.",
    ),
]


@app.command()
def adopt(  # noqa: PLR0913  its options
    context: typer.Context,
    database: Annotated[
        str,
        typer.Argument(metavar="DATABASE", help="Link or id of an existing database."),
    ],
    *,
    name: Annotated[
        str | None,
        typer.Option(
            "--name",
            metavar="NAME",
            help="The roadmap's name, or a roadmap whose skills the database has already.",
            show_default="made of the title",
        ),
    ] = None,
    maps: ColumnMaps = None,
    section: SectionColumn = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show the proposal; writes nothing anywhere.")
    ] = False,
    yes: Yes = False,
) -> int:
    """Make a roadmap of an existing database, such as a template you have ticked.

    Columns are matched with fields by name, in many languages, and by type; a box, a select or a status
    column serves as the status. Shows the proposal and asks; --yes answers. Only the columns that are
    missing are added, nothing else changes there. From then on it is synced like any other roadmap.
    """
    call = open_call(context)
    wish = Wish(database, name, _read_maps(maps or (), section))
    if not dry_run and not yes:
        require_answer(call, "adopting a database")
    folder = find_folder(call.folder)
    settings = load_settings(folder)
    view = call.make_view(settings.remote_name)
    files = open_new_files(folder)
    again = format_again(context, without={"dry_run", "yes"})
    with (
        advising({"needs-yes": f"{again} --yes"}),
        open_services(folder, environ=call.environ, notify=call.note, dry_run=dry_run) as services,
    ):
        policy = Policy(today=services.readers.clock.today())
        proposal = propose_adoption(services, files, wish, policy)
        if not call.is_json:
            call.screen.answer(render_proposal(proposal, view))
        call.tell(render_problems(_list_problems(proposal), call.screen.told_width))
        if dry_run:
            return _answer(
                call, view, Adopted(proposal), FINDINGS if _has_doubts(proposal) else DONE
            )
        chosen = _settle_doubts(call, proposal)
        if not yes and not call.screen.ask("adopt this database?"):
            return _answer(call, view, Adopted(proposal), FINDINGS)
        unlock = f"unlock the database there, where it is locked; then {again} --yes"
        with advising({"notion-rejected": unlock}):
            adopted = _carry_out(call, services, files, proposal, chosen)
    return _answer(call, view, adopted, exit_code(adopted.result))


def _carry_out(
    call: Invocation,
    services: Services,
    files: NewFileWriter,
    proposal: Proposal,
    chosen: Mapping[PageId, SkillId],
) -> Adopted:
    """Adopt, and tell what went wrong after the database was adopted."""
    began = time.monotonic()
    policy = Policy(today=services.readers.clock.today())
    with call.screen.progress() as progress:
        adopted = run_adoption(services, files, proposal, chosen, policy, progress=progress)
    result = adopted.result
    if result is None:
        return adopted
    again = f"tracker sync {proposal.name}    # goes on"
    stopped = [
        replace(it, next=it.next.replace("run the command again", again))
        for it in (result.stopped.problems if result.stopped else ())
    ]
    problems = dict.fromkeys([*result.planned.problems, *result.problems, *stopped])
    call.tell(render_problems(problems, call.screen.told_width))
    return replace(adopted, result=replace(result, seconds=time.monotonic() - began))


def _read_maps(maps: Sequence[str], section: str | None) -> Mapping[str, str]:
    """Return the fields that columns were mapped to, by column; raise UsageError for other texts."""
    asked: dict[str, str] = {}
    wished = [text.rpartition("=") for text in maps]
    if section is not None:
        wished.append((section, "=", "section"))
    problems: list[Problem] = []
    for (column, sign, which), text in zip(wished, [*maps, f"{section}=section"], strict=False):
        if not sign or not column.strip():
            what = f"--map {text} does not say COLUMN=FIELD"
            problems.append(_bad_map("bad-map", what, "name a column and a field"))
        elif asked.get(column, which) != which:
            what = f'the column "{column}" was mapped twice'
            problems.append(_bad_map("column-mapped-twice", what, "a column serves one field"))
        asked[column] = which
    if problems:
        raise UsageError(*problems)
    return asked


def _bad_map(code: str, what: str, why: str) -> Problem:
    advice = 'tracker adopt DATABASE --map "Difficulty=level"    # for each column'
    return Problem(code, what, why=why, kept=NOTHING_WRITTEN, next=advice)


def _has_doubts(proposal: Proposal) -> bool:
    return bool(proposal.namesakes.doubts)


def _settle_doubts(call: Invocation, proposal: Proposal) -> dict[PageId, SkillId]:
    """Ask which skill each doubtful row is; none where the answer is empty.

    Raises UsageError where nobody can be asked.
    """
    chosen: dict[PageId, SkillId] = {}
    if _has_doubts(proposal) and not call.can_ask:
        raise UsageError(_doubtful(proposal.namesakes.doubts))
    for asked in proposal.namesakes.doubts:
        open_ = [it for it in list_doubts(proposal, [*chosen.values()]) if it.row == asked.row]
        if not open_:
            continue
        (doubt,) = open_
        call.screen.answer(render_doubt(doubt, call.screen.width))
        while True:
            answer = call.screen.ask_line("which skill is it? (number; Enter for a new one)")
            if not answer:
                break
            if answer.isdecimal() and 1 <= int(answer) <= len(doubt.skills):
                chosen[doubt.row.page_id] = SkillId(str(doubt.skills[int(answer) - 1].skill_id))
                break
    return chosen


def _doubtful(doubts: Sequence[Doubt]) -> Problem:
    named = [
        f'"{doubt.row.record.name}" may be {" or ".join(str(it.skill_id) for it in doubt.skills)}'
        for doubt in doubts[:MOST_NAMED]
    ]
    more = len(doubts) - len(named)
    rows = "1 row" if len(doubts) == 1 else f"{len(doubts)} rows"
    return Problem(
        code="doubtful-rows",
        what=f"{rows} may be one of several skills, or none of them",
        why="; ".join([*named, *([f"and {more} more"] if more else [])]),
        kept=NOTHING_WRITTEN,
        next="run it in a terminal, which asks for each; or give rows and skills names of their own",
    )


def _answer(call: Invocation, view: AnswerView, adopted: Adopted, code: int) -> int:
    proposal, result = adopted.proposal, adopted.result

    def as_text() -> list[StyledLine | str]:
        if result is None:
            return [] if view.is_reading else [make_line("nothing was written")]
        lines = [*render_unfinished(result), *render_summary(result, view, "adopted")]
        path = f"roadmaps/{proposal.name}.yaml"
        return [*lines, make_line(("  file  ", "dim"), path)]

    return call.answer(
        lambda: {
            **proposal_json(proposal),
            "adopted": result is not None,
            "sync": sync_json(result) if result is not None else None,
            "problems": problems_json(_list_problems(proposal)),
        },
        as_text,
        code,
    )


def _list_problems(proposal: Proposal) -> list[Problem]:
    """Return what is worth knowing of the database, though nothing prevents its adoption."""
    if not proposal.database.is_locked:
        return []
    return [
        Problem(
            code="database-locked",
            what=f'"{proposal.database.title}" is locked there',
            severity=Severity.NOTE,
            why="people cannot change its columns; a connection can",
            next="nothing to do, unless the columns are refused; then unlock it",
        )
    ]
