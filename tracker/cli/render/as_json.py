"""Values to the JSON objects that `--json` prints; their keys are a promise to scripts.

Pure. Every object begins with

    schema     1; grows by new keys only
    command    name of the command
    ok         whether `exit_code` is 0
    exit_code  see `tracker.cli.exits`

followed by the keys of its command:

    plan, sync, apply   dry_run, confirmed, plans, conflicts, holds, refusals, problems, outcomes,
                        counts, writes, requests, estimated_requests, seconds, run, stopped
        plans       [{roadmap, title, digest, sections: [{before, after}], actions: [action]}]
        action      {action, skill, name, side, page} and, by `action`:
                    create: values · update: changes [{field, before, after}], restore
                    adopt: fields · hold: reason, field · delete, forget: nothing more
        conflicts   [{roadmap, skill, name, field, base, local, remote, reason}]
        holds       [{roadmap, skill, page, field, reason}]
        refusals    [{roadmap, guard, what, why, next}]
        outcomes    [{roadmap, action, skill, name, side, outcome, error}]
        counts      {created, updated, deleted, adopted, forgotten, held, conflicts, failed, stale,
                    skipped}: what was done; for plan what would be done
        writes      actions that changed (or would change) a file or Notion
        stopped     what ended the run early, as a list of problems, or null
        out         for plan: the file it was saved in, or null
    conflicts           conflicts, holds [{…as above, readable, settle}], refusals, problems, requests
        settle      commands that settle it, as texts
    resolve             as sync, and roadmap, skill, settled [field]
    log                 runs [{run, at, roadmaps, undoes, undone_by, open, counts [{roadmap, side,
                        created, updated, deleted}]}]; for one run entries too: [{at, roadmap, base,
                        removed, …action}]
    undo                as plan or sync, and undoes: the run that is taken back, or null
    redo                as plan or sync, and redoes: the run that is done again, or null; undoes: the
                        undo that is taken back by it
    forget              roadmap, bindings, file: whether it is there; forgotten
    demo                folder, first, second: each as sync
    serve               url, home, folder; printed at the start
    check               files [{name, path, title, skills}], problems,
                        skipped {code: findings left out}, links: null, or with --links
                        {asked, remembered, offline, verdicts: {verdict: count}}
    report              today, total, elsewhere, history, eta, next, roadmaps
        roadmaps    [{name, title, total, sections: [{title, …tally}], levels: [{level, …tally}],
                    history, eta}]
        tally       {skills, counted, todo, doing, done, skipped, covered, left, percent, hours,
                    hours_done, hours_left, hours_percent}; percent is null without anything to count
        history     {short, long, week_skills, week_hours, streak, undated, future, weeks}; future
                    are done skills dated after today; short and long are {days, skills, hours,
                    skills_per_week, hours_per_week}
        eta         {kind: date|finished|little-history|too-far, day, from, to, basis}; day is by the
                    recent pace, from and to by those of 28 and 90 days; to is null if beyond ten
                    years
        next        [{roadmap, section, id, name, status, level, hours, started, unlocks, resources}]
    next                next, as in report
    show                skill {roadmap, section, path, line, requires, unlocks, …the skill's own keys}
    mark                skills [{roadmap, skill, name, before, after, path, line, changed, diff}], and
                        for one skill its keys; the diff of a file is with the first that changed
    mark --covered      marked, roadmaps [{roadmap, path, skills, diff}]
        skills          [{skill, name, before, completed, covered_by}]
    roadmaps            roadmaps [{name, title, description, source, edition, bundled, here, broken,
                    newer_edition, sections, skills, links, hours}]; here is null outside a folder
    add                 roadmap, path, begun, and title, edition, bundled, sections … as above
    upgrade             dry_run, confirmed, up_to_date, roadmaps [{roadmap, path, before, after,
                    has_base, up_to_date, texts, sections, added, changed, moved, removed, dropped,
                    notes, diff}]
    init                folder, files, remote, problems
    any error           error (the first problem's text), problems

A problem is {code, severity, what, why, kept, next, path, line, column}. Sides are `local` and
`remote`, dates ISO 8601, empty values null.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import cast

from tracker.errors import Problem
from tracker.sync.plan import (
    Action,
    Adopt,
    Conflict,
    Create,
    Delete,
    Forget,
    Hold,
    Outcome,
    Plan,
    Refusal,
    Update,
)
from tracker.sync.snapshot import Links, Value
from tracker.workflows.results import ActionOutcome, Planned, SyncResult

Json = Mapping[str, object]

COUNTED = {
    Create: "created",
    Update: "updated",
    Delete: "deleted",
    Adopt: "adopted",
    Forget: "forgotten",
    Hold: "held",
}


def planned_json(planned: Planned, *, dry_run: bool = True) -> dict[str, object]:
    """Return the keys of a plan; counts are of what would be done."""
    actions = [action for plan in planned.plans for action in plan.actions]
    return {
        "dry_run": dry_run,
        "confirmed": not dry_run,
        "plans": [_plan_json(plan) for plan in planned.plans],
        "conflicts": [_conflict_json(name, each) for name, each in planned.conflicts],
        "holds": [_hold_json(name, each) for name, each in planned.holds],
        "refusals": [refusal_json(name, each) for name, each in planned.refusals],
        "problems": problems_json(planned.problems),
        "outcomes": [],
        "counts": _count(actions, planned, {}),
        "writes": sum(len(plan.writes) for plan in planned.plans),
        "requests": planned.requests,
        "estimated_requests": planned.estimated_requests,
        "seconds": None,
        "run": None,
        "stopped": None,
    }


def sync_json(result: SyncResult) -> dict[str, object]:
    """Return the keys of a sync; counts are of what was done."""
    done = [each.action for each in result.outcomes if each.outcome is Outcome.DONE]
    quiet = _quiet_actions(result)
    ends = Counter(each.outcome for each in result.unfinished if not isinstance(each.action, Hold))
    stopped = result.stopped.problems if result.stopped else ()
    problems = [*result.planned.problems, *result.problems, *stopped]
    return planned_json(result.planned, dry_run=False) | {
        "confirmed": result.confirmed,
        "problems": problems_json(dict.fromkeys(problems)),
        "outcomes": [_outcome_json(each) for each in result.outcomes],
        "counts": _count([*done, *quiet], result.planned, ends),
        "writes": sum(isinstance(each, Create | Update | Delete) for each in done),
        "requests": result.requests,
        "seconds": round(result.seconds, 3),
        "run": result.run or None,
        "stopped": problems_json(stopped) if stopped else None,
    }


def problems_json(problems: Iterable[Problem]) -> list[dict[str, object]]:
    """Return problems as objects."""
    return [_problem_json(problem) for problem in problems]


def value_json(value: Value) -> object:
    """Return a field's value: sets and resources as lists, dates as ISO text, empty ones as null."""
    match value:
        case frozenset():
            return sorted(value)
        case Links():
            return [
                {"title": link.title, "url": link.url, "type": link.type} for link in value.items
            ]
        case date():
            return value.isoformat()
        case _:
            return value


def _problem_json(problem: Problem) -> dict[str, object]:
    place = problem.location
    return {
        "code": problem.code,
        "severity": problem.severity.value,
        "what": problem.what,
        "why": problem.why or None,
        "kept": problem.kept or None,
        "next": problem.next or None,
        "path": place.path if place else None,
        "line": (place.line or None) if place else None,
        "column": (place.column or None) if place else None,
    }


def _plan_json(plan: Plan) -> dict[str, object]:
    return {
        "roadmap": plan.roadmap,
        "title": plan.title,
        "digest": plan.digest,
        "sections": [{"before": before, "after": after} for before, after in plan.sections],
        "actions": [action_json(action) for action in plan.actions],
    }


def action_json(action: Action) -> dict[str, object]:
    """Return an action with what it changes."""
    shown = _identity(action)
    match action:
        case Create():
            values = action.record.values().items()
            shown["values"] = {each.value: value_json(value) for each, value in values}
        case Update():
            shown["restore"] = action.restore
            shown["changes"] = [
                {
                    "field": change.field.value,
                    "before": value_json(change.before),
                    "after": value_json(change.after),
                }
                for change in action.changes
            ]
        case Adopt():
            shown["fields"] = sorted(each.value for each in action.fields)
        case Hold():
            shown |= {"reason": action.reason, "field": action.field and action.field.value}
        case _:
            pass
    return shown


def _identity(action: Action) -> dict[str, object]:
    """Return what says which skill an action is about, and on which side."""
    side = action.side.value if isinstance(action, Create | Update | Delete) else None
    return {
        "action": type(action).__name__.casefold(),
        "skill": action.skill_id,
        "name": action.record.name if isinstance(action, Create | Delete) else None,
        "side": side,
        "page": action.page_id,
    }


def _outcome_json(each: ActionOutcome) -> dict[str, object]:
    error = _problem_json(each.error) if each.error else None
    return {
        "roadmap": each.roadmap,
        **_identity(each.action),
        "outcome": each.outcome.value,
        "error": error,
    }


def _conflict_json(roadmap: str, conflict: Conflict) -> dict[str, object]:
    return {
        "roadmap": roadmap,
        "skill": conflict.skill_id,
        "name": conflict.name,
        "field": conflict.field.value,
        "base": value_json(conflict.base),
        "local": value_json(conflict.local),
        "remote": value_json(conflict.remote),
        "reason": conflict.reason or None,
    }


def _hold_json(roadmap: str, hold: Hold) -> dict[str, object]:
    return {
        "roadmap": roadmap,
        "skill": hold.skill_id,
        "page": hold.page_id,
        "field": hold.field.value if hold.field else None,
        "reason": hold.reason,
    }


def refusal_json(roadmap: str, refusal: Refusal) -> dict[str, object]:
    """Return a guard's word."""
    return {
        "roadmap": roadmap,
        "guard": refusal.guard,
        "what": refusal.what,
        "why": refusal.why,
        "next": refusal.next,
    }


def _quiet_actions(result: SyncResult) -> list[Action]:
    """Return the actions on the state alone; they have no outcome of their own."""
    if not result.confirmed or result.stopped:
        return []
    told = {id(each.action) for each in result.outcomes}
    return [
        action
        for plan in result.planned.plans
        for action in plan.actions
        if isinstance(action, Adopt | Forget) and id(action) not in told
    ]


def _count(
    actions: Sequence[Action], planned: Planned, ends: Mapping[Outcome, int]
) -> dict[str, int]:
    kinds = Counter(COUNTED[cast("type[Create]", type(action))] for action in actions)
    counts = {word: kinds[word] for word in COUNTED.values()}
    return counts | {
        "held": len(planned.holds),
        "conflicts": len(planned.conflicts),
        **{
            each.value: ends.get(each, 0)
            for each in (Outcome.FAILED, Outcome.STALE, Outcome.SKIPPED)
        },
    }
