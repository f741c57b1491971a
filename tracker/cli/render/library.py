"""Roadmaps as people read of them: which there are, those that came in or were begun, new editions.

Pure. Decides nothing. The signs of an upgrade:

    + section, + skill   arrives           ~ roadmap, ~ section, ~ skill   takes the edition's value
    - removed            leaves the file   . dropped                       not in the edition; stays
    ! yours              not taken over, and why
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text

from tracker.cli.render.layout import (
    NOTHING,
    Part,
    cut,
    fit,
    format_change,
    format_number,
    make_line,
    plural,
    widest,
    wrap_text,
)
from tracker.cli.render.problems import count_severities, render_finding
from tracker.cli.text import quote_argument
from tracker.sync.plan import Change
from tracker.sync.snapshot import Field
from tracker.upgrade import Dropped, Upgrade
from tracker.workflows.exchange import ImportResult, NewResult
from tracker.workflows.library import Added, Listed, PlannedUpgrade, Upgraded

CHOICES_WIDTH = 24


def render_library(listed: Sequence[Listed], width: int) -> list[Text]:
    """Render every roadmap: what it is, what it is for, how much it holds, what can be done."""
    lines: list[Text] = []
    for each in listed:
        title = each.roadmap.title if each.roadmap else "(broken)"
        head: list[Part] = [(cut(title, width - len(each.name) - 2), "bold"), f"  {each.name}"]
        parts = "; ".join(filter(None, [_format_place(each), format_contents(each)]))
        lines += [make_line(*head), *_render_purpose(each, width, 2)]
        lines += [make_line("  ", (part, "dim")) for part in wrap_text(parts, width - 2)]
        lines += _render_step(each)
    return lines or [make_line("there are no roadmaps")]


def render_choices(listed: Sequence[Listed], width: int) -> list[Text]:
    """Render the roadmaps as a numbered list: one line each, and what each of them is for."""
    names = widest((each.name for each in listed), CHOICES_WIDTH)
    contents = [_format_size(each) for each in listed]
    titles = [each.roadmap.title if each.roadmap else "" for each in listed]
    room = widest(titles, max(width - names - 9 - widest(contents, width), 12))
    lines: list[Text] = []
    for number, (each, title, size) in enumerate(
        zip(listed, titles, contents, strict=True), start=1
    ):
        name = (fit(each.name, names), "bold")
        lines.append(make_line(f"  {number}  ", name, f"  {fit(title, room)}  ", (size, "dim")))
        lines += _render_purpose(each, width, 5)
    return lines


def _render_purpose(each: Listed, width: int, indent: int) -> list[Text]:
    """Render the first sentence of what a roadmap says of itself."""
    text = (each.roadmap.description or "") if each.roadmap else ""
    sentence = text[: end + 1] if (end := text.find(". ")) >= 0 else text
    lines = wrap_text(sentence, width - indent) if sentence.strip() else []
    return [make_line(" " * indent, line) for line in lines]


def render_added(added: Added) -> list[Text]:
    """Render a roadmap that was brought in, and how to go on."""
    listed = Listed(added.name, added.roadmap, added.is_bundled, is_here=True)
    lines = [
        make_line(("added", "bold green"), f": {added.path}"),
        make_line(f"  {added.roadmap.title}", (f"  {format_contents(listed)}", "dim")),
    ]
    if added.done:
        words = f"{plural(added.done, 'skill')} in it say doing or done: somebody else's progress"
        lines.append(make_line(("  note  ", "bold yellow"), words))
    return [*lines, make_line(("  next  ", "dim"), "tracker check    # then tracker sync")]


def format_contents(each: Listed) -> str:
    """Return how much a roadmap holds."""
    if each.roadmap is None:
        return ""
    parts = [plural(len(each.roadmap.sections), "section")]
    parts += [plural(len(each.roadmap.skills), "skill"), plural(each.links, "link")]
    return ", ".join([*parts, *_format_hours(each)])


def _format_size(each: Listed) -> str:
    skills = plural(len(each.roadmap.skills if each.roadmap else ()), "skill")
    return ", ".join([skills, *_format_hours(each)])


def _format_hours(each: Listed) -> list[str]:
    return [f"{format_number(each.hours)} h"] if each.hours else []


def _format_place(each: Listed) -> str:
    place = "in this folder" if each.is_here else "bundled"
    edition = each.roadmap.edition if each.roadmap and each.is_bundled else None
    own = "" if each.is_bundled else ", your own"
    return f"{place}{own}" + (f", edition {edition}" if edition else "")


def _render_step(each: Listed) -> list[Text]:
    name = quote_argument(each.name)
    if each.is_here and each.roadmap is None:
        return [
            make_line(("  next  ", "bold red"), "tracker check    # says what is wrong with it")
        ]
    if each.is_newer:
        return [make_line(("  a newer edition is bundled: ", "yellow"), f"tracker upgrade {name}")]
    if each.is_here is False:
        return [make_line(("  to bring it in: ", "dim"), f"tracker add {name}")]
    return []


def render_imported(result: ImportResult) -> list[Text]:
    """Render a roadmap that came in, and how to go on."""
    roadmap = result.roadmap
    contents = f"{plural(len(roadmap.sections), 'section')}, {plural(len(roadmap.skills), 'skill')}"
    return [
        make_line(("imported", "bold green"), f": {result.path}"),
        make_line(f"  {roadmap.title}", (f"  {contents}", "dim")),
        make_line(("  next  ", "dim"), "tracker check    # then tracker sync"),
    ]


def render_not_understood(result: ImportResult) -> list[Text]:
    """Render what of a foreign file did not come in, line by line, and a sum."""
    if not result.not_understood:
        return []
    found = [line for each in result.not_understood for line in render_finding(each)]
    total = count_severities(result.not_understood)
    return [*found, make_line((total, "bold yellow"), "; everything else was taken over")]


def render_begun(result: NewResult) -> list[Text]:
    """Render a roadmap that was begun, and how to go on."""
    files = [make_line(("  + ", "green"), path) for path in result.files]
    step = f"write your skills into {result.files[0]}, then tracker check"
    return [
        make_line(("begun", "bold green"), f": {result.title}"),
        *files,
        make_line(("  next  ", "dim"), step),
    ]


MOST_LINES = 20
"""Lines of one kind per roadmap before the rest is counted; `-v` shows all."""

NAMES_WIDTH = 28
HEAD = 13
"""Cells that the sign and its word take."""

NO_BASE = (
    "which edition your copy came from is not known: what is missing is added, nothing is changed "
    "or removed, and a skill or link you took out may come back"
)


def render_plans(
    plans: Sequence[PlannedUpgrade], width: int, *, verbose: bool = False
) -> list[Text]:
    """Render what every edition would change, roadmap by roadmap."""
    lines: list[Text] = []
    for plan in plans:
        upgrade = plan.upgrade
        if not upgrade.is_empty or upgrade.notes:
            lines += _render_plan(plan, width, verbose=verbose)
        elif upgrade.dropped:
            dropped = _render_dropped(upgrade.dropped, width)
            lines += [_render_title(plan), *(dropped if verbose else _shorten(dropped))]
    return lines


def render_result(result: Upgraded, width: int) -> list[Text]:
    """Render in a sentence what was done, or would be."""
    if not result.plans:
        what = "no bundled roadmap is in this folder; tracker roadmaps lists them"
        return [make_line(("nothing to upgrade", "bold"), f": {what}")]
    upgrades = [plan.upgrade for plan in result.plans]
    if all(each.is_empty for each in upgrades):
        names = ", ".join(_name_edition(plan) for plan in result.plans)
        return _wrap(("up to date: ", "bold green"), names, width)
    if not result.confirmed:
        return [make_line(("nothing was written", "bold"))]
    words = _count(upgrades, is_done=not result.dry_run)
    head = ("upgrade: ", "bold") if result.dry_run else ("upgraded: ", "bold green")
    kept = [make_line(("  kept  ", "dim"), f"what was removed, in {path}") for path in result.kept]
    return [*_wrap(head, words, width), *kept]


def render_offers(offers: Sequence[Dropped], width: int) -> list[Text]:
    """Render the skills that an edition dropped as a numbered list to choose from."""
    names = widest((each.skill_id for each in offers), NAMES_WIDTH)
    return [
        make_line(
            f"  {number:>3}  ",
            (fit(each.skill_id, names), "bold"),
            f"  {cut(each.name, max(width - names - 30, 12))}",
            ("  (you worked on it)" if each.is_touched else "", "yellow"),
        )
        for number, each in enumerate(offers, start=1)
    ]


def _render_plan(plan: PlannedUpgrade, width: int, *, verbose: bool) -> list[Text]:
    upgrade = plan.upgrade
    names = widest(_list_names(upgrade), NAMES_WIDTH)
    groups = (
        _render_removed(upgrade, names, width),
        _render_texts(upgrade, width),
        _render_changes(upgrade, names, width),
        _render_arrivals(upgrade, names, width),
        _render_notes(upgrade, names, width),
        _render_dropped(upgrade.dropped, width),
    )
    lines = [_render_title(plan)]
    if not upgrade.has_base:
        lines += _wrap(("  . note     ", "cyan"), NO_BASE, width)
    for group in groups:
        lines += group if verbose else _shorten(group)
    return [*lines, Text()]


def _render_title(plan: PlannedUpgrade) -> Text:
    upgrade = plan.upgrade
    editions = f"{upgrade.before or '?'} → {upgrade.after or '?'}"
    shown = editions if upgrade.before != upgrade.after else (upgrade.after or "")
    return make_line((upgrade.title, "bold"), (f"  {plan.file.name}", "dim"), (f"  {shown}", "dim"))


def _wrap(head: tuple[str, str], text: str, width: int) -> list[Text]:
    """Render a text behind a head, its further lines below the first."""
    word, style = head
    lines = wrap_text(text, width - len(word))
    heads = [word, *[" " * len(word)] * len(lines)]
    return [make_line((each, style), line) for each, line in zip(heads, lines, strict=False)]


def _shorten(lines: Sequence[Text]) -> list[Text]:
    if len(lines) <= MOST_LINES:
        return list(lines)
    more = f"  … and {len(lines) - MOST_LINES} more"
    hint = ("   (tracker upgrade --dry-run -v shows all)", "dim")
    return [*lines[:MOST_LINES], make_line(more, hint)]


def _list_names(upgrade: Upgrade) -> Iterable[str]:
    yield from (each.skill.id or "" for each in upgrade.arrivals)
    yield from (each.skill_id for each in upgrade.alterations)
    yield from (each.skill_id for each in upgrade.moves)
    yield from (each.skill_id for each in upgrade.removed)
    yield from (each.who for each in upgrade.notes)


def _head(sign: str, word: str, style: str) -> Part:
    return (f"  {sign} {word:<9}", style)


def _render_removed(upgrade: Upgrade, names: int, width: int) -> list[Text]:
    return [
        make_line(
            _head("-", "removed", "red"),
            (fit(each.skill_id, names), "bold"),
            f"  {cut(each.name, max(width - HEAD - names - 20, 10))}",
            ("  out of the file", "dim"),
        )
        for each in upgrade.removed
    ]


def _render_texts(upgrade: Upgrade, width: int) -> list[Text]:
    lines = []
    for each in upgrade.rewordings:
        word = "roadmap" if each.section is None else "section"
        who = "" if each.section is None or each.key == "title" else f"{cut(each.section, 24)}  "
        key = "" if word == "section" and each.key == "title" else f"{each.key}: "
        change = _format("goal", each.before, each.after, width - HEAD - len(who) - len(key))
        lines.append(make_line(_head("~", word, "yellow"), who, (key, "dim"), change))
    added = [cut(each.title, width - HEAD) for each in upgrade.sections]
    return [*lines, *(make_line(_head("+", "section", "green"), title) for title in added)]


def _render_changes(upgrade: Upgrade, names: int, width: int) -> list[Text]:
    changes = [(each.skill_id, each.key, each.before, each.after) for each in upgrade.alterations]
    changes += [(each.skill_id, "section", each.before, each.after) for each in upgrade.moves]
    return [
        make_line(
            _head("~", "skill", "yellow"),
            (fit(skill_id, names), "bold"),
            (f"  {key}: ", "dim"),
            _format(key, before, after, width - HEAD - names - len(key) - 4),
        )
        for skill_id, key, before, after in changes
    ]


def _format(key: str, before: object, after: object, width: int) -> str:
    which = Field(key) if key in {each.value for each in Field} else Field.TAGS
    return format_change(Change(which, before, after), width)  # type: ignore[arg-type]


def _render_arrivals(upgrade: Upgrade, names: int, width: int) -> list[Text]:
    room = max(width - HEAD - names - 4, 20)
    return [
        make_line(
            _head("+", "skill", "green"),
            (fit(each.skill.id or NOTHING, names), "bold"),
            f"  {cut(each.skill.name, room // 2)}",
            (f"  {cut(each.section, room // 2)}", "dim"),
        )
        for each in upgrade.arrivals
    ]


def _render_notes(upgrade: Upgrade, names: int, width: int) -> list[Text]:
    lines: list[Text] = []
    indent = HEAD + names + 2
    for each in upgrade.notes:
        why = f"{each.key}: {each.why}" if each.key else each.why
        first, *more = wrap_text(why, width - indent)
        who = (fit(each.who or "roadmap", names), "bold")
        lines.append(make_line(_head("!", "yours", "magenta"), who, "  ", first))
        lines += [make_line(" " * indent, line) for line in more]
    return lines


def _render_dropped(dropped: Sequence[Dropped], width: int) -> list[Text]:
    if not dropped:
        return []
    names = widest((each.skill_id for each in dropped), NAMES_WIDTH)
    lines = [
        make_line(
            _head(".", "dropped", "cyan"),
            (fit(each.skill_id, names), "bold"),
            f"  {cut(each.name, max(width - HEAD - names - 24, 10))}",
            ("  yours; you worked on it" if each.is_touched else "  yours stays", "dim"),
        )
        for each in dropped
    ]
    return [
        *lines,
        make_line(("             to take them out: --remove SKILL, or --remove-all", "dim")),
    ]


def _name_edition(plan: PlannedUpgrade) -> str:
    edition = plan.upgrade.after
    return f"{plan.file.name} {edition}" if edition else plan.file.name


def _count(upgrades: Sequence[Upgrade], *, is_done: bool) -> str:
    counts = (
        (sum(len(each.arrivals) for each in upgrades), "skill", "add", "added"),
        (sum(len(each.alterations) for each in upgrades), "value", "change", "changed"),
        (sum(len(each.moves) for each in upgrades), "skill", "move", "moved"),
        (sum(len(each.rewordings) for each in upgrades), "text", "change", "changed"),
        (sum(len(each.sections) for each in upgrades), "section", "add", "added"),
        (sum(len(each.removed) for each in upgrades), "skill", "remove", "removed"),
    )
    return ", ".join(
        f"{plural(count, word)} {past}" if is_done else f"{plural(count, word)} to {verb}"
        for count, word, verb, past in counts
        if count
    )
