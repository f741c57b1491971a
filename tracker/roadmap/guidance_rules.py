"""Checks of what guides a learner: aliases, icons, tracks, where to begin, and evidence.

Pure. `rules` holds the table that says how much each of them matters. What a sync or an upgrade can
bring about by itself (a new id that is somebody's alias, a target that was removed) is never more
than a warning there, because an error would stop the next sync.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracker.roadmap.findings import Advice, Finding, name_skill, quote, walk
from tracker.roadmap.links import find_url_fault
from tracker.roadmap.model import KeyPath, Roadmap, SkillKind, Status, show

# The characters of Unicode's emoji-data.txt in a few ranges, and its forms of a sequence (Unicode
# Technical Standard 51): a flag, a keycap, or pictures with a skin colour, joined by U+200D.
_PICTURE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf"
    "\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299"
    "\U0001f004-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
    "\ufe0f?[\U0001f3fb-\U0001f3ff]?(?:[\U000e0020-\U000e007e]+\U000e007f)?"
)
_EMOJI = re.compile(
    f"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_PICTURE}(?:\u200d{_PICTURE})*"
)


_FEWEST_CHOICES = 2


def is_emoji(text: str) -> bool:
    """Whether a text is one emoji and nothing else."""
    return _EMOJI.fullmatch(text) is not None


def bad_icon(roadmap: Roadmap) -> Iterator[Finding]:
    """Find icons of sections that are no single emoji."""
    for index, section in enumerate(roadmap.sections):
        if section.icon is not None and not is_emoji(section.icon):
            yield Finding(
                ("sections", index, "icon"),
                f"`{show(section.icon)}` is no icon for section {quote(section.title)}",
                "an icon is one emoji",
                "write one emoji, such as 🌱, or take `icon` out",
            )


def evidence_url(roadmap: Roadmap) -> Iterator[Finding]:
    """Find evidence that is no web address."""
    for path, skill in walk(roadmap):
        if skill.evidence is not None and (fault := find_url_fault(skill.evidence)):
            yield Finding(
                (*path, "evidence"),
                f"`{show(skill.evidence)}` is no evidence of {name_skill(skill)} to follow",
                fault,
                "write a full address, such as https://github.com/me/my-model, or use `notes`",
            )


def unproven_milestone(roadmap: Roadmap) -> Iterator[Finding]:
    """Find milestones that are done, with nothing to show for it."""
    for path, skill in walk(roadmap):
        is_done = skill.kind is SkillKind.MILESTONE and skill.status is Status.DONE
        if is_done and skill.evidence is None:
            yield Finding(
                (*path, "status"),
                f"{name_skill(skill)} is a milestone and done, without evidence",
                "a milestone is there to be shown",
                "add `evidence:` with the address of your work",
            )


def taken_alias(roadmap: Roadmap) -> Iterator[Finding]:
    """Find aliases that are the id or an alias of another skill."""
    ids = {skill.id: (*path, "id") for path, skill in walk(roadmap) if skill.id is not None}
    seen: dict[str, KeyPath] = {}
    for path, skill in walk(roadmap):
        for index, alias in enumerate(skill.aliases):
            here = (*path, "aliases", index)
            # Folded as the search for a skill folds what is typed.
            word = " ".join(alias.casefold().split())
            first = ids.get(word)
            if first is None or first[: len(path)] == path:
                first = seen.setdefault(word, here)
            # A word that a skill has twice leads to the same skill.
            if first[: len(path)] != path:
                yield Finding(
                    here,
                    f"the alias `{show(alias)}` of {name_skill(skill)} names another skill, too",
                    "nobody could tell which of the two is meant",
                    "take it out of one of them, or choose another word",
                    first,
                )


def many_primary(roadmap: Roadmap) -> Iterator[Finding]:
    """Find skills with more than one link to begin with."""
    for path, skill in walk(roadmap):
        marked = [index for index, link in enumerate(skill.resources) if link.primary]
        for index in marked[1:]:
            yield Finding(
                (*path, "resources", index, "primary"),
                f"{name_skill(skill)} has more than one primary link",
                "only the first of them is the one to begin with",
                "take `primary: true` out of all but one",
                (*path, "resources", marked[0], "primary"),
            )


def single_choice(roadmap: Roadmap) -> Iterator[Finding]:
    """Find choices of covering skills that leave nothing to choose."""
    for path, skill in walk(roadmap):
        choices = tuple(dict.fromkeys(skill.covering))
        if skill.is_any_enough and len(choices) < _FEWEST_CHOICES:
            count = "only one skill" if choices else "no skill"
            advice = "name another one" if choices else "name two or more"
            last = (len(skill.covering) - 1,) if choices else ()
            yield Finding(
                (*path, "covered_by", "any", *last),
                f"{name_skill(skill)} names {count} in `any`",
                "`any` is for several skills of which one is enough",
                f"{advice}, or write `covered_by: [{', '.join(choices)}]`",
            )


def no_proof(roadmap: Roadmap) -> Iterator[Finding]:
    """Find milestones that do not say what shows them."""
    for path, skill in walk(roadmap):
        if skill.kind is SkillKind.MILESTONE and not skill.prove:
            yield Finding(
                (*path, "kind"),
                f"{name_skill(skill)} is a milestone that does not say what shows it",
                "a milestone is there to be shown",
                "add `prove:` with a sentence for each thing that it has to show",
            )


def duplicate_track(roadmap: Roadmap) -> Iterator[Finding]:
    """Find ids that name more than one track."""
    seen: dict[str, KeyPath] = {}
    for index, track in enumerate(roadmap.tracks):
        here: KeyPath = ("tracks", index, "id")
        first = seen.setdefault(track.id, here)
        if first != here:
            yield Finding(
                here,
                f"the id `{track.id}` of track {quote(track.title)} is taken",
                "every track of a roadmap has an id of its own",
                "give one of them another id",
                first,
            )


def empty_track(roadmap: Roadmap) -> Iterator[Finding]:
    """Find tracks without targets."""
    for number, track in enumerate(roadmap.tracks):
        if not track.targets:
            yield Finding(
                ("tracks", number, "targets"),
                f"track {quote(track.title)} leads nowhere",
                "a track is what its targets and their prerequisites ask for",
                "add `targets:` with ids of skills of this roadmap, or remove the track",
            )


def unknown_target(roadmap: Roadmap) -> Iterator[Finding]:
    """Find targets of tracks that are no skills of the roadmap."""
    ids = {skill.id for skill in roadmap.skills if skill.id is not None}
    advice = Advice(sorted(ids))
    for number, track in enumerate(roadmap.tracks):
        for index, target in enumerate(track.targets):
            if target not in ids:
                yield Finding(
                    ("tracks", number, "targets", index),
                    f"track {quote(track.title)} leads to `{show(target)}`, which is no skill here",
                    "`targets` lists ids of skills of this roadmap",
                    advice.give(target),
                )
