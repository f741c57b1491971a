"""The progress bar on a terminal's stderr.

Draws only; knows nothing of what is going on but two numbers and a word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tracker.cli.text import shorten

Report = Callable[[int, int, str], None]
"""Called with what is done, what there is in all, and a word on what is going on."""

LONGEST_LABEL = 40


class Bar:
    """A bar that goes away when it is done, and while anything else is printed."""

    def __init__(self, file: TextIO, environ: Mapping[str, str]) -> None:
        columns = (
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[label]}", markup=False),
        )
        self._progress = Progress(
            *columns,
            console=Console(file=file, _environ=environ),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._progress.add_task("", total=None, label="")

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
