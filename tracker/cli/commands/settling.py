"""`conflicts` and `resolve`: list the open conflicts and holds, and settle them.

Never asks without a terminal; then the option that answers is named instead.
"""

from __future__ import annotations

import time
from dataclasses import replace
from difflib import get_close_matches
from typing import Annotated

import typer

from tracker.cli.advice import format_again
from tracker.cli.app import Invocation, open_call
from tracker.cli.exits import exit_code
from tracker.cli.options import Names, Query
from tracker.cli.render.answers import open_ends_json, settled_json
from tracker.cli.render.layout import AnswerView, make_line
from tracker.cli.render.plan import render_open, render_open_ends, render_settled
from tracker.cli.render.problems import render_problems
from tracker.errors import Problem, UsageError
from tracker.ports import Services
from tracker.sync.one_skill import OpenField, parse_value
from tracker.sync.plan import Policy, Take
from tracker.sync.snapshot import TWO_WAY, Field
from tracker.wiring import find_folder, load_settings, open_services
from tracker.workflows.conflicts import (
    SKIP,
    Choice,
    Request,
    advise_take,
    run_conflicts,
    run_resolve,
)

app = typer.Typer()

ALIASES = {"file": Take.LOCAL, "workspace": Take.REMOTE, "before": Take.BASE}
"""Also accepted by --take: the labels shown beside the values."""


@app.command()
def conflicts(context: typer.Context, names: Names = None) -> int:
    """List what waits for a decision, and the commands that settle it; writes nothing.

    A conflict is a field that both sides changed; what is held cannot be taken over from Notion.
    """
    call = open_call(context)
    folder = find_folder(call.folder)
    view = call.make_view(load_settings(folder).remote_name)
    with open_services(folder, environ=call.environ, notify=call.note, dry_run=True) as services:
        ends = run_conflicts(services.readers, names or (), _make_policy(services))
    call.tell(render_problems(ends.problems))
    return call.answer(
        lambda: open_ends_json(ends, view.remote),
        lambda: render_open_ends(ends, view),
        exit_code(ends),
    )


@app.command()
def resolve(
    context: typer.Context,
    query: Query,
    field: Annotated[
        str | None,
        typer.Argument(
            metavar="FIELD",
            help="One field, such as status or goal; all conflicts of the skill without.",
            autocompletion=lambda incomplete: [
                it.value for it in TWO_WAY if it.startswith(incomplete)
            ],
            show_default=False,
        ),
    ] = None,
    *,
    take: Annotated[
        str | None,
        typer.Option(
            "--take",
            metavar="WORD|VALUE",
            help="local, notion (or workspace), base (what both last agreed on), or any other value.",
            show_default=False,
        ),
    ] = None,
) -> int:
    """Settle the conflicts of one skill on both sides; nothing else is synced.

    Without --take it asks for each, on a terminal. Several tags or prerequisites go with commas.
    """
    call = open_call(context)
    which = _parse_field(field) if field is not None else None
    if take is not None and not take.strip():
        raise UsageError(_EMPTY_VALUE)
    folder = find_folder(call.folder)
    view = call.make_view(load_settings(folder).remote_name)
    began = time.monotonic()
    with (
        open_services(folder, environ=call.environ, notify=call.note) as services,
        call.screen.progress() as progress,
    ):
        settled = run_resolve(
            services,
            Request(query, which, ALIASES.get(take, take) if take else take),
            _make_policy(services),
            ask=lambda place, open_field: _ask(call, view, place, open_field),
            progress=progress,
        )
    result = replace(settled.result, seconds=time.monotonic() - began)
    settled = replace(settled, result=result)
    call.tell(render_problems(result.stopped.problems if result.stopped else ()))
    return call.answer(
        lambda: settled_json(settled), lambda: render_settled(settled, view), exit_code(settled)
    )


def _make_policy(services: Services) -> Policy:
    return Policy(today=services.readers.clock.today())


def _parse_field(text: str) -> Field:
    names = {field.value: field for field in TWO_WAY}
    word = text.strip().casefold()
    if word in names:
        return names[word]
    near = get_close_matches(word, names, n=1)
    raise UsageError(
        Problem(
            code="unknown-field",
            what=f'"{text}" is no field of a skill',
            why=(f"near to it: {near[0]}; " if near else "") + f"fields: {', '.join(names)}",
            kept="nothing was written",
            next="tracker conflicts",
        )
    )


def _ask(
    call: Invocation, view: AnswerView, place: tuple[int, int], open_field: OpenField
) -> Choice:
    """Show one open field and ask until the answer is understood; no answer leaves it open."""
    # Here and not before: without conflicts there is nothing to ask.
    if not call.can_ask:
        raise UsageError(_needs_take(call, view, open_field))
    number, total = place
    counter = [make_line((f"conflict {number} of {total}", "dim"))] * (total > 1)
    call.screen.answer([*counter, *render_open(open_field, view)])
    names = {Take.LOCAL: "file", Take.REMOTE: view.remote.word, Take.BASE: "before"}
    takes = {names[take]: take for take in open_field.can_take}
    options = [f"[{name[0]}]{name[1:]}" for name in (*takes, "edit", "skip")]
    # The sides are `local`, `notion` and `base` on the command line.
    spoken = takes | {str(take): take for take in takes.values()}
    # A letter is enough, of either spelling: f or l, n or w, b.
    letters = {word[0]: take for word, take in spoken.items()}
    while True:
        answer = call.screen.ask_line(f"keep {', '.join(options)}?").casefold()
        take = spoken.get(answer) or letters.get(answer)
        if take is not None:
            return take
        if answer in {"s", "skip", ""}:
            return SKIP
        if answer in {"e", "edit"}:
            text = call.screen.ask_line(f"{open_field.conflict.field}:")
            try:
                return parse_value(open_field.conflict.field, text)
            # Told, and asked again.
            except ValueError as error:
                call.tell([make_line(str(error))])


def _needs_take(call: Invocation, view: AnswerView, open_field: OpenField) -> Problem:
    words = [view.remote.word if it is Take.REMOTE else str(it) for it in open_field.can_take]
    return Problem(
        code="needs-take",
        what="cannot ask for a value: no terminal",
        kept="nothing was written",
        next=advise_take(format_again(call.context), words, open_field.conflict.field),
    )


_EMPTY_VALUE = Problem(
    code="empty-value",
    what="--take needs a word or a value, and it is empty",
    why="an empty value would empty the field on both sides; to do that, empty it on one side, "
    "and take that side",
    kept="nothing was written",
    next="tracker conflicts",
)
