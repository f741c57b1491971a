"""The links of roadmaps, and what asking them told.

Pure values and text. Knows neither HTTP nor files; a URL that is shown never holds a password.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from tracker.errors import Location

LONGEST_URL = 2000
"""Characters of the longest URL that is asked or shown; what redirects say is not trusted."""

_USERINFO = re.compile(r"(?<=//)[^/?#]*@")


class Verdict(StrEnum):
    """What is the matter with a link."""

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
    """What asking one URL (without its fragment) told; `seconds` is the time its requests took.

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
    """Return a URL without its `#…`: what is asked of a server."""
    return url.partition("#")[0]


def hide_userinfo(url: str) -> str:
    """Return a URL that can be shown: no name and password, and not endlessly long."""
    shown = _USERINFO.sub("***@", url, count=1)
    return shown if len(shown) <= LONGEST_URL else shown[: LONGEST_URL - 1] + "…"


def has_userinfo(url: str) -> bool:
    """Whether a URL carries a name or password."""
    return _USERINFO.search(url) is not None
