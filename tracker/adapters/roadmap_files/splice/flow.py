"""Entries of a flow collection, `[a, b]` or `{a: 1}`, taken out and put in.

Serves lists and mappings alike: it knows spans and commas, not what they hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from tracker.adapters.roadmap_files.splice.nodes import Slot, Tree
from tracker.adapters.roadmap_files.splice.text import Piece

Span = tuple[int, int]
_TAIL = re.compile(r"[ \t]*(,?)[ \t]*(#[^\r\n\x85\u2028\u2029]*)?")


def change_entries(
    tree: Tree, slot: Slot, spans: Sequence[Span], gone: set[int], fresh: Mapping[int, list[str]]
) -> list[Piece]:
    """Return the pieces that drop the entries in `gone` and put in the texts in `fresh`.

    `fresh` maps the index of an entry that stays to the texts behind it, -1 to those in front.
    """
    kept = [index for index in range(len(spans)) if index not in gone]
    if not kept:
        texts = [text for index in sorted(fresh) for text in fresh[index]]
        return _refill(tree, slot, spans, ", ".join(texts))
    is_tall = _is_tall(tree, spans)
    pieces = _drop_each(tree, spans, kept, is_tall=is_tall)
    if len(spans) - 1 in gone and kept[-1] not in fresh and not _tail(tree, spans[-1][1]).group(1):
        pieces += _drop_comma(tree, spans[kept[-1]][1], pieces)
    for index, texts in sorted(fresh.items()):
        if index >= 0:
            pieces += _put(tree, spans, index, texts, is_tall=is_tall)
        else:
            pieces.append(_put_front(tree, spans, texts, is_tall=is_tall))
    return pieces


def _refill(tree: Tree, slot: Slot, spans: Sequence[Span], text: str) -> list[Piece]:
    """Replace all entries; comments between them stay."""
    start, end = tree.body(slot) + 1, slot.end - 1
    if not spans or "#" not in tree.source.text[start:end]:
        return [Piece(start, end, text)]
    pieces = []
    for index, span in enumerate(spans):
        lead = text if not index else ""
        if not lead and _has_own_lines(tree, span):
            pieces.append(
                Piece(tree.source.line_start(span[0]), tree.source.next_line(span[1]), "")
            )
        else:
            pieces.append(Piece(span[0], _comma_end(tree, span[1]), lead))
    return pieces


def _drop_comma(tree: Tree, end: int, pieces: Sequence[Piece]) -> list[Piece]:
    """Delete the comma behind what is the last entry now, where the last one had none."""
    comma = _tail(tree, end)
    if not comma.group(1) or any(piece.start < comma.end(1) <= piece.end for piece in pieces):
        return []
    return [Piece(end, comma.end(1), "")]


def _put_front(tree: Tree, spans: Sequence[Span], texts: Sequence[str], *, is_tall: bool) -> Piece:
    source = tree.source
    start = spans[0][0]
    is_first = is_tall and source.is_first_on_line(start)
    behind = source.nl + " " * source.column(start) if is_first else " "
    return Piece(start, start, "".join(f"{text},{behind}" for text in texts))


def _is_tall(tree: Tree, spans: Sequence[Span]) -> bool:
    """Tell whether every entry, but perhaps the first, begins a line."""
    rest = spans[1:] or spans
    return all(tree.source.is_first_on_line(start) for start, _ in rest)


def _tail(tree: Tree, end: int) -> re.Match[str]:
    found = _TAIL.match(tree.source.text, end)
    if found is None:
        raise tree.refuse("this list cannot be edited", "its end cannot be found", end)
    return found


def _comma_end(tree: Tree, end: int) -> int:
    """Return where an entry ends with its comma; without one the blanks before a comment stay."""
    tail = _tail(tree, end)
    return tail.end(1) if tail.group(1) else end


def _has_own_lines(tree: Tree, span: Span) -> bool:
    source = tree.source
    tail = _tail(tree, span[1]).end()
    return source.is_first_on_line(span[0]) and tail == source.line_end(span[1])


def _drop_each(
    tree: Tree, spans: Sequence[Span], kept: Sequence[int], *, is_tall: bool
) -> list[Piece]:
    """Delete the entries that are not kept; of two that go together the second begins where it may."""
    pieces: list[Piece] = []
    for index in sorted(set(range(len(spans))) - set(kept)):
        piece = _drop(tree, spans, index, kept, is_tall=is_tall)
        start = max(piece.start, pieces[-1].end) if pieces else piece.start
        pieces.append(Piece(start, piece.end, piece.text))
    return pieces


def _drop(
    tree: Tree, spans: Sequence[Span], index: int, kept: Sequence[int], *, is_tall: bool
) -> Piece:
    source = tree.source
    start, end = spans[index]
    before = max((each for each in kept if each < index), default=-1)
    behind = min((each for each in kept if each > index), default=len(spans))
    gap = (end, spans[index + 1][0]) if before < 0 else (spans[index - 1][1], start)
    is_parted = "#" in source.text[slice(*gap)]
    run = [spans[index]] if is_parted else spans[before + 1 : behind]
    if is_tall and all(_has_own_lines(tree, span) for span in run):
        return Piece(source.line_start(start), source.next_line(end), "")
    if is_parted:
        return Piece(start, _comma_end(tree, end), "")
    if before < 0:
        return Piece(start, gap[1], "")
    gaps = [(one[1], other[0]) for one, other in pairwise(spans[before : index + 1])]
    if any("#" in source.text[slice(*each)] for each in gaps):
        return Piece(gap[0], _comma_end(tree, end), "")
    return Piece(gap[0], end, " " if source.text[gap[0] - 1] == ":" else "")


def _put(
    tree: Tree, spans: Sequence[Span], index: int, texts: Sequence[str], *, is_tall: bool
) -> list[Piece]:
    source = tree.source
    end = spans[index][1]
    lead = " " if source.text[end - 1] == ":" else ""
    if not is_tall or not source.is_first_on_line(spans[-1][0]):
        return [Piece(end, end, lead + "".join(f", {text}" for text in texts))]
    line = source.nl + " " * source.column(spans[-1][0])
    tail = _tail(tree, end)
    if not tail.group(2):
        return [Piece(end, end, lead + "".join(f",{line}{text}" for text in texts))]
    behind = source.line_end(end)
    if tail.group(1):
        return [Piece(behind, behind, "".join(f"{line}{text}," for text in texts))]
    return [
        Piece(end, end, ","),
        Piece(behind, behind, ",".join(f"{line}{text}" for text in texts)),
    ]
