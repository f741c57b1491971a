"""`import`, `export`, `new` and `schema`: foreign formats, and tools for authors."""

from __future__ import annotations

import json
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tracker.adapters.exchange.formats import FORMATS
from tracker.adapters.roadmap_files.schema import format_json_schema, make_json_schema
from tracker.cli.advice import advising, format_again
from tracker.cli.app import open_call
from tracker.cli.options import Names, find_by_ending
from tracker.cli.render.answers import begun_json, exported_json, imported_json
from tracker.cli.render.layout import make_line
from tracker.cli.render.library import render_begun, render_imported, render_not_understood
from tracker.wiring import find_folder, open_foreign, open_local, open_new_files
from tracker.workflows.exchange import run_export, run_import, run_new

app = typer.Typer()


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
    typer.Option("--out", metavar="FILE", help="Write to a new file; none is ever overwritten."),
]


@app.command("import")
def take_in(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A checklist, a table, or a graph.")],
    *,
    name: Annotated[
        str | None,
        typer.Option(
            "--name", metavar="NAME", help="Name of the roadmap; made of its title without."
        ),
    ] = None,
    form: Annotated[
        ImportFormat | None,
        typer.Option("--format", help="What the file is; goes by its ending without."),
    ] = None,
) -> int:
    """Take a roadmap in: a Markdown checklist, a CSV from Notion, a JSON from roadmap.sh.

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
        typer.Option("--format", help="Output format; by the ending of --out, else markdown."),
    ] = None,
    out: Out = None,
) -> int:
    """Take roadmaps out: a Markdown checklist, a CSV for Notion or a spreadsheet, JSON.

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
        typer.Option("--title", metavar="TEXT", help="Its title; made of the name without."),
    ] = None,
) -> int:
    """Begin a roadmap of your own: a file to fill in, with every key explained.

    Editors that know YAML schemas complete and check it by the schema that is put beside.
    """
    call = open_call(context)
    folder = find_folder(call.folder)
    result = run_new(open_local(folder), open_new_files(folder), name, title)
    return call.answer(lambda: begun_json(result), lambda: render_begun(result), 0)


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
