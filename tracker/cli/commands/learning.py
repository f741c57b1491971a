"""`report`, `next`, `show` and `mark`: what the learner asks in between, with no network at all."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from tracker.adapters.output import save_output
from tracker.cli.app import Invocation, open_call
from tracker.cli.options import (
    Count,
    InSection,
    Names,
    OfLevel,
    OnTrack,
    Query,
    complete_mark,
    find_by_ending,
    format_again,
)
from tracker.cli.render.layout import AnswerView, hang, make_line, render_problems
from tracker.cli.render.learning import render_report
from tracker.cli.render.learning_json import (
    marks_json,
    next_json,
    report_json,
    skill_json,
    ticked_json,
)
from tracker.cli.render.marks import render_marks, render_ticked
from tracker.cli.render.report_documents import render_html, render_markdown
from tracker.cli.render.skills import ShownSkill, render_next, render_skill
from tracker.errors import Location, Problem, UsageError
from tracker.ports import LocalServices
from tracker.progress import Aim, Report, find_next, list_everything, summarise
from tracker.progress.coverage import covered_places, index_skills
from tracker.progress.selection import NO_FILTER, SkillFilter
from tracker.roadmap.model import Roadmap, Status
from tracker.wiring import find_folder, load_settings, open_local
from tracker.workflows.local import (
    find_file,
    find_places,
    run_mark_covered,
    run_marks,
    select_files,
)

app = typer.Typer()


class ReportFormat(StrEnum):
    """Formats of a report."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


DOCUMENTS = {ReportFormat.MARKDOWN: render_markdown, ReportFormat.HTML: render_html}
ENDINGS = {
    ".html": ReportFormat.HTML,
    ".htm": ReportFormat.HTML,
    ".md": ReportFormat.MARKDOWN,
    ".markdown": ReportFormat.MARKDOWN,
    ".json": ReportFormat.JSON,
    ".txt": ReportFormat.TEXT,
    "": ReportFormat.TEXT,
}
"""What a file is by its name; one without an ending is text."""


@app.command()
def report(
    context: typer.Context,
    names: Names = None,
    *,
    form: Annotated[
        ReportFormat | None,
        typer.Option("--format", help="Output format; by the ending of --out, else text."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write into a file, as UTF-8.")
    ] = None,
) -> int:
    """Say how far along you are, how fast, and what is next."""
    call = open_call(context)
    form = form or (find_by_ending(context, out, ENDINGS) if out else ReportFormat.TEXT)
    # `--format json` to stdout is the same as --json: problems are told as JSON from here on.
    call.is_json = call.is_json or (form is ReportFormat.JSON and out is None)
    folder = find_folder(call.folder)
    settings, local = load_settings(folder), open_local(folder)
    summary = summarise(
        _load_roadmaps(local, names or []),
        today=local.clock.today(),
        only=names or [],
        aim=Aim(settings.target, settings.hours_per_week),
    )
    if out is not None:
        out = call.find_output(out)
        again = format_again(context, "--out", "FILE", without={"out"})
        _save_document(out, _format_document(call, summary, form), again)
        call.tell([make_line(f"written: {out}")])
    if call.is_json:
        keys = report_json(summary) | {"out": str(out) if out else None}
        return call.answer(lambda: keys, list, 0)
    if out is not None:
        return 0
    if form is ReportFormat.TEXT:
        return call.answer(dict, lambda: render_report(summary, call.make_view()), 0)
    text = _format_document(call, summary, form)
    encoding = (call.screen.out.file.encoding or "").lower().replace("-", "")
    if form is ReportFormat.HTML and encoding != "utf8":
        # A page says that it is UTF-8; character references survive any other encoding.
        text = text.encode("ascii", "xmlcharrefreplace").decode("ascii")
    call.screen.answer_document(text)
    return 0


@app.command("next")
def list_next(  # noqa: PLR0913  its options
    context: typer.Context,
    names: Names = None,
    *,
    count: Count = 5,
    section: InSection = "",
    level: OfLevel = "",
    track: OnTrack = "",
    hours: Annotated[
        float | None,
        typer.Option("--hours", metavar="H", min=0, help="Only what takes at most so many hours."),
    ] = None,
) -> int:
    """List what is in progress, with its age, then what can be started, by level and file order.

    Examples: tracker next --limit 3; tracker next --level entry --hours 4
    """
    call = open_call(context)
    local = open_local(find_folder(call.folder))
    roadmaps = _load_roadmaps(local, names or [])
    chosen = {name: roadmap for name, roadmap in roadmaps.items() if not names or name in names}
    wanted = SkillFilter(section=section, level=level, track=track, hours=hours)
    places = find_places(chosen, wanted)
    covered = covered_places(index_skills(roadmaps))
    listed = list_everything(roadmaps, covered, local.clock.today())
    following = find_next(found for found in listed if found.roadmap in chosen)
    in_progress = [found for found in following.in_progress if found.place in places]
    startable = [found for found in following.startable if found.place in places][:count]
    nothing = "nothing is left to start: everything is done, skipped or waiting"
    if wanted != NO_FILTER:
        nothing = "nothing that matches is in progress or can be started"
    return call.answer(
        lambda: next_json(in_progress, startable),
        lambda: (
            render_next(in_progress, startable, call.make_view(), links=True)
            or hang(("", ""), nothing, call.screen.width)
        ),
        0,
    )


@app.command()
def show(context: typer.Context, query: Query) -> int:
    """Show one skill with its links, prerequisites and notes."""
    call = open_call(context)
    reader = open_local(find_folder(call.folder)).reader
    file, match = find_file(reader, query, warn=partial(_warn, call))
    section, index = match.at
    line = file.locations.get(("sections", section, "skills", index), Location(file.path)).line
    shown = ShownSkill(match, file.roadmap, str(Location(file.path, line)))
    return call.answer(
        lambda: {"skill": skill_json(shown, file.path, line or None)},
        lambda: render_skill(shown, call.make_view()),
        0,
    )


@app.command()
def mark(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SKILL... STATUS",
            help="Skills (id, name or unique part of a name) and todo|doing|done|skipped. "
            "With --covered: names of roadmaps; all without one.",
            autocompletion=complete_mark,
            show_default=False,
        ),
    ] = None,
    *,
    covered: Annotated[
        bool,
        typer.Option("--covered", help="Tick every skill that other skills cover (covered_by)."),
    ] = False,
) -> int:
    """Set the status of skills in their files, with the date that goes with it.

    The other side learns of it from the next sync. Nothing is written unless all skills are known.

    Examples: tracker mark knn done; tracker mark knn svm pca doing
    """
    call = open_call(context)
    if covered:
        return _mark_covered(call, words or [])
    queries, status = _parse_mark(words or [])
    local = open_local(find_folder(call.folder))
    marked = run_marks(local, queries, status, warn=partial(_warn, call))
    return call.answer(lambda: marks_json(marked), lambda: render_marks(marked), 0)


def _warn(call: Invocation, problem: Problem) -> None:
    call.tell(render_problems([problem]))


def _mark_covered(call: Invocation, names: list[str]) -> int:
    ticked = run_mark_covered(open_local(find_folder(call.folder)), names)
    return call.answer(
        lambda: ticked_json(ticked),
        lambda: render_ticked(ticked, call.screen.width, verbose=call.is_verbose),
        0,
    )


def _parse_mark(words: list[str]) -> tuple[list[str], Status]:
    """Return skills and the status; raise UsageError for anything else."""
    # The status comes last: names of skills may be several words, and any number of them.
    statuses = ", ".join(Status)
    *queries, last = words or [""]
    word = last.casefold()
    if queries and word in set(Status):
        return queries, Status(word)
    if len(words) < 2:  # noqa: PLR2004  a skill and a status
        what = f"missing argument '{('SKILL', 'STATUS')[len(words)]}'"
    else:
        what = f'"{last}" is not a status'
    raise UsageError(
        Problem(
            code="usage",
            what=what,
            why=f"a status is one of {statuses}",
            kept="nothing was written",
            next="tracker mark SKILL... STATUS    # or tracker mark --covered; tracker mark --help",
        )
    )


def _load_roadmaps(local: LocalServices, names: list[str]) -> Mapping[str, Roadmap]:
    """Load all roadmaps that load; raise RoadmapError when a chosen one does not."""
    loaded = local.reader.load_roadmaps()
    select_files(loaded, names)
    return {file.name: file.roadmap for file in loaded.files}


def _format_document(call: Invocation, summary: Report, form: ReportFormat) -> str:
    """Return a report as the text of a file."""
    if form is ReportFormat.TEXT:
        return "".join(f"{line.plain}\n" for line in render_report(summary, AnswerView()))
    if form is ReportFormat.JSON:
        return call.format_json(0, report_json(summary))
    return DOCUMENTS[form](summary)


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
