"""Web addresses in place of files: the advice that works."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from tracker.errors import UsageError
from tracker.workflows.library import refuse_address


@pytest.mark.parametrize(
    ("address", "advice"),
    [
        ("https://example.org/a/list.md", "curl -fL -o list.md https://example.org/a/list.md && tracker import list.md"),
        ("http://example.org/list.csv?x=1&y=2", "curl -fL -o list.csv 'http://example.org/list.csv?x=1&y=2' && tracker import list.csv"),
        ("https://example.org/path.yaml", "curl -fL -o path.yaml https://example.org/path.yaml && tracker add path.yaml"),
        ("https://github.com/o/r/blob/main/README.md", "curl -fL -o README.md https://github.com/o/r/raw/main/README.md && tracker import README.md"),
        ("https://example.org/roadmap", "curl -fL -o roadmap.md https://example.org/roadmap && tracker import roadmap.md"),
        ("https://example.org", "curl -fL -o roadmap.md https://example.org && tracker import roadmap.md"),
    ],
)  # fmt: skip
def test_a_web_address_is_to_be_downloaded_first(address, advice):
    """The advice has the address as it was given, and the command that takes in what it leads to."""
    with pytest.raises(UsageError) as raised:
        refuse_address(address)
    with pytest.raises(UsageError) as again:
        refuse_address(PurePosixPath(address).as_posix())

    (problem,) = raised.value.problems
    assert problem.code == "address-not-file"
    assert problem.next == advice
    assert again.value.problems == (problem,)


@pytest.mark.parametrize("text", ["list.md", "./https/list.md", "C:/list.md", "https", "path.yaml"])
def test_a_path_is_no_address(text):
    """Files are left to those who read them."""
    refuse_address(text)
