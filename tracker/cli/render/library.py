"""Roadmaps as people read of them: the list, added, imported and new ones, and new editions.

Pure. Decides nothing. The signs of an upgrade:

    + section, + skill   arrives           ~ roadmap, ~ section, ~ skill   takes the edition's value
    - removed            leaves the file   . dropped                       not in the edition; stays
    ! yours              not taken over, and why
"""

from __future__ import annotations

from collections.abc import Sequence

from tracker.cli.lines import StyledLine
from tracker.cli.render.layout import (
    NOTHING,
    Part,
    count_severities,
    cut,
    fit,
    hang,
    make_line,
    render_finding,
    widest,
    wrap_text,
)
from tracker.cli.render.values import format_change
from tracker.sync.model import Change
from tracker.sync.records import Field
from tracker.text import format_number, plural, quote_argument
from tracker.upgrade import Dropped, Upgrade
from tracker.workflows.library import (
    Added,
    ImportResult,
    Listed,
    NewResult,
    PlannedUpgrade,
    Upgraded,
)

CHOICES_WIDTH = 24
NAMES_WIDTH = 28
HEAD = 13
"""Cells that the sign and its word take."""

MOST_LINES = 20
"""Lines of one kind per roadmap before the rest is counted; `-v` shows all."""

NO_BASE = (
    "which edition your copy came from is not known: what is missing is added, nothing is changed "
    "or removed, and a skill or link you took out may come back"
)


def render_library(listed: Sequence[Listed], width: int) -> list[StyledLine]:
    """Render every roadmap: what it is, what it is for, how much it holds, what can be done."""
    lines: list[StyledLine] = []
    for entry in listed:
        roadmap = entry.roadmap
        title = cut(roadmap.title if roadmap else "(broken)", width - len(entry.name) - 2)
        place = "in this folder" if entry.is_here else "bundled"
        place += "" if entry.is_bundled else ", your own"
        if roadmap and entry.is_bundled and roadmap.edition:
            place += f", edition {roadmap.edition}"
        parts = "; ".join(filter(None, [place, _format_contents(entry)]))
        lines += [make_line((title, "bold"), f"  {entry.name}"), *_render_purpose(entry, width, 2)]
        tracks = [f"{it.id} {format_number(it.hours)} h" for it in entry.tracks]
        parts += f"; tracks: {', '.join(tracks)}" if tracks else ""
        lines += [make_line("  ", (part, "dim")) for part in wrap_text(parts, width - 2)]
        lines += _render_step(entry)
    return lines or [make_line("there are no roadmaps")]


def render_choices(listed: Sequence[Listed], width: int) -> list[StyledLine]:
    """Render the roadmaps as a numbered list: one line each, and what each of them is for."""
    names = widest((entry.name for entry in listed), CHOICES_WIDTH)
    sizes = [
        ", ".join(
            [plural(len(it.roadmap.skills if it.roadmap else ()), "skill"), *_format_hours(it)]
        )
        for it in listed
    ]
    titles = [entry.roadmap.title if entry.roadmap else "" for entry in listed]
    room = widest(titles, max(width - names - 9 - widest(sizes, width), 12))
    lines: list[StyledLine] = []
    rows = zip(listed, titles, sizes, strict=True)
    for number, (entry, title, size) in enumerate(rows, start=1):
        name = (fit(entry.name, names), "bold")
        lines.append(make_line(f"  {number}  ", name, f"  {fit(title, room)}  ", (size, "dim")))
        lines += _render_purpose(entry, width, 5)
    return lines


def _render_purpose(entry: Listed, width: int, indent: int) -> list[StyledLine]:
    """Render the first sentence of what a roadmap says of itself."""
    text = (entry.roadmap.description or "") if entry.roadmap else ""
    sentence = text[: end + 1] if (end := text.find(". ")) >= 0 else text
    return hang((" " * indent, ""), sentence, width) if sentence.strip() else []


def render_added(added: Added) -> list[StyledLine]:
    """Render a roadmap that was brought in, and how to go on."""
    listed = Listed(added.name, added.roadmap, added.is_bundled, is_here=True)
    lines = [
        make_line(("added", "bold green"), f": {added.path}"),
        make_line(f"  {added.roadmap.title}", (f"  {_format_contents(listed)}", "dim")),
    ]
    if added.done:
        words = f"{plural(added.done, 'skill')} in it say doing or done: somebody else's progress"
        lines.append(make_line(("  note  ", "bold yellow"), words))
    return [*lines, make_line(("  next  ", "dim"), "tracker check    # then tracker sync")]


def _format_contents(entry: Listed) -> str:
    if entry.roadmap is None:
        return ""
    parts = [plural(len(entry.roadmap.sections), "section")]
    parts += [plural(len(entry.roadmap.skills), "skill"), plural(entry.links, "link")]
    return ", ".join([*parts, *_format_hours(entry)])


def _format_hours(entry: Listed) -> list[str]:
    return [f"{format_number(entry.hours)} h"] if entry.hours else []


def _render_step(entry: Listed) -> list[StyledLine]:
    """Render the command that comes next for a roadmap, if there is one."""
    name = quote_argument(entry.name)
    if entry.is_here and entry.roadmap is None:
        return [
            make_line(("  next  ", "bold red"), "tracker check    # says what is wrong with it")
        ]
    if entry.is_newer:
        return [make_line(("  a newer edition is bundled: ", "yellow"), f"tracker upgrade {name}")]
    # None outside a folder: there is nowhere to bring it in.
    if entry.is_here is False:
        return [make_line(("  to bring it in: ", "dim"), f"tracker add {name}")]
    return []


def render_imported(result: ImportResult) -> list[StyledLine]:
    """Render an imported roadmap, and how to go on."""
    roadmap = result.roadmap
    contents = f"{plural(len(roadmap.sections), 'section')}, {plural(len(roadmap.skills), 'skill')}"
    return [
        make_line(("imported", "bold green"), f": {result.path}"),
        make_line(f"  {roadmap.title}", (f"  {contents}", "dim")),
        make_line(("  next  ", "dim"), "tracker check    # then tracker sync"),
    ]


def render_not_understood(result: ImportResult) -> list[StyledLine]:
    """Render what was not understood of a foreign file, line by line, and a sum."""
    # Nothing is said where everything came in.
    if not result.not_understood:
        return []
    found = [line for problem in result.not_understood for line in render_finding(problem)]
    total = count_severities(result.not_understood)
    return [*found, make_line((total, "bold yellow"), "; everything else was taken over")]


def render_begun(result: NewResult) -> list[StyledLine]:
    """Render a new roadmap, and how to go on."""
    files = [make_line(("  + ", "green"), path) for path in result.files]
    step = f"write your skills into {result.files[0]}, then tracker check"
    return [
        make_line(("begun", "bold green"), f": {result.title}"),
        *files,
        make_line(("  next  ", "dim"), step),
    ]


def render_upgrades(
    plans: Sequence[PlannedUpgrade], width: int, *, verbose: bool = False
) -> list[StyledLine]:
    """Render what every edition would change, roadmap by roadmap."""
    lines: list[StyledLine] = []
    for plan in plans:
        upgrade = plan.upgrade
        if not upgrade.is_empty or upgrade.notes:
            lines += _render_upgrade(plan, width, verbose=verbose)
        elif upgrade.dropped:
            dropped = _render_dropped(upgrade.dropped, width)
            lines += [_render_title(plan), *(dropped if verbose else _shorten(dropped))]
    return lines


def render_result(result: Upgraded, width: int) -> list[StyledLine]:
    """Render in a sentence what was done, or would be."""
    if not result.plans:
        what = "no bundled roadmap is in this folder; tracker roadmaps lists them"
        return [make_line(("nothing to upgrade", "bold"), f": {what}")]
    if all(plan.upgrade.is_empty for plan in result.plans):
        names = ", ".join(
            f"{plan.file.name} {plan.upgrade.after or ''}".rstrip() for plan in result.plans
        )
        return hang(("up to date: ", "bold green"), names, width)
    if not result.confirmed:
        return [make_line(("nothing was written", "bold"))]
    words = _count([plan.upgrade for plan in result.plans], is_done=not result.dry_run)
    head = ("upgrade: ", "bold") if result.dry_run else ("upgraded: ", "bold green")
    kept = [make_line(("  kept  ", "dim"), f"what was removed, in {path}") for path in result.kept]
    return [*hang(head, words, width), *kept]


def render_offers(offers: Sequence[Dropped], width: int) -> list[StyledLine]:
    """Render the skills that an edition dropped as a numbered list to choose from."""
    names = widest((skill.skill_id for skill in offers), NAMES_WIDTH)
    return [
        make_line(
            f"  {number:>3}  ",
            (fit(skill.skill_id, names), "bold"),
            f"  {cut(skill.name, max(width - names - 30, 12))}",
            ("  (you worked on it)" if skill.is_touched else "", "yellow"),
        )
        for number, skill in enumerate(offers, start=1)
    ]


def _render_upgrade(plan: PlannedUpgrade, width: int, *, verbose: bool) -> list[StyledLine]:
    upgrade = plan.upgrade
    named = [
        *(arrival.skill.id or "" for arrival in upgrade.arrivals),
        *(change.skill_id for change in upgrade.alterations),
        *(move.skill_id for move in upgrade.moves),
        *(skill.skill_id for skill in upgrade.removed),
        *(note.who for note in upgrade.notes),
    ]
    names = widest(named, NAMES_WIDTH)
    lines = [_render_title(plan)]
    if not upgrade.has_base:
        lines += hang(("  . note     ", "cyan"), NO_BASE, width)
    # What goes comes first: it is what somebody may want to keep.
    for group in (
        _render_removed(upgrade, names, width),
        _render_texts(upgrade, width),
        _render_changes(upgrade, names, width),
        _render_arrivals(upgrade, names, width),
        _render_notes(upgrade, names, width),
        _render_dropped(upgrade.dropped, width),
    ):
        lines += group if verbose else _shorten(group)
    return [*lines, StyledLine()]


def _render_title(plan: PlannedUpgrade) -> StyledLine:
    upgrade = plan.upgrade
    shown = upgrade.after or ""
    if upgrade.before != upgrade.after:
        shown = f"{upgrade.before or '?'} → {upgrade.after or '?'}"
    return make_line((upgrade.title, "bold"), (f"  {plan.file.name}", "dim"), (f"  {shown}", "dim"))


def _shorten(lines: Sequence[StyledLine]) -> list[StyledLine]:
    if len(lines) <= MOST_LINES:
        return list(lines)
    more = f"  … and {len(lines) - MOST_LINES} more"
    hint = ("   (tracker upgrade --dry-run -v shows all)", "dim")
    return [*lines[:MOST_LINES], make_line(more, hint)]


def _head(sign: str, word: str, style: str) -> Part:
    return (f"  {sign} {word:<9}", style)


def _render_removed(upgrade: Upgrade, names: int, width: int) -> list[StyledLine]:
    return [
        make_line(
            _head("-", "removed", "red"),
            (fit(skill.skill_id, names), "bold"),
            f"  {cut(skill.name, max(width - HEAD - names - 20, 10))}",
            ("  removed from the file", "dim"),
        )
        for skill in upgrade.removed
    ]


def _render_texts(upgrade: Upgrade, width: int) -> list[StyledLine]:
    lines = []
    for text in upgrade.rewordings:
        is_section = text.section is not None
        # A new title of a section says by itself which section it is.
        is_title = is_section and text.key == "title"
        who = f"{cut(text.section, 24)}  " if is_section and not is_title else ""
        key = "" if is_title else f"{text.key}: "
        change = _format("goal", text.before, text.after, width - HEAD - len(who) - len(key))
        head = _head("~", "section" if is_section else "roadmap", "yellow")
        lines.append(make_line(head, who, (key, "dim"), change))
    added = [cut(section.title, width - HEAD) for section in upgrade.sections]
    return [*lines, *(make_line(_head("+", "section", "green"), title) for title in added)]


def _render_changes(upgrade: Upgrade, names: int, width: int) -> list[StyledLine]:
    changes = [(it.skill_id, it.key, it.before, it.after) for it in upgrade.alterations]
    changes += [(move.skill_id, "section", move.before, move.after) for move in upgrade.moves]
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
    # Keys of a roadmap that are no fields of a row are shown like one of them.
    which = Field(key) if key in {*Field} else Field.TAGS
    return format_change(Change(which, before, after), width)  # type: ignore[arg-type]


def _render_arrivals(upgrade: Upgrade, names: int, width: int) -> list[StyledLine]:
    room = max(width - HEAD - names - 4, 20)
    return [
        make_line(
            _head("+", "skill", "green"),
            (fit(arrival.skill.id or NOTHING, names), "bold"),
            f"  {cut(arrival.skill.name, room // 2)}",
            (f"  {cut(arrival.section, room // 2)}", "dim"),
        )
        for arrival in upgrade.arrivals
    ]


def _render_notes(upgrade: Upgrade, names: int, width: int) -> list[StyledLine]:
    lines: list[StyledLine] = []
    indent = HEAD + names + 2
    for note in upgrade.notes:
        why = f"{note.key}: {note.why}" if note.key else note.why
        first, *more = wrap_text(why, width - indent)
        who = (fit(note.who or "roadmap", names), "bold")
        lines.append(make_line(_head("!", "yours", "magenta"), who, "  ", first))
        lines += [make_line(" " * indent, line) for line in more]
    return lines


def _render_dropped(dropped: Sequence[Dropped], width: int) -> list[StyledLine]:
    if not dropped:
        return []
    names = widest((skill.skill_id for skill in dropped), NAMES_WIDTH)
    lines = [
        make_line(
            _head(".", "dropped", "cyan"),
            (fit(skill.skill_id, names), "bold"),
            f"  {cut(skill.name, max(width - HEAD - names - 24, 10))}",
            ("  yours; you worked on it" if skill.is_touched else "  yours stays", "dim"),
        )
        for skill in dropped
    ]
    hint = " " * HEAD + "to take them out: --remove SKILL, or --remove-all"
    return [*lines, make_line((hint, "dim"))]


def _count(upgrades: Sequence[Upgrade], *, is_done: bool) -> str:
    """Return in words how much is new or different, of every kind."""
    kinds = (
        ("arrivals", "skill", "add", "added"),
        ("alterations", "value", "change", "changed"),
        ("moves", "skill", "move", "moved"),
        ("rewordings", "text", "change", "changed"),
        ("sections", "section", "add", "added"),
        ("removed", "skill", "remove", "removed"),
    )
    words = []
    for kind, noun, verb, past in kinds:
        count = sum(len(getattr(upgrade, kind)) for upgrade in upgrades)
        if count:
            words.append(f"{plural(count, noun)} {past if is_done else f'to {verb}'}")
    return ", ".join(words)
