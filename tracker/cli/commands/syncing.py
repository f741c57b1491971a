"""`plan`, `apply`, `sync`, `conflicts` and `resolve`: show the plan, ask where it matters, carry it out.

Never asks without a terminal; then the flag or option that answers is named instead.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from tracker.adapters.files import read_file
from tracker.adapters.output import save_output
from tracker.cli.app import Invocation, open_call
from tracker.cli.exits import exit_code
from tracker.cli.lines import StyledLine
from tracker.cli.options import (
    OUTPUT,
    AllowDeletes,
    DryRun,
    MaybeQuery,
    Names,
    Yes,
    advising,
    format_again,
)
from tracker.cli.render.answers import open_ends_json, planned_json, settled_json, sync_json
from tracker.cli.render.layout import AnswerView, make_line, render_problems
from tracker.cli.render.plan import (
    render_open,
    render_open_ends,
    render_planned,
    render_plans,
    render_settled,
    render_summary,
    render_unfinished,
)
from tracker.errors import NOTHING_WRITTEN, SETTLED, Problem, UsageError
from tracker.ports import Services
from tracker.settings import RemoteName, Settings
from tracker.sync.model import Delete, Outcome, Policy, Side, Take
from tracker.sync.one_skill import OpenField, parse_value
from tracker.sync.records import TWO_WAY, Field
from tracker.text import plural, quote_argument
from tracker.wiring import find_base_url, find_folder, load_settings, open_services
from tracker.workflows.conflicts import (
    SKIP,
    Choice,
    Request,
    advise_take,
    run_conflicts,
    run_resolve,
)
from tracker.workflows.forecast import SpeedLimit
from tracker.workflows.observe import observe_changes
from tracker.workflows.results import Planned, SyncResult
from tracker.workflows.saved_plan import format_saved
from tracker.workflows.sync import run_apply, run_sync

app = typer.Typer()

MOST_BYTES = 50_000_000
"""What a saved plan may have."""


class Prefer(StrEnum):
    """The side that settles conflicts, as it is named on the command line."""

    LOCAL = "local"
    NOTION = "notion"
    WORKSPACE = "workspace"


SIDES = {Prefer.LOCAL: Side.LOCAL, Prefer.NOTION: Side.REMOTE, Prefer.WORKSPACE: Side.REMOTE}

PreferOption = Annotated[
    Prefer | None,
    typer.Option("--prefer", help="Resolve every conflict for this side.", show_default=False),
]


@app.command()
def plan(
    context: typer.Context,
    names: Names = None,
    *,
    out: Annotated[
        Path | None, typer.Option(*OUTPUT, metavar="FILE", help="Save the plan for `apply`.")
    ] = None,
    prefer: PreferOption = None,
    allow_deletes: AllowDeletes = 0,
) -> int:
    """Show what a sync would do, and what it costs; writes nothing."""
    return _show_plan(_open(context, names, prefer, allow_deletes), out)


@app.command()
def sync(  # noqa: PLR0913  its options
    context: typer.Context,
    names: Names = None,
    *,
    dry_run: DryRun = False,
    yes: Yes = False,
    prefer: PreferOption = None,
    allow_deletes: AllowDeletes = 0,
) -> int:
    """Sync the roadmaps with Notion, both ways.

    On a terminal it asks before it deletes anything; --yes answers. Elsewhere the limit on deletions
    is the answer: more than 10 skills and 25 % of a roadmap need --allow-deletes.
    """
    command = _open(context, names, prefer, allow_deletes)
    if dry_run:
        return _show_plan(command, None)
    # A script is not asked: the limit on deletions is what keeps it safe.
    command.is_answered = yes or not command.call.can_ask
    return _carry_out(
        command,
        lambda services, progress: run_sync(
            services,
            command.names,
            command.make_policy(services),
            confirm=command.confirm,
            progress=progress,
        ),
    )


@app.command()
def apply(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A plan saved with --output.")],
    *,
    yes: Yes = False,
) -> int:
    """Apply a saved plan exactly, or refuse it as stale.

    On a terminal it shows the plan and asks; --yes answers. Elsewhere the saved plan is the answer.
    """
    command = _open(context, None, None, 0)
    saved = _load_saved(command.call.find_input(file))
    command.again = _format_plan_again(saved, file, command.settings.remote_name)
    command.is_answered = yes or not command.call.can_ask
    command.asks_of_every_write = True
    return _carry_out(
        command,
        lambda services, progress: run_apply(
            services, saved, confirm=command.confirm, progress=progress
        ),
    )


@dataclass(slots=True)
class _SyncCommand:
    """One `plan`, `sync` or `apply`: what it works with, and whether its plan was shown.

    `again` is advised when the plan is stale. A sync asks before it deletes, `apply` before any write.
    """

    call: Invocation
    folder: Path
    settings: Settings
    names: Sequence[str]
    prefer: Side | None
    allow_deletes: int
    again: str
    is_answered: bool = False
    asks_of_every_write: bool = False
    is_shown: bool = False

    def make_policy(self, services: Services) -> Policy:
        """Return the rules of this run, on the learner's own day."""
        return Policy(
            prefer=self.prefer,
            allow_deletes=self.allow_deletes,
            today=services.readers.clock.today(),
            # Advice to allow more deletions comes with its own number.
            command=format_again(
                self.call.context, name="sync", without={"out", "dry_run", "allow_deletes", "file"}
            ),
        )

    @property
    def view(self) -> AnswerView:
        """How this run is shown on this screen."""
        return self.call.make_view(self.settings.remote_name)

    def render(self, planned: Planned) -> list[StyledLine]:
        """Render a plan with the time it takes; the built-in workspace has no rate limit."""
        limit = None
        if self.settings.notion.parent is not None:
            notion = self.settings.notion
            least = self.settings.find_least_budget(find_base_url(self.call.environ))
            limit = SpeedLimit(notion.requests_per_minute, notion.workers, least)
        return render_planned(planned, self.view, pace=limit)

    def confirm(self, planned: Planned) -> bool:
        """Show a plan before it is carried out, and ask if need be whether to go on."""
        if not self.call.is_json:
            self.call.screen.answer(self.render(planned))
            self.is_shown = True
        sides = Counter(
            write.side
            for plan in planned.plans
            for write in plan.writes
            if isinstance(write, Delete)
        )
        needs_answer = not planned.is_empty if self.asks_of_every_write else bool(sides)
        if self.is_answered or not needs_answer:
            return True
        return self.call.screen.ask(self._format_question(sides))

    def _format_question(self, sides: Mapping[Side, int]) -> str:
        """Return what is asked before a plan with so many deletions is carried out."""
        places = {Side.LOCAL: "your file", Side.REMOTE: self.view.remote.place}
        deletes = " and ".join(
            f"{plural(sides[side], 'skill')} from {place}"
            for side, place in places.items()
            if sides.get(side)
        )
        verb = "apply the plan" if self.asks_of_every_write else "sync"
        if not deletes:
            return f"{verb.capitalize()}?"
        back = "it" if sum(sides.values()) == 1 else "them"
        return f"Delete {deletes} and {verb}? (tracker undo brings {back} back)"


def _open(
    context: typer.Context, names: Sequence[str] | None, prefer: Prefer | None, allow_deletes: int
) -> _SyncCommand:
    call = open_call(context)
    folder = find_folder(call.folder)
    settings = load_settings(folder)
    chosen = prefer or (Prefer(settings.prefer) if settings.prefer != "ask" else None)
    side = SIDES[chosen] if chosen else None
    again = format_again(context)
    return _SyncCommand(call, folder, settings, tuple(names or ()), side, allow_deletes, again)


def _show_plan(command: _SyncCommand, out: Path | None) -> int:
    call = command.call
    with (
        open_services(
            command.folder, environ=call.environ, notify=call.note, dry_run=True
        ) as services,
        call.screen.progress() as progress,
    ):
        policy = command.make_policy(services)
        planned = observe_changes(services.readers, command.names, policy, progress).planned
    saved = None
    # A refused plan cannot be applied: a file of it would only mislead.
    if out is not None and not planned.refusals:
        saved = call.find_output(out)
        text = json.dumps(format_saved(planned.plans, command.names, policy), indent=1) + "\n"
        try:
            save_output(saved, text)
        except OSError as error:
            raise UsageError(_bad_file("cannot write the plan", saved, error)) from None
    call.tell(render_problems(planned.problems, call.screen.told_width))
    code = call.answer(
        lambda: planned_json(planned) | {"out": str(saved) if saved else None},
        lambda: command.render(planned),
        exit_code(planned),
    )
    # Told last and on stderr: the plan on stdout can be piped, and this line pasted.
    if saved is not None:
        call.tell([f"saved: tracker apply {quote_argument(str(out))}"])
    return code


def _carry_out(
    command: _SyncCommand,
    workflow: Callable[[Services, Callable[[int, int, str], None]], SyncResult],
) -> int:
    call = command.call
    began = time.monotonic()
    with (
        advising({"plan-stale": command.again}),
        open_services(command.folder, environ=call.environ, notify=call.note) as services,
        call.screen.progress() as progress,
    ):
        result = workflow(services, progress)
    result = replace(result, seconds=time.monotonic() - began)
    call.tell(render_problems(_all_problems(result), call.screen.told_width))
    return call.answer(
        lambda: sync_json(result), lambda: _render_result(command, result), exit_code(result)
    )


def _render_result(command: _SyncCommand, result: SyncResult) -> Iterable[StyledLine]:
    planned = result.planned
    lines = render_unfinished(result)
    # Somebody who saw the plan need not see its conflicts again, unless it changed meanwhile.
    is_shown = command.is_shown and not result.is_replanned
    if not is_shown and (planned.conflicts or planned.holds or planned.refusals):
        lines = [*render_plans(planned, command.view), *lines]
    return [*lines, *render_summary(result, command.view)]


def _all_problems(result: SyncResult) -> Iterable[Problem]:
    stopped = result.stopped.problems if result.stopped else ()
    if not any(ended.outcome is Outcome.DONE for ended in result.outcomes):
        # The problem says that settled writes are kept; here there are none.
        stopped = tuple(
            replace(problem, kept=NOTHING_WRITTEN) if problem.kept == SETTLED else problem
            for problem in stopped
        )
    return dict.fromkeys([*result.planned.problems, *result.problems, *stopped])


def _load_saved(path: Path) -> dict[str, Any]:
    """Load a saved plan; the workflow refuses what is no JSON object."""
    try:
        saved = json.loads(read_file(path, MOST_BYTES))
    except OSError as error:
        raise UsageError(_bad_file("cannot read the plan", path, error)) from None
    # No JSON, or JSON so deep that it was made to crash programs.
    except (ValueError, RecursionError):
        saved = {}
    return saved if isinstance(saved, dict) else {}


def _format_plan_again(saved: dict[str, Any], file: Path, remote: RemoteName) -> str:
    """Return the commands that make a saved plan anew and apply it."""
    # The file may be anybody's: what is not as expected is left out of the advice.
    names = saved.get("names")
    policy = saved.get("policy")
    words = [str(name) for name in names] if isinstance(names, list) else []
    if isinstance(policy, dict):
        sides = {Side.LOCAL.value: "local", Side.REMOTE.value: remote.word}
        side = sides.get(str(policy.get("prefer")))
        words += ["--prefer", side] if side else []
        deletes = policy.get("allow_deletes")
        words += ["--allow-deletes", str(deletes)] if deletes else []
    shown = quote_argument(str(file))
    plan = " ".join(["tracker plan", *map(quote_argument, words), "--output", shown])
    return f"{plan}    # look at it, then tracker apply {shown}"


def _bad_file(what: str, path: Path, error: OSError) -> Problem:
    return Problem(
        code="plan-file",
        what=f"{what} {path}",
        why=error.strerror or str(error),
        kept="nothing was written",
        next="tracker plan --output FILE",
    )


ALIASES = {"file": Take.LOCAL, "workspace": Take.REMOTE, "before": Take.BASE}
"""Also accepted by --take: the labels shown beside the values."""


@app.command()
def conflicts(context: typer.Context, names: Names = None) -> int:
    """List conflicts, and the commands that resolve them; writes nothing.

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
    query: MaybeQuery = None,
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
    """Resolve conflicts on both sides; nothing else is synced.

    Without --take it asks for each, on a terminal; without a skill it steps through all conflicts.
    Several tags or prerequisites go with commas.
    """
    call = open_call(context)
    which = _parse_field(field) if field is not None else None
    if take is not None and not take.strip():
        raise UsageError(_EMPTY_VALUE)
    folder = find_folder(call.folder)
    view = call.make_view(load_settings(folder).remote_name)
    if query is not None:
        request = Request(query, which, ALIASES.get(take, take) if take else take)
        return _settle(call, folder, view, request)
    if take is not None:
        raise UsageError(_NEEDS_SKILL)
    return _step_through(call, folder, view)


def _step_through(call: Invocation, folder: Path, view: AnswerView) -> int:
    """Ask for every conflict, skill by skill; what was settled stays settled if a later one is not."""
    with open_services(folder, environ=call.environ, notify=call.note, dry_run=True) as services:
        ends = run_conflicts(services.readers, (), _make_policy(services))
    clashing = [(name, found) for name, found in ends.fields if not found.is_held]
    if not clashing:
        call.tell(render_problems(ends.problems, call.screen.told_width))
        return call.answer(
            lambda: open_ends_json(ends, view.remote),
            lambda: render_open_ends(ends, view),
            exit_code(ends),
        )
    if not call.can_ask:
        raise UsageError(_NEEDS_SKILL)
    skills = Counter(f"{name}/{found.conflict.skill_id}" for name, found in clashing)
    codes, asked = [0], 0
    for skill, count in skills.items():
        codes.append(_settle(call, folder, view, Request(skill), (asked, len(clashing))))
        asked += count
    return max(codes)


def _settle(
    call: Invocation,
    folder: Path,
    view: AnswerView,
    request: Request,
    before: tuple[int, int] | None = None,
) -> int:
    """Settle conflicts of one skill; `before` counts those asked for already, and all there are."""
    asked, total = before or (0, 0)
    began = time.monotonic()
    with (
        open_services(folder, environ=call.environ, notify=call.note) as services,
        call.screen.progress() as progress,
    ):
        settled = run_resolve(
            services,
            request,
            _make_policy(services),
            ask=lambda place, open_field: _ask(
                call, view, (asked + place[0], total or place[1]), open_field
            ),
            progress=progress,
        )
    result = replace(settled.result, seconds=time.monotonic() - began)
    settled = replace(settled, result=result)
    stopped = result.stopped.problems if result.stopped else ()
    call.tell(render_problems((*result.problems, *stopped), call.screen.told_width))
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


_NEEDS_SKILL = Problem(
    code="needs-skill",
    what="resolve needs a skill: no terminal to ask on, or --take without one",
    kept="nothing was written",
    next="tracker conflicts    # lists them, each with its command",
)
_EMPTY_VALUE = Problem(
    code="empty-value",
    what="--take needs a word or a value, and it is empty",
    why="an empty value would empty the field on both sides; to do that, empty it on one side, "
    "and take that side",
    kept="nothing was written",
    next="tracker conflicts",
)
