"""Promises of the HTML report in a browser: it shows what it says, and runs nothing."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from tracker.adapters.roadmap_files.load import load_roadmap_text
from tracker.cli.render.report_html import render_html
from tracker.progress.report import summarise
from tracker.roadmap.model import Section, Status

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOSTILE = """
      - name: "<script>alert(1)</script><img src=x onerror=alert(2)>"
        goal: "&lt;b&gt; \\u202Ertl {{7*7}}"
        resources:
          - {title: "<b>bold</b>", url: "https://example.org/?a=<script>&b='\\""}
"""


@pytest.fixture
def report(site):
    """Write the report of a roadmap with hostile words, and return its address."""
    with site.roadmap.open("a", encoding="utf-8") as file:
        file.write(HOSTILE.lstrip("\n"))
    site.run("mark", "split", "done")
    path = site.folder / "report.html"
    site.run("report", "--format", "html", "--out", str(path))
    return path.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_report_shows_progress_and_fits(open_page, report, width, scheme):
    """The report is one file that shows titles, sections and what is next on any screen."""
    page = open_page(viewport={"width": width, "height": 800}, color_scheme=scheme)

    page.goto(report)

    text = page.locator("body").inner_text()
    assert "Small path" in text
    assert "First models" in text
    assert "k nearest neighbours" in text
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.lang") == "en"


TODAY = date(2026, 11, 28)
DS_PATH = Path(__file__).parents[2] / "roadmaps" / "ds-path.yaml"


def learn(roadmap, done, step=3):
    """Return a roadmap of which a skill was completed every so many days until today, in file order.

    The next ones are in progress, one is skipped.
    """

    def change(place, skill):
        if place < done:
            day = TODAY - timedelta((done - place) * step - place % 3)
            return skill.model_copy(update={"status": Status.DONE, "completed": day})
        if place < done + 3:
            started = TODAY - timedelta(20 * (place - done))
            return skill.model_copy(update={"status": Status.DOING, "started": started})
        return skill.model_copy(update={"status": Status.SKIPPED}) if place == done + 3 else skill

    places = iter(range(len(roadmap.skills)))
    sections = tuple(
        Section(title=it.title, skills=tuple(change(next(places), skill) for skill in it.skills))
        for it in roadmap.sections
    )
    return roadmap.model_copy(update={"sections": sections})


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """Write the page of the data scientist path after nine months, and return it."""
    roadmap = load_roadmap_text(DS_PATH.read_bytes(), path="ds-path.yaml").roadmap
    page = tmp_path_factory.mktemp("learned") / "report.html"
    report = summarise({"ds-path": learn(roadmap, 90)}, today=TODAY)
    page.write_text(render_html(report), encoding="utf-8")
    return page


@pytest.mark.parametrize("width", [390, 1280])
def test_nine_months_are_drawn_without_a_network(open_page, learned, width):
    """Every picture is there and has a size with the network refused; the page is not heavy."""
    page = open_page(viewport={"width": width, "height": 900}, offline=True)
    page.route(lambda url: not url.startswith("file:"), lambda route: route.abort())

    page.goto(learned.as_uri())

    pictures = page.get_by_role("img").filter(visible=True).all()
    names = [it.get_attribute("aria-label") for it in pictures]
    for said in ("32 % done", "90 skills completed", "hours done; finish", "skills completed in"):
        assert any(said in name for name in names), said
    assert all(it.bounding_box()["width"] > 10 for it in pictures)
    assert page.locator("svg rect[class^=heat]").count() == 2 * (52 * 7 + 6)
    assert page.locator(".cells i").count() == 275
    assert page.locator("i[title='Python basics: done']").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert learned.stat().st_size < 600_000


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_the_page_serves_everybody(open_page, learned, width, scheme):
    """axe-core finds nothing to complain of, with a list of skills open too."""
    base = pytest.importorskip("axe_playwright_python.base")
    page = open_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(learned.as_uri())
    page.locator("summary").nth(7).click()

    page.evaluate(base.AXE_SCRIPT)
    found = page.evaluate("axe.run()")

    told = [(it["id"], node["html"]) for it in found["violations"] for node in it["nodes"][:3]]
    assert told == []
    assert {"color-contrast", "svg-img-alt", "heading-order"} <= {
        it["id"] for it in found["passes"]
    }


def test_the_list_of_all_skills_opens_and_links(open_page, learned):
    """Sections are closed until they are wanted; each skill has its links."""
    page = open_page(viewport={"width": 1280, "height": 900})
    page.goto(learned.as_uri())
    section = page.locator("details").first

    assert not section.get_by_text("Python basics", exact=True).is_visible()
    section.locator("summary").click()

    assert section.get_by_text("Python basics", exact=True).is_visible()
    assert section.get_by_role("link").count() >= section.locator("li > div").count()


def test_ten_thousand_skills_still_open(open_page, learned):
    """A roadmap of 10,000 skills makes a page that opens, without a map."""
    roadmap = load_roadmap_text(DS_PATH.read_bytes(), path="ds-path.yaml").roadmap
    many = tuple(
        Section(title=f"{it.title} {n}", skills=it.skills)
        for n in range(37)
        for it in roadmap.sections
    )
    huge = roadmap.model_copy(update={"sections": many})
    file = learned.with_name("huge.html")
    report = summarise({"huge": learn(huge, 3000, step=1)}, today=TODAY)
    file.write_text(render_html(report), encoding="utf-8")
    page = open_page(viewport={"width": 1280, "height": 900})

    page.goto(file.as_uri())

    assert page.locator(".cells i").count() == 37 * 275
    assert page.locator("svg.map").count() == 0


def test_sections_and_levels_share_their_columns(page, site):
    """The bars of a roadmap's two tables stand below each other."""
    text = site.roadmap.read_text(encoding="utf-8")
    leveled = text.replace("hours: 2", "hours: 2\n        level: entry")
    site.roadmap.write_text(leveled, encoding="utf-8")
    path = site.folder / "report.html"
    site.run("report", "--format", "html", "--out", str(path))
    page.set_viewport_size({"width": 1280, "height": 800})

    page.goto(path.as_uri())

    heads = page.get_by_role("columnheader", name="Progress").all()
    assert len(heads) == 2
    assert len({round(each.bounding_box()["x"]) for each in heads}) == 1


def test_the_report_runs_and_loads_nothing(page, report):
    """No script, no frame, no picture, no style from elsewhere, and only safe links."""
    asked = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(report)

    strange = page.locator("script, iframe, img, object, embed, link[rel=stylesheet], form").count()
    links = [each.get_attribute("href") for each in page.get_by_role("link").all()]
    handlers = page.evaluate(
        "[...document.querySelectorAll('*')].flatMap((each) => each.getAttributeNames())"
        ".filter((name) => name.startsWith('on'))"
    )
    assert asked == [report]
    assert strange == 0
    assert handlers == []
    assert all(link.startswith(("https://", "http://", "#")) for link in links)
    assert "<script>alert(1)</script>" in page.locator("body").inner_text()
