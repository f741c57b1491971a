"""Checks of links: where they lead, and how often.

Pure: no clock, no disk, no network. Whether a link works is asked elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from tracker.roadmap.links import find_url_fault, names_scheme
from tracker.roadmap.model import Roadmap
from tracker.roadmap.rules.finding import Finding, KeyPath, name_skill, walk
from tracker.roadmap.texts import show


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
    if names_scheme(source) and find_url_fault(source):
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
