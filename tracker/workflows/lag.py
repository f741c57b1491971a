"""Wait until Notion surely lists every row, where a row might otherwise be made a second time.

A listing lags behind writes. A skill that only seems to have no row may have got one a moment ago:
from a run that was cut off, from one whose state was lost, or from another machine. Only there is
the lag waited out, and no longer than until the row is seen. Nothing is decided here, nor written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tracker.ports import RemoteReader, Target
from tracker.roadmap.model import SkillId
from tracker.sync.plan import Create, Plan
from tracker.sync.snapshot import RemoteObservation, Side

Progress = Callable[[int, int, str], None]
"""Called with seconds waited, seconds in all, and the reason."""

WHY = "waiting: Notion lists new rows late"
MOST_POLLED = 1000
"""Rows up to which the listing is read again after each pause; longer ones are read at the end."""
_MOST_ROUNDS = 10
_TICK = 1.0


@dataclass(frozen=True, slots=True)
class Sight:
    """The Notion side as it was seen, and what would be done about it."""

    remote: RemoteObservation
    plan: Plan

    @property
    def creations(self) -> frozenset[SkillId]:
        """The skills for which a row would be made."""
        made = (each for each in self.plan.actions if isinstance(each, Create))
        return frozenset(each.skill_id for each in made if each.side is Side.REMOTE)


def find_doubtful(
    known: Target | None, intents: frozenset[SkillId], seen: Sight
) -> frozenset[SkillId]:
    """Return the skills that may have a row which is not listed yet.

    Those whose creation was never answered; and all of them in a database of which nothing is
    remembered while it, or its newest row, is young.
    """
    is_remembered = known is not None and bool(known.properties)
    if seen.remote.is_young and not is_remembered:
        return seen.creations
    return seen.creations & intents


def wait_for_rows(
    remote: RemoteReader,
    seen: Sight,
    look: Callable[[], Sight],
    doubtful: Callable[[Sight], frozenset[SkillId]],
    progress: Progress,
) -> Sight:
    """Look again and again until nothing is doubtful, or the lag is over; return the last sight.

    While rows keep coming another machine is at work, and the lag begins anew.
    """
    for _ in range(_MOST_ROUNDS):
        before, open_ends = len(seen.remote.rows), doubtful(seen)
        if not open_ends:
            break
        total, waited = sum(remote.pauses), 0.0
        for number, pause in enumerate(remote.pauses, start=1):
            waited = _wait(remote, pause, waited, total, progress)
            if number == len(remote.pauses) or len(seen.remote.rows) <= MOST_POLLED:
                seen = look()
                if not open_ends & seen.creations:
                    return seen
        if len(seen.remote.rows) <= before:
            break
    return seen


def _wait(
    remote: RemoteReader, seconds: float, waited: float, total: float, progress: Progress
) -> float:
    end = waited + seconds
    while waited < end:
        progress(int(waited), int(total), WHY)
        step = min(_TICK, end - waited)
        remote.wait(step)
        waited += step
    return waited
