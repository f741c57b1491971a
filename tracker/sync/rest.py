"""What a run rested on that found nothing to do, so that the next one need not find it out again.

Pure: no clock, no disk, no network, no logging. As long as files, settings, state and rows are the
same, so is the plan: it is empty. What ends a rest is therefore anything that a plan is made from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tracker.errors import Problem
from tracker.sync.model import Plan


@dataclass(frozen=True, slots=True)
class RestBasis:
    """What has to be the same beside the state and the rows.

    `setting` is that of the program: its version, its settings and the day. `names` are the roadmaps
    that were named, none for all; `files` are the digests of all roadmap files by their paths.
    """

    setting: str
    names: tuple[str, ...]
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rest:
    """A run that left nothing to do: its empty plans, and the notes that it showed."""

    basis: RestBasis
    plans: tuple[Plan, ...]
    problems: tuple[Problem, ...]


def make_rest(basis: RestBasis, plans: Sequence[Plan], problems: Sequence[Problem]) -> Rest | None:
    """Return the rest of a run with these plans; None when one of them has anything in it."""
    if any(plan.actions or plan.conflicts or plan.sections for plan in plans) or not plans:
        return None
    return Rest(basis, tuple(plans), tuple(problems))
