"""A roadmap taken over from another format, with everything that was not understood.

Pure value. Which formats there are, and what they mean, is the adapters' business.
"""

from __future__ import annotations

from dataclasses import dataclass

from tracker.errors import Problem
from tracker.roadmap.model import Roadmap


@dataclass(frozen=True, slots=True)
class Imported:
    """A valid roadmap, and a problem for each line, cell or node that did not get into it."""

    roadmap: Roadmap
    not_understood: tuple[Problem, ...] = ()
