"""Addresses of the web: which are safe to follow, how they are shown, what a check found of them.

Pure: nothing is requested here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from tracker.errors import Location

LONGEST_URL = 2000
"""Characters of the longest URL that is requested or shown; redirects are not trusted to be short."""

_USERINFO = re.compile(r"(?<=//)[^/?#]*@")
# Nearly every URL: no user, no port, nothing to look at more closely.
_GOOD_URL = re.compile(r"https?://[A-Za-z0-9.-]*[A-Za-z0-9](?:/[!-\[\]-~]*)?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?=\S)")


class Verdict(StrEnum):
    """What a check found of a link."""

    OK = "ok"
    MOVED = "moved"
    DEAD = "dead"
    DENIED = "denied"
    LIMITED = "limited"
    SLOW = "slow"
    TIMEOUT = "timeout"
    TLS = "tls"
    LOOP = "loop"
    ERROR = "error"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class LinkAnswer:
    """The answer of one URL (without its fragment); `seconds` is the time its requests took.

    `final_url` is where it leads, when that is elsewhere. `maybe_offline` means that this
    machine's own connection may be to blame.
    """

    url: str
    verdict: Verdict
    detail: str = ""
    final_url: str = ""
    seconds: float = 0.0
    maybe_offline: bool = False


@dataclass(frozen=True, slots=True)
class LinkVerdict:
    """The verdict on one link as written, and all places that use it; passwords are hidden."""

    url: str
    verdict: Verdict
    places: tuple[Location, ...] = ()
    detail: str = ""
    final_url: str = ""
    seconds: float = 0.0


def strip_fragment(url: str) -> str:
    """Return a URL without its `#…`, which is not sent to a server."""
    return url.partition("#")[0]


def hide_userinfo(url: str) -> str:
    """Return a URL that can be shown: no name and password, and not endlessly long."""
    shown = _USERINFO.sub("***@", url, count=1)
    return shown if len(shown) <= LONGEST_URL else shown[: LONGEST_URL - 1] + "…"


def has_userinfo(url: str) -> bool:
    """Whether a URL carries a name or password."""
    return _USERINFO.search(url) is not None


def find_url_fault(url: str) -> str:
    """Say what keeps a URL from being a web link that is safe to follow, or nothing."""
    if _GOOD_URL.fullmatch(url):
        return ""
    if not url.isprintable() or " " in url:
        return "it contains a space or an invisible character"
    # A browser reads it as a slash, Python as a part of the host: the link would lead to two places.
    if "\\" in url:
        return "it contains a backslash, which programs read differently"
    if not re.match("https?://", url, re.IGNORECASE):
        scheme = _SCHEME.match(url)
        only = (
            f"it begins with {scheme.group()}, and only http:// and https:// are allowed"
            if scheme
            else ""
        )
        return only or "it does not begin with http:// or https://"
    try:
        parts = urlsplit(url)
        # `port` raises ValueError beyond 65535.
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return "its host or port is malformed"
    return "" if has_host else "it names no host"


def names_scheme(text: str) -> bool:
    """Whether a text that may be prose is meant as an address: it begins with a scheme."""
    return _SCHEME.match(text) is not None


def names_web_host(url: str) -> bool:
    """Whether a URL begins with http or https and a host, whatever else is in it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
