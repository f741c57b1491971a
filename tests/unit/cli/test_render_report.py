"""Promises of reports in all formats, hostile roadmaps included."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from html.parser import HTMLParser

import pytest

from tracker.cli.cells import cell_len
from tracker.cli.lines import StyledLine
from tracker.cli.render.figures import format_aim
from tracker.cli.render.layout import AnswerView, fold, make_bar, wrap_text
from tracker.cli.render.learning_json import report_json
from tracker.cli.render.report_html import render_html
from tracker.cli.render.report_markdown import escape_markdown, link_markdown, render_markdown
from tracker.cli.render.report_text import render_report
from tracker.progress.forecast import Aim, AimProgress
from tracker.progress.report import summarise
from tracker.roadmap.model import Resource, Roadmap, Section, Skill, SkillKind, Status, Track
from tracker.text import format_percent

TODAY = date(2026, 11, 23)
EVIL = "<script>alert(1)</script> \x1b[31m | [x](javascript:alert(1)) \u202e & \"'` *b* \n# head"


def path(title="First models", name="kNN", url="https://example.org/a"):
    done = tuple(
        Skill(
            id=f"d-{n}",
            name=f"Done {n}",
            status=Status.DONE,
            hours=2.0,
            completed=TODAY - timedelta(days=7 * n + 1),
            level="entry",
        )
        for n in range(4)
    )
    todo = Skill(
        id="knn",
        name=name,
        goal=name,
        hours=4.0,
        level=name,
        resources=(Resource(title=name, url=url),),
    )
    return Roadmap(
        title=title,
        sections=(Section(title=title, skills=done), Section(title="B", skills=(todo,))),
    )


def report(**options):
    return summarise({"ds": path(**options)}, today=TODAY)


def test_text_fits_80_columns_and_says_it_all():
    """The text report shows bar, counts, sections, pace, forecast and what is next."""
    shown = [line.plain for line in render_report(report(), AnswerView())]

    assert [line for line in shown if cell_len(line) > 80] == []
    assert shown[0] == "First models (ds)"
    assert shown[1] == f"{'█' * 38}{'░' * 9}  80 %   4 of 5 skills, 8 of 12 h"
    assert shown[2] == "4 done · 0 in progress · 1 to do"
    assert f"  {'First models':<47}  ██████████  100 %  4/4  8/8 h" in shown
    assert any(line.startswith("Pace    1.2 skills, 2.4 h a week (last 23 days)") for line in shown)
    assert any(line.startswith("Finish  Dec 2026, by the hours of") for line in shown)
    assert "  ○ knn  kNN  4 h" in shown
    assert shown[-5:-3] == ["Finished last", "  ✓ d-0  Done 0  2026-11-22 · 2 h"]


def slowing():
    """Return a path whose last month was faster than its last quarter."""
    done = tuple(
        Skill(name=f"D {days}", status=Status.DONE, hours=2.0, completed=TODAY - timedelta(days))
        for days in (1, 5, 9, 14, 20, 40, 60, 85)
    )
    left = tuple(Skill(name=f"T {n}", hours=2.0) for n in range(60))
    return Roadmap(title="T", sections=(Section(title="A", skills=(*done, *left)),))


def test_the_finish_is_a_range_on_every_surface():
    """The finish is told in months, by the paces of both windows, and never as a day."""
    summary = summarise({"t": slowing()}, today=TODAY)

    text = " ".join(" ".join(line.plain.split()) for line in render_report(summary, AnswerView()))
    documents = [text, render_markdown(summary), render_html(summary)]
    told = report_json(summary)["eta"]

    assert (told["from"], told["to"], told["kind"]) == ("2027-10-25", "2028-08-29", "date")
    for shown in documents:
        assert "Oct 2027 – Aug 2028, by the hours of the last 28 and 86 days" in shown
        assert "2027-10" not in shown
        assert "2028-08" not in shown


def test_completions_after_today_are_said_to_be_so():
    """A skill that is done tomorrow is not called done without a date."""
    skills = tuple(
        Skill(name=f"S {days}", status=Status.DONE, completed=TODAY + timedelta(days))
        for days in (-1, 1, 30)
    )
    roadmap = Roadmap(title="T", sections=(Section(title="A", skills=skills),))
    summary = summarise({"t": roadmap}, today=TODAY)

    text = " ".join(" ".join(line.plain.split()) for line in render_report(summary, AnswerView()))
    for shown in (text, render_markdown(summary), render_html(summary)):
        assert "2 done skills are dated after today and not measured yet" in shown
        assert "no completion date" not in shown
    assert (report_json(summary)["history"]["undated"], summary.history.future) == (0, 2)


def test_levels_stand_in_the_columns_of_the_sections():
    """The bars of sections and levels stand in one column, whatever their numbers."""
    many = Section(title="A", skills=tuple(Skill(name=f"{n}", level="entry") for n in range(99)))
    few = Section(title="B", skills=(Skill(name="last", level="advanced"),))
    roadmap = Roadmap(title="T", sections=(many, few, Section(title="C", skills=many.skills)))

    shown = [
        line.plain for line in render_report(summarise({"t": roadmap}, today=TODAY), AnswerView())
    ]

    assert len({line.index("░") for line in shown[4:] if "░" in line}) == 1
    assert any(line.startswith("  entry") and "0/198" in line for line in shown)


def test_one_skill_a_week_is_one_skill():
    """A pace of one is told in the singular."""
    done = Skill(name="kNN", status=Status.DONE, completed=TODAY)
    roadmap = Roadmap(title="T", sections=(Section(title="A", skills=(done,)),))

    shown = [
        line.plain for line in render_report(summarise({"t": roadmap}, today=TODAY), AnswerView())
    ]

    assert any(line.startswith("Pace    1 skill a week") for line in shown)


@pytest.mark.parametrize("verbose", [False, True], ids=["in short", "in full"])
@pytest.mark.parametrize("width", [30, 40, 59, 60, 72, 80, 99, 100])
def test_hostile_text_keeps_its_place(width, verbose):
    """Whatever a roadmap is called, every line keeps to the width and holds no control."""
    roadmaps = {f"a-name-{n}-{'x' * 50}": path(title=EVIL, name="学" * 99) for n in range(3)}
    aim = Aim(date(2027, 6, 30), 8)
    since = date(2026, 1, 1)
    view = AnswerView(width, verbose=verbose)
    shown = [
        line.plain
        for report in (
            summarise(roadmaps, today=TODAY, aim=aim, since=since),
            summarise({"ds": path(title="Antidisestablishmentarianism" * 9)}, today=TODAY, aim=aim),
        )
        for line in render_report(report, view)
    ]

    assert [line for line in shown if cell_len(line) > width] == []
    assert not any("\x1b" in line or "\n" in line or "\u202e" in line for line in shown)


def test_several_roadmaps_are_one_screen():
    """The total of several stands first, then a line each; in full, each is told as well."""
    summary = summarise({"a": path("First"), "b": path("Second")}, today=TODAY)

    shown, full = (
        [line.plain for line in render_report(summary, AnswerView(verbose=verbose))]
        for verbose in (False, True)
    )

    assert [line.split(" ")[0] for line in shown[:3]] == ["All", "First", "Second"]
    assert shown[0].endswith("  80 %  8/10  16/24 h")
    assert "More    tracker report NAME, one of a, b" in shown
    assert "Start next (2)" in shown
    assert len(shown) <= 24
    assert "Second (b)" in full
    assert shown[:3] == full[:3]


def test_a_narrow_report_has_titles_of_their_own():
    """Below 60 columns the bar stands below the title, without hours."""
    shown = [line.plain for line in render_report(report(), AnswerView(40))]

    assert shown[5:9] == [
        "  First models",
        "  ██████████  100 %  4/4",
        "  B",
        "  ░░░░░░░░░░    0 %  0/1",
    ]


def test_markdown_draws_bars_and_names_where_to_begin():
    """A document has bars in code, a table, the link to begin with, and what was done last."""
    shown = render_markdown(report())

    assert f"`{'█' * 24}{'░' * 6}` **80 %**" in shown
    assert "| First models | `██████████` | 100 % | 4 / 4 | 8 / 8 |" in shown
    assert "- **kNN** (4 h): [kNN](https://example.org/a)" in shown
    assert "- **Done 0** (2026-11-22 · 2 h)" in shown


def test_an_empty_folder_says_how_to_begin():
    """A report on nothing names the command that brings in a roadmap."""
    (line,) = render_report(summarise({}, today=TODAY), AnswerView())

    assert "tracker add NAME" in line.plain


def test_json_is_the_same_in_numbers():
    """The JSON report holds the counts, the forecast and what is next, and is plain JSON."""
    keys = json.loads(json.dumps(report_json(report()), allow_nan=False))

    assert keys["total"]["percent"] == 80
    assert keys["roadmaps"][0]["sections"][0]["done"] == 4
    assert keys["eta"]["kind"] == "date"
    assert [each["id"] for each in keys["next"]] == ["knn"]
    assert keys["history"]["days"][0] == {"date": "2026-11-01", "skills": 1, "hours": 2.0}
    assert keys["history"]["weeks"][-2] == {
        "week": "2026-W47",
        "date": "2026-11-16",
        "skills": 1,
        "hours": 2.0,
    }
    assert (keys["history"]["streak"], keys["history"]["longest_streak"]) == (4, 4)
    assert [each["id"] for each in keys["recent"]] == ["d-0", "d-1", "d-2", "d-3"]
    assert (keys["in_progress"], keys["target"]) == ([], None)


@pytest.mark.parametrize(
    "tied", ["Dec 2027 – Feb 2028", "tracker mark --covered", "tracker report"]
)
def test_a_line_is_not_broken_within_a_range_or_a_command(tied):
    """Months of a range and the options of a command stay on one line, at any width."""
    text = f"one two three four five: {tied}, and so on"
    for width in range(30, len(text)):
        assert any(tied in part for part in wrap_text(text, width))
        assert any(tied in line.plain for line in fold(StyledLine(text), width))


def test_a_target_of_one_skill_a_week_is_one_skill():
    """A rate that is shown as 1 is no plural."""
    aim = AimProgress(Aim(date(2027, 1, 4)), 28, skills_asked=1.02)
    history = summarise({"ds": path()}, today=TODAY).history

    assert "asks for 1 skill a week" in format_aim(aim, history)


def test_a_target_is_told_on_every_surface():
    """What the target in the settings asks for stands in text, Markdown, HTML and JSON."""
    aim = Aim(date(2026, 12, 7), 8)
    summary = summarise({"ds": path()}, today=TODAY, aim=aim)

    text = " ".join(" ".join(line.plain.split()) for line in render_report(summary, AnswerView()))
    told = report_json(summary)["target"]

    for shown in (text, render_markdown(summary), render_html(summary)):
        assert "2026-12-07, on track; asks for 0.5 skills, 2 h a week" in shown
        assert "8 h a week planned, 0 h this week; at that pace Nov 2026" in shown
    assert (told["day"], told["days_left"], told["hours_asked"]) == ("2026-12-07", 14, 2)
    assert (told["planned"], told["chance"]) == ("2026-11-27", "on-track")


def test_tracks_are_told_on_every_surface():
    """How far it is to the end of a track stands in text, Markdown, HTML and JSON."""
    tracks = (
        Track(id="knn", title="Neighbours", targets=("knn", "d-0")),
        Track(id="past", title="Past", targets=("d-1",)),
    )
    roadmap = path().model_copy(update={"tracks": tracks})
    summary, followed = (
        summarise({"ds": roadmap}, today=TODAY, aim=Aim(hours_per_week=3, track=track))
        for track in (None, "past")
    )

    text = [line.plain for line in render_report(summary, AnswerView())]
    track = report_json(summary)["roadmaps"][0]["tracks"][0]

    assert "Tracks  Neighbours: 1 skill, 4 h to go, 2 weeks" in text
    assert "        Past: done" in text
    assert "| Neighbours, 2 weeks to go | `█████░░░░░` | 50 % | 1 / 2 | 2 / 6 |" in render_markdown(
        summary
    )
    assert "Neighbours, 2 weeks to go" in render_html(summary)
    assert (track["id"], track["weeks"], track["left"], track["hours_left"]) == ("knn", 2, 1, 4)
    assert report_json(summary)["track"] is None
    text = [line.plain for line in render_report(followed, AnswerView())]
    assert [line for line in text if "Track" in line] == ["Track   Past: done"]
    assert report_json(followed)["track"]["id"] == "past"


class Page(HTMLParser):
    """Collects the elements, attributes and texts of a page."""

    def __init__(self):
        super().__init__()
        self.names, self.links, self.attributes, self.text = [], [], [], ""

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.attributes += [name for name, _ in attrs]
        self.links += [value for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data):
        self.text += data


def test_html_runs_and_loads_nothing():
    """The page has no script, no handler, no foreign file, and only links to the web."""
    page = Page()

    page.feed(render_html(report(title=EVIL, name=EVIL, url="javascript:alert(1)")))

    assert not {"script", "img", "iframe", "link", "object"} & set(page.names)
    assert not any(name.startswith("on") for name in page.attributes)
    assert page.links == []
    assert "<script>alert(1)</script>" in page.text
    assert "\x1b" not in page.text


def test_html_links_to_the_web():
    """Links with http or https are links in the page."""
    page = Page()

    page.feed(render_html(report()))

    assert page.links == ["https://example.org/a"] * 2
    assert page.names[:2] == ["html", "head"]


def test_html_shows_a_learners_own_work():
    """The list of all skills says what a milestone is, and links to its evidence on the web only."""
    skills = tuple(
        Skill(name=url, kind=SkillKind.MILESTONE, evidence=url, status=Status.DONE)
        for url in ("https://example.org/mine", "javascript:alert(1)")
    )
    roadmap = Roadmap(title="T", sections=(Section(title="A", skills=skills),))
    page = Page()

    page.feed(render_html(summarise({"t": roadmap}, today=TODAY)))

    assert page.links == ["https://example.org/mine"]
    assert page.text.count("milestone") == 2


def test_markdown_shows_hostile_text_as_text():
    """In markdown a foreign text is neither markup nor a table cell's end."""
    text = render_markdown(report(title=EVIL, name=EVIL, url="javascript:alert(1)"))

    assert "<script>" not in text
    assert re.search(r"(?<!\\)\]\(javascript", text) is None
    assert "\n# head" not in text
    cells = {line.replace(r"\|", "").count("|") for line in text.split("\n") if line[:1] == "|"}
    assert cells == {6}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a*b_c`d", r"a\*b\_c\`d", id="emphasis and code"),
        pytest.param("[a](b)", r"\[a\](b)", id="a link"),
        pytest.param("<b>&amp;", "&lt;b&gt;&amp;amp;", id="HTML"),
        pytest.param("a|b", r"a\|b", id="a table cell"),
    ],
)
def test_escape_markdown(text, expected):
    """Signs that mean something in markdown are escaped."""
    assert escape_markdown(text) == expected


def test_markdown_links_end_where_they_should():
    """A URL cannot close the link early or carry a title."""
    assert link_markdown("a", 'https://e.org/(x)"y') == "[a](https://e.org/%28x%29%22y)"


@pytest.mark.parametrize(
    ("percent", "expected", "filled"),
    [
        pytest.param(None, "-", 0, id="nothing to count"),
        pytest.param(0.0, "0 %", 0, id="nothing done"),
        pytest.param(0.2, "1 %", 1, id="a little is not nothing"),
        pytest.param(99.9, "99 %", 9, id="almost is not all"),
        pytest.param(100.0, "100 %", 10, id="all"),
    ],
)
def test_percent_and_bar_are_honest_at_their_ends(percent, expected, filled):
    """Full and 100 % mean all, empty and 0 % mean nothing."""
    (full, _), _ = make_bar(percent, 10)

    assert (format_percent(percent), len(full)) == (expected, filled)
