"""The benchmarks: what their table says, and that all of them still run."""

from __future__ import annotations

import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import pytest
from bench.commands import compare_per_skill
from bench.table import HEAD, Row, format_table

ROOT = Path(__file__).parents[2]


def test_a_table_says_how_often_and_whether_it_is_enough():
    """Ratios stand flush right; a goal that is missed is told, and none where there is none."""
    rows = [
        Row("next", 1.204, 10.5, "0.2 s", "1.5 x", is_met=True),
        Row("first push", clock=1.2, figures="80 s", goal="1.10 x", is_met=False),
        Row("demo", figures="3 s"),
    ]

    assert format_table(rows).splitlines() == [
        "what        processor    clock  figures  goal",
        "next           1.20 x  10.50 x  0.2 s    1.5 x   ok",
        "first push              1.20 x  80 s     1.10 x  OVER",
        "demo                            3 s",
    ]


@pytest.mark.parametrize(
    ("costs", "expected"),
    [
        pytest.param((1.0, 2.0, 11.0), 1.0, id="ten times the skills for ten times the time"),
        pytest.param((1.0, 2.0, 21.0), 2.0, id="twice the time for each skill"),
        pytest.param((1.0, 1.01, 1.5), None, id="the start is nearly all of it"),
    ],
)
def test_the_cost_of_a_skill_is_compared_without_the_start(costs, expected):
    """What a command costs without skills is taken off before its growth is judged."""
    assert compare_per_skill(costs, (10, 110, 1_010)) == expected


def test_the_readme_quotes_the_table():
    """Each row of the table in the README stands in that of the page on speed, word for word."""
    quoted, whole = (read_rows(ROOT / page) for page in ("README.md", "docs/speed.md"))

    assert len(quoted) > 10
    assert quoted - whole == set()


def read_rows(page):
    """Return the rows of a page's table of benchmarks, without its widths."""
    lines = iter(page.read_text(encoding="utf-8").splitlines())
    for line in lines:
        if line.split() == [word for word in HEAD if word]:
            return {" ".join(row.split()) for row in takewhile(lambda row: row != "```", lines)}
    return set()


@pytest.mark.slow
def test_every_benchmark_runs():
    """At a tiny size all groups come to their end, and edits in Notion are seen."""
    command = [sys.executable, "-m", "tests.bench", "--tiny"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    whats = ["next on ds-path", "sync, first push", "sync, no change, at 40", "writing one value"]
    assert [what for what in whats if what not in ended.stdout] == [], ended.stderr
    assert "NOT SEEN" not in ended.stdout
