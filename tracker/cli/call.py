"""What a command is called with, and how it answers: once as text, or once as JSON.

Does not open folders or services; commands do. Light on purpose: it is imported on every start.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tracker.cli.screen import Screen, open_screen

if TYPE_CHECKING:
    from rich.text import Text

    from tracker.cli.render.layout import View
    from tracker.settings import RemoteName

JSON_FLAG = "--json"
SCHEMA = 1
READING = frozenset(
    {"check", "plan", "conflicts", "log", "report", "next", "show", "roadmaps", "export", "schema"}
)
"""Commands that never write, unless into a file that `--out` names."""


@dataclass(slots=True)
class Frame:
    """What holds for the whole run: arguments, environment, streams, and the root options.

    `is_json` is read from the raw arguments, so that usage errors are told as JSON too. `folder` is
    where the search for the learner's folder starts. `verbosity` counts `-v`.
    """

    arguments: Sequence[str]
    environ: Mapping[str, str]
    screen: Screen
    is_json: bool
    folder: Path = field(default_factory=Path)
    verbosity: int = 0
    command: str = ""

    @property
    def is_reading(self) -> bool:
        """Whether this run could not have written anything, so that nobody need be told it did not."""
        if {"--dry-run", "--out"} & {*self.arguments}:
            return "--dry-run" in self.arguments
        return self.command in READING or (
            self.command == "doctor" and "--mend" not in self.arguments
        )


@dataclass(frozen=True, slots=True)
class Call:
    """One command's view of the run."""

    frame: Frame
    command: str
    context: typer.Context

    @property
    def screen(self) -> Screen:
        """The streams."""
        return self.frame.screen

    @property
    def start(self) -> Path:
        """Where the search for the learner's folder starts."""
        return self.frame.folder

    def find_output(self, file: Path) -> Path:
        """Return where a file is to be written that is named as seen from the start."""
        return self.start / file

    def find_input(self, file: Path) -> Path:
        """Return the path of a file that is named as seen from the start, or else from here."""
        from_start = self.start / file
        return from_start if from_start.exists() else file

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment."""
        return self.frame.environ

    @property
    def is_verbose(self) -> bool:
        """Whether long lists are shown in full."""
        return self.frame.verbosity > 0

    def make_view(self, remote: RemoteName) -> View:
        """Return how an answer about a folder is shown here."""
        from tracker.cli.render.layout import View  # noqa: PLC0415  rich, when there is an answer

        has_style = not self.screen.out.is_plain
        return View(
            self.screen.width, self.is_verbose, has_style, remote, is_reading=self.frame.is_reading
        )

    @property
    def can_ask(self) -> bool:
        """Whether a question may be asked: on a terminal, and not of a script that reads JSON."""
        return self.screen.can_ask and not self.frame.is_json

    def answer(
        self,
        as_json: Callable[[], Mapping[str, object]],
        as_text: Callable[[], Iterable[Text | str]],
        code: int,
    ) -> int:
        """Print the answer in the form that was asked for, and return the exit code."""
        if self.frame.is_json:
            answer_json(self.frame, code, as_json())
        else:
            self.screen.answer(as_text())
        return code

    def note(self, text: str) -> None:
        """Say on a terminal what is waited for; nobody else has to know."""
        if not self.frame.is_json and self.screen.told_width:
            self.screen.tell([text])

    def tell(self, lines: Iterable[Text | str]) -> None:
        """Print what is not part of the answer; JSON says it in its own keys."""
        if not self.frame.is_json:
            self.screen.tell(lines)


def open_frame(arguments: Sequence[str], environ: Mapping[str, str]) -> Frame:
    """Look at the arguments and streams before anything is parsed."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return Frame(arguments, environ, open_screen(environ), is_json=JSON_FLAG in options)


def open_call(context: typer.Context) -> Call:
    """Return the view of the command that typer is running."""
    frame = context.find_object(Frame)
    if frame is None:
        raise RuntimeError("a command runs below main() only")
    frame.command = context.info_name or ""
    return Call(frame, frame.command, context)


def answer_json(frame: Frame, code: int, keys: Mapping[str, object]) -> None:
    """Print the one object of a `--json` run."""
    if frame.screen.folder_option:
        from tracker.cli.advice import name_folder_in_json  # noqa: PLC0415  with -C only

        keys = name_folder_in_json(dict(keys), frame.screen.folder_option)
    frame.screen.out.write(format_json(frame, code, keys))


def format_json(frame: Frame, code: int, keys: Mapping[str, object]) -> str:
    """Return an answer as one JSON object on a line; in ASCII, which no encoding can break."""
    head = {"schema": SCHEMA, "command": frame.command, "ok": code == 0, "exit_code": code}
    return json.dumps(head | dict(keys), allow_nan=False) + "\n"
