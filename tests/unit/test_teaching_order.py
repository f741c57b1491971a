"""What the full path teaches, in which order, and with which words: the promises of its second edition."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice, pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from beginner import follow_next

from tracker.adapters.roadmap_files.load import RoadmapFolder
from tracker.progress.tracks import find_track_skills
from tracker.roadmap.model import SkillKind

ROOT = Path(__file__).parents[2]
ROADMAPS = {file.name: file.roadmap for file in RoadmapFolder(ROOT).load_roadmaps().files}
PATH = ROADMAPS["ds-path"]
SKILLS = {skill.id: skill for skill in PATH.skills}
LESSONS = {"course", "book", "article", "video"}


@pytest.fixture(scope="module")
def steps():
    """Return what a beginner learns: id, section, level, and the hours up to the end of it."""
    sections = {skill.id: section.title for section in PATH.sections for skill in section.skills}
    taken, hours = [], 0.0
    for skill in islice(follow_next(PATH), 150):
        hours += skill.hours
        taken.append((skill.id, sections[skill.id], skill.level, hours))
    return taken


def hours_to(steps, skill_id):
    """Return the hours after which a skill is finished."""
    return next(hours for taken, _, _, hours in steps if taken == skill_id)


@pytest.mark.parametrize(
    ("skill_id", "most"),
    [("plots-matplotlib", 130), ("first-project", 240), ("portfolio-competitions", 700)],
)
def test_a_beginner_gets_there_in_time(steps, skill_id, most):
    """Who follows `next` draws, finishes a project and shows a portfolio within these hours."""
    assert hours_to(steps, skill_id) <= most


@pytest.mark.parametrize(
    "skill_id", ["git-basics", "debugging", "confusion-matrix", "decision-trees", "sql-select"]
)
def test_what_the_first_project_needs_comes_before_it(steps, skill_id):
    """A repository, debugging, a metric, a tree and SQL are learned before the first project."""
    assert hours_to(steps, skill_id) < hours_to(steps, "first-project")


def test_a_beginner_stays_with_a_subject(steps):
    """The first hundred steps change the section at most 22 times, and none of 120 is advanced."""
    changes = sum(before[1] != after[1] for before, after in pairwise(steps[:100]))

    assert changes <= 22
    assert "advanced" not in {level for _, _, level, _ in steps[:120]}


def test_nobody_is_sent_back_by_levels(steps):
    """The levels of what `next` suggests never go down."""
    levels = [("entry", "intermediate", "advanced").index(level) for _, _, level, _ in steps]

    assert levels == sorted(levels)


def test_milestones_can_be_proved():
    """At least nine milestones say what shows them, in three checks or more."""
    milestones = [skill for skill in PATH.skills if skill.kind is SkillKind.MILESTONE]

    assert len(milestones) >= 9
    assert [skill.id for skill in milestones if len(skill.prove) < 3] == []


def test_tracks_have_hours():
    """At least five tracks lead through the path, and the README says how long each of them is."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    hours = {
        track.id: sum(PATH.skills[place].hours for place in find_track_skills(PATH, track))
        for track in PATH.tracks
    }

    assert len(hours) >= 5
    assert min(hours.values()) > 200
    for track, length in hours.items():
        assert re.search(rf"`{track}` \({length:.0f}\b", readme), (track, length)


def test_every_skill_says_where_to_begin():
    """Each skill has exactly one primary link, and it stands first."""
    for skill in PATH.skills:
        assert [link.primary for link in skill.resources].index(True) == 0, skill.id
        assert sum(link.primary for link in skill.resources) == 1, skill.id


def test_a_beginner_begins_with_a_lesson():
    """The primary link of an entry skill is a lesson, no reference and no tool."""
    first = {skill.id: skill.resources[0].type for skill in PATH.skills if skill.level == "entry"}

    assert {skill_id: kind for skill_id, kind in first.items() if kind not in LESSONS} == {}


def test_most_skills_have_an_exercise():
    """Three of four skills below advanced come with something to practise on."""
    below = [skill for skill in PATH.skills if skill.level != "advanced"]
    practised = [
        skill for skill in below if any(link.type == "exercise" for link in skill.resources)
    ]

    assert len(practised) >= 0.7 * len(below)


def test_a_large_resource_names_the_place():
    """A page that three skills or more link to says to each of them where to read."""
    shared = Counter(link.url for skill in PATH.skills for link in skill.resources)
    vague = [
        (skill.id, link.url)
        for skill in PATH.skills
        for link in skill.resources
        if shared[link.url] >= 3 and not link.part
    ]

    assert len(vague) <= 10


ODD = re.compile(
    r"\bOwn \w|\ban own\b|\bself-(?:made|drawn|chosen|collected)\b|\bby (?:one|its own) command\b"
    r"|\d %|\ba colleague\b|\bRAM\b|\byardstick\b|\bcut-off\b|\btwin columns\b|\boneself\b"
)
"""Turns of phrase that no native speaker would use, and quaint words for which there is a term."""


@pytest.mark.parametrize("name", ROADMAPS)
def test_the_words_are_plain_english(name):
    """No name, goal, proof or description uses them."""
    roadmap = ROADMAPS[name]
    texts = [roadmap.description or ""]
    for section in roadmap.sections:
        texts += [section.title, section.description or ""]
    for skill in roadmap.skills:
        texts += [skill.name, skill.goal or "", skill.notes or "", *skill.prove]

    assert [text for text in texts if ODD.search(text)] == []


PAID = (
    "coursera.org", "udacity.com", "datacamp.com", "dataquest.io", "zerotomastery.io",
    "pluralsight.com", "workera.ai", "deeplearning.ai", "leetcode.com", "dataintensive.net",
    "tableau.com", "seldon.io", "buildingmlpipelines.com",
)  # fmt: skip
"""Where at least the greater part costs money."""


@pytest.mark.parametrize("name", ROADMAPS)
def test_no_paid_platform_reads_as_free(name):
    """A link to a platform that costs money never says that it is free."""
    links = [link for skill in ROADMAPS[name].skills for link in skill.resources]

    assert [
        link.url
        for link in links
        if link.free and (urlsplit(link.url).hostname or "").endswith(PAID)
    ] == []


@pytest.mark.parametrize(
    ("word", "skill_id"),
    [
        ("tf-idf", "text-classification-bow"),
        ("tokenization", "tokenisation"),
        ("polars", "polars"),
        ("regularization", "regularised-linear"),
        ("fine tuning", "transfer-finetuning"),
        ("power bi", "bi-tools"),
        ("cohort", "product-metrics"),
        ("churn", "survival-analysis"),
        ("hyperparameter tuning", "hyperparameter-search"),
    ],
)
def test_common_words_are_aliases(word, skill_id):
    """What others call a skill is among its words, in their spelling."""
    assert word in SKILLS[skill_id].aliases


@pytest.mark.parametrize("section", [section.title for section in PATH.sections])
def test_every_section_has_an_icon(section):
    """Each section is told by an emoji of its own."""
    icons = {each.title: each.icon for each in PATH.sections}

    assert icons[section]
    assert list(icons.values()).count(icons[section]) == 1
