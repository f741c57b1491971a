"""`roadmaps`, `add`, `upgrade`, `new`, `import`, `export` and `schema`: roadmaps that come and go."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tracker.adapters.exchange.formats import FORMATS
from tracker.adapters.roadmap_files.schema import format_json_schema, make_json_schema
from tracker.cli.app import Invocation, open_call
from tracker.cli.options import (
    OUTPUT,
    Names,
    Yes,
    advising,
    complete_bundled,
    find_by_ending,
    format_again,
    require_answer,
)
from tracker.cli.render.answers import (
    added_json,
    exported_json,
    imported_json,
    library_json,
    upgraded_json,
)
from tracker.cli.render.json_values import pick
from tracker.cli.render.layout import make_line
from tracker.cli.render.library import (
    render_added,
    render_begun,
    render_imported,
    render_library,
    render_not_understood,
    render_offers,
    render_result,
    render_upgrades,
)
from tracker.cli.render.marks import render_diff
from tracker.errors import SettingsError
from tracker.library_ports import LibraryServices
from tracker.text import plural
from tracker.wiring import (
    find_folder,
    open_bundled,
    open_foreign,
    open_library,
    open_local,
    open_new_files,
)
from tracker.workflows.library import (
    PlannedUpgrade,
    Upgraded,
    choose_removals,
    list_bundled,
    list_dropped,
    list_library,
    plan_upgrades,
    run_add,
    run_export,
    run_import,
    run_new,
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
            help="Remove a skill that the edition dropped; may be repeated.",
        ),
    ] = None,
    remove_all: Annotated[
        bool, typer.Option("--remove-all", help="Remove all of those you never worked on.")
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
                call.screen.answer(render_diff(plan.diff, call.screen.width) if plan.diff else [])

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


class ImportFormat(StrEnum):
    """Formats of import."""

    MARKDOWN = "markdown"
    CSV = "csv"
    ROADMAP_SH = "roadmap-sh"


class ExportFormat(StrEnum):
    """Formats of export."""

    MARKDOWN = "markdown"
    CSV = "csv"
    JSON = "json"


ENDINGS = {
    ".md": ExportFormat.MARKDOWN,
    ".markdown": ExportFormat.MARKDOWN,
    ".txt": ExportFormat.MARKDOWN,
    ".csv": ExportFormat.CSV,
    ".json": ExportFormat.JSON,
    "": ExportFormat.MARKDOWN,
}
"""What a file is by its name."""

Out = Annotated[
    Path | None,
    typer.Option(*OUTPUT, metavar="FILE", help="Write to a new file; none is ever overwritten."),
]


@app.command("import")
def take_in(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A checklist, a table, or a graph.")],
    *,
    name: Annotated[
        str | None,
        typer.Option(
            "--name", metavar="NAME", help="Name of the roadmap.  [default: from its title]"
        ),
    ] = None,
    form: Annotated[
        ImportFormat | None,
        typer.Option("--format", help="What the file is.  [default: by its ending]"),
    ] = None,
) -> int:
    """Import a roadmap: a Markdown checklist, a CSV from Notion, a JSON from roadmap.sh.

    Makes a new roadmap file. What was not understood is listed with its line; the rest comes in.
    """
    call = open_call(context)
    folder = find_folder(call.folder)
    # The advice can be pasted as it is; the other formats are named in a comment.
    first, *others = ImportFormat
    again = format_again(context, "--format", first, without={"form"})
    again += f"    # or {', '.join(others)}"
    named = format_again(context, "--name", "OTHER", without={"name"})
    with advising({"unknown-format": again, "nothing-to-import": again, "file-exists": named}):
        result = run_import(
            open_local(folder),
            open_foreign(),
            open_new_files(folder),
            path=call.find_input(file),
            wanted=(name, form.value if form else None),
        )
    call.tell(render_not_understood(result))
    return call.answer(lambda: imported_json(result), lambda: render_imported(result), 0)


@app.command("export")
def take_out(
    context: typer.Context,
    names: Names = None,
    *,
    form: Annotated[
        ExportFormat | None,
        typer.Option(
            "--format", help="Output format.  [default: by the ending of --output, else markdown]"
        ),
    ] = None,
    out: Out = None,
) -> int:
    """Export roadmaps: a Markdown checklist, a CSV for Notion or a spreadsheet, JSON.

    A checklist or a table that is taken in again has the same skills, progress and links.
    """
    call = open_call(context)
    folder = find_folder(call.folder)
    # The ending of a file is asked only where no format was named.
    form = form or (find_by_ending(context, out, ENDINGS) if out else ExportFormat.MARKDOWN)
    chosen = form.value
    result = run_export(open_local(folder).reader, names or [], chosen, FORMATS[chosen])
    if out is not None:
        path = call.find_output(out)
        open_new_files(folder).save_text(path, result.text)
        result = replace(result, path=path)
        call.tell([make_line(f"written: {out}")])
    elif not call.is_json:
        text = result.text
        # Skills may have names that the terminal's encoding lacks: JSON can escape them.
        if chosen == ExportFormat.JSON and not call.screen.out.can_say(text):
            text = json.dumps(json.loads(text), indent=2) + "\n"
        call.screen.answer_document(text)
        return 0
    return call.answer(lambda: exported_json(result), list, 0)


@app.command("new")
def begin(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the roadmap: lower-case-words.")
    ],
    *,
    title: Annotated[
        str | None,
        typer.Option("--title", metavar="TEXT", help="Its title.  [default: from NAME]"),
    ] = None,
) -> int:
    """Create a roadmap of your own: a file to fill in, with every key explained.

    Editors that know YAML schemas complete and check it by the schema that is put beside.
    """
    call = open_call(context)
    folder = find_folder(call.folder)
    result = run_new(open_local(folder), open_new_files(folder), name, title)
    return call.answer(lambda: pick(result, "name title files"), lambda: render_begun(result), 0)


@app.command()
def schema(context: typer.Context, *, out: Out = None) -> int:
    """Print the JSON Schema of a roadmap file, for editors; needs no folder."""
    call = open_call(context)
    if out is not None:
        open_new_files(call.folder).save_text(call.find_output(out), format_json_schema())
        call.tell([make_line(f"written: {out}")])
    elif not call.is_json:
        call.screen.out.write(format_json_schema())
        return 0
    shown = str(out) if out else None
    return call.answer(lambda: {"json_schema": make_json_schema(), "out": shown}, list, 0)
