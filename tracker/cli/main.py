"""The entry point: arguments in, exit code out, and the one boundary for errors.

Imports nothing that takes time before it can answer Ctrl-C: commands are imported by `app` when they
run, the rendering of errors when there is one.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from types import ModuleType

    import typer

    from tracker.cli.app import Invocation

INTERRUPTED = 130

COMPLETION = "_TRACKER_COMPLETE"
"""Set by the shell when it wants words; by another program, or left exported, by mistake."""


# Before it ends, the interpreter searches all objects for garbage once more, which the end frees anyway.
atexit.register(gc.freeze)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; never raises, never exits."""
    # A run is short, and most of what it makes lives to its end: look for garbage rarely.
    gc.set_threshold(200_000, 20, 100)
    arguments = sys.argv[1:] if argv is None else argv
    try:
        # pydantic would look through every installed package for plugins, which takes longer than `next`.
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
        # httpx would load click, rich and pygments for a command line of its own, and does without them.
        sys.modules.setdefault("httpx._main", cast("ModuleType", None))
        # Late: a program that is stopped while its libraries load shows no traceback either.
        from tracker.cli.app import app, open_invocation  # noqa: PLC0415

        call = open_invocation(arguments, os.environ)
        try:
            return _run(app, list(arguments), call)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  the one boundary
            from tracker.cli.boundary import answer_completion_error, answer_error  # noqa: PLC0415

            if COMPLETION in os.environ and not isinstance(error, KeyboardInterrupt):
                return answer_completion_error(call)
            return answer_error(error, call)
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted\n")
        return INTERRUPTED


def _run(app: typer.Typer, arguments: list[str], call: Invocation) -> int:
    """Let typer find and run the command; its int is the exit code."""
    import typer  # noqa: PLC0415
    from typer.main import get_command  # noqa: PLC0415

    try:
        code = get_command(app)(
            args=arguments, prog_name="tracker", standalone_mode=False, obj=call
        )
    except SystemExit as end:
        # Completion scripts end like this.
        code = end.code
    except typer.Abort:
        raise KeyboardInterrupt from None
    # What typer makes of Ctrl-C.
    if code == INTERRUPTED:
        raise KeyboardInterrupt
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    sys.exit(main())
