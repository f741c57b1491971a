"""List what waits for a decision, and settle it: one skill, or one of its fields, and nothing else.

Listing is handed readers only. Settling carries out a plan of what was chosen alone; all else is left
to the next sync.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from tracker.errors import Problem, RefusedError, RoadmapError, UsageError
from tracker.ports import Progress, Readers, Services
from tracker.progress.find import Match
from tracker.roadmap.model import SkillId
from tracker.roadmap.rules import is_breaking
from tracker.sync.model import Outcome, Plan, Policy, Take, Update
from tracker.sync.one_skill import (
    OpenField,
    find_choice_fault,
    list_open,
    parse_value,
)
from tracker.sync.planner import make_plan
from tracker.sync.records import Field, Value
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

    If no roadmap is named, those that load are listed, and the errors of the others are returned.
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
    fields = tuple((seen.file.name, found) for seen in world.observed for found in _list_open(seen))
    listed = {
        (found.conflict.skill_id, found.conflict.field) for _, found in fields if found.is_held
    }
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
    policy = replace(_undecided(policy), place=services.readers.name.place)
    resolution = _Resolution(services.readers, request, policy, ask)
    planner = Planner(
        resolution.observe, speaks_of=lambda skill_id: skill_id == resolution.skill_id
    )
    with services.lock():
        result = decide(services, planner, confirm=lambda _: True, progress=progress)
    return resolution.make_settled(result)


@dataclass(slots=True)
class _Resolution:
    """The choices for one skill; made once, even when both sides are observed again."""

    readers: Readers
    request: Request
    policy: Policy
    ask: Ask
    roadmap: str = ""
    skill_id: SkillId = field(default_factory=lambda: SkillId(""))
    name: str = ""
    chosen: Mapping[Field, Take | Value] | None = None

    def observe(self) -> RunObservation:
        """Observe both sides, and plan the choices alone."""
        _, match = find_file(self.readers.roadmaps, self.request.query)
        world = observe_roadmaps(self.readers, [match.roadmap], self.policy)
        (seen,) = world.observed
        # A guard speaks of the whole roadmap; what it refuses must not be done in part either.
        if world.planned.refusals:
            nothing = replace(seen, plan=replace(seen.plan, actions=(), conflicts=()))
            return replace(world, observed=(nothing,))
        self.roadmap, self.name = match.roadmap, match.skill.name
        self.skill_id = _find_id(seen, match)
        fields = [found for found in _list_open(seen) if found.conflict.skill_id == self.skill_id]
        if self.chosen is None:
            self.chosen = self._choose(_pick(fields, self.request.field, match))
        plan = self._plan(seen, fields, self.chosen)
        return replace(world, observed=(replace(seen, plan=plan),), problems=())

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
            return {
                which: choice for which, choice in asked.items() if not isinstance(choice, Skip)
            }
        word = next((take for take in Take if take == self.request.take), None)
        if word is None:
            return _parse_choice(fields, self.request.take, self._target)
        possible = [found for found in fields if word in found.can_take]
        if not possible:
            raise UsageError(_impossible(fields[0], word, self._target))
        return {found.conflict.field: word for found in possible}

    def _plan(
        self, seen: Observed, fields: Sequence[OpenField], chosen: Mapping[Field, Take | Value]
    ) -> Plan:
        takes = {(self.skill_id, which): take for which, take in chosen.items()}
        policy = replace(self.policy, takes=takes)
        plan = make_plan(seen.base, seen.local, seen.remote, policy, only=self.skill_id)
        for hold in plan.holds:
            # A typed value that cannot be written. Where a side's own value is the reason, it is the
            # answer that the field is still held.
            if hold.field is not None and not isinstance(chosen[hold.field], Take):
                words = [found.can_take for found in fields if found.conflict.field is hold.field]
                raise UsageError(_no_value(self._target, hold.field, (*words, ())[0], hold.reason))
        if fault := find_choice_fault(plan, seen.local):
            raise RefusedError(_unsettled(self.name, fault))
        return plan

    def make_settled(self, result: SyncResult) -> Settled:
        """Say what became of the choices."""
        left = {conflict.field for _, conflict in result.planned.conflicts}
        left |= {hold.field for _, hold in result.planned.holds if hold.field}
        failed = {
            change.field
            for done in result.outcomes
            if done.outcome is not Outcome.DONE and isinstance(done.action, Update)
            for change in done.action.changes
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
    planned = (
        action.skill_id
        for action in seen.plan.actions
        if isinstance(action, Update) and action.at == match.at
    )
    return next(planned, SkillId(""))


def _pick(fields: Sequence[OpenField], which: Field | None, match: Match) -> list[OpenField]:
    """Return the fields to settle: the named one, or all conflicts; raise UsageError for none."""
    if which is None:
        picked = [found for found in fields if not found.is_held]
    else:
        picked = [found for found in fields if found.conflict.field is which]
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
    held = [found.conflict.field for found in fields if found.is_held]
    clashing = [found.conflict.field for found in fields if not found.is_held]
    found = [f"in conflict: {', '.join(clashing)}"] * bool(clashing)
    found += [f"held: {', '.join(held)}; name the field to resolve it"] * bool(held)
    what = f"{which} of {match.reference}" if which else match.reference
    return Problem(
        code="no-conflict",
        what=f"no conflict to resolve: {what}",
        why="; ".join(found) or "both sides agree, or only one of them changed",
        kept="nothing was written",
        next="tracker conflicts",
    )


def _several(fields: Sequence[OpenField], target: str) -> Problem:
    return Problem(
        code="several-conflicts",
        what=f"a value resolves one field, and {len(fields)} are in conflict",
        why=", ".join(found.conflict.field for found in fields),
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
        what=f'"{name}" cannot be resolved alone',
        why=why,
        kept="nothing was written",
        next="tracker sync    # brings the other fields; then resolve this one",
    )
