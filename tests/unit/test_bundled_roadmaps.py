"""Promises of the roadmaps that come with the program."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml
from beginner import follow_next

from tracker.adapters.roadmap_files.load import RoadmapFolder
from tracker.progress import summarise
from tracker.roadmap.model import SkillKind, Status

ROOT = Path(__file__).parents[2]
FACTS = ROOT.parent / "shared" / "content"
SECOND_EDITION = (ROOT / "docs" / "second-edition.md").read_text(encoding="utf-8")
SEEN = Path(__file__).with_name("seen_links.txt")
COUNTS = {
    "ds-checklist-2021": (20, 84, 234, 0),
    "ds-path": (19, 275, 884, 1711),
    "ml-roadmap-2020": (42, 195, 291, 0),
}
"""Sections, skills, links and hours of each."""

LEVELS = {"entry", "intermediate", "advanced"}
ROADMAPS = {file.name: file.roadmap for file in RoadmapFolder(ROOT).load_roadmaps().files}

each_roadmap = pytest.mark.parametrize("name", COUNTS)


def load_facts(name):
    """Load the facts that a roadmap was written from; they are no part of the repository."""
    path = FACTS / f"{name}.yaml"
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
    for skill in ROADMAPS[name].skills:
        assert skill.id, skill.name
        assert (skill.goal or "").startswith("Can "), skill.id
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
    assert "Thanks to" in f"{roadmap.description} {roadmap.source}"


def test_covered_by_names_the_path():
    """The older lists say of their skills what the path calls them, and only that."""
    ids = {f"ds-path/{skill.id}" for skill in ROADMAPS["ds-path"].skills}
    for name in ("ds-checklist-2021", "ml-roadmap-2020"):
        named = [skill.covered_by for skill in ROADMAPS[name].skills if skill.covered_by]
        assert len(named) > 0.6 * len(ROADMAPS[name].skills)
        assert {each for references in named for each in references} <= ids


def test_a_total_counts_each_thing_once():
    """Over all three the total counts the path, and of the others only what it has not."""
    report = summarise(ROADMAPS, today=date(2026, 11, 23))
    own = sum(
        not skill.covered_by
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


@pytest.mark.parametrize("name", ["ds-checklist-2021", "ml-roadmap-2020"])
def test_every_link_of_the_older_facts_is_used(name):
    """Every link that the facts give a skill of an older list is in the list."""
    facts = set(find_all(find_skills(load_facts(name)), "url"))
    used = {link.url for skill in ROADMAPS[name].skills for link in skill.resources}

    assert facts - used == set()


PARTS = {
    "audio-data": "audio-time-series-data",
    "time-series-data": "audio-time-series-data",
    "regression": "classic-ml",
    "clustering": "classic-ml",
    "svm": "classic-ml",
    "dense": "basic-nn",
    "audio-project": "audio-ts-project",
    "ts-project": "audio-ts-project",
    "language-models": "advanced-architectures",
    "reinforcement-learning-general": "reinforcement-learning",
}
"""Skills of the extended checklist, and the broader one of the first checklist that each is part of."""

TWICE = {"sagemaker": "serving-sagemaker"}
"""A node that stands on the map twice, and one of the two skills it became."""


@pytest.mark.parametrize(
    ("name", "elsewhere"), [("ds-checklist-2021", PARTS), ("ml-roadmap-2020", TWICE)]
)
def test_every_fact_of_the_older_lists_has_a_skill(name, elsewhere):
    """Every skill of the facts is a skill here by its id, but for those whose place is named above."""
    facts = find_skills(load_facts(name))
    ids = {skill.id for skill in ROADMAPS[name].skills}

    assert [each["id"] for each in facts if elsewhere.get(each["id"], each["id"]) not in ids] == []


@pytest.mark.parametrize("name", ["ds-checklist-2021", "ml-roadmap-2020"])
def test_every_mapping_of_the_facts_is_kept(name):
    """What the facts say that the path calls the same thing stands in `covered_by`."""
    covers = {skill.id: {*skill.covered_by} for skill in ROADMAPS[name].skills}

    for each in find_skills(load_facts(name)):
        if each["id"] in covers:
            named = {f"ds-path/{skill_id}" for skill_id in each.get("ds_path", ())}
            assert named <= covers[each["id"]], each["id"]


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
