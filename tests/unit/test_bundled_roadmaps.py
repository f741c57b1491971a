"""Promises of the roadmaps that come with the program."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
import yaml
from beginner import follow_next

from tracker.adapters.roadmap_files.load import RoadmapFolder
from tracker.progress.coverage import covered_places, index_skills
from tracker.progress.report import summarise
from tracker.roadmap.model import SkillKind, Status

ROOT = Path(__file__).parents[2]
FACTS = ROOT.parent / "shared" / "content"
SECOND_EDITION = (ROOT / "docs" / "second-edition.md").read_text(encoding="utf-8")
SEEN = Path(__file__).with_name("seen_links.txt")
COUNTS = {
    "ds-checklist-2021-ru": (8, 39, 121, 0),
    "ds-checklist-2021": (8, 39, 121, 0),
    "ds-path": (19, 275, 888, 1711),
    "ml-checklist-2021": (16, 89, 236, 0),
    "ml-roadmap-2020": (23, 195, 299, 0),
}
"""Sections, skills, links and hours of each."""

FACTS_OF = {
    "ds-checklist-2021": "ds-checklist-2021",
    "ds-checklist-2021-ru": "ds-checklist-2021",
    "ds-path": "ds-path",
    "ml-checklist-2021": "ds-checklist-2021",
    "ml-roadmap-2020": "ml-roadmap-2020",
}
"""The facts that each was written from."""

LEVELS = {"entry", "intermediate", "advanced"}
ROADMAPS = {file.name: file.roadmap for file in RoadmapFolder(ROOT).load_roadmaps().files}

each_roadmap = pytest.mark.parametrize("name", COUNTS)
OLDER = ("ds-checklist-2021", "ml-checklist-2021", "ml-roadmap-2020")


def load_facts(name):
    """Load the facts that a roadmap was written from; they are no part of the repository."""
    path = FACTS / f"{FACTS_OF[name]}.yaml"
    if not path.is_file():
        pytest.skip("the facts stand beside the checkout, and only where the roadmaps are written")
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def find_all(facts, key):
    """Return every value of a key, anywhere in the facts."""
    if isinstance(facts, list):
        return [each for item in facts for each in find_all(item, key)]
    if not isinstance(facts, dict):
        return []
    own = [facts[key]] if key in facts else []
    return own + [each for item in facts.values() for each in find_all(item, key)]


def find_skills(facts):
    """Return every skill of the facts, on whatever level it stands."""
    if isinstance(facts, list):
        return [each for item in facts for each in find_skills(item)]
    if not isinstance(facts, dict):
        return []
    own = facts.get("skills", [])
    return own + [each for item in facts.values() for each in find_skills(item)]


def all_urls():
    """Return the URLs of all facts."""
    return {url for name in COUNTS for url in find_all(load_facts(name), "url")}


def test_check_finds_nothing():
    """All of them load together without an error, a warning or a note."""
    loaded = RoadmapFolder(ROOT).load_roadmaps()

    assert loaded.problems == ()
    assert {file.name for file in loaded.files} == set(COUNTS)


@each_roadmap
def test_each_holds_what_it_says(name):
    """Sections, skills, links and hours are as many as the documents say."""
    roadmap = ROADMAPS[name]
    links = sum(len(skill.resources) for skill in roadmap.skills)
    hours = sum(skill.hours or 0 for skill in roadmap.skills)

    assert (len(roadmap.sections), len(roadmap.skills), links, hours) == COUNTS[name]


@each_roadmap
def test_each_names_its_edition(name):
    """Each says which edition it is, as year and month, so that a copy knows where it came from."""
    year, _, month = ROADMAPS[name].edition.partition(".")

    assert date(int(year), int(month), 1) >= date(2026, 11, 1)


@each_roadmap
def test_each_skill_says_what_one_can_do(name):
    """Every skill has an id, a goal that begins with Can, and is not begun."""
    can = "\u041c\u043e\u0436\u0435\u0442 " if name.endswith("-ru") else "Can "
    for skill in ROADMAPS[name].skills:
        assert skill.id, skill.name
        assert (skill.goal or "").startswith(can), skill.id
        assert (skill.status, skill.started, skill.completed) == (Status.TODO, None, None), skill.id


@each_roadmap
def test_options_need_no_mapping(name):
    """No tag or level holds a comma, which Notion's options cannot; titles of sections may."""
    roadmap = ROADMAPS[name]
    options = [tag for skill in roadmap.skills for tag in skill.tags]
    options += [skill.level for skill in roadmap.skills if skill.level]

    assert [each for each in options if "," in each] == []
    assert {skill.level for skill in roadmap.skills if skill.level} <= LEVELS


def test_every_skill_of_the_path_is_complete():
    """Every skill of the full path has hours, a level, tags and at least one link."""
    for skill in ROADMAPS["ds-path"].skills:
        assert skill.hours, skill.id
        assert skill.level in LEVELS, skill.id
        assert skill.tags, skill.id
        assert skill.resources, skill.id


def test_the_path_leads_upwards():
    """No skill of the full path asks for one that comes later, or that is of a higher level."""
    order = ("entry", "intermediate", "advanced")
    levels: dict[str, int] = {}

    for skill in ROADMAPS["ds-path"].skills:
        levels[skill.id] = order.index(skill.level)
        assert {*skill.requires} <= levels.keys(), skill.id
        assert max((levels[each] for each in skill.requires), default=0) <= levels[skill.id], (
            skill.id
        )


@each_roadmap
def test_each_names_and_thanks_its_source(name):
    """Where a roadmap comes from stands in it, with a word of thanks."""
    roadmap = ROADMAPS[name]

    assert roadmap.source
    assert re.search(
        "Thanks to|\u0421\u043f\u0430\u0441\u0438\u0431\u043e",
        f"{roadmap.description} {roadmap.source}",
    )


@pytest.mark.parametrize("name", OLDER)
def test_most_skills_of_the_older_lists_are_covered(name):
    """The older lists say of most of their skills where the same is asked for."""
    named = [skill for skill in ROADMAPS[name].skills if skill.covering]

    assert len(named) > 0.5 * len(ROADMAPS[name].skills)


def test_a_total_counts_each_thing_once():
    """Over all of them the total counts the path, and of the others only what it has not."""
    report = summarise(ROADMAPS, today=date(2026, 11, 23))
    own = sum(
        not skill.covering
        for name in COUNTS
        for skill in ROADMAPS[name].skills
        if name != "ds-path"
    )

    path = ROADMAPS["ds-path"].skills
    assert report.total.skills == len(path) + own
    assert report.elsewhere == sum(len(each.skills) for each in ROADMAPS.values()) - len(path) - own
    assert report.total.hours == COUNTS["ds-path"][3]


@each_roadmap
def test_every_url_is_a_known_fact(name):
    """No link was made up: each one stands in the facts, or was seen in public material."""
    known = all_urls() | set(SEEN.read_text(encoding="utf-8").split())

    used = {link.url for skill in ROADMAPS[name].skills for link in skill.resources}

    assert used - known == set()


def test_every_skill_of_the_facts_is_in_the_path():
    """No skill of the facts is missing, whatever it is called today."""
    ids = {skill.id for skill in ROADMAPS["ds-path"].skills}

    assert set(find_all(find_skills(load_facts("ds-path")), "id")) - ids == set()


def test_every_link_of_the_facts_is_in_the_path_or_explained():
    """A link of the facts that the path has no more is told to learners, with its reason or successor."""
    facts = set(find_all(find_skills(load_facts("ds-path")), "url"))
    used = {link.url for skill in ROADMAPS["ds-path"].skills for link in skill.resources}

    assert [url for url in sorted(facts - used) if f"| <{url}> | " not in SECOND_EDITION] == []


@pytest.mark.parametrize("name", OLDER)
def test_every_link_of_the_older_facts_is_used_or_explained(name):
    """A link that the facts give a skill is in the list, or its successor is told to learners."""
    facts = set(find_all(find_skills(load_facts(name)), "url"))
    used = {link.url for skill in ROADMAPS[name].skills for link in skill.resources}

    assert [url for url in sorted(facts - used) if f"| <{url}> | " not in SECOND_EDITION] == []


TWICE = {"sagemaker": "serving-sagemaker"}
"""A node that stands on the map twice, and one of the two skills it became."""


def test_the_checklist_is_as_its_author_made_it():
    """The first checklist and its Russian edition have the skills of the facts, in their order."""
    facts = [skill["id"] for skill in find_skills(load_facts("ds-checklist-2021")["levels"])]

    assert [skill.id for skill in ROADMAPS["ds-checklist-2021"].skills] == facts
    assert [skill.id for skill in ROADMAPS["ds-checklist-2021-ru"].skills] == facts


def test_the_extended_checklist_is_complete():
    """The extended checklist has all of its skills, in their order, and says which 44 are shared."""
    facts = find_skills(load_facts("ds-checklist-2021")["extended_version"])
    skills = ROADMAPS["ml-checklist-2021"].skills
    shared = {f"ds-checklist-2021/{skill.id}" for skill in ROADMAPS["ds-checklist-2021"].skills}

    assert [skill.id for skill in skills] == [each["id"] for each in facts]
    assert sum(not shared.isdisjoint(skill.covering) for skill in skills) == 44


def test_every_node_of_the_map_has_a_skill():
    """Every skill of the map's facts is a skill here by its id, but for the one that became two."""
    facts = find_skills(load_facts("ml-roadmap-2020"))
    ids = {skill.id for skill in ROADMAPS["ml-roadmap-2020"].skills}

    assert [each["id"] for each in facts if TWICE.get(each["id"], each["id"]) not in ids] == []


def test_the_russian_edition_differs_in_words_alone():
    """The Russian checklist has the ids, links and prerequisites of the English one, and no Latin name."""
    english, russian = (ROADMAPS[f"ds-checklist-2021{tail}"].skills for tail in ("", "-ru"))

    for mine, theirs in zip(russian, english, strict=True):
        assert (mine.id, mine.resources, mine.requires) == (
            theirs.id,
            theirs.resources,
            theirs.requires,
        )
        assert re.search("[\u0410-\u044f]", mine.name), mine.id
        assert f"ds-checklist-2021/{mine.id}" in mine.covering


LEARNED = (
    "tensors-autograd",
    "training-loop",
    "cloud-vm-gpu",
    "experiment-tracking",
    "staying-current",
)
NOT_LEARNED = {
    "ml-roadmap-2020": {
        "tensorflow", "keras", "neptune", "build-pc", "gpu-choice", "learning", "wandb", "tensorboard",
    },
    "ds-checklist-2021": {"tpu", "multi-worker", "staying-current"},
    "ml-checklist-2021": {"tpu", "multi-tpu", "model-parallel", "staying-current"},
}  # fmt: skip


def test_nothing_counts_that_was_not_learned():
    """Who learned these skills of the path has learned no tool, machine or habit of the older lists."""
    path = ROADMAPS["ds-path"]
    sections = [
        section.model_copy(
            update={
                "skills": tuple(
                    skill.model_copy(
                        update={"status": Status.DONE if skill.id in LEARNED else skill.status}
                    )
                    for skill in section.skills
                )
            }
        )
        for section in path.sections
    ]
    done = ROADMAPS | {"ds-path": path.model_copy(update={"sections": tuple(sections)})}

    covered = covered_places(index_skills(done))

    ticked = {
        name: {ROADMAPS[name].skills[place].id for owner, place in covered if owner == name}
        for name in OLDER
    }
    assert ticked["ml-roadmap-2020"] == {"pytorch"}
    for name, skills in NOT_LEARNED.items():
        assert ticked[name] & skills == set()


def test_every_book_of_the_map_has_a_skill():
    """A book that the map names without a link is in the list all the same."""
    names = " · ".join(skill.name.casefold() for skill in ROADMAPS["ml-roadmap-2020"].skills)
    (books,) = (
        topic
        for area in load_facts("ml-roadmap-2020")["areas"]
        for topic in area["topics"]
        if topic["id"] == "books"
    )

    titles = [each["title"].partition(", 2nd edition")[0] for each in books["resources"]]
    assert [each for each in titles if each.casefold() not in names] == []


def test_no_goal_repeats_the_facts():
    """No goal of the path shares four words in a row with what the facts say of the skill."""
    said = {each["id"]: words_of(each["can_do"]) for each in find_skills(load_facts("ds-path"))}

    for skill in ROADMAPS["ds-path"].skills:
        if skill.id not in said:
            continue
        own = words_of(skill.goal.removeprefix("Can "))
        shared = [
            run
            for start in range(len(own) - 3)
            if (run := f" {' '.join(own[start : start + 4])} ") in f" {' '.join(said[skill.id])} "
        ]
        assert shared == [], skill.id


def words_of(text):
    """Return the words of a sentence, in lower case."""
    return text.casefold().rstrip(".").replace(",", "").split()


def test_next_leads_to_a_project_early_and_to_the_end():
    """Who follows `next` from nothing does a first project within 45 steps, and misses no skill."""
    path = ROADMAPS["ds-path"]

    steps = list(follow_next(path))

    projects = [
        number
        for number, skill in enumerate(steps, start=1)
        if skill.kind is SkillKind.PROJECT or skill.id == "first-project"
    ]
    assert projects[0] <= 45
    assert {skill.id for skill in steps} == {skill.id for skill in path.skills}
