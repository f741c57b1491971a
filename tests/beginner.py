"""A beginner who does what the program suggests."""

from __future__ import annotations

from datetime import date

from tracker.progress.order import find_next, list_everything
from tracker.roadmap.model import Status


def follow_next(roadmap):
    """Yield the skills in the order in which somebody learns who always takes the first suggestion."""
    done = set()
    while True:
        sections = tuple(
            section.model_copy(
                update={
                    "skills": tuple(
                        skill.model_copy(update={"status": Status.DONE})
                        if skill.id in done
                        else skill
                        for skill in section.skills
                    )
                }
            )
            for section in roadmap.sections
        )
        paths = {"path": roadmap.model_copy(update={"sections": sections})}
        startable = find_next(list_everything(paths, (), date(2026, 11, 23))).startable
        if not startable:
            return
        done.add(startable[0].skill.id)
        yield startable[0].skill
