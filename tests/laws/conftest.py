"""Tells after a run how many ways to die the crash laws tried, and what the worlds went through."""

from __future__ import annotations

import sys
from collections import Counter


def pytest_terminal_summary(terminalreporter):
    """Sum up what the laws counted."""
    counted = [
        value
        for report in terminalreporter.stats.get("passed", [])
        for name, value in report.user_properties
        if name == "crash points"
    ]
    if counted:
        terminalreporter.write_line(
            f"crash points: {sum(counted)} tried in {len(counted)} stories, all of them healed"
        )
    figures: Counter[str] = getattr(sys.modules.get("world_learner"), "FIGURES", Counter())
    if figures:
        _write_figures(terminalreporter, figures)


def _write_figures(terminalreporter, figures):
    """Tell how many worlds there were, and which faults they met how often."""
    faults = {name[7:]: n for name, n in figures.items() if name.startswith("fault: ")}
    terminalreporter.write_line(
        f"worlds: {figures['examples']} with {figures['steps']} steps, {figures['syncs']} syncs, "
        f"{figures['edited only']} of {figures['listings']} listings of edited rows only, "
        f"{figures['requests']} requests and {sum(faults.values())} faults"
    )
    terminalreporter.write_line(
        f"        {figures['edits in syncs']} edits of rows while a sync ran; "
        f"{figures['forgiven']} values typed between a look and its write, and written over"
    )
    kinds = ", ".join(f"{n} x {name}" for name, n in sorted(faults.items()))
    terminalreporter.write_line(f"        {kinds or 'no faults'}")
