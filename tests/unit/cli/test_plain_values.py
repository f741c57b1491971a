"""What is typed is taken without pydantic where it is plain, and as typer takes it."""

from __future__ import annotations

import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.main import get_command

from tracker.cli.plain_values import NOT_PLAIN, convert, take_plainly


class Colour(StrEnum):
    """A word."""

    RED = "red"


TYPES = {
    "text": (Annotated[str, typer.Option()], "none"),
    "texts": (Annotated[list[str], typer.Option()], []),
    "maybe": (Annotated[list[str] | None, typer.Option()], None),
    "number": (Annotated[int, typer.Option(min=1, max=9)], 5),
    "amount": (Annotated[float | None, typer.Option(min=0)], None),
    "colour": (Annotated[Colour | None, typer.Option()], None),
    "folder": (Annotated[Path | None, typer.Option()], None),
    "flag": (Annotated[bool, typer.Option("--flag")], False),
}


def make_command():
    """Make a command with an option of every type that is taken."""
    taken = {}

    def work(**given):
        taken.update(given)

    work.__annotations__ = {name: hint for name, (hint, _) in TYPES.items()}
    names = ", ".join(f"{name}={default!r}" for name, (_, default) in TYPES.items())
    # typer reads the signature of the function.
    scope = {"work": work}
    exec(f"def command(*, {names}): work(**locals())", scope)
    scope["command"].__annotations__ = work.__annotations__
    app = typer.Typer(add_completion=False)
    app.command()(scope["command"])
    return get_command(app), taken


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--text", "a b", "--text", ""],
        ["--texts", "a", "--texts", "b", "--maybe", "c"],
        ["--number", "9", "--amount", "2", "--flag"],
        ["--number", "007", "--amount", "2.50"],
        ["--colour", "red", "--folder", "."],
        ["--amount", "1e3", "--folder", "nowhere/at/all"],
    ],
)
def test_values_are_those_that_typer_makes(words):
    """With and without the plain way, a command gets equal values of equal types."""
    (command, plain), (slow, expected) = make_command(), make_command()
    take_plainly(command.params)

    command(words, standalone_mode=False)
    slow(words, standalone_mode=False)

    assert [(name, it, type(it)) for name, it in plain.items()] == [
        (name, it, type(it)) for name, it in expected.items()
    ]


@pytest.mark.parametrize(
    "words",
    [
        ["--number", "10"],
        ["--number", "2.5"],
        ["--number", "many"],
        ["--amount", "-1"],
        ["--colour", "blue"],
    ],
)
def test_refusals_are_those_of_typer(words):
    """What is no such value is refused in typer's own words."""
    (command, _), (slow, _) = make_command(), make_command()
    take_plainly(command.params)

    with pytest.raises(typer.TyperException) as expected:
        slow(words, standalone_mode=False)
    with pytest.raises(typer.TyperException) as refused:
        command(words, standalone_mode=False)

    assert refused.value.format_message() == expected.value.format_message()


def test_what_has_a_parser_of_its_own_is_left_to_typer():
    """An option that brings its own function is never taken by its type."""
    info = typer.Option(parser=str.upper)

    assert convert(str, "a", info) is NOT_PLAIN


def test_plain_values_need_no_pydantic():
    """Every kind of value that commands take is taken without loading pydantic."""
    words = ["list", "knn", "--status", "done", "--level", "entry", "--ready", "-C", "."]
    program = (
        "import sys; from tracker.cli.main import main;"
        f"main({words!r}); main(['next', '-n', '3', '--hours', '2.5']);"
        "sys.exit('pydantic' in sys.modules)"
    )

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)

    assert ended.returncode == 0
