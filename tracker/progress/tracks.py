"""Tracks: the skills that lead to a named goal.

Pure: no clock, no disk, no network. Does not say how far anybody is; `tally` counts what this names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from tracker.progress.coverage import Place
from tracker.progress.order import ListedSkill
from tracker.roadmap.model import Roadmap, Track


@dataclass(frozen=True, slots=True)
class TrackMatch:
    """A track that fits, with the name of its roadmap."""

    roadmap: str
    track: Track

    @property
    def reference(self) -> str:
        """What to type to get exactly this one: `roadmap/track`."""
        return f"{self.roadmap}/{self.track.id}"


def list_tracks(roadmaps: Mapping[str, Roadmap]) -> tuple[TrackMatch, ...]:
    """Return the tracks of all roadmaps, in their order."""
    return tuple(
        TrackMatch(name, track) for name, roadmap in roadmaps.items() for track in roadmap.tracks
    )


def find_tracks(roadmaps: Mapping[str, Roadmap], query: str) -> tuple[TrackMatch, ...]:
    """Return the tracks with this id, `roadmap/id` or title: several where roadmaps share one."""
    wanted = query.strip().casefold()
    return tuple(
        match
        for match in list_tracks(roadmaps)
        if wanted in {match.track.id, match.reference, match.track.title.casefold()}
    )


def find_track_skills(roadmap: Roadmap, track: Track) -> frozenset[int]:
    """Return the places of a track's targets and of all that they require, directly or not.

    A place is an index into `roadmap.skills`. Targets and prerequisites that are no skill of the
    roadmap, which `check` reports, are left out.
    """
    skills = roadmap.skills
    places = {skill.id: place for place, skill in enumerate(skills) if skill.id}
    found: set[int] = set()
    waiting = [places[target] for target in track.targets if target in places]
    while waiting:
        place = waiting.pop()
        if place not in found:
            found.add(place)
            waiting += [places[need] for need in skills[place].requires if need in places]
    return frozenset(found)


def find_track_places(roadmaps: Mapping[str, Roadmap], match: TrackMatch) -> frozenset[Place]:
    """Return the places of a track's skills among those of all roadmaps."""
    found = find_track_skills(roadmaps[match.roadmap], match.track)
    return frozenset((match.roadmap, index) for index in found)


def keep_to_track(
    listed: Iterable[ListedSkill], places: Collection[Place]
) -> tuple[ListedSkill, ...]:
    """Return the skills that are on a track; all of them where none is, as at its end."""
    every = tuple(listed)
    return tuple(found for found in every if found.place in places) or every
