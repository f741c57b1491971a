"""What every command costs in a large roadmap: peak memory, and the cost per skill against a small one.

The ratios are against a script that imports typer, pydantic and yaml and parses the same file.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from .kit import cheapest, make_text, median_cost, spend
from .start import BARE
from .table import Row
from .tour import Tour

MOST_MEMORY = 150
MOST_GROWTH = 1.25
LEAST = 0.05
"""Seconds by which a command has to grow between the small sizes for its growth to say anything."""


def measure(scale):
    """Yield a row for each command.

    Folders of all sizes take turns, command by command, so that a machine that gets slower meanwhile
    does so for all of them.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        bare = measure_bare(root / "bench.yaml", scale.skills)
        sizes = [*[scale.fewest, scale.fewer] * scale.rounds, scale.skills]
        tours = [Tour(root / str(place), size) for place, size in enumerate(sizes)]
        tours[-1].shared = scale.shared
        for steps in zip(*tours, strict=True):
            found = {size: [] for size in sizes}
            for size, (_, cost) in zip(sizes, steps, strict=True):
                found[size].append(cost)
            costs = [cheapest(found[size]) for size in found]
            growth = compare_per_skill([cost.processor for cost in costs], list(found))
            yield make_row(f"{steps[-1][0]}, {scale.skills:,} skills", costs[-1], bare, growth)


def measure_bare(path, skills):
    """Return what it costs to parse a roadmap of some size without the program."""
    path.write_text(make_text(skills), encoding="utf-8")
    command = [sys.executable, "-c", BARE, str(path)]
    return median_cost([spend(command) for _ in range(3)])


def compare_per_skill(costs, sizes):
    """Return the cost per skill from the first to the last size, over that to the second size.

    None where the second size costs hardly more than the first, and with one size.
    """
    if len(costs) == 1:
        return None
    start, small, large = costs
    if small - start < LEAST:
        return None
    first, second = (size - sizes[0] for size in sizes[1:])
    return (large - start) / second * first / (small - start)


def make_row(what, cost, bare, growth):
    """Make the row of one command."""
    per_skill = f", {growth:.2f} x a skill" if growth is not None else ""
    return Row(
        what,
        cost.processor / bare.processor,
        cost.clock / bare.clock,
        f"{cost.processor:.2f} s, {cost.memory:.0f} MB{per_skill}",
        f"{MOST_MEMORY} MB, {MOST_GROWTH} x",
        cost.memory <= MOST_MEMORY and (growth or 0) <= MOST_GROWTH,
    )
