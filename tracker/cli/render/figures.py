"""The figures of a report in words, for every surface of the command line.

Pure. Honest about what they rest on: no finish without enough history, and never a day.
"""

from __future__ import annotations

from datetime import date
from math import ceil

from tracker.progress.forecast import AimProgress, Chance, Eta, EtaKind
from tracker.progress.history import History
from tracker.progress.report import Report, RoadmapProgress, Since, TrackProgress
from tracker.progress.tally import Tally
from tracker.text import (
    MONTHS,
    format_month,
    format_number,
    format_range,
    plural,
)

COLUMNS = "▁▂▃▄▅▆▇█"
WEEKS = 13
"""Weeks that a report shows as columns."""


def format_since(since: Since) -> str:
    """Return how much was completed, and started, from a day on."""
    done = f"{plural(len(since.completed), 'skill')} done"
    done += f", {format_number(since.hours)} h" if since.hours else ""
    return f"{done}, {len(since.started)} started" if since.started else done


def list_tables(progress: RoadmapProgress) -> list[tuple[str, list[tuple[str, Tally]]]]:
    """List the tables of a roadmap with their heads: sections, levels if any skill has one, tracks."""
    tables = []
    if progress.sections:
        tables.append(
            ("Section", [(section.title, section.tally) for section in progress.sections])
        )
    if any(level.level for level in progress.levels):
        rows = [(level.level or "(no level)", level.tally) for level in progress.levels]
        tables.append(("Level", rows))
    if progress.tracks:
        tables.append(("Track", [(_name_track(track), track.tally) for track in progress.tracks]))
    return tables


def _name_track(track: TrackProgress) -> str:
    return f"{track.title}, {plural(track.weeks, 'week')} to go" if track.weeks else track.title


def format_counts(tally: Tally) -> str:
    """Return how many skills have each status."""
    parts = [f"{tally.done} done", f"{tally.doing} in progress", f"{tally.todo} to do"]
    if tally.skipped:
        parts.append(f"{tally.skipped} skipped")
    if tally.covered:
        parts.append(f"{tally.covered} covered by skills done elsewhere")
    return " · ".join(parts)


def format_amount(tally: Tally) -> str:
    """Return the done part in skills and, where estimated, in hours."""
    skills = f"{tally.done} of {plural(tally.counted, 'skill')}"
    if not tally.hours:
        return skills
    return f"{skills}, {format_number(tally.hours_done)} of {format_number(tally.hours)} h"


def format_pace(history: History) -> str:
    """Return the recent pace."""
    # The recent pace, or that of a longer time where nothing was completed lately.
    shown = history.short if history.short.skills else history.long
    if not shown.skills:
        return "nothing completed in the last 90 days"
    week = _format_rate(shown.skills_per_week)
    week += f", {format_number(shown.hours_per_week)} h" if shown.hours else ""
    return f"{week} a week (last {shown.days} days)"


def _format_rate(skills: float) -> str:
    """Return how many skills a week, which need not be a whole number."""
    number = format_number(skills)
    return "1 skill" if number == "1" else f"{number} skills"


def format_rhythm(history: History) -> str:
    """Return the recent pace, this week, and the weeks in a row."""
    facts = (format_pace(history), format_this_week(history), format_streak(history))
    return " · ".join(filter(None, facts))


def name_eta(eta: Eta) -> str:
    """Return the label of a forecast."""
    return "Done" if eta.kind is EtaKind.FINISHED else "Finish"


def format_eta(eta: Eta, tally: Tally, history: History) -> str:
    """Return when the rest is done, or why nobody can say."""
    match eta.kind:
        case EtaKind.FINISHED:
            done = "everything is done" + (" or covered" if tally.covered else "")
            return done if tally.counted else "nothing to do"
        case EtaKind.LITTLE_HISTORY:
            return "not enough history yet (finish 3 skills on 2 different days within 90 days)"
        case EtaKind.TOO_FAR:
            return f"more than ten years at this pace; {format_left(tally)} to go"
        case _:
            days = " and ".join(dict.fromkeys(str(pace.days) for pace in history.paces))
            basis = f"by the {eta.basis} of the last {days} days"
            return f"{format_range(eta.earliest, eta.latest)}, {basis}; {format_left(tally)} to go"


CHANCES = {
    Chance.ON_TRACK: "on track",
    Chance.WITHIN_REACH: "within reach",
    Chance.BEHIND: "behind",
    Chance.UNKNOWN: "",
}


def format_aim(aim: AimProgress, history: History) -> str:
    """Return what the learner's target and hours a week ask for, against what is done."""
    parts = []
    if aim.aim.target is not None:
        parts.append(_format_target(aim, aim.aim.target, history))
    if aim.aim.hours_per_week is not None:
        planned = f"{format_number(aim.aim.hours_per_week)} h a week planned"
        parts.append(f"{planned}, {format_number(history.this_week.hours)} h this week")
        if aim.planned:
            parts.append(f"at that pace {format_month(aim.planned)}")
    return "; ".join(parts)


def _format_target(aim: AimProgress, target: date, history: History) -> str:
    if aim.days_left is not None and aim.days_left < 0 and aim.skills_asked is None:
        late = "" if aim.chance is Chance.ON_TRACK else f", {plural(-aim.days_left, 'day')} ago"
        return f"{target}{late}"
    chance = CHANCES[aim.chance]
    head = f"{target}, {chance}" if chance else f"{target}"
    if aim.skills_asked is None:
        return head
    pace = history.short
    asked = f"asks for {_format_rate(aim.skills_asked)}"
    done = _format_rate(pace.skills_per_week)
    if aim.hours_asked is not None:
        asked += f", {format_number(aim.hours_asked)} h"
        done += f", {format_number(pace.hours_per_week)} h"
    return f"{head}; {asked} a week, done {done} (last {pace.days} days)"


def format_left(tally: Tally) -> str:
    """Return what is still to be learned."""
    skills = plural(tally.left, "skill")
    if not tally.hours_left:
        return skills
    # Hours of skills without an estimate are not known to be none.
    more = "+" if tally.unestimated else ""
    return f"{skills}, {format_number(tally.hours_left)}{more} h"


def format_track(track: TrackProgress) -> str:
    """Return how far it is to the end of a track, in weeks where they are known."""
    if not track.tally.left:
        return f"{track.title}: done"
    to_go = f"{track.title}: {format_left(track.tally)} to go"
    return to_go if track.weeks is None else f"{to_go}, {plural(track.weeks, 'week')}"


def format_weeks(history: History, width: int) -> str:
    """Return the completed skills of the last weeks as columns below their months; nothing without any.

    What does not fit is left out: first the months, then the words.
    """
    weeks = history.weeks[-WEEKS:]
    most = max(week.skills for week in weeks)
    if not most:
        return ""
    # Rounded up: a week with one skill must not look like one with none.
    columns = [COLUMNS[ceil(week.skills / most * (len(COLUMNS) - 1))] for week in weeks]
    months = [MONTHS[week.day.month - 1] for week in weeks]
    named = [
        f" {month} {column}" if n == 0 or months[n - 1] != month else column
        for n, (month, column) in enumerate(zip(months, columns, strict=True))
    ]
    bars, best = "".join(columns), f"best {most}"
    choices = (f"{''.join(named).strip()} skills a week, {best}", f"{bars} skills a week, {best}")
    return next((it for it in choices if len(it) <= width), f"{bars} {best}")


def format_this_week(history: History) -> str:
    """Return what was completed in the running week."""
    week = history.this_week
    if not week.skills:
        return "this week nothing yet"
    hours = f", {format_number(week.hours)} h" if week.hours else ""
    return f"this week {plural(week.skills, 'skill')}{hours}"


def format_streak(history: History) -> str:
    """Return the weeks in a row with a completion, and the most there ever were."""
    if not history.longest_streak:
        return ""
    return f"streak {plural(history.streak, 'week')} (best {history.longest_streak})"


def format_finish(eta: Eta) -> str:
    """Return the finish in a few words."""
    match eta.kind:
        case EtaKind.FINISHED:
            return "all done"
        case EtaKind.LITTLE_HISTORY:
            return "finish: not enough history yet"
        case EtaKind.TOO_FAR:
            return "finish in more than ten years"
        case _:
            return f"finish {format_range(eta.earliest, eta.latest)}"


def format_elsewhere(report: Report) -> str:
    """Return how many skills are left out of the total, as they count in another roadmap."""
    if not report.elsewhere:
        return ""
    return f"{plural(report.elsewhere, 'skill')} in several roadmaps, counted once"


def format_covered(covered: int) -> str:
    """Return a remark on skills that were learned elsewhere and are not ticked, or nothing."""
    if not covered:
        return ""
    verb = "is" if covered == 1 else "are"
    return f"{plural(covered, 'skill')} {verb} covered; tracker mark --covered ticks them"


def format_undated(history: History) -> str:
    """Return a remark on done skills that no pace can count, or nothing."""
    remarks = []
    if history.undated:
        verb = "has" if history.undated == 1 else "have"
        skills = plural(history.undated, "done skill")
        remarks.append(f"{skills} {verb} no completion date to measure by")
    if history.future:
        verb = "is" if history.future == 1 else "are"
        skills = plural(history.future, "done skill")
        remarks.append(f"{skills} {verb} dated after today and not measured yet")
    return "; ".join(remarks)
