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
    import              name, path, title, sections, skills, not_understood: problems
    export              format, roadmaps: names, out: the file or null, text: null when there is a file
    schema              json_schema, out
    new                 name, title, files
    any error           error (the first problem's text), problems

A problem is {code, severity, what, why, kept, next, path, line, column}. Sides are `local` and
`remote`, dates ISO 8601, empty values null.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

from tracker.errors import Problem
from tracker.roadmap.links import LinkVerdict, Verdict
from tracker.roadmap.model import Resource, Skill
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
    Take,
    Update,
)
from tracker.sync.snapshot import Links, Side, Value

if TYPE_CHECKING:
    # What only some commands answer is not imported by the others.
    from tracker.cli.render.skill import ShownSkill
    from tracker.progress import Eta, History, NextSkill, Pace, Report, RoadmapProgress, Tally
    from tracker.settings import RemoteName
    from tracker.sync.journal import JournalEntry, JournalRun
    from tracker.sync.one_skill import OpenField
    from tracker.upgrade import Dropped
    from tracker.workflows.exchange import ExportResult, ImportResult, NewResult
    from tracker.workflows.library import Added, Listed, PlannedUpgrade, Upgraded
    from tracker.workflows.links import LinksChecked
    from tracker.workflows.local import TickedFile
    from tracker.workflows.results import (
        ActionOutcome,
        Checked,
        Initialised,
        Marked,
        OpenEnds,
        Planned,
        Settled,
        SyncResult,
    )

Json = dict[str, object]

WRITTEN: Mapping[type[Create | Update | Delete], str] = {
    Create: "created",
    Update: "updated",
    Delete: "deleted",
}
COUNTED: Mapping[type[Action], str] = {
    Create: "created",
    Update: "updated",
    Delete: "deleted",
    Adopt: "adopted",
    Forget: "forgotten",
    Hold: "held",
}


def planned_json(planned: Planned, *, dry_run: bool = True) -> Json:
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


def sync_json(result: SyncResult) -> Json:
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


def problems_json(problems: Iterable[Problem]) -> list[Json]:
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


def _problem_json(problem: Problem) -> Json:
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


def _plan_json(plan: Plan) -> Json:
    return {
        "roadmap": plan.roadmap,
        "title": plan.title,
        "digest": plan.digest,
        "sections": [{"before": before, "after": after} for before, after in plan.sections],
        "actions": [action_json(action) for action in plan.actions],
    }


def action_json(action: Action) -> Json:
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


def _identity(action: Action) -> Json:
    """Return what says which skill an action is about, and on which side."""
    side = action.side.value if isinstance(action, Create | Update | Delete) else None
    return {
        "action": type(action).__name__.casefold(),
        "skill": action.skill_id,
        "name": action.record.name if isinstance(action, Create | Delete) else None,
        "side": side,
        "page": action.page_id,
    }


def _outcome_json(each: ActionOutcome) -> Json:
    error = _problem_json(each.error) if each.error else None
    return {
        "roadmap": each.roadmap,
        **_identity(each.action),
        "outcome": each.outcome.value,
        "error": error,
    }


def _conflict_json(roadmap: str, conflict: Conflict) -> Json:
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


def _hold_json(roadmap: str, hold: Hold) -> Json:
    return {
        "roadmap": roadmap,
        "skill": hold.skill_id,
        "page": hold.page_id,
        "field": hold.field.value if hold.field else None,
        "reason": hold.reason,
    }


def refusal_json(roadmap: str, refusal: Refusal) -> Json:
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
    kinds = Counter(COUNTED[type(action)] for action in actions)
    counts = {word: kinds[word] for word in COUNTED.values()}
    return counts | {
        "held": len(planned.holds),
        "conflicts": len(planned.conflicts),
        **{
            each.value: ends.get(each, 0)
            for each in (Outcome.FAILED, Outcome.STALE, Outcome.SKIPPED)
        },
    }


def report_json(report: Report) -> Json:
    """Return the keys of a report."""
    return {
        "today": report.today.isoformat(),
        "total": _tally_json(report.total),
        "elsewhere": report.elsewhere,
        "history": _history_json(report.history),
        "eta": _eta_json(report.eta),
        "next": [next_json(each) for each in report.next_up],
        "roadmaps": [_roadmap_json(each) for each in report.roadmaps],
    }


def next_json(each: NextSkill) -> Json:
    """Return a skill to learn next."""
    return {
        "roadmap": each.roadmap,
        "section": each.section,
        "id": each.skill.id,
        "name": each.skill.name,
        "status": each.skill.status.value,
        "level": each.skill.level,
        "hours": each.skill.hours,
        "started": _day(each.skill.started),
        "unlocks": each.unlocks,
        "resources": [_resource_json(resource) for resource in each.skill.resources],
    }


def skill_json(shown: ShownSkill, path: str | None, line: int | None) -> Json:
    """Return one skill with its place and its neighbours."""
    skill = shown.match.skill
    return {
        "roadmap": shown.match.roadmap,
        "section": shown.match.section,
        "path": path,
        "line": line,
        **skill.model_dump(mode="json"),
        "requires": [_neighbour(each) for each in shown.requires],
        "unlocks": [_neighbour(each) for each in shown.unlocks],
    }


def marks_json(marked: Sequence[Marked]) -> Json:
    """Return the statuses that were set: those of one skill alone, and a list of all."""
    only = _marked_json(marked[0]) if len(marked) == 1 else {}
    return {**only, "skills": [_marked_json(each) for each in marked]}


def _marked_json(marked: Marked) -> Json:
    """Return a status that was set."""
    return {
        "roadmap": marked.roadmap,
        "skill": marked.skill_id,
        "name": marked.name,
        "before": marked.before.value,
        "after": marked.after.value,
        "path": marked.path,
        "line": marked.line,
        "changed": marked.before is not marked.after,
        "diff": marked.diff,
    }


def ticked_json(files: Sequence[TickedFile]) -> Json:
    """Return the keys of covered skills that were ticked."""
    return {
        "marked": sum(len(file.ticked) for file in files),
        "roadmaps": [
            {
                "roadmap": file.name,
                "path": file.path,
                "skills": [
                    {
                        "skill": each.skill.id,
                        "name": each.skill.name,
                        "before": each.skill.status.value,
                        "completed": each.completed.isoformat(),
                        "covered_by": list(each.skill.covered_by),
                    }
                    for each in file.ticked
                ],
                "diff": file.diff,
            }
            for file in files
        ],
    }


def _roadmap_json(progress: RoadmapProgress) -> Json:
    return {
        "name": progress.name,
        "title": progress.title,
        "total": _tally_json(progress.tally),
        "sections": [
            {"title": each.title, **_tally_json(each.tally)} for each in progress.sections
        ],
        "levels": [
            {"level": each.level or None, **_tally_json(each.tally)} for each in progress.levels
        ],
        "history": _history_json(progress.history),
        "eta": _eta_json(progress.eta),
    }


def _tally_json(tally: Tally) -> Json:
    return {
        "skills": tally.skills,
        "counted": tally.counted,
        "todo": tally.todo,
        "doing": tally.doing,
        "done": tally.done,
        "skipped": tally.skipped,
        "covered": tally.covered,
        "left": tally.left,
        "percent": _rounded(tally.percent),
        "hours": _rounded(tally.hours),
        "hours_done": _rounded(tally.hours_done),
        "hours_covered": _rounded(tally.hours_covered),
        "hours_left": _rounded(tally.hours_left),
        "hours_percent": _rounded(tally.hours_percent),
    }


def _history_json(history: History) -> Json:
    return {
        "short": _pace_json(history.short),
        "long": _pace_json(history.long),
        "week_skills": history.week_skills,
        "week_hours": _rounded(history.week_hours),
        "streak": history.streak,
        "undated": history.undated,
        "future": history.future,
        "weeks": list(history.weeks),
    }


def _pace_json(pace: Pace) -> Json:
    return {
        "days": pace.days,
        "skills": pace.skills,
        "hours": _rounded(pace.hours),
        "skills_per_week": _rounded(pace.skills_per_week),
        "hours_per_week": _rounded(pace.hours_per_week),
    }


def _eta_json(eta: Eta) -> Json:
    return {
        "kind": eta.kind.value,
        "day": _day(eta.day),
        "from": _day(eta.earliest),
        "to": _day(eta.latest),
        "basis": eta.basis or None,
    }


def _resource_json(resource: Resource) -> Json:
    return resource.model_dump(mode="json")


def _neighbour(skill: Skill) -> Json:
    return {"id": skill.id, "name": skill.name, "status": skill.status.value}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 2)


def library_json(listed: Sequence[Listed]) -> Json:
    """Return the keys of a list of roadmaps."""
    return {"roadmaps": [_listed_json(each) for each in listed]}


def added_json(added: Added) -> Json:
    """Return the keys of a roadmap that was brought in."""
    listed = Listed(added.name, added.roadmap, added.is_bundled, is_here=True)
    return {"roadmap": added.name, "path": added.path, "begun": added.done} | {
        key: value
        for key, value in _listed_json(listed).items()
        if key in {"title", "edition", "bundled", "sections", "skills", "links", "hours"}
    }


def upgraded_json(result: Upgraded) -> Json:
    """Return the keys of an upgrade."""
    return {
        "dry_run": result.dry_run,
        "confirmed": result.confirmed and not result.dry_run,
        "up_to_date": all(plan.upgrade.is_empty for plan in result.plans),
        "roadmaps": [_upgrade_json(plan, result) for plan in result.plans],
    }


def _listed_json(each: Listed) -> Json:
    roadmap = each.roadmap
    return {
        "name": each.name,
        "title": roadmap.title if roadmap else None,
        "description": roadmap.description if roadmap else None,
        "source": roadmap.source if roadmap else None,
        "edition": roadmap.edition if roadmap else None,
        "bundled": each.is_bundled,
        "here": each.is_here,
        "broken": roadmap is None,
        "newer_edition": each.is_newer,
        "sections": len(roadmap.sections) if roadmap else None,
        "skills": len(roadmap.skills) if roadmap else None,
        "links": each.links if roadmap else None,
        "hours": round(each.hours, 2) if roadmap else None,
    }


def _upgrade_json(plan: PlannedUpgrade, result: Upgraded) -> Json:
    upgrade = plan.upgrade
    texts = result.removed.get(plan.file.name, {})
    return {
        "roadmap": plan.file.name,
        "path": plan.file.path,
        "before": upgrade.before,
        "after": upgrade.after,
        "has_base": upgrade.has_base,
        "up_to_date": upgrade.is_empty,
        "texts": [
            {"section": each.section, "key": each.key, "before": each.before, "after": each.after}
            for each in upgrade.rewordings
        ],
        "sections": [each.title for each in upgrade.sections],
        "added": [
            {"skill": each.skill.id, "name": each.skill.name, "section": each.section}
            for each in upgrade.arrivals
        ],
        "changed": [
            {
                "skill": each.skill_id,
                "field": each.key,
                "before": value_json(each.before),
                "after": value_json(each.after),
            }
            for each in upgrade.alterations
        ],
        "moved": [
            {"skill": each.skill_id, "name": each.name, "before": each.before, "after": each.after}
            for each in upgrade.moves
        ],
        "removed": [
            _dropped_json(each) | {"text": texts.get(each.skill_id)} for each in upgrade.removed
        ],
        "dropped": [_dropped_json(each) for each in upgrade.dropped],
        "notes": [asdict(each) for each in upgrade.notes],
        "diff": plan.diff,
    }


def _dropped_json(each: Dropped) -> Json:
    return {
        "skill": each.skill_id,
        "name": each.name,
        "section": each.section,
        "touched": each.is_touched,
    }


def checked_json(checked: Checked) -> Json:
    """Return the keys of a check."""
    return {
        "files": [
            {
                "name": file.name,
                "path": file.path,
                "title": file.roadmap.title,
                "skills": len(file.roadmap.skills),
            }
            for file in checked.files
        ],
        "problems": problems_json(sorted(checked.problems, key=lambda each: each.sort_key)),
        "skipped": {
            code: sum(each.code == code for each in checked.left_out) for code in checked.skipped
        },
    }


def links_json(links: LinksChecked) -> Json:
    """Return what the links of a check answered."""
    return {
        "asked": links.asked,
        "remembered": links.remembered,
        "offline": links.is_offline,
        "verdicts": {each.value: count for each in Verdict if (count := links.count(each))},
        "found": [_link_json(each) for each in links.verdicts],
    }


def _link_json(link: LinkVerdict) -> Json:
    return {
        "url": link.url,
        "verdict": link.verdict.value,
        "detail": link.detail,
        "final_url": link.final_url or None,
        "seconds": link.seconds,
        "places": [str(place) for place in link.places],
    }


def initialised_json(made: Initialised) -> Json:
    """Return the keys of a new folder."""
    return {
        "folder": str(made.folder),
        "files": list(made.files),
        "remote": made.remote,
        "problems": problems_json(made.problems),
    }


def open_ends_json(ends: OpenEnds, remote: RemoteName) -> Json:
    """Return the keys of a list of all that waits for a decision."""
    conflicts = [_open_json(name, each, remote) for name, each in ends.fields if not each.is_held]
    held = [_open_json(name, each, remote) for name, each in ends.fields if each.is_held]
    return {
        "conflicts": conflicts,
        "holds": [*held, *(_open_hold_json(name, hold) for name, hold in ends.holds)],
        "refusals": [refusal_json(name, each) for name, each in ends.refusals],
        "problems": problems_json(ends.problems),
        "requests": ends.requests,
    }


def settled_json(settled: Settled) -> Json:
    """Return the keys of what was settled, beside those of a sync."""
    keys = sync_json(settled.result)
    return {
        **keys,
        "roadmap": settled.roadmap,
        "skill": settled.skill_id,
        "settled": [each.value for each in settled.fields],
    }


def _open_json(roadmap: str, open_field: OpenField, remote: RemoteName) -> Json:
    conflict = open_field.conflict
    command = format_resolve(roadmap, open_field)
    return {
        "roadmap": roadmap,
        "skill": conflict.skill_id,
        "name": conflict.name,
        "page": None,
        "field": conflict.field.value,
        "base": value_json(conflict.base),
        "local": value_json(conflict.local),
        "remote": value_json(conflict.remote),
        "reason": conflict.reason or None,
        "readable": open_field.is_readable,
        "settle": [f"{command} --take {word}" for word in list_takes(open_field, remote)],
    }


def _open_hold_json(roadmap: str, hold: Hold) -> Json:
    empty: Json = dict.fromkeys(("name", "base", "local", "remote"))
    return {
        "roadmap": roadmap,
        "skill": hold.skill_id,
        "page": hold.page_id,
        "field": hold.field.value if hold.field else None,
        **empty,
        "reason": hold.reason,
        "readable": False,
        "settle": [],
    }


def runs_json(runs: Sequence[JournalRun]) -> Json:
    """Return the keys of a list of runs."""
    return {"runs": [_run_json(run) for run in runs]}


def run_json(run: JournalRun) -> Json:
    """Return the keys of one run with everything it wrote."""
    return {"runs": [_run_json(run) | {"entries": [_entry_json(each) for each in run.entries]}]}


def _run_json(run: JournalRun) -> Json:
    counts = [
        {"roadmap": name, "side": side.value}
        | {
            word: sum(
                isinstance(each.action, kind) and each.action.side is side and each.roadmap == name
                for each in run.entries
            )
            for kind, word in WRITTEN.items()
        }
        for name in run.roadmaps
        for side in Side
    ]
    return {
        "run": run.name,
        "at": run.at,
        "roadmaps": list(run.roadmaps),
        "undoes": run.undoes or None,
        "undone_by": run.undone_by or None,
        "open": run.is_open,
        "counts": counts,
    }


def _entry_json(entry: JournalEntry) -> Json:
    base = entry.base
    known = None if base is None else {key.value: value_json(it) for key, it in base.items()}
    return {
        "at": entry.at,
        "roadmap": entry.roadmap,
        "base": known,
        "removed": entry.removed or None,
        **action_json(entry.action),
    }


def imported_json(result: ImportResult) -> Json:
    """Return the keys of an import."""
    return {
        "name": result.name,
        "path": result.path,
        "title": result.roadmap.title,
        "sections": len(result.roadmap.sections),
        "skills": len(result.roadmap.skills),
        "not_understood": problems_json(result.not_understood),
    }


def exported_json(result: ExportResult) -> Json:
    """Return the keys of an export."""
    return {
        "format": result.form,
        "roadmaps": list(result.roadmaps),
        "out": str(result.path) if result.path else None,
        "text": None if result.path else result.text,
    }


def begun_json(result: NewResult) -> Json:
    """Return the keys of a roadmap that was begun."""
    return {"name": result.name, "title": result.title, "files": list(result.files)}


def list_takes(open_field: OpenField, remote: RemoteName) -> list[str]:
    """Return what `--take` can be given for a field, in the words of this folder."""
    return [remote.word if word is Take.REMOTE else str(word) for word in open_field.can_take]


def format_resolve(roadmap: str, open_field: OpenField) -> str:
    """Return the command that settles an open field, without what is taken."""
    conflict = open_field.conflict
    return f"tracker resolve {roadmap}/{conflict.skill_id} {conflict.field}"
