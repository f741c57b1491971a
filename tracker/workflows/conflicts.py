"""List what waits for a decision, and settle it: one skill, or one of its fields, and nothing else.

Listing is handed readers only. Settling carries out a plan that is cut down to what was chosen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from tracker.errors import Problem, RefusedError, RoadmapError, UsageError
from tracker.ports import Progress, Readers, Services
from tracker.progress import Match
from tracker.roadmap.model import SkillId
from tracker.roadmap.rules import is_breaking
from tracker.sync.one_skill import (
    OpenField,
    find_choice_fault,
    list_open,
    parse_value,
)
from tracker.sync.plan import Outcome, Policy, Take, Update
from tracker.sync.planner import make_plan
from tracker.sync.snapshot import Field, Value
from tracker.workflows.local import find_file
from tracker.workflows.observe import Observed, RunObservation, observe_roadmaps
from tracker.workflows.results import OpenEnds, Settled, SyncResult
from tracker.workflows.sync import Planner, decide


class Skip(Enum):
    """The choice to leave a field open."""

    SKIP = "skip"


SKIP = Skip.SKIP
Choice = Take | Value | Skip
Ask = Callable[[tuple[int, int], OpenField], Choice]
"""Asked once for each open field, with its number and how many there are."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to settle: a skill as a person names it, all its conflicts or one field, and how.

    `take` is a word or a value as text; None asks for each field.
    """

    query: str
    field: Field | None = None
    take: str | None = None


def run_conflicts(readers: Readers, names: Sequence[str], policy: Policy) -> OpenEnds:
    """List all conflicts and holds; writes nothing at all.

    Where no roadmap is named, those that load are listed, and the errors of the others are told.
    """
    errors: tuple[Problem, ...] = ()
    try:
        world = observe_roadmaps(readers, names, _undecided(policy))
    except RoadmapError:
        loaded = readers.roadmaps.load_roadmaps()
        if names or not loaded.files:
            raise
        errors = tuple(filter(is_breaking, loaded.problems))
        good = [file.name for file in loaded.files]
        world = observe_roadmaps(readers, good, _undecided(policy))
    fields = tuple((seen.file.name, each) for seen in world.observed for each in _list_open(seen))
    listed = {(each.conflict.skill_id, each.conflict.field) for _, each in fields if each.is_held}
    planned = world.planned
    return OpenEnds(
        fields=fields,
        holds=tuple(
            (name, hold)
            for name, hold in planned.holds
            if (hold.skill_id, hold.field) not in listed
        ),
        refusals=planned.refusals,
        problems=errors + planned.problems,
        requests=planned.requests,
    )


def run_resolve(
    services: Services, request: Request, policy: Policy, *, ask: Ask, progress: Progress
) -> Settled:
    """Settle conflicts of one skill; raises UsageError when there is none, or no such value."""
    policy = replace(_undecided(policy), place=services.readers.place)
    deciding = _Deciding(services.readers, request, policy, ask)
    with services.lock():
        result = decide(
            services, Planner(deciding.observe), confirm=lambda _: True, progress=progress
        )
    return deciding.make_settled(result)


@dataclass(slots=True)
class _Deciding:
    """The choices for one skill; made once, even when the world is looked at again."""

    readers: Readers
    request: Request
    policy: Policy
    ask: Ask
    roadmap: str = ""
    skill_id: SkillId = field(default_factory=lambda: SkillId(""))
    name: str = ""
    chosen: Mapping[Field, Take | Value] | None = None

    def observe(self) -> RunObservation:
        """Look at both sides, and cut the plan down to the choices."""
        _, match = find_file(self.readers.roadmaps, self.request.query)
        world = observe_roadmaps(self.readers, [match.roadmap], self.policy)
        (seen,) = world.observed
        if world.planned.refusals:
            nothing = replace(seen, plan=replace(seen.plan, actions=(), conflicts=()))
            return replace(world, observed=(nothing,))
        self.roadmap, self.name = match.roadmap, match.skill.name
        self.skill_id = _find_id(seen, match)
        open_fields = [each for each in _list_open(seen) if each.conflict.skill_id == self.skill_id]
        if self.chosen is None:
            self.chosen = self._choose(_pick(open_fields, self.request.field, match))
        return replace(world, observed=(self._limit(seen, self.chosen),), problems=())

    @property
    def _target(self) -> str:
        """How the command that is advised names the skill: as the person did, if that is one word."""
        query = self.request.query
        return query if re.fullmatch(r"[\w./-]+", query) else f"{self.roadmap}/{self.skill_id}"

    def _choose(self, fields: Sequence[OpenField]) -> Mapping[Field, Take | Value]:
        if self.request.take is None:
            asked = {
                open_field.conflict.field: self.ask((number, len(fields)), open_field)
                for number, open_field in enumerate(fields, start=1)
            }
            return {which: it for which, it in asked.items() if not isinstance(it, Skip)}
        word = next((each for each in Take if each == self.request.take), None)
        if word is None:
            return _parse_choice(fields, self.request.take, self._target)
        possible = [each for each in fields if word in each.can_take]
        if not possible:
            raise UsageError(_impossible(fields[0], word, self._target))
        return {each.conflict.field: word for each in possible}

    def _limit(self, seen: Observed, chosen: Mapping[Field, Take | Value]) -> Observed:
        takes = {(self.skill_id, which): take for which, take in chosen.items()}
        policy = replace(self.policy, takes=takes)
        plan = make_plan(seen.base, seen.local, seen.remote, policy, only=self.skill_id)
        for hold in plan.holds:
            if hold.field is not None and not isinstance(chosen[hold.field], Take):
                words = self._list_words(seen, hold.field)
                raise UsageError(_no_value(self._target, hold.field, words, hold.reason))
        fault = find_choice_fault(plan, seen.local)
        if fault:
            raise RefusedError(_unsettled(self.name, fault))
        return replace(seen, plan=plan)

    def _list_words(self, seen: Observed, which: Field) -> Sequence[str]:
        found = (
            each.can_take
            for each in _list_open(seen)
            if (each.conflict.skill_id, each.conflict.field) == (self.skill_id, which)
        )
        return next(found, ())

    def make_settled(self, result: SyncResult) -> Settled:
        """Say what became of the choices."""
        left = {each.field for _, each in result.planned.conflicts}
        left |= {each.field for _, each in result.planned.holds if each.field}
        failed = {
            change.field
            for each in result.outcomes
            if each.outcome is not Outcome.DONE and isinstance(each.action, Update)
            for change in each.action.changes
        }
        chosen = self.chosen or {}
        fields = tuple(which for which in chosen if which not in left | failed)
        is_stopped = result.stopped is not None or bool(result.planned.refusals)
        return Settled(self.roadmap, self.skill_id, self.name, () if is_stopped else fields, result)


def _undecided(policy: Policy) -> Policy:
    """Return a policy that settles nothing by itself, whatever the settings say."""
    return replace(policy, prefer=None)


def _list_open(seen: Observed) -> tuple[OpenField, ...]:
    return list_open(seen.plan, seen.base, seen.local, seen.remote)


def _find_id(seen: Observed, match: Match) -> SkillId:
    """Return the id of a skill; one without gets it in the plan."""
    if match.skill.id:
        return SkillId(match.skill.id)
    fresh = (
        each.skill_id
        for each in seen.plan.actions
        if isinstance(each, Update) and each.at == match.at
    )
    return next(fresh, SkillId(""))


def _pick(fields: Sequence[OpenField], which: Field | None, match: Match) -> list[OpenField]:
    """Return the fields to settle: the named one, or all conflicts; raise UsageError for none."""
    if which is None:
        picked = [each for each in fields if not each.is_held]
    else:
        picked = [each for each in fields if each.conflict.field is which]
    if not picked:
        raise UsageError(_no_conflict(fields, which, match))
    return picked


def _parse_choice(fields: Sequence[OpenField], text: str, target: str) -> Mapping[Field, Value]:
    if len(fields) > 1:
        raise UsageError(_several(fields, target))
    conflict = fields[0].conflict
    try:
        return {conflict.field: parse_value(conflict.field, text)}
    except ValueError as error:
        words = fields[0].can_take
        raise UsageError(_no_value(target, conflict.field, words, str(error))) from None


def _no_conflict(fields: Sequence[OpenField], which: Field | None, match: Match) -> Problem:
    held = [each.conflict.field for each in fields if each.is_held]
    clashing = [each.conflict.field for each in fields if not each.is_held]
    found = [f"in conflict: {', '.join(clashing)}"] * bool(clashing)
    found += [f"held: {', '.join(held)}; name the field to settle it"] * bool(held)
    what = f"{which} of {match.reference}" if which else match.reference
    return Problem(
        code="no-conflict",
        what=f"nothing is to be settled for {what}",
        why="; ".join(found) or "both sides agree, or only one of them changed",
        kept="nothing was written",
        next="tracker conflicts",
    )


def _several(fields: Sequence[OpenField], target: str) -> Problem:
    return Problem(
        code="several-conflicts",
        what=f"a value settles one field, and {len(fields)} are in conflict",
        why=", ".join(each.conflict.field for each in fields),
        kept="nothing was written",
        next=f"tracker resolve {target} FIELD --take VALUE",
    )


def advise_take(command: str, words: Sequence[str], which: Field | None) -> str:
    """Return a command that settles a field, to be pasted; the other words are a shell's comment.

    Links are settled for a side only; any other field takes a value of its own.
    """
    first, *others = words or ["VALUE"]
    if words and which is not Field.RESOURCES:
        others.append("a value")
    return f"{command} --take {first}" + (f"    # or {', '.join(others)}" if others else "")


def _no_value(target: str, which: Field, words: Sequence[str], why: str) -> Problem:
    return Problem(
        code="no-such-value",
        what=f"this cannot be taken as {which}",
        why=why,
        kept="nothing was written",
        next=advise_take(f"tracker resolve {target} {which}", words, which),
    )


def _impossible(open_field: OpenField, word: Take, target: str) -> Problem:
    conflict = open_field.conflict
    why = "the two sides never agreed on a value, as far as is known"
    if open_field.is_held:
        why = conflict.reason
    return Problem(
        code="cannot-take",
        what=f"{word} cannot be taken for {conflict.field} of {conflict.skill_id}",
        why=why,
        kept="nothing was written",
        next=advise_take(
            f"tracker resolve {target} {conflict.field}", open_field.can_take, conflict.field
        ),
    )


def _unsettled(name: str, why: str) -> Problem:
    return Problem(
        code="settles-to-nothing-valid",
        what=f'"{name}" cannot be settled alone',
        why=why,
        kept="nothing was written",
        next="tracker sync    # brings the other fields; then settle this one",
    )
