"""What no sync has carried over yet, in words.

Pure.
"""

from __future__ import annotations

from tracker.sync.unsynced import Unsynced
from tracker.text import plural


def format_unsynced(unsynced: Unsynced) -> str:
    """Return how many skills the next sync has to carry over, and its command."""
    counts = (
        (unsynced.changed, "changed"),
        (unsynced.added, "new"),
        (unsynced.removed, "removed"),
    )
    told = ", ".join(f"{count} {word}" for count, word in counts if count)
    return f"{plural(unsynced.count, 'skill')} not synced ({told}): tracker sync"
