"""Rules of a whole roadmap, beyond the type of each value: a table of checks, each yielding findings.

Pure. A check only finds: how much it matters is said in the table at the end. The name of its
function in kebab case is the code of the problem, in messages and for `--skip` alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from tracker.errors import Location, Problem, Severity
from tracker.roadmap.dates import are_in_order
from tracker.roadmap.findings import Advice, Finding, name_skill, quote, walk
from tracker.roadmap.graph import walk_circles
from tracker.roadmap.guidance_rules import (
    bad_icon,
    duplicate_track,
    empty_track,
    evidence_url,
    many_primary,
    no_proof,
    single_choice,
    taken_alias,
    unknown_target,
    unproven_milestone,
)
from tracker.roadmap.limits import (
    LONGEST_OPTION,
    MOST_LINKS,
    MOST_OPTIONS,
    MOST_RELATIONS,
    Excess,
    count_units,
    find_links_excess,
    find_requires_excess,
    find_size_excess,
    find_tags_excess,
    find_text_excess,
    find_title_excess,
    find_url_excess,
    is_long_option,
)
from tracker.roadmap.links import find_url_fault, names_scheme
from tracker.roadmap.model import KeyPath, Resource, Roadmap, Status, show

_CYCLE_SHOWN = 12
"""Skills of a circle that a message names."""
_LEVELS = 3
"""Levels that every database has from the start."""


# What names things: ids, section titles and skill names.


def duplicate_id(roadmap: Roadmap) -> Iterator[Finding]:
    """Find ids that name more than one skill."""
    seen: dict[str, KeyPath] = {}
    for path, skill in walk(roadmap):
        if skill.id is None:
            continue
        here = (*path, "id")
        first = seen.setdefault(skill.id, here)
        if first != here:
            yield Finding(
                here,
                f"the id `{skill.id}` of {name_skill(skill)} is taken",
                "every skill of a roadmap has an id of its own",
                "give one of them another id, or none: sync fills it in",
                first,
            )


def duplicate_section(roadmap: Roadmap) -> Iterator[Finding]:
    """Find titles that name more than one section."""
    seen: dict[str, KeyPath] = {}
    for index, section in enumerate(roadmap.sections):
        here: KeyPath = ("sections", index, "title")
        first = seen.setdefault(section.title.strip(), here)
        if first != here:
            yield Finding(
                here,
                f"there are two sections {quote(section.title)}",
                "a section is known by its title",
                "rename one of them, or put their skills together",
                first,
            )


def padded_section(roadmap: Roadmap) -> Iterator[Finding]:
    """Find section titles with white space around them, which Notion drops."""
    for index, section in enumerate(roadmap.sections):
        if section.title != section.title.strip():
            yield Finding(
                ("sections", index, "title"),
                f"the title of section {quote(section.title)} has white space around it",
                "the other side drops it, and the two would never be equal",
                f"write {quote(section.title)}",
            )


def duplicate_name(roadmap: Roadmap) -> Iterator[Finding]:
    """Find names that several skills have."""
    seen: dict[str, KeyPath] = {}
    for path, skill in walk(roadmap):
        here = (*path, "name")
        first = seen.setdefault(skill.name.strip(), here)
        if first != here:
            what = f"there are two skills named {quote(skill.name)}"
            yield Finding(here, what, "they are hard to tell apart", "rename one of them", first)


def empty_section(roadmap: Roadmap) -> Iterator[Finding]:
    """Find sections that hold no skills, when others do."""
    for index, section in enumerate(roadmap.sections):
        if not section.skills and roadmap.skills:
            yield Finding(
                ("sections", index, "skills"),
                f"section {quote(section.title)} has no skills",
                "a section without skills is not synced",
                "add `skills:`, or remove the section",
            )


def no_skills(roadmap: Roadmap) -> Iterator[Finding]:
    """Find a roadmap without skills."""
    if not roadmap.skills:
        what = f"the roadmap {quote(roadmap.title)} has no skills"
        yield Finding(
            ("sections",), what, "there is nothing to learn or to sync", "add a skill to a section"
        )


# What comes before what: prerequisites, references and dates.


def unknown_requires(roadmap: Roadmap) -> Iterator[Finding]:
    """Find prerequisites that are no skills of the same roadmap."""
    ids = {skill.id for skill in roadmap.skills if skill.id is not None}
    advice = Advice(sorted(ids))
    for path, skill in walk(roadmap):
        for index, needed in enumerate(skill.requires):
            if needed not in ids:
                yield Finding(
                    (*path, "requires", index),
                    f"{name_skill(skill)} requires `{show(needed)}`, which is no skill here",
                    "`requires` lists ids of skills of this roadmap",
                    advice.give(needed),
                )


def self_requires(roadmap: Roadmap) -> Iterator[Finding]:
    """Find skills that require themselves."""
    for path, skill in walk(roadmap):
        for index, needed in enumerate(skill.requires):
            if needed == skill.id:
                yield Finding(
                    (*path, "requires", index),
                    f"{name_skill(skill)} requires itself",
                    "it could never be started",
                    f"take `{needed}` out of its `requires`",
                )


def requires_cycle(roadmap: Roadmap) -> Iterator[Finding]:
    """Find circles of prerequisites: a finding for each prerequisite that closes one."""
    graph, paths = _make_graph(roadmap)
    for *walked, needed in walk_circles(graph):
        yield _make_cycle(paths[walked[-1], needed], walked, needed)


def date_order(roadmap: Roadmap) -> Iterator[Finding]:
    """Find skills completed before they were started."""
    for path, skill in walk(roadmap):
        if not are_in_order(skill.started, skill.completed):
            yield Finding(
                (*path, "completed"),
                f"{name_skill(skill)} is completed on {skill.completed}, before it was started",
                f"it was started on {skill.started}",
                "correct one of the two dates",
            )


def completed_open(roadmap: Roadmap) -> Iterator[Finding]:
    """Find skills with a completion date that are still to do or under way."""
    for path, skill in walk(roadmap):
        is_open = skill.status in {Status.TODO, Status.DOING}
        # What is out of order is found by `date_order`: one finding a value is enough.
        if skill.completed and is_open and are_in_order(skill.started, skill.completed):
            yield Finding(
                (*path, "completed"),
                f"{name_skill(skill)} was completed on {skill.completed}, but is `{skill.status}`",
                "it counts as not done, and its date is in no report",
                "write `status: done`, or take `completed` out",
            )


def _make_graph(
    roadmap: Roadmap,
) -> tuple[dict[str, list[str]], dict[tuple[str, str], KeyPath]]:
    """Return the prerequisites of each id, itself excluded, and the path of each of them."""
    graph: dict[str, list[str]] = {skill.id: [] for skill in roadmap.skills if skill.id is not None}
    paths: dict[tuple[str, str], KeyPath] = {}
    for path, skill in walk(roadmap):
        for index, needed in enumerate(skill.requires):
            # Each of these has a rule of its own, or, without an id, can be required by nobody.
            if skill.id is None or needed == skill.id or needed not in graph:
                continue
            if (skill.id, needed) not in paths:
                paths[skill.id, needed] = (*path, "requires", index)
                graph[skill.id].append(needed)
    return graph, paths


def _make_cycle(path: KeyPath, trail: list[str], start: str) -> Finding:
    cycle = trail[trail.index(start) :]
    if len(cycle) > _CYCLE_SHOWN:
        cycle = [*cycle[: _CYCLE_SHOWN - 2], f"({len(cycle) - _CYCLE_SHOWN + 1} more)", cycle[-1]]
    return Finding(
        path,
        f"prerequisites go in a circle: {' → '.join([*cycle, start])}",
        "none of these skills could ever be started",
        f"take `{start}` out of the `requires` of `{trail[-1]}`, or break the circle elsewhere",
    )


# Where links lead, and how often. Whether a link works is not asked here.


def http_url(roadmap: Roadmap) -> Iterator[Finding]:
    """Find links that do not lead to the web: http or https, a host, and nothing invisible."""
    for path, skill in walk(roadmap):
        for index, resource in enumerate(skill.resources):
            if wrong := find_url_fault(resource.url):
                yield Finding(
                    (*path, "resources", index, "url"),
                    f"`{show(resource.url)}` is no link of {name_skill(skill)} to follow",
                    wrong,
                    "write a full address, such as https://example.org/page",
                )
    source = roadmap.source or ""
    # A source may be prose, such as the title of a book; only what looks like an address is one.
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


# What Notion, and the built-in workspace with it, can never hold. A file with such a value is valid:
# a sync holds the value (of a name: the skill), and goes on with the others.


def long_title(roadmap: Roadmap) -> Iterator[Finding]:
    """Find a title that is too long for a database."""
    if excess := find_title_excess(roadmap.title):
        yield _find(("title",), f"the title {quote(roadmap.title)}", excess)


def long_text(roadmap: Roadmap) -> Iterator[Finding]:
    """Find names, goals and notes that no value can hold."""
    for path, skill in walk(roadmap):
        for key in ("name", "goal", "notes"):
            text = getattr(skill, key)
            if text and (excess := find_text_excess(text.rstrip())):
                yield _find((*path, key), f"the {key} of {name_skill(skill)}", excess)


def many_links(roadmap: Roadmap) -> Iterator[Finding]:
    """Find skills with more links than a row can hold, or with too much text in them."""
    for path, skill in walk(roadmap):
        # Only the first of several links to one address is synced.
        firsts: dict[str, Resource] = {}
        for resource in skill.resources:
            firsts.setdefault(resource.url, resource)
        links = list(firsts.values())
        if excess := find_links_excess(links):
            first = skill.resources.index(links[min(MOST_LINKS, len(links) - 1)])
            yield _find((*path, "resources", first), name_skill(skill), excess)


def many_requires(roadmap: Roadmap) -> Iterator[Finding]:
    """Find skills with more prerequisites than a relation can hold."""
    for path, skill in walk(roadmap):
        needs = list(dict.fromkeys(skill.requires))
        if excess := find_requires_excess(len(needs)):
            first = skill.requires.index(needs[MOST_RELATIONS])
            yield _find((*path, "requires", first), name_skill(skill), excess)


def many_tags(roadmap: Roadmap) -> Iterator[Finding]:
    """Find skills with more tags than a row can hold."""
    for path, skill in walk(roadmap):
        tags = list(dict.fromkeys(skill.tags))
        if excess := find_tags_excess(len(tags)):
            first = skill.tags.index(tags[MOST_OPTIONS])
            yield _find((*path, "tags", first), name_skill(skill), excess)


def long_url(roadmap: Roadmap) -> Iterator[Finding]:
    """Find links that do not fit into Notion's text."""
    for path, skill in walk(roadmap):
        for index, resource in enumerate(skill.resources):
            if excess := find_url_excess(resource.url):
                here = (*path, "resources", index, "url")
                yield _find(here, f"a link of {name_skill(skill)}", excess)
        if skill.evidence and (excess := find_url_excess(skill.evidence)):
            yield _find((*path, "evidence"), f"the evidence of {name_skill(skill)}", excess)


def large_skill(roadmap: Roadmap) -> Iterator[Finding]:
    """Find skills that are too much for one request, though each of their values fits."""
    for path, skill in walk(roadmap):
        texts = [skill.name, skill.goal or "", skill.evidence or "", skill.notes or "", *skill.tags]
        excess = find_size_excess(texts, skill.resources)
        # Of a text that is too long by itself `long_text` has said so.
        if excess and not any(map(find_text_excess, texts)):
            yield _find(path, name_skill(skill), excess)


def long_option(roadmap: Roadmap) -> Iterator[Finding]:
    """Find section titles, levels and tags that do not fit into one of Notion's options."""
    for path, label, text, _ in _walk_long_options(roadmap):
        yield Finding(
            path,
            f"{label} {quote(text)} has {count_units(text)} characters",
            f"an option holds at most {LONGEST_OPTION}; a longer one is shortened there",
            "choose a shorter one",
        )


def late_option(roadmap: Roadmap) -> Iterator[Finding]:
    """Find long section titles, levels and tags for which there is no option left.

    An option for a long text is made with the list of all options, which has a limit; one for a
    short text is made by the first row that names it.
    """
    told: set[tuple[str, str]] = set()
    for path, label, text, place in _walk_long_options(roadmap):
        if place >= MOST_OPTIONS and (label, text) not in told:
            told.add((label, text))
            yield Finding(
                path,
                f"{label} {quote(text)} finds no place among the options",
                f"it is longer than {LONGEST_OPTION} characters, and there are {place} others before it; "
                f"options for long texts are made among the first {MOST_OPTIONS} only",
                "choose a shorter one",
            )


def _walk_long_options(roadmap: Roadmap) -> Iterator[tuple[KeyPath, str, str, int]]:
    """Yield the path, label and text of options that are too long, and how many come before each."""
    levels: dict[str, int] = {}
    tags: dict[str, int] = {}
    for index, section in enumerate(roadmap.sections):
        if is_long_option(section.title):
            yield ("sections", index, "title"), "the section title", section.title, index
    for path, skill in walk(roadmap):
        if skill.level:
            place = levels.setdefault(skill.level, len(levels) + _LEVELS)
            if is_long_option(skill.level):
                yield (*path, "level"), "the level", skill.level, place
        for index, tag in enumerate(skill.tags):
            place = tags.setdefault(tag, len(tags))
            if is_long_option(tag):
                yield (*path, "tags", index), "the tag", tag, place


def _find(path: KeyPath, subject: str, excess: Excess) -> Finding:
    return Finding(path, f"{subject} {excess.what}", excess.why, excess.next)


Locate = Callable[[KeyPath], Location]
Check = Callable[[Roadmap], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A check and how much a finding of it matters.

    `is_held` marks errors of one value that Notion cannot take: a sync goes on without it.
    """

    check: Check
    severity: Severity
    is_held: bool = False

    @property
    def code(self) -> str:
        """The check's own name in kebab case."""
        return self.check.__name__.replace("_", "-")


_ERRORS = (
    duplicate_id, duplicate_section, padded_section, unknown_requires, self_requires,
    requires_cycle, date_order, http_url, evidence_url, bad_icon, duplicate_track,
)  # fmt: skip
_WARNINGS = (
    duplicate_name, completed_open, duplicate_url, empty_section, long_option, no_skills,
    taken_alias, many_primary, empty_track, unknown_target, unproven_milestone, no_proof,
    single_choice,
)  # fmt: skip
_HELD = (
    long_title, long_text, many_links, long_url, many_requires, many_tags, large_skill, late_option,
)  # fmt: skip

RULES: tuple[Rule, ...] = (
    *(Rule(check, Severity.ERROR) for check in _ERRORS),
    *(Rule(check, Severity.WARNING) for check in _WARNINGS),
    *(Rule(check, Severity.ERROR, is_held=True) for check in _HELD),
)

HELD_CODES = frozenset(rule.code for rule in RULES if rule.is_held)
"""The codes of errors that break no file."""


def is_breaking(problem: Problem) -> bool:
    """Whether a problem keeps a file from being used; a sync only holds the values of other errors."""
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


def check_references(
    roadmaps: Mapping[str, Roadmap], locate: Callable[[str, KeyPath], Location]
) -> tuple[Problem, ...]:
    """Check `covered_by` against the roadmaps that are present.

    Warnings only: a skill that goes from one roadmap must not break another.
    """
    ids = {name: {skill.id for skill in roadmap.skills} for name, roadmap in roadmaps.items()}
    found: list[Problem] = []
    for name, roadmap in roadmaps.items():
        advice = {other: Advice([known for known in ids[other] if known]) for other in ids}
        for path, skill in walk(roadmap):
            where = ("covered_by", "any") if skill.is_any_enough else ("covered_by",)
            for index, reference in enumerate(skill.covering):
                other, _, wanted = reference.partition("/")
                if other not in ids or wanted in ids[other]:
                    # A roadmap that is not here may be in another folder of the learner's.
                    continue
                found.append(
                    Problem(
                        "unknown-reference",
                        f"{name_skill(skill)} is covered by `{reference}`, which does not exist",
                        Severity.WARNING,
                        locate(name, (*path, *where, index)),
                        why=f"roadmap `{other}` has no skill `{wanted}`",
                        next=advice[other].give(wanted),
                    )
                )
    return (*found, *_find_choice_circles(roadmaps, locate))


def _find_choice_circles(
    roadmaps: Mapping[str, Roadmap], locate: Callable[[str, KeyPath], Location]
) -> Iterator[Problem]:
    """Find skills that a choice makes cover each other in a circle.

    A circle of lists alone says that skills are the same, which is allowed.
    """
    named = {
        f"{name}/{skill.id}": (name, path, skill)
        for name, roadmap in roadmaps.items()
        for path, skill in walk(roadmap)
        if skill.id and skill.covering
    }
    graph = {
        reference: [other for other in skill.covering if other in named]
        for reference, (_, _, skill) in named.items()
    }
    for trail in walk_circles(graph):
        circle = trail[trail.index(trail[-1]) :]
        for reference, following in pairwise(circle):
            name, path, skill = named[reference]
            if skill.is_any_enough:
                yield Problem(
                    "covered-circle",
                    f"skills cover each other in a circle: {' → '.join(circle)}",
                    Severity.WARNING,
                    locate(name, (*path, "covered_by", "any", skill.covering.index(following))),
                    why="a skill that is covered by itself could be ticked without being learned",
                    next=f"take `{following}` out of the `covered_by` of `{reference}`",
                )
                break
