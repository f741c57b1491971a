"""Which roadmaps there are, and one that was added, as people read them.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from tracker.cli.render.layout import (
    Part,
    cut,
    fit,
    format_number,
    make_line,
    plural,
    widest,
    wrap_text,
)
from tracker.cli.text import quote_argument
from tracker.workflows.library import Added, Listed

NAMES_WIDTH = 24


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
    names = widest((each.name for each in listed), NAMES_WIDTH)
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
