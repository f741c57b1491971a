"""Problems as people read them, in four parts or on one line; what a check found, what `init` made.

Pure. Chooses no exit code and no stream.

    error: what, with roadmaps/ds.yaml:12:5
      why   the reason
      kept  what was left untouched
      next  the command to paste
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from rich.text import Text

from tracker.cli.render.layout import Part, hang, make_line, plural
from tracker.errors import NOTHING_WRITTEN, Problem, Severity
from tracker.roadmap.model import Verdict
from tracker.sync.plan import Refusal
from tracker.workflows.links import LinksChecked
from tracker.workflows.results import Checked, Initialised

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
    ordered = sorted(problems, key=lambda problem: problem.sort_key)
    return [line for problem in ordered for line in render_problem(problem, width)]


def render_refusal(roadmap: str, refusal: Refusal, *, is_reading: bool = False) -> list[Text]:
    """Render a guard's refusal of the plan of a roadmap."""
    head: list[Part] = [
        ("refused:", STYLES[Severity.ERROR]),
        f" {refusal.what}",
        (f"  {roadmap}", "dim"),
    ]
    # A refusal says what was kept only where something could have been written.
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
    details = [text for text in (problem.why, problem.next) if text]
    return [head, *(make_line(f"    {text}") for text in details)]


def count_severities(problems: Sequence[Problem]) -> str:
    """Return how many problems of each severity there are, in words."""
    counted = (
        (sum(problem.severity is severity for problem in problems), severity)
        for severity in Severity
    )
    return ", ".join(plural(count, severity.value) for count, severity in counted if count)


def _with_parts(head: Sequence[Part], why: str, kept: str, then: str, width: int = 0) -> list[Text]:
    lines = [make_line(*head)]
    for name, text in (("why", why), ("kept", kept), ("next", then)):
        label = (f"  {name:<{LABEL}}", "dim")
        if name == "why" and width:
            lines += hang(label, text, width) if text else []
        elif text:
            # What is there to be pasted stays in one piece.
            lines.append(make_line(label, text))
    return lines


def render_checked(checked: Checked) -> list[Text]:
    """Render every problem in order of place, and one line that sums up."""
    ordered = sorted(checked.problems, key=lambda problem: problem.sort_key)
    lines = [line for problem in ordered for line in render_finding(problem)]
    skills = sum(len(file.roadmap.skills) for file in checked.files)
    what = f"{plural(len(checked.files), 'roadmap')} and {plural(skills, 'skill')} read"
    found = count_severities(ordered)
    style = "bold red" if checked.has_errors else "bold yellow"
    summary = make_line((found, style), f"; {what}")
    if not found:
        other = "no other problems" if checked.left_out else "no problems"
        summary = make_line(("ok", "bold green"), f": {what}, {other}")
    return [*lines, summary, *_render_skipped(checked)]


def _render_skipped(checked: Checked) -> list[Text]:
    """Render what --skip left out, and each of its names that left nothing out."""
    lines: list[Text] = []
    if counts := Counter(problem.code for problem in checked.left_out):
        words = ", ".join(f"{count} {code}" for code, count in sorted(counts.items()))
        is_error = any(problem.severity is Severity.ERROR for problem in checked.left_out)
        warning = "; sync still refuses a file with errors" if is_error else ""
        lines.append(make_line(("left out", "bold"), f": {words}{warning}"))
    codes = {problem.code for problem in checked.problems}
    for code in checked.skipped:
        if code not in counts:
            # A mistyped code would leave out nothing, and look as if it had.
            near = get_close_matches(code, codes, n=1)
            guess = f"; did you mean {near[0]}?" if near else ""
            lines.append(
                make_line(("note", "bold yellow"), f": --skip {code} left nothing out{guess}")
            )
    return lines


def render_links(links: LinksChecked) -> list[Text]:
    """Render in one line how many links were asked, and what they answered."""
    counts = [f"{count} {verdict.value}" for verdict in Verdict if (count := links.count(verdict))]
    cost = f"{links.asked} asked, {links.remembered} remembered"
    return [make_line(("links", "bold"), f": {', '.join(counts) or 'none'} ({cost})")]


def render_initialised(made: Initialised) -> list[Text]:
    """Render a new folder: its files, what it is synced with, and how to go on."""
    head = make_line(("ready", "bold green"), f": {made.folder}")
    files = [make_line(("  + ", "green"), path) for path in made.files]
    nothing = [] if made.files else [make_line("  everything was there already")]
    steps = ["tracker check", "tracker sync", "tracker report"]
    if made.is_empty:
        steps = ["tracker roadmaps", "tracker add NAME or tracker new NAME", "tracker sync"]
    return [
        head,
        *files,
        *nothing,
        make_line(("  synced with  ", "dim"), made.remote),
        make_line(("  next         ", "dim"), f"{steps[0]}    # then {', then '.join(steps[1:])}"),
    ]
