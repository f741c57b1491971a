"""The two output streams: what may be printed where, in colour or plain, and the progress bar.

The only place that writes to stdout and stderr. Does not compose text; `render` does, and everything
printed was cleaned by `tracker.text` before. A reader that goes away (`| head`) ends the printing, not the
command. Any other stream that takes nothing (on a full disk) raises OSError once, and is quiet then.
"""

from __future__ import annotations

import io
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from tracker.cli.lines import StyledLine
from tracker.text import reveal, shorten

if TYPE_CHECKING:
    from rich.console import Console


ReportProgress = Callable[[int, int, str], None]
"""Called with what is done, what there is in all, and a word on what is going on."""

LONGEST_LABEL = 40


class Bar:
    """A bar that goes away when it is done, and while anything else is printed."""

    def __init__(self, file: TextIO, environ: Mapping[str, str]) -> None:
        from rich import console, progress  # noqa: PLC0415  on a terminal only

        self._progress = progress.Progress(
            progress.BarColumn(bar_width=30),
            progress.MofNCompleteColumn(),
            progress.TimeRemainingColumn(),
            progress.TextColumn("{task.fields[label]}", markup=False),
            console=console.Console(file=file, _environ=environ),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._progress.add_task("", total=None, label="reading…")

    def show(self) -> None:
        """Draw it, from now on."""
        self._progress.start()

    def hide(self) -> None:
        """Clear its line, until there is news."""
        self._progress.stop()

    def report(self, done: int, total: int, label: str) -> None:
        """Move it, and draw it again if it was hidden."""
        self.show()
        shown = shorten(label, LONGEST_LABEL)
        self._progress.update(self._task, completed=done, total=total, label=shown)


LONGEST_SIZE = 5
"""Digits of a terminal's width or height; more are no number of columns."""

# Longer lines than 100 columns are hard to read, whatever the terminal has.
NARROWEST, USUAL, WIDEST = 30, 80, 100

ASCII = str.maketrans("→←…·‹›–✓◐○█▒░▁▂▃▄▅▆▇", "><.-[]-x~o#%._,-:=+*")
"""Our own signs, one for one, for a stream whose encoding has none of them."""


@dataclass(slots=True)
class Stream:
    """One output stream; `is_plain` forbids colour, `is_closed` is set once its reader is gone.

    `needs_rich` where colour is not a matter of escape sequences: in old consoles of Windows.
    """

    file: TextIO
    is_plain: bool
    is_closed: bool = False
    needs_rich: bool = os.name == "nt"
    console: Console | None = None

    def write(self, text: str) -> None:
        """Write text as it is, replacing what the encoding lacks; quiet without a reader."""
        if self.is_closed:
            return
        try:
            self.file.write(_encodable(text, self.file))
            self.file.flush()
        except BrokenPipeError:
            # The reader went away: `tracker report | head`.
            self.close()
        except OSError as error:
            self.close()
            # Windows reports a closed pipe as an invalid argument.
            if os.name != "nt" or error.errno != 22:  # noqa: PLR2004
                raise

    def can_say(self, text: str) -> bool:
        """Tell whether the stream's encoding has all characters of a text."""
        return _encodable(text, self.file) == text

    def close(self) -> None:
        """Redirect all further output to nowhere, so that the interpreter's last flush is quiet too."""
        self.is_closed = True
        try:
            with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  not a path of ours
                os.dup2(nowhere.fileno(), self.file.fileno())
        except (OSError, ValueError, io.UnsupportedOperation):
            return

    def print_lines(self, lines: Iterable[StyledLine | str]) -> None:
        """Print lines, with their styles where colour is allowed."""
        if self.is_plain:
            self.write("".join(f"{line}\n" for line in lines))
            return
        for line in lines:
            if isinstance(line, str):
                self.write(f"{line}\n")
            elif self.needs_rich:
                self._print_through_rich(line)
            else:
                self.write(f"{line.format_escapes()}\n")

    def _print_through_rich(self, line: StyledLine) -> None:
        """Print where escape sequences may not be understood: rich finds out, and does without."""
        from rich.console import Console  # noqa: PLC0415  for such consoles only
        from rich.text import Text  # noqa: PLC0415

        if self.console is None:
            self.console = Console(
                file=self.file,
                force_terminal=True,
                no_color=False,
                color_system="standard",
                _environ=sane_environ(),
            )
        shown = Text.assemble(*line.pieces)
        shown.plain = _encodable(line.plain, self.file)
        self.console.print(shown, soft_wrap=True, highlight=False, markup=False, emoji=False)


@dataclass(slots=True)
class Screen:
    """Both streams and the terminal they belong to: answers go to `out`, everything else to `err`."""

    out: Stream
    err: Stream
    width: int = USUAL
    can_ask: bool = False
    environ: Mapping[str, str] = field(default_factory=dict)
    bar: Bar | None = None
    is_asking: bool = False
    folder_option: str = ""
    """`-C DIR` as it was given, for a shell: commands that are advised work in the same folder."""

    @property
    def told_width(self) -> int:
        """The columns for `tell`; 0 where a program reads the lines, unless COLUMNS gives it some."""
        is_asked = _is_size(self.environ.get("COLUMNS", ""))
        return self.width if is_asked or _is_terminal(self.err.file) else 0

    def answer(self, lines: Iterable[StyledLine | str]) -> None:
        """Print lines of an answer."""
        self._hide_bar()
        self.out.print_lines(self._name_folder(_fold(lines, self.width)))

    def answer_document(self, text: str) -> None:
        """Print a document: as it is into a file or a pipe, with nothing hidden on a terminal."""
        if _is_terminal(self.out.file):
            text = reveal(text)
        self.out.write(text)

    def tell(self, lines: Iterable[StyledLine | str]) -> None:
        """Print lines that are not part of an answer: problems, notes, questions."""
        self._hide_bar()
        self.err.print_lines(self._name_folder(_fold(lines, self.told_width)))

    def ask(self, question: str) -> bool:
        """Ask a yes-or-no question on a terminal; no answer means no."""
        self._hide_bar()
        self._write_question(f"{question} [y/N]")
        self.is_asking = True  # and stays so when Ctrl-C is the answer
        try:
            answer = sys.stdin.readline()
        except (OSError, ValueError):
            answer = ""
        self.is_asking = False
        # The input ended: what is printed next begins on a line of its own.
        if not answer.endswith("\n"):
            self.err.write("\n")
        return answer.strip().casefold() in {"y", "yes"}

    def ask_line(self, question: str) -> str:
        """Ask for a line of text on a terminal."""
        self._hide_bar()
        self._write_question(question)
        self.is_asking = True
        answer = sys.stdin.readline().strip()
        self.is_asking = False
        return answer

    def _write_question(self, question: str) -> None:
        lines = [str(line) for line in _fold([question], self.told_width)]
        self.err.write("\n".join(lines) + " ")

    def ask_secret(self, question: str) -> str:
        """Ask for a line on a terminal that does not show what is typed; nothing where it would."""
        import getpass  # noqa: PLC0415  for a token only
        import warnings  # noqa: PLC0415

        self._hide_bar()
        self.is_asking = True
        with warnings.catch_warnings():
            # A terminal whose echo cannot be switched off is only warned of.
            warnings.simplefilter("error", getpass.GetPassWarning)
            try:
                answer = getpass.getpass(f"{question} ", stream=self.err.file)
            except (getpass.GetPassWarning, OSError, EOFError):
                answer = ""
        self.is_asking = False
        return answer.strip()

    def _name_folder(self, lines: Iterable[StyledLine | str]) -> Iterable[StyledLine | str]:
        if not self.folder_option:
            return lines
        from tracker.cli.options import name_folder  # noqa: PLC0415  not at every start

        return (name_folder(line, self.folder_option) for line in lines)

    @contextmanager
    def progress(self) -> Iterator[ReportProgress]:
        """Give a function to report progress with: a bar on a terminal, nothing elsewhere."""
        # A bar in a log or a pipe would be a mess of escape sequences.
        if self.err.is_plain or not self.err.file.isatty():
            yield lambda _done, _total, _label: None
            return
        self.bar = Bar(self.err.file, sane_environ())
        try:
            self.bar.show()
            yield self.bar.report
        finally:
            self._hide_bar()
            self.bar = None

    def _hide_bar(self) -> None:
        """Take the bar away before anything else is printed beside it."""
        if self.bar is not None:
            self.bar.hide()


def _fold(lines: Iterable[StyledLine | str], width: int) -> Iterator[StyledLine | str]:
    """Break what is longer than a line of the screen, whoever composed it; nothing without a width.

    A folder that is named in commands is not counted: like an address it stays in one piece.
    """
    for line in lines:
        if not width or len(line) * 2 <= width:
            yield line
            continue
        from tracker.cli.render.layout import fold  # noqa: PLC0415  not at every start

        yield from fold(StyledLine(line) if isinstance(line, str) else line, width)


def open_screen(environ: Mapping[str, str]) -> Screen:
    """Look at the standard streams as they are now."""
    out, err = (_open_stream(file, environ) for file in (sys.stdout, sys.stderr))
    is_terminal = _is_terminal(sys.stdin) and _is_terminal(sys.stderr)
    return Screen(out, err, _find_width(environ), is_terminal, environ)


def _open_stream(file: TextIO | None, environ: Mapping[str, str]) -> Stream:
    """Look at one stream; one that the caller closed takes everything and shows nothing."""
    if file is None:
        return Stream(io.StringIO(), is_plain=True)
    if isinstance(file, io.TextIOWrapper):
        # A file name that is no text has characters that no encoding can say.
        file.reconfigure(errors="replace")
    # https://no-color.org: any value but an empty one.
    plain = bool(environ.get("NO_COLOR")) or environ.get("TERM") == "dumb"
    return Stream(file, is_plain=plain or not _is_terminal(file))


def _is_terminal(file: TextIO | None) -> bool:
    try:
        return file is not None and file.isatty()
    except ValueError:
        return False


def _find_width(environ: Mapping[str, str]) -> int:
    """Return the columns to fill: those of the terminal, 80 in a file and where there is none."""
    asked = environ.get("COLUMNS", "")
    if _is_size(asked):
        columns = int(asked)
    elif _is_terminal(sys.stdout):
        columns = shutil.get_terminal_size((USUAL, 24)).columns
    else:
        columns = _find_width_behind_pipe()
    return max(NARROWEST, min(columns, WIDEST))


def _find_width_behind_pipe() -> int:
    # What reads a pipe mostly shows it on the same terminal: a pager, `head`, `cat`.
    with suppress(OSError, ValueError, AttributeError):
        if stat.S_ISFIFO(os.fstat(sys.stdout.fileno()).st_mode):
            return os.get_terminal_size(sys.stderr.fileno()).columns or USUAL
    return USUAL


def sane_environ() -> dict[str, str]:
    """Return the environment for rich, which takes every digit of the sizes there for a number."""
    names = ("COLUMNS", "LINES")
    return {name: it for name, it in os.environ.items() if name not in names or _is_size(it)}


def _is_size(text: str) -> bool:
    """Tell whether a text is a number that a terminal's size can have."""
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_SIZE and int(text) > 0


def _encodable(text: str, file: TextIO) -> str:
    """Replace what the stream's encoding cannot say; our own signs by ASCII ones."""
    encoding = file.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(ASCII).encode(encoding, errors="replace").decode(encoding)
    return text
