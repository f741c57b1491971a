"""Promises of the dashboard: one screen, no line wider than it, and what it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from rich.cells import cell_len

from tracker.cli.render.dashboard import MOST_LINES, render_dashboard
from tracker.cli.render.layout import AnswerView
from tracker.progress.forecast import Aim
from tracker.progress.page import Waiting
from tracker.progress.report import summarise
from tracker.roadmap.model import Roadmap, Section, Skill, Track
from tracker.sync.unsynced import Unsynced
from tracker.workflows.dashboard import Dashboard

TODAY = date(2026, 11, 23)

CONFLICT = Waiting("path", "knn", "kNN", "goal", "one", "")
HELD = Waiting("path", "pca", "PCA", reason="it is in the trash")


def path(title="Data scientist path", prefix="", n=40):
    """Return a path with a year behind it: a skill a week, two of them under way."""
    done = (
        Skill(
            id=f"{prefix}d-{k}",
            name=f"Done {k}",
            status="done",
            hours=4.0,
            completed=TODAY - timedelta(days=5 * k + 1),
        )
        for k in range(n)
    )
    doing = (
        Skill(id=f"{prefix}mle", name="MLE", status="doing", started=date(2026, 10, 14)),
        Skill(id=f"{prefix}glm", name="GLM", status="doing", started=date(2026, 11, 22)),
    )
    todo = (
        Skill(id=f"{prefix}mlp", name="Layers and networks", hours=6.0),
        Skill(id=f"{prefix}cnn", name="Pictures", hours=6.0, requires=(f"{prefix}mlp",)),
        Skill(id=f"{prefix}old", name="Old", status="skipped"),
    )
    return Roadmap(title=title, sections=(Section(title="S", skills=(*done, *doing, *todo)),))


def dashboard(*roadmaps, unsynced=None, aim=None):
    named = {f"r{n}": roadmap for n, roadmap in enumerate(roadmaps)}
    report = summarise(named, today=TODAY, aim=aim or Aim())
    return Dashboard(report, unsynced or Unsynced(bound=9))


def render(shown, view=None):
    return [line.plain for line in render_dashboard(shown, view or AnswerView())]


def test_one_roadmap_on_one_screen():
    """Everything that a learner asks in the morning stands on one screen."""
    shown = dashboard(path(), unsynced=Unsynced(changed=2, added=1, bound=9))

    assert render(shown) == [
        "Data scientist path  ████████████████████████████████░░░  90 %  40/44  160/172 h",
        "This week nothing yet · streak 28 weeks (best 28) · finish Dec 2026",
        "Aug ▅ Sep █▅▅█ Oct ▅█▅▅ Nov █▅█▁ skills a week, best 2",
        "",
        "In progress (2)",
        "  ◐ mle  MLE  40 days · stalled?",
        "  ◐ glm  GLM  since yesterday",
        "",
        "Start next (1)",
        "  ○ mlp  Layers and networks  6 h · unlocks 1",
        "",
        "3 skills not synced (2 changed, 1 new): tracker sync",
    ]


@pytest.mark.parametrize(
    ("unsynced", "said"),
    [
        pytest.param(Unsynced(added=44), "Never synced yet: tracker sync", id="never"),
        pytest.param(Unsynced(bound=3), "Nothing changed here since the last sync", id="nothing"),
        pytest.param(
            Unsynced(removed=1, bound=3), "1 skill not synced (1 removed): tracker sync", id="one"
        ),
    ],
)
def test_what_is_not_synced_is_said_last(unsynced, said):
    """The last line says whether a sync has something to do."""
    assert render(dashboard(path(), unsynced=unsynced))[-1] == said


@pytest.mark.parametrize(
    ("waiting", "said"),
    [
        ((CONFLICT,), "1 conflict to resolve: tracker conflicts"),
        ((CONFLICT, HELD, CONFLICT), "2 conflicts to resolve, 1 held: tracker conflicts"),
        ((HELD,), "1 held: tracker conflicts"),
    ],
)
def test_what_waits_for_a_decision_is_counted(waiting, said):
    """What the last sync left open stands below what is not synced."""
    shown = replace(dashboard(path()), waiting=waiting)

    assert render(shown)[-1] == said


def test_a_state_that_cannot_be_read_is_no_end():
    """Where the state is damaged, everything but the last line stands there."""
    shown = Dashboard(dashboard(path()).report, None)

    assert render(shown)[-1] == "What is not synced is unknown: tracker doctor --fix"


def test_several_roadmaps_have_a_line_each_below_their_total():
    """The total comes first, then a line a roadmap, and a count of those that do not fit."""
    lines = render(dashboard(*(path(f"Path {n}", f"p{n}-") for n in range(7))))

    assert [line.split()[:2] for line in lines[:7]] == [
        ["All", "roadmaps"],
        *(["Path", str(n)] for n in range(5)),
        ["…", "and"],
    ]
    assert lines[6] == "… and 2 more: tracker report"


def test_an_empty_roadmap_says_how_to_go_on():
    """Without a skill there is nothing to show but the way to some."""
    lines = render(dashboard(Roadmap(title="Empty")))

    assert lines[-1] == "no skills here yet: tracker add NAME brings a roadmap in"


@pytest.mark.parametrize("is_ascii", [False, True], ids=["signs", "ASCII"])
@pytest.mark.parametrize("width", [30, 40, 59, 60, 72, 80, 99, 100])
def test_nothing_is_wider_than_the_screen_or_longer_than_one(width, is_ascii):
    """Whatever names, handles and numbers are, the dashboard keeps to its screen."""
    going = tuple(
        Skill(id=f"{'long-' * 12}{n}", name="学习 " * 30, status="doing", hours=1e6)
        for n in range(9)
    )
    todo = tuple(
        Skill(id=f"{'next-' * 12}{n}", name="Antidisestablishmentarianism " * 4, hours=1e6)
        for n in range(9)
    )
    skills = (*path().skills, *going, *todo)
    track = Track(id="all", title="Track " * 40, targets=tuple(it.id for it in skills))
    sections = (Section(title="S", skills=skills),)
    hostile = Roadmap(title="T" * 200, tracks=(track,), sections=sections)
    aim = Aim(date(2027, 6, 30), 8, "all")
    view = AnswerView(width, is_ascii=is_ascii)

    lines = render(dashboard(*(hostile,) * 9, aim=aim), view)

    assert [line for line in lines if cell_len(line) > width] == []
    assert len(lines) <= MOST_LINES or width < 60
