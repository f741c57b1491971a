"""Promises of the columns of a new database."""

from __future__ import annotations

import pytest

from tracker.adapters.notion.schema import encode_columns


@pytest.mark.parametrize("kind", ["status", "select"])
def test_columns_are_sent_in_the_order_of_reading(kind):
    """What a learner looks at first comes first, and what only the program needs comes last."""
    columns = encode_columns(("First models",), kind)

    assert list(columns) == [
        "Skill",
        "Status",
        "Section",
        "Level",
        "Hours",
        "Goal",
        "Resources",
        "Tags",
        "Started",
        "Completed",
        "Notes",
        "Order",
        "Tracker ID",
        "Sync history",
    ]
    assert [name["name"] for name in columns["Status"][kind]["options"]] == [
        "Not started",
        "In progress",
        "Done",
        "Skipped",
    ]
