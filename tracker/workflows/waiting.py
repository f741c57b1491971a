"""Find what waits for a person, by the row that it is about, as the last run left it.

Reads the state only: no file, no network. What was settled since is gone after the next run.
"""

from __future__ import annotations

from collections.abc import Mapping

from tracker.ports import StateReader
from tracker.progress.page import Waiting
from tracker.roadmap.model import SkillId


def find_waiting(state: StateReader) -> dict[str, list[Waiting]]:
    """Return conflicts and holds by the page id of their row; "" stands for what has no row."""
    found: dict[str, list[Waiting]] = {}
    rows: dict[str, Mapping[SkillId, str]] = {}
    for item in state.load_page().waiting:
        if item.roadmap not in rows:
            bindings = state.load_base(item.roadmap).bindings
            rows[item.roadmap] = {key: binding.page_id for key, binding in bindings.items()}
        page_id = rows[item.roadmap].get(SkillId(item.skill_id), "")
        found.setdefault(page_id, []).append(item)
    return found
