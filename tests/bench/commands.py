"""What every command costs in a large roadmap: peak memory, and the cost per skill against a small one.

The ratios are against a script that imports typer, pydantic and yaml and parses the same file.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from .kit import cheapest, make_text, median_cost, note, spend
from .start import BARE
from .table import Row
from .tour import Tour

MOST_MEMORY = 150
MOST_GROWTH = 1.25
LEAST = 0.05
"""Seconds by which a command has to grow between the small sizes for its growth to say anything."""


def measure(scale):
    """Yield a row for each command."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        starts, small = (
            measure_small(root, skills, scale.rounds) for skills in (scale.fewest, scale.fewer)
        )
        bare = measure_bare(root / "bench.yaml", scale.skills)
        for name, cost in Tour(root / str(scale.skills), scale.skills, scale.shared):
            growth = compare_per_skill(
                [starts[name].processor, small[name].processor, cost.processor],
                [scale.fewest, scale.fewer, scale.skills],
            )
            yield make_row(f"{name}, {scale.skills:,} skills", cost, bare, growth)


def measure_small(root, skills, rounds):
    """Return the least cost of each command in some rounds through all of them."""
    found = {}
    for number in range(rounds):
        note(f"all commands at {skills} skills, round {number + 1} of {rounds}")
        for name, cost in Tour(root / f"{skills}-{number}", skills):
            found.setdefault(name, []).append(cost)
    return {name: cheapest(costs) for name, costs in found.items()}


def measure_bare(path, skills):
    """Return what it costs to parse a roadmap of some size without the program."""
    path.write_text(make_text(skills), encoding="utf-8")
    command = [sys.executable, "-c", BARE, str(path)]
    return median_cost([spend(command) for _ in range(3)])


def compare_per_skill(costs, sizes):
    """Return the cost per skill from the first to the last size, over that to the second size.

    None where the second size costs hardly more than the first.
    """
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
