"""The one way in which the editor says no: a `SpliceError` with its four parts.

Must not decide anything; whoever finds the reason raises it.
"""

from __future__ import annotations

from tracker.adapters.roadmap_files.splice.text import Source
from tracker.errors import Location, Problem, UnsafeEditError


class SpliceError(UnsafeEditError):
    """An edit cannot be made without risk to the rest of the file; nothing was written."""


def make_refusal(what: str, why: str, source: Source | None = None, at: int = 0) -> SpliceError:
    """Build the error; the path of its location is empty and filled in by whoever knows the file."""
    location = None
    if source is not None:
        line = source.line_of(at)
        location = Location("", line + 1, at - source.starts[line] + 1)
    return SpliceError(
        Problem(
            code="unsafe-edit",
            what=what,
            location=location,
            why=why,
            kept="the file was left exactly as it is",
            next="make this change in the file by hand, then: tracker sync",
        )
    )
