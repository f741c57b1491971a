"""What a first push costs, against the ideal schedule that the server's limit and latency allow.

The ideal client keeps all lanes busy, meets the limit, waits exactly as told, and goes on. The goal
is 5 % more. Run it: `python tests/bench/bench_first_push.py [SKILLS [BUDGET [WINDOW [LATENCY]]]]`.
"""

from __future__ import annotations

import math
import sys
import tempfile
from pathlib import Path

from bench_kit import ask, make_folder, run, serve, tell

LANES = 10


def ideal(requests, budget, window, latency):
    """Return the seconds of the ideal schedule."""
    now = 0.0
    while requests > budget:
        burst = math.ceil(budget / LANES) * latency
        refused = math.ceil(window - burst)
        now += burst + latency + refused
        requests -= budget
    return now + math.ceil(requests / LANES) * latency


def main():
    """Print the ratio."""
    numbers = [float(each) for each in sys.argv[1:]]
    skills, budget, window, latency = (*numbers, *(600, 60, 2.0, 0.02)[len(numbers) :])
    options = ["--budget", str(int(budget)), "--window", str(window), "--latency", str(latency)]
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "learner"
        make_folder(folder, int(skills))
        with serve(Path(root) / "notion.db", *options) as url:
            run(folder, url, "sync")
            told = ask(url, "/bench")
    best = ideal(told["accepted"], budget, window, latency)
    seconds = told["last"] - told["first"]
    extra = told["accepted"] - skills
    tell(f"{skills:.0f} skills, {budget:.0f} requests in {window} s, latency {latency} s")
    tell(
        f"      {told['accepted']} requests, {extra:.0f} more than skills; {told['refused']} refused"
    )
    tell(f"      the ideal schedule: {best:.2f} s")
    tell(
        f"{seconds / best:5.2f} x  {seconds:.2f} s  from the first request to the last (goal: 1.05 x)"
    )


if __name__ == "__main__":
    main()
