"""Find what no sync has carried over yet, by the files and the state of this machine alone.

Writes nothing, and asks nobody.
"""

from __future__ import annotations

from collections.abc import Mapping

from tracker.local_ports import AgreedReader
from tracker.roadmap.model import Roadmap
from tracker.sync.records import make_local_observation
from tracker.sync.unsynced import Unsynced, count_unsynced


def find_unsynced(state: AgreedReader, roadmaps: Mapping[str, Roadmap]) -> Unsynced:
    """Count the skills of these roadmaps that no sync has carried over; raise StateError."""
    total = Unsynced()
    waiting = state.load_page().waiting
    for name, roadmap in roadmaps.items():
        # The digest of the file does not matter: nothing is planned with this.
        observed = make_local_observation(name, "", roadmap)
        open_fields = {(it.skill_id, it.field) for it in waiting if it.roadmap == name}
        total += count_unsynced(state.load_agreed(name, observed.records), observed, open_fields)
    return total
