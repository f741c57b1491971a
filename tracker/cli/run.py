"""One run of the program: arguments in, exit code out, and the one boundary for errors.

Imports nothing but typer at the start, so that `tracker --version` and completion are quick: commands
are imported by `app` when they run, the rendering of errors when there is one.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence

import typer
from typer.main import get_command

from tracker.cli.app import app
from tracker.cli.call import Frame, open_frame


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; never raises, never exits."""
    # A run is short, and most of what it makes lives to its end: look for garbage rarely.
    gc.set_threshold(200_000, 20, 100)
    frame = open_frame(arguments, os.environ)
    try:
        return _run(list(arguments), frame)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  the one boundary
        from tracker.cli.boundary import answer_completion_error, answer_error  # noqa: PLC0415

        if COMPLETION in os.environ and not isinstance(error, KeyboardInterrupt):
            return answer_completion_error(frame)
        return answer_error(error, frame)


def _run(arguments: list[str], frame: Frame) -> int:
    """Let typer find and run the command; its int is the exit code."""
    try:
        code = get_command(app)(
            args=arguments, prog_name="tracker", standalone_mode=False, obj=frame
        )
    except SystemExit as end:
        # Completion scripts end like this.
        code = end.code
    except typer.Abort:
        raise KeyboardInterrupt from None
    if code == INTERRUPTED:
        raise KeyboardInterrupt
    return code if isinstance(code, int) else 0


COMPLETION = "_TRACKER_COMPLETE"
"""Set by the shell when it wants words; by another program, or left exported, by mistake."""

INTERRUPTED = 130
"""What typer makes of Ctrl-C."""
