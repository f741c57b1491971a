"""`roadmaps`, `add` and `upgrade`: which roadmaps there are, another one, a new edition of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import typer

from tracker.cli.advice import advising, format_again, require_answer
from tracker.cli.app import Invocation, open_call
from tracker.cli.options import Names, Yes, complete_bundled
from tracker.cli.render.answers import added_json, library_json, upgraded_json
from tracker.cli.render.layout import plural
from tracker.cli.render.library import (
    render_added,
    render_library,
    render_offers,
    render_result,
    render_upgrades,
)
from tracker.cli.render.skill import render_diff
from tracker.errors import SettingsError
from tracker.ports import LibraryServices
from tracker.wiring import find_folder, open_bundled, open_library
from tracker.workflows.library import (
    PlannedUpgrade,
    Upgraded,
    choose_removals,
    list_bundled,
    list_dropped,
    list_library,
    plan_upgrades,
    run_add,
    run_upgrade,
)

app = typer.Typer()


@app.command()
def roadmaps(context: typer.Context) -> int:
    """List the bundled roadmaps and those of this folder, with what they hold.

    Says where a newer edition is bundled. Outside a folder it lists the bundled ones.
    """
    call = open_call(context)
    try:
        folder = find_folder(call.folder)
    # Outside a folder: what can be brought in, for somebody who looks around first.
    except SettingsError:
        listed = list_bundled(open_bundled())
    else:
        listed = list_library(open_library(folder))
    return call.answer(
        lambda: library_json(listed), lambda: render_library(listed, call.screen.width), 0
    )


@app.command()
def add(
    context: typer.Context,
    what: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FILE",
            help="A bundled roadmap, or the path of a roadmap file.",
            autocompletion=complete_bundled,
        ),
    ],
) -> int:
    """Bring another roadmap into the folder: a bundled one, or a file that somebody sent you.

    A file is checked first. Nothing is ever overwritten.
    """
    call = open_call(context)
    added = run_add(open_library(find_folder(call.folder)), what, call.find_input)
    return call.answer(lambda: added_json(added), lambda: render_added(added), 0)


@app.command()
def upgrade(  # noqa: PLR0913  its options
    context: typer.Context,
    names: Names = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would change.")
    ] = False,
    yes: Yes = False,
    remove: Annotated[
        list[str] | None,
        typer.Option(
            "--remove",
            metavar="SKILL",
            help="Take out a skill that the edition dropped; may be repeated.",
        ),
    ] = None,
    remove_all: Annotated[
        bool, typer.Option("--remove-all", help="Take out all of those you never worked on.")
    ] = False,
) -> int:
    """Merge the newer edition of a bundled roadmap into your copy of it.

    What you wrote stays: progress, own skills, every value you changed, what you deleted. Skills that
    the edition dropped stay unless you say otherwise. On a terminal it asks; --yes answers.
    """
    call = open_call(context)
    command = _UpgradeCommand(call, open_library(find_folder(call.folder)), tuple(names or ()))
    plans = command.plan()
    again = format_again(context, "--dry-run", without={"remove", "remove_all", "yes"})
    with advising({"not-dropped": again}):
        chosen = choose_removals(plans, remove or (), every=remove_all)
    # What is taken out is part of the plan: edits of a file are made in one go.
    if chosen:
        plans = command.plan(chosen)
    if dry_run:
        return command.answer(Upgraded(plans, dry_run=True))
    if yes or all(plan.upgrade.is_empty for plan in plans):
        return command.answer(run_upgrade(command.library, plans))
    return _ask_and_run(command, plans, has_chosen=bool(remove or remove_all))


@dataclass(slots=True)
class _UpgradeCommand:
    """What an upgrade works with; remembers that the plan was shown."""

    call: Invocation
    library: LibraryServices
    names: Sequence[str]
    is_shown: bool = False

    def plan(self, remove: frozenset[str] = frozenset()) -> tuple[PlannedUpgrade, ...]:
        """Plan the upgrades."""
        return plan_upgrades(self.library, self.names, remove)

    def show(self, plans: Sequence[PlannedUpgrade]) -> None:
        """Show the plan once, with -v also the diffs of the files."""
        call = self.call
        if call.is_json or self.is_shown:
            return
        self.is_shown = True
        call.screen.answer(render_upgrades(plans, call.screen.width, verbose=call.is_verbose))
        if call.is_verbose:
            for plan in plans:
                call.screen.answer(render_diff(plan.diff) if plan.diff else [])

    def answer(self, result: Upgraded) -> int:
        """Print the result; 1 when the answer was no."""
        self.show(result.plans)
        code = 0 if result.confirmed else 1
        return self.call.answer(
            lambda: upgraded_json(result),
            lambda: render_result(result, self.call.screen.width),
            code,
        )


def _ask_and_run(
    command: _UpgradeCommand, plans: tuple[PlannedUpgrade, ...], *, has_chosen: bool
) -> int:
    """Ask what to remove and whether to go on; without a terminal name the flag that answers."""
    command.show(plans)
    changed = [plan.file.name for plan in plans if not plan.upgrade.is_empty]
    require_answer(
        command.call, f"upgrading {plural(len(changed), 'roadmap')}", code="not-confirmed"
    )
    if not has_chosen and (chosen := _ask_removals(command, plans)):
        plans = command.plan(chosen)
    if not command.call.screen.ask(f"upgrade {', '.join(changed)}?"):
        return command.answer(replace(Upgraded(plans), confirmed=False))
    return command.answer(run_upgrade(command.library, plans))


def _ask_removals(command: _UpgradeCommand, plans: Sequence[PlannedUpgrade]) -> frozenset[str]:
    """Ask which of the dropped skills to take out: all untouched ones, or one by one by number."""
    offers = list_dropped(plans)
    if not offers:
        return frozenset()
    screen = command.call.screen
    command.call.tell(render_offers(list(offers.values()), screen.width))
    words = screen.ask_line("take out which? (all, numbers or ids; Enter keeps them)")
    chosen = words.replace(",", " ").split()
    numbered = {str(number): key for number, key in enumerate(offers, start=1)}
    named = [numbered.get(word, word) for word in chosen if word != "all"]
    return choose_removals(plans, named, every="all" in chosen)
