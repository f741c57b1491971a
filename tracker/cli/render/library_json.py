"""The lists of roadmaps, additions and upgrades, to JSON; the keys are listed in `as_json`.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from tracker.cli.render.as_json import value_json
from tracker.upgrade import Dropped
from tracker.workflows.library import Added, Listed
from tracker.workflows.upgrade import PlannedUpgrade, Upgraded


def library_json(listed: Sequence[Listed]) -> dict[str, object]:
    """Return the keys of a list of roadmaps."""
    return {"roadmaps": [_listed_json(each) for each in listed]}


def added_json(added: Added) -> dict[str, object]:
    """Return the keys of a roadmap that was brought in."""
    listed = Listed(added.name, added.roadmap, added.is_bundled, is_here=True)
    return {"roadmap": added.name, "path": added.path, "begun": added.done} | {
        key: value
        for key, value in _listed_json(listed).items()
        if key in {"title", "edition", "bundled", "sections", "skills", "links", "hours"}
    }


def upgraded_json(result: Upgraded) -> dict[str, object]:
    """Return the keys of an upgrade."""
    return {
        "dry_run": result.dry_run,
        "confirmed": result.confirmed and not result.dry_run,
        "up_to_date": all(plan.upgrade.is_empty for plan in result.plans),
        "roadmaps": [_plan_json(plan, result) for plan in result.plans],
    }


def _listed_json(each: Listed) -> dict[str, object]:
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


def _plan_json(plan: PlannedUpgrade, result: Upgraded) -> dict[str, object]:
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


def _dropped_json(each: Dropped) -> dict[str, object]:
    return {
        "skill": each.skill_id,
        "name": each.name,
        "section": each.section,
        "touched": each.is_touched,
    }
