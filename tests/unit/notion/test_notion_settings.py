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


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:x",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:0",
        "http://[::1",
        "http://::1",
        "http://local\thost",
        "http://local host",
        "http://\x1b[31mhost",
        "http://",
        "http:///v1",
        "https://:443",
        "ftp://example.org",
        "https://example.org?x=1",
        "https://example.org/#part",
        "https://me@example.org",
        "https://exa\\mple.org",
        "https://xn--\u0000.org",
        "https://" + "a" * 70 + ".org",
        "//example.org",
        "example.org",
    ],
)
def test_an_address_that_cannot_be_one_is_told(address):
    """Whatever stands in NOTION_BASE_URL, it is used, or named as what is wrong."""
    with pytest.raises(SettingsError) as caught:
        make_remote(**(GOOD | {"base_url": address}))

    assert caught.value.exit_code == 4
    assert caught.value.problems[0].what == "NOTION_BASE_URL is no http or https address"


@pytest.mark.guarantee("G16")
@pytest.mark.parametrize(
    "address",
    ["http://example.org", "http://10.0.0.1:8000", "HTTP://example.org", "http://127.0.0.1.test"],
)
def test_no_token_goes_over_plain_http_unless_that_is_allowed(address):
    """Beyond this machine an unencrypted connection needs an explicit word."""
    with pytest.raises(SettingsError) as caught:
        make_remote(**(GOOD | {"base_url": address}))

    (problem,) = caught.value.problems
    assert caught.value.exit_code == 4
    assert "NOTION_BASE_URL" in problem.what
    assert "NOTION_ALLOW_HTTP=1" in problem.next
    make_remote(**(GOOD | {"base_url": address}), is_http_allowed=True).close()


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:1", "http://127.9.9.9", "http://localhost:8000/v1/", "http://[::1]:80"],
)
def test_this_machine_needs_no_encryption(address):
    """What never leaves the machine may go over plain http."""
    make_remote(**(GOOD | {"base_url": address})).close()
