"""Laws of upgrades: whatever learner and author did, nothing of the learner's is lost."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from editions import (
    AUTHOR,
    CONTENT,
    LEARNER,
    NUMBERS,
    PROGRESS,
    MemoryFolder,
    acts,
    bases,
    decorate,
    do_all,
    load,
)
from hypothesis import given, note, settings
from hypothesis import strategies as st

from tracker.adapters.roadmap_files.format import format_roadmap
from tracker.roadmap.model import Roadmap, Skill
from tracker.workflows.library import PlannedUpgrade, plan_upgrades, run_upgrade

pytestmark = pytest.mark.slow

LISTS = ("tags", "covered_by", "aliases", "prove")
ROADMAPS = Path(__file__).parents[2] / "roadmaps"
FIRST, SECOND = ROADMAPS / "editions" / "ds-path.2026.11.yaml", ROADMAPS / "ds-path.yaml"
MINE = re.compile(r"# mine \d+|x-mine-\d+")


@dataclass
class UpgradeCase:
    """The three versions, the learner's text, and what an upgrade made of it."""

    base: Roadmap
    local: Roadmap
    edition: Roadmap
    before: str
    after: str
    plan: PlannedUpgrade
    paper: MemoryFolder

    @property
    def result(self) -> Roadmap:
        """The copy after the upgrade."""
        return load(self.after)


@st.composite
def worlds(draw, *, has_base=True, remove=False):
    """Draw a first edition, a learner's copy of it, the next edition, and upgrade the copy."""
    base = draw(bases())
    local = do_all(base, draw(acts(LEARNER)))
    edition = do_all(base, draw(acts(AUTHOR))).model_copy(update={"edition": "2"})
    before = decorate(format_roadmap(local), draw(st.lists(NUMBERS, max_size=9)))
    paper = MemoryFolder(before, format_roadmap(edition), base if has_base else None)
    note(f"base:\n{format_roadmap(base)}\nbefore:\n{before}\nedition:\n{paper.bundled}")
    return upgrade(draw, paper, (base, local, edition), remove=remove)


@st.composite
def learners_of_the_first_edition(draw):
    """Draw what a learner did to the first edition of the full path, and bring in the second."""
    base, edition = load(FIRST.read_text("utf-8")), load(SECOND.read_text("utf-8"))
    # The numbers that are drawn are small; these reach all over the path.
    done = [(kind, at * 37, value * 11) for kind, at, value in draw(acts(LEARNER))]
    local = do_all(base, done)
    marks = [mark * 101 for mark in draw(st.lists(NUMBERS, max_size=9))]
    before = decorate(format_roadmap(local), marks)
    note(f"done: {done}, marks: {marks}")
    return upgrade(
        draw, MemoryFolder(before, SECOND.read_text("utf-8"), base), (base, local, edition)
    )


def upgrade(draw, paper, versions, *, remove=False):
    """Upgrade the copy in a folder; with `remove` also take out some of what the edition dropped."""
    base, local, edition = versions
    before = paper.copy
    (plan,) = plan_upgrades(paper.library, ())
    if remove:
        offers = [f"path/{each.skill_id}" for each in plan.upgrade.dropped]
        (plan,) = plan_upgrades(
            paper.library, (), draw(st.sets(st.sampled_from(offers))) if offers else ()
        )
    run_upgrade(paper.library, [plan])
    note(f"after:\n{paper.copy}\n{plan.upgrade.notes}")
    return UpgradeCase(base, local, edition, before, paper.copy, plan, paper)


def by_id(roadmap: Roadmap) -> dict[str | None, Skill]:
    """Return the skills that have an id."""
    return {skill.id: skill for skill in roadmap.skills if skill.id}


def noted(world: UpgradeCase) -> set[tuple[str, str]]:
    """Return whose keys were left alone, and were said to be."""
    return {(each.who, each.key) for each in world.plan.upgrade.notes}


@given(worlds())
def test_no_skill_and_no_progress_is_lost(world):
    """Every skill of the copy is still there, with its status, its dates and its notes."""
    kept = [(skill.id, *(getattr(skill, key) for key in PROGRESS)) for skill in world.local.skills]
    found = [
        (skill.id, *(getattr(skill, key) for key in PROGRESS)) for skill in world.result.skills
    ]

    assert [each for each in kept if each not in found] == []
    assert len(found) == len(kept) + len(world.plan.upgrade.arrivals)


@given(worlds())
def test_own_skills_stay_as_they_are(world):
    """A skill that no edition had, or that has no id, keeps every value."""
    editions = {*by_id(world.base)}
    own = [skill for skill in world.local.skills if skill.id not in editions]

    assert [each for each in own if each not in world.result.skills] == []


@given(worlds())
def test_what_the_learner_changed_stays(world):
    """A value that is not the author's any more is not touched; what was taken out stays out."""
    base, result = by_id(world.base), by_id(world.result)
    for skill_id, local in by_id(world.local).items():
        if skill_id not in base:
            continue
        before, after = base[skill_id], result[skill_id]
        for key in CONTENT:
            if getattr(local, key) != getattr(before, key):
                assert getattr(after, key) == getattr(local, key), (skill_id, key)
        for key in (*LISTS, "requires", "resources"):
            old, mine, new = (set(getattr(each, key)) for each in (before, local, after))
            assert mine - old <= new, (skill_id, key)
            if key != "resources":
                assert not (old - mine) & new, (skill_id, key)
        gone = {each.url for each in before.resources} - {each.url for each in local.resources}
        assert not gone & {each.url for each in after.resources}, skill_id


@given(worlds())
def test_tracks_are_merged_one_by_one(world):
    """A track that the learner changed, added or removed stays so; another one becomes the edition's."""
    base, local, edition, result = (
        {track.id: track for track in each.tracks}
        for each in (world.base, world.local, world.edition, world.result)
    )
    former = {skill.name: skill.id for skill in world.base.skills}
    renamed = {skill.id: former.get(skill.name) for skill in world.edition.skills}

    assert local.keys() <= result.keys()
    for track_id in edition.keys() | local.keys():
        old, mine, new = (each.get(track_id) for each in (base, local, edition))
        if mine != old:
            assert result.get(track_id) == mine
        elif new is not None:
            # Skills that only got another id in the edition keep the one of the copy.
            wanted = {new.targets, tuple(renamed.get(it) or it for it in new.targets)}
            assert result[track_id].title == new.title
            assert result[track_id].targets in wanted


@given(worlds())
def test_deleted_skills_stay_deleted(world):
    """A skill that the learner took out does not come back."""
    deleted = by_id(world.base).keys() - by_id(world.local).keys()

    assert not deleted & by_id(world.result).keys()


@given(worlds())
def test_what_the_learner_left_alone_becomes_the_editions(world):
    """A value as the author left it takes the next edition's, or a note says why not."""
    base, edition, result = by_id(world.base), by_id(world.edition), by_id(world.result)
    for skill_id, local in by_id(world.local).items():
        if skill_id not in base or skill_id not in edition:
            continue
        for key in (*CONTENT, *LISTS, "resources"):
            if getattr(local, key) == getattr(base[skill_id], key):
                wanted, got = getattr(edition[skill_id], key), getattr(result[skill_id], key)
                is_same = set(wanted) == set(got) if isinstance(got, tuple) else wanted == got
                assert is_same or (skill_id, key) in noted(world), (skill_id, key)


@given(worlds())
def test_new_skills_arrive_without_progress(world):
    """A skill that only the edition has arrives, in a section, with what it requires and is here."""
    known = {*by_id(world.base), *by_id(world.local)}
    names = {" ".join(skill.name.casefold().split()) for skill in world.local.skills}
    result = by_id(world.result)
    for skill in world.edition.skills:
        if skill.id in known or " ".join(skill.name.casefold().split()) in names:
            continue
        dropped = {each.name for each in world.base.skills} & {skill.name}
        assert skill.id in result or dropped or (skill.id, "") in noted(world)
        if skill.id in result:
            named = {each.name for each in world.edition.skills if each.id in skill.requires}
            former = {each.id for each in world.base.skills if each.name in named}
            assert set(result[skill.id].requires) <= (former | {*skill.requires}) & result.keys()
            assert (result[skill.id].goal, result[skill.id].status) == (skill.goal, "todo")


@given(worlds())
def test_comments_and_unknown_keys_stay(world):
    """No comment and no key that is nobody's gets lost."""
    assert sorted(MINE.findall(world.before)) == sorted(MINE.findall(world.after))


@given(worlds(), st.booleans())
def test_a_second_upgrade_has_nothing_to_do(world, forgets):
    """Upgrading twice changes nothing the second time, even when the base was lost in between."""
    if forgets:
        world.paper.base = None

    (plan,) = plan_upgrades(world.paper.library, ())

    assert plan.upgrade.edits == ()


@given(worlds(remove=True))
def test_only_what_was_chosen_is_removed(world):
    """Taking out dropped skills takes out those, and their places in others' prerequisites."""
    chosen = {each.skill_id for each in world.plan.upgrade.removed}

    assert by_id(world.local).keys() - by_id(world.result).keys() == chosen
    assert chosen <= by_id(world.base).keys() - by_id(world.edition).keys()
    assert (plan_upgrades(world.paper.library, ())[0]).upgrade.edits == ()


@given(worlds(has_base=False))
def test_without_a_base_there_are_only_additions(world):
    """When nobody knows where a copy came from, every value of it stays as it is."""
    pairs = list(zip(world.local.sections, world.result.sections, strict=False))

    assert [one.title for one, _ in pairs] == [other.title for _, other in pairs]
    for skill, after in (
        each for one, other in pairs for each in zip(one.skills, other.skills, strict=False)
    ):
        assert set(skill.resources) <= set(after.resources)
        assert after.model_copy(update={"resources": skill.resources}) == skill
    assert all(len(one.skills) <= len(other.skills) for one, other in pairs)
    assert by_id(world.edition).keys() <= by_id(world.result).keys() or world.plan.upgrade.notes
    assert (plan_upgrades(world.paper.library, ())[0]).upgrade.edits == ()


@settings(max_examples=8)
@given(learners_of_the_first_edition())
def test_a_learner_of_the_first_edition_loses_nothing(world):
    """What protects the learner in small roadmaps holds between the real editions of the full path."""
    for law in (
        test_no_skill_and_no_progress_is_lost,
        test_own_skills_stay_as_they_are,
        test_what_the_learner_changed_stays,
        test_tracks_are_merged_one_by_one,
        test_deleted_skills_stay_deleted,
        test_comments_and_unknown_keys_stay,
    ):
        law.hypothesis.inner_test(world)
    assert (plan_upgrades(world.paper.library, ())[0]).upgrade.edits == ()
