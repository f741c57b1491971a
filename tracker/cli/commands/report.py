"""`report`: how far, how fast, and what is next, with no network at all."""

from __future__ import annotations

import re
import webbrowser
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated

import typer

from tracker.adapters.output import save_output
from tracker.cli.app import Invocation, open_call
from tracker.cli.exits import DONE, FINDINGS
from tracker.cli.options import OUTPUT, Names, find_by_ending, format_again
from tracker.cli.render.layout import AnswerView, make_line, render_problems
from tracker.cli.render.learning_json import report_json
from tracker.cli.render.report_text import render_report
from tracker.errors import Problem, Severity, UsageError
from tracker.progress.forecast import Aim
from tracker.progress.report import Report, summarise
from tracker.wiring import find_folder, load_settings, open_local
from tracker.workflows.local import load_roadmaps, warn_of_unknown_track

app = typer.Typer()


AGO = re.compile(r"([0-9]{1,5})([dwmy])", re.IGNORECASE | re.ASCII)
DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
"""The days of a time that is said with a letter."""


class ReportFormat(StrEnum):
    """Formats of a report."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    BADGE = "badge"


ENDINGS = {
    ".html": ReportFormat.HTML,
    ".htm": ReportFormat.HTML,
    ".md": ReportFormat.MARKDOWN,
    ".markdown": ReportFormat.MARKDOWN,
    ".json": ReportFormat.JSON,
    ".txt": ReportFormat.TEXT,
    ".svg": ReportFormat.BADGE,
    "": ReportFormat.TEXT,
}
"""What a file is by its name; one without an ending is text."""

SHOWN = {ReportFormat.HTML: "progress.html", ReportFormat.BADGE: "progress.svg"}
"""What a browser shows, with the name of the file if none is given."""

_NO_BROWSER = Problem(
    code="no-browser",
    what="no browser could be started here",
    severity=Severity.WARNING,
    next="open the file by yourself",
)


Since = Annotated[
    str,
    typer.Option("--since", metavar="WHEN", help="Also list what was done: 7d, 2w, 3m, a date."),
]


@app.command()
def report(  # noqa: PLR0913  its options
    context: typer.Context,
    names: Names = None,
    *,
    form: Annotated[
        ReportFormat | None,
        typer.Option(
            "--format", help="Output format.  [default: by the ending of --output, else text]"
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(*OUTPUT, metavar="FILE", help="Write into a file, as UTF-8.")
    ] = None,
    show: Annotated[
        bool, typer.Option("--open", help="Open the page, or the badge, in the browser.")
    ] = False,
    since: Since = "",
) -> int:
    """Show progress, pace and what is next."""
    call = open_call(context)
    form = form or _choose_format(context, out, show=show)
    if show and form not in SHOWN:
        raise UsageError(_not_shown(context, form))
    # `--format json` to stdout is the same as --json: problems are told as JSON from here on.
    call.is_json = call.is_json or (form is ReportFormat.JSON and out is None)
    folder = find_folder(call.folder)
    settings, local = load_settings(folder), open_local(folder)
    roadmaps = load_roadmaps(local.reader, names or [])
    warn_of_unknown_track(
        roadmaps, settings.track, lambda problem: call.tell(render_problems([problem]))
    )
    summary = summarise(
        roadmaps,
        today=local.clock.today(),
        only=names or [],
        aim=Aim(settings.target, settings.hours_per_week, settings.track),
        since=_parse_since(since, local.clock.today()) if since else None,
    )
    code = DONE
    if out is not None or show:
        # The browser reads it later: a file of its own is left where the system clears up.
        out = call.find_output(out) if out else Path(mkdtemp(prefix="tracker-"), SHOWN[form])
        again = format_again(context, "--output", "FILE", without={"out"})
        _save_document(out, _format_document(call, summary, form), again)
        call.tell([make_line(f"written: {out}")])
        if show and not webbrowser.open(out.resolve().as_uri()):
            call.tell(render_problems([_NO_BROWSER]))
            code = FINDINGS
    if call.is_json:
        keys = report_json(summary) | {
            "out": str(out) if out else None,
            "opened": show and code == DONE,
        }
        return call.answer(lambda: keys, list, code)
    if out is None:
        _answer(call, summary, form)
    return code


def _answer(call: Invocation, summary: Report, form: ReportFormat) -> None:
    """Print a report."""
    if form is ReportFormat.TEXT:
        call.screen.answer(render_report(summary, call.make_view()))
        return
    text = _format_document(call, summary, form)
    encoding = (call.screen.out.file.encoding or "").lower().replace("-", "")
    if form in SHOWN and encoding != "utf8":
        # A page says that it is UTF-8, and XML is it; character references survive any encoding.
        text = text.encode("ascii", "xmlcharrefreplace").decode("ascii")
    call.screen.answer_document(text)


def _choose_format(context: typer.Context, out: Path | None, *, show: bool) -> ReportFormat:
    if out is not None:
        return find_by_ending(context, out, ENDINGS)
    return ReportFormat.HTML if show else ReportFormat.TEXT


def _not_shown(context: typer.Context, form: ReportFormat) -> Problem:
    return Problem(
        code="not-shown",
        what=f"a browser shows a page or a badge, not {form}",
        kept="nothing was written",
        next=format_again(context, "--format", "html", without={"form", "out"}) + "    # or badge",
    )


def _parse_since(text: str, today: date) -> date:
    """Return the day that is meant by `7d`, `2w`, `3m`, `1y` or a date; raise UsageError for others."""
    found = AGO.fullmatch(text.strip())
    try:
        if found is None:
            return date.fromisoformat(text.strip())
        return today - timedelta(days=int(found[1]) * DAYS[found[2].lower()])
    except (ValueError, OverflowError):
        raise UsageError(
            Problem(
                code="bad-since",
                what=f'"{text}" is neither a time such as 7d, 2w or 3m, nor a date',
                next="tracker report --since 7d    # or a date, such as --since 2026-11-01",
            )
        ) from None


def _format_document(call: Invocation, summary: Report, form: ReportFormat) -> str:
    """Return a report as the text of a file."""
    if form is ReportFormat.TEXT:
        return "".join(f"{line.plain}\n" for line in render_report(summary, AnswerView()))
    if form is ReportFormat.JSON:
        return call.format_json(0, report_json(summary))
    # Late: the report on a terminal, which is asked for most, needs no template.
    if form is ReportFormat.MARKDOWN:
        from tracker.cli.render.report_markdown import render_markdown  # noqa: PLC0415

        return render_markdown(summary)
    if form is ReportFormat.BADGE:
        from tracker.cli.render.badge import render_badge  # noqa: PLC0415

        return render_badge(summary)
    from tracker.cli.render.report_html import render_html  # noqa: PLC0415

    return render_html(summary)


def _save_document(out: Path, text: str, again: str) -> None:
    try:
        save_output(out, text)
    except OSError as error:
        raise UsageError(
            Problem(
                code="report-file",
                what=f"cannot write the report {out}",
                why=error.strerror or str(error),
                kept="no roadmap was touched",
                next=f"{again}, with a file that can be written",
            )
        ) from None
