"""Commands that are advised: the one that was given, to be repeated with a change, and the folder of `-C`.

The root's `-v` and `--json` say how to show, not what to do; they are left out. Advice is made where
nobody knows of `-C`; it is put in where lines and JSON leave the program.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from typer.core import TyperOption

from tracker.cli.app import COMMANDS, Invocation
from tracker.cli.render.layout import quote_argument
from tracker.errors import Problem, TrackerError, UsageError

if TYPE_CHECKING:
    import typer
    from rich.text import Text


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


ADVICE = re.compile(r"(?:  next {2,}| +resolve: | {4}(?=tracker )|saved: )")
"""How lines with a command to paste begin."""

# Before the name of a command only: a folder or a file may be called tracker as well.
COMMAND = re.compile(rf"\btracker(?= (?:{'|'.join(COMMANDS)})\b)")


def name_folder(line: Text | str, option: str) -> Text | str:
    """Return a line with the option put into the commands it advises."""
    plain = line if isinstance(line, str) else line.plain
    # What others wrote, the notes of a skill say, stays as it is.
    if not ADVICE.match(plain):
        return line
    if isinstance(line, str):
        return _insert(line, option)
    ends = [found.end() for found in COMMAND.finditer(plain)]
    # From the end, so that the places before stay true.
    for end in reversed(ends):
        before, after = line[:end], line[end:]
        line = before.append(f" {option}").append_text(after)
    return line


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
