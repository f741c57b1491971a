"""Checks of links: where they lead, and how often.

Pure: no clock, no disk, no network. Whether a link works is asked elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from tracker.roadmap.model import Roadmap
from tracker.roadmap.rules.finding import Finding, KeyPath, name_skill, show, walk

_GOOD_URL = re.compile(r"https?://[A-Za-z0-9.-]*[A-Za-z0-9](?:/[!-\[\]-~]*)?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?=\S)")


def http_url(roadmap: Roadmap) -> Iterator[Finding]:
    """Find links that do not lead to the web: http or https, a host, and nothing invisible."""
    for path, skill in walk(roadmap):
        for index, resource in enumerate(skill.resources):
            wrong = find_url_fault(resource.url)
            if wrong:
                yield Finding(
                    (*path, "resources", index, "url"),
                    f"`{show(resource.url)}` is no link of {name_skill(skill)} to follow",
                    wrong,
                    "write a full address, such as https://example.org/page",
                )
    source = roadmap.source or ""
    if _SCHEME.match(source) and find_url_fault(source):
        what = f"`{show(source)}` is no source to follow"
        yield Finding(
            ("source",), what, find_url_fault(source), "write an http(s) address, or text"
        )


def duplicate_url(roadmap: Roadmap) -> Iterator[Finding]:
    """Find links that a skill lists twice."""
    for path, skill in walk(roadmap):
        seen: dict[str, KeyPath] = {}
        for index, resource in enumerate(skill.resources):
            here = (*path, "resources", index, "url")
            first = seen.setdefault(resource.url, here)
            if first != here:
                yield Finding(
                    here,
                    f"{name_skill(skill)} lists `{show(resource.url)}` twice",
                    "only the first of them is synced",
                    "remove one of them",
                    first,
                )


def find_url_fault(url: str) -> str:
    """Tell what keeps a URL from being a web link that is safe to follow; empty when nothing does."""
    if _GOOD_URL.fullmatch(url):
        return ""
    if not url.isprintable() or " " in url:
        return "it contains a space or an invisible character"
    if "\\" in url:
        return "it contains a backslash, which programs read differently"
    if re.match("https?://", url, re.IGNORECASE):
        return _find_host_fault(url)
    scheme = _SCHEME.match(url)
    if scheme is None:
        return "it does not begin with http:// or https://"
    return f"it begins with {scheme.group()}, and only http:// and https:// are allowed"


def _find_host_fault(url: str) -> str:
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return "its host or port is malformed"
    return "" if has_host else "it names no host"
