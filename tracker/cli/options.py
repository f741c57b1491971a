"""Options and arguments that several commands share, with what the shell can complete.

Completion reads file names and ids only, and is silent about anything that goes wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from tracker.cli.advice import format_again
from tracker.errors import Problem, UsageError

ID_LINE = re.compile(
    r"^[ \t]*(?:-[ \t]+)?id:[ \t]*[\"']?([a-z0-9]+(?:-[a-z0-9]+)*)\b", re.MULTILINE
)
"""Ids as they are usually written; a full parse would make the shell wait. Blanks are those of one
line: from each of many empty lines to the end of them would take the square of their number.
"""

MOST_BYTES = 20_000_000
"""What a roadmap may have; a larger file would make the shell wait."""

NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
"""What may name a roadmap; any other file name is nothing to put on a command line."""

STATUSES = ("todo", "doing", "done", "skipped")
"""The statuses of a skill; the model that has them is heavy to import."""


def complete_roadmaps(context: typer.Context, incomplete: str) -> list[str]:
    """Return the names of the roadmap files that begin like this."""
    names = (path.stem for path in _roadmap_files(context) if NAME.fullmatch(path.stem))
    return sorted(name for name in names if name.startswith(incomplete))


def complete_skills(context: typer.Context, incomplete: str) -> list[str]:
    """Return the skill ids that begin like this."""
    from tracker.adapters.files import read_file  # noqa: PLC0415  at the press of a key only

    found: set[str] = set()
    for path in _roadmap_files(context):
        try:
            text = read_file(path, MOST_BYTES).decode("utf-8", errors="replace")
        # The shell would print an error into the line that is being typed.
        except OSError:
            continue
        found.update(ID_LINE.findall(text))
    return sorted(skill_id for skill_id in found if skill_id.startswith(incomplete))


def complete_mark(context: typer.Context, args: list[str], incomplete: str) -> list[str]:
    """Complete ids; after the first also statuses; with --covered roadmaps."""
    if (context.params or {}).get("covered") or "--covered" in args:
        return complete_roadmaps(context, incomplete)
    known = STATUSES if (context.params or {}).get("words") else ()
    statuses = [status for status in known if status.startswith(incomplete)]
    return [*statuses, *complete_skills(context, incomplete)]


def complete_bundled(incomplete: str) -> list[str]:
    """Return the names of the bundled roadmaps that begin like this."""
    from tracker.wiring import bundled_folder  # noqa: PLC0415  at the press of a key only

    names = (path.stem for path in bundled_folder().glob("*.yaml"))
    return sorted(name for name in names if name.startswith(incomplete))


def _roadmap_files(context: typer.Context) -> Iterator[Path]:
    """Find the roadmap files from the folder that `-C` names, or from here, upwards."""
    # While the shell completes, typer has no parameters at some levels: None, not empty.
    start = Path((context.find_root().params or {}).get("folder") or ".").absolute()
    for folder in (start, *start.parents):
        if (folder / "tracker.yaml").is_file():
            yield from sorted((folder / "roadmaps").glob("*.y*ml"))
            return


Yes = Annotated[bool, typer.Option("--yes", "-y", help="Answer every question with yes.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show the plan.")]
Count = Annotated[int, typer.Option("-n", metavar="N", min=1, max=1000, help="How many.")]
Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="ROADMAP",
        help="Names of roadmaps; all without one.",
        autocompletion=complete_roadmaps,
        show_default=False,
    ),
]
Query = Annotated[
    str,
    typer.Argument(
        metavar="SKILL",
        help="An id, ROADMAP/ID, a name, or a unique part of a name.",
        autocompletion=complete_skills,
    ),
]
AllowDeletes = Annotated[
    int,
    typer.Option(
        "--allow-deletes",
        min=0,
        metavar="N",
        help="Let one run delete up to N skills; the usual limit is 10 and 25 %.",
        show_default=False,
    ),
]


Form = TypeVar("Form", bound=StrEnum)


def find_by_ending(context: typer.Context, out: Path, endings: Mapping[str, Form]) -> Form:
    """Return the format of a file's ending; raise UsageError for an unknown ending."""
    ending = out.suffix.lower()
    if ending in endings:
        return endings[ending]
    first: dict[Form, str] = {}
    for known, form in endings.items():
        first.setdefault(form, known)
    words = list(first.values())
    chosen, *others = map(str, first)
    comment = f"    # or {', '.join(others)}" if others else ""
    raise UsageError(
        Problem(
            code="unknown-ending",
            what=f"cannot tell the format from {ending}; use {', '.join(words)} or --format",
            kept="nothing was written",
            next=format_again(context, "--format", chosen) + comment,
        )
    )
