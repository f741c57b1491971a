"""Check the links of roadmaps: collect them, request each URL once, make a problem of each finding.

Takes a reader of links and, unless `--no-cache` is given, a memory; writes nothing to any roadmap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from tracker.errors import Location, Problem, Severity
from tracker.local_ports import RoadmapFile
from tracker.ports import LinkMemory, LinkReader, Progress
from tracker.roadmap.findings import walk
from tracker.roadmap.links import LinkAnswer, LinkVerdict, Verdict, hide_userinfo, strip_fragment
from tracker.roadmap.model import KeyPath

FEWEST_HOSTS_OFFLINE = 3
"""When this many hosts are asked and none can be reached, this machine is offline."""


@dataclass(frozen=True, slots=True)
class LinksChecked:
    """The verdicts on all links; `asked` URLs were requested now, `remembered` ones in earlier runs."""

    verdicts: tuple[LinkVerdict, ...] = ()
    asked: int = 0
    remembered: int = 0
    is_offline: bool = False

    @property
    def problems(self) -> tuple[Problem, ...]:
        """One problem for each link with a finding, by place.

        Errors are links that nobody can follow: dead, invalid, tls, loop. All else is a warning.
        When this machine is offline, one error says so before all others, in place of a problem for
        each link that could not be requested.
        """
        # `run_link_check` has made an ERROR of every link that could not be reached.
        silent = {Verdict.ERROR} if self.is_offline else set()
        found = [
            _make_problem(link, *_FINDINGS[link.verdict])
            for link in self.verdicts
            if link.verdict in _FINDINGS.keys() - silent
        ]
        offline = (_OFFLINE,) if self.is_offline else ()
        return (*offline, *sorted(found, key=lambda problem: problem.sort_key))

    @property
    def has_errors(self) -> bool:
        """Whether any finding is an error."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)

    def count(self, verdict: Verdict) -> int:
        """Count the links with one verdict."""
        return sum(link.verdict is verdict for link in self.verdicts)


_FINDINGS: Mapping[Verdict, tuple[Severity, str]] = {
    Verdict.DEAD: (Severity.ERROR, "find another link for it, or take it out"),
    Verdict.INVALID: (Severity.ERROR, "mend the link, or take it out"),
    Verdict.TLS: (Severity.ERROR, "look at it in a browser, then mend the link or take it out"),
    Verdict.LOOP: (Severity.ERROR, "look at it in a browser, then mend the link or take it out"),
    Verdict.MOVED: (Severity.WARNING, "write {final_url}"),
    Verdict.DENIED: (Severity.WARNING, "look at it in a browser: it exists but refuses robots"),
    Verdict.LIMITED: (Severity.WARNING, "in a while: tracker check --links"),
    Verdict.SLOW: (Severity.WARNING, "nothing, if it is worth the wait"),
    Verdict.TIMEOUT: (Severity.WARNING, "in a while: tracker check --links"),
    Verdict.ERROR: (Severity.WARNING, "in a while: tracker check --links"),
}
"""Verdicts that are findings: how much they matter, and what to do. The code is `VERDICT-link`."""

_OFFLINE = Problem(
    code="offline",
    what="no link could be checked",
    why="none of their hosts can be reached: this machine seems to be offline",
    kept="nothing was remembered",
    next="connect to the internet, then run tracker check --links again",
)


def run_link_check(
    files: Sequence[RoadmapFile],
    reader: LinkReader,
    memory: LinkMemory | None,
    *,
    progress: Progress,
) -> LinksChecked:
    """Request every URL of the files once, except those that the memory still knows.

    Without a memory, all are requested and nothing is remembered.
    """
    places = collect_links(files)
    wanted = tuple(dict.fromkeys(strip_fragment(url) for url in places))
    known = {answer.url: answer for answer in memory.load_answers()} if memory is not None else {}
    answers = {url: known[url] for url in wanted if url in known}
    remembered = len(answers)

    def hear(answer: LinkAnswer) -> None:
        answers[answer.url] = answer
        progress(len(answers), len(wanted), _find_host(answer.url))

    missing = [url for url in wanted if url not in answers]
    try:
        reader.fetch_answers(missing, hear)
    finally:
        # An interrupted run, too, remembers what it has heard so far.
        heard = [answers[url] for url in missing if url in answers]
        hosts = {_find_host(answer.url) for answer in heard if answer.maybe_offline}
        is_offline = len(hosts) >= FEWEST_HOSTS_OFFLINE and all(
            answer.maybe_offline for answer in heard if answer.verdict is not Verdict.INVALID
        )
        # What an unconnected machine finds says nothing of the links.
        if memory is not None and heard and not is_offline:
            memory.save_answers(heard)
    if is_offline:
        answers |= {
            answer.url: replace(answer, verdict=Verdict.ERROR, detail="could not be asked")
            for answer in heard
            if answer.maybe_offline
        }
    return LinksChecked(
        verdicts=tuple(_make_verdict(url, answers, where) for url, where in places.items()),
        asked=len(missing),
        remembered=remembered,
        is_offline=is_offline,
    )


def collect_links(files: Sequence[RoadmapFile]) -> dict[str, tuple[Location, ...]]:
    """Return every URL as written, with all its places in file order.

    Links are the `url` of resources, and `source` of a roadmap where that is a URL.
    """
    places: dict[str, list[Location]] = {}
    for file in files:
        for url, path in _walk_links(file):
            places.setdefault(url, []).append(_locate(file, path))
    return {url: tuple(dict.fromkeys(where)) for url, where in places.items()}


def _walk_links(file: RoadmapFile) -> Iterator[tuple[str, KeyPath]]:
    source = (file.roadmap.source or "").strip()
    if source.lower().startswith(("http://", "https://")):
        yield source, ("source",)
    for path, skill in walk(file.roadmap):
        for index, resource in enumerate(skill.resources):
            yield resource.url.strip(), (*path, "resources", index, "url")


def _locate(file: RoadmapFile, path: KeyPath) -> Location:
    """Return the place of a key, or of what holds it, or at least the file."""
    for length in range(len(path), 0, -1):
        if (location := file.locations.get(path[:length])) is not None:
            return location
    return Location(file.path)


def _make_verdict(
    url: str, answers: Mapping[str, LinkAnswer], places: tuple[Location, ...]
) -> LinkVerdict:
    answer = answers[strip_fragment(url)]
    # A page that moved still has its sections: the place to write keeps the fragment of the link.
    fragment = url.partition("#")[2]
    final_url = answer.final_url
    if final_url and fragment and "#" not in final_url:
        final_url = f"{final_url}#{fragment}"
    return LinkVerdict(
        url=hide_userinfo(url),
        verdict=answer.verdict,
        places=places,
        detail=answer.detail,
        final_url=final_url,
        seconds=answer.seconds,
    )


def _make_problem(link: LinkVerdict, severity: Severity, step: str) -> Problem:
    what = f"the link {link.url} {link.detail}".rstrip()
    if link.final_url:
        what += f" ({link.final_url})"
    also = ", ".join(str(place) for place in link.places[1:])
    return Problem(
        code=f"{link.verdict}-link",
        what=what,
        severity=severity,
        location=link.places[0] if link.places else None,
        why=f"also used at {also}" if also else "",
        next=step.format(final_url=link.final_url),
    )


def _find_host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
