"""Take back what a run did, on both sides, as far as nothing newer stands there.

Pure: no clock, no disk, no network, no logging. A run is told from its journal entries as one story
per skill; each story becomes a step, the steps are kept valid together, and become a plan.
"""

from __future__ import annotations

from tracker.sync.undo.make import Undoing, make_undo

__all__ = ["Undoing", "make_undo"]
