"""Rules that no single value can break: a table of named checks, each yielding findings.

Pure: no clock, no disk, no network. A check only finds; its own name, in kebab case, is the code of
the problem, in messages and for `--skip` alike.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from tracker.errors import Location, Problem, Severity
from tracker.roadmap.links import find_url_fault
from tracker.roadmap.model import Roadmap
from tracker.roadmap.rules import limits, links, names, order
from tracker.roadmap.rules.finding import Finding, KeyPath

__all__ = [
    "HELD_CODES",
    "RULES",
    "Check",
    "Finding",
    "KeyPath",
    "Locate",
    "Rule",
    "broken_rules",
    "check_references",
    "check_roadmap",
    "find_all",
    "find_url_fault",
    "is_breaking",
    "make_problem",
]

Locate = Callable[[KeyPath], Location]
Check = Callable[[Roadmap], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A check and how much a finding of it matters.

    What `is_held` is an error of one value that Notion cannot take; a sync goes on without it.
    """

    check: Check
    severity: Severity
    is_held: bool = False

    @property
    def code(self) -> str:
        """The check's own name in kebab case."""
        return self.check.__name__.replace("_", "-")


RULES: tuple[Rule, ...] = (
    Rule(names.duplicate_id, Severity.ERROR),
    Rule(names.duplicate_section, Severity.ERROR),
    Rule(names.padded_section, Severity.ERROR),
    Rule(order.unknown_requires, Severity.ERROR),
    Rule(order.self_requires, Severity.ERROR),
    Rule(order.requires_cycle, Severity.ERROR),
    Rule(order.date_order, Severity.ERROR),
    Rule(links.http_url, Severity.ERROR),
    Rule(names.duplicate_name, Severity.WARNING),
    Rule(order.completed_open, Severity.WARNING),
    Rule(links.duplicate_url, Severity.WARNING),
    Rule(names.empty_section, Severity.WARNING),
    Rule(limits.long_option, Severity.WARNING),
    Rule(names.no_skills, Severity.WARNING),
    *(
        Rule(check, Severity.ERROR, is_held=True)
        for check in (
            limits.long_title,
            limits.long_text,
            limits.many_links,
            limits.long_url,
            limits.many_requires,
            limits.many_tags,
            limits.large_skill,
            limits.late_option,
        )
    ),
)

HELD_CODES = frozenset(rule.code for rule in RULES if rule.is_held)
"""The codes of errors that break no file."""


def is_breaking(problem: Problem) -> bool:
    """Tell whether a problem keeps a file from being used; other errors are held by a sync."""
    return problem.severity is Severity.ERROR and problem.code not in HELD_CODES


def find_all(roadmap: Roadmap) -> Iterator[tuple[Rule, Finding]]:
    """Yield what every rule finds, in the order of the table."""
    for rule in RULES:
        for finding in rule.check(roadmap):
            yield rule, finding


def make_problem(rule: Rule, finding: Finding, locate: Locate | None) -> Problem:
    """Make a problem of a finding, with its place when there is a file."""
    why = finding.why
    if finding.first is not None and locate is not None:
        why = f"{why} (first: {locate(finding.first)})".strip()
    place = locate(finding.path) if locate is not None else None
    return Problem(rule.code, finding.what, rule.severity, place, why=why, next=finding.next)


def check_roadmap(
    roadmap: Roadmap, locate: Locate, *, skip: Collection[str] = ()
) -> tuple[Problem, ...]:
    """Run every rule on one roadmap, but those whose codes are skipped."""
    return tuple(
        make_problem(rule, finding, locate)
        for rule, finding in find_all(roadmap)
        if rule.code not in skip
    )


def broken_rules(roadmap: Roadmap) -> tuple[Problem, ...]:
    """Return the errors of a roadmap that stands in no file, without places."""
    return tuple(
        make_problem(rule, finding, None)
        for rule in RULES
        if rule.severity is Severity.ERROR and not rule.is_held
        for finding in rule.check(roadmap)
    )


def check_references(
    roadmaps: Mapping[str, Roadmap], locate: Callable[[str, KeyPath], Location]
) -> tuple[Problem, ...]:
    """Check `covered_by` against the roadmaps that are present.

    A warning only: a skill that goes from one roadmap must not break another.
    """
    ids = {name: {each.id for each in roadmap.skills} for name, roadmap in roadmaps.items()}
    return tuple(
        Problem(
            "unknown-reference",
            finding.what,
            Severity.WARNING,
            locate(name, finding.path),
            why=finding.why,
            next=finding.next,
        )
        for name, roadmap in roadmaps.items()
        for finding in order.unknown_reference(roadmap, ids)
    )
