"""Upgrade: a new edition of a bundled roadmap, merged into the learner's copy of an older one.

Pure: no clock, no disk, no network, no logging. Says what should be true of the copy, as edits;
writes nothing.

    base      the edition that the copy came from; None when nobody knows
    local     the learner's copy
    edition   the roadmap as it is bundled today

    values    an upgrade and its parts
    sections  which base to believe, and which section is which in two roadmaps
    fields    texts and the values of one skill; prerequisites without a circle
    make      all of it, as one value

What the learner wrote stays: status, dates and notes are never touched, and of every other value the
edition's is taken only where the learner left it as it was. Skills the learner deleted stay deleted;
skills that the edition drops are offered for removal and never removed by themselves.
"""

from tracker.upgrade.make import make_upgrade
from tracker.upgrade.sections import add_dropped, choose_base, make_dropped, share_skills
from tracker.upgrade.values import Alteration, Dropped, Upgrade

__all__ = [
    "Alteration",
    "Dropped",
    "Upgrade",
    "add_dropped",
    "choose_base",
    "make_dropped",
    "make_upgrade",
    "share_skills",
]
