"""A command answers whatever nonsense its environment holds."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

ODD = {
    "a terminal nobody knows": {"TERM": "\x1b[31mzz"},
    "a long terminal": {"TERM": "x" * 5_000},
    "a language nobody knows": {"LANG": "zz_ZZ.nope", "LC_ALL": "xx"},
    "a time zone nobody knows": {"TZ": "Mars/Olympus"},
    "a time zone that is none": {"TZ": ":::"},
    "no home": {"HOME": None},
    "a home that is not there": {"HOME": "/nowhere/at/all"},
    "no temporary folder": {"TMPDIR": "/nowhere/at/all"},
    "output in ASCII": {"PYTHONIOENCODING": "ascii:strict"},
    "output in UTF-16": {"PYTHONIOENCODING": "utf-16"},
    "a width that is none": {"COLUMNS": "nine", "LINES": "-1"},
    "bytes that are no text": {"NOTION_TOKEN": "\udcff\udcfe"},
}


@pytest.mark.skipif(sys.platform == "win32", reason="its environment is another")
@pytest.mark.parametrize("odd", ODD.values(), ids=list(ODD))
def test_an_odd_environment_is_no_bug(learner, odd):
    """A first sync reaches its end, without a traceback."""
    learner.replace("Decision trees", "Bäume ✓")
    environ = {key: value for key, value in (os.environ | odd).items() if value is not None}

    ended = subprocess.run(
        [sys.executable, "-m", "tracker.cli.main", "sync", "--yes"],
        cwd=learner.folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )

    assert ended.returncode == 0, ended
    assert b"Traceback" not in ended.stderr
