"""Which URLs may be asked, and where redirects lead.

Pure: no network. Neither roadmaps nor servers are trusted: whatever they say, the outcome is an
http(s) URL of bounded length, or ValueError with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import httpx

from tracker.roadmap.links import LONGEST_URL, strip_fragment

PERMANENT = frozenset({301, 308})
MOST_PORTS = 65535
REDIRECTS = PERMANENT | {302, 303, 307}


class LoopError(ValueError):
    """Redirects lead in a circle, or on and on."""


@dataclass(frozen=True, slots=True)
class Trail:
    """The way from a link through redirects to `here`.

    `lasting` is as far as permanent redirects alone lead: what the link should say from now on.
    """

    start: httpx.URL
    here: httpx.URL
    lasting: httpx.URL
    visited: tuple[str, ...]

    @property
    def is_moved(self) -> bool:
        """Whether the link itself moved for good."""
        return _bare(self.lasting) != _bare(self.start)

    @property
    def is_led_elsewhere(self) -> bool:
        """Whether what was reached in the end is not the link itself."""
        return _bare(self.here) != _bare(self.start)


def start_trail(url: str) -> Trail:
    """Begin at a URL as written; raise ValueError when it cannot be asked."""
    target = parse_target(url)
    return Trail(target, target, target, (_bare(target),))


def extend_trail(
    trail: Trail, status: int, location: str | None, *, most: int, sets_cookie: bool = False
) -> Trail:
    """Follow one redirect.

    Raises LoopError for a page that was seen before, unless a cookie was set that may change its
    answer, and for more than `most` redirects; ValueError for a target that cannot be asked.
    """
    if not (location or "").strip():
        raise ValueError(f"answers {status} but does not say where it leads")
    try:
        target = parse_target((location or "").strip(), base=trail.here)
    except ValueError as error:
        raise ValueError(f"leads to what {error}") from None
    if _bare(target) in trail.visited and not sets_cookie:
        raise LoopError("redirects in a circle")
    if len(trail.visited) > most:
        raise LoopError(f"redirects more than {most} times")
    all_lasting = trail.lasting == trail.here and status in PERMANENT
    return replace(
        trail,
        here=target,
        lasting=target if all_lasting else trail.lasting,
        visited=(*trail.visited, _bare(target)),
    )


def parse_target(text: str, base: httpx.URL | None = None) -> httpx.URL:
    """Return the URL to ask; a target of a redirect (`base` given) loses its name and password."""
    if len(text) > LONGEST_URL:
        raise ValueError(f"is longer than {LONGEST_URL} characters")
    if not text.isprintable():
        raise ValueError("holds characters that cannot be seen")
    try:
        url = httpx.URL(text) if base is None else base.join(text)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise ValueError("is not a URL") from None
    if url.scheme not in {"http", "https"}:
        raise ValueError("is not an http or https URL")
    if not url.host or "%" in url.host:
        # httpx escapes what cannot stand in a host name, a space for example.
        raise ValueError("names no host")
    if (url.port or 80) > MOST_PORTS:
        raise ValueError(f"names a port above {MOST_PORTS}")
    if len(str(url)) > LONGEST_URL:
        raise ValueError(f"is longer than {LONGEST_URL} characters")
    return url if base is None or url.netloc == base.netloc else _without_userinfo(url)


def _without_userinfo(url: httpx.URL) -> httpx.URL:
    return url.copy_with(username="", password="") if url.userinfo else url


def _bare(url: httpx.URL) -> str:
    return strip_fragment(str(url))
