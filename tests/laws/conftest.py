"""Tells after a run of the crash laws how many ways to die were tried."""

from __future__ import annotations


def pytest_terminal_summary(terminalreporter):
    """Sum up what the crash laws counted."""
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
