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
    connect             page, title, url, who, connected, new: whether the page was not the folder's
                        before, token_saved, skills, last_sync: as sync, or null; problems
    open                url, opened, roadmap, skill: null for the whole
    demo                folder, first, second: each as sync
    serve               url, home, folder; printed at the start
    check               files [{name, path, title, skills}], problems,
                        skipped {code: findings left out}, links: null, or with --links
                        {asked, remembered, offline, verdicts: {verdict: count}}
    report, next, show, mark    see `tracker.cli.render.learning_json`
    roadmaps            roadmaps [{name, title, description, source, edition, bundled, here, broken,
                    newer_edition, sections, skills, links, hours, tracks [{id,
                    title, skills, hours}]}]; here is null outside a folder
    add                 roadmap, path, begun, and title, edition, bundled, sections … as above
    upgrade             dry_run, confirmed, up_to_date, roadmaps [{roadmap, path, before, after,
                    has_base, up_to_date, texts, sections, added, changed, moved, removed, dropped,
                    notes, diff}]
    init                folder, files, remote, track, problems
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
from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING

from tracker.cli.render.json_values import Json, pick, problem_json, problems_json, to_json
from tracker.sync.model import (
    Action,
    Adopt,
    Conflict,
    Create,
    Delete,
    Forget,
    Hold,
    Outcome,
    Side,
    Take,
    Update,
)

if TYPE_CHECKING:
    # What only some commands answer is not imported by the others.
    from tracker.settings import RemoteName
    from tracker.sync.journal import JournalRun
    from tracker.sync.one_skill import OpenField
    from tracker.workflows import library, results

WRITTEN: Mapping[type[Action], str] = {Create: "created", Update: "updated", Delete: "deleted"}
COUNTED = {**WRITTEN, Adopt: "adopted", Forget: "forgotten", Hold: "held"}
CONFLICT = "skill=skill_id name field base local remote reason?"


def planned_json(planned: results.Planned, *, dry_run: bool = True) -> Json:
    """Return the keys of a plan; counts are of what would be done."""
    # Counts are of what would be done; what was done replaces them in `sync_json`.
    actions = [action for plan in planned.plans for action in plan.actions]
    return {
        "dry_run": dry_run,
        "confirmed": not dry_run,
        "plans": [
            {
                **pick(plan, "roadmap title digest"),
                "sections": [{"before": old, "after": new} for old, new in plan.sections],
                "actions": [action_json(action) for action in plan.actions],
            }
            for plan in planned.plans
        ],
        "conflicts": [{"roadmap": name, **pick(it, CONFLICT)} for name, it in planned.conflicts],
        "holds": [
            {"roadmap": name, **pick(hold, "skill=skill_id page=page_id field reason")}
            for name, hold in planned.holds
        ],
        "refusals": refusals_json(planned),
        "problems": problems_json(planned.problems),
        "outcomes": [],
        "counts": _count(actions, planned, Counter()),
        "writes": sum(len(plan.writes) for plan in planned.plans),
        **pick(planned, "requests estimated_requests"),
        "seconds": None,
        "run": None,
        "stopped": None,
    }


def sync_json(result: results.SyncResult) -> Json:
    """Return the keys of a sync; counts are of what was done."""
    done = [ended.action for ended in result.outcomes if ended.outcome is Outcome.DONE]
    # Pairs that are only remembered are done with the run, without an outcome each.
    quiet = _quiet_actions(result)
    ends = Counter(it.outcome for it in result.unfinished if not isinstance(it.action, Hold))
    stopped = result.stopped.problems if result.stopped else ()
    problems = [*result.planned.problems, *result.problems, *stopped]
    return planned_json(result.planned, dry_run=False) | {
        "confirmed": result.confirmed,
        # The plan and the run may tell the same problem.
        "problems": problems_json(dict.fromkeys(problems)),
        "outcomes": [
            {
                "roadmap": ended.roadmap,
                **_identity(ended.action),
                "outcome": ended.outcome,
                "error": problem_json(ended.error) if ended.error else None,
            }
            for ended in result.outcomes
        ],
        "counts": _count([*done, *quiet], result.planned, ends),
        "writes": sum(isinstance(action, Create | Update | Delete) for action in done),
        "requests": result.requests,
        "seconds": round(result.seconds, 3),
        "run": result.run or None,
        "stopped": problems_json(stopped) or None,
    }


def action_json(action: Action) -> Json:
    """Return an action with what it changes."""
    shown = _identity(action)
    match action:
        case Create():
            return shown | {"values": to_json(action.record.values())}
        case Update():
            changes = [pick(change, "field before after") for change in action.changes]
            return shown | {"restore": action.restore, "changes": changes}
        case Adopt():
            return shown | {"fields": sorted(action.fields)}
        case Hold():
            return shown | pick(action, "reason field")
        case _:
            return shown


def _identity(action: Action) -> Json:
    """Return the keys that identify an action: skill, side and page."""
    return {
        "action": type(action).__name__.casefold(),
        "skill": action.skill_id,
        "name": action.record.name if isinstance(action, Create | Delete) else None,
        "side": action.side if isinstance(action, Create | Update | Delete) else None,
        "page": action.page_id,
    }


def refusals_json(planned: results.Planned | results.OpenEnds) -> list[Json]:
    """Return the guards' refusals."""
    return [
        {"roadmap": name, **pick(refusal, "guard what why next")}
        for name, refusal in planned.refusals
    ]


def _quiet_actions(result: results.SyncResult) -> list[Action]:
    """Return the actions on the state alone; they have no outcome of their own."""
    if not result.confirmed or result.stopped:
        return []
    # By identity: two actions that are equal are still two.
    told = {id(ended.action) for ended in result.outcomes}
    return [
        action
        for plan in result.planned.plans
        for action in plan.actions
        if isinstance(action, Adopt | Forget) and id(action) not in told
    ]


def _count(
    actions: Sequence[Action], planned: results.Planned, counted: Counter[Outcome]
) -> Mapping[str, int]:
    kinds = Counter(COUNTED[type(action)] for action in actions)
    ends = {end: counted[end] for end in (Outcome.FAILED, Outcome.STALE, Outcome.SKIPPED)}
    counts = {word: kinds[word] for word in COUNTED.values()}
    return counts | {"held": len(planned.holds), "conflicts": len(planned.conflicts)} | ends


def open_ends_json(ends: results.OpenEnds, remote: RemoteName) -> Json:
    """Return the keys of all conflicts and holds."""
    # A field that is held is no conflict: its value in Notion cannot be taken over.
    conflicts = [_open_json(name, it, remote) for name, it in ends.fields if not it.is_held]
    held = [_open_json(name, it, remote) for name, it in ends.fields if it.is_held]
    nothing: Json = dict.fromkeys(("name", "base", "local", "remote"))
    held += [
        {
            "roadmap": name,
            **pick(hold, "skill=skill_id page=page_id field"),
            **nothing,
            "reason": hold.reason,
            "readable": False,
            "settle": [],
        }
        for name, hold in ends.holds
    ]
    return {
        "conflicts": conflicts,
        "holds": held,
        "refusals": refusals_json(ends),
        "problems": problems_json(ends.problems),
        "requests": ends.requests,
    }


def _open_json(roadmap: str, open_field: OpenField, remote: RemoteName) -> Json:
    conflict = open_field.conflict
    command = format_resolve(roadmap, conflict)
    return {
        "roadmap": roadmap,
        **pick(conflict, "skill=skill_id name"),
        # A conflict is of a skill, a hold may be of a row: both have the same keys.
        "page": None,
        **pick(conflict, "field base local remote reason?"),
        "readable": open_field.is_readable,
        "settle": [f"{command} --take {word}" for word in list_takes(open_field, remote)],
    }


def settled_json(settled: results.Settled) -> Json:
    """Return the keys of what was settled, beside those of a sync."""
    return sync_json(settled.result) | pick(settled, "roadmap skill=skill_id settled=fields")


def list_takes(open_field: OpenField, remote: RemoteName) -> list[str]:
    """Return the words that `--take` accepts for a field in this folder."""
    return [remote.word if take is Take.REMOTE else str(take) for take in open_field.can_take]


def format_resolve(roadmap: str, conflict: Conflict) -> str:
    """Return the command that settles a conflict, without what is taken."""
    return f"tracker resolve {roadmap}/{conflict.skill_id} {conflict.field}"


def log_json(runs: Sequence[JournalRun], *, in_full: bool) -> Json:
    """Return the keys of a list of runs, in full with everything they wrote."""
    return {
        "runs": [
            {
                **pick(run, "run=name at roadmaps undoes? undone_by? open=is_open"),
                "counts": _count_sides(run),
                **({"entries": _entries_json(run)} if in_full else {}),
            }
            for run in runs
        ]
    }


def _entries_json(run: JournalRun) -> list[Json]:
    return [
        pick(entry, "at roadmap base removed?") | action_json(entry.action) for entry in run.entries
    ]


def _count_sides(run: JournalRun) -> list[Json]:
    counts = Counter(
        (entry.roadmap, action.side, WRITTEN[type(action)])
        for entry in run.entries
        if isinstance(action := entry.action, Create | Update | Delete)
    )
    listed: list[Json] = []
    for name, side in product(run.roadmaps, Side):
        words = {word: counts[name, side, word] for word in WRITTEN.values()}
        listed.append({"roadmap": name, "side": side, **words})
    return listed


def library_json(listed: Sequence[library.Listed]) -> Json:
    """Return the keys of a list of roadmaps."""
    return {
        "roadmaps": [
            {
                "name": entry.name,
                **pick(entry.roadmap, "title description source edition"),
                **pick(entry, "bundled=is_bundled here=is_here"),
                "broken": entry.roadmap is None,
                "newer_edition": entry.is_newer,
                "tracks": [pick(track, "id title skills hours") for track in entry.tracks],
                **_contents_json(entry),
            }
            for entry in listed
        ]
    }


def _contents_json(listed: library.Listed | library.Added) -> Json:
    """Return how much a roadmap holds; nulls for one that does not load."""
    roadmap = listed.roadmap
    return {
        "sections": len(roadmap.sections) if roadmap else None,
        "skills": len(roadmap.skills) if roadmap else None,
        "links": sum(len(skill.resources) for skill in roadmap.skills) if roadmap else None,
        "hours": round(sum(skill.hours or 0.0 for skill in roadmap.skills), 2) if roadmap else None,
    }


def added_json(added: library.Added) -> Json:
    """Return the keys of a roadmap that was brought in."""
    return {
        **pick(added, "roadmap=name path begun=done"),
        **pick(added, "title=roadmap.title edition=roadmap.edition bundled=is_bundled"),
        **_contents_json(added),
    }


def upgraded_json(result: library.Upgraded) -> Json:
    """Return the keys of an upgrade."""
    return {
        "dry_run": result.dry_run,
        "confirmed": result.confirmed and not result.dry_run,
        "up_to_date": all(plan.upgrade.is_empty for plan in result.plans),
        "roadmaps": [_upgrade_json(plan, result) for plan in result.plans],
    }


def _upgrade_json(plan: library.PlannedUpgrade, result: library.Upgraded) -> Json:
    upgrade = plan.upgrade
    texts = result.removed.get(plan.file.name, {})
    dropped = "skill=skill_id name section touched=is_touched"
    return {
        **pick(plan, "roadmap=file.name path=file.path"),
        **pick(upgrade, "before after has_base up_to_date=is_empty"),
        "texts": [pick(text, "section key before after") for text in upgrade.rewordings],
        "sections": [section.title for section in upgrade.sections],
        "added": [
            pick(arrival, "skill=skill.id name=skill.name section") for arrival in upgrade.arrivals
        ],
        "changed": [
            pick(change, "skill=skill_id field=key before after") for change in upgrade.alterations
        ],
        "moved": [pick(move, "skill=skill_id name before after") for move in upgrade.moves],
        "removed": [
            pick(skill, dropped) | {"text": texts.get(skill.skill_id)} for skill in upgrade.removed
        ],
        "dropped": [pick(skill, dropped) for skill in upgrade.dropped],
        "notes": [pick(note, "who key why") for note in upgrade.notes],
        "diff": plan.diff,
    }


def imported_json(result: library.ImportResult) -> Json:
    """Return the keys of an import."""
    return {
        **pick(result, "name path title=roadmap.title"),
        "sections": len(result.roadmap.sections),
        "skills": len(result.roadmap.skills),
        "not_understood": problems_json(result.not_understood),
    }


def exported_json(result: library.ExportResult) -> Json:
    """Return the keys of an export."""
    return {
        **pick(result, "format=form roadmaps out=path"),
        # Either in the file or here, never twice.
        "text": None if result.path else result.text,
    }
