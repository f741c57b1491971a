"""Promises of the HTML report in a browser: it shows what it says, and runs nothing."""

from __future__ import annotations

import pytest

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
