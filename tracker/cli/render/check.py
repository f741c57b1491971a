"""What a check found, and what `init` made, as people read them.

Pure.
"""

from __future__ import annotations

from collections import Counter
from difflib import get_close_matches

from rich.text import Text

from tracker.cli.render.layout import make_line, plural
from tracker.cli.render.problems import count_severities, render_finding
from tracker.errors import Severity
from tracker.roadmap.links import Verdict
from tracker.workflows.links import LinksChecked
from tracker.workflows.results import Checked, Initialised


def render_checked(checked: Checked) -> list[Text]:
    """Render every problem in order of place, and one line that sums up."""
    ordered = sorted(checked.problems, key=lambda each: each.sort_key)
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
    if counts := Counter(each.code for each in checked.left_out):
        words = ", ".join(f"{count} {code}" for code, count in sorted(counts.items()))
        is_error = any(each.severity is Severity.ERROR for each in checked.left_out)
        warning = "; sync still refuses a file with errors" if is_error else ""
        lines.append(make_line(("left out", "bold"), f": {words}{warning}"))
    codes = {each.code for each in checked.problems}
    for code in checked.skipped:
        if code not in counts:
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
