"""What cannot be the address, the token or the page of a Notion side is told with its remedy."""

from __future__ import annotations

import pytest

from tracker.adapters.notion.remote import make_remote
from tracker.errors import SettingsError

GOOD = {"base_url": "https://example.org", "token": "t", "parent": "0" * 32}


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        pytest.param({"base_url": "nonsense"}, "NOTION_BASE_URL", id="no address"),
        pytest.param({"base_url": "https://me:pw@host"}, "NOTION_BASE_URL", id="a password in it"),
        pytest.param({"token": "two words"}, "NOTION_TOKEN", id="no token"),
        pytest.param({"parent": "hello"}, "tracker.yaml", id="no page"),
    ],
)
def test_a_wrong_setting_is_named_with_its_remedy(wrong, named):
    """All four parts are told, and the next step is no other command that says the same."""
    with pytest.raises(SettingsError) as caught:
        make_remote(**(GOOD | wrong))

    (problem,) = caught.value.problems
    assert named in problem.what
    assert named in problem.next
    assert problem.why
    assert problem.kept == "nothing was written"
    assert "pw" not in problem.why
