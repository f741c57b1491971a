"""What a file that is to be written holds, told from its name."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tracker.cli.again import format_again
from tracker.errors import Problem, UsageError

if TYPE_CHECKING:
    import typer

Form = TypeVar("Form", bound=StrEnum)


def find_by_ending(context: typer.Context, out: Path | None, endings: Mapping[str, Form]) -> Form:
    """Return the format that a file's ending asks for; raise UsageError for an ending of another."""
    ending = out.suffix.lower() if out else ""
    if ending in endings:
        return endings[ending]
    first: dict[Form, str] = {}
    for known, form in endings.items():
        first.setdefault(form, known)
    words = list(first.values())
    chosen, *others = map(str, first)
    comment = f"    # or {', '.join(others)}" if others else ""
    raise UsageError(
        Problem(
            code="unknown-ending",
            what=f"cannot tell the format from {ending}; use {', '.join(words)} or --format",
            kept="nothing was written",
            next=format_again(context, "--format", chosen) + comment,
        )
    )
