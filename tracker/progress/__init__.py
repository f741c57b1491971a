"""Progress: how far a learner is, how fast, and what to learn next.

Pure: no clock, no disk, no network, no logging; the day comes in as an argument.

    coverage  which skills are learned under another name (`covered_by`)
    tally     counts, hours and percent of a set of skills
    pace      what was completed lately, and when the rest is done at that pace
    order     which skills can be learned now, and how much builds on them
    find      a skill by id, name or part of a name
    tracks    which skills lead to a named goal
    report    all of it for several roadmaps, as one value
"""

from tracker.progress.find import Match, find_skill, near_skills
from tracker.progress.order import NextSkill, next_up
from tracker.progress.pace import Eta, EtaKind, History, Pace
from tracker.progress.report import (
    LevelProgress,
    Report,
    RoadmapProgress,
    SectionProgress,
    summarise,
)
from tracker.progress.tally import Tally
from tracker.progress.tracks import TrackMatch, find_track_skills, find_tracks, list_tracks

__all__ = [
    "Eta",
    "EtaKind",
    "History",
    "LevelProgress",
    "Match",
    "NextSkill",
    "Pace",
    "Report",
    "RoadmapProgress",
    "SectionProgress",
    "Tally",
    "TrackMatch",
    "find_skill",
    "find_track_skills",
    "find_tracks",
    "list_tracks",
    "near_skills",
    "next_up",
    "summarise",
]
