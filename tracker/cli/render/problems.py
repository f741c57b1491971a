"""Problems as people read them, in four parts or on one line.

Pure. Chooses no exit code and no stream.

    error: what, with roadmaps/ds.yaml:12:5
      why   the reason
      kept  what was left untouched
      next  the command to paste
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text

from tracker.cli.render.layout import Part, make_line, plural, wrap_text
from tracker.errors import NOTHING_WRITTEN, Problem, Severity
from tracker.sync.plan import Refusal

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}
LABEL = 6


def render_problem(problem: Problem, width: int = 0) -> list[Text]:
    """Render one problem in four parts; empty parts are left out.

    With a width, reasons are broken to it; what is there to be pasted never is.
    """
    head: list[Part] = [(f"{problem.severity}:", STYLES[problem.severity]), f" {problem.what}"]
    if problem.location is not None:
        head.append((f"  {problem.location}", "dim"))
    return _with_parts(head, problem.why, problem.kept, problem.next, width)


def render_problems(problems: Iterable[Problem], width: int = 0) -> list[Text]:
    """Render problems one after the other, worst parts first within a place."""
    ordered = sorted(problems, key=lambda each: each.sort_key)
    return [line for problem in ordered for line in render_problem(problem, width)]


def render_refusal(roadmap: str, refusal: Refusal, *, is_reading: bool = False) -> list[Text]:
    """Render a guard's word against the plan of a roadmap."""
    head: list[Part] = [
        ("refused:", STYLES[Severity.ERROR]),
        f" {refusal.what}",
        (f"  {roadmap}", "dim"),
    ]
    kept = "" if is_reading else NOTHING_WRITTEN
    return _with_parts(head, refusal.why, kept, refusal.next)


def render_finding(problem: Problem) -> list[Text]:
    """Render a problem as compilers do: `file:line:column: severity code: what`."""
    place = f"{problem.location}: " if problem.location is not None else ""
    head = make_line(
        (place, "bold"),
        (f"{problem.severity}", STYLES[problem.severity]),
        (f" {problem.code}: ", "dim"),
        problem.what,
    )
    details = [each for each in (problem.why, problem.next) if each]
    return [head, *(make_line(f"    {each}") for each in details)]


def count_severities(problems: Sequence[Problem]) -> str:
    """Return how many problems of each severity there are, in words."""
    counted = (
        (sum(each.severity is severity for each in problems), severity) for severity in Severity
    )
    return ", ".join(plural(count, severity.value) for count, severity in counted if count)


def _with_parts(head: Sequence[Part], why: str, kept: str, then: str, width: int = 0) -> list[Text]:
    reasons = wrap_text(why, width - LABEL - 2) if width else [why]
    parts = [("why" if not n else "", part) for n, part in enumerate(reasons)]
    parts += [("kept", kept), ("next", then)]
    lines = [make_line((f"  {name:<{LABEL}}", "dim"), text) for name, text in parts if text]
    return [make_line(*head), *lines]
