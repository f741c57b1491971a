"""Promises of the history: completions by day and week, streaks, pace, finish range, target."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.progress.forecast import Aim, Chance, EtaKind
from tracker.progress.history import Completions
from tracker.progress.report import summarise
from tracker.roadmap.model import Roadmap, Section, Skill, Status
from tracker.wiring import SystemClock

TODAY = date(2026, 11, 23)
"""A Monday."""


def skill(slug, status="todo", **values):
    return Skill(id=slug, name=slug, status=status, **values)


def on(day, hours=None):
    """Return a skill that was completed on a day."""
    return Skill(name=day, status=Status.DONE, completed=date.fromisoformat(day), hours=hours)


def done(slug, days_ago, hours=None):
    return skill(slug, "done", completed=TODAY - timedelta(days=days_ago), hours=hours)


def report(*skills, today=TODAY, **options):
    path = Roadmap(title="Path", sections=(Section(title="All", skills=skills),))
    return summarise({"path": path}, today=today, **options)


def test_recent_pace_and_forecast_by_hours():
    """With estimates everywhere the forecast divides the hours left by the hours a week."""
    summary = report(*(done(f"d{n}", n * 7, 4) for n in range(8)), skill("rest", hours=20))

    pace = summary.history.short
    assert (pace.days, pace.skills, pace.skills_per_week, pace.hours_per_week) == (28, 4, 1, 4)
    assert summary.eta.basis == "hours"
    assert (summary.history.long.days, summary.history.long.hours) == (50, 32)
    # 20 h at 32 h in 50 days, and at 16 h in 28.
    assert summary.eta.earliest == TODAY + timedelta(days=32)
    assert summary.eta.latest == TODAY + timedelta(days=35)


def test_forecast_by_skills_where_an_estimate_is_missing():
    """One skill left without hours makes the forecast count skills."""
    summary = report(*(done(f"d{n}", n * 7, 4) for n in range(8)), skill("rest"))

    assert (summary.eta.basis, summary.eta.earliest) == ("skills", TODAY + timedelta(days=7))


def test_a_beginner_is_measured_over_what_there_is():
    """Who began ten days ago is not measured over four weeks."""
    summary = report(done("a", 9), done("b", 5), done("c", 1), skill("d"))

    assert summary.history.short.days == 10
    assert summary.history.short.skills_per_week == pytest.approx(2.1)


def test_the_long_window_speaks_when_the_short_one_is_thin():
    """With fewer than three completions in 28 days the last 90 days give the pace."""
    summary = report(*(done(f"d{n}", days) for n, days in enumerate((1, 40, 60, 80))), skill("z"))

    assert summary.history.paces == (summary.history.long,)
    assert summary.eta.kind is EtaKind.DATE


@pytest.mark.parametrize(
    "days_ago",
    [
        pytest.param((), id="nothing done"),
        pytest.param((1, 2), id="two completions"),
        pytest.param((0, 0, 0, 0, 0), id="a bulk tick on one day"),
        pytest.param((100, 120, 140), id="long ago"),
        pytest.param((-1, -2, -3), id="in the future"),
    ],
)
def test_too_little_history_gives_no_date(days_ago):
    """No date is forecast from a history that says nothing of a pace."""
    summary = report(*(done(f"d{n}", days) for n, days in enumerate(days_ago)), skill("left"))

    assert (summary.eta.kind, summary.eta.earliest) == (EtaKind.LITTLE_HISTORY, None)


def test_finished():
    """With everything done, skipped or covered there is nothing to forecast."""
    assert report(done("a", 3), skill("b", "skipped")).eta.kind is EtaKind.FINISHED


def test_more_than_ten_years_is_not_a_date():
    """A date beyond ten years is not pretended to be known."""
    summary = report(
        *(done(f"d{n}", n * 30) for n in range(3)), *(skill(f"t{n}") for n in range(500))
    )

    assert summary.eta.kind is EtaKind.TOO_FAR


def test_this_week_and_weeks_in_a_row():
    """The week begins on Monday; a running week without a completion breaks no streak."""
    history = report(done("a", 1, 2), done("b", 8, 3), done("c", 22, 4)).history

    assert (history.this_week.skills, history.streak, history.longest_streak) == (0, 2, 2)


def test_done_without_a_date_is_counted_but_in_no_pace():
    """Done skills without a completion date are told, not guessed."""
    summary = report(skill("a", "done"), done("b", 3))

    assert (summary.history.undated, summary.history.long.skills) == (1, 1)


def test_the_finish_is_a_range_of_both_paces():
    """The finish is a range from the faster pace to the slower one."""
    summary = report(
        *(done(f"d{n}", days, 2) for n, days in enumerate((1, 9, 20, 50, 80))),
        skill("rest", hours=20),
    )

    eta = summary.eta
    assert eta.earliest == TODAY + timedelta(days=94)
    assert eta.latest == TODAY + timedelta(days=162)


def test_a_finish_by_one_pace_has_no_width():
    """Where only one window holds enough both ends are the same day."""
    summary = report(*(done(f"d{n}", days) for n, days in enumerate((1, 40, 60, 80))), skill("z"))

    assert summary.eta.earliest == summary.eta.latest is not None


def test_a_finish_that_may_be_too_far_has_an_open_end():
    """Where the slower pace leads beyond ten years only the earlier end is known."""
    summary = report(
        *(done(f"d{n}", n) for n in range(3)),
        done("old", 89),
        *(skill(f"t{n}") for n in range(250)),
    )

    assert summary.eta.kind is EtaKind.DATE
    assert (summary.eta.earliest is None, summary.eta.latest) == (False, None)


def test_a_day_and_a_week_sum_up_what_was_completed():
    """Days hold only what was completed on them, weeks stand in a row, and later dates are left out."""
    history = report(
        on("2026-11-22", 2), on("2026-11-23", 1.5), on("2026-11-23"), on("2026-11-24", 9)
    ).history

    assert history.days == (
        Completions(date(2026, 11, 22), 1, 2),
        Completions(date(2026, 11, 23), 2, 1.5),
    )
    assert history.weeks[-2:] == (
        Completions(date(2026, 11, 16), 1, 2),
        Completions(date(2026, 11, 23), 2, 1.5),
    )
    assert (history.future, history.this_week.skills) == (1, 2)


def test_a_year_is_fifty_three_weeks():
    """The running week and the 52 before it are a year; what is older is in no day of it."""
    history = report(on("2025-11-23"), on("2025-11-24"), on("2026-11-23")).history

    assert [day.day.isoformat() for day in history.days] == ["2025-11-24", "2026-11-23"]
    assert len(history.weeks) == 53
    assert history.weeks[0] == Completions(date(2025, 11, 24), 1)


@pytest.mark.parametrize(
    ("day", "week"),
    [
        ("2026-12-27", "2026-W52"),
        ("2026-12-28", "2026-W53"),
        ("2027-01-03", "2026-W53"),
        ("2027-01-04", "2027-W01"),
        ("2024-12-30", "2025-W01"),
    ],
)
def test_weeks_are_numbered_as_iso_8601_does(day, week):
    """The week around New Year belongs to the year that has its Thursday."""
    history = report(on(day), today=date(2027, 1, 4)).history

    named = [each.week for each in history.weeks if each.skills]
    assert named == ([week] if day > "2026" else [])
    assert Completions(date.fromisoformat(day)).week == week


@pytest.mark.parametrize(
    ("days", "streak", "longest"),
    [
        pytest.param(("2026-12-27", "2026-12-28", "2027-01-04"), 3, 3, id="over 52, 53 and 1"),
        pytest.param(("2026-12-20", "2026-12-28", "2027-01-03"), 1, 1, id="a week is missing"),
        pytest.param(("2026-12-27", "2027-01-03"), 2, 2, id="two Sundays"),
        pytest.param(("2026-12-28", "2027-01-03"), 1, 1, id="Monday and Sunday of one week"),
        pytest.param(("2026-12-21", "2026-12-27"), 0, 1, id="the last week is empty"),
        pytest.param(
            ("2025-03-03", "2025-03-10", "2025-03-17", "2027-01-04"), 1, 3, id="longer ago"
        ),
        pytest.param(("2027-01-11",), 0, 0, id="in the future"),
        pytest.param((), 0, 0, id="nothing"),
    ],
)
def test_streaks_count_weeks_with_a_completion(days, streak, longest):
    """A streak runs from Monday to Sunday over the end of a year, and this week breaks none."""
    history = report(*map(on, days), today=date(2027, 1, 4)).history

    assert (history.streak, history.longest_streak) == (streak, longest)


@pytest.mark.parametrize(
    ("ago", "counted"), [(0, True), (27, True), (28, False), (-1, False)], ids=str
)
def test_a_window_has_twenty_eight_days_with_today(ago, counted):
    """Today and the 27 days before it are in the recent pace."""
    history = report(done("old", 89), done("a", ago)).history

    assert history.short.skills == counted
    assert (history.short.days, history.long.days, history.long.skills) == (28, 90, 1 + (ago >= 0))


def test_both_paces_rest_on_the_same_basis():
    """One completion without an estimate in either window makes the whole range count skills."""
    eta = report(
        *(done(f"d{n}", n, 2) for n in range(4)), done("old", 60), skill("rest", hours=8)
    ).eta

    assert (eta.basis, eta.earliest, eta.latest) == (
        "skills",
        TODAY + timedelta(7),
        TODAY + timedelta(13),
    )


def test_what_is_estimated_at_nothing_is_counted_in_skills():
    """Skills of zero hours are not done today by that."""
    eta = report(*(done(f"d{n}", n, 2) for n in range(7)), skill("rest", hours=0)).eta

    assert (eta.basis, eta.earliest) == ("skills", TODAY + timedelta(1))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(Status)),
            st.none() | st.dates(),
            st.none() | st.dates(date(2026, 1, 1), date(2027, 1, 1)) | st.dates(),
            st.none() | st.floats(0, 1e300),
        )
    ),
    st.just(TODAY) | st.dates(),
    st.none() | st.dates(),
    st.none() | st.floats(0.1, 168),
)
def test_any_dates_are_summarised(rows, today, target, hours_per_week):
    """No combination of dates makes a report fail or forecast the past."""
    skills = [
        Skill(name=f"s{n}", status=status, started=started, completed=completed, hours=hours)
        for n, (status, started, completed, hours) in enumerate(rows)
    ]

    summary = report(*skills, today=today, aim=Aim(target, hours_per_week))

    eta, history = summary.eta, summary.history
    assert (eta.kind is EtaKind.DATE) is (eta.earliest is not None)
    assert eta.earliest is None or today <= eta.earliest <= (eta.latest or date.max)
    assert eta.earliest is not None or eta.latest is None
    measured = [each for each in skills if each.status is Status.DONE and each.completed]
    past = [each for each in measured if each.completed <= today]
    assert history.undated + history.future == summary.total.done - len(past)
    assert history.streak <= history.longest_streak <= len(past)
    assert sum(day.skills for day in history.days) == sum(week.skills for week in history.weeks)
    assert summary.total.skills == len(rows)
    assert list(summary.recent) == sorted(
        summary.recent, key=lambda listed: listed.skill.completed, reverse=True
    )


def asked(*skills, **aim):
    return report(*skills, aim=Aim(**aim)).aim


def test_a_target_asks_for_what_is_left_a_week():
    """Two weeks before the target, half of what is left is asked for in each."""
    aim = asked(
        *(done(f"d{n}", 7 * n, 4) for n in range(4)),
        *(skill(f"t{n}", hours=5) for n in range(4)),
        target=date(2026, 12, 7),
    )

    assert (aim.days_left, aim.skills_asked, aim.hours_asked) == (14, 2, 10)
    assert aim.chance is Chance.BEHIND


@pytest.mark.parametrize(
    ("target", "chance"),
    [
        pytest.param(TODAY + timedelta(161), Chance.WITHIN_REACH, id="a day before the later end"),
        pytest.param(TODAY + timedelta(162), Chance.ON_TRACK, id="the later end"),
        pytest.param(TODAY + timedelta(94), Chance.WITHIN_REACH, id="the earlier end"),
        pytest.param(TODAY + timedelta(93), Chance.BEHIND, id="before both"),
    ],
)
def test_a_target_is_judged_by_both_paces(target, chance):
    """A target is on track when the slower pace keeps it, and within reach by the faster one."""
    skills = [done(f"d{n}", days, 2) for n, days in enumerate((1, 9, 20, 50, 80))]

    assert asked(*skills, skill("rest", hours=20), target=target).chance is chance


def test_a_target_that_is_over_asks_for_nothing():
    """After the target, and when everything is done, no pace is asked for."""
    over = asked(skill("a", hours=1), target=TODAY - timedelta(3))
    kept = asked(done("a", 1), target=TODAY + timedelta(3))
    today = asked(skill("a", hours=1), target=TODAY)

    assert (over.days_left, over.skills_asked, over.chance) == (-3, None, Chance.UNKNOWN)
    assert (kept.skills_asked, kept.chance) == (None, Chance.ON_TRACK)
    assert (today.skills_asked, today.hours_asked) == (7, 7)


def test_planned_hours_give_a_finish():
    """Twenty hours at eight a week are two and a half weeks; without an estimate nobody knows."""
    assert asked(skill("a", hours=20), hours_per_week=8).planned == TODAY + timedelta(18)
    assert asked(skill("a", hours=20), skill("b"), hours_per_week=8).planned is None
    assert report(skill("a")).aim is None


def test_what_was_finished_last_is_named_first():
    """Recent completions stand by day, the latest first, and none after today."""
    recent = report(*(done(f"d{n}", days) for n, days in enumerate((9, 0, 3, -1, 5, 4, 8)))).recent

    assert [listed.skill.id for listed in recent] == ["d1", "d2", "d5", "d4", "d6"]


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the time zone of a process is POSIX")
def test_today_is_the_learners_day(monkeypatch):
    """Half a day east of UTC it is always a later date than half a day west of it."""
    days = []
    for zone in ("UTC-14", "UTC+12"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        days.append(SystemClock().today())
    monkeypatch.delenv("TZ")
    time.tzset()

    east, west = days
    assert east - west >= timedelta(days=1)
