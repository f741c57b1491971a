"""What several commands share: options with their completion, and the command that advice repeats.

Completion reads file names and ids only, and is silent about anything that goes wrong. Advice is made
where nobody knows of `-C`; it is put in where lines and JSON leave the program.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from typer.core import TyperOption

from tracker.cli.app import COMMANDS, OLD_OUTPUT, Invocation
from tracker.cli.lines import StyledLine
from tracker.errors import Problem, TrackerError, UsageError
from tracker.text import quote_argument

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


ADVICE = re.compile(r"(?:  next {2,}| +resolve: | {4}(?=tracker )|saved: )")
"""How lines with a command to paste begin."""

# Before the name of a command only: a folder or a file may be called tracker as well.
COMMAND = re.compile(rf"\btracker(?= (?:{'|'.join(COMMANDS)})\b)")


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


Yes = Annotated[bool, typer.Option("--yes", "-y", help="Skip confirmation.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show the plan.")]
Count = Annotated[
    int, typer.Option("-n", "--limit", metavar="N", min=1, max=1000, help="How many to start next.")
]
InSection = Annotated[
    str, typer.Option("--section", metavar="TEXT", help="Only sections with this in their title.")
]
OfLevel = Annotated[str, typer.Option("--level", metavar="LEVEL", help="Only this level.")]
OnTrack = Annotated[
    str, typer.Option("--track", metavar="TRACK", help="Only what leads to this goal.")
]
Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="ROADMAP",
        help="Roadmaps to include.  [default: all]",
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
MaybeQuery = Annotated[
    str | None,
    typer.Argument(
        metavar="SKILL",
        help="An id, ROADMAP/ID, a name, or a unique part of a name.",
        autocompletion=complete_skills,
        show_default=False,
    ),
]
OUTPUT = ("--output", "-o", OLD_OUTPUT)
"""The names of the option that names a file to write."""

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


def format_again(
    context: typer.Context, *added: str, name: str = "", without: Collection[str] = ()
) -> str:
    """Return the command line of a context, to be pasted: arguments, options, then what is added.

    `name` is another command that takes the same words; `without` names parameters to leave out. What
    is added is not quoted, and not repeated.
    """
    arguments: list[str] = []
    options: list[str] = []
    for param in context.command.params:
        key = str(param.name)
        source = context.get_parameter_source(key)
        if source is None or source.name != "COMMANDLINE" or key in without:
            continue
        # None for the options that every command takes: those say how to show, not what to do.
        value = context.params.get(key)
        if isinstance(param, TyperOption):
            options += _format_option(param, value)
        else:
            arguments += _list_values(value)
    head = ["tracker", name or str(context.info_name)]
    flags = [*map(quote_argument, options), *(word for word in added if word not in options)]
    words = [quote_argument(word) for word in arguments]
    # An argument that looks like an option is one only behind `--`.
    if any(word.startswith("-") for word in arguments):
        return " ".join([*head, *flags, "--", *words])
    return " ".join([*head, *words, *flags])


def require_answer(call: Invocation, what: str, *, code: str = "needs-yes") -> None:
    """Raise UsageError where nobody can be asked, naming the flag that answers instead."""
    if not call.can_ask:
        raise UsageError(
            Problem(
                code=code,
                what=f"{what} needs confirmation",
                why="not running in a terminal",
                kept="nothing was written",
                next=format_again(call.context, "--yes"),
            )
        )


@contextmanager
def advising(advice: Mapping[str, str]) -> Iterator[None]:
    """Replace the advice of problems with these codes, as only `cli` knows the command that was given."""
    try:
        yield
    except TrackerError as error:
        error.problems = tuple(
            replace(problem, next=advice.get(problem.code, problem.next))
            for problem in error.problems
        )
        raise


def _format_option(option: TyperOption, value: Any) -> Iterator[str]:
    flag = max(option.opts, key=len)
    if isinstance(value, bool):
        if value:
            yield flag
        return
    for word in _list_values(value):
        yield flag
        yield word


def _list_values(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [str(item) for item in value]
    return [str(value)]


def name_folder(line: StyledLine | str, option: str) -> StyledLine | str:
    """Return a line with the option put into the commands it advises."""
    plain = line if isinstance(line, str) else line.plain
    # What others wrote, the notes of a skill say, stays as it is.
    if not ADVICE.match(plain):
        return line
    if isinstance(line, str):
        return _insert(line, option)
    first, *others = line.divide([found.end() for found in COMMAND.finditer(plain)])
    for part in others:
        first.append(f" {option}").append_line(part)
    return first


def name_folder_in_json(value: Any, option: str) -> Any:
    """Return a JSON value with the option put into the commands under `next` and `settle`."""
    if isinstance(value, list | tuple):
        return [name_folder_in_json(item, option) for item in value]
    if not isinstance(value, dict):
        return value
    named: dict[str, Any] = {}
    for key, item in value.items():
        if key == "next" and isinstance(item, str):
            named[key] = _insert(item, option)
        elif key == "settle" and isinstance(item, list):
            named[key] = [_insert(command, option) for command in item]
        else:
            named[key] = name_folder_in_json(item, option)
    return named


def _insert(text: str, option: str) -> str:
    return COMMAND.sub(lambda found: f"{found[0]} {option}", text)
