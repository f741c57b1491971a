"""What a new edition means for a copy, and what was done about it, as people read it.

Pure. Decides nothing.

    + section, + skill   arrives           ~ roadmap, ~ section, ~ skill   takes the edition's value
    - removed            leaves the file   . dropped                       not in the edition; stays
    ! yours              not taken over, and why
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text

from tracker.cli.render.layout import Part, cut, fit, make_line, plural, widest, wrap_text
from tracker.cli.render.values import NOTHING, format_change
from tracker.sync.plan import Change
from tracker.sync.snapshot import Field
from tracker.upgrade import Dropped, Upgrade
from tracker.workflows.upgrade import PlannedUpgrade, Upgraded

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
