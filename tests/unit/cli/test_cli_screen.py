"""Promises of the screen: colour only where it is wanted, and no crash over an encoding or a pipe."""

from __future__ import annotations

import errno
import getpass
import io
import json
import warnings

import pytest

from tracker.cli.app import Invocation
from tracker.cli.lines import StyledLine
from tracker.cli.screen import Screen, Stream, open_screen

ERASE = "\x1b[1A\x1b[2K"
"""Up a line, and clear it: how a terminal is told to take a bar away."""


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


class Gone(io.StringIO):
    """A stream whose reader went away."""

    def write(self, text):
        raise BrokenPipeError


@pytest.mark.parametrize(
    ("environ", "is_plain"),
    [
        pytest.param({"TERM": "xterm"}, False, id="a terminal has colour"),
        pytest.param({"TERM": "dumb"}, True, id="a dumb terminal has none"),
        pytest.param({"NO_COLOR": "1"}, True, id="NO_COLOR has none"),
        pytest.param({"NO_COLOR": ""}, False, id="an empty NO_COLOR asks for nothing"),
    ],
)
def test_colour(monkeypatch, environ, is_plain):
    """Colour is for terminals, and only for those who did not decline it."""
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)

    open_screen(environ).answer([StyledLine("word", style="red")])

    assert ("\x1b" not in terminal.getvalue()) is is_plain


def test_a_pipe_is_plain(capsys):
    """What is no terminal gets no escape sequence."""
    open_screen({"TERM": "xterm", "FORCE_COLOR": "1"}).answer([StyledLine("word", style="red")])

    assert capsys.readouterr().out == "word\n"


def test_a_poor_encoding_gets_poor_signs():
    """An encoding without our signs gets ASCII ones of the same width, never an error."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii", newline="\n")

    Stream(file, is_plain=True).print_lines(["a → b █░ …", "学"])

    assert raw.getvalue() == b"a > b #. .\n?\n"


def test_a_reader_that_goes_away_is_no_error():
    """Output without a reader is dropped quietly; the command goes on."""
    stream = Stream(Gone(), is_plain=True)

    stream.print_lines(["one"])
    stream.print_lines(["two"])

    assert stream.is_closed


class Full(io.StringIO):
    """A stream onto a disk that is full."""

    def write(self, text):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_told_once():
    """A stream that takes nothing says so, and is quiet from then on."""
    stream = Stream(Full(), is_plain=True)

    with pytest.raises(OSError, match="No space left"):
        stream.print_lines(["one"])
    stream.print_lines(["two"])

    assert stream.is_closed


def test_a_bar_is_gone_before_anything_else_is_printed(monkeypatch):
    """What is printed or asked while a bar is shown stands on a line of its own."""
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    screen = Screen(Stream(terminal, is_plain=True), Stream(terminal, is_plain=False))

    with screen.progress() as report:
        report(1, 3, "row")
        screen.answer(["the plan"])
        shown = terminal.getvalue()
        report(2, 3, "row")

    before, _, _ = shown.partition("the plan")
    assert "1/3" in before
    assert before.endswith(ERASE)
    assert "2/3" in terminal.getvalue()


def test_markup_is_text():
    """Square brackets in a text are no markup."""
    file = Terminal()

    Stream(file, is_plain=False).print_lines([StyledLine("[red]x[/red] :smile:")])

    assert "[red]x[/red] :smile:" in file.getvalue()


@pytest.mark.parametrize(
    ("typed", "expected"), [("y\n", True), ("YES\n", True), ("\n", False), ("", False)]
)
def test_only_yes_is_yes(monkeypatch, typed, expected):
    """A question is answered by yes or y; anything else, and silence, is no."""
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    screen = Screen(Stream(io.StringIO(), is_plain=True), Stream(io.StringIO(), is_plain=True))

    assert screen.ask("really?") is expected


@pytest.mark.parametrize(
    ("file", "is_json", "told"),
    [
        pytest.param(Terminal(), False, "waiting 70 s\n", id="a person at a terminal"),
        pytest.param(Terminal(), True, "", id="a program that reads JSON"),
        pytest.param(io.StringIO(), False, "", id="a script"),
    ],
)
def test_waits_are_told_to_those_who_look_on(file, is_json, told):
    """What is waited for is said on a terminal, and nowhere else."""
    screen = Screen(Stream(io.StringIO(), is_plain=True), Stream(file, is_plain=True))
    call = Invocation([], {}, screen, is_json=is_json)

    call.note("waiting 70 s")

    assert file.getvalue() == told


@pytest.mark.parametrize("name", ["COLUMNS", "LINES"])
@pytest.mark.parametrize("value", ["9" * 5000, "\u00b2", "\u0663", "-1", "x", "0", ""])
def test_no_size_in_the_environment_is_a_crash(monkeypatch, name, value):
    """Whatever a variable says of the terminal's size, a line and a bar are drawn."""
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stdout", Terminal())
    monkeypatch.setattr("sys.stderr", Terminal())

    screen = open_screen({name: value, "TERM": "xterm"})
    screen.answer([StyledLine("shown", "bold")])
    with screen.progress() as report:
        report(1, 2, "going on")

    assert 30 <= screen.width <= 100
    assert "shown" in screen.out.file.getvalue()


HIDDEN = "a\u202eb\u200bc\U000e0041d\x1b[31me\ufeff\tf\n"


def test_a_document_hides_nothing_on_a_terminal(monkeypatch):
    """Directions, zero-width signs and tags become escapes that JSON reads back; tabs stay."""
    monkeypatch.setattr("sys.stdout", Terminal())

    screen = open_screen({"NO_COLOR": "1"})
    screen.answer_document(HIDDEN)

    shown = screen.out.file.getvalue()
    assert shown == "a\\u202eb\\u200bc\\udb40\\udc41d\\u001b[31me\\ufeff\tf\n"
    assert json.loads(f'"{shown[:-1]}"', strict=False) == HIDDEN[:-1]


def test_a_document_in_a_pipe_is_as_it_is(monkeypatch):
    """What goes to another program or into a file keeps every character."""
    monkeypatch.setattr("sys.stdout", io.StringIO())

    screen = open_screen({})
    screen.answer_document(HIDDEN)

    assert screen.out.file.getvalue() == HIDDEN


def test_a_secret_is_not_typed_where_it_would_be_seen(monkeypatch):
    """Where the echo cannot be switched off, nothing is read."""

    def fall_back(prompt, stream):
        warnings.warn("Can not control echo on the terminal.", getpass.GetPassWarning, stacklevel=2)
        return "seen by everybody"

    monkeypatch.setattr(getpass, "getpass", fall_back)

    assert open_screen({}).ask_secret("token:") == ""


def test_a_secret_is_typed_unseen(monkeypatch):
    """Blanks around it, as pasting leaves them, are no part of it."""
    monkeypatch.setattr(getpass, "getpass", lambda prompt, stream: " a secret\t")

    assert open_screen({}).ask_secret("token:") == "a secret"


def test_a_console_without_escape_sequences_is_left_to_rich(monkeypatch):
    """Where escape sequences may not be understood, rich prints the same text and styles."""
    monkeypatch.setenv("TERM", "xterm")
    plainly, through_rich = Terminal(), Terminal()
    line = StyledLine("error:", "bold red").append(" what")

    Stream(plainly, is_plain=False, needs_rich=False).print_lines([line])
    Stream(through_rich, is_plain=False, needs_rich=True).print_lines([line])

    assert through_rich.getvalue() == plainly.getvalue() == "\x1b[1;31merror:\x1b[0m what\n"
