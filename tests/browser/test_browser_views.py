"""Promises of the views in a browser: what tracker set up looks here as it does in Notion."""

from __future__ import annotations

import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

VIEWS = [
    "Path",
    "Checklist",
    "Board",
    "Up next",
    "Calendar",
    "By status",
    "By section",
    "Over time",
]


@pytest.fixture
def learner(site):
    """Complete one skill and begin another, each with its date."""
    text = site.roadmap.read_text(encoding="utf-8")
    done = "hours: 2\n        status: done\n        completed: 2026-11-03"
    site.roadmap.write_text(text.replace("hours: 2", done), encoding="utf-8")
    site.run("mark", "trees", "doing")
    site.run("sync")
    return site


def open_view(page, site, name):
    """Go from Home to a view of the only database."""
    page.goto(site.url)
    for link in ("Small path", name):
        with page.expect_navigation():
            page.get_by_role("link", name=link, exact=link != "Small path").click()


def test_the_tabs_stand_in_the_order_of_the_views(page, site):
    """The database opens with the Path; the other views are tabs beside it."""
    open_view(page, site, "Path")

    tabs = page.get_by_role("navigation", name="Views").get_by_role("link")
    assert tabs.all_inner_texts() == VIEWS
    assert tabs.first.get_attribute("aria-current") == "page"


def test_the_path_is_grouped_and_hides_what_is_for_programs(page, learner):
    """Sections in order with their counts, the columns of a learner, and no plumbing anywhere."""
    open_view(page, learner, "Path")

    sheet = page.get_by_role("region", name="Skills")
    heads = sheet.locator(".heads td").all_inner_texts()
    groups = [line.split("\n") for line in sheet.locator("summary").all_inner_texts()]
    assert heads == ["Skill", "Status", "Level", "Hours", "Goal", "Requires"]
    assert [(name, count) for name, count, *_ in groups] == [
        ("First models", "1/2"),
        ("Later", "0/1"),
    ]
    text = page.locator("main").inner_text()
    assert not [word for word in ("Tracker ID", "Sync history", "Order", "Unlocks") if word in text]
    widths = sheet.locator(".heads td").evaluate_all(
        "all => all.map(one => Math.round(one.offsetWidth))"
    )
    assert widths == [320, 130, 110, 70, 360, 220]


def test_a_group_folds_away(page, learner):
    """A click on a section hides its skills, and another one brings them back; no script is needed."""
    open_view(page, learner, "Path")
    heading, row = (
        page.get_by_role("heading", name="Later"),
        page.get_by_role("rowheader", name="Decision trees"),
    )

    heading.click()
    hidden = row.is_visible()
    heading.click()

    assert (hidden, row.is_visible()) == (False, True)


def test_a_choice_in_a_group_moves_its_count(page, learner):
    """What is chosen in the table counts at once in the heading of its section."""
    open_view(page, learner, "Path")
    page.get_by_role("button", name="Status of Decision trees").click()
    page.get_by_role("menuitemradio", name="Done").click()
    page.get_by_role("status").filter(has_text="Saved").wait_for()

    later = page.locator("summary", has=page.get_by_role("heading", name="Later"))
    assert later.inner_text().split("\n") == ["Later", "1/1"]


def test_up_next_shows_what_is_left(page, learner):
    """What is done is not listed among what comes next."""
    open_view(page, learner, "Up next")

    names = page.get_by_role("rowheader").all_inner_texts()
    assert names == ["k nearest neighbours", "Decision trees"]


def test_the_calendar_holds_a_completion_on_its_day(page, learner):
    """A skill stands on the day on which it was completed; buttons lead to other months."""
    open_view(page, learner, "Calendar")
    page.goto(f"{page.url}&month=2026-11")

    day = page.locator("td", has=page.locator("time[datetime='2026-11-03']"))
    found = day.get_by_role("link").all_inner_texts()
    with page.expect_navigation():
        page.get_by_role("link", name="Previous month").click()

    assert found == ["Train/test split"]
    assert page.get_by_role("heading", name="October 2026").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_charts_are_drawn(open_page, learner, width, scheme):
    """A ring, bars and a line have a title, shapes that are seen, and stay within the page."""
    page = open_page(
        viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=False
    )
    found = {}
    for name in ("By status", "By section", "Over time"):
        open_view(page, learner, name)
        picture = page.get_by_role("img", name=name)
        shapes = picture.locator("path, rect, circle").all()
        boxes = [shape.bounding_box() for shape in shapes]
        fills = {shape.evaluate("one => getComputedStyle(one).fill") for shape in shapes}
        found[name] = len(shapes)
        assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)
        assert fills - {"none", "rgb(0, 0, 0)"}
        assert page.get_by_text("Show the numbers").is_visible()

    assert found["By status"] == 3
    assert found["By section"] == 3
    assert found["Over time"] >= 1


def test_a_board_shows_properties_on_its_cards(page, learner):
    """A card names the skill and shows what the view shows, under the heading of its status."""
    open_view(page, learner, "Board")

    card = page.get_by_role("article").filter(has_text="Train/test split")
    column = page.locator("section", has=page.get_by_role("heading", name="Done"))
    assert column.get_by_role("article").count() == 1
    assert re.split(r"\s*\n\s*", card.inner_text())[:2] == ["Train/test split", "Hours 2"]
    assert "First models" in card.inner_text()


def test_the_progress_page_looks_like_a_page_and_leads_to_skills(page, learner):
    """Headings, a table with a head, bars in colour, and links that stay in the workspace."""
    page.goto(learner.url)
    with page.expect_navigation():
        page.get_by_role("link", name="Progress").click()

    heads = page.get_by_role("columnheader").all_inner_texts()
    percent = page.get_by_role("heading", name="33 % · 1 of 3 skills done").is_visible()
    bar = page.locator(".in.full").first.evaluate("one => getComputedStyle(one).color")
    words = page.locator(".body").evaluate("one => getComputedStyle(one).color")
    with page.expect_navigation():
        page.get_by_role("link", name="Decision trees").first.click()

    assert percent
    assert heads[:3] == ["Section", "Progress", "Skills"]
    assert bar != words
    assert page.get_by_role("heading", level=1).inner_text() == "Decision trees"


@pytest.mark.parametrize("name", VIEWS)
def test_every_view_works_without_scripts(open_page, learner, name):
    """Each view opens, and each keeps to the policy that forbids styles and scripts in a page."""
    page = open_page(java_script_enabled=False)

    open_view(page, learner, name)

    assert page.get_by_role("heading", level=1).inner_text().endswith("Small path")
    assert page.locator("[style]").count() == 0
