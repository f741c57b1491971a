"""A learner on the first edition of the full path, with a month behind them, gets the second one."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from tracker.errors import Severity
from tracker.library_ports import LibraryServices
from tracker.local_ports import RoadmapFile
from tracker.roadmap.model import Status
from tracker.upgrade import Upgrade
from tracker.wiring import init_folder, open_library
from tracker.workflows.library import plan_upgrades, run_upgrade
from tracker.workflows.local import run_check

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
FIRST = (ROOT / "roadmaps" / "editions" / "ds-path.2026.11.yaml").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "second-edition.md").read_text(encoding="utf-8")

DONE = "        status: done\n        started: 2026-11-01\n        completed: 2026-11-05\n"
TYPED = {
    # Ticked, in a section that stays and in one that the second edition took apart.
    "      - id: python-basics\n": DONE,
    "      - id: llm-fundamentals\n": DONE + "        notes: |\n          Tokens, not words.\n",
    "      - id: first-project\n": "        status: doing\n        evidence: https://github.com/me/first\n",
    # A key that nobody knows.
    "      - id: confusion-matrix\n": "        x-mood: good\n",
}
"""What the learner put behind the line of an id."""

OWN_SKILL = """\
      - id: my-own
        name: Bread prices of my town   # mine
        requires: [llm-fundamentals]
        status: done
        completed: 2026-11-06
        resources:
          - {title: Mine, url: "https://example.org/bread"}
"""
OWN_SECTION = """\
  - title: Only mine
    skills:
      - Read one paper a month
"""


def write(text):
    """Return the first edition as the learner left it."""
    for line, more in TYPED.items():
        assert line in text
        text = text.replace(line, line + more)
    text = text.replace("  - title: Deep learning\n", "  - title: Networks   # my word\n")
    text = text.replace(
        "        goal: Can write a number-guessing", "        goal: Have written a number-guessing"
    )
    text = re.sub(r"      - id: spark\n(?:        .*\n)+", "", text)
    text = re.sub(r", spark\b|\bspark, |\bspark(?=\])", "", text)
    second = "      - id: python-collections\n"
    return text.replace(second, OWN_SKILL + second) + OWN_SECTION


class Story(NamedTuple):
    """What an upgrade had to do with, and what it did."""

    library: LibraryServices
    before: RoadmapFile
    after: RoadmapFile
    upgrade: Upgrade
    text: str


@pytest.fixture(
    scope="module", params=[True, False], ids=["the base is known", "the base was lost"]
)
def story(request, tmp_path_factory):
    """Upgrade the learner's copy."""
    folder = tmp_path_factory.mktemp("learner")
    init_folder(folder, ["ds-path"], None)
    copy = folder / "roadmaps" / "ds-path.yaml"
    base = folder / ".tracker" / "editions" / "ds-path.yaml"
    copy.write_text(write(FIRST), encoding="utf-8")
    base.write_text(FIRST, encoding="utf-8")
    if not request.param:
        base.unlink()
    library = open_library(folder)
    (before,) = library.local.reader.load_roadmaps().files
    (plan,) = plan_upgrades(library, ())
    run_upgrade(library, [plan])
    (after,) = library.local.reader.load_roadmaps().files
    return Story(library, before, after, plan.upgrade, copy.read_text(encoding="utf-8"))


def skills_of(file):
    """Return the skills of a file by what nobody changes: the id, or the name without one."""
    return {skill.id or skill.name: skill for skill in file.roadmap.skills}


def sections_of(file):
    """Return the title of the section of each skill."""
    return {skill.id or skill.name: it.title for it in file.roadmap.sections for skill in it.skills}


def test_no_progress_is_lost(story):
    """Status, dates, notes and evidence of every skill are what they were."""
    before, after = story.before, story.after
    kept = ("status", "started", "completed", "notes", "evidence")
    now = skills_of(after)

    for skill_id, skill in skills_of(before).items():
        assert [getattr(now[skill_id], key) for key in kept] == [
            getattr(skill, key) for key in kept
        ]
    assert now["llm-fundamentals"].completed == date(2026, 11, 5)
    assert now["first-project"].status is Status.DOING


def test_what_is_the_learners_stays_the_learners(story):
    """Own skills, sections, words, comments and keys stay, and what was deleted stays away."""
    was, now = skills_of(story.before), skills_of(story.after)

    assert (now["my-own"], now["Read one paper a month"]) == (
        was["my-own"],
        was["Read one paper a month"],
    )
    assert sections_of(story.after)["my-own"] == "Python and working tools"
    assert now["python-basics"].goal.startswith("Have written")
    assert now["python-basics"].hours == 30
    assert "spark" not in now
    for words in ("  - title: Networks   # my word\n", "        x-mood: good\n", OWN_SECTION):
        assert words in story.text
    assert "Bread prices of my town   # mine\n" in story.text


def test_everything_new_arrives(story):
    """The copy has every skill of the second edition but the deleted one, in the section it is in there."""
    edition, after = story.library.reader.load_bundled("ds-path").roadmap, story.after
    here = sections_of(after)
    wanted = {skill.id: it.title for it in edition.sections for skill in it.skills}
    del wanted["spark"]

    assert wanted.keys() <= here.keys()
    assert after.roadmap.edition == edition.edition
    assert [track.id for track in after.roadmap.tracks] == [track.id for track in edition.tracks]
    renamed = {"Deep learning": "Networks"}
    assert {it: here[it] for it in wanted} == {it: renamed.get(at, at) for it, at in wanted.items()}


def test_the_upgraded_copy_is_in_order(story):
    """Check finds no error in it, and a second upgrade has nothing to do."""
    problems = run_check(story.library.local.reader).problems

    assert [it for it in problems if it.severity is Severity.ERROR] == []
    assert plan_upgrades(story.library, ())[0].upgrade.edits == ()


def test_the_page_explains_what_the_upgrade_does(story):
    """Each skill that arrives or moves is on the page, and each new or former prerequisite in its table."""
    upgrade = story.upgrade
    rows = dict(re.findall(r"^\| `([a-z0-9-]+)` \| (.*) \| .+ \|$", PAGE, re.MULTILINE))
    moved = {it.skill_id for it in upgrade.moves} | {it.skill.id for it in upgrade.arrivals}

    assert {skill_id for skill_id in moved if f"`{skill_id}`" not in PAGE} == set()
    for it in upgrade.alterations:
        if it.key == "requires":
            was, now = set(it.before or ()), set(it.after or ())
            told = {f"**{each}**" for each in now - was} | {f"~~{each}~~" for each in was - now}
            assert told <= {*rows[it.skill_id].split(", ")}, it.skill_id
