"""How large a run of the benchmarks is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Scale:
    """Sizes and repetitions; `shared` is a folder in which groups leave what others can use.

    `skills` is the size for which the goals are set, and costs per skill are compared with those at
    `fewer`; a roadmap of `fewest` costs little more than the start of the program. Both are measured
    `rounds` times, and with none nothing is compared.
    """

    shared: Path
    skills: int = 10_000
    fewer: int = 1_000
    fewest: int = 20
    medium: int = 3_000
    rounds: int = 2
    pairs: int = 3
    starts: int = 11
    windows: tuple[int, ...] = (180, 600)
    latency: float = 0.9
    period: float = 60.0


def make_full(shared):
    """Return the scale of which the goals speak."""
    return Scale(shared)


def make_quick(shared):
    """Return a scale that takes a quarter of the time, and tells whether something went wrong."""
    return Scale(
        shared, skills=3_000, fewer=300, medium=1_500, rounds=1, pairs=1, starts=5, windows=(600,)
    )


def make_tiny(shared):
    """Return a scale that only shows that everything runs."""
    return Scale(
        shared,
        skills=40,
        medium=40,
        rounds=0,
        pairs=1,
        starts=1,
        windows=(600,),
        latency=0.0,
        period=1.0,
    )


SCALES = {"full": make_full, "quick": make_quick, "tiny": make_tiny}
