"""The proxy that the environment names is used, told as wrong, or left out for this machine."""

import os

import pytest

from tracker.adapters import proxies
from tracker.adapters.link_check.http_links import HttpLinks
from tracker.adapters.proxies import Proxy, check_proxies, find_proxy, is_loopback
from tracker.errors import SettingsError

NOTION = "https://api.notion.com"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch):
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("http://proxy.test:3128", Proxy("http://proxy.test:3128")),
        ("http://proxy.test:3128/", Proxy("http://proxy.test:3128")),
        ("proxy.test:3128", Proxy("http://proxy.test:3128")),
        ("https://proxy.test", Proxy("https://proxy.test:443")),
        ("http://me:p%40ss@proxy.test", Proxy("http://proxy.test:80", (b"me", b"p@ss"))),
        ("http://[fd00::1]:8080", Proxy("http://[fd00::1]:8080")),
    ],
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_a_proxy_is_read_from_the_environment(monkeypatch, name, named, expected):
    """Its address and its login come from the variables that other programs heed, too."""
    monkeypatch.setenv(name, named)

    assert find_proxy(NOTION) == expected


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:8000",
        "http://127.8.8.8",
        "http://localhost:8000",
        "https://localhost",
        "http://LOCALHOST.:80",
        "http://a.localhost",
        "http://[::1]:8000",
        "http://[::ffff:127.0.0.1]",
    ],
)
def test_this_machine_is_asked_without_a_proxy(monkeypatch, address):
    """No request to a loopback address, and no token in it, goes through a proxy."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://proxy.test:3128")

    assert find_proxy(address) is None
    assert find_proxy("http://example.org") is not None


def test_hosts_that_need_no_proxy_are_asked_directly(monkeypatch):
    """NO_PROXY is heeded."""
    monkeypatch.setenv("ALL_PROXY", "http://proxy.test:3128")
    monkeypatch.setenv("NO_PROXY", "notion.com, other.test")

    assert find_proxy(NOTION) is None
    assert find_proxy("https://notion.test") is not None


WRONG = [
    "ftp://x",
    "::::",
    "http://",
    "http://:8080",
    "http://proxy.test:x",
    "http://proxy.test:99999",
    "http://[::1",
    "http://pro\txy.test",
    "http://\x1b[31mproxy.test",
    "http://proxy test",
    "http://me:secret-word@",
    "http://a..b",
    "http://" + "a" * 70 + ".test",
    "socks4://proxy.test:1080",
    "socks5://",
    "nonsense://proxy.test",
    "://",
    "%",
]


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize("named", WRONG)
def test_a_proxy_that_cannot_be_one_is_told_by_its_variable(monkeypatch, name, named):
    """The message names the variable, and never its value, which may hold a password."""
    monkeypatch.setenv(name, named)

    for ask in (lambda: find_proxy(NOTION), check_proxies):
        with pytest.raises(SettingsError) as caught:
            ask()
        (problem,) = caught.value.problems
        assert caught.value.exit_code == 4
        assert name in problem.what
        assert name in problem.next
        assert "secret-word" not in str(problem)


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_socks_says_what_is_missing(monkeypatch, scheme):
    """Without the package for SOCKS its name is told; with it the proxy is used."""
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://proxy.test")
    monkeypatch.setattr(proxies, "find_spec", lambda _: None)

    with pytest.raises(SettingsError) as caught:
        find_proxy(NOTION)

    (problem,) = caught.value.problems
    assert "ALL_PROXY" in problem.what
    assert "socksio" in problem.next
    monkeypatch.setattr(proxies, "find_spec", lambda _: object())
    assert find_proxy(NOTION) == Proxy(f"{scheme}://proxy.test:1080")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("HTTP_PROXY", named) for named in WRONG),
        ("NO_PROXY", "[::1"),
        ("NO_PROXY", "http://\x1b[31m"),
    ],
)
def test_the_link_check_tells_a_wrong_variable(monkeypatch, name, value):
    """No variable of a proxy makes the check of links crash: it is named instead."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError) as caught:
        HttpLinks().fetch_answers(["ftp://no.web"], lambda _: None)

    assert name in caught.value.problems[0].what


@pytest.mark.parametrize(
    ("host", "expected"),
    [("::ffff:127.0.0.1", True), ("[::1]", True), ("0.0.0.0", False), ("", False), ("1", False)],
)
def test_this_machine_is_known_by_its_other_names(host, expected):
    """Addresses of this machine in IPv6 count, the address of all machines does not."""
    assert is_loopback(host) is expected
