"""One folder, one set of figures: every surface says the same of it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tracker.adapters.builtin import ROOT_PAGE_ID, make_workspace
from tracker.text import format_range
from tracker.wiring import open_workspace

pytestmark = pytest.mark.slow

TODAY = date.today()  # noqa: DTZ011  the learner's own day, as the program takes it


def write_roadmap(path):
    """Write a path with eleven counted skills, four of them done, one skipped."""
    done = "".join(
        f"      - {{id: d{n}, name: Done {n}, status: done, hours: 4, "
        f"completed: {TODAY - timedelta(days)}}}\n"
        for n, days in enumerate((1, 8, 15, 60))
    )
    rest = "".join(f"      - {{id: t{n}, name: To do {n}, hours: 4}}\n" for n in range(5))
    doing = "".join(
        f"      - {{id: g{n}, name: Going {n}, status: doing, hours: 4, started: {TODAY}}}\n"
        for n in range(2)
    )
    skipped = "      - {id: s, name: Skipped, status: skipped, hours: 99}\n"
    path.write_text(
        f"title: Small path\nsections:\n  - title: All\n    skills:\n{done}{doing}{rest}{skipped}",
        encoding="utf-8",
    )


@pytest.fixture
def surfaces(learner):
    """Return what each surface says of one folder, and the JSON of its report."""
    write_roadmap(learner.roadmap)
    assert learner.run("sync", "--yes").code == 0
    said = {
        "dashboard": learner.run().out,
        "report": learner.run("report").out,
        "Markdown": learner.run("report", "--format", "markdown").out,
        "HTML": learner.run("report", "--format", "html").out,
    }
    with open_workspace(learner.folder) as client:
        found = client.send("POST", "/v1/search", {})["results"]
        pages = [it for it in found if it["object"] == "page" and it["parent"]["type"] == "page_id"]
        (progress,) = [it for it in pages if it["id"].replace("-", "") != ROOT_PAGE_ID]
        said["Progress page"] = client.send("GET", f"/v1/pages/{progress['id']}/markdown", None)[
            "markdown"
        ]
    (source,) = [it for it in found if it["object"] == "data_source"]
    app = make_workspace(learner.folder / ".tracker" / "workspace.db")
    said["workspace"] = app.test_client().get(f"/p/{source['id']}").text
    app.extensions["workspace"].close()
    return said, learner.run("report", "--json").json


def test_all_surfaces_say_the_same(surfaces):
    """Percent, counts, hours, streak and finish are those of the JSON, wherever they are shown."""
    said, told = surfaces
    total, history, eta = told["total"], told["history"], told["eta"]
    finish = format_range(*(date.fromisoformat(eta[key]) for key in ("from", "to")))
    streak, longest = history["streak"], history["longest_streak"]
    figures = {
        # 4 of 7 + 4, without the skipped one.
        "percent": ("36 %", said.keys() - {"workspace"}),
        "counts": ("4 of 11 skills", said.keys() - {"dashboard"}),
        "short counts": ("4/11", {"dashboard"}),
        "hours": ("16 of 44 h", said.keys() - {"dashboard", "workspace"}),
        "short hours": ("16/44 h", {"dashboard"}),
        "in progress": ("2 in progress", said.keys() - {"dashboard", "HTML"}),
        "finish": (finish, said.keys() - {"workspace"}),
        "streak": (f"streak {streak} weeks (best {longest})", {"dashboard", "report", "Markdown"}),
    }

    assert (total["done"], total["counted"], int(total["percent"])) == (4, 11, 36)
    assert (total["hours_done"], total["hours"], streak, longest) == (16, 44, 3, 3)
    for name, (figure, surfaces_with_it) in figures.items():
        for surface in surfaces_with_it:
            assert figure in " ".join(said[surface].split()), (name, surface)
