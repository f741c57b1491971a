"""What a check found, and what `init` made, as people read them.

Pure.
"""

from __future__ import annotations

from rich.text import Text

from tracker.cli.render.layout import make_line, plural
from tracker.cli.render.problems import count_severities, render_finding
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
    if not found:
        return [make_line(("ok", "bold green"), f": {what}, no problems")]
    style = "bold red" if checked.has_errors else "bold yellow"
    return [*lines, make_line((found, style), f"; {what}")]


def render_links(links: LinksChecked) -> list[Text]:
    """Render in one line how many links were asked, and what they answered."""
    counts = [f"{count} {verdict.value}" for verdict in Verdict if (count := links.count(verdict))]
    cost = f"{links.asked} asked, {links.remembered} remembered"
    return [make_line(("links", "bold"), f": {', '.join(counts) or 'none'} ({cost})")]


def render_initialised(made: Initialised) -> list[Text]:
    """Render a new folder: its files, its Notion side, and how to go on."""
    head = make_line(("ready", "bold green"), f": {made.folder}")
    files = [make_line(("  + ", "green"), path) for path in made.files]
    nothing = [] if made.files else [make_line("  everything was there already")]
    steps = ["tracker check", "tracker sync", "tracker report"]
    if made.is_empty:
        steps = ["tracker roadmaps", "tracker add NAME (or tracker new NAME)", "tracker sync"]
    return [
        head,
        *files,
        *nothing,
        make_line(("  Notion side  ", "dim"), made.remote),
        make_line(("  next         ", "dim"), ", then ".join(steps)),
    ]
