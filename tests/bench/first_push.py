"""How long a first push of the bundled `ds-path` is on the wire, against the ideal schedule.

The server allows so many requests in a window of 60 seconds, and nobody told the program how many. The
ideal client knows it, and where the windows lie: a list schedule with up to 32 lanes and the real
prerequisites (the set-up one request after the other, rows as they require each other, beside them the
views one after the other, the page at the end), on a machine that needs no time of its own. See
`tests.pacing`.

Run it: `python -m tests.bench.first_push [BUDGET [LATENCY [OPTION…]]]`, with options of the server.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.pacing import Push, find_ideal, make_chain

from .kit import ROOT, ROOT_PAGE_ID, ask, run, serve, tell
from .table import Row

ROADMAP = ROOT / "roadmaps" / "ds-path.yaml"
MOST = 1.10
MOST_REFUSED = 10


@dataclass(frozen=True)
class Figures:
    """What was measured: requests by their fate, and seconds on the wire of the push and of the ideal."""

    accepted: int
    refused: int
    seconds: float
    ideal: float

    @property
    def ratio(self):
        """How many times as long as the ideal schedule it took; None where that takes no time."""
        return self.seconds / self.ideal if self.ideal else None


def measure(scale):
    """Yield a row for each budget."""
    for budget in scale.windows:
        found = measure_push(budget, scale.latency, ("--window", str(scale.period)))
        is_met = None
        if found.ratio is not None:
            is_met = found.ratio <= MOST and found.refused <= MOST_REFUSED
        yield Row(
            f"first push, {budget} requests a minute",
            clock=found.ratio,
            figures=f"{found.seconds:.1f} s, {found.refused} refused",
            goal=f"{MOST:.2f} x, {MOST_REFUSED} refused",
            is_met=is_met,
        )


def measure_push(budget, latency, options=()):
    """Push `ds-path` to a server of its own, and return the figures."""
    asked = ("--budget", str(budget), "--latency", str(latency), *options)
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "learner"
        (folder / "roadmaps").mkdir(parents=True)
        shutil.copy(ROADMAP, folder / "roadmaps")
        (folder / "tracker.yaml").write_text(
            f"notion:\n  parent: {ROOT_PAGE_ID}\n", encoding="utf-8"
        )
        with serve(Path(root) / "notion.db", *asked) as url:
            run(folder, url, "sync")
            told = ask(url, "/bench")
    push = load_push(told["requests"])
    seconds = told["last"] - told["first"]
    return Figures(told["accepted"], told["refused"], seconds, find_ideal(push, budget, latency))


def load_push(requests):
    """Return the shape of the push: its rows and views, and what went before and after them."""
    sections = yaml.safe_load(ROADMAP.read_text(encoding="utf-8"))["sections"]
    skills = [skill for section in sections for skill in section["skills"]]
    needs = {skill["id"]: frozenset(skill.get("requires", ())) for skill in skills}
    views = [number for number, (_, path, _) in enumerate(requests) if "/v1/views" in path]
    rows = [number for number, (_, path, _) in enumerate(requests) if path == "/v1/pages"]
    before = min(views[0], rows[0])
    needs |= make_chain("view", len(views))
    return Push(needs, before, len(requests) - before - len(needs))


def main():
    """Print the ratio."""
    words = sys.argv[1:]
    budget, latency = int(words[0]) if words else 180, float(words[1]) if words[1:] else 0.9
    found = measure_push(budget, latency, words[2:])
    load = ", ".join(f"{it:.1f}" for it in os.getloadavg()[:2])
    tell(
        f"{budget} requests a minute, {latency} s each {' '.join(words[2:])}: {found.accepted} accepted, "
        f"{found.refused} refused (load {load})"
    )
    tell(
        f"{found.ratio:5.3f} x  the ideal schedule: {found.seconds:.1f} s instead of {found.ideal:.1f} s"
    )


if __name__ == "__main__":
    main()
