"""What `check` and `init` answer, to JSON; the keys are documented in `as_json`.

Pure.
"""

from __future__ import annotations

from tracker.cli.render.as_json import problems_json
from tracker.roadmap.links import LinkVerdict, Verdict
from tracker.workflows.links import LinksChecked
from tracker.workflows.results import Checked, Initialised


def checked_json(checked: Checked) -> dict[str, object]:
    """Return the keys of a check."""
    return {
        "files": [
            {
                "name": file.name,
                "path": file.path,
                "title": file.roadmap.title,
                "skills": len(file.roadmap.skills),
            }
            for file in checked.files
        ],
        "problems": problems_json(sorted(checked.problems, key=lambda each: each.sort_key)),
        "skipped": {
            code: sum(each.code == code for each in checked.left_out) for code in checked.skipped
        },
    }


def links_json(links: LinksChecked) -> dict[str, object]:
    """Return what the links of a check answered."""
    return {
        "asked": links.asked,
        "remembered": links.remembered,
        "offline": links.is_offline,
        "verdicts": {each.value: count for each in Verdict if (count := links.count(each))},
        "found": [_link_json(each) for each in links.verdicts],
    }


def _link_json(link: LinkVerdict) -> dict[str, object]:
    return {
        "url": link.url,
        "verdict": link.verdict.value,
        "detail": link.detail,
        "final_url": link.final_url or None,
        "seconds": link.seconds,
        "places": [str(place) for place in link.places],
    }


def initialised_json(made: Initialised) -> dict[str, object]:
    """Return the keys of a new folder."""
    return {
        "folder": str(made.folder),
        "files": list(made.files),
        "remote": made.remote,
        "problems": problems_json(made.problems),
    }
