"""The README and docs/ say of the command line what the program says, and name no command that is not there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tracker.adapters.notion.schema import BACK_COLUMN, encode_columns
from tracker.cli import exits
from tracker.cli.app import COMMANDS
from tracker.cli.help import GROUPS
from tracker.errors import TrackerError

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {
    path: path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
}
TEXT = "\n".join(PAGES.values())
PROMPTS = re.findall(r"^\$ (tracker [a-z].*?)(?:  +#.*)?$", TEXT, re.MULTILINE)
QUOTED = re.findall(r"`(tracker [a-z][^`]*)`", TEXT)
PROSE = README.replace(README.partition("<!-- help -->")[2].partition("<!-- /help -->")[0], "")
OPTION = re.compile(r"--[a-z][a-z-]+")


def list_codes(error=TrackerError):
    """Return the exit codes of all errors that end a command."""
    below = (list_codes(each) for each in error.__subclasses__())
    return {error.exit_code}.union(*below)


def test_the_help_block_is_the_help(nowhere):
    """The overview of the commands is what `tracker --help` prints at 80 columns."""
    _, _, rest = README.partition("<!-- help -->\n```\n")
    block, _, _ = rest.partition("```\n<!-- /help -->")

    assert nowhere.run("--help").out == block


def test_the_exit_codes_are_those_of_the_program(nowhere):
    """The README has every code that a command can end with, and the help names the same."""
    told = PROSE.partition("Exit codes: ")[2].partition("\n\n")[0]
    listed = {int(code) for code in re.findall(r"\*\*(\d+)\*\*", told)}
    own = {exits.DONE, exits.FINDINGS, exits.USAGE, exits.REFUSED, exits.BUG, exits.INTERRUPTED}
    told = nowhere.run("--help").out.partition("Exit codes: ")[2]

    assert listed == own | list_codes()
    assert {int(code) for code in re.findall(r"\d+", told)} == listed


def test_the_columns_are_made_in_the_order_that_is_told():
    """A new database is asked for with the columns that docs/notion.md names, in that order."""
    notion = PAGES[ROOT / "docs" / "notion.md"]
    told = re.search(r"with the columns (.*?)\. All but", notion, re.DOTALL)[1]
    told = " ".join(told.split()).replace(" and, as the other end of Requires, ", ", ")

    assert told.split(", ") == [*encode_columns((), "status", ""), BACK_COLUMN]


@pytest.mark.parametrize("line", sorted({*PROMPTS, *QUOTED}))
def test_every_command_line_is_one(nowhere, line):
    """Commands and options that are shown are there."""
    _, name, *words = shlex.split(line)
    known = OPTION.findall(nowhere.run(name, "--help").out)

    assert name in COMMANDS
    assert [each for each in OPTION.findall(" ".join(words)) if each not in known] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_the_examples_of_a_command_are_its_own(nowhere, name):
    """What a help page shows as examples is that command, with options that it has."""
    shown = nowhere.run(name, "--help").out
    told = shown.partition("\nExamples:\n")[2]
    examples = told.splitlines()

    assert len(examples) == 2
    assert all(shlex.split(example)[:2] == ["tracker", name] for example in examples)
    known = OPTION.findall(shown.partition("\nExamples:\n")[0])
    assert [each for each in OPTION.findall(told) if each not in known] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_told_of(name):
    """There is no command of which the README says nothing but its line in the help."""
    assert re.search(rf"tracker {name}\b", PROSE)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_what_a_page_links_to_is_there(page):
    """Files and pictures that a page links to exist, and so do the headings."""
    text = PAGES[page]
    linked = re.findall(r"""(?:\]\(|(?:src|href|srcset)=")(?!https?:)([^)"\s]+)""", text)
    headings = {
        "#" + re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-")
        for line in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }

    assert [each for each in linked if each[0] == "#" and each not in headings] == []
    assert [each for each in linked if each[0] != "#" and not (page.parent / each).exists()] == []


def test_the_pictures_are_small_and_load_nothing():
    """Each picture has less than 150 kB, and the drawn one asks nobody for a font."""
    pictures = [path for path in (ROOT / "docs" / "pictures").iterdir() if path.suffix != ".py"]

    assert [path.name for path in pictures if path.stat().st_size >= 150_000] == []
    assert "url(http" not in (ROOT / "docs" / "pictures" / "terminal.svg").read_text("utf-8")


def test_every_command_is_in_one_group():
    """The overview lists each command once."""
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(COMMANDS)


@pytest.mark.parametrize("width", [30, 40, 72, 80, 200])
def test_help_fits_the_screen(nowhere, monkeypatch, width):
    """No line of a help page is longer than the screen; a long example goes on after a backslash."""
    monkeypatch.setenv("COLUMNS", str(width))
    pages = [nowhere.run(*words, "--help").out for words in [(), *((name,) for name in COMMANDS)]]

    for page in pages:
        for line in page.splitlines():
            assert len(line) <= width or "://" in line, line


def test_headings_of_help_are_bold_on_a_terminal(nowhere, monkeypatch):
    """On a terminal headings are bold, unless NO_COLOR is set."""
    monkeypatch.setattr("tracker.cli.screen._is_terminal", lambda _file: True)
    monkeypatch.setattr("typer._click.utils.should_strip_ansi", lambda *_: False)
    for value, is_bold in (("", True), ("1", False)):
        monkeypatch.setenv("NO_COLOR", value)
        assert ("\x1b[1mLearn:\x1b[0m" in nowhere.run("--help").out) is is_bold
