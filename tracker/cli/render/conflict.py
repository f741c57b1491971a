"""A conflict in full: what stood before, what each side has now, and the words that differ.

Pure. Nothing is cut: values are wrapped, and texts of several lines are told line by line as a
difference. Text stays escaped, and white space that differs is shown as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from itertools import groupby, zip_longest

from tracker.cli.cells import cell_len, chop_cells
from tracker.cli.lines import StyledLine
from tracker.cli.render.layout import NOTHING, AnswerView, hang
from tracker.cli.render.values import format_change, format_value
from tracker.roadmap.model import Status
from tracker.sync.model import Change, Conflict
from tracker.sync.records import Links, Value
from tracker.text import clean_block, clean_line

UNREADABLE = "(cannot be read)"
BEFORE, FILE = "before", "file"
OPENING, CLOSING = "‹", "›"
"""Around words that differ, where there is no colour."""

TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
MOST_COMPARED = 4000
"""Words of a text that are compared one by one; in a longer one all between the equal ends differs."""

LEAST_CELLS = 10
FIELD_WIDTH = 10
MOST_EQUAL = 3


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A part of a text: as it is shown, and whether it differs from the other sides."""

    text: str
    is_marked: bool = False


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a difference: `-` only before, `+` only now, or a blank for both."""

    sign: str
    pieces: tuple[MarkedText, ...]


MarkedTexts = tuple[MarkedText, ...]
SIGN_STYLES = {"-": "red", "+": "green"}


def render_values(
    conflict: Conflict, view: AnswerView, *, is_readable: bool = True
) -> list[StyledLine]:
    """Render the three values of a conflict with their names, each in full."""
    labels = (BEFORE, FILE, view.remote.label)
    base, local, remote = _tell_apart(
        [_format(value) for value in (conflict.base, conflict.local, conflict.remote)]
    )
    if not is_readable:
        remote = UNREADABLE
    # Texts of several lines are compared line by line, tags as sets, short values as a whole, and all
    # other texts word by word.
    if any("\n" in text for text in (base, local, remote)):
        return list(_render_blocks(labels, (base, local, remote), view))
    values = (conflict.base, conflict.local, conflict.remote)
    marked: tuple[MarkedTexts, ...]
    if any(isinstance(value, frozenset) for value in values) and is_readable:
        marked = _mark_sets([value if isinstance(value, frozenset) else None for value in values])
    elif isinstance(conflict.local or conflict.remote, Status | float | int | date):
        marked = (_plain(base), _plain(local), _plain(remote))
    else:
        marked = _mark_three(base, local, remote, is_agreed=conflict.base is not None)
    width = max(map(len, labels)) + 2
    return [
        line
        for label, pieces in zip(labels, marked, strict=True)
        for line in _wrap(pieces, (f"    {label:<{width}}", "dim"), view)
    ]


def format_short(change: Change) -> str:
    """Return a change on one line, in full; nothing where one line cannot show what differs."""
    values = (change.before, change.after)
    if any(isinstance(value, str) and "\n" in value for value in values):
        return ""
    shown = [unicodedata.normalize("NFKC", format_value(value)) for value in values]
    return "" if isinstance(change.after, str) and len({*shown}) == 1 else format_change(change)


def render_change(change: Change, indent: int, view: AnswerView) -> list[StyledLine]:
    """Render a change in full: on one line, or both values with the words that differ."""
    field = f"{' ' * indent}{change.field:<{FIELD_WIDTH}} "
    short = format_short(change)
    is_text = isinstance(change.before or change.after, str)
    # Elements of sets and links that came and went stand for the whole value.
    if short and (not is_text or len(field) + cell_len(short) <= view.width):
        return hang((field, "dim"), short, view.width)
    lines = [StyledLine(field.rstrip(), "dim")]
    before, after = _tell_apart([_format(change.before), _format(change.after)])
    lead = " " * (indent + 2)
    if "\n" in before or "\n" in after:
        old = before.split("\n") if change.before else []
        new = after.split("\n") if change.after else []
        for line in _shorten_equal(_compare_lines(old, new)):
            sign = (f"{lead}{line.sign} ", SIGN_STYLES.get(line.sign, "dim"))
            lines += _wrap(line.pieces, sign, view)
        return lines
    old_words, new_words = _mark_pair(before, after)
    lines += _wrap(old_words, (f"{lead}before  ", "dim"), view)
    return lines + _wrap(new_words, (f"{lead}after   ", "dim"), view)


def _shorten_equal(lines: Iterable[DiffLine]) -> Iterator[DiffLine]:
    """Yield a difference with one equal line at each end of what stayed the same."""
    for sign, group in groupby(lines, key=lambda line: line.sign):
        run = list(group)
        if sign == " " and len(run) > MOST_EQUAL:
            run = [run[0], DiffLine(" ", _plain(f"… {len(run) - 2} equal lines")), run[-1]]
        yield from run


def _format(value: Value) -> str:
    """Return a value as text; lines and white space stay, links say all that can differ."""
    match value:
        case Links():
            shown = (
                " · ".join(map(clean_line, filter(None, (link.title, link.url, link.type))))
                for link in value.items
            )
            return "\n".join(shown) or NOTHING
        case str():
            return str(value) or NOTHING
        case _:
            return format_value(value)


def _tell_apart(texts: Sequence[str]) -> Sequence[str]:
    """Return texts as they are, or with escapes where two of them would look the same."""
    # "é" can be one character or two: a conflict of two texts that look the same would puzzle anybody.
    looks = {unicodedata.normalize("NFKC", text) for text in texts}
    if len(looks) == len({*texts}):
        return texts
    return [
        "".join(
            sign if sign.isascii() else sign.encode("unicode_escape").decode("ascii")
            for sign in text
        )
        for text in texts
    ]


def _mark_three(base: str, local: str, remote: str, *, is_agreed: bool) -> tuple[MarkedTexts, ...]:
    """Mark in each value the words that differ from the base, or from each other without one."""
    if not is_agreed:
        mine, theirs = _mark_pair(local, remote)
        return (_plain(base), mine, theirs)
    gone_here, mine = _mark_pair(base, local)
    gone_there, theirs = _mark_pair(base, remote)
    return (_join_marks(gone_here, gone_there), mine, theirs)


def _mark_sets(sets: Sequence[frozenset[str] | None]) -> tuple[MarkedTexts, ...]:
    """Mark the elements that some of the values lack."""
    common = frozenset.intersection(*(elements for elements in sets if elements is not None))
    marked = []
    for elements in sets:
        pieces: list[MarkedText] = []
        for element in sorted(elements or ()):
            pieces += [MarkedText(","), MarkedText(" ")] * bool(pieces)
            pieces.append(MarkedText(clean_line(element), element not in common and bool(common)))
        marked.append(tuple(pieces) or _plain(NOTHING))
    return tuple(marked)


def _mark_pair(before: str, after: str) -> tuple[MarkedTexts, MarkedTexts]:
    """Mark the words of two texts that the other lacks; none where most of them differ."""
    old, new = TOKEN.findall(before), TOKEN.findall(after)
    # A blank in common, and nothing else, would split what reads as one change.
    blocks = [
        (start, place, size)
        for start, place, size in _find_equal(old, new)
        if "".join(old[start : start + size]).strip()
    ]
    shared = sum(_count_words(old[start : start + size]) for start, _, size in blocks)
    # Where most words differ, marks would only hide what is in common.
    if 2 * shared <= min(_count_words(old), _count_words(new)):
        return _plain(before), _plain(after)
    return (
        _mark(old, [(start, size) for start, _, size in blocks]),
        _mark(new, [(start, size) for _, start, size in blocks]),
    )


def _count_words(tokens: Iterable[str]) -> int:
    return sum(not token.isspace() for token in tokens)


def _find_equal(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Yield the runs of equal words or lines in order, an empty one last: places, and how many."""
    # SequenceMatcher takes the square of the length: equal ends, the most of any edit, are free.
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    yield 0, 0, head
    inner = old[head : len(old) - tail], new[head : len(new) - tail]
    if max(map(len, inner)) <= MOST_COMPARED:
        matcher = SequenceMatcher(None, *inner)
        for block in matcher.get_matching_blocks():
            yield head + block.a, head + block.b, block.size
    yield len(old) - tail, len(new) - tail, tail


def _mark(words: Sequence[str], equal: Iterable[tuple[int, int]]) -> MarkedTexts:
    same = {place for start, size in equal for place in range(start, start + size)}
    return tuple(MarkedText(word, place not in same) for place, word in enumerate(words))


def _join_marks(first: MarkedTexts, second: MarkedTexts) -> MarkedTexts:
    """Mark what is marked in either of two markings of the same text."""
    # Where one of them gave up for a text without marks, they need not be cut alike.
    if len(first) != len(second):
        return max(first, second, key=len)
    return tuple(
        MarkedText(one.text, one.is_marked or other.is_marked)
        for one, other in zip(first, second, strict=True)
    )


def _plain(text: str) -> MarkedTexts:
    return tuple(MarkedText(word) for word in TOKEN.findall(text))


def _render_blocks(
    labels: Sequence[str], texts: Sequence[str], view: AnswerView
) -> Iterator[StyledLine]:
    """Render what each side made of a text of several lines, or where the two sides differ."""
    before, here, there = labels
    base, local, remote = texts
    pairs = [(f"{before} → {here}", base, local), (f"{before} → {there}", base, remote)]
    if base == NOTHING:
        yield from _wrap(_plain(base), (f"    {before}  ", "dim"), view)
        pairs = [(f"{here} → {there}", local, remote)]
    for title, old, new in pairs:
        yield StyledLine(f"    {title}", "dim")
        if new in {UNREADABLE, NOTHING}:
            yield from _wrap(_plain(new), ("      ", ""), view)
            continue
        before_lines = [] if old == NOTHING else old.split("\n")
        for line in _compare_lines(before_lines, new.split("\n")):
            style = SIGN_STYLES.get(line.sign, "dim")
            yield from _wrap(line.pieces, (f"    {line.sign} ", style), view)


def _compare_lines(old: Sequence[str], new: Sequence[str]) -> Iterator[DiffLine]:
    """Yield all lines of a difference; lines that replace each other are marked word by word."""
    done_old = done_new = 0
    for start_old, start_new, size in _find_equal(old, new):
        gone, came = old[done_old:start_old], new[done_new:start_new]
        pairs = [
            _mark_pair(before, after)
            if before is not None and after is not None
            else (_plain(before or ""), _plain(after or ""))
            for before, after in zip_longest(gone, came)
        ]
        yield from (DiffLine("-", pieces) for pieces, _ in pairs[: len(gone)])
        yield from (DiffLine("+", pieces) for _, pieces in pairs[: len(came)])
        yield from (DiffLine(" ", _plain(line)) for line in old[start_old : start_old + size])
        done_old, done_new = start_old + size, start_new + size


def _wrap(pieces: MarkedTexts, head: tuple[str, str], view: AnswerView) -> list[StyledLine]:
    """Break a marked text into lines behind a head; words are broken only if they fit no line."""
    lead, style = head
    room = max(view.width - cell_len(lead), LEAST_CELLS)
    rows: list[list[MarkedText]] = [[]]
    used = 0
    for word in _glue(_dress(pieces, view)):
        size = sum(cell_len(piece.text) for piece in word)
        if used and used + size > room:
            rows.append([])
            used = 0
            # A blank at the break of a line is not shown.
            if not "".join(piece.text for piece in word).strip():
                continue
        # A word that is longer than a line is broken where the line ends.
        for piece in word if size <= room else _chop(word, room):
            length = cell_len(piece.text)
            if used + length > room and used:
                rows.append([])
                used = 0
            rows[-1].append(piece)
            used += length
    lines = []
    for place, row in enumerate(rows):
        line = StyledLine(lead if not place else " " * cell_len(lead), style if not place else "")
        for piece in row:
            line.append(piece.text, "bold yellow" if piece.is_marked and view.has_style else "")
        line.rstrip()
        lines.append(line)
    return lines


def _dress(pieces: MarkedTexts, view: AnswerView) -> Iterator[MarkedText]:
    """Make hidden characters visible, and put marks around what differs where there is no colour."""
    for is_marked, group in groupby(pieces, key=lambda piece: piece.is_marked):
        shown = [MarkedText(_show(piece.text, is_marked=is_marked), is_marked) for piece in group]
        words = [place for place, piece in enumerate(shown) if piece.text.strip()]
        if is_marked and not view.has_style:
            # Blanks around the words stay outside, unless there are no words but blanks that differ.
            first, last = (words[0], words[-1]) if words else (0, len(shown) - 1)
            shown[first] = MarkedText(OPENING + shown[first].text, is_marked)
            shown[last] = MarkedText(shown[last].text + CLOSING, is_marked)
        yield from shown


def _show(text: str, *, is_marked: bool) -> str:
    """Return a word or white space as it is shown; white space that differs is never lost."""
    if not text.isspace():
        return clean_block(text)
    if is_marked and text.strip(" "):
        return text.encode("unicode_escape").decode("ascii")
    return " " * len(text.expandtabs(4))


def _glue(pieces: Iterable[MarkedText]) -> Iterator[list[MarkedText]]:
    """Join the pieces between two blanks into words, which no line break may part."""
    word: list[MarkedText] = []
    for piece in pieces:
        if piece.text.isspace():
            if word:
                yield word
                word = []
            yield [piece]
        else:
            word.append(piece)
    if word:
        yield word


def _chop(word: Sequence[MarkedText], room: int) -> Iterator[MarkedText]:
    for piece in word:
        yield from (MarkedText(part, piece.is_marked) for part in chop_cells(piece.text, room))
