"""Progress and skills to the JSON objects that `report`, `next`, `list`, `show` and `mark` answer.

Pure. The keys beside those of every answer, which `tracker.cli.render.answers` lists:

    report              today, total, elsewhere, history, eta, target, track, in_progress, next,
                        recent, since, roadmaps; out: the file or null, opened: in a browser
        roadmaps    [{name, title, total, sections: [{title, …tally}], levels: [{level, …tally}],
                    tracks: [track], history, eta}]
        track       {roadmap, id, title, weeks, …tally}: at its end after so many weeks at
                    hours_per_week; at the top the one that is followed, or null
        tally       {skills, counted, todo, doing, done, skipped, covered, left, percent, hours,
                    hours_done, hours_covered, hours_left, hours_percent}; percent is null without
                    anything to count
        history     {short, long, week_skills, week_hours, streak, longest_streak, undated, future,
                    days, weeks}; short and long are {days, skills, hours, skills_per_week,
                    hours_per_week}; streaks are in weeks; future are done skills dated after today
            days    [{date, skills, hours}], each day of the 53 weeks with a completion
            weeks   [{week: 2026-W53, date: its Monday, skills, hours}], all 53, the running one last
        eta         {kind: date|finished|little-history|too-far, from, to, basis: hours|skills}; from
                    and to are by the paces of 28 and 90 days; to is null if beyond ten years
        target      null without one, or {day, hours_per_week: as in tracker.yaml, days_left,
                    skills_asked, hours_asked, skills_done, hours_done: a week, asked for and done in
                    the last 28 days, chance: on-track|within-reach|behind|unknown, planned: the
                    finish at hours_per_week}
        in_progress [skill], in file order
        next        [skill], what can be started, by level and file order
        recent      [skill], completed last, the latest first
        since       null without --since, or {date, skills, hours, completed [skill], started [skill]}:
                    from that day on
        skill       {id, name, roadmap, section, kind, status, level, hours, started, completed, tags,
                    handle: what to type for it, unlocks: the open skills behind it, age_days: of
                    what is in progress, null without a start date, stalled, ready: can be started,
                    resources}
    (no command)        as report, and unsynced: null where the state cannot be read, or {count, added,
                        changed, removed}: skills that a sync has to carry over; never_synced; conflicts, held: what
                        the last sync left open; problems
    next                in_progress, next, as in report
    show                skill {roadmap, section, path, line, requires, unlocks, …the skill's own keys}
    list                skills [skill]
    mark, start, done   skills [{roadmap, skill, name, before, after, started, completed, path, line,
                        changed, diff}], and for one skill its keys; the diff of a file is with the
                        first that changed; unlocked [skill]: can be started since; sections
                        [{roadmap, title, completed: all is done since, …tally}]; milestones
                        [skill]; roadmaps_completed; reached: a round number of done skills, or null;
                        unsynced: skills that a sync has to carry over, null if unknown
    mark --covered      marked, roadmaps [{roadmap, path, skills, diff}]
        skills          [{skill, name, before, completed, covered_by}]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tracker.cli.render.json_values import Json, pick, problems_json, to_json

if TYPE_CHECKING:
    # What only some commands answer is not imported by the others.
    from tracker.cli.render.skills import ShownSkill
    from tracker.progress.history import History
    from tracker.progress.order import ListedSkill
    from tracker.progress.report import Report, RoadmapProgress, Since, TrackProgress
    from tracker.progress.tally import Tally
    from tracker.workflows import marks
    from tracker.workflows.dashboard import Dashboard

ETA = "kind from=earliest to=latest basis?"
TALLY = (
    "skills counted todo doing done skipped covered left percent "
    "hours hours_done hours_covered hours_left hours_percent"
)


def report_json(report: Report) -> Json:
    """Return the keys of a report."""
    return {
        "today": to_json(report.today),
        "total": _tally_json(report.total),
        "elsewhere": report.elsewhere,
        "history": _history_json(report.history),
        "eta": pick(report.eta, ETA),
        "target": _aim_json(report),
        "track": _track_json(report.track) if report.track else None,
        **next_json(report.in_progress, report.next_up),
        "recent": [listed_json(found) for found in report.recent],
        "since": _since_json(report.since) if report.since else None,
        "roadmaps": [_progress_json(progress) for progress in report.roadmaps],
    }


def _progress_json(progress: RoadmapProgress) -> Json:
    return {
        **pick(progress, "name title"),
        "total": _tally_json(progress.tally),
        "sections": [
            {"title": section.title, **_tally_json(section.tally)} for section in progress.sections
        ],
        "levels": [
            {"level": level.level or None, **_tally_json(level.tally)} for level in progress.levels
        ],
        "tracks": [_track_json(track) for track in progress.tracks],
        "history": _history_json(progress.history),
        "eta": pick(progress.eta, ETA),
    }


def _track_json(track: TrackProgress) -> Json:
    return {**pick(track, "roadmap id title weeks"), **_tally_json(track.tally)}


def _tally_json(tally: Tally) -> Json:
    return _round(pick(tally, TALLY))


def _history_json(history: History) -> Json:
    pace = "days skills hours skills_per_week hours_per_week"
    counts = "date=day skills hours"
    return {
        "short": _round(pick(history.short, pace)),
        "long": _round(pick(history.long, pace)),
        "week_skills": history.this_week.skills,
        "week_hours": round(history.this_week.hours, 2),
        **pick(history, "streak longest_streak undated future"),
        "days": [_round(pick(day, counts)) for day in history.days],
        "weeks": [_round(pick(week, f"week {counts}")) for week in history.weeks],
    }


def _aim_json(report: Report) -> Json | None:
    if report.aim is None:
        return None
    asked = "day=aim.target hours_per_week=aim.hours_per_week days_left"
    return _round(
        pick(report.aim, f"{asked} skills_asked hours_asked chance planned")
        | pick(report.history.short, "skills_done=skills_per_week hours_done=hours_per_week")
    )


def _round(numbers: Json) -> Json:
    # Sums of decimals have tails such as 0.30000000000000004.
    return {key: round(it, 2) if isinstance(it, float) else it for key, it in numbers.items()}


def _since_json(since: Since) -> Json:
    return {
        "date": to_json(since.day),
        "skills": len(since.completed),
        "hours": round(since.hours, 2),
        "completed": [listed_json(found) for found in since.completed],
        "started": [listed_json(found) for found in since.started],
    }


def dashboard_json(dashboard: Dashboard) -> Json:
    """Return the keys of a report, and what is not synced."""
    unsynced = None
    if dashboard.unsynced is not None:
        unsynced = pick(dashboard.unsynced, "count added changed removed")
    return {
        **report_json(dashboard.report),
        "unsynced": unsynced,
        "never_synced": dashboard.unsynced is not None and not dashboard.unsynced.bound,
        "conflicts": sum(item.is_conflict for item in dashboard.waiting),
        "held": sum(not item.is_conflict for item in dashboard.waiting),
        "problems": problems_json(dashboard.problems),
    }


def next_json(in_progress: Iterable[ListedSkill], startable: Iterable[ListedSkill]) -> Json:
    """Return what is in progress and what can be started."""
    return {
        "in_progress": [listed_json(found) for found in in_progress],
        "next": [listed_json(found) for found in startable],
    }


def listed_json(found: ListedSkill) -> Json:
    """Return a skill of a list, with its place."""
    skill = found.skill
    return {
        **pick(skill, "id name"),
        **pick(found, "roadmap section"),
        **pick(skill, "kind status level hours started completed tags"),
        **pick(found, "handle unlocks age_days=age stalled=is_stalled ready=is_ready"),
        "resources": [resource.model_dump(mode="json") for resource in skill.resources],
    }


def skill_json(shown: ShownSkill, path: str | None, line: int | None) -> Json:
    """Return one skill with its place and its neighbours."""
    return {
        **pick(shown.match, "roadmap section"),
        "path": path,
        "line": line,
        **shown.match.skill.model_dump(mode="json"),
        "requires": [pick(skill, "id name status") for skill in shown.requires],
        "unlocks": [pick(skill, "id name status") for skill in shown.unlocks],
    }


def marks_json(result: marks.MarkResult) -> Json:
    """Return the statuses that were set, and what they brought about."""
    listed: list[Json] = [
        {
            **pick(mark, "roadmap skill=skill_id name before after started completed path line"),
            "changed": mark.before is not mark.after,
            "diff": mark.diff,
        }
        for mark in result.marked
    ]
    effects = result.effects
    return {
        # A script that marks one skill finds its keys at the top.
        **(listed[0] if len(listed) == 1 else {}),
        "skills": listed,
        "unlocked": [listed_json(found) for found in effects.unlocked],
        "sections": [
            {**pick(it, "roadmap title completed=is_completed"), **_tally_json(it.tally)}
            for it in effects.sections
        ],
        "milestones": [listed_json(found) for found in effects.milestones],
        "roadmaps_completed": to_json(effects.completed),
        "reached": effects.count or None,
    }


def ticked_json(files: Sequence[marks.TickedFile]) -> Json:
    """Return the keys of covered skills that were ticked."""
    skill = "skill=skill.id name=skill.name before=skill.status"
    return {
        "marked": sum(len(file.ticked) for file in files),
        "roadmaps": [
            {
                **pick(file, "roadmap=name path"),
                "skills": [
                    pick(tick, f"{skill} completed covered_by=skill.covering")
                    for tick in file.ticked
                ],
                "diff": file.diff,
            }
            for file in files
        ],
    }
