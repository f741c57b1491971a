"""Progress and skills to JSON; the keys are documented in `as_json`.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tracker.cli.render.skill import ShownSkill
from tracker.progress import Eta, History, NextSkill, Pace, Report, RoadmapProgress, Tally
from tracker.roadmap.model import Resource, Skill
from tracker.workflows.covered import TickedFile
from tracker.workflows.results import Marked


def report_json(report: Report) -> dict[str, object]:
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


def next_json(each: NextSkill) -> dict[str, object]:
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


def skill_json(shown: ShownSkill, path: str | None, line: int | None) -> dict[str, object]:
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


def marks_json(marked: Sequence[Marked]) -> dict[str, object]:
    """Return the statuses that were set: those of one skill alone, and a list of all."""
    only = _marked_json(marked[0]) if len(marked) == 1 else {}
    return {**only, "skills": [_marked_json(each) for each in marked]}


def _marked_json(marked: Marked) -> dict[str, object]:
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


def ticked_json(files: Sequence[TickedFile]) -> dict[str, object]:
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


def _roadmap_json(progress: RoadmapProgress) -> dict[str, object]:
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


def _tally_json(tally: Tally) -> dict[str, object]:
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


def _history_json(history: History) -> dict[str, object]:
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


def _pace_json(pace: Pace) -> dict[str, object]:
    return {
        "days": pace.days,
        "skills": pace.skills,
        "hours": _rounded(pace.hours),
        "skills_per_week": _rounded(pace.skills_per_week),
        "hours_per_week": _rounded(pace.hours_per_week),
    }


def _eta_json(eta: Eta) -> dict[str, object]:
    return {
        "kind": eta.kind.value,
        "day": _day(eta.day),
        "from": _day(eta.earliest),
        "to": _day(eta.latest),
        "basis": eta.basis or None,
    }


def _resource_json(resource: Resource) -> dict[str, object]:
    return resource.model_dump(mode="json")


def _neighbour(skill: Skill) -> dict[str, object]:
    return {"id": skill.id, "name": skill.name, "status": skill.status.value}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 2)
