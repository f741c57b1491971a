"""What a check found, as lines and as JSON; the keys are listed in `tracker.cli.render.answers`.

Pure.
"""

from __future__ import annotations

from collections import Counter
from difflib import get_close_matches
from typing import TYPE_CHECKING

from tracker.cli.lines import StyledLine
from tracker.cli.render.json_values import Json, pick, problems_json
from tracker.cli.render.layout import count_severities, make_line, render_finding
from tracker.errors import Severity
from tracker.roadmap.links import Verdict
from tracker.text import plural

if TYPE_CHECKING:
    from tracker.workflows.links import LinksChecked
    from tracker.workflows.local import Checked


def render_checked(checked: Checked) -> list[StyledLine]:
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


def _render_skipped(checked: Checked) -> list[StyledLine]:
    """Render what --skip left out, and each of its names that left nothing out."""
    lines: list[StyledLine] = []
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


def render_links(links: LinksChecked) -> list[StyledLine]:
    """Render in one line how many links were asked, and what they answered."""
    counts = [f"{count} {verdict.value}" for verdict in Verdict if (count := links.count(verdict))]
    cost = f"{links.asked} asked, {links.remembered} remembered"
    return [make_line(("links", "bold"), f": {', '.join(counts) or 'none'} ({cost})")]


def checked_json(checked: Checked) -> Json:
    """Return the keys of a check."""
    skipped = Counter(problem.code for problem in checked.left_out)
    return {
        "files": [
            pick(file, "name path title=roadmap.title") | {"skills": len(file.roadmap.skills)}
            for file in checked.files
        ],
        "problems": problems_json(sorted(checked.problems, key=lambda problem: problem.sort_key)),
        "skipped": {code: skipped[code] for code in checked.skipped},
    }


def links_json(checked: LinksChecked) -> Json:
    """Return what the links of a check answered."""
    return {
        **pick(checked, "asked remembered offline=is_offline"),
        "verdicts": {verdict: count for verdict in Verdict if (count := checked.count(verdict))},
        "found": [
            {
                **pick(link, "url verdict detail final_url? seconds"),
                "places": [str(place) for place in link.places],
            }
            for link in checked.verdicts
        ],
    }
