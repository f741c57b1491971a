"""The progress bar on a terminal's stderr.

Draws only; knows nothing of what is going on but two numbers and a word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tracker.cli.text import shorten

Report = Callable[[int, int, str], None]
"""Called with what is done, what there is in all, and a word on what is going on."""

LONGEST_LABEL = 40


@contextmanager
def show_bar(file: TextIO) -> Iterator[Report]:
    """Show a bar that goes away when it is done, and give the function that moves it."""
    columns = (
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[label]}", markup=False),
    )
    with Progress(*columns, console=Console(file=file), transient=True) as progress:
        task = progress.add_task("", total=None, label="")

        def report(done: int, total: int, label: str) -> None:
            progress.update(task, completed=done, total=total, label=shorten(label, LONGEST_LABEL))

        yield report
