"""The entry point: arguments in, exit code out.

Imports nothing that takes time before it can answer Ctrl-C.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; never raises, never exits."""
    try:
        # Late: a program that is stopped while its libraries load shows no traceback either.
        from tracker.cli.run import run  # noqa: PLC0415

        return run(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted\n")
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
