"""The command as it was given, to be repeated in advice: with its arguments and options, and more.

The root's `-v` and `--json` say how to show, not what to do; they are left out. `-C` is put into every
advice by `elsewhere`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from typer.core import TyperOption

from tracker.cli.render.layout import quote_argument
from tracker.errors import TrackerError

if TYPE_CHECKING:
    import typer

SHARED = frozenset({"as_json"})


def format_again(
    context: typer.Context, *added: str, name: str = "", without: Collection[str] = ()
) -> str:
    """Return the command line of a context, to be pasted: arguments, options, then what is added.

    `name` is another command that takes the same words; `without` names parameters to leave out. What
    is added stands as it is, and once.
    """
    arguments: list[str] = []
    options: list[str] = []
    for param in context.command.params:
        if param.name in SHARED or param.name in without or not _is_given(context, str(param.name)):
            continue
        value = context.params.get(str(param.name))
        if isinstance(param, TyperOption):
            options += _format_option(param, value)
        else:
            arguments += _list_values(value)
    head = ["tracker", name or str(context.info_name)]
    flags = [*map(quote_argument, options), *(word for word in added if word not in options)]
    words = [quote_argument(word) for word in arguments]
    if any(word.startswith("-") for word in arguments):
        return " ".join([*head, *flags, "--", *words])
    return " ".join([*head, *words, *flags])


@contextmanager
def advising(advice: Mapping[str, str]) -> Iterator[None]:
    """Let the problems with these codes advise a command as it was given, which only `cli` knows."""
    try:
        yield
    except TrackerError as error:
        error.problems = tuple(
            replace(problem, next=advice.get(problem.code, problem.next))
            for problem in error.problems
        )
        raise


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


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
        return [str(each) for each in value]
    return [str(value)]
