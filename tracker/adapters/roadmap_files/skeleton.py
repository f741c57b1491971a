"""The text of a roadmap to begin with: two skills, and every key explained where it goes.

Pure. It has no problem that `check` would tell.
"""

from __future__ import annotations

from tracker.adapters.roadmap_files.format import format_text
from tracker.adapters.roadmap_files.schema import make_modeline

_TEXT = """\
{modeline}
# The roadmap `{name}`: sections of skills to learn. `tracker check` tells whether it reads well.

title: {title}
description: What this roadmap leads to, in a sentence.
# source: https://example.org/where-it-comes-from
sections:
  - title: First steps
    skills:
      - id: first-skill             # stable, lower-case; sync fills it in when it is not there
        name: First skill           # the only key that a skill must have
        goal: Can say in one sentence what can be done with it.
        # status: done              # todo (when not given), doing, done or skipped
        level: entry                # entry, intermediate, advanced, or any text
        hours: 2                    # an estimate
        # started: 2026-11-01       # year-month-day; sync fills them in as the status changes
        # completed: 2026-11-03
        tags: [basics]
        # resources:
        #   - {{title: "Name of the page", url: "https://example.org/page", type: docs}}
        #   - {{title: "Name of the book", url: "https://example.org/book", type: book, free: false}}
        # notes: |
        #   Anything worth remembering,
        #   on as many lines as it takes.
      - id: second-skill
        name: Second skill
        requires: [first-skill]     # ids of skills to learn before this one
      - A skill can be just its name
"""


def make_skeleton(name: str, title: str) -> str:
    """Make the text of a new roadmap file with this title; `name` is the stem of the file."""
    return _TEXT.format(modeline=make_modeline(), name=name, title=format_text(title))
