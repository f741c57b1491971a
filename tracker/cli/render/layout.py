"""Lines, columns, values and problems: the parts that every rendering is put together from.

Pure. Everything that gets into a line is cleaned by `tracker.text`. Widths are terminal cells, so that
wide characters keep columns straight; styles are names that any terminal has. A problem looks like this:

    error: what, with roadmaps/ds.yaml:12:5
      why   the reason
      kept  what was left untouched
      next  the command to paste
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracker.cli.cells import cell_len, chop_cells, set_cell_size
from tracker.cli.lines import StyledLine
from tracker.errors import NOTHING_WRITTEN, Problem, Severity
from tracker.settings import NOTION, RemoteName
from tracker.text import clean_line, count_cells, plural

if TYPE_CHECKING:
    from tracker.sync.model import Refusal
    from tracker.workflows.results import Initialised


FULL, COVERED, EMPTY = "█", "▒", "░"
NOTHING = "(none)"

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}
LABEL = 6
NARROW, WIDE = 60, 100
"""The widths in columns at which the layout changes."""


def is_web_url(url: str) -> bool:
    """Whether a link may be made of it: http or https, a host, and nothing hidden in it."""
    # Late: the model loads pydantic, which `--help` and completion can do without.
    from tracker.roadmap.links import LONGEST_URL, names_web_host  # noqa: PLC0415

    is_clean = url.isprintable() and not any(character.isspace() for character in url)
    return len(url) <= LONGEST_URL and is_clean and names_web_host(url)


Part = str | tuple[str, str]
"""A styled line, or text with a style."""


@dataclass(frozen=True, slots=True)
class AnswerView:
    """How to show an answer: cells a line, in full or not, in colour or not, and which remote side.

    `is_reading` says that the command writes nothing anyway, `is_ascii` that the output cannot say
    the signs of a status.
    """

    width: int = 80
    verbose: bool = False
    has_style: bool = False
    remote: RemoteName = NOTION
    is_reading: bool = False
    is_ascii: bool = False

    @property
    def is_narrow(self) -> bool:
        """Whether columns do not fit side by side."""
        return self.width < NARROW

    @property
    def is_wide(self) -> bool:
        """Whether there is room for more than what is needed."""
        return self.width >= WIDE


def make_line(*parts: Part) -> StyledLine:
    """Put cleaned parts together to one line; spaces at the ends of parts stay."""
    line = StyledLine()
    for part in parts:
        text, style = part if isinstance(part, tuple) else (part, "")
        body = clean_line(text)
        lead = " " * (len(text) - len(text.lstrip(" ")))
        trail = " " * (len(text) - len(text.rstrip(" "))) if body else ""
        line.append(f"{lead}{body}{trail}", style)
    line.rstrip()
    return line


def fit(text: object, width: int) -> str:
    """Return a clean line that fills exactly `width` cells: padded, or cut with `…`."""
    line = clean_line(text)
    if cell_len(line) > width:
        # A wide character may straddle the edge: rich puts a blank in the place of its half.
        line = set_cell_size(line, max(width - 1, 0)).rstrip() + "…"
    return set_cell_size(line, width)


def cut(text: object, width: int) -> str:
    """Return a clean line of at most `width` cells."""
    return fit(text, width).rstrip()


def widest(texts: Iterable[object], most: int) -> int:
    """Return the cells that the widest of some texts takes, within a limit."""
    return min(most, max((cell_len(clean_line(text)) for text in texts), default=0))


def make_bar(percent: float | None, width: int, covered: float = 0.0) -> list[Part]:
    """Return a bar: empty only at 0, full only at 100; `covered` is the percentage learned elsewhere."""
    filled = count_cells(percent, width)
    room = width - filled
    shaded = min(max(round(covered / 100 * width), 1), room) if covered > 0 else 0
    shade = [(COVERED * shaded, "cyan")] if shaded else []
    return [(FULL * filled, "green"), *shade, (EMPTY * (room - shaded), "dim")]


TIED = re.compile(
    r"\btracker [a-z]+(?: --[a-z-]+)*|\b[A-Z][a-z]{2} \d{4}(?: – [A-Z][a-z]{2} \d{4})?\b"
)
"""A command with its options, or the months of a range: lines are not broken within."""

TIE = "\0"
"""Stands for a blank within what is tied; no clean text holds it."""


def _tie(text: str, room: int) -> str:
    """Tie together what is read as one and fits a line; the length stays the same."""
    return TIED.sub(lambda it: it[0].replace(" ", TIE) if cell_len(it[0]) <= room else it[0], text)


def wrap_text(text: object, width: int) -> list[str]:
    """Break a clean text into lines of at most `width` cells; words are broken only if need be."""
    room = max(width, 12)
    lines = [""]
    for word in _tie(clean_line(text), room).split(" "):
        # A word longer than a line is broken at its cells.
        first, *rest = chop_cells(word.replace(TIE, " "), room) or [""]
        longer = f"{lines[-1]} {first}" if lines[-1] else first
        if cell_len(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(first)
        lines += rest
    return lines


COMMAND = re.compile(r" *(?:[a-z]+:? +)?tracker .*?(?=    |$)")
"""A command to paste, at the start of a line or behind one word; a remark follows after a gap."""

# The name of a program and what comes first behind it stay together.
WORD = re.compile(r"(?:\b(?:tracker|cd|source) )?\S+")
SHELL_WORD = re.compile(r"""(?:tracker )?(?:"[^"]*"|'[^']*'|\S)+""")


def fold(line: StyledLine, width: int) -> list[StyledLine]:
    """Break a finished line that is too long between words, a command so that it can be pasted.

    Addresses, paths and the words of a command stay in one piece, however long.
    """
    plain = line.plain
    if cell_len(plain) <= width:
        return [line]
    command = COMMAND.match(plain)
    pasted = command.end() if command else 0
    indent = " " * min(len(plain) - len(plain.lstrip(" ")) + 2, width // 3)
    tied = _tie(plain, width - len(indent))
    words = [*SHELL_WORD.finditer(plain, 0, pasted), *WORD.finditer(tied, pasted)]
    starts = [0]
    for word in words:
        # The last cells of a command are for the sign that it goes on.
        is_pasted = word.end() < pasted
        room = width - len(indent) * (len(starts) > 1) - 2 * is_pasted
        begin = starts[-1]
        if plain[begin : word.start()].strip() and cell_len(plain[begin : word.end()]) > room:
            begin = word.start()
            starts.append(begin)
        # A word that fits no line is broken at its cells.
        is_first = not plain[begin : word.start()].strip()
        room = width - len(indent)
        if is_first and not is_pasted and "/" not in word[0]:
            for piece in chop_cells(plain[begin : word.end()], room)[:-1]:
                begin += len(piece)
                starts.append(begin)
    rows = line.divide(starts[1:])
    for row, end in zip(rows, [*starts[1:], len(plain)], strict=True):
        row.rstrip()
        if end < pasted:
            row.append(" \\")
    return [rows[0], *(StyledLine(indent) + row for row in rows[1:])]


def hang(head: tuple[str, str], text: object, width: int, *, style: str = "") -> list[StyledLine]:
    """Break a text with a style behind a head with its own; further lines go below the first."""
    word, head_style = head
    return [
        make_line((" " * len(word) if n else word, head_style), (part, style))
        for n, part in enumerate(wrap_text(text, width - len(word)))
    ]


def render_problem(problem: Problem, width: int = 0) -> list[StyledLine]:
    """Render one problem in four parts; empty parts are left out.

    With a width, lines are broken to it; a command can still be pasted.
    """
    head: list[Part] = [(f"{problem.severity}:", STYLES[problem.severity]), f" {problem.what}"]
    if problem.location is not None:
        head.append((f"  {problem.location}", "dim"))
    return _with_parts(head, problem.why, problem.kept, problem.next, width)


def render_problems(problems: Iterable[Problem], width: int = 0) -> list[StyledLine]:
    """Render problems one after the other, worst parts first within a place."""
    ordered = sorted(problems, key=lambda problem: problem.sort_key)
    return [line for problem in ordered for line in render_problem(problem, width)]


def render_refusal(roadmap: str, refusal: Refusal, *, is_reading: bool = False) -> list[StyledLine]:
    """Render a guard's refusal of the plan of a roadmap."""
    head: list[Part] = [
        ("refused:", STYLES[Severity.ERROR]),
        f" {refusal.what}",
        (f"  {roadmap}", "dim"),
    ]
    # A refusal says what was kept only where something could have been written.
    kept = "" if is_reading else NOTHING_WRITTEN
    return _with_parts(head, refusal.why, kept, refusal.next)


def render_finding(problem: Problem) -> list[StyledLine]:
    """Render a problem as compilers do: `file:line:column: severity code: what`."""
    place = f"{problem.location}: " if problem.location is not None else ""
    head = make_line(
        (place, "bold"),
        (f"{problem.severity}", STYLES[problem.severity]),
        (f" {problem.code}: ", "dim"),
        problem.what,
    )
    details = [text for text in (problem.why, problem.next) if text]
    return [head, *(make_line(f"    {text}") for text in details)]


def count_severities(problems: Sequence[Problem]) -> str:
    """Return how many problems of each severity there are, in words."""
    counted = (
        (sum(problem.severity is severity for problem in problems), severity)
        for severity in Severity
    )
    return ", ".join(plural(count, severity.value) for count, severity in counted if count)


def _with_parts(
    head: Sequence[Part], why: str, kept: str, then: str, width: int = 0
) -> list[StyledLine]:
    lines = [make_line(*head)]
    for name, text in (("why", why), ("kept", kept), ("next", then)):
        label = (f"  {name:<{LABEL}}", "dim")
        if not text:
            continue
        # A command is broken last of all, when it is printed.
        is_pasted = name == "next" and text.startswith("tracker ")
        lines += hang(label, text, width) if width and not is_pasted else [make_line(label, text)]
    return lines


def render_initialised(made: Initialised) -> list[StyledLine]:
    """Render a new folder: its files, what it is synced with, and how to go on."""
    head = make_line(("ready", "bold green"), f": {made.folder}")
    files = [make_line(("  + ", "green"), path) for path in made.files]
    nothing = [] if made.files else [make_line("  everything already exists")]
    steps = ["tracker check", "tracker sync", "tracker report"]
    if made.is_empty:
        steps = ["tracker roadmaps", "tracker add NAME or tracker new NAME", "tracker sync"]
    return [
        head,
        *files,
        *nothing,
        *([make_line(("  track        ", "dim"), made.track)] if made.track else []),
        make_line(("  synced with  ", "dim"), made.remote),
        make_line(("  next         ", "dim"), f"{steps[0]}    # then {', then '.join(steps[1:])}"),
    ]
